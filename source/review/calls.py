"""Calls: read in turn, known ones, and those that stay what they are: done, in order."""

from __future__ import annotations

from dataclasses import replace

from source.c.ir import (
    INT,
    POINTER,
    RECORD,
    VOID,
    Call,
    Constant,
    CType,
    Expression,
    FunctionBody,
    FunctionName,
    Parameter,
    Text,
    Unread,
)
from source.review.atomics import ASSUMED as ATOMIC
from source.review.atomics import OLD, ZERO, Addition, addition
from source.review.context import Frame, sort_of
from source.review.inlining import small
from source.review.nodes import quiet
from source.review.places import Place
from source.review.terms import Term
from source.review.values import Values

DEPTH = 12
"""Calls that are read inside of one another."""

NULL_IS_NOTHING = {
    "kfree": -4095,
    "kvfree": -4095,
    "kfree_sensitive": 0,
    "vfree": 0,
    "free_percpu": 0,
    "put_pid": 0,
    "dput": 0,
    "mntput": 0,
    "bpf_prog_put": None,
}
"""Functions that do nothing with a null pointer; a number: nor with an error from there on."""

CURRENT = frozenset({"get_current"})
"""What stays the same as long as a task is in a function."""

NEVER_BACK = frozenset(
    {
        "__builtin_unreachable",
        "__builtin_trap",
        "panic",
        "do_exit",
        "do_group_exit",
        "make_task_dead",
        "do_task_dead",
        "kthread_exit",
        "nmi_panic",
        "__compiletime_error",
        "kthread_complete_and_exit",
        "vhost_task_fn_exit",
    }
)
"""Functions that do not return."""

DESCRIPTORS = frozenset({"__fdget", "__fdget_raw", "__fdget_pos"})
"""Functions that yield a file with two flags in its address (fs/file.c)."""

FOLLOWED = frozenset({"fdget", "fdget_raw", "fdget_pos"})
"""Functions that are read wherever they are called: what they yield follows from DESCRIPTORS."""

NO_FILE = "a descriptor that is not open has no flags"
LINES = "line numbers in warnings do not count"
NULLS = "to free or put a null pointer (or, where kfree() takes them, an error) does nothing"
ONE_TASK = "the current task stays the same in a function"
ANYTHING = (
    "a function that is not read may return anything and write any memory; "
    "in equal states it does the same"
)


class Calls(Values):
    """A run's calls."""

    def body(self, frame: Frame) -> None:
        """Runs the statements of a function."""
        raise NotImplementedError

    def call(self, e: Call) -> Term:
        """A call: what it yields; what it does is done."""
        name = e.callee.name if isinstance(e.callee, FunctionName) else self._known_callee(e)
        if name == "__builtin_expect" and e.arguments:
            return self.value(e.arguments[0])
        if name in ("__builtin_constant_p",):
            constant = self.value(e.arguments[0]).op == "const"
            return self.terms.constant(constant, sort_of(e.type))
        if name in ("__builtin_object_size", "__builtin_dynamic_object_size"):
            return self.terms.constant(-1, sort_of(e.type))
        arguments = self._arguments(e)
        if self.world is None:
            return self.terms.constant(0, max(sort_of(e.type), 1))
        added = self._addition(name, arguments)
        if added is not None:
            return self._added(added, e, arguments)
        function = self._readable(name)
        if function is not None and len(function.parameters) == len(arguments):
            return self.inlined(function, arguments, e)
        return self._unread_call(name, e, arguments)

    def _addition(self, name: str, arguments: list[Term]) -> Addition | None:
        """The addition that an atomic operation is, unless it reads differently here."""
        found = addition(name)
        if found is None or name in self.setting.read or len(arguments) != 1 + found.given:
            return None
        return found

    def _added(self, found: Addition, e: Call, arguments: list[Term]) -> Term:
        """What an atomic operation yields; its addition is done."""
        self.assume(ATOMIC)
        self.assume(ANYTHING)
        terms = self.terms
        amount = terms.constant(found.one, found.bits)
        if found.given:
            amount = terms.times(arguments[0], found.one)
        node = self.event(found.name, (amount, arguments[-1]))
        self.note("call", e, e.line, node)
        if e.type.kind == VOID:
            return terms.constant(0, 1)
        value = self.result(node, found.bits)
        if found.wanted == OLD != found.yields:
            value = terms.subtract(value, amount)
        elif found.wanted != OLD == found.yields:
            value = terms.add(value, amount)
        if found.wanted != ZERO:
            return value
        return terms.from_truth(terms.no(terms.to_truth(value)), sort_of(e.type))

    def _known_callee(self, e: Call) -> str:
        """The name of the function that a pointer is known to point to."""
        if not quiet(e.callee):
            return ""
        pointer = self.value(e.callee)
        known = pointer.op == "global" and self.setting.unit.function(str(pointer.payload))
        return str(pointer.payload) if known else ""

    def _arguments(self, e: Call) -> list[Term]:
        found = []
        for at, argument in enumerate(e.arguments):
            value = self.value(argument)
            if at and _line_number(e.arguments[at - 1], argument):
                self.assume(LINES)
                value = self.terms.constant(0, value.sort)
            found.append(value)
        return found

    # --- read in turn ------------------------------------------------------------------------

    def _readable(self, name: str) -> FunctionBody | None:
        if not name or name in CURRENT or len(self.frames) > DEPTH:
            return None
        if any(f.function.name == name for f in self.frames):
            return None
        unit = self.setting.unit
        if name not in self.setting.read and name not in FOLLOWED and not small(unit, name):
            return None
        function = unit.function(name)
        return function if function is not None and not function.troubles else None

    def inlined(self, function: FunctionBody, arguments: list[Term], e: Call) -> Term:
        """A call of a function that is read."""
        frame = self.entered(function, (*self.frame.key, id(e)), e.line)
        self.frames.append(frame)
        for parameter, value in zip(function.parameters, arguments, strict=True):
            self.bind(parameter, value)
        self.body(frame)
        for label, waiting in frame.pending.items():
            if waiting:
                self.lost(f"a jump to {label}", e.line)
        self.world = self.joined(frame.returns)
        found = self.now.value if self.world is not None else None
        self.frames.pop()
        if self.world is not None:
            self.world.value = None
            self._leave_frame(frame)
        if found is not None:
            return found
        sort = sort_of(e.type)
        return self.terms.constant(0, sort) if sort > 0 else self.terms.make("zero", (), None, sort)

    def bind(self, parameter: Parameter, value: Term) -> None:
        """Gives a parameter its value."""
        number = self.object(parameter.number, parameter.name, parameter.type)
        kind = parameter.type
        self.store(self.whole(number, replace(kind, volatile=False)), value)

    def _leave_frame(self, frame: Frame) -> None:
        self.end(self.setting.objects.inside(self.setting.side, frame.key))

    # --- not read ----------------------------------------------------------------------------

    def _unread_call(self, name: str, e: Call, arguments: list[Term]) -> Term:
        if name in CURRENT:
            self.assume(ONE_TASK)
            return self.terms.variable(("current", name), sort_of(e.type))
        if not name:
            arguments = [self.value(e.callee), *arguments]
        if name in NEVER_BACK:
            self._stop(name, arguments, e)
            return self.terms.constant(0, max(sort_of(e.type), 1))
        floor = NULL_IS_NOTHING.get(name)
        if floor is not None and arguments:
            return self._unless_null(name, e, arguments, floor)
        return self._done(name, e, arguments)

    def _done(self, name: str, e: Call, arguments: list[Term]) -> Term:
        name = name.removeprefix("__builtin_") if name.startswith("__builtin_mem") else name
        if name in ("memset", "__memset") and self._set(arguments, e):
            return arguments[0]
        self.assume(ANYTHING)
        if name in self.setting.read and name != self.frames[0].function.name:
            name = f"strange {name} of side {self.setting.side}"
        node = self.event(name or "*", tuple(arguments))
        self.note("call", e, e.line, node)
        if e.type.kind == VOID:
            return self.terms.constant(0, 1)
        if e.type.kind == RECORD:
            return self.terms.make("result", (node,), e.type.name, -2)
        found = self.yielded(node, e.type)
        return self._descriptor(found) if name in DESCRIPTORS else found

    def _descriptor(self, found: Term) -> Term:
        """A descriptor's file with its flags: none has flags and no file."""
        self.assume(NO_FILE)
        terms = self.terms
        file = terms.bits("and", found, terms.constant(-4, found.sort))
        nothing = terms.constant(0, found.sort)
        return terms.ite(terms.equal(file, nothing), nothing, found)

    def _set(self, arguments: list[Term], e: Call) -> bool:
        """A ``memset`` of one whole field or object: a write; returns whether it was one."""
        pointer, byte, size = arguments
        if byte.op != "const" or size.op != "const":
            return False
        places = self.pointed(pointer, CType("void"))
        found = [(c, self._all_of(p, size.value * 8)) for c, p in places]
        kept = [(c, p) for c, p in found if p is not None]
        if len(found) != 1 or not kept or (byte.value and kept[0][1].type.kind == RECORD):
            return False
        value = self._filled(kept[0][1], byte.value & 0xFF)
        self.note("assign", e, e.line, value)
        self.write(kept, value, e.line)
        return True

    def _all_of(self, place: Place, bits: int) -> Place | None:
        """A place as the object that lies there, if that is so large and is followed."""
        whole = self.whole_of(place)
        if whole is None or whole.type.bits != bits:
            return None
        if whole.odd and not (self.shared(whole) and whole.type.kind in (INT, POINTER)):
            return None
        if whole.type.kind == RECORD and self.layout.leaves(whole.type) is None:
            return None
        return whole if whole.type.kind in (INT, POINTER, RECORD) else None

    def _filled(self, place: Place, byte: int) -> Term:
        if place.type.kind == RECORD:
            return self.terms.make("zero", (), None, -2)
        bits = place.type.bits
        return self.terms.constant(int.from_bytes(bytes([byte]) * (bits // 8), "little"), bits)

    def _unless_null(self, name: str, e: Call, arguments: list[Term], floor: int) -> Term:
        self.assume(NULLS)
        pointer = arguments[0]
        nothing = self.terms.equal(pointer, self.terms.constant(0, pointer.sort))
        if floor:
            least = self.terms.constant(floor, pointer.sort)
            error = self.terms.no(self.terms.less(pointer, least, False))
            nothing = self.terms.either(nothing, error)
        skip, go = self.fork(nothing, e.arguments[0], 0)
        self.world = go
        found = self._done(name, e, [self.known(a) for a in arguments]) if go is not None else None
        self.world = self.join(self.world, skip)
        return found if found is not None else self.terms.constant(0, max(sort_of(e.type), 1))

    def _stop(self, name: str, arguments: list[Term], e: Call) -> None:
        node = self.event(name, tuple(arguments))
        self.note("call", e, e.line, node)
        self.stops.append(self.now)
        self.world = None

    def unread(self, e: Unread) -> Term:
        """What is not understood: it may do anything, the same in equal states."""
        parts = tuple(self.value(p) for p in e.parts)
        self.trouble(e.text, e.line)
        if self.world is None:
            return self.terms.constant(0, 1)
        node = self.strange(e.text, parts)
        self.note("strange", e, e.line, node)
        sort = sort_of(e.type)
        return self.terms.make("result", (node,), sort, sort)

    def trouble(self, text: str, line: int) -> None:
        """Note a place that is not understood, but followed as something that may do anything."""
        raise NotImplementedError

    def lost(self, text: str, line: int) -> None:
        """Note a place at which the run is not followed: nothing is proved then."""
        raise NotImplementedError

    def strange(self, text: str, parts: tuple[Term, ...]) -> Term:
        """Something that is not understood is done: all that it may touch is open after it."""
        world = self.now
        held = sorted(world.cells)
        self.give((frozenset(number for number, _ in held) | world.some.keys()) - world.out)
        return self.event("strange " + text, parts)


def _line_number(before: Expression, argument: Expression) -> bool:
    """Whether an argument is ``__LINE__`` behind ``__FILE__``."""
    text = before
    while hasattr(text, "value") and not isinstance(text, Constant):
        text = text.value
    if not isinstance(text, Text) or not text.text.rstrip('"').endswith((".c", ".h")):
        return False
    while hasattr(argument, "value") and not isinstance(argument, Constant):
        argument = argument.value
    return isinstance(argument, Constant)
