"""The fewest commits that turn a verdict of calls.

A call that breaks the property says, read on plain values with the patches open, on which
kernels it does.  The smallest set of commits is sought with which no call that is known does;
the property is decided on that kernel, and if it is refuted there is a call more.  So that a set
is the fewest is what the solver says of the known calls, and that it suffices what is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checker.compared.verdicts import Verdicts
from checker.engines.sat import Answer, Constraint, Sat
from checker.questions.decide import Decider
from checker.readings.space import space
from checker.readings.subjects import RANGES
from checker.smallest.cost import Values
from model.algebra import Truth, both, either, no, when_word
from model.call import Situation
from model.due import as_truth
from model.kernel import Kernel
from model.patch import Patch
from model.patches import BY_NAME, COMMITS, PATCHES
from model.predict import call_of
from model.records import build
from model.revisions import Revision
from model.terms import less
from model.wellformed import well_formed
from properties.claim import Property, Verdict

MOST = 20
"""Commits of the largest set that is sought."""

_BITS = 12


@dataclass
class Mended:
    """The smallest sets of commits that turn a verdict; none if there is none of ``MOST``.

    ``calls`` are those that refute everything smaller, ``never`` is whether they refute every
    set at all; ``unknown`` says where it is not known.
    """

    sets: list[frozenset[Patch]] = field(default_factory=list)
    calls: list[Values] = field(default_factory=list)
    never: bool = False
    unknown: str = ""


def turned(kernel: Kernel, turns: Iterable[Patch]) -> Revision:
    """Return a kernel with some patches decided the other way, named by them."""
    name, some = kernel.name, frozenset(turns)
    for patch in PATCHES:
        if patch in some:
            name += f"{'-' if kernel[patch] else '+'}{patch.name}"
    return Revision(name, kernel.patches() ^ some, "asked for")


def with_needs(kernel: Kernel, patch: Patch) -> frozenset[Patch]:
    """Return a commit with those that must turn with it: what it needs, or what rests on it."""
    turns, new = {patch}, {patch}
    while new:
        new = {other for one in new for other in _needs(kernel, one)} - turns
        turns |= new
    return frozenset(turns)


def _needs(kernel: Kernel, patch: Patch) -> Iterator[Patch]:
    if not kernel[patch]:
        yield from (needed for needed in patch.requires if not kernel[needed])
        return
    yield from (one for one in PATCHES if kernel[one] and patch in one.requires)


class Mender:
    """Seeks the fewest commits under which a property of calls is proved."""

    def __init__(
        self, prop: Property, kernel: Kernel, tool: Decider, candidates: Iterable[Patch] = COMMITS
    ) -> None:
        """Take the property, a kernel that breaks it, and the commits that may turn."""
        self._prop, self._kernel = prop, kernel
        self._decided = Verdicts(prop, tool)
        chosen = set(candidates)
        fixed = [patch for patch in PATCHES if patch not in chosen]
        self._flips = {patch: self._flip(patch) for patch in PATCHES}
        kept = [no(self._flips[patch]) for patch in fixed]
        self._sat = Sat([as_truth(space().kernel.admissible()), *kept])
        self._known: list[Constraint] = []

    def _flip(self, patch: Patch) -> Truth:
        there = space().kernel[patch]
        return no(there) if self._kernel[patch] else there

    def fewest(self, first: Values, *, every: bool = False) -> Mended:
        """Return the smallest sets, of which one call that breaks the property is known."""
        found = Mended()
        self._learn(first, found)
        for size in range(1, MOST + 1):
            if self._sat.ask(*self._known).status == "unsat":
                found.never = not found.sets
                return found
            for turns in self._of_size(size, found):
                found.sets.append(turns)
                if not every:
                    return found
            if found.sets or found.unknown:
                return found
        return found

    def _of_size(self, size: int, found: Mended) -> Iterator[frozenset[Patch]]:
        """Yield the sets of so many commits at most that prove the property."""
        total = sum((when_word(_BITS, one, 1, 0) for one in self._flips.values()), start=0)
        few = self._sat.constraint(less(total, size + 1, by_sign=False))  # type: ignore[arg-type]
        while not found.unknown:
            answer = self._sat.ask(few, *self._known)
            if answer.status == "unsat":
                return
            turns = self._turns(answer)
            trial = turned(self._kernel, turns)
            verdict = self._decided.verdicts([trial])[trial.name]
            if verdict is Verdict.REFUTED:
                self._learn(self._decided.calls[trial.name], found)
                continue
            if verdict is Verdict.PROVED:
                yield turns
            elif verdict is not Verdict.VACUOUS:
                found.unknown = f"{trial.name}: {verdict.name}"
            self._leave_out(turns)

    def _turns(self, answer: Answer) -> frozenset[Patch]:
        if answer.values is None:
            return frozenset()
        there = {BY_NAME[name] for name in answer.patches}
        return frozenset(there) ^ self._kernel.patches()

    def _leave_out(self, turns: frozenset[Patch]) -> None:
        self._known.append(self._sat.constraint(either(*(no(self._flips[one]) for one in turns))))

    def _learn(self, call: Values, found: Mended) -> None:
        """Take in on which kernels a call does not break the property."""
        found.calls.append(call)
        start = build(Situation, call)
        kernel, scope = space().kernel, RANGES[self._prop.subject]
        made = call_of(kernel, start)
        claim = self._prop.statement(made, scope.outcome(made))
        broken = both(
            well_formed(kernel, start), scope.holds_for(start), claim.premise, no(claim.conclusion)
        )
        self._known.append(self._sat.constraint(no(broken)))
