"""What makes a counterexample small: fewest flags, then fewest facts, then small numbers."""

from __future__ import annotations

from typing import Any

import z3

from checker.blast import TRUE
from checker.sat import Constraint, Sat
from checker.space import all_leaves, space
from model.records import BOOL, Leaf
from model.request import Entry

FLAG = 1000
FACT = 10
_FREE = ("request.flags", "request.entry")
_SIGNAL_BITS = 7
"""Low bits of request.flags that are no flag: the exit signal of legacy clone()."""

_RANK = {
    Entry.FORK: 0,
    Entry.VFORK: 1,
    Entry.CLONE: 1,
    Entry.CLONE3: 2,
    Entry.UNSHARE: 0,
    Entry.SETNS: 0,
    Entry.VHOST_SET_OWNER: 0,
    Entry.VHOST_TASK_CREATE: 3,
    Entry.CREATE_IO_THREAD: 4,
    Entry.KERNEL_THREAD: 5,
    Entry.USER_MODE_THREAD: 6,
    Entry.KTHREAD_CREATE: 6,
    Entry.FORK_IDLE: 8,
    Entry.COPY_PROCESS: 9,
}
_OWN_FLAGS = {
    Entry.VFORK: 2,
    Entry.VHOST_TASK_CREATE: 5,
    Entry.CREATE_IO_THREAD: 7,
    Entry.KERNEL_THREAD: 2,
    Entry.USER_MODE_THREAD: 2,
    Entry.FORK_IDLE: 1,
}
ENTRY = {entry: rank + FLAG * _OWN_FLAGS.get(entry, 0) for entry, rank in _RANK.items()}
"""What an entry point costs: the flags it sets itself; a tie goes to the one that user
space reaches most easily."""


def cost_of(values: dict[str, Any]) -> int:
    """Return the cost of a call given by its leaf values."""
    total: int = ENTRY[Entry(values.get("request.entry", 0))]
    flags = int(values.get("request.flags", 0))
    total += FLAG * (flags >> _SIGNAL_BITS).bit_count()
    total += FACT * (flags & (2**_SIGNAL_BITS - 1) != 0)
    for leaf in all_leaves():
        if leaf.path not in _FREE and values.get(leaf.path, leaf.default) != leaf.default:
            total += FACT
    return total


READABLE = 64
"""Numbers up to this are tried before larger ones."""


def is_readable(values: dict[str, Any]) -> bool:
    """Return whether every number of a call is small (flags and masks are names)."""
    return all(
        abs(int(values[leaf.path])) <= READABLE
        for leaf in all_leaves()
        if leaf.path in values and not leaf.names
    )


MOST = 12
"""How many flags, or facts, a bound can be set on."""


def parts_of(values: dict[str, Any]) -> tuple[int, int, int]:
    """Return the cost of a call as (flags, facts, rank of its entry point)."""
    flags, rest = divmod(cost_of(values), FLAG)
    return flags, rest // FACT, rest % FACT


class Costs:
    """Counts flags and facts as unary numbers, so that an assumption can bound them."""

    def __init__(self, engine: Sat) -> None:
        self._engine = engine
        constants = space().constants
        flags = constants["request.flags"]
        self._entry = constants["request.entry"]
        bits = [self._literal(z3.Extract(bit, bit, flags) == 1) for bit in range(_SIGNAL_BITS, 64)]
        for entry, count in _OWN_FLAGS.items():
            bits += [self._literal(self._entry == int(entry))] * count
        facts = [self._literal(z3.Extract(_SIGNAL_BITS - 1, 0, flags) != 0)]
        for leaf in all_leaves():
            if leaf.path not in _FREE:
                facts.append(-self._literal(_is_default(leaf)))
        self._flags = _unary(engine, bits)
        self._facts = _unary(engine, facts)

    def _literal(self, term: Any) -> int:
        return self._engine.blaster.truth(term)

    def below(self, values: dict[str, Any]) -> list[list[Constraint]] | None:
        """Return constraint sets of which one holds for any call that costs less.

        ``None`` if the call has more flags or facts than can be counted.
        """
        flags, facts, rank = parts_of(values)
        if flags > MOST or facts > MOST:
            return None
        cheaper = [entry for entry, cost in ENTRY.items() if cost % FACT < rank]
        entries = z3.Or([self._entry == int(entry) for entry in cheaper])
        choices = []
        if flags:
            choices.append([self._at_most(self._flags, flags - 1)])
        if facts:
            same_flags = self._at_most(self._flags, flags)
            choices.append([same_flags, self._at_most(self._facts, facts - 1)])
        if cheaper:
            bound = self.no_more(values)
            choices.append([*bound, self._engine.constraint(entries)])
        return choices

    def no_more(self, values: dict[str, Any]) -> list[Constraint]:
        """Return that a call has no more flags and no more facts than this one."""
        flags, facts, _ = parts_of(values)
        return [self._at_most(self._flags, flags), self._at_most(self._facts, facts)]

    def _at_most(self, count: list[int], most: int) -> Constraint:
        return Constraint(None, -count[most] if most < len(count) else TRUE)

    def readable(self) -> Constraint:
        """Return that every number is its default or between -READABLE and READABLE."""
        constants = space().constants
        small = [
            z3.Or(_is_default(leaf), _near_zero(constants[leaf.path], leaf))
            for leaf in all_leaves()
            if leaf.width > 1 and not leaf.names
        ]
        return self._engine.constraint(z3.And(small))


def _is_default(leaf: Leaf) -> Any:
    term = space().constants[leaf.path]
    return term == (z3.BoolVal(leaf.default) if leaf.width == BOOL else leaf.default)


def _near_zero(term: Any, leaf: Leaf) -> Any:
    if leaf.signed:
        return z3.And(term >= -READABLE, term <= READABLE)
    return z3.ULE(term, READABLE)


def _unary(engine: Sat, literals: list[int]) -> list[int]:
    """Return literals of "at least 1", "at least 2", … up to MOST + 1 (a totalizer)."""
    if len(literals) <= 1:
        return list(literals)
    middle = len(literals) // 2
    left, right = _unary(engine, literals[:middle]), _unary(engine, literals[middle:])
    gates = engine.blaster.gates
    total = []
    for wanted in range(1, min(len(literals), MOST + 1) + 1):
        ways = []
        for ours in range(max(0, wanted - len(right)), min(wanted, len(left)) + 1):
            first = left[ours - 1] if ours else TRUE
            second = right[wanted - ours - 1] if wanted > ours else TRUE
            ways.append(gates.both(first, second))
        total.append(gates.any(ways))
    return total
