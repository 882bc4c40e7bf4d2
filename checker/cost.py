"""What makes a counterexample small: fewest flags, then fewest facts, then small numbers."""

from __future__ import annotations

from typing import Any

import z3

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
    total = ENTRY[Entry(values.get("request.entry", 0))]
    flags = int(values.get("request.flags", 0))
    total += FLAG * (flags >> _SIGNAL_BITS).bit_count()
    total += FACT * (flags & (2**_SIGNAL_BITS - 1) != 0)
    for leaf in all_leaves():
        if leaf.path not in _FREE and values.get(leaf.path, leaf.default) != leaf.default:
            total += FACT
    return total


READABLE = 64
"""Numbers up to this are tried before larger ones."""


def _near_zero(term: Any, leaf: Leaf) -> Any:
    if leaf.signed:
        return z3.And(term >= -READABLE, term <= READABLE)
    return z3.ULE(term, READABLE)


class Costs:
    """The same cost as a sum that a solver can bound."""

    def __init__(self) -> None:
        self.definitions: list[Any] = []
        self._terms: list[tuple[Any, int]] = []
        constants = space().constants
        for leaf in all_leaves():
            if leaf.path in _FREE:
                continue
            differs = z3.Bool(f"not default:{leaf.path}")
            default = z3.BoolVal(leaf.default) if leaf.width == BOOL else leaf.default
            self.definitions.append(z3.Or(differs, constants[leaf.path] == default))
            self._terms.append((differs, FACT))
        flags = constants["request.flags"]
        for bit in range(_SIGNAL_BITS, 64):
            self._terms.append((z3.Extract(bit, bit, flags) == 1, FLAG))
        self._terms.append((z3.Extract(_SIGNAL_BITS - 1, 0, flags) != 0, FACT))
        entry = constants["request.entry"]
        self._terms += [(entry == int(one), cost) for one, cost in ENTRY.items() if cost]

    def readable(self) -> Any:
        """Return that every number is its default or between -READABLE and READABLE."""
        constants = space().constants
        small = []
        for leaf in all_leaves():
            if leaf.width > 1 and not leaf.names:
                term = constants[leaf.path]
                small.append(z3.Or(term == leaf.default, _near_zero(term, leaf)))
        return z3.And(small)

    def below(self, bound: int) -> Any:
        """Return the term ``cost < bound``."""
        return z3.PbLe(self._terms, bound - 1)
