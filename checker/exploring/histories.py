"""The distinct histories that break a statement: by the step that breaks it, and which promise.

Every state of a system is looked at, and every step from each.  A way is the step after which a
statement is broken, with the promises of its conclusion that are, and a shortest history to there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from checker.exploring.assumed_histories import assumed, opened
from checker.exploring.terms import Promises, Terms, terms_of
from checker.over_time.explore import Explored, explore
from checker.over_time.stepwise import cases
from checker.over_time.trace import Trace, rerun
from model.kernel import Kernel
from model.over_time.step import Step, TransitionSystem
from properties.claim import Claim, Verdict
from properties.over_time.claim import How, TimedProperty


@dataclass(frozen=True)
class HistoryWay:
    """A shortest history that breaks a statement by its last step, and the claim there."""

    trace: Trace
    broken: tuple[int, ...]
    terms: Terms | None


@dataclass
class ExploredHistories:
    """What there is in one system on one kernel, without some steps, from where it begins."""

    prop: TimedProperty
    kernel: Kernel
    assumed: str
    ways: list[HistoryWay] = field(default_factory=list)
    verdict: Verdict = Verdict.PROVED
    complete: bool = False
    states: int = 0


def explored(
    prop: TimedProperty, kernel: Kernel, excluded: tuple[str, ...], given: tuple[str, ...],
    throughout: tuple[str, ...] = (),
) -> ExploredHistories:
    """Return the ways to break what a statement says of one system, the shortest first.

    ``excluded`` are steps that nobody takes; ``given`` are facts that histories begin with,
    ``NAME=VALUE``; ``throughout`` are those that every state of them has.  Raises
    :class:`Problem` for a step or a fact that the system has not.
    """
    histories = assumed(prop, excluded, given, throughout)
    system, text = histories.system, histories.text
    if not histories.begins(kernel):
        return ExploredHistories(prop, kernel, text, verdict=Verdict.VACUOUS, complete=True)
    found = ExploredHistories(prop, kernel, text)
    search = explore(system, kernel)
    found.complete, found.states = search.closed, search.count
    looked = _Looked(prop, kernel, search)
    seen: set[tuple[str, tuple[int, ...]]] = set()
    for place, step, claimed in looked.breaking():
        broken = looked.promises_broken(claimed)
        key = (opened(step) if step else "", broken)
        if key not in seen:
            seen.add(key)
            history = [*search.history(place), *([step] if step else [])]
            found.ways.append(_way(prop, (system, kernel), history, (claimed, broken)))
    if found.ways:
        found.verdict = Verdict.REFUTED
    elif not found.complete:
        found.verdict = Verdict.BOUNDED
    elif not looked.premise:
        found.verdict = Verdict.VACUOUS
    return found


def _way(
    prop: TimedProperty,
    where: tuple[TransitionSystem, Kernel],
    history: list[Step],
    what: tuple[tuple[Any, ...], tuple[int, ...]],
) -> HistoryWay:
    (system, kernel), (claimed, broken) = where, what
    steps, states = rerun(system, kernel, [step.name for step in history])
    terms = terms_of(prop.statement, *claimed) if prop.how is not How.SOME_STEP else None
    return HistoryWay(Trace(prop, kernel, steps, states), broken, terms)


class _Looked:
    """All states and steps of a system, as one statement looks at them."""

    def __init__(self, prop: TimedProperty, kernel: Kernel, search: Explored) -> None:
        self.prop, self.kernel, self.search = prop, kernel, search
        self.premise = False
        self._promises = Promises(prop.statement)

    def breaking(self) -> Iterator[tuple[int, Step | None, tuple[Any, ...]]]:
        """Yield where a statement is broken: a state, the step from there, what it is asked of.

        No step where it is the state itself, at which histories begin or no step does.
        """
        if self.prop.how is How.EACH_STEP:
            yield from self._by_steps()
        elif self.prop.how is How.SOME_STEP:
            yield from self._by_no_step()
        else:
            yield from self._by_states()

    def promises_broken(self, asked: tuple[Any, ...]) -> tuple[int, ...]:
        """Return which promises of the conclusion are broken."""
        if self.prop.how is How.SOME_STEP:
            return ()
        kept = self._promises.values(*asked)
        return tuple(n for n, one in enumerate(kept) if not one)

    def _claim(self, *asked: Any) -> Claim:
        claim = self.prop.statement(self.kernel, *asked)
        self.premise |= bool(claim.premise)
        return claim

    def _by_states(self) -> Iterator[tuple[int, Step | None, tuple[Any, ...]]]:
        states = self.search.states
        claims = [self._claim(state) for state in states]
        broken = {n for n, one in enumerate(claims) if one.premise and not one.conclusion}
        if self.prop.how is How.ENDS:
            come = self.search.lead_to(n for n, one in enumerate(claims) if one.conclusion)
            broken = {n for n, one in enumerate(claims) if one.premise and n not in come}
        if 0 in broken:
            yield 0, None, (self.kernel, states[0])
        pairs = zip(self.search.edges, self.search.moves, strict=True)
        for (source, target, _own), (step, _then) in pairs:
            if target in broken and source not in broken:
                yield source, step, (self.kernel, states[target])

    def _by_steps(self) -> Iterator[tuple[int, Step | None, tuple[Any, ...]]]:
        pairs = zip(self.search.edges, self.search.moves, strict=True)
        for (source, _target, _own), (step, then) in pairs:
            for case in cases(self.prop):
                asked = (self.search.states[source], then, *case)
                claim = self._claim(*asked)
                if claim.premise and not claim.conclusion:
                    yield source, step, (self.kernel, *asked)

    def _by_no_step(self) -> Iterator[tuple[int, Step | None, tuple[Any, ...]]]:
        after: dict[int, list[Any]] = {}
        for (source, _target, _own), (_step, then) in zip(
            self.search.edges, self.search.moves, strict=True
        ):
            after.setdefault(source, []).append(then)
        known = self.search.count if self.search.closed else self.search.left
        for place, state in enumerate(self.search.states[:known]):
            for case in cases(self.prop):
                there = bool(self._claim(state, state, *case).premise)
                done = (self._claim(state, then, *case).conclusion for then in after.get(place, ()))
                if there and not any(done):
                    yield place, None, (self.kernel, state, state, *case)
