"""The reading on columns: many concrete calls at once, without a solver.

A *column* is a numpy array with a number (``uint64``, or ``int64`` where the fact is signed)
or a truth for each of ``n`` calls; a fact that all calls share may stay a plain value.  The
rules, effects and statements are the very functions that decide one call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from checker.readings.blocks import worked_out
from checker.readings.later import Later, Notes
from checker.readings.subjects import RANGES
from model.algebra import Truth, both, is_column
from model.call import Call, Situation
from model.kernel import Kernel
from model.patch import Patch
from model.patches import PATCHES
from model.predict import call_of
from model.records import BOOL, Leaf, build
from model.wellformed import well_formed
from properties.claim import Claim, Property, Subject

Column: TypeAlias = NDArray[Any]
Truths: TypeAlias = NDArray[np.bool_]


def kind_of(leaf: Leaf) -> np.dtype[Any]:
    """Return the type of a column of a leaf."""
    if leaf.width == BOOL:
        return np.dtype(bool)
    return np.dtype(np.int64 if leaf.signed else np.uint64)


def truths(truth: Truth, count: int) -> Truths:
    """Return a truth as a column of ``count`` truths, a plain one repeated."""
    given: Any = truth
    later = isinstance(given, Later)
    column: Truths = given if later else np.broadcast_to(np.asarray(given, dtype=bool), (count,))
    return column


def column_of_kernels(kernels: Sequence[Kernel], which: NDArray[np.intp]) -> Kernel:
    """Return the kernels of many calls as one: row ``i`` has the patches of ``kernels[which[i]]``.

    ``kernel[PATCH]`` is a column of truths, a plain truth where all the kernels agree; it has no
    name.  Every one of ``kernels`` has plain patches.
    """
    having = _having(tuple(kernels))
    return Kernel("", {
        patch: one if isinstance(one, bool) else one[which] for patch, one in having.items()
    })


@lru_cache(maxsize=16)
def _having(kernels: tuple[Kernel, ...]) -> dict[Patch, Any]:
    """Return of each patch which of the kernels have it; a plain truth where all agree."""
    there = {patch: np.array([one[patch] for one in kernels], dtype=bool) for patch in PATCHES}
    return {
        patch: bool(one[0]) if (one == one[0]).all() else one for patch, one in there.items()
    }


@dataclass(frozen=True, eq=False)
class Many:
    """``count`` calls, on one kernel or each on its own (:func:`column_of_kernels`).

    ``facts`` are columns or plain values by leaf path.
    """

    kernel: Kernel
    facts: Mapping[str, Any]
    count: int

    @cached_property
    def start(self) -> Situation:
        """Return the situations that the calls start from."""
        return build(Situation, dict(self.facts))

    @cached_property
    def call(self) -> Call:
        """Return the calls."""
        return call_of(self.kernel, self.start)

    @cached_property
    def well_formed(self) -> Truth:
        """Return which calls can be made from their states."""
        return well_formed(self.kernel, self.start)

    @cached_property
    def _outcomes(self) -> dict[Subject, Any]:
        return {}

    def outcome(self, subject: Subject) -> Any:
        """Return the outcomes, as the calls of a subject have them."""
        if subject not in self._outcomes:
            self._outcomes[subject] = RANGES[subject].outcome(self.call)
        return self._outcomes[subject]

    def possible(self, subject: Subject) -> Truths:
        """Return which calls can be made, and belong to the subject."""
        ranged = RANGES[subject].holds_for(self.start)
        return truths(both(self.well_formed, ranged), self.count)

    def claim(self, prop: Property) -> Claim:
        """Return premise and conclusion of a property, as columns."""
        return prop.statement(self.call, self.outcome(prop.subject))

    def premise(self, prop: Property) -> Truths:
        """Return on which calls the premise of a property occurs."""
        met = truths(self.claim(prop).premise, self.count)
        return np.logical_and(self.possible(prop.subject), met)

    def violations(self, prop: Property) -> Truths:
        """Return which calls break a property."""
        kept = truths(self.claim(prop).conclusion, self.count)
        return np.logical_and(self.premise(prop), np.logical_not(kept))

    def some(self, rows: NDArray[np.intp]) -> Many:
        """Return some of the calls; the kernel is the same for all of them."""
        facts = {path: it[rows] if is_column(it) else it for path, it in self.facts.items()}
        return Many(self.kernel, facts, len(rows))

    def asked(self, what: Callable[[Many], Mapping[str, Any]]) -> dict[str, Any]:
        """Return what is asked of the calls, by name: columns, and plain values as they are.

        It is asked once, of columns that are not there yet, and then worked out block by block,
        which is faster than to ask the calls themselves where these are many.
        """
        notes = Notes()
        facts = {path: notes.later(it) if is_column(it) else it for path, it in self.facts.items()}
        return worked_out(notes, what(Many(self.kernel, facts, self.count)), self.count)

    def one(self, index: int) -> dict[str, Any]:
        """Return the facts of one call as plain values."""
        return {path: _plain(value, index) for path, value in self.facts.items()}


def _plain(value: Any, index: int) -> int | bool:
    chosen: int | bool = value[index].item() if isinstance(value, np.ndarray) else value
    return chosen
