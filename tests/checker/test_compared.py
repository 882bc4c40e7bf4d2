"""What differs between two kernels is shown, all of it, with the commits that make it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.compared import without
from checker.compared.blaming import blamed
from checker.compared.comparer import comparer
from checker.compared.difference import Difference, difference
from checker.compared.mending import Mender, turned
from checker.compared.path import check_order, steps
from checker.compared.promises import calls, of_calls
from checker.compared.signature import has_one_of, signature_of
from checker.compared.timeline import Judge, timeline
from checker.compared.verdicts import Verdicts
from checker.compared.view import View, differ
from checker.compared.without import RuleImpact, WithoutRule
from checker.questions.blame import assumed_of
from checker.questions.decide import Decision, decide, decider
from checker.readings.concrete import evaluate
from checker.readings.subjects import subject_of
from model.kernel import Kernel
from model.patches import PATCHES, SERIES
from model.request import Entry
from model.revisions import REVISIONS
from properties.catalogue import by_id
from properties.claim import Subject, Verdict
from tests.calls import situations

PAIRS = (("v6.3-rc1", "series-11"), ("v5.4", "v5.10"), ("v6.12", "debian-6.12.117"))
_FOUND: dict[tuple[str, str], Difference] = {}


def found(pair: tuple[str, str]) -> Difference:
    """The difference of a pair, once."""
    if pair not in _FOUND:
        _FOUND[pair] = difference(*(REVISIONS[name].kernel for name in pair), comparer())
    return _FOUND[pair]


def one_call(kernel: Kernel, subject: Subject, values: dict[str, Any]) -> View:
    """One call on plain values."""
    return comparer().calls.call(kernel, subject, values)


def test_the_series_is_what_its_patches_change_and_nothing_else() -> None:
    made = found(PAIRS[0])
    assert not made.unknown
    assert {patch for case in made.cases for patch in case.commits} <= set(SERIES)
    assert {case.commits[-1].name for case in made.cases} | {one.name for one in made.silent} == {
        patch.name for patch in SERIES
    }
    without = {one.name for one in made.silent}
    assert without == {"CSKY", "BIT_FIELDS", "NO_FILES", "IGNORE_SIGNALS"}


@settings(max_examples=100)
@given(values=situations(), pair=st.sampled_from(PAIRS))
def test_whatever_call_differs_is_of_a_kind_that_is_shown(
    values: dict[str, Any], pair: tuple[str, str]
) -> None:
    subject = subject_of(Entry(values["request.entry"]))
    made = found(pair)
    left, right = (one_call(one, subject, values) for one in (made.before, made.after))
    if differ(left, right) is True:
        known = [case.signature for case in made.cases if case.subject is subject]
        assert has_one_of(left, right, known) is True


@pytest.mark.parametrize("pair", PAIRS)
def test_each_case_is_a_call_that_differs_and_its_commits_make_it_so(
    pair: tuple[str, str],
) -> None:
    made = found(pair)
    assert made.cases
    for case in made.cases:
        left, right = (one_call(one, case.subject, case.values)
                       for one in (made.before, made.after))
        assert differ(left, right) is True
        assert signature_of(left, right) == case.signature
        assert case.least
        undone = made.after.but(case.commits[-1], made.before[case.commits[-1]])
        if undone.admissible() is True and len(case.commits) == 1:
            assert differ(left, one_call(undone, case.subject, case.values)) is not True


def test_equal_kernels_are_told_so_and_no_others() -> None:
    kernel = REVISIONS["v6.12"].kernel
    assert not difference(kernel, kernel, comparer()).cases
    quiet = next(patch for patch in PATCHES if patch.name == "KVM_VHOST_TASK")
    assert not difference(kernel, kernel.but(quiet, True), comparer()).cases
    loud = next(patch for patch in PATCHES if patch.name == "ACCESS_OK_EXACT")
    assert difference(kernel, kernel.but(loud, True), comparer()).cases


@given(st.sampled_from(sorted(REVISIONS)), st.sampled_from(sorted(REVISIONS)))
def test_each_kernel_on_the_way_is_admissible(one: str, other: str) -> None:
    check_order()
    kernel: Kernel = REVISIONS[one].kernel
    for step in steps(REVISIONS[one].kernel, REVISIONS[other].kernel):
        kernel = step.after
        assert kernel.admissible() is True
    assert kernel.patches() == REVISIONS[other].patches


@pytest.mark.parametrize(
    ("identity", "name", "commits"),
    [("P70", "v6.1", {"KILL_SEQ"}), ("D14", "v6.12", {"PIDFD_THREAD"}), ("V01", "v6.12", None)],
)
def test_the_fewest_commits_mend_it_and_none_is_too_many(
    identity: str, name: str, commits: set[str] | None
) -> None:
    prop, kernel = by_id(identity), REVISIONS[name].kernel
    decided = Verdicts(prop, decider())
    assert decided.verdicts([REVISIONS[name]])[name] is Verdict.REFUTED
    mended = Mender(prop, kernel, decider()).fewest(decided.calls[name], every=True)
    if commits is None:
        assert mended.never
        return
    assert [{patch.name for patch in some} for some in mended.sets] == [commits]
    trial = turned(kernel, mended.sets[0])
    assert decided.verdicts([trial])[trial.name] is Verdict.PROVED


def test_verdicts_that_are_found_soon_are_those_that_are_found_at_length() -> None:
    kernels = [REVISIONS[name] for name in ("v5.4", "v6.1", "v7.1")]
    for identity in ("P02", "P70", "V01", "V01t", "D14", "C23", "P51f"):
        prop = by_id(identity)
        at_length = {name: one.verdict for name, one in decide(prop, kernels).items()}
        assert Verdicts(prop, decider()).verdicts(kernels) == at_length


@pytest.mark.parametrize("names", [("v6.9", "v6.10"), ("v6.13", "v6.14")], ids="…".join)
def test_what_reads_alike_has_the_same_verdict_and_what_does_not_is_decided(
    names: tuple[str, str],
) -> None:
    """Between the first two no verdict of calls turns, between the others some do."""
    before, after = (REVISIONS[name] for name in names)
    found = calls(before, after, comparer(), decider())
    assert found.alike + found.decided == len(of_calls())
    assert found.alike
    wanted = {
        prop.id for prop in of_calls()
        if prop.expect.on(before.kernel) is not prop.expect.on(after.kernel)
    }
    assert {one.id for one in found.turned} == wanted
    assert bool(wanted) is (names[1] == "v6.14")


@pytest.mark.parametrize("identity", ["P70", "V01t", "P02", "P82", "V23"])
def test_a_proof_rests_on_each_set_and_on_nothing_that_holds_none(identity: str) -> None:
    prop, kernel = by_id(identity), REVISIONS["v6.14"].kernel
    found = blamed(prop, kernel, decider(), most=20)
    assert found.complete
    assert found.cores
    decision = Decision(prop, decider())
    for core in found.cores:
        assert decision.is_proof(core)
        assert not any(decision.is_proof(tuple(set(core) - {one})) for one in core)
    every = list(assumed_of(decision.model, kernel))
    for core in found.cores:
        for one in core:
            rest = tuple(name for name in every if name != one)
            holds_one = any(set(other) <= set(rest) for other in found.cores)
            assert decision.is_proof(rest) is holds_one


def test_a_rule_that_is_cut_lets_in_what_it_refused() -> None:
    rule = "root directory is shared across user namespaces"
    seen, unknown = RuleImpact(REVISIONS["v6.12"], rule, comparer()), list[str]()
    instead = list(seen.instead(unknown))
    assert not unknown
    assert {one.succeeds for one in instead} == {True, False}
    prop = by_id("P02")
    kernel = WithoutRule(REVISIONS["v6.12"].kernel, rule)
    let_in = next(one for one in instead if one.succeeds)
    assert evaluate(prop, kernel, let_in.values).violation
    assert not evaluate(prop, REVISIONS["v6.12"].kernel, let_in.values).violation


def test_what_is_kept_shows_of_no_verdict_that_it_stays_where_it_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of some properties: asked of the solver without what is kept, the same ones turn."""
    rule = "root directory is shared across user namespaces"
    some = [prop for place, prop in enumerate(of_calls()) if place % 12 == 0 or prop.id == "P02"]
    monkeypatch.setattr(without, "of_calls", lambda: some)

    def turned_by() -> set[tuple[str, Verdict, Verdict]]:
        seen, unknown = RuleImpact(REVISIONS["v6.12"], rule, comparer()), list[str]()
        found = list(seen.turned(decider(), unknown, lambda _count: None))
        assert not unknown
        return {(one.id, one.before, one.after) for one in found}

    soon = turned_by()
    monkeypatch.setattr(without, "kept_cores", lambda *_asked: [()])
    assert soon == turned_by(), "a kept core that does not suffice is believed"
    monkeypatch.setattr(RuleImpact, "_stays", lambda *_asked: False)
    assert soon == turned_by()
    assert ("P02", Verdict.PROVED, Verdict.REFUTED) in soon


def test_each_turn_of_a_timeline_is_by_a_commit_that_its_kernel_has() -> None:
    judge = Judge(decider(), comparer())
    names = ("v6.1", "v6.13", "v6.14", "debian-6.1.192")
    found = timeline(by_id("P70"), [REVISIONS[name] for name in names], judge)
    assert [(one.kernels, one.verdict) for one in found] == [
        (("v6.1", "v6.13"), Verdict.REFUTED),
        (("v6.14",), Verdict.PROVED),
        (("debian-6.1.192",), Verdict.PROVED),
    ]
    assert [[step.patch.name for step in one.turns] for one in found] == [
        [], ["KILL_SEQ"], ["KILL_SEQ"]
    ]
    assert found[2].after == "v6.1"
