"""The calls of a portion of a flood: one entry point, one kernel, all drawn from two numbers.

A call is an ordinary one or one that is kept somewhere (a smallest counterexample, a landmark),
with a few of its facts changed.  What is kept is believed by nobody: it says where to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from checker.calls.documents import from_document
from checker.readings.columns import Many
from checker.readings.flood import around, with_flags
from checker.readings.space import all_leaves
from checker.smallest.first_guess import kept_calls
from model.entries import ENTRIES
from model.kernel import Kernel
from model.patches import COMMITS
from model.request import Entry
from model.revisions import REVISIONS
from model.state import Fallible
from properties.catalogue import all_properties
from properties.landmarks.catalogue import all_landmarks

COUNT = 1 << 18
"""Calls that are drawn for a portion; those that cannot be made are left out."""

FEW, MANY = 24, 72
"""The facts of a portion that vary: the fewer, the more often they meet."""

ANY_SET = 8
"""One round of portions in so many is on sets of patches that no named kernel has."""


@dataclass(frozen=True, slots=True)
class Portion:
    """The calls that a seed and a number stand for."""

    seed: int
    number: int

    @property
    def entry(self) -> Entry:
        """Return the entry point: portions take turns."""
        return tuple(Entry)[self.number % len(Entry)]

    def _chance(self, what: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.number, what])

    @property
    def kernel(self) -> Kernel:
        """Return a kernel that has the entry point: a named one in turn, or any admissible set."""
        turn = self.number // len(Entry)
        if turn % ANY_SET == ANY_SET - 1:
            return _some_set(self._chance(0), self.entry)
        named = _kernels(self.entry)
        return named[(turn - turn // ANY_SET) % len(named)]

    def calls(self) -> Many:
        """Return the calls, those left out that cannot be made."""
        chance = self._chance(1)
        varied = _varied(chance, self.entry)
        facts = around(chance, COUNT, known(self.entry), varied, chance.uniform(1.0, 8.0))
        facts["request.flags"] = with_flags(chance, facts["request.flags"], COUNT)
        facts["chance.fails"] = _failing(chance, facts["chance.fails"])
        facts["request.entry"] = int(self.entry)
        drawn = Many(self.kernel, facts, COUNT)
        rows = np.flatnonzero(np.broadcast_to(np.asarray(drawn.well_formed, dtype=bool), (COUNT,)))
        return drawn.some(rows)


def _varied(chance: np.random.Generator, entry: Entry) -> list[str]:
    """Return facts that vary, those that the entry point takes among them."""
    paths = [leaf.path for leaf in all_leaves() if _matters(leaf.path, entry)]
    count = int(chance.integers(FEW, MANY))
    return list(chance.choice(paths, min(count, len(paths)), replace=False))


def _failing(chance: np.random.Generator, steps: Any) -> Any:
    """Return the steps that fail by chance: any, each as often, in one call of four."""
    made = np.broadcast_to(np.asarray(steps, dtype=np.uint64), (COUNT,)).copy()
    rows = np.flatnonzero(chance.random(COUNT) < 0.25)
    made[rows] = chance.integers(0, len(Fallible), len(rows), np.uint64)
    return made


def _matters(path: str, entry: Entry) -> bool:
    first, _, rest = path.partition(".")
    if path in ("request.entry", "request.flags"):
        return False
    return first != "request" or rest.partition(".")[0] in ENTRIES[entry].takes


@cache
def _kernels(entry: Entry) -> list[Kernel]:
    """Return the named kernels that have an entry point."""
    named = [one.kernel for one in REVISIONS.values()]
    return [kernel for kernel in named if kernel.stands(ENTRIES[entry].since)]


def _some_set(chance: np.random.Generator, entry: Entry) -> Kernel:
    """Return a kernel that has an entry point, some patches, and those that they require."""
    while True:
        share = chance.choice([0.1, 0.5, 0.9])
        having = {patch for patch in COMMITS if chance.random() < share}
        while more := {needed for patch in having for needed in patch.requires} - having:
            having |= more
        kernel = Kernel.of("some set", having)
        if kernel.stands(ENTRIES[entry].since):
            return kernel


@cache
def known(entry: Entry) -> list[Mapping[str, Any]]:
    """Return calls of an entry point to begin with: an ordinary one, and those that are kept."""
    kept = [values for prop in all_properties() for values in kept_calls(prop.id)]
    landmarks = [from_document(dict(one.situation)) for one in all_landmarks() if one.situation]
    own = [one for one in (*kept, *landmarks) if one.get("request.entry", 0) == int(entry)]
    distinct = {frozenset(one.items()): one for one in own}
    ordinary: Mapping[str, Any] = {"request.entry": int(entry)}
    return [ordinary, *distinct.values()]
