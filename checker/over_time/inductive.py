"""k-induction on properties: as declared on whole numbers, or on the bits of any system."""

from __future__ import annotations

from typing import Any

import z3

from checker.over_time.bounded import Unrolling, breaking, nearest
from checker.over_time.budget import Budget
from checker.over_time.finding import (
    TimedFinding,
    forms,
    gave_up,
    plural,
    refuted,
    scope,
    words,
)
from checker.over_time.induction import Attempt, Induction, Named, induct
from checker.over_time.question import Question
from checker.over_time.symbolic import Symbolic
from checker.over_time.trace import plain
from model.kernel import Kernel
from model.records import values_of
from properties.claim import Verdict
from properties.system.claim import How, Lemma, TimedProperty


def attempt_of(
    prop: TimedProperty,
    space: Symbolic,
    lemmas: tuple[Lemma, ...],
    kernel: Kernel,
    upto: int = 0,
) -> Attempt:
    """Return the induction that a property declares, with these of its lemmas."""
    assert prop.proof is not None
    proof = prop.proof

    def named(lemma: Lemma) -> Named:
        return Named(words(lemma), lambda state: lemma(kernel, state))

    return Attempt(
        space,
        Named(prop.sentence, lambda state: prop.statement(kernel, state).conclusion),
        starts=proof.starts,
        lemmas=tuple(named(one) for one in lemmas),
        unused=tuple(named(one) for one in proof.lemmas if one not in lemmas),
        assumed=proof.assumed,
        upto=max(upto, proof.upto),
    )


def declared(prop: TimedProperty, noted: Kernel, kernel: Kernel, upto: int = 0) -> TimedFinding:
    """Prove a property as it declares, for any number of tasks; or say why not."""
    assert prop.proof is not None
    space = Symbolic(prop.system, kernel, whole=True)
    found = induct(attempt_of(prop, space, prop.proof.lemmas, noted, upto))
    if found.status != "proved":
        return no_proof(found)
    return TimedFinding(
        Verdict.PROVED,
        rests_on=(
            f"{found.depth}-induction: histories of any length",
            prop.system.tasks,
            *(f"lemma: {words(one)}" for one in prop.proof.lemmas),
            *forms(space),
        ),
    )


def no_proof(found: Induction) -> TimedFinding:
    """Return that an induction proves nothing, and why."""
    text = not_a_counterexample(found)
    return gave_up(text) if found.status == "unknown" else TimedFinding(Verdict.UNKNOWN, text)


def not_a_counterexample(found: Induction) -> str:
    """Return why an induction says nothing, in words."""
    if found.status == "unknown":
        return found.reason or "the solver gave up"
    facts = " ".join(f"{name}={value}" for name, value in values_of(found.path[0]))
    hint = f"; excluded by the lemma: {', '.join(found.hints)}" if found.hints else ""
    if found.status == "start":
        where = f" {plural(found.depth, 'step')} after" if found.depth else ""
        return f"it does not hold{where} where histories may begin: {facts}"
    after = f", {plural(found.depth, 'step')} on" if found.depth > 1 else ""
    return (
        f"no proof: {found.step!r} does not keep {found.fails!r}{after} from a state that is not"
        f" known to be reachable ({facts}){hint}"
    )


def by_k_induction(question: Question, depth: int) -> TimedFinding:
    """PROVED with as small a k as suffices; REFUTED where a history is found on the way."""
    prop, kernel = question.prop, question.kernel
    if prop.how is How.INDUCTIVE:
        found = declared(prop, kernel, kernel, depth)
        return found if found.verdict is Verdict.PROVED else _or_history(question, found, depth)
    budget = Budget()
    while True:
        tried = _attempt(question, prop.sentence, question.kept, depth, budget)
        if tried.status == "proved":
            return _with_premise(question, tried.depth, depth, budget)
        if tried.status != "start":
            return no_proof(tried)
        history = breaking(question, Unrolling(question.space, budget), tried.depth)
        if history.history is not None:
            return refuted(question, history.history)
        if history.reason:
            return gave_up(history.reason)


def _or_history(question: Question, found: TimedFinding, depth: int) -> TimedFinding:
    """Return the history against it from the system's own start, if there is one."""
    history = breaking(question, Unrolling(question.space), depth).history
    return found if history is None else refuted(question, history)


def _attempt(
    question: Question, name: str, holds: Any, depth: int, budget: Budget
) -> Induction:
    space = question.space
    claim = Named(name, holds)
    return induct(Attempt(space, claim, space.starts, upto=depth, distinct=True, budget=budget))


def _with_premise(question: Question, k: int, depth: int, budget: Budget) -> TimedFinding:
    """Return the proof, if a history shows that the premise occurs."""
    occurs = nearest(Unrolling(question.space, budget), question.premise, depth)
    if occurs.history is not None:
        return TimedFinding(
            Verdict.PROVED,
            rests_on=(f"{k}-induction on states that differ, no lemma", scope(question.prop)),
            witness=plain(question.prop, question.kernel, occurs.history),
        )

    def never(state: Any) -> Any:
        return z3.Not(question.premise(state))

    if _attempt(question, "the premise never holds", never, depth, budget).status == "proved":
        return TimedFinding(Verdict.VACUOUS, "no history leads to a state with the premise")
    reason = f"nothing breaks it, and its premise was not met in {plural(depth, 'step')}"
    return TimedFinding(Verdict.UNKNOWN, reason)
