"""k-induction on properties: as declared on whole numbers, or on the bits of any system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from checker.over_time.agreed import ON_WHOLE_NUMBERS, SAT, UNSAT, agreed
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
from checker.over_time.induction import Induction, Named, ProofAttempt, induct
from checker.over_time.question import Question
from checker.over_time.symbolic import Symbolic
from checker.over_time.trace import plain
from model.algebra import implies, no
from model.due import as_truth
from model.kernel import Kernel
from model.records import values_of
from properties.claim import Verdict
from properties.over_time.claim import How, Lemma, TimedProperty


def attempt_of(
    prop: TimedProperty,
    space: Symbolic,
    lemmas: tuple[Lemma, ...],
    kernel: Kernel,
    upto: int = 0,
) -> ProofAttempt:
    """Return the induction that a property declares, with these of its lemmas."""
    assert prop.proof is not None
    proof = prop.proof

    def holds(state: Any) -> Any:
        claim = prop.statement(kernel, state)
        return implies(claim.premise, claim.conclusion)

    return ProofAttempt(
        space,
        Named(prop.sentence, holds),
        starts=lambda state: proof.starts(kernel, state),
        lemmas=_named(lemmas, kernel),
        unused=_named(tuple(one for one in proof.lemmas if one not in lemmas), kernel),
        upto=max(upto, proof.upto),
    )


def _named(lemmas: tuple[Lemma, ...], kernel: Kernel) -> tuple[Named, ...]:
    def named(lemma: Lemma) -> Named:
        return Named(words(lemma), lambda state: lemma(kernel, state))

    return tuple(named(one) for one in lemmas)


def declared(prop: TimedProperty, space: Symbolic, upto: int = 0) -> TimedFinding:
    """Prove a property as it declares, for any number of tasks; or say why not.

    ``space`` is its system on a kernel, on whole numbers.
    """
    assert prop.proof is not None
    attempt = attempt_of(prop, space, prop.proof.lemmas, space.kernel, upto)
    found = induct(attempt)
    if found.status != "proved":
        return no_proof(found)
    outside = out_of_range(prop, space, attempt.held)
    if outside:
        return TimedFinding(Verdict.UNKNOWN, outside)
    return TimedFinding(
        Verdict.PROVED,
        rests_on=(
            f"{found.depth}-induction: histories of any length",
            prop.system.tasks,
            *(f"lemma, proved with it: {words(one)}" for one in prop.proof.lemmas),
            *taken_for_granted(prop, space),
        ),
    )


def taken_for_granted(prop: TimedProperty, space: Symbolic) -> tuple[str, ...]:
    """Return what a proof on whole numbers rests on whoever finds it."""
    assert prop.proof is not None
    still = ", ".join(leaf.doc for leaf in space.constants())
    return (
        f"histories begin where {words(prop.proof.starts)}",
        *((f"no step changes: {still}",) if still else ()),
        *forms(space),
        ON_WHOLE_NUMBERS,
        *map(str, prop.proof.assumed),
    )


def out_of_range(prop: TimedProperty, space: Symbolic, held: Callable[[Any], Any]) -> str:
    """Return why comparisons may not stand for what the rules say, or nothing.

    ``held`` is what is known of every state that histories lead to; here alone what the proof
    assumes of numbers comes in.
    """
    assert prop.proof is not None
    state = space.state("before")
    known = (held(state), *(as_truth(one.holds(state)) for one in prop.proof.assumed))
    found = agreed([*known, no(space.within(state))], whole=True)
    if found.status == UNSAT:
        return ""
    if found.status != SAT:
        return found.reason
    facts = " ".join(f"{n}={v}" for n, v in values_of(space.read(found.model, state)))
    return f"a rule may be asked about numbers beyond those of its comparison ({facts})"


def out_of_range_by_lemmas(prop: TimedProperty, space: Symbolic, kernel: Kernel) -> str:
    """Return the same where nothing is known but the declared lemmas, which are proved first."""
    assert prop.proof is not None
    attempt = attempt_of(prop, space, prop.proof.lemmas, kernel)
    alone = replace(attempt, claim=Named("nothing but the lemmas", lambda _state: True))
    found = induct(alone)
    if found.status != "proved":
        return not_a_counterexample(found)
    return out_of_range(prop, space, alone.held)


def assumed_wrongly(prop: TimedProperty, kernel: Kernel, states: list[Any]) -> str:
    """Return what the declared proof gets wrong of states that histories do lead to, or nothing.

    The first of ``states`` is where the system begins.
    """
    assert prop.proof is not None
    if not prop.proof.starts(kernel, states[0]):
        return f"the system does not begin where {words(prop.proof.starts)}"
    for one in prop.proof.assumed:
        for state in states:
            if not one.holds(state):
                facts = " ".join(f"{name}={value}" for name, value in values_of(state))
                return f"a history leads to where this is false: {one.sentence} ({facts})"
    return ""


def premise_never_holds(prop: TimedProperty, space: Symbolic) -> bool:
    """Return whether the declared lemmas show that no state has the premise.

    ``space`` is as in :func:`declared`.
    """
    assert prop.proof is not None
    kernel = space.kernel
    attempt = attempt_of(prop, space, prop.proof.lemmas, kernel)
    never = Named("the premise never holds", lambda s: no(prop.statement(kernel, s).premise))
    return induct(replace(attempt, claim=never)).status == "proved"


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
        found = declared(prop, Symbolic(prop.system, kernel, whole=True), depth)
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
    return induct(
        ProofAttempt(space, claim, space.starts, upto=depth, distinct=True, budget=budget)
    )


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
        return no(question.premise(state))

    if _attempt(question, "the premise never holds", never, depth, budget).status == "proved":
        return TimedFinding(Verdict.VACUOUS, "no history leads to a state with the premise")
    reason = f"nothing breaks it, and its premise was not met in {plural(depth, 'step')}"
    return TimedFinding(Verdict.UNKNOWN, reason)
