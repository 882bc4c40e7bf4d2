"""Decides a property of histories on a kernel, each kind by its engine.

Exploration decides invariants and endings of finite systems; induction proves what is said
of any number of forks, after exploration of a small instance found no history against it;
the ledger proves conservation, and exploration shows where it is broken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checker.over_time.bounded import Unrolling, breaking
from checker.over_time.budget import Budget
from checker.over_time.counter import conserved
from checker.over_time.explore import Explored, Library
from checker.over_time.finding import TimedFinding, bounded, refuted, scope
from checker.over_time.inductive import declared
from checker.over_time.question import Question
from checker.over_time.symbolic import Symbolic
from checker.over_time.trace import Broken, plain, record
from checker.over_time.watched import Noting
from model.kernel import Kernel
from properties.claim import Verdict
from properties.system.claim import How, TimedProperty

FURTHER = 3
"""Steps that unrolling looks further than an exploration that was cut off."""

UNITS = 6_000_000


@dataclass
class _Known:
    noted: Noting
    where: int
    finding: TimedFinding


@dataclass
class Historian:
    """Everything that properties share: explorations and inductions."""

    library: Library = field(default_factory=Library)
    _known: dict[str, list[_Known]] = field(default_factory=dict)
    _terms: dict[tuple[str, int], tuple[Kernel, Any]] = field(default_factory=dict)

    def decide(self, prop: TimedProperty, kernel: Kernel) -> TimedFinding:
        """Return the finding on one kernel, with its trace run on that very kernel."""
        explored = self.library.of(prop.system, kernel)
        where = self._where(prop, kernel, explored)
        for known in self._known.setdefault(prop.id, []):
            if known.where == where and known.noted.agrees_with(kernel):
                return on_this_kernel(prop, kernel, known.finding)
        noted = Noting(kernel)
        finding = self._decided(prop, noted, kernel, explored)
        self._known[prop.id].append(_Known(noted, where, finding))
        return finding

    def _where(self, prop: TimedProperty, kernel: Kernel, explored: Explored) -> int:
        """Return a number that is equal for kernels on which the same question is asked."""
        if prop.how is not How.INDUCTIVE:
            return id(explored)
        key = prop.system.name, id(kernel)
        if key not in self._terms:
            space = Symbolic(prop.system, kernel, whole=True)
            self._terms[key] = kernel, space.relation(space.state("0"), space.state("1"))
        number: int = self._terms[key][1].get_id()
        return number

    def _decided(
        self, prop: TimedProperty, noted: Noting, kernel: Kernel, explored: Explored
    ) -> TimedFinding:
        try:
            found = first_broken(prop, noted, explored)
            if prop.how is How.CONSERVED:
                return _by_ledger(prop, kernel, explored, found)
            if found is not None:
                trace = record(prop, kernel, explored.history(found))
                return TimedFinding(Verdict.REFUTED, trace=trace)
            if prop.how is How.INDUCTIVE:
                return _by_induction(prop, noted, kernel, explored)
            if not explored.closed:
                return beyond(prop, kernel, explored.depth)
            return by_exploration(prop, noted, kernel, explored)
        except Broken as error:
            return TimedFinding(Verdict.ERROR, f"the trace fails on the concrete reading: {error}")


def on_this_kernel(prop: TimedProperty, kernel: Kernel, finding: TimedFinding) -> TimedFinding:
    """Return a finding of a like kernel, its traces run again on this one."""
    try:
        return TimedFinding(
            finding.verdict,
            finding.reason,
            finding.rests_on,
            record(prop, kernel, finding.trace.steps) if finding.trace else None,
            plain(prop, kernel, finding.witness.steps) if finding.witness else None,
        )
    except Broken as error:
        return TimedFinding(Verdict.ERROR, f"kernels taken for alike are not: {error}")


def first_broken(prop: TimedProperty, kernel: Kernel, explored: Explored) -> int | None:
    """Return the nearest state that breaks the property."""
    claims = [prop.statement(kernel, state) for state in explored.states]
    if prop.how is not How.ENDS:
        wrong = (i for i, one in enumerate(claims) if one.premise and not one.conclusion)
        return next(wrong, None)
    if not explored.closed:
        return None
    good = explored.can_reach(lambda state: bool(prop.statement(kernel, state).conclusion))
    return next((i for i, one in enumerate(claims) if one.premise and i not in good), None)


def beyond(prop: TimedProperty, kernel: Kernel, known: int) -> TimedFinding:
    """Unroll where exploration was cut off after ``known`` whole steps: a trace, or how far."""
    question = Question(prop, kernel)
    histories = Unrolling(question.space, Budget(UNITS))
    found = breaking(question, histories, known + FURTHER)
    if found.history is not None:
        return refuted(question, found.history)
    return bounded(max(found.depth, known), found.reason)


def by_exploration(
    prop: TimedProperty, noted: Kernel, kernel: Kernel, explored: Explored
) -> TimedFinding:
    """Return what an exploration that met nothing against the property says of it."""
    occurs = explored.first(lambda state: bool(prop.statement(noted, state).premise))
    if not explored.closed:
        return bounded(explored.depth)
    if occurs is None:
        return TimedFinding(Verdict.VACUOUS, "no history leads to a state with the premise")
    return TimedFinding(
        Verdict.PROVED,
        rests_on=(
            f"all {len(explored.states)} states, closed at depth {explored.depth}",
            scope(prop),
        ),
        witness=plain(prop, kernel, explored.history(occurs)),
    )


def _by_induction(
    prop: TimedProperty, noted: Kernel, kernel: Kernel, explored: Explored
) -> TimedFinding:
    found = declared(prop, noted, kernel)
    if found.verdict is Verdict.PROVED:
        found.witness = plain(prop, kernel, explored.history(len(explored.states) - 1))
    return found


def _by_ledger(
    prop: TimedProperty, kernel: Kernel, explored: Explored, found: int | None
) -> TimedFinding:
    steps = conserved(kernel, prop.obligation)
    kept = all(step.status == "kept" for step in steps)
    if found is not None:
        if kept:
            return TimedFinding(Verdict.ERROR, "the ledger proves what a history breaks")
        return TimedFinding(
            Verdict.REFUTED, trace=record(prop, kernel, explored.history(found))
        )
    if kept:
        return TimedFinding(
            Verdict.PROVED,
            rests_on=(
                "the ledger: any number of tasks, users and nested namespaces, any history",
                *(f"{step.step}: kept" for step in steps),
                "lemma: ucounts are those of the real uid",
            ),
            witness=plain(prop, kernel, explored.history(len(explored.states) - 1)),
        )
    broken = next(step for step in steps if step.status != "kept")
    excluded = f"; the lemma excludes it: {broken.lemma}" if broken.lemma else ""
    return TimedFinding(
        Verdict.UNKNOWN,
        f"{broken.step} does not keep count and tasks together from a state that is not known"
        f" to be reachable ({broken.start}){excluded}",
    )
