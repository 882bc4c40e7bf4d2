"""PDR on properties: on the bits of any system, or on whole numbers where so declared."""

from __future__ import annotations

from checker.over_time.agreed import ON_BITS, ON_WHOLE_NUMBERS
from checker.over_time.bounded import Unrolling, breaking, nearest
from checker.over_time.budget import Budget
from checker.over_time.certificate import Histories, Invariant
from checker.over_time.finding import TimedFinding, gave_up, plural, refuted, scope
from checker.over_time.inductive import out_of_range_by_lemmas, taken_for_granted
from checker.over_time.pdr import Searched, search
from checker.over_time.question import Question
from checker.over_time.symbolic import Symbolic
from checker.over_time.trace import plain
from properties.claim import Verdict
from properties.over_time.claim import How

PATIENT = 60_000_000


def by_pdr(question: Question, depth: int) -> TimedFinding:
    """PROVED by an invariant that another solver checks; a history is found by unrolling."""
    budget = Budget(PATIENT)
    if question.prop.how is How.INDUCTIVE:
        return _on_whole_numbers(question, depth, budget)
    histories = Histories(question.space, question.space.starts)
    while True:
        found = search(histories, question.broken, budget)
        if found.invariant is not None:
            return _proved(question, found.invariant, depth, budget)
        if found.status != "reachable":
            return _no_answer(found)
        looked = question.ending.depth if question.ending else 0
        finding = _with_history(question, depth, budget)
        if question.ending is None or question.ending.depth == looked:
            return finding


def _no_answer(found: Searched) -> TimedFinding:
    if found.status == "wrong":
        return TimedFinding(Verdict.ERROR, f"the invariant that Spacer found: {found.reason}")
    return gave_up(found.reason)


def _with_history(question: Question, depth: int, budget: Budget) -> TimedFinding:
    """Return the refutation, if a history is found to go with what Spacer says."""
    history = breaking(question, Unrolling(question.space, budget), depth)
    if history.history is not None:
        return refuted(question, history.history)
    reason = "Spacer says that some history breaks it, and none of up to"
    reason += f" {plural(max(history.depth, 0), 'step')} was found {history.reason}"
    return TimedFinding(Verdict.UNKNOWN, reason.rstrip())


def _proved(
    question: Question, invariant: Invariant, depth: int, budget: Budget
) -> TimedFinding:
    """Return the proof, if a history shows that the premise occurs."""
    occurs = nearest(Unrolling(question.space, budget), question.premise, depth)
    if occurs.history is not None:
        return TimedFinding(
            Verdict.PROVED,
            rests_on=(_certified(invariant), scope(question.prop)),
            witness=plain(question.prop, question.kernel, occurs.history),
        )
    never = search(invariant.histories, question.premise, budget)
    if never.status == "unreachable":
        return TimedFinding(Verdict.VACUOUS, "no history leads to a state with the premise")
    short = plural(max(occurs.depth, 0), "step")
    reason = f"nothing breaks it, and no history of up to {short} has its premise"
    return TimedFinding(Verdict.UNKNOWN, reason)


def _certified(invariant: Invariant) -> str:
    size = plural(invariant.size, "condition")
    checked = ON_WHOLE_NUMBERS if invariant.histories.space.whole else ON_BITS
    return f"an inductive invariant of {size}, found by Spacer; each of its conditions {checked}"


def _proved_on_whole_numbers(
    question: Question, invariant: Invariant, depth: int, budget: Budget
) -> TimedFinding:
    prop, space = question.prop, invariant.histories.space
    outside = out_of_range_by_lemmas(prop, space, question.kernel)
    if outside:
        return TimedFinding(Verdict.UNKNOWN, outside)
    occurs = nearest(Unrolling(question.space, budget), question.premise, depth)
    if occurs.history is None:
        return TimedFinding(Verdict.UNKNOWN, "nothing breaks it, and its premise was not met")
    return TimedFinding(
        Verdict.PROVED,
        rests_on=(
            _certified(invariant),
            prop.system.tasks,
            "the declared lemmas, for the range of numbers alone",
            *taken_for_granted(prop, space),
        ),
        witness=plain(prop, question.kernel, occurs.history),
    )


def _on_whole_numbers(question: Question, depth: int, budget: Budget) -> TimedFinding:
    """Ask about any number of tasks, from where the declared proof begins, without its lemmas."""
    prop, kernel = question.prop, question.kernel
    assert prop.proof is not None
    space = Symbolic(prop.system, kernel, whole=True)
    starts = prop.proof.starts
    found = search(Histories(space, lambda state: starts(kernel, state)), question.breaks, budget)
    if found.invariant is not None:
        return _proved_on_whole_numbers(question, found.invariant, depth, budget)
    if found.status != "reachable":
        return _no_answer(found)
    return _with_history(question, depth, budget)
