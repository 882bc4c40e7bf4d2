"""Deciding: each verdict arises when it should, and nothing else passes for it."""

from collections.abc import Iterator

import pytest

from checker.engines.sat import Answer
from checker.questions.decide import Decider, Decision, Finding, decide
from checker.questions.results import results_of
from checker.readings.concrete import evaluate
from checker.smallest.cost import cost_of
from checker.smallest.shrink import shrink
from model.algebra import both, has, implies
from model.call import Call
from model.evaluate import Outcome
from model.revisions import REVISIONS
from model.words import FS, NEWNS, NEWUSER, SIGHAND, THREAD, VM
from properties.claim import (
    Claim,
    Property,
    Verdict,
    claims,
    fails,
    holds,
    merge,
)
from tests.declaring import forgotten_afterwards

ONE = [REVISIONS["v6.12"]]


@pytest.fixture(autouse=True)
def own_properties() -> Iterator[None]:
    """Properties made by a test are forgotten after it."""
    with forgotten_afterwards():
        yield


def made(statement: object, identity: str = "T1", expect: object = holds()) -> Property:
    return claims(identity, source="a test", expect=expect)(statement)  # type: ignore[arg-type]


def only(prop: Property) -> Finding:
    return decide(prop, ONE)["v6.12"]


def test_a_true_claim_is_proved_with_a_witness() -> None:
    prop = made(lambda call, out: Claim(has(call.args.flags, NEWNS | FS), out.errno != 0))
    found = only(prop)
    assert found.verdict is Verdict.PROVED
    assert evaluate(prop, ONE[0].kernel, found.witness).witness


def test_a_false_claim_is_refuted_by_a_call_that_breaks_it() -> None:
    prop = made(lambda call, out: Claim(both(out.ok, has(call.args.flags, VM)), out.errno != 0))
    found = only(prop)
    assert found.verdict is Verdict.REFUTED
    assert evaluate(prop, ONE[0].kernel, found.values).violation


def test_a_premise_that_cannot_occur_is_vacuous_not_proved() -> None:
    prop = made(lambda call, out: Claim(both(out.ok, has(call.args.flags, NEWNS | FS)), False))
    assert only(prop).verdict is Verdict.VACUOUS


def test_a_budget_that_runs_out_is_a_timeout_not_a_proof() -> None:
    def statement(call: Call, out: Outcome) -> Claim:
        stack, size = call.request.stack, call.request.stack_size
        return Claim(both(stack > 2**40, size > 2**40), stack * size * stack != 2**61 + 12345)

    tool = Decider(quick=2000, patient=2000)
    found = Decision(made(statement), tool).on(ONE)["v6.12"]
    assert found.verdict is Verdict.TIMEOUT
    assert found.reason


def test_a_solver_that_gives_up_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    prop = made(lambda call, out: Claim(True, out.errno == 0))
    tool = Decider()
    decision = Decision(prop, tool)
    monkeypatch.setattr(tool.engine, "attempt", lambda *_: Answer("unknown", reason="incomplete"))
    assert decision.on(ONE)["v6.12"].verdict is Verdict.UNKNOWN


def test_readings_that_disagree_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Re-evaluation: a solver's call that breaks nothing concretely is never shown."""
    prop = made(lambda call, out: Claim(has(call.args.flags, VM), out.errno != 0))
    monkeypatch.setattr(
        "checker.questions.decide.evaluate",
        lambda *_: evaluate(prop, ONE[0].kernel, {"request.entry": 10}),
    )
    assert only(prop).verdict is Verdict.ERROR


def test_only_the_expected_verdict_passes() -> None:
    prop = made(lambda call, out: Claim(out.ok, has(call.args.flags, VM)), expect=holds())
    result = results_of(prop, ONE, blame=False)[0]
    assert (result.verdict, result.expected) == (Verdict.REFUTED, Verdict.PROVED)
    assert not result.as_expected
    allowed = made(lambda call, out: Claim(out.ok, has(call.args.flags, VM)), "T2", fails())
    assert results_of(allowed, ONE, blame=False)[0].as_expected


def test_a_counterexample_is_as_small_as_can_be() -> None:
    """One flag less, and the claim is kept."""
    prop = made(
        lambda call, out: Claim(both(out.ok, has(call.args.flags, SIGHAND)), out.errno == 1)
    )
    found = only(prop)
    assert found.minimal
    assert found.values == {"request.entry": 2, "request.flags": SIGHAND | VM}
    assert cost_of(found.values) == 2001
    for flag in (SIGHAND, VM):
        fewer = {**found.values, "request.flags": (SIGHAND | VM) & ~flag}
        assert not evaluate(prop, ONE[0].kernel, fewer).violation


def test_what_is_not_needed_is_dropped() -> None:
    prop = made(lambda call, out: Claim(has(call.args.flags, NEWUSER | FS), out.errno == 0))
    big = {"request.entry": 3, "request.flags": NEWUSER | FS | VM, "current.traced": True}
    small = shrink(big, lambda values: evaluate(prop, ONE[0].kernel, values).violation)
    assert small == {"request.entry": 2, "request.flags": NEWUSER | FS}


def test_a_claim_that_is_too_strong_is_not_proved() -> None:
    """Negative: weakening the premise of a true claim makes it fail."""
    prop = made(lambda call, out: Claim(has(call.args.flags, FS), out.errno != 0))
    assert only(prop).verdict is Verdict.REFUTED


def test_the_worst_verdict_wins_a_merge() -> None:
    assert merge([Verdict.PROVED, Verdict.TIMEOUT, Verdict.REFUTED]) is Verdict.TIMEOUT
    assert merge([Verdict.PROVED, Verdict.ERROR]) is Verdict.ERROR
    assert merge([]) is Verdict.PROVED


def test_an_expectation_follows_the_patches() -> None:
    from model.patches import PIDFD_THREAD

    until = holds(until=PIDFD_THREAD)
    assert until.on(REVISIONS["v6.6"].kernel) is Verdict.PROVED
    assert until.on(REVISIONS["v6.9"].kernel) is Verdict.REFUTED
    vacuous = holds(until=PIDFD_THREAD, needs=~PIDFD_THREAD)
    assert vacuous.on(REVISIONS["v6.9"].kernel) is Verdict.VACUOUS


def test_implication_is_not_confused_with_its_converse() -> None:
    prop = made(
        lambda call, out: Claim(
            out.ok, implies(has(call.args.flags, SIGHAND), has(call.args.flags, THREAD))
        )
    )
    assert only(prop).verdict is Verdict.REFUTED
