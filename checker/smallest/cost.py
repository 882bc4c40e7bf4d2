"""The one order of calls: of all that show the same, the least is shown.

A call comes before another by the first of these in which they differ:

1. fewer flags, those that the entry point sets itself included;
2. fewer facts that are not an ordinary caller's (the exit signal of clone() is one);
3. the entry point that user space reaches more easily;
4. every number from 0 up to below :data:`READABLE`, rather than not;
5. the smaller flags argument, as a number;
6. the facts that are declared earlier: the last in which they differ decides;
7. fact by fact, as declared: not negative before negative, then nearer to zero; of a mask
   fewer bits (more than :data:`MOST` are many), then the smaller number.

The order is total, so that the least call of a property on a kernel is one call: it depends
on nothing else that was asked.  :mod:`checker.smallest.order` is the same order for the solver.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeAlias

from checker.readings.space import all_leaves
from model.entries import args_of
from model.kernel import Kernel
from model.patches import PATCHES
from model.records import Leaf
from model.request import Entry, Request
from model.total import total

Values: TypeAlias = dict[str, Any]

FLAG = 1000
FACT = 10
FREE = ("request.flags", "request.entry")
"""Leaves that are counted as flags and as an entry point, not as facts."""
SIGNAL_BITS = 7
"""Low bits of request.flags that are no flag: the exit signal of legacy clone()."""

_RANK = total(
    Entry,
    {
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
    },
)
"""How easily user space reaches an entry point."""


def _own(entry: Entry) -> int:
    """Return the flags that an entry point sets itself, once it is a kernel's with all patches."""
    return int(args_of(Kernel.of("every patch", PATCHES), Request(entry=int(entry))).flags)


OWN = {entry: _own(entry) for entry in Entry}
OWN_FLAGS = {entry: flags.bit_count() for entry, flags in OWN.items()}
ENTRY = {entry: rank + FLAG * OWN_FLAGS[entry] for entry, rank in _RANK.items()}
"""What an entry point costs: the flags it sets itself; a tie goes to the one that user
space reaches most easily."""


@lru_cache(maxsize=1)
def _facts() -> dict[str, tuple[int, Leaf]]:
    """Return each leaf that is a fact and its place in the declaration, by path."""
    return {
        leaf.path: (place, leaf)
        for place, leaf in enumerate(all_leaves())
        if leaf.path not in FREE
    }


def _differing(values: Values) -> list[tuple[int, Leaf]]:
    """Return the facts of a call that differ from the ordinary caller, as declared."""
    known = _facts()
    return sorted(
        (known[path] for path, value in values.items()
         if path in known and value != known[path][1].default),
        key=itemgetter(0),
    )


def cost_of(values: Values) -> int:
    """Return the cost of a call given by its leaf values."""
    total: int = ENTRY[Entry(values.get("request.entry", 0))]
    flags = int(values.get("request.flags", 0))
    total += FLAG * (flags >> SIGNAL_BITS).bit_count()
    total += FACT * (flags & (2**SIGNAL_BITS - 1) != 0)
    return total + FACT * len(_differing(values))


MOST = 12
"""How many flags, facts, or bits of a mask are counted."""

READABLE = 64
"""Numbers below this, a power of two, are preferred to larger and to negative ones."""


def is_readable(values: Values) -> bool:
    """Return whether every number of a call is small (flags and masks are names)."""
    return all(
        leaf.names or 0 <= int(values[leaf.path]) < READABLE for _, leaf in _differing(values)
    )


def parts_of(values: Values) -> tuple[int, int, int]:
    """Return the cost of a call as (flags, facts, rank of its entry point)."""
    flags, rest = divmod(cost_of(values), FLAG)
    return flags, rest // FACT, rest % FACT


def facts_of(values: Values) -> list[Leaf]:
    """Return the leaves that differ from the ordinary caller, as declared."""
    return [leaf for _, leaf in _differing(values)]


MASKS = ("caps", "pf", "signals", "flags")
"""The names of numbers that are sets of bits."""


def is_mask(leaf: Leaf) -> bool:
    """Return whether a leaf is a set of bits."""
    return leaf.names in MASKS


def place_of(values: Values) -> tuple[Any, ...]:
    """Return the place of a call in the order: less is shown rather than more."""
    entry = int(values.get("request.entry", Entry.FORK))
    return (
        *parts_of(values),
        entry,
        not is_readable(values),
        int(values.get("request.flags", 0)),
        [place for place, _ in reversed(_differing(values))],
        [nearness(leaf, int(values[leaf.path])) for leaf in facts_of(values)],
    )


def nearness(leaf: Leaf, value: int) -> tuple[int, int]:
    """Return the place of a fact's value in the order."""
    if is_mask(leaf):
        return min(value.bit_count(), MOST + 1), value
    return (1, ~value) if value < 0 else (0, value)
