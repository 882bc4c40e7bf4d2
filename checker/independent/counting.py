"""How many flag words a kernel accepts, and which rule refuses how many: counted one by one.

Every combination of :data:`checker.independent.flags.BITS` is tried on a call of which everything
else is given, so that the numbers are exact for that caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from checker.independent.flags import BITS, combinations
from checker.readings.columns import Many, Truths, truths
from checker.readings.space import all_leaves
from checker.readings.subjects import subject_of
from model.algebra import both
from model.entries import ENTRIES, Ends
from model.kernel import Kernel
from model.request import Entry
from model.rows import Rejection
from model.tables import Table, tables

_FLAGS = "request.flags"


@dataclass
class Counted:
    """Numbers of flag words: tried, of calls that cannot be made, accepted, refused by a rule.

    ``first`` counts by the rule that refuses, the first in the kernel's order; ``alone`` those
    that no other rule would refuse.
    """

    tried: int = 0
    impossible: int = 0
    accepted: int = 0
    first: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)


def counted(kernel: Kernel, facts: Mapping[str, Any]) -> Counted:
    """Return the numbers on a kernel, of a call with these facts; others have their defaults.

    Bits of ``request.flags`` that are not tried, as the exit signal of clone(), stay as given.
    Raises ``ValueError`` for VHOST_SET_OWNER and kthread_create(), which go down no one table.
    """
    given = {leaf.path: leaf.default for leaf in all_leaves()} | dict(facts)
    entry = Entry(given["request.entry"])
    table = tables()[ENTRIES[entry].ends]
    if ENTRIES[entry].ends is Ends.VHOST:
        raise ValueError(f"{entry.name.lower()} takes no flags")
    kept = np.uint64(given[_FLAGS] & ~sum(BITS))
    found = Counted()
    for words in combinations():
        _count(Many(kernel, given | {_FLAGS: words | kept}, len(words)), table, found)
    return found


def _count(many: Many, table: Table, found: Counted) -> None:
    possible = many.possible(subject_of(Entry(many.facts["request.entry"])))
    refusals = _refusals(many, table, possible)
    by_how_many = np.zeros(many.count, dtype=np.uint8)
    for _name, refused in refusals:
        by_how_many += refused
    left = possible
    for name, refused in refusals:
        found.first[name] += int(np.count_nonzero(left & refused))
        found.alone[name] += int(np.count_nonzero(refused & (by_how_many == 1)))
        left = left & ~refused
    found.tried += many.count
    found.impossible += many.count - int(np.count_nonzero(possible))
    found.accepted += int(np.count_nonzero(left))


def _refusals(many: Many, table: Table, possible: Truths) -> list[tuple[str, Truths]]:
    """Return which words each rule refuses, whatever the others do, in the kernel's order."""
    call = table.reads(many.call)
    return [
        (row.name, possible & truths(both(there, row.condition(call)), many.count))
        for row, there in many.kernel.rows(table.rows)
        if isinstance(row, Rejection)
    ]
