"""Decides a property of histories on a kernel, each kind by its engine.

Exploration decides invariants and endings of finite systems; induction proves what is said
of any number of forks, after exploration of a small instance found no history against it;
the ledger proves conservation, and exploration shows where it is broken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checker.over_time.counter import conserved
from checker.over_time.explore import Explored, Library
from checker.over_time.induction import Attempt, Induction, Named, induct
from checker.over_time.symbolic import Symbolic, Whole
from checker.over_time.trace import Broken, Trace, plain, record
from checker.over_time.watched import Noting
from model.kernel import Kernel
from model.records import values_of
from properties.claim import Verdict
from properties.system.claim import How, Lemma, TimedProperty


@dataclass
class TimedFinding:
    """A verdict with what it rests on, and the trace that breaks the property or its witness."""

    verdict: Verdict
    reason: str = ""
    rests_on: tuple[str, ...] = ()
    trace: Trace | None = None
    witness: Trace | None = None


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
                return _on(prop, kernel, known.finding)
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
            found = _broken(prop, noted, explored)
            if prop.how is How.CONSERVED:
                return _by_ledger(prop, kernel, explored, found)
            if found is not None:
                trace = record(prop, kernel, explored.history(found))
                return TimedFinding(Verdict.REFUTED, trace=trace)
            if prop.how is How.INDUCTIVE:
                return _by_induction(prop, noted, kernel, explored)
            return _by_exploration(prop, noted, kernel, explored)
        except Broken as error:
            return TimedFinding(Verdict.ERROR, f"the trace fails on the concrete reading: {error}")


def _on(prop: TimedProperty, kernel: Kernel, finding: TimedFinding) -> TimedFinding:
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


def _broken(prop: TimedProperty, kernel: Kernel, explored: Explored) -> int | None:
    """Return the nearest state that breaks the property."""
    claims = [prop.statement(kernel, state) for state in explored.states]
    if prop.how is not How.ENDS:
        wrong = (i for i, one in enumerate(claims) if one.premise and not one.conclusion)
        return next(wrong, None)
    if not explored.closed:
        return None
    good = explored.can_reach(lambda state: bool(prop.statement(kernel, state).conclusion))
    return next((i for i, one in enumerate(claims) if one.premise and i not in good), None)


def _by_exploration(
    prop: TimedProperty, noted: Kernel, kernel: Kernel, explored: Explored
) -> TimedFinding:
    occurs = explored.first(lambda state: bool(prop.statement(noted, state).premise))
    if not explored.closed:
        reason = f"no history of up to {explored.depth} steps breaks it; longer ones are not known"
        return TimedFinding(Verdict.BOUNDED, reason)
    if occurs is None:
        return TimedFinding(Verdict.VACUOUS, "no history leads to a state with the premise")
    return TimedFinding(
        Verdict.PROVED,
        rests_on=(
            f"all {len(explored.states)} states, closed at depth {explored.depth}",
            f"histories of any length, {prop.system.tasks}",
        ),
        witness=plain(prop, kernel, explored.history(occurs)),
    )


def _by_induction(
    prop: TimedProperty, noted: Kernel, kernel: Kernel, explored: Explored
) -> TimedFinding:
    assert prop.proof is not None
    space = Symbolic(prop.system, kernel, whole=True)
    attempt = induct(attempt_of(prop, space, prop.proof.lemmas, noted))
    if attempt.status == "proved":
        assert isinstance(space.machine, Whole)
        forms = (f"{_words(q)}: {form}" for q, form in space.machine.used.items())
        return TimedFinding(
            Verdict.PROVED,
            rests_on=(
                "1-induction: histories of any length",
                prop.system.tasks,
                *(f"lemma: {_words(one)}" for one in prop.proof.lemmas),
                *forms,
            ),
            witness=plain(prop, kernel, explored.history(len(explored.states) - 1)),
        )
    return TimedFinding(Verdict.UNKNOWN, not_a_counterexample(attempt))


def attempt_of(
    prop: TimedProperty, space: Symbolic, lemmas: tuple[Lemma, ...], kernel: Kernel
) -> Attempt:
    """Return the induction that a property declares, with these of its lemmas."""
    assert prop.proof is not None
    proof = prop.proof

    def named(lemma: Lemma) -> Named:
        return Named(_words(lemma), lambda state: lemma(kernel, state))

    return Attempt(
        space,
        Named(prop.sentence, lambda state: prop.statement(kernel, state).conclusion),
        starts=proof.starts,
        lemmas=tuple(named(one) for one in lemmas),
        unused=tuple(named(one) for one in proof.lemmas if one not in lemmas),
        assumed=proof.assumed,
    )


def not_a_counterexample(attempt: Induction) -> str:
    """Return why an induction says nothing, in words."""
    if attempt.status == "unknown":
        return attempt.reason or "the solver gave up"
    facts = " ".join(f"{name}={value}" for name, value in values_of(attempt.state))
    hint = f"; excluded by the lemma: {', '.join(attempt.hints)}" if attempt.hints else ""
    if attempt.status == "start":
        return f"it does not hold where histories may begin: {facts}"
    return (
        f"no proof: {attempt.step!r} does not keep {attempt.fails!r} from a state that is not"
        f" known to be reachable ({facts}){hint}"
    )


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


def _words(function: Any) -> str:
    name: str = function.__name__
    return name.replace("_", " ")
