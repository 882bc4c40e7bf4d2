"""Runs on inputs that go where no run went before: for differences that no term shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

import z3

from source.review.arithmetic import Arithmetic
from source.review.edited import Edited
from source.review.following import Followed, Step
from source.review.judgement import Parting
from source.review.same import Formula, Translation
from source.review.search import QUICK, REPAIRS, Given
from source.review.terms import TRUTH, Term
from source.review.valuation import Valuation

MOST_RUNS = 60
"""Inputs on which both sides are run."""

MOST_ASKED = 3 * MOST_RUNS
"""Inputs that are asked for."""

MOST_UNLIKE = 4
"""Terms of one run that are wanted to differ."""

MOST_ROUNDS = 2
"""Rounds of a loop of which each branch is taken both ways."""

MOST_TURNS = 4
"""How often a way is left where it does not lead to what is wanted."""

FAR = 1 << 30
"""How far an edit is that no way leads to."""

Runs = Callable[[Valuation], tuple[Followed, Followed]]
Tell = Callable[[Followed, Followed], tuple[Parting, ...]]


@dataclass(frozen=True)
class Wish:
    """What inputs are looked for: those on which two terms are equal, or are not."""

    one: Term
    two: Term
    equal: bool = True

    def formula(self, translation: Translation) -> Formula:
        """The wish for a solver."""
        alike = translation.formula(self.one) == translation.formula(self.two)
        return alike if self.equal else z3.Not(alike)

    def holds(self, valuation: Valuation) -> bool:
        """Whether it is so on given inputs."""
        return bool(valuation.value(self.one) == valuation.value(self.two)) == self.equal


Wishes = tuple[Wish, ...]

Site = tuple[int, int]
"""A branch, and which turn it is at: the first, a later one that came past an edit before, or a
later one that did not."""

Far = tuple[int, int]
"""Which turn a branch is at, and how far an edit is behind it."""


@dataclass
class Exploring:
    """A search through the branches of both sides, each taken both ways where that can be.

    Ways to what is ``edited`` are gone first, and those of a loop's first round before others.
    """

    terms: Arithmetic
    runs: Runs
    tell: Tell
    edited: tuple[Edited, Edited]
    _known: set[tuple[int, Site, bool]] = field(default_factory=set)
    _unlike: set[tuple[Term, Term]] = field(default_factory=set)
    _waiting: list[tuple[Far, int, Wishes]] = field(default_factory=list)
    _asked: set[Wishes] = field(default_factory=set)

    def partings(self) -> Iterator[tuple[Parting, ...]]:
        """The partings on inputs that go each way of each branch."""
        translation = Translation(self.terms, apart=True)
        self._order = count()
        self._wait((0, 0), ())
        left = MOST_RUNS
        for _ in range(MOST_ASKED):
            if not self._waiting or not left:
                return
            valuation = self._solved(translation, heappop(self._waiting)[2])
            if valuation is None:
                continue
            left -= 1
            both = self.runs(valuation)
            yield self.tell(*both)
            self._apart(both, valuation)
            for side, run in enumerate(both):
                self._branches(side, run, valuation)

    def _wait(self, far: Far, wishes: Wishes) -> None:
        if wishes not in self._asked:
            self._asked.add(wishes)
            heappush(self._waiting, (far, next(self._order), wishes))

    def _solved(self, translation: Translation, wishes: Wishes) -> Valuation | None:
        """Inputs on which the last wish holds, and of those before it as many as can."""
        if not wishes:
            return Valuation()
        way, goal = wishes[:-1], wishes[-1]
        for _ in range(MOST_TURNS):
            found, against = _asked(translation, way, goal)
            if found is not None or not against:
                return found
            way = tuple(wish for at, wish in enumerate(way) if at not in against)
        return None

    # --- the other way of a branch -----------------------------------------------------------

    def _branches(self, side: int, run: Followed, valuation: Valuation) -> None:
        """Notes the branches of a run, and the other way of each that is not known yet."""
        gone: Wishes = ()
        times: Counter[int] = Counter()
        passed = self._passed(side, run)
        for first, end, whole in _conditions(run):
            way = gone
            for at, test in run.decided[first:end]:
                step = run.steps[at] if at < len(run.steps) else None
                node = id(step.node) if step is not None else 0
                way = (*way, self._decided(test, bool(valuation.value(test))))
                turn = 0 if not times[node] else 1 if passed <= at else 2
                if times[node] < MOST_ROUNDS:
                    self._turned(side, (node, turn), (turn, self._far(side, step)), way)
                times[node] += 1
            gone = (*gone, self._decided(whole, bool(valuation.value(whole))))

    def _passed(self, side: int, run: Followed) -> int:
        """How many steps are gone when a run first comes to an edit; more than all if never."""
        lines = self.edited[side].lines
        here = (at for at, step in enumerate(run.steps) if step.line in lines)
        return next(here, len(run.steps)) + 1

    def _turned(self, side: int, site: Site, far: Far, way: Wishes) -> None:
        """Notes the other way of the branch at the end of one, unless it is known."""
        wish = way[-1]
        value = wish.two is self.terms.true
        self._known.add((side, site, value))
        if (side, site, not value) not in self._known:
            self._known.add((side, site, not value))
            self._wait(far, (*way[:-1], self._decided(wish.one, not value)))

    def _decided(self, test: Term, value: bool) -> Wish:
        return Wish(test, self.terms.truth(value))

    def _far(self, side: int, step: Step | None) -> int:
        far = self.edited[side].ahead(step.line) if step is not None else None
        return FAR if far is None else 1 + far

    # --- terms that differ -------------------------------------------------------------------

    def _apart(self, both: tuple[Followed, Followed], valuation: Valuation) -> None:
        """Notes the first terms in which two runs differ, to be unlike in value too."""
        gone = [
            [(at, self._decided(test, bool(valuation.value(test)))) for at, test in run.decided]
            for run in both
        ]
        for ends, one, two in unlike(*both):
            if (one, two) not in self._unlike:
                self._unlike.add((one, two))
                way = [
                    w for each, end in zip(gone, ends, strict=True) for at, w in each if at < end
                ]
                self._wait((0, 0), (*dict.fromkeys(way), Wish(one, two, False)))


def _conditions(run: Followed) -> Iterator[tuple[int, int, Term]]:
    """The conditions that a run asked: the first of its parts, the one behind the last, all."""
    first = 0
    while first < len(run.decided):
        end, whole = run.wholes.get(first, (first + 1, run.decided[first][1]))
        yield first, end, whole
        first = end


def _asked(
    translation: Translation, way: Wishes, goal: Wish
) -> tuple[Valuation | None, frozenset[int]]:
    """Inputs on which all wishes hold; or which of the way the goal cannot be had with."""
    solver = z3.SimpleSolver(ctx=translation.context)
    solver.set("rlimit", QUICK)
    marks = [z3.Bool(f"way {at}", translation.context) for at in range(len(way))]
    solver.add(goal.formula(translation))
    for mark, wish in zip(marks, way, strict=True):
        solver.add(z3.Implies(mark, wish.formula(translation)))
    goals = [term for wish in (*way, goal) for term in (wish.one, wish.two)]
    found: Valuation | None = None
    for _ in range(REPAIRS):
        answer = solver.check(*marks)
        if answer == z3.unsat and found is None:
            core = {str(mark) for mark in solver.unsat_core()}
            return None, frozenset(at for at, mark in enumerate(marks) if str(mark) in core)
        if answer != z3.sat:
            break
        given = Given(translation, solver.model(), *goals)
        found = given.valuation
        if not given.clashes or all(wish.holds(found) for wish in (*way, goal)):
            break
        solver.add(*given.repairs())
    return found, frozenset()


def unlike(base: Followed, head: Followed) -> Iterator[tuple[tuple[int, int], Term, Term]]:
    """The first terms that differ in two runs, each with how many steps both are gone then."""
    mine, other = _told(base), _told(head)
    one = two = found = 0
    while one < len(mine) and two < len(other) and found < MOST_UNLIKE:
        (a, kind, left), (b, kin, right) = mine[one], other[two]
        if kind != kin or len(left) != len(right):
            if "assign" not in (kind, kin):
                return
            one, two = one + (kind == "assign"), two + (kind != "assign")
            continue
        for each, its in zip(left, right, strict=True):
            if each is not its and each.sort == its.sort and (each.sort > 0 or each.sort == TRUTH):
                found += 1
                yield (a, b), each, its
        one, two = one + 1, two + 1


def _told(run: Followed) -> list[tuple[int, str, tuple[Term, ...]]]:
    """What was decided and done in order: after how many steps, of which kind, the terms."""
    found: list[tuple[int, str, tuple[Term, ...]]]
    found = [(at, "decided", (test,)) for at, test in run.decided]
    found += [(at, step.kind, step.terms) for at, step in enumerate(run.steps)]
    return sorted(found, key=lambda each: (each[0], each[1] != "decided"))
