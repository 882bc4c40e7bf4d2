"""Counterexamples explored: distinct, complete, under an assumption, and term by term."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from checker.calls.documents import leaves_by_path
from checker.calls.kernel_names import revision_named
from checker.exploring.assumed import assumed
from checker.exploring.terms import Promises, Term, terms_of
from checker.exploring.ways import Explored, Way, differs, explored
from checker.ground.problems import Problem
from checker.questions.decide import decider
from checker.readings.concrete import evaluate, outcome_on
from model.algebra import both, has, no
from model.records import BOOL
from model.words import NEWUSER, VM
from properties.catalogue import all_properties, by_id
from properties.claim import Claim, Property, Verdict

KERNEL = revision_named("v6.12")


def _explored(
    name: str,
    excluded: tuple[str, ...] = (),
    given: tuple[str, ...] = (),
    asked: tuple[str, ...] = (),
    most: int = 50,
) -> Explored:
    prop = by_id(name)
    return explored(prop, KERNEL, assumed(prop, excluded, given, asked), decider(), most=most)


def _differ(prop: Property, values: dict[str, Any], way: Way) -> bool:
    call = outcome_on(KERNEL.kernel, values, prop.subject).call
    return all(differs(call, path, value) is True for path, value in way.values.items())


@pytest.mark.parametrize("name", ["V01", "P07", "P02s", "P04", "D33a"])
def test_ways_are_counterexamples_and_none_has_the_facts_of_another(name: str) -> None:
    prop, found = by_id(name), _explored(name)
    assert found.complete
    assert found.verdict is Verdict.REFUTED
    for way in found.ways:
        assert evaluate(prop, KERNEL.kernel, way.values).violation
        assert way.least
        others = [one for one in found.ways if one is not way
                  and (one.decided_by, one.broken) == (way.decided_by, way.broken)]
        assert not any(_differ(prop, way.values, other) for other in others)


@pytest.mark.parametrize("name", ["V01", "P07", "P11"])
def test_whatever_breaks_a_statement_is_like_one_of_its_ways(name: str) -> None:
    """Random calls around those that were found: complete is what it says."""
    prop, found = by_id(name), _explored(name)
    assert found.complete
    chance, broke = random.Random(name), 0
    paths = [path for path in leaves_by_path() if not path.startswith("chance.")]
    for _ in range(600):
        values = dict(chance.choice(found.ways).values)
        for path in chance.sample(paths, 4):
            leaf = leaves_by_path()[path]
            among = (False, True) if leaf.width == BOOL else (0, 1, 2, leaf.default)
            values[path] = chance.choice(among)
        if evaluate(prop, KERNEL.kernel, values).violation:
            broke += 1
            assert any(_differ(prop, values, way) for way in found.ways), values
    assert broke > 20


def test_the_ways_of_v01_are_the_privileges_that_lift_the_limit() -> None:
    facts = {path for way in _explored("V01").ways for path in way.values}
    assert {"current.real_cred.uid", "current.real_cred.cap_effective"} <= facts


def test_a_fact_that_is_left_out_is_in_no_way() -> None:
    found = _explored("V01", excluded=("current.real_cred.uid",))
    assert found.ways
    assert not any("current.real_cred.uid" in way.values for way in found.ways)


def test_a_flag_that_is_left_out_is_in_no_way() -> None:
    assert all("CLONE_VM" in one for one in _flags(_explored("P04")))
    assert not any("CLONE_VM" in one for one in _flags(_explored("P04", excluded=("CLONE_VM",))))


def _flags(found: Explored) -> list[str]:
    from model.words import flag_names

    plain = [way for way in found.ways if way.values.get("request.entry") in (2, 3)]
    return [flag_names(way.values["request.flags"]) for way in plain]


def test_a_fact_that_is_set_is_in_every_way() -> None:
    found = _explored("V01", given=("rlim_nproc=7",))
    assert found.ways
    assert {way.values["current.signal.rlim_nproc"] for way in found.ways} == {7}


def test_each_promise_of_a_conclusion_is_broken_in_a_way_of_its_own() -> None:
    """The first breaks one promise only, the second the other: neither is like the other."""

    def two(call: Any, outcome: Any) -> Claim:
        memory = no(has(call.args.flags, VM))
        return Claim(outcome.ok, both(memory, no(has(call.args.flags, NEWUSER))))

    prop = replace(by_id("P04"), id="two", statement=two)
    found = explored(prop, KERNEL, assumed(prop, (), (), ()), decider())
    assert found.complete
    assert {way.broken for way in found.ways} == {(0,), (1,)}
    assert all(evaluate(prop, KERNEL.kernel, way.values).violation for way in found.ways)


def test_an_assumption_that_no_call_meets_is_told() -> None:
    never = "current.signal.rlim_nproc > 3 and current.signal.rlim_nproc < 3"
    found = _explored("V01", asked=(never,))
    assert (found.verdict, found.reason) == (Verdict.VACUOUS, "no call meets the assumption")


def test_an_assumption_without_the_premise_is_told_apart() -> None:
    found = _explored("V01", asked=("not ok",))
    says = "calls meet the assumption, but none of them the premise"
    assert (found.verdict, found.reason) == (Verdict.VACUOUS, says)


def test_what_holds_under_an_assumption_is_proved() -> None:
    plain = "current.real_cred.uid != 0 and current.real_cred.cap_effective == 0 and " \
        "not current.overridden"
    found = _explored("V01", asked=(plain,))
    assert (found.verdict, found.ways, found.complete) == (Verdict.PROVED, [], True)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"excluded": ("uidd",)}, "unknown fact 'uidd'"),
        ({"given": ("rlim_nproc",)}, "FACT=VALUE"),
        ({"given": ("chrooted=maybe",)}, "yes or no"),
        ({"given": ("rlim_nproc=-3",)}, "must lie between"),
        ({"asked": ("unshared.fs_copied",)}, "is about"),
        ({"asked": ("child.mm ==",)}, "column"),
    ],
)
def test_a_wrong_assumption_is_one_line(how: dict[str, Any], says: str) -> None:
    given = {"excluded": (), "given": (), "asked": ()} | how
    with pytest.raises(Problem, match=says):
        assumed(by_id("V01"), given["excluded"], given["given"], given["asked"])


def _statement(call: Any, outcome: Any) -> Claim:
    fine = outcome.errno == 0
    same = both(outcome.child.uid == 1000, outcome.child.euid == 7)
    return Claim(fine, both(same, no(outcome.child.same_thread_group)))


def _leaves(term: Term) -> list[tuple[str, Any]]:
    if not term.parts:
        return [(term.text, term.value)]
    return [one for part in term.parts for one in _leaves(part)]


def test_a_claim_is_told_term_by_term_through_its_local_names() -> None:
    outcome = outcome_on(KERNEL.kernel, {}, by_id("P02").subject)
    terms = terms_of(_statement, outcome.call, outcome)
    assert _leaves(terms.premise) == [("outcome.errno == 0", True)]
    assert _leaves(terms.conclusion) == [
        ("outcome.child.uid == 1000", True),
        ("outcome.child.euid == 7", False),
        ("outcome.child.same_thread_group", False),
    ]
    assert terms.conclusion.parts[0].parts[1].reads == (("outcome.child.euid", 1000),)
    assert Promises(_statement).values(outcome.call, outcome) == [True, False, True]


def test_every_claim_is_told_with_the_values_that_it_has() -> None:
    """Of each statement of calls that a kept call breaks, the halves are those of the claim."""
    for prop in all_properties():
        outcome = outcome_on(KERNEL.kernel, {}, prop.subject)
        if outcome is None:
            continue
        claim = prop.statement(outcome.call, outcome)
        terms = terms_of(prop.statement, outcome.call, outcome)
        assert terms.premise.value == claim.premise, prop.id
        assert terms.conclusion.value == claim.conclusion, prop.id
        for half in (terms.premise, terms.conclusion):
            assert _joins(half), prop.id


def _joins(term: Term) -> bool:
    """Return whether a part's value is what its own parts come to."""
    if not term.parts:
        return True
    values = [bool(one.value) for one in term.parts]
    comes = {
        "both": all(values),
        "either": any(values),
        "no": not values[0],
        "implies": not values[0] or values[-1],
    }[term.joined]
    return comes == bool(term.value) and all(map(_joins, term.parts))
