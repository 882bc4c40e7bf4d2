"""Plain values for inputs and for all that unread functions yield: terms have values under them.

A history is a value too: two are equal if the same was done, with the same values, in the same
order.  Memory that nobody has written since is as it was, unless the valuation says otherwise.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from source.review.arithmetic import _folded, signed
from source.review.terms import HISTORY, RECORD, STARTS, TRUTH, Term, address_number

Value = Any
COMMON = (1, 2, 3, 4, 8, 0xFFFF, 0x1000, 0xFFFF888000001000)


@dataclass(frozen=True)
class _Event:
    """A step of a history: its name and values, and what was written before it."""

    before: int
    name: str
    values: tuple[Value, ...]
    written: dict[tuple[str, int], Value]
    times: int


def _number(key: object) -> int:
    return zlib.crc32(repr(key).encode())


@dataclass
class Valuation:
    """An interpretation of everything that is free; ``zeros`` of a hundred values are 0."""

    seed: int = 0
    zeros: int = 60
    exact: dict[Hashable, int] = field(default_factory=dict)
    gentle: dict[Hashable, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._values: dict[Term, Value] = {}
        self._events: list[_Event | None] = [None]
        self._known: dict[Hashable, int] = {}

    # --- values ------------------------------------------------------------------------------

    def value(self, term: Term) -> Value:
        """The value of a term."""
        found = self._values.get(term)
        if found is None:
            found = self._values[term] = self._value(term)
        return found

    def number(self, term: Term) -> int:
        """The value of a bit vector or a condition."""
        found = self.value(term)
        assert isinstance(found, int)
        return found

    def _value(self, t: Term) -> Value:
        if t.op == "ite":
            return self.value(t.args[1] if self.value(t.args[0]) else t.args[2])
        if t.op in ("true", "false"):
            return t.op == "true"
        if t.op == "const":
            return t.value
        if t.sort == HISTORY:
            return self._history(t)
        if t.op == "memory":
            return ("memory", t.payload, self.number(t.args[0]))
        if t.op == "store":
            return ("store", self.value(t.args[0]), self.number(t.args[1]), self.value(t.args[2]))
        if t.op == "select":
            return self._read(self.value(t.args[0]), self.number(t.args[1]), t.sort)
        if t.sort == RECORD or t.op == "record":
            return (t.op, t.payload, tuple(self.value(a) for a in t.args))
        if t.op in STARTS:
            return address_number(t)
        if t.op in FREE:
            return self.free(t)
        return self._computed(t)

    # --- what is free ------------------------------------------------------------------------

    def key(self, t: Term) -> tuple[Hashable, Hashable]:
        """What a free term is known by: exactly, and by what is alike in other histories."""
        if t.op == "var":
            return ("var", t.payload), ("var", t.payload)
        if t.op == "select":
            _, name, history = self.value(t.args[0])
            at = self.number(t.args[1])
            return ("cell", name, self._unsettled_at(history), at), ("cell", name, at)
        if t.op in ("result", "output"):
            history = self.number(t.args[0])
            event = self._events[history]
            assert event is not None
            exact = (t.op, t.payload, history)
            return exact, (t.op, t.payload, event.name, event.values, event.times)
        key = (t.op, t.payload, tuple(self.value(a) for a in t.args))
        if t.op == "odd read":
            return key, (t.op, t.payload, key[2][1])
        return key, key

    def free(self, t: Term) -> int:
        """The value of a free term; once it is asked for, it stays."""
        if t.op == "select":
            _, name, history = self.value(t.args[0])
            return self._cell(name, history, self.number(t.args[1]), t.sort)
        exact, gentle = self.key(t)
        found = self.exact.get(exact)
        if found is None:
            found = self.gentle.get(gentle)
            found = self._default(gentle, t.sort) if found is None else found
            self.exact[exact] = found
        return found

    def give(self, t: Term, value: int) -> bool:
        """Gives a free term a value; returns whether it has it."""
        exact, gentle = self.key(t)
        if self.exact.setdefault(exact, value) != value:
            return False
        self.gentle.setdefault(gentle, value)
        return bool(self.value(t) == value)

    def _default(self, key: Hashable, width: int) -> int:
        number = _number((self.seed, key))
        mask = (1 << width) - 1
        if number % 100 < self.zeros:
            return 0
        return COMMON[number // 100 % len(COMMON)] & mask

    # --- memory ------------------------------------------------------------------------------

    def _read(self, memory: Value, at: int, width: int) -> int:
        while memory[0] == "store":
            _, memory, where, value = memory
            if where == at:
                return int(value)
        _, name, history = memory
        return self._cell(name, history, at, width)

    def _cell(self, name: str, history: int, at: int, width: int) -> int:
        """What memory holds after a history; once it is asked for, it stays."""
        first = history
        while True:
            event = self._events[history]
            settled = event is not None and event.name == "settle"
            known = None if settled else self.exact.get(("cell", name, history, at))
            if known is None and event is None:
                known = self._default(("cell", name, at), width)
            if known is None and event is not None:
                known = event.written.get((name, at))
            if known is not None:
                break
            assert event is not None
            history = event.before
        self.exact.setdefault(("cell", name, first, at), int(known))
        return int(known)

    def _unsettled_at(self, history: int) -> int:
        """The last step that may have written any memory: to settle what was written does not."""
        event = self._events[history]
        while event is not None and event.name == "settle":
            history = event.before
            event = self._events[history]
        return history

    # --- histories ---------------------------------------------------------------------------

    def _history(self, t: Term) -> int:
        if t.op == "var":
            return 0 if t.payload == "start" else self._keep((t.payload,), None)
        name, count, classes = t.payload
        before = self.number(t.args[0])
        args = t.args[1 : count + 1]
        values = tuple(a.id if a.sort == HISTORY else self.value(a) for a in args)
        written = self._written(t, classes, count)
        before, written = self._unsettled(before, written)
        if name == "settle" and not written:
            return before
        done = frozenset(written.items())
        times = self._times((before, name, values))
        event = _Event(before, name, values, written, times)
        return self._keep((before, name, values, done), event)

    def _unsettled(
        self, before: int, written: dict[tuple[str, int], Value]
    ) -> tuple[int, dict[tuple[str, int], Value]]:
        """What was written before a step, as one, whatever was read in between."""
        event = self._events[before]
        if event is None or event.name != "settle":
            return before, written
        every = {**event.written, **written}
        kept = {
            (name, at): value
            for (name, at), value in every.items()
            if self._cell(name, event.before, at, 64) != value
        }
        return event.before, kept

    def _keep(self, key: Hashable, event: _Event | None) -> int:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._events)
            self._events.append(event)
        return found

    def _times(self, key: tuple[int, str, tuple[Value, ...]]) -> int:
        """How often the same was done before."""
        at, name, values = key
        event = self._events[at]
        count = 0
        while event is not None:
            count += event.name == name and event.values == values
            event = self._events[event.before]
        return count

    def _written(
        self, t: Term, classes: tuple[str, ...], count: int
    ) -> dict[tuple[str, int], Value]:
        found: dict[tuple[str, int], Value] = {}
        for name, term in zip(classes, t.args[count + 1 :], strict=True):
            memory = self.value(term)
            seen: dict[int, Value] = {}
            while memory[0] == "store":
                _, memory, where, value = memory
                seen.setdefault(where, value)
            _, _, history = memory
            for where, value in seen.items():
                if self._cell(name, history, where, -1000 - term.sort) != value:
                    found[(name, where)] = value
        return found

    # --- operations --------------------------------------------------------------------------

    def _computed(self, t: Term) -> int | bool:
        args = [self.number(a) for a in t.args]
        width = t.sort if t.sort > 0 else t.args[0].sort
        mask = (1 << width) - 1
        if t.sort == TRUTH:
            return _test(t, [self.value(a) for a in t.args])
        match t.op:
            case "sum":
                factors, offset = t.payload
                total = sum(f * a for f, a in zip(factors, args, strict=True))
                return int(total + offset) & mask
            case "mul":
                return args[0] * args[1] & mask
            case "and" | "or" | "xor":
                return _bitwise(t.op, args)
            case "zext" | "cut":
                return args[0] & mask
            case "sext":
                return signed(args[0], t.args[0].sort) & mask
            case "field address":
                record, name, offset = t.payload
                far = _number((record, name)) % 500 * 8 + 8 if offset is None else offset
                return (args[0] + far) & mask
            case _:
                return self._open(t, args, mask)

    def _open(self, t: Term, args: list[int], mask: int) -> int:
        found = _folded(t.op, args[0], args[1], t.sort) if len(args) == 2 else None
        if found is not None:
            return found & mask
        key = (t.op, t.payload, tuple(args))
        return self._default(key, t.sort) if t.op not in _ZERO else _ZERO[t.op](args, t.sort)


_ZERO: dict[str, Callable[[list[int], int], int]] = {
    "shl": lambda a, w: 0,
    "lshr": lambda a, w: 0,
    "ashr": lambda a, w: (1 << w) - 1 if signed(a[0], w) < 0 else 0,
    "udiv": lambda a, w: (1 << w) - 1,
    "sdiv": lambda a, w: 1 if signed(a[0], w) < 0 else (1 << w) - 1,
    "urem": lambda a, w: a[0],
    "srem": lambda a, w: a[0],
}
"""What bit-vector logic makes of what C leaves open."""

FREE = frozenset(
    {"var", "result", "output", "part"}
    | {f"odd {n}" for n in ("read", "record", "as", "size", "convert")}
    | {f"odd {n}" for n in ("unary", "binary", "count", "asm")}
)
"""The terms that may have any value."""


def _bitwise(op: str, args: list[int]) -> int:
    found = args[0]
    for value in args[1:]:
        found = found & value if op == "and" else found | value if op == "or" else found ^ value
    return found


def _test(t: Term, args: list[Value]) -> bool:
    left, right = args
    if t.op == "eq":
        return bool(left == right)
    assert isinstance(left, int)
    assert isinstance(right, int)
    if t.op == "slt":
        width = t.args[0].sort
        return signed(left, width) < signed(right, width)
    return left < right
