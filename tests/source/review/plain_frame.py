"""Runs one function on plain values: its places, its values, its statements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from source.c import ir
from tests.source.review.plain_world import (
    FUNCTIONS,
    GLOBALS,
    LOCALS,
    STEPS,
    TEXTS,
    Jump,
    NotFollowed,
    Place,
    arithmetic,
    mixed,
    size_of,
    wrapped,
)

SHORT = 12
"""Lines of a function of the file itself that is followed though it reads the same."""


class Frame:
    """One function's run."""

    def __init__(self, side: Any, function: ir.FunctionBody, given: list[Any], depth: int) -> None:
        self.side, self.function, self.depth = side, function, depth
        self.where: dict[int, int] = {}
        self.used: dict[str, int] = {}
        for one, value in zip(function.parameters, given, strict=False):
            self.side.store(self._local(one.number, one.name, one.type), value)

    def value(self) -> Any:
        try:
            self.run(self.function.body)
        except Jump as jump:
            if jump.kind == "return":
                return jump.target
            raise NotFollowed(jump.kind) from None
        return 0

    def _local(self, number: int, name: str, kind: ir.CType) -> Place:
        if number not in self.where:
            count = self.used[name] = self.used.get(name, 0) + 1
            page = mixed(self.function.name, self.depth, name, count) % (1 << 27)
            self.where[number] = LOCALS + (page << 16)
        return Place(self.where[number] * 8, kind)

    # --- places ------------------------------------------------------------------------------

    def place(self, node: Any) -> Place:
        kind = node.type
        if isinstance(node, ir.Local):
            return self._local(node.number, node.name, kind)
        if isinstance(node, ir.Global):
            return Place((GLOBALS + (mixed(node.name) % (1 << 24) << 12)) * 8, kind)
        if isinstance(node, ir.Deref):
            return Place((self.word(node.pointer)) * 8, kind)
        if isinstance(node, ir.Index):
            base = node.base
            at = self.word(base) * 8 if base.type.kind == "pointer" else self.place(base).at
            return Place(at + self.word(node.index) * size_of(kind), kind)
        if isinstance(node, ir.Member) and "(" in node.name:  # an unnamed part
            return Place(self.place(node.base).at, kind)
        if isinstance(node, ir.Member):
            at, _, bits = self._inside(self.place(node.base).at, node.record, node.name)
            return Place(at, kind, node.bits and bits)
        if isinstance(node, ir.Compound):
            place = self._local(-1 - node.line, f"compound {node.type.name}", kind)
            self.side.store(place, self.read(node.value))
            return place
        made = self._local(id(node), f"value {kind.name}", kind)
        self.side.store(made, self.read(node))
        return made

    # --- values ------------------------------------------------------------------------------

    def word(self, node: Any) -> int:
        value = self.read(node)
        if isinstance(value, bytes):
            return int.from_bytes(value[:8], "little")
        return int(value) & ((1 << 64) - 1) if node.type.kind == "pointer" else int(value)

    def read(self, node: Any) -> Any:
        self.side.steps += 1
        if self.side.steps > STEPS:
            raise NotFollowed("too long")
        return getattr(self, f"_value_{type(node).__name__.lower()}")(node)

    def _value_constant(self, node: ir.Constant) -> int:
        return wrapped(node.value, node.type)

    def _value_text(self, node: ir.Text) -> Any:
        if node.type.kind == "array":
            raw = node.text.encode()[: size_of(node.type) >> 3]
            return raw + bytes((size_of(node.type) >> 3) - len(raw))
        return TEXTS + (mixed(node.text) % (1 << 30))

    def _loaded(self, node: Any) -> Any:
        place = self.place(node)
        value = self.side.load(place)
        if node.type.volatile:
            self.side.events.append(("reads", place.at))
        return value

    _value_local = _value_global = _value_member = _loaded
    _value_index = _value_deref = _value_compound = _loaded

    def _value_functionname(self, node: ir.FunctionName) -> int:
        return FUNCTIONS + (mixed(node.name) % (1 << 30)) * 16

    def _value_address(self, node: ir.Address) -> int:
        if isinstance(node.place, ir.FunctionName):
            return self._value_functionname(node.place)
        if isinstance(node.place, ir.Text):
            return TEXTS + (mixed(node.place.text) % (1 << 30))
        return self.place(node.place).at >> 3

    def _value_unary(self, node: ir.Unary) -> int:
        value = self.word(node.value)
        how = {
            "-": lambda: -value,
            "~": lambda: ~value,
            "!": lambda: int(not value),
            "+": lambda: value,
        }
        return wrapped(how[node.operator](), node.type)

    def _value_binary(self, node: ir.Binary) -> Any:
        operator = node.operator
        if operator == ",":
            self.read(node.left)
            return self.read(node.right)
        if operator in ("&&", "||"):
            left = self.word(node.left) != 0
            if left is (operator == "||"):
                return int(left)
            return int(self.word(node.right) != 0)
        return self.computed(operator, node, self.word(node.left), self.word(node.right), node.type)

    def computed(self, operator: str, node: Any, one: int, other: int, kind: ir.CType) -> int:
        left, right = node.left.type, node.right.type
        if left.kind == "pointer" and right.kind == "pointer" and operator == "-":
            return wrapped((one - other) // max(1, self._step(left)), kind)
        if left.kind == "pointer" and right.kind == "int" and operator in "+-":
            other *= self._step(left)
        elif right.kind == "pointer" and left.kind == "int" and operator == "+":
            one *= self._step(right)
        return arithmetic(operator, one, other, kind, left)

    def _step(self, kind: ir.CType) -> int:
        return self._size_of(kind.name.rstrip()[:-1].strip() if "*" in kind.name else "")

    def _size_of(self, inner: str) -> int:
        """Return the bytes of a type by its name."""
        if inner.endswith("]"):
            inner, _, count = inner[:-1].rpartition("[")
            return int(count) * self._size_of(inner)
        if inner in ("void", "char", "unsigned char", "signed char", "_Bool"):
            return 1
        if inner.endswith("*"):
            return 8
        known = {
            "int": 4,
            "unsigned int": 4,
            "long": 8,
            "unsigned long": 8,
            "short": 2,
            "unsigned short": 2,
            "long long": 8,
            "unsigned long long": 8,
        }
        if inner in known:
            return known[inner]
        record = self.side.unit.record(inner)
        if record is None or not record.bits:
            raise NotFollowed(f"the size of {inner}")
        return record.bits >> 3

    def _value_convert(self, node: ir.Convert) -> Any:
        inner = node.value
        if inner.type.kind == "array" and node.type.kind == "pointer":
            if isinstance(inner, ir.Text):
                return TEXTS + (mixed(inner.text) % (1 << 30))
            return self.place(inner).at >> 3
        value = self.read(inner)
        if node.type.kind == "void":
            return 0
        if isinstance(value, bytes):
            return value
        if node.type.name in ("_Bool", "bool"):
            return int(value != 0)
        return wrapped(int(value), node.type)

    def _value_choose(self, node: ir.Choose) -> Any:
        test = self.read(node.test)
        if node.then is None:
            return test if test else self.read(node.other)
        return self.read(node.then if test else node.other)

    def _value_assign(self, node: ir.Assign) -> Any:
        if not node.operator:
            value = self.read(node.value)
            place = self.place(node.place)
        else:
            place = self.place(node.place)
            kind = node.computed or node.type
            old, new = self.side.load(place), self.word(node.value)
            if node.place.type.kind == "pointer":
                new *= self._step(node.place.type)
            value = arithmetic(node.operator, wrapped(old, kind), new, kind, kind)
        if node.place.type.volatile:
            self.side.events.append(("writes", place.at, value))
        if not isinstance(value, bytes):
            value = wrapped(int(value), node.place.type)
        self.side.store(place, value)
        return self.side.load(place) if place.bits else value

    def _value_step(self, node: ir.Step) -> int:
        place = self.place(node.place)
        old = self.side.load(place)
        by = self._step(node.place.type) if node.place.type.kind == "pointer" else 1
        new = wrapped(old + by if "+" in node.operator else old - by, node.place.type)
        self.side.store(place, new)
        return int(new if node.before else old)

    def _value_initial(self, node: ir.Initial) -> bytes:
        scratch = self._local(-2 - id(node), f"initial {node.type.name}", node.type)
        self.side.store(scratch, bytes(size_of(node.type) >> 3))
        for path, value in node.items:
            at, kind, bits = scratch.at, node.type, 0
            for step in path:
                at, kind, bits = self._inside(at, kind.name, step)
            made = self.read(value)
            self.side.store(Place(at, value.type if not bits else kind, bits), made)
        return self.side.bytes_at(scratch.at >> 3, size_of(node.type) >> 3)

    def _inside(self, at: int, name: str, step: str | int) -> tuple[int, ir.CType, int]:
        """Return the place of a field; its offset, type and, where it is narrower, bits."""
        if isinstance(step, int):
            inner = name[: name.rindex("[")]
            bits = self._size_of(inner) * 8
            return at + step * bits, ir.CType("", bits, False, inner), 0
        record = self.side.unit.record(name)
        found = [one for one in record.fields if one.name == step] if record else []
        if not found:
            raise NotFollowed(f"{name}.{step}")
        narrow = found[0].bits if found[0].bits != found[0].type.bits else 0
        return at + found[0].at, found[0].type, narrow

    def _value_inside(self, node: ir.Inside) -> Any:
        *before, last = node.body or (None,)
        kept: list[ir.Declare] = []
        for one in before:
            self.run(one, kept)
        value = self.read(last.value) if isinstance(last, ir.Do) else self.run(last, kept)
        self._left(kept)
        return 0 if value is None else value

    def _value_unread(self, node: ir.Unread) -> Any:
        raise NotFollowed(node.text)

    def _value_call(self, node: ir.Call) -> Any:
        given = [self.read(one) for one in node.arguments]
        if not isinstance(node.callee, ir.FunctionName):
            return self.side.outside("*", [self.word(node.callee), *given], node.type)
        name = node.callee.name
        if name == "__builtin_expect":
            return given[0]
        return self.called(name, given, node.type)

    def called(self, name: str, given: list[Any], kind: ir.CType) -> Any:
        plain = name.removeprefix("__builtin_").removeprefix("__")
        if plain in ("memset", "memcpy", "memmove") and 0 <= given[2] <= 4096:
            return self._in_memory(plain, *given)
        function = self.side.unit.function(name)
        if function is not None and (name in self.side.changed or _followed(function)):
            return self.side.call(function, given, self.depth + 1)
        return self.side.outside(name, given, kind)

    def _in_memory(self, how: str, to: int, of: int, size: int) -> int:
        """Write or copy bytes."""
        made = bytes([of & 255]) * size if how == "memset" else self.side.bytes_at(of, size)
        self.side.store(Place(to * 8, ir.CType("array")), made)
        return to

    # --- statements --------------------------------------------------------------------------

    def run(self, node: Any, kept: list[ir.Declare] | None = None, to: Any = None) -> None:
        """Run a statement, or from a label inside it on."""
        self.side.steps += 1
        if self.side.steps > STEPS:
            raise NotFollowed("too long")
        getattr(self, f"_run_{type(node).__name__.lower()}")(node, kept, to)

    def _run_block(self, node: ir.Block, kept: Any, to: Any) -> None:
        mine: list[ir.Declare] = []
        try:
            self._sequence(node.body, mine, to)
        except Jump as jump:
            self._left(mine)
            raise jump from None
        self._left(mine)

    def _sequence(self, body: tuple[Any, ...], mine: list[ir.Declare], to: Any) -> None:
        while True:
            start = next((n for n, one in enumerate(body) if _holds(one, to)), 0) if to else 0
            try:
                for number, one in enumerate(body[start:]):
                    self.run(one, mine, to if number == 0 else None)
                return
            except Jump as jump:
                target = self._label(body, jump)
                if target is None:
                    raise
                to = target

    @staticmethod
    def _label(body: tuple[Any, ...], jump: Jump) -> Any:
        if jump.kind != "goto":
            return None
        for one in body:
            for inner in _all(one):
                if isinstance(inner, ir.Label) and inner.name == jump.target:
                    return inner
        return None

    def _left(self, mine: list[ir.Declare]) -> None:
        for one in reversed(mine):
            at = self._local(one.number, one.name, one.type).at >> 3
            self.called(one.cleanup, [at], ir.CType("void"))

    def _run_declare(self, node: ir.Declare, kept: Any, to: Any) -> None:
        place = self._local(node.number, node.name, node.type)
        if node.value is not None:
            value = self.read(node.value)
            self.side.store(place, value if isinstance(value, bytes) else wrapped(value, node.type))
        if node.cleanup:
            kept.append(node)

    def _run_do(self, node: ir.Do, kept: Any, to: Any) -> None:
        self.read(node.value)

    def _run_if(self, node: ir.If, kept: Any, to: Any) -> None:
        if to is not None:
            inner = node.then if _holds(node.then, to) else node.other
            self.run(inner, kept, to)
        elif self.read(node.test):
            self.run(node.then, kept)
        elif node.other is not None:
            self.run(node.other, kept)

    def _run_loop(self, node: ir.Loop, kept: Any, to: Any) -> None:
        if node.before is not None and to is None:
            self.run(node.before, kept)
        first = node.first or to is not None
        try:
            while first or node.test is None or self.read(node.test):
                first = False
                try:
                    self.run(node.body, kept, to)
                except Jump as jump:
                    if jump.kind != "continue":
                        raise
                to = None
                if node.after is not None:
                    self.read(node.after)
        except Jump as jump:
            if jump.kind != "break":
                raise

    def _run_switch(self, node: ir.Switch, kept: Any, to: Any) -> None:
        if to is None:
            value = self.word(node.value)
            cases = [one for one in _all(node.body) if isinstance(one, ir.Case)]
            fits = [
                one
                for one in cases
                if one.low is not None and one.low <= value <= (one.high or one.low)
            ]
            to = (fits or [one for one in cases if one.low is None] or [None])[0]
        if to is None:
            return
        try:
            self.run(node.body, kept, to)
        except Jump as jump:
            if jump.kind != "break":
                raise

    def _run_case(self, node: Any, kept: Any, to: Any) -> None:
        self.run(node.body, kept, None if to is node else to)

    _run_label = _run_case

    def _run_goto(self, node: ir.Goto, kept: Any, to: Any) -> None:
        raise Jump("goto", node.label)

    def _run_return(self, node: ir.Return, kept: Any, to: Any) -> None:
        value = 0 if node.value is None else self.read(node.value)
        raise Jump("return", value)

    def _run_break(self, node: ir.Break, kept: Any, to: Any) -> None:
        raise Jump("break")

    def _run_continue(self, node: ir.Continue, kept: Any, to: Any) -> None:
        raise Jump("continue")

    def _run_assembly(self, node: ir.Assembly, kept: Any, to: Any) -> None:
        if node.labels:
            raise NotFollowed("asm goto")
        given = [self.read(one) for one in node.inputs]
        places = [self.place(one) for one in node.outputs]
        for number, (one, place) in enumerate(zip(node.outputs, places, strict=True)):
            drawn = self.side.world.result((node.text, tuple(given), number), len(self.side.events))
            self.side.store(place, wrapped(drawn, one.type))
        if node.volatile:
            self.side.events.append(("asm", node.text, tuple(given)))

    def _run_strange(self, node: ir.Strange, kept: Any, to: Any) -> None:
        raise NotFollowed(node.text)


def _followed(function: ir.FunctionBody) -> bool:
    """Return whether a function that reads the same is followed: one of a header, a short one."""
    short = function.static and function.last - function.line <= SHORT
    return (short or function.path.endswith(".h")) and not function.troubles


def _all(node: Any) -> Iterator[Any]:
    """Yield the statements of a statement, but not those of expressions."""
    yield node
    for name in ("body", "then", "other"):
        inner = getattr(node, name, None)
        for one in inner if isinstance(inner, tuple) else (inner,):
            if one is not None and isinstance(one, ir.Statement):
                yield from _all(one)


def _holds(node: Any, target: Any) -> bool:
    return node is not None and any(one is target for one in _all(node))
