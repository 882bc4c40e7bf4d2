"""Histories: every verdict as declared, every trace run again, no engine taken on trust."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from checker.ground.problems import Problem
from checker.over_time import counter
from checker.over_time.bounded import unroll
from checker.over_time.decide import Historian
from checker.over_time.explore import Explored, explore
from checker.over_time.induction import Induction, induct
from checker.over_time.inductive import attempt_of, not_a_counterexample
from checker.over_time.pdr import reaches
from checker.over_time.picture import picture
from checker.over_time.results import verify_histories
from checker.over_time.symbolic import Symbolic
from checker.over_time.trace import (
    NotAHistory,
    breaks,
    broken_by,
    load,
    record,
    rerun,
    said,
    told,
    traced,
)
from checker.readings.put import put
from model.algebra import both, no, signed_below
from model.over_time import forkers, ledger, user_namespaces, vhost_worker
from model.over_time.catalogue import ENUMS, SYSTEMS
from model.over_time.step import Move, TransitionSystem, but
from model.over_time.user_namespaces import CHARGES, NESTED
from model.patches import COMMIT_CREDS_PAIRED, COUNT_BEFORE_TEST
from model.records import leaves
from model.revisions import REVISIONS
from properties.catalogue import all_timed, timed_by_id
from properties.claim import ANSWERS, ORDER, Claim, Verdict, holds, merge
from properties.over_time.bugs import BUGS, Bug
from properties.over_time.claim import How, invariant
from properties.over_time.ledger import each_charge_is_that_of_a_task_or_in_the_hand_of_a_call
from tests.declaring import forgotten_afterwards

FINITE = (
    "vhost_worker",
    "both_freezers",
    "de_thread",
    "coredump",
    "cgroup_kill",
    "io_wq_retry",
    "vhost_devices",
    "families",
    "publication",
    "forkers",
    "threads",
)
"""Systems whose two readings are compared here; test_system_accounts.py has the others."""


@cache
def historian() -> Historian:
    return Historian()


@cache
def everything() -> list[Any]:
    ids = [prop.id for prop in all_timed()]
    return verify_histories(ids, list(REVISIONS), jobs=1)


def of(prop: str, kernel: str) -> Any:
    return historian().decide(timed_by_id(prop), REVISIONS[kernel].kernel)


def test_every_verdict_is_the_declared_one() -> None:
    wrong = [(r.property, r.kernel, r.verdict) for r in everything() if not r.as_expected]
    assert wrong == []


def test_every_refutation_has_a_trace_that_runs_and_breaks() -> None:
    refuted = [r for r in everything() if r.verdict is Verdict.REFUTED]
    assert len(refuted) > 500
    for result in refuted:
        trace = traced(result.counterexample, timed_by_id)
        assert broken_by(trace.property, trace.kernel, trace.states)


def test_every_proof_says_for_how_many_tasks() -> None:
    for result in everything():
        if result.verdict is Verdict.PROVED:
            assert any("any number" in one or "any length" in one for one in result.rests_on)


def test_conservation_is_proved_for_any_number_and_broken_by_a_trace() -> None:
    """The count drifts on v5.14 alone, and there in one step."""
    for name in REVISIONS:
        found = of("P23", name)
        if name == "v5.14":
            assert [step.name for step in found.trace.steps] == ["task 1 makes a user namespace"]
        else:
            assert found.verdict is Verdict.PROVED
            assert "any number of tasks" in found.rests_on[0]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.fix.name}-{bug.breaks}")
def test_a_bug_is_found_without_its_fix_and_absent_with_it(bug: Bug) -> None:
    prop = timed_by_id(bug.breaks)
    assert historian().decide(prop, bug.mended).verdict is Verdict.PROVED
    found = historian().decide(prop, bug.broken)
    assert found.verdict is Verdict.REFUTED
    assert breaks(prop, bug.broken, found.trace.states[-1])


def test_at_least_twelve_bugs_need_more_than_one_step() -> None:
    longer = {
        bug.fix
        for bug in BUGS
        if len(historian().decide(timed_by_id(bug.breaks), bug.broken).trace.steps) > 1
    }
    assert len(longer) >= 12


GRANTED_TO_NOBODY = {
    "the task clones into a new user namespace with CLONE_FS",
    "the task clones a thread in a new user namespace",
    "the task clones a thread into a new pid namespace",
}
"""What every kernel refuses: the steps are there for kernels without the guard."""


def test_every_step_is_taken_in_some_history() -> None:
    """On a kernel of the list, the newest first, or on one with a bug."""
    for system in SYSTEMS.values():
        left = {step.name for step in system.steps} - GRANTED_TO_NOBODY
        kernels = [revision.kernel for revision in reversed(REVISIONS.values())]
        kernels += [bug.broken for bug in BUGS if timed_by_id(bug.breaks).system is system]
        for kernel in kernels if left else ():
            left -= set(historian().library.of(system, kernel).taken)
            if not left:
                break
        assert left == set(), system.name


def test_kernels_taken_for_alike_are_alike() -> None:
    """The shared exploration is what exploring the kernel itself finds."""
    for name in ("v5.15", "v6.3-rc1", "v6.6", "debian-6.12.117"):
        for system in ("accounts", "vhost_worker", "cgroup_kill", "vhost_devices"):
            kernel = REVISIONS[name].kernel
            shared = historian().library.of(SYSTEMS[system], kernel)
            own = explore(SYSTEMS[system], kernel)
            assert (shared.states, shared.depths) == (own.states, own.depths)


@pytest.mark.parametrize("name", FINITE)
@pytest.mark.parametrize("kernel", ["series-11", "v6.4", "v6.17"])
def test_the_readings_agree_on_every_step(name: str, kernel: str) -> None:
    """From every reachable state, concrete and symbolic moves are the same."""
    found = historian().library.of(SYSTEMS[name], REVISIONS[kernel].kernel)
    space = Symbolic(SYSTEMS[name], REVISIONS[kernel].kernel)
    before, after = space.state("0"), space.state("1")
    moves = [(step, space.move(step, before, after)) for step in space.steps]
    constants = [*space.terms(before), *space.terms(after)]
    for state in found.states[:: max(1, len(found.states) // 40)]:
        for step, move in moves:
            made = step.move(found.machine, state)
            target = made.then if made.when else state
            values = [*space.terms(state), *space.terms(target)]
            assert put(move, constants, values) is bool(made.when)


@pytest.mark.parametrize(
    ("prop", "kernel"), [("P60", "v6.4"), ("P6E", "series-11"), ("P70H", "v5.14"), ("P61", "v6.12")]
)
def test_bounded_checking_finds_a_shortest_history_as_exploration_does(
    prop: str, kernel: str
) -> None:
    claimed, where = timed_by_id(prop), REVISIONS[kernel].kernel

    def wanted(state: Any) -> Any:
        claim = claimed.statement(where, state)
        return both(claim.premise, no(claim.conclusion))

    trace = of(prop, kernel).trace
    found = unroll(claimed.system, where, wanted, 12)
    assert found.history is not None
    assert len(found.history) == len(trace.steps)
    assert record(claimed, where, found.history).states
    shorter = unroll(claimed.system, where, wanted, len(trace.steps) - 1)
    assert (shorter.history, shorter.depth) == (None, len(trace.steps) - 1)


@pytest.mark.parametrize(
    ("prop", "kernel"),
    [("P60", "v6.4"), ("P60", "v6.12"), ("P64", "v6.12"), ("P63", "v6.12"), ("P71H", "v6.14"),
     ("P70H", "v6.14"), ("P62", "debian-6.12.117")],
)
def test_spacer_agrees(prop: str, kernel: str) -> None:
    claimed, where = timed_by_id(prop), REVISIONS[kernel].kernel

    def wanted(state: Any) -> Any:
        claim = claimed.statement(where, state)
        return both(claim.premise, no(claim.conclusion))

    refuted = of(prop, kernel).verdict is Verdict.REFUTED
    assert reaches(claimed.system, where, wanted) is refuted
    assert reaches(claimed.system, where, lambda state: True) is True


def _inductive(name: str, kernel: str, keep: int) -> Induction:
    prop = timed_by_id(name)
    assert prop.proof is not None
    where = REVISIONS[kernel].kernel
    space = Symbolic(prop.system, where, whole=True)
    return induct(attempt_of(prop, space, prop.proof.lemmas[:keep], where))


def test_a_failed_step_is_no_counterexample_and_names_the_lemma() -> None:
    """Without its last lemma the proof fails, and the lemma is the hint."""
    attempt = _inductive("P33t", "v6.12", 4)
    assert attempt.status == "step"
    text = not_a_counterexample(attempt)
    assert "not known to be reachable" in text
    assert "published and admitted are within the limit" in text
    assert _inductive("P33t", "v6.12", 5).status == "proved"


def test_whole_numbers_stand_for_what_the_rules_say() -> None:
    prop = timed_by_id("P33t")
    forms = {}
    for name in ("v5.10", "v5.15", "v6.12"):
        space = Symbolic(prop.system, REVISIONS[name].kernel, whole=True)
        space.relation(space.state("0"), space.state("1"))
        forms[name] = next(iter(space.machine.used.values())).name
    assert forms["v5.10"] == "the count is at the limit or beyond"
    assert forms["v5.15"] == "the count is beyond the limit"
    assert forms["v6.12"] == "the count is at the limit or beyond"


def _commits() -> counter.Preserved:
    """Return whether commit_creds() keeps count and tasks level on v6.12."""
    level = each_charge_is_that_of_a_task_or_in_the_hand_of_a_call
    found = counter.Ledger().proved(REVISIONS["v6.12"].kernel, level, user_namespaces.VIEW)
    return next(one for one in found if one.what.startswith("commit_creds()"))


def test_the_ledger_needs_its_lemma(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _commits().status == "kept"
    monkeypatch.setattr(ledger, "ucounts_are_those_of_the_real_uid", lambda *_: True)
    assert _commits().status == "broken"


MUTANTS = {
    "nothing is taken back": (lambda *_: True, lambda *_: False),
    "nothing is added": (lambda *_: False, lambda *_: True),
    "the user alone decides": (lambda _k, user, _ns: user, lambda _k, user, _ns: user),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_ledger_notices_a_wrong_commit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    adds, takes = MUTANTS[name]
    monkeypatch.setattr(ledger, "adds_to_the_new", adds)
    monkeypatch.setattr(ledger, "takes_from_the_old", takes)
    assert _commits().status == "broken"


def test_exploration_notices_a_lost_charge() -> None:
    """Negative: a release that forgets the charge breaks conservation."""
    forgetful = TransitionSystem(
        "nested2", NESTED.about, NESTED.record, NESTED.tasks, NESTED.start, NESTED.same
    )
    for step in NESTED.steps:
        lost = step
        if "is reaped" in step.name:
            lost = replace(step, move=_without_discharge(step.move))
        forgetful.steps.append(lost)
    found = explore(forgetful, REVISIONS["v6.12"].kernel, most=500)
    assert found.first(lambda state: not CHARGES.are_true(state)) is not None


def _without_discharge(move: Any) -> Any:
    def moved(machine: Any, state: Any) -> Move:
        made = move(machine, state)
        kept = {name: getattr(state, name) for name in ("n00", "n01", "n10", "n11")}
        return Move(made.when, but(made.then, **kept))

    return moved


def test_a_system_that_never_closes_is_bounded_not_proved() -> None:
    found = of("P40sH", "v5.14")
    assert found.verdict is Verdict.BOUNDED
    assert "steps" in found.reason
    assert Verdict.BOUNDED in ANSWERS
    assert ORDER.index(Verdict.BOUNDED) > ORDER.index(Verdict.PROVED)
    assert merge([Verdict.PROVED, Verdict.BOUNDED]) is Verdict.BOUNDED
    assert merge([Verdict.REFUTED, Verdict.BOUNDED]) is Verdict.REFUTED


def test_a_premise_that_no_history_reaches_is_vacuous() -> None:
    with forgotten_afterwards():
        prop = invariant("T1", of=vhost_worker.SYSTEM, source="a test", expect=holds())(
            lambda _kernel, state: Claim(both(state.kvm, no(state.kvm)), False)
        )
        found = Historian().decide(prop, REVISIONS["v6.12"].kernel)
        assert found.verdict is Verdict.VACUOUS


def test_a_trace_that_does_not_run_is_refused(tmp_path: Path) -> None:
    trace = of("P60", "v6.4").trace
    with pytest.raises(NotAHistory, match="cannot be taken"):
        rerun(trace.property.system, trace.kernel, [trace.steps[-1].name])
    with pytest.raises(NotAHistory, match="does not break"):
        record(trace.property, trace.kernel, trace.steps[:-1])
    document = trace.document()
    document["call"]["history"].append("the moon rises")
    (tmp_path / "t.json").write_text(json.dumps(document))
    with pytest.raises(Problem, match="no step 'the moon rises'"):
        load(tmp_path / "t.json", timed_by_id)


def test_a_trace_shows_only_what_changes_and_is_drawn(tmp_path: Path) -> None:
    trace = of("P60", "v6.4").trace
    path = tmp_path / "t.json"
    path.write_text(json.dumps(trace.document()))
    again = load(path, timed_by_id)
    assert again.states == trace.states
    text = "\n".join(told(again))
    assert "4. de thread has seen all it counted end" in text
    assert "execve: waits → alone" in text
    assert "cancelled" not in text
    root = ElementTree.fromstring(picture(again))
    assert root.tag.endswith("svg")
    assert len(root.findall(".//{*}rect")) == 1 + len(trace.steps)


def test_a_trace_without_its_fix_names_the_patches(tmp_path: Path) -> None:
    bug = next(bug for bug in BUGS if bug.breaks == "P61e")
    trace = historian().decide(timed_by_id("P61e"), bug.broken).trace
    path = tmp_path / "t.json"
    path.write_text(json.dumps(trace.document()))
    again = load(path, timed_by_id)
    assert bug.fix not in again.kernel.patches()
    assert breaks(again.property, again.kernel, again.states[-1])


def test_every_enumerated_fact_has_names() -> None:
    for system in SYSTEMS.values():
        for leaf in leaves(system.record):
            if leaf.names in ENUMS:
                assert said(leaf, leaf.default).islower()


def test_the_seeds_story() -> None:
    """Kthreads escape limit and cgroup; the tip cannot be killed or frozen; v6.4 can."""
    era = {name: {p: of(p, name).verdict.value for p in ("P32H", "P68H", "P52k", "P58", "P60")}
           for name in ("v6.3-rc1", "series-11", "v6.4", "v6.10", "v6.17")}
    good, bad, void = "PROVED", "REFUTED", "VACUOUS"
    assert era["v6.3-rc1"] == {"P32H": bad, "P68H": bad, "P52k": void, "P58": good, "P60": good}
    assert era["series-11"] == {"P32H": good, "P68H": good, "P52k": bad, "P58": bad, "P60": good}
    assert era["v6.4"] == {"P32H": good, "P68H": good, "P52k": bad, "P58": good, "P60": bad}
    assert era["v6.10"] == {"P32H": good, "P68H": good, "P52k": good, "P58": good, "P60": good}
    assert era["v6.17"] == {"P32H": bad, "P68H": bad, "P52k": good, "P58": good, "P60": good}


def test_the_bound_of_threads_max_is_proved_and_reached() -> None:
    assert of("P6AH", "v6.12").verdict is Verdict.PROVED
    last = of("P6Ai", "v6.12").trace.states[-1]
    assert last.threads == last.most + last.at_once - 1


def test_the_overshoot_before_v5_17_is_reached() -> None:
    """One more than k - 1 where the test came before the charge and asked for more."""
    kernel = REVISIONS["v5.15"].kernel
    found: Explored = historian().library.of(forkers.FORKERS, kernel)
    most = max(state.tasks for state in found.states)
    assert most == found.states[0].limit + found.states[0].at_once
    newer = historian().library.of(forkers.FORKERS, REVISIONS["v6.12"].kernel)
    assert max(state.tasks for state in newer.states) == newer.states[0].limit
    assert any(signed_below(state.limit, state.count) for state in newer.states)


def test_every_kind_of_statement_is_there() -> None:
    assert {prop.how for prop in all_timed()} == set(How)
    assert len(all_timed()) >= 55


def test_the_fix_and_the_drift_are_one_patch_apart() -> None:
    bug = next(bug for bug in BUGS if bug.fix is COMMIT_CREDS_PAIRED)
    assert bug.mended.patches() - bug.broken.patches() == {COMMIT_CREDS_PAIRED}
    assert COUNT_BEFORE_TEST not in bug.mended.patches()
