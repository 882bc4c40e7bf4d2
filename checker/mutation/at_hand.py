"""Calls to try changes on before a solver is asked: what is known, and random calls like it.

They are columns, on named kernels.  Nothing is believed of them: what they notice is evaluated
once more on plain values, and what they do not notice is asked of the solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.mutation.baseline import Facts
from checker.readings.columns import Many, column_of_kernels, kind_of
from checker.readings.flood import around, with_flags
from checker.readings.space import all_leaves
from model.algebra import is_column
from model.kernel import Kernel
from model.state import Fallible
from properties.claim import Subject

Rows = NDArray[np.intp]
CHANGED = 2.0
"""How many facts of a random call differ from the known one, on average."""
SEED = 1


@dataclass(frozen=True, eq=False)
class CallsAtHand:
    """Calls of a subject, the i-th of them on the kernel ``kernels[which[i]]``."""

    subject: Subject
    kernels: Sequence[Kernel]
    which: Rows
    facts: dict[str, Any]

    @cached_property
    def many(self) -> Many:
        """Return the calls as the reading on columns has them."""
        return Many(column_of_kernels(self.kernels, self.which), self.facts, len(self.which))

    def facts_of(self, rows: Rows) -> dict[str, Any]:
        """Return the facts of some of the calls, a column each or what all have alike."""
        return {path: it[rows] if is_column(it) else it for path, it in self.facts.items()}


def known_calls(
    subject: Subject, calls: Sequence[Facts], kernels: Sequence[Kernel]
) -> CallsAtHand:
    """Return every call on every kernel, kernel by kernel."""
    known = [dict(call) for call in calls]
    facts: dict[str, Any] = {}
    for leaf in all_leaves():
        values = [one.get(leaf.path, leaf.default) for one in known]
        alike = all(value == values[0] for value in values)
        column = np.array(values, dtype=kind_of(leaf))
        facts[leaf.path] = values[0] if alike else np.tile(column, len(kernels))
    which = np.repeat(np.arange(len(kernels)), len(calls))
    return CallsAtHand(subject, kernels, which, facts)


def random_calls(
    subject: Subject, calls: Sequence[Facts], kernels: Sequence[Kernel], count: int
) -> CallsAtHand:
    """Return so many calls like the known ones, each on any kernel: always the same."""
    chance = np.random.default_rng([SEED, subject.name.encode()[0]])
    varied = [leaf.path for leaf in all_leaves() if leaf.path not in ("request.entry",)]
    facts = around(chance, count, [dict(call) for call in calls], varied, CHANGED)
    facts["request.flags"] = with_flags(chance, facts["request.flags"], count)
    facts["chance.fails"] = _failing(chance, facts["chance.fails"], count)
    return CallsAtHand(subject, kernels, chance.integers(0, len(kernels), count), facts)


def _failing(chance: np.random.Generator, steps: Any, count: int) -> Any:
    """Return the steps that fail by chance: in half of the calls another one, each as often."""
    made = np.broadcast_to(np.asarray(steps, dtype=np.uint64), (count,)).copy()
    rows = np.flatnonzero(chance.random(count) < 0.5)
    made[rows] = chance.integers(0, len(Fallible), len(rows), np.uint64)
    return made
