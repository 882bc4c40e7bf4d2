"""The calls that show verdicts without a mutant, tried on many changed kernels at once.

What a change does is mostly seen by a call that some statement rests on already.  So every known
call is read on columns, on all the kernels, before a solver is asked about any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from checker.mutation.at_hand import known_calls
from checker.mutation.baseline import Baseline, Facts
from checker.readings.columns import Truths, truths
from model.kernel import Kernel
from properties.claim import Property, Subject

ROWS = 30_000
"""At most about so many calls are read at a time."""


@dataclass(frozen=True)
class Tried:
    """What known calls come to on kernels: rows are kernels, columns are calls."""

    prop: Property
    first: int
    """The place of the first of the kernels."""
    met: Truths
    """Where the premise of the statement holds."""
    broken: Truths


class KnownCalls:
    """Every call that a run rests on, by the subject of its statement."""

    def __init__(self, props: Iterable[Property], baseline: Baseline) -> None:
        self._places: dict[Subject, dict[Facts, int]] = {}
        self._props: dict[Subject, list[Property]] = {}
        for prop in props:
            self._props.setdefault(prop.subject, []).append(prop)
            places = self._places.setdefault(prop.subject, {})
            for shown in baseline[prop.id]:
                places.setdefault(shown.facts, len(places))

    def place(self, prop: Property, facts: Facts) -> int:
        """Return the column of a known call of a statement."""
        return self._places[prop.subject][facts]

    def call(self, prop: Property, place: int) -> dict[str, Any]:
        """Return the call of a column."""
        return dict(list(self._places[prop.subject])[place])

    def on(self, kernels: Sequence[Kernel]) -> Iterator[Tried]:
        """Yield what each statement comes to with every known call, some kernels at a time."""
        for subject, props in self._props.items():
            calls = list(self._places[subject])
            size = max(1, ROWS // len(calls))
            for first in range(0, len(kernels), size):
                some = kernels[first : first + size]
                many, shape = known_calls(subject, calls, some).many, (len(some), len(calls))
                possible = many.possible(subject)
                for prop in props:
                    claim = many.claim(prop)
                    met = np.logical_and(possible, truths(claim.premise, many.count))
                    kept = truths(claim.conclusion, many.count)
                    broken = np.logical_and(met, np.logical_not(kept))
                    yield Tried(prop, first, met.reshape(shape), broken.reshape(shape))
