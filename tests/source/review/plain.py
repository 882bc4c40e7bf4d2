"""Runs a function on plain values: a second opinion that shares nothing with the engine.

Memory is made up as it is read, by a seed; so is what a call that is not followed yields.  Calls
are followed into headers and into what reads otherwise on the two sides.  What others see is the
list of calls with their arguments and with all that was written until then, the returned value,
and what was written in the end.  In a ``wild`` world each such call may have changed everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from source.c import ir
from source.c.unit import Unit

STEPS = 60_000
DEEPEST = 14
POOL = tuple(0x7000_0000_0000 + (number << 24) for number in range(5))
LOCALS = 0x6000_0000_0000
END = 0x6800_0000_0000
FUNCTIONS, GLOBALS, TEXTS = (0x5000_0000_0000 + (number << 40) for number in range(3))


class NotFollowed(Exception):
    """This run cannot be told: too long, or something that was not read."""


class _Jump(Exception):
    def __init__(self, kind: str, target: Any = None) -> None:
        self.kind, self.target = kind, target


@dataclass(frozen=True)
class Place:
    """Where a value is: an address in bits, its type, the bits of a bit field."""

    at: int
    type: ir.CType
    bits: int = 0


def _mixed(*parts: Any) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def _likely(drawn: int) -> int:
    """Return a word of which kernels are full: nothing, a pointer, a small number, an errno."""
    kind, rest = drawn % 16, drawn >> 4
    if kind < 5:
        return 0
    if kind < 10:
        return POOL[rest % len(POOL)]
    if kind < 13:
        return 1 + rest % 8
    if kind == 13:
        return (1 << 64) - (1 + rest % 40)
    return rest


def wrapped(value: int, kind: ir.CType) -> int:
    """Return a number as a type holds it."""
    if kind.name in ("_Bool", "bool"):
        return int(value != 0)
    bits = kind.bits or 64
    value &= (1 << bits) - 1
    return value - (1 << bits) if kind.signed and value >> (bits - 1) else value


def _size(kind: ir.CType) -> int:
    if not kind.bits:
        raise NotFollowed(f"the size of {kind.name}")
    return kind.bits


@dataclass
class World:
    """The world that both sides run in: what memory holds and calls yield, by one seed."""

    seed: int
    wild: bool = False

    def cell(self, word: int, epoch: Any) -> int:
        """Return what stands in a 64-bit cell that nobody wrote to."""
        return _likely(_mixed(self.seed, "cell", word, epoch))

    def result(self, event: Any, count: int) -> int:
        """Return what a call yields."""
        return _likely(_mixed(self.seed, "call", event, count))


@dataclass
class Side:
    """One side's run: its functions, what it wrote, what others saw of it."""

    world: World
    unit: Unit
    changed: frozenset[str]
    written: dict[int, int] = field(default_factory=dict)
    """Byte by byte, by address."""
    events: list[Any] = field(default_factory=list)
    epoch: Any = 0
    steps: int = 0
    outs: dict[int, Any] = field(default_factory=dict)

    def run(self, function: ir.FunctionBody) -> tuple[Any, ...]:
        """Return all that others see of a call of the function."""
        given = [self._given(one) for one in function.parameters]
        value = self.call(function, given, 0)
        return value, tuple(self.events), self.seen()

    def _given(self, one: ir.Parameter) -> Any:
        if one.type.kind in ("int", "pointer"):
            drawn = _likely(_mixed(self.world.seed, "parameter", one.number))
            return wrapped(drawn, one.type)
        return bytes(
            _mixed(self.world.seed, one.number, at) & 255 for at in range(_size(one.type) // 8)
        )

    def seen(self) -> tuple[tuple[int, int], ...]:
        """Return what stands written in memory that is no local variable's."""
        return tuple(
            (at, byte)
            for at, byte in sorted(self.written.items())
            if not LOCALS <= at < END and byte != self._fresh(at)
        )

    # --- memory ------------------------------------------------------------------------------

    def _fresh(self, at: int) -> int:
        if LOCALS <= at < END:
            out = self.outs.get(at >> 12)
            return (self.world.cell(at >> 3, ("local", out)) >> (8 * (at & 7))) & 255
        return (self.world.cell(at >> 3, self.epoch) >> (8 * (at & 7))) & 255

    def bytes_at(self, at: int, size: int) -> bytes:
        """Return what memory holds."""
        return bytes(
            self.written.get(one, None) if one in self.written else self._fresh(one)
            for one in range(at, at + size)
        )  # type: ignore[misc]

    def load(self, place: Place) -> Any:
        """Return the value of a place."""
        if place.type.kind not in ("int", "pointer"):
            return self.bytes_at(place.at >> 3, _size(place.type) >> 3)
        bits = place.bits or _size(place.type)
        first, last = place.at >> 3, (place.at + bits + 7) >> 3
        whole = int.from_bytes(self.bytes_at(first, last - first), "little")
        value = (whole >> (place.at & 7)) & ((1 << bits) - 1)
        if place.bits:
            return value - (1 << bits) if place.type.signed and value >> (bits - 1) else value
        return wrapped(value, place.type)

    def store(self, place: Place, value: Any) -> None:
        """Write a value to a place."""
        if isinstance(value, bytes):
            for offset, byte in enumerate(value):
                self.written[(place.at >> 3) + offset] = byte
            return
        bits = place.bits or _size(place.type)
        first, last = place.at >> 3, (place.at + bits + 7) >> 3
        whole = int.from_bytes(self.bytes_at(first, last - first), "little")
        mask = ((1 << bits) - 1) << (place.at & 7)
        whole = (whole & ~mask) | ((int(value) << (place.at & 7)) & mask)
        for offset, byte in enumerate(whole.to_bytes(last - first, "little")):
            self.written[first + offset] = byte

    # --- calls -------------------------------------------------------------------------------

    def call(self, function: ir.FunctionBody, given: list[Any], depth: int) -> Any:
        """Return what a function that is followed returns."""
        if depth > DEEPEST or function.troubles:
            raise NotFollowed(function.name)
        return _Frame(self, function, given, depth).value()

    def outside(self, name: str, given: list[Any], kind: ir.CType) -> Any:
        """Return what a call yields that is not followed: others see it."""
        locals_ = sorted(
            {one >> 12 for one in given if isinstance(one, int) and LOCALS <= one < END}
        )
        inside = tuple(
            (page, at & 4095, byte)
            for page in locals_
            for at, byte in sorted(self.written.items())
            if at >> 12 == page
        )
        event = (name, tuple(given), inside, self.seen())
        self.events.append(event)
        count = len(self.events)
        drawn = self.world.result((name, tuple(given)), count)
        for page in locals_:
            self.outs[page] = (name, count)
            for at in [one for one in self.written if one >> 12 == page]:
                del self.written[at]
        if self.world.wild:
            for at in [one for one in self.written if not LOCALS <= one < END]:
                del self.written[at]
            self.epoch = count
        if kind.kind in ("int", "pointer"):
            return wrapped(drawn, kind)
        return (
            b""
            if kind.kind == "void"
            else bytes(_mixed(drawn, at) & 255 for at in range(_size(kind) >> 3))
        )


class _Frame:
    """One function's run."""

    def __init__(self, side: Side, function: ir.FunctionBody, given: list[Any], depth: int) -> None:
        self.side, self.function, self.depth = side, function, depth
        self.where: dict[int, int] = {}
        self.used: dict[str, int] = {}
        for one, value in zip(function.parameters, given, strict=False):
            self.side.store(self._local(one.number, one.name, one.type), value)

    def value(self) -> Any:
        try:
            self.run(self.function.body)
        except _Jump as jump:
            if jump.kind == "return":
                return jump.target
            raise NotFollowed(jump.kind) from None
        return 0

    def _local(self, number: int, name: str, kind: ir.CType) -> Place:
        if number not in self.where:
            count = self.used[name] = self.used.get(name, 0) + 1
            page = _mixed(self.function.name, self.depth, name, count) % (1 << 27)
            self.where[number] = LOCALS + (page << 16)
        return Place(self.where[number] * 8, kind)

    # --- places ------------------------------------------------------------------------------

    def place(self, node: Any) -> Place:
        kind = node.type
        if isinstance(node, ir.Local):
            return self._local(node.number, node.name, kind)
        if isinstance(node, ir.Global):
            return Place((GLOBALS + (_mixed(node.name) % (1 << 24) << 12)) * 8, kind)
        if isinstance(node, ir.Deref):
            return Place((self.word(node.pointer)) * 8, kind)
        if isinstance(node, ir.Index):
            base = node.base
            at = self.word(base) * 8 if base.type.kind == "pointer" else self.place(base).at
            return Place(at + self.word(node.index) * _size(kind), kind)
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
            raw = node.text.encode()[: _size(node.type) >> 3]
            return raw + bytes((_size(node.type) >> 3) - len(raw))
        return TEXTS + (_mixed(node.text) % (1 << 30))

    def _loaded(self, node: Any) -> Any:
        place = self.place(node)
        value = self.side.load(place)
        if node.type.volatile:
            self.side.events.append(("reads", place.at))
        return value

    _value_local = _value_global = _value_member = _loaded
    _value_index = _value_deref = _value_compound = _loaded

    def _value_functionname(self, node: ir.FunctionName) -> int:
        return FUNCTIONS + (_mixed(node.name) % (1 << 30)) * 16

    def _value_address(self, node: ir.Address) -> int:
        if isinstance(node.place, ir.FunctionName):
            return self._value_functionname(node.place)
        if isinstance(node.place, ir.Text):
            return TEXTS + (_mixed(node.place.text) % (1 << 30))
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
                return TEXTS + (_mixed(inner.text) % (1 << 30))
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
        self.side.store(scratch, bytes(_size(node.type) >> 3))
        for path, value in node.items:
            at, kind, bits = scratch.at, node.type, 0
            for step in path:
                at, kind, bits = self._inside(at, kind.name, step)
            made = self.read(value)
            self.side.store(Place(at, value.type if not bits else kind, bits), made)
        return self.side.bytes_at(scratch.at >> 3, _size(node.type) >> 3)

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
        function = self.side.unit.function(name)
        header = function is not None and function.path.endswith(".h") and not function.troubles
        if function is not None and (header or name in self.side.changed):
            return self.side.call(function, given, self.depth + 1)
        return self.side.outside(name, given, kind)

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
        except _Jump as jump:
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
            except _Jump as jump:
                target = self._label(body, jump)
                if target is None:
                    raise
                to = target

    @staticmethod
    def _label(body: tuple[Any, ...], jump: _Jump) -> Any:
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
                except _Jump as jump:
                    if jump.kind != "continue":
                        raise
                to = None
                if node.after is not None:
                    self.read(node.after)
        except _Jump as jump:
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
        except _Jump as jump:
            if jump.kind != "break":
                raise

    def _run_case(self, node: Any, kept: Any, to: Any) -> None:
        self.run(node.body, kept, None if to is node else to)

    _run_label = _run_case

    def _run_goto(self, node: ir.Goto, kept: Any, to: Any) -> None:
        raise _Jump("goto", node.label)

    def _run_return(self, node: ir.Return, kept: Any, to: Any) -> None:
        value = 0 if node.value is None else self.read(node.value)
        raise _Jump("return", value)

    def _run_break(self, node: ir.Break, kept: Any, to: Any) -> None:
        raise _Jump("break")

    def _run_continue(self, node: ir.Continue, kept: Any, to: Any) -> None:
        raise _Jump("continue")

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


def arithmetic(operator: str, one: int, other: int, kind: ir.CType, operands: ir.CType) -> int:
    """Return what an operation comes to, in a type."""
    if operator in ("==", "!=", "<", ">", "<=", ">="):
        if operands.kind == "pointer":
            one, other = (side & ((1 << 64) - 1) for side in (one, other))
        return int(
            {
                "==": one == other,
                "!=": one != other,
                "<": one < other,
                ">": one > other,
                "<=": one <= other,
                ">=": one >= other,
            }[operator]
        )
    if operator in ("/", "%"):
        if not other:
            raise NotFollowed("division by zero")
        quotient = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
        return wrapped(quotient if operator == "/" else one - quotient * other, kind)
    if operator in ("<<", ">>"):
        other &= (kind.bits or 64) - 1
        return wrapped(one << other if operator == "<<" else one >> other, kind)
    found = {
        "+": one + other,
        "-": one - other,
        "*": one * other,
        "&": one & other,
        "|": one | other,
        "^": one ^ other,
    }
    return wrapped(found[operator], kind)


def differs(units: tuple[Unit, Unit], name: str, rounds: int = 60) -> tuple[int, int]:
    """Return in how many worlds two sides part, and in how many both were followed."""
    base, head = (unit.function(name) for unit in units)
    assert base is not None and head is not None
    names = {*units[0].functions, *units[1].functions}
    changed = frozenset(one for one in names if units[0].digest(one) != units[1].digest(one))
    parted = followed = 0
    for seed in range(rounds):
        world = World(seed, wild=seed % 2 == 1)
        try:
            one, other = (
                Side(world, unit, changed).run(unit.function(name))  # type: ignore[arg-type]
                for unit in units
            )
        except (NotFollowed, RecursionError):
            continue
        followed += 1
        parted += one != other
    return parted, followed
