"""Runs on inputs that go where no run went before: for differences that no term shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import z3

from source.review.arithmetic import Arithmetic
from source.review.following import Followed
from source.review.judgement import Parting
from source.review.same import Translation
from source.review.search import QUICK, Given
from source.review.terms import Term
from source.review.valuation import Valuation

MOST_RUNS = 60
"""Inputs on which both sides are run."""

Decided = tuple[tuple[Term, bool], ...]
Runs = Callable[[Valuation], tuple[Followed, Followed] | None]
Tell = Callable[[Followed, Followed], tuple[Parting, ...]]


@dataclass
class Exploring:
    """A search through the branches of both sides, each taken both ways where that can be."""

    terms: Arithmetic
    runs: Runs
    tell: Tell
    _known: set[tuple[int, int, bool]] = field(default_factory=set)
    _waiting: list[Decided] = field(default_factory=list)

    def partings(self) -> Iterator[tuple[Parting, ...]]:
        """The partings on inputs that go each way of each branch."""
        translation = Translation(self.terms, apart=True)
        self._waiting = [()]
        for _ in range(MOST_RUNS):
            if not self._waiting:
                return
            valuation = self._solved(translation, self._waiting.pop(0))
            both = self.runs(valuation) if valuation is not None else None
            if valuation is None or both is None:
                continue
            if both[0].end != both[1].end:
                yield self.tell(*both)
            for side, run in enumerate(both):
                self._branches(side, run, valuation)

    def _solved(self, translation: Translation, decided: Decided) -> Valuation | None:
        if not decided:
            return Valuation()
        solver = z3.SimpleSolver(ctx=translation.context)
        solver.set("rlimit", QUICK)
        for test, value in decided:
            formula = translation.formula(test)
            solver.add(formula if value else z3.Not(formula))
        if solver.check() != z3.sat:
            return None
        tests = (test for test, _ in decided)
        return Given(translation, solver.model(), *tests).valuation

    def _branches(self, side: int, run: Followed, valuation: Valuation) -> None:
        """Notes the branches of a run, and the other way of each that is not known yet."""
        gone: Decided = ()
        for at, test in run.decided:
            value = bool(valuation.value(test))
            site = id(run.steps[at].node) if at < len(run.steps) else 0
            self._known.add((side, site, value))
            if (side, site, not value) not in self._known:
                self._known.add((side, site, not value))
                self._waiting.append((*gone, (test, not value)))
            gone = (*gone, (test, value))
