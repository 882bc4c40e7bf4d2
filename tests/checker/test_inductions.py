"""An induction proves the claim as it is written, from where it says, and hides nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from checker.over_time import agreed as solvers
from checker.over_time.agreed import SolversDisagree, agreed, by_cvc5, by_sat
from checker.over_time.decide import Historian
from checker.over_time.engines import asked
from checker.over_time.finding import TimedFinding
from model.algebra import LONG_MAX, both, no, signed_below
from model.mistake import Mistake
from model.node import INT
from model.over_time.forkers import FORKERS, Forkers
from model.over_time.step import Move, TransitionSystem, but
from model.revisions import REVISIONS
from model.terms import open_word
from properties.catalogue import timed_by_id
from properties.claim import STATED, Claim, Verdict, holds
from properties.over_time.assumed import Assumed, assumed
from properties.over_time.claim import Proof, inductive
from properties.over_time.forkers import MOST_TASKS
from tests.declaring import forgotten_afterwards

PROVED = timed_by_id("P33t").proof
assert PROVED is not None


@pytest.fixture(autouse=True)
def _undeclared_afterwards() -> Iterator[None]:
    with forgotten_afterwards():
        yield


def of(statement: Any, proof: Proof, system: TransitionSystem = FORKERS) -> TimedFinding:
    declared = inductive(f"T{len(STATED)}", of=system, source="a test", expect=holds(), proof=proof)
    return Historian().decide(declared(statement), REVISIONS["v6.12"].kernel)


def tasks_are_within_the_limit(_kernel: Any, state: Forkers) -> Claim:
    return Claim(True, no(signed_below(state.limit, state.tasks)))


def nobody_has_more_than_two(_kernel: Any, state: Forkers) -> Claim:
    return Claim(True, no(signed_below(2, state.tasks)))


@assumed("a test says so")
def the_limit_is_below_three(state: Forkers) -> Any:
    return signed_below(state.limit, 3)


def test_an_assumption_hides_no_counterexample() -> None:
    """``limit < 3`` would prove it, were the claim proved under what is assumed."""
    assert of(tasks_are_within_the_limit, PROVED).verdict is Verdict.PROVED
    found = of(nobody_has_more_than_two, replace(PROVED, assumed=(the_limit_is_below_three,)))
    assert found.verdict is Verdict.UNKNOWN
    assert "it does not hold where histories may begin" in found.reason


def test_an_assumption_needs_a_reason() -> None:
    with pytest.raises(Mistake, match="'the limit is small' is assumed without a reason"):
        assumed(" ")(the_limit_is_small)
    with pytest.raises(Mistake, match="an assumption needs its reason"):
        Proof(PROVED.starts, (the_limit_is_small,))  # type: ignore[arg-type]


def the_limit_is_small(state: Forkers) -> Any:
    return signed_below(state.limit, 3)


def test_each_assumption_and_constant_is_told_with_its_reason() -> None:
    told = of(tasks_are_within_the_limit, PROVED).rests_on
    assert all(str(one) in told for one in PROVED.assumed)
    assert all(f"trusted: {one.because}" in str(one) for one in PROVED.assumed)
    assert any(one.startswith("no step changes") and "RLIMIT_NPROC" in one for one in told)
    assert "decided by z3, and by cvc5" in told
    assert any(one.startswith("histories begin where no fork is in progress") for one in told)


def test_an_assumption_that_a_history_contradicts_is_no_ground() -> None:
    @assumed("a test says so")
    def no_fork_is_ever_charged(state: Forkers) -> Any:
        return state.charged == 0

    found = of(tasks_are_within_the_limit, replace(PROVED, assumed=(no_fork_is_ever_charged,)))
    assert found.verdict is Verdict.UNKNOWN
    assert "a history leads to where this is false: no fork is ever charged" in found.reason


def test_comparisons_stand_for_the_rules_only_where_they_were_proved_to() -> None:
    """Without what is assumed of numbers a count could wrap, and the rules say otherwise then."""
    found = of(tasks_are_within_the_limit, replace(PROVED, assumed=()))
    assert found.verdict is Verdict.UNKNOWN
    assert "numbers beyond those of its comparison" in found.reason


def test_what_is_assumed_has_a_room_far_beyond_it() -> None:
    """The bound on tasks is not near what the proof needs."""
    @assumed("a test says so")
    def numbers_are_far_from_wrapping(state: Forkers) -> Any:
        few = [no(signed_below(2**60, n)) for n in (state.tasks, state.charged, state.ready)]
        return both(*few, no(signed_below(LONG_MAX, state.limit)))

    wide = replace(PROVED, assumed=(numbers_are_far_from_wrapping,))
    assert of(tasks_are_within_the_limit, wide).verdict is Verdict.PROVED
    assert MOST_TASKS < 2**60


def test_the_premise_is_used() -> None:
    def with_a_limit_of_two(_kernel: Any, state: Forkers) -> Claim:
        return Claim(state.limit == 2, no(signed_below(2, state.tasks)))

    found = of(with_a_limit_of_two, PROVED)
    assert found.verdict is Verdict.PROVED
    assert found.witness is not None


@pytest.mark.parametrize("conclusion", [True, False])
def test_a_premise_that_never_holds_is_vacuous(conclusion: bool) -> None:
    assert of(lambda _kernel, _state: Claim(False, conclusion), PROVED).verdict is Verdict.VACUOUS

    def negative(_kernel: Any, state: Forkers) -> Claim:
        return Claim(signed_below(state.tasks, 0), conclusion)

    assert of(negative, PROVED).verdict is Verdict.VACUOUS


def test_a_premise_that_only_other_numbers_meet_leaves_it_open() -> None:
    def with_a_limit_of_five(_kernel: Any, state: Forkers) -> Claim:
        return Claim(state.limit == 5, no(signed_below(5, state.tasks)))

    found = of(with_a_limit_of_five, PROVED)
    assert found.verdict is Verdict.UNKNOWN
    assert "its premise was not met" in found.reason


def test_what_the_start_breaks_is_refuted_by_the_start() -> None:
    found = of(lambda _kernel, state: Claim(True, state.count == 0), PROVED)
    assert found.verdict is Verdict.REFUTED
    assert found.trace is not None
    assert found.trace.steps == []


def test_a_proof_begins_where_the_system_does() -> None:
    """Negative: from other starts anything might be proved."""
    def there_are_seven_tasks(_kernel: Any, state: Forkers) -> Any:
        return both(PROVED.starts(_kernel, state), state.tasks == 7)

    found = of(tasks_are_within_the_limit, replace(PROVED, starts=there_are_seven_tasks))
    assert found.verdict is Verdict.UNKNOWN
    assert "the system does not begin where there are seven tasks" in found.reason


def test_each_lemma_is_proved_with_the_claim() -> None:
    def there_are_two_tasks(_kernel: Any, state: Forkers) -> Any:
        return state.tasks == 2

    found = of(tasks_are_within_the_limit, replace(PROVED, lemmas=(there_are_two_tasks,)))
    assert found.verdict is Verdict.UNKNOWN


def _raised(_machine: Any, state: Forkers) -> Move:
    return Move(True, but(state, limit=state.limit - 1))


def test_a_limit_that_is_lowered_is_not_kept_to() -> None:
    """The proofs are of a constant limit, and say so: with a step that lowers it they fail."""
    lowered = TransitionSystem(
        "lowered", FORKERS.about, FORKERS.record, FORKERS.tasks, FORKERS.start,
        steps=list(FORKERS.steps),
    )
    lowered.step(at="kernel/sys.c:do_prlimit", who="administrator")(_raised)
    found = of(tasks_are_within_the_limit, PROVED, lowered)
    assert found.verdict is Verdict.REFUTED


def test_a_second_solver_that_contradicts_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solvers, "by_cvc5", lambda _terms: "sat")
    found = of(tasks_are_within_the_limit, PROVED)
    assert found.verdict is Verdict.ERROR
    assert "two solvers contradict each other" in found.reason


def test_a_second_solver_that_gives_up_leaves_it_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solvers, "by_cvc5", lambda _terms: "unknown")
    found = of(tasks_are_within_the_limit, PROVED)
    assert found.verdict is Verdict.UNKNOWN
    assert "z3 says unsat, and cvc5 gave up" in found.reason


def test_a_certificate_is_checked_by_two_solvers(monkeypatch: pytest.MonkeyPatch) -> None:
    prop, kernel = timed_by_id("P34b"), REVISIONS["v6.12"].kernel
    assert asked("pdr", prop, kernel).verdict is Verdict.PROVED
    monkeypatch.setattr(solvers, "by_cvc5", lambda _terms: "sat")
    assert asked("pdr", prop, kernel).verdict is Verdict.ERROR


@pytest.mark.parametrize("whole", [True, False])
def test_both_solvers_are_asked_and_answer_for_themselves(
    whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import z3

    x = open_word("x", INT if whole else 8)
    assert agreed([x > 3, x < 3], whole=whole).status == "unsat"
    found = agreed([x > 3], whole=whole)
    assert found.status == "sat"
    assert found.model["x"] > 3
    monkeypatch.setattr(z3.Solver, "check", lambda *_: z3.unsat)
    with pytest.raises(SolversDisagree, match="z3 says unsat"):
        agreed([x > 3], whole=whole)


def test_the_second_solvers_give_up_on_what_they_do_not_read() -> None:
    assert by_sat([open_word("x", INT) == 3]) == "unknown"
    assert by_cvc5([open_word("x", 8) == 3]) == "unknown"


def test_assumptions_are_said_as_sentences() -> None:
    assert isinstance(the_limit_is_below_three, Assumed)
    said = "assumed: the limit is below three (trusted: a test says so)"
    assert str(the_limit_is_below_three) == said
