"""Which mutants a call at hand shows, before a solver is asked about any.

Each mutant is tried on some of the calls that it touches, all of them at once on columns.  What
notices a mutant there is evaluated once more on plain values; only then it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from checker.mutation.at_hand import CallsAtHand, Rows, known_calls, random_calls
from checker.mutation.baseline import Baseline, ShownVerdict
from checker.mutation.choosing import Choosing
from checker.mutation.confirming import Noticed, breaks, meets
from checker.mutation.kernel import Mutated
from checker.mutation.mutant import Mutant
from checker.mutation.touched import UnchangedOutcome
from checker.readings.columns import Many, Truths, column_of_kernels, truths
from checker.smallest.shrink import not_default
from model.kernel import Kernel
from model.revisions import REVISIONS
from properties.claim import Property, Subject, Verdict

EACH = 60
"""At most on so many calls a mutant is tried."""
TOGETHER = 30_000
"""At most about so many calls are read at a time."""
RANDOM = 150_000
"""Random calls of a subject."""


class EarlyKills:
    """What notices mutants on calls at hand, by the mutant's place."""

    def __init__(
        self, mutants: Sequence[Mutant], props: Sequence[Property], baseline: Baseline
    ) -> None:
        self.mutants, self.baseline = mutants, baseline
        self._props: dict[Subject, list[Property]] = {}
        for prop in props:
            self._props.setdefault(prop.subject, []).append(prop)
        self.kills: dict[int, Noticed] = {}

    def found(self) -> dict[int, Noticed]:
        """Return what notices which mutants."""
        for subject in self._props:
            for at_hand in self._at_hand(subject):
                self._try(at_hand)
        return self.kills

    def _at_hand(self, subject: Subject) -> Iterator[CallsAtHand]:
        kernels = [one.kernel for one in REVISIONS.values()]
        props = self._props[subject]
        known = dict.fromkeys(one.facts for prop in props for one in self.baseline[prop.id])
        yield known_calls(subject, list(known), kernels)
        yield random_calls(subject, list(known), kernels, RANDOM)

    def _try(self, at_hand: CallsAtHand) -> None:
        unchanged, some = UnchangedOutcome(at_hand), list[tuple[int, Rows]]()
        for place, mutant in enumerate(self.mutants):
            if place in self.kills:
                continue
            rows = _spread(np.flatnonzero(unchanged.touched(mutant)))
            if sum(len(one) for _, one in some) + len(rows) > TOGETHER:
                self._together(at_hand, some)
                some = []
            if len(rows):
                some.append((place, rows))
        if some:
            self._together(at_hand, some)

    def _together(self, at_hand: CallsAtHand, some: list[tuple[int, Rows]]) -> None:
        """Try some mutants, each on its own calls, all at once."""
        tried = TriedMutants(at_hand, some, self.mutants)
        for prop in self._props[at_hand.subject]:
            for after, rows in self._changes(prop, tried):
                for row in tried.first_of_each(rows):
                    self._confirm(prop, tried, row, after)

    def _changes(self, prop: Property, tried: TriedMutants) -> Iterator[tuple[Verdict, Rows]]:
        """Yield to what a verdict changes, and which calls say so, on the kernels that it is of."""
        verdicts = self.baseline[prop.id]
        proved = _kernels_of(verdicts, Verdict.PROVED)
        vacuous = _kernels_of(verdicts, Verdict.VACUOUS)
        if not proved and not vacuous:
            return
        met, kept = tried.claim(prop)
        yield Verdict.REFUTED, np.flatnonzero(met & ~kept & tried.on(proved))
        yield Verdict.PROVED, np.flatnonzero(met & tried.on(vacuous))

    def _confirm(self, prop: Property, tried: TriedMutants, row: int, after: Verdict) -> None:
        """Kill the mutant of a call if the call changes a verdict on plain values too."""
        place = int(tried.mutant[row])
        if place in self.kills:
            return
        kernel, (ask, before) = tried.kernel(row), _SHOWN_BY[after]
        if ask(prop, Mutated(kernel, self.mutants[place]), tried.call(row)):
            self.kills[place] = Noticed(prop.id, kernel.name, before, after)


_SHOWN_BY = {
    Verdict.REFUTED: (breaks, Verdict.PROVED),
    Verdict.PROVED: (meets, Verdict.VACUOUS),
}
"""How a call shows what a verdict changes to, and from what."""


def _kernels_of(verdicts: Iterable[ShownVerdict], verdict: Verdict) -> frozenset[str]:
    """Return the kernels that a verdict is of; all named ones, if it is of every set."""
    found = set[str]()
    for one in verdicts:
        if one.verdict is verdict:
            found |= set(REVISIONS) if one.every_set else {each.name for each in one.revisions}
    return frozenset(found)


def _spread(rows: Rows) -> Rows:
    """Return some of the rows, from the first to the last."""
    if len(rows) <= EACH:
        return rows
    return rows[np.linspace(0, len(rows) - 1, EACH).astype(np.intp)]


class TriedMutants:
    """Mutants on calls of their own, as columns."""

    def __init__(
        self, at_hand: CallsAtHand, some: list[tuple[int, Rows]], mutants: Sequence[Mutant]
    ) -> None:
        rows = np.concatenate([rows for _, rows in some])
        self.mutant = np.repeat([place for place, _ in some], [len(rows) for _, rows in some])
        self._kernels, self._which = at_hand.kernels, at_hand.which[rows]
        choice: Any = np.repeat(
            np.arange(1, len(some) + 1, dtype=np.uint64), [len(rows) for _, rows in some]
        )
        plain = column_of_kernels(at_hand.kernels, self._which)
        changed = Choosing([mutants[place] for place, _ in some], plain, choice)
        self._many = Many(changed, at_hand.facts_of(rows), len(rows))
        self._possible = self._many.possible(at_hand.subject)

    def claim(self, prop: Property) -> tuple[Truths, Truths]:
        """Return where the premise of a statement is met, and where its conclusion holds."""
        claim, count = self._many.claim(prop), self._many.count
        return self._possible & truths(claim.premise, count), truths(claim.conclusion, count)

    def on(self, names: frozenset[str]) -> Truths:
        """Return which calls are on one of some kernels."""
        named = np.array([one.name in names for one in self._kernels])
        there: Truths = named[self._which]
        return there

    def first_of_each(self, rows: Rows) -> list[int]:
        """Return of some calls the first of each mutant."""
        _mutants, first = np.unique(self.mutant[rows], return_index=True)
        return [int(row) for row in rows[first]]

    def kernel(self, row: int) -> Kernel:
        """Return the kernel of a call."""
        return self._kernels[int(self._which[row])]

    def call(self, row: int) -> dict[str, Any]:
        """Return a call, but for what is as always."""
        return not_default(self._many.one(row))
