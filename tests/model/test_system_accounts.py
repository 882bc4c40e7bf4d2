"""Accounts, users and namespaces over time: both readings, every way in, every negative."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from checker.over_time.bounded import unroll
from checker.over_time.explore import Explored, explore
from checker.over_time.induction import induct
from checker.over_time.inductive import attempt_of
from checker.over_time.pdr import reaches
from checker.over_time.symbolic import Symbolic
from checker.readings.put import put
from model.algebra import both, no
from model.due import as_truth
from model.kernel import Kernel
from model.over_time import exec_ids, pid_namespaces, thread_groups, userns_owners
from model.over_time.accounts import ACCOUNTS
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import Move, Step, TransitionSystem, but
from model.over_time.user_namespaces import CHARGES, NESTED
from model.patch import Patch
from model.patches import (
    EXEC_ID_64,
    RLIMIT_REF_FIRST,
    UCOUNTS_GET_LOCKED,
    UCOUNTS_PIN_NS,
    USERNS_FS_GUARD,
)
from model.revisions import REVISIONS
from properties.catalogue import all_timed, timed_by_id
from properties.over_time.claim import TimedProperty

ERAS = ("v5.4", "v5.14", "series-11", "v6.12")
HERE = (
    "accounts",
    "user_namespaces",
    "userns_sharing",
    "families",
    "thread_groups",
    "pid_namespaces",
    "ucounts_references",
    "exec_ids",
    "autokill",
    "userns_owners",
    "ucounts_pins",
    "ucounts_holders",
)


@cache
def explored(name: str, kernel: str) -> Explored:
    return explore(SYSTEMS[name], REVISIONS[kernel].kernel, most=700)


def _spread(found: Explored, some: int) -> list[Any]:
    return found.states[:: max(1, len(found.states) // some)]


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize("kernel", ERAS)
def test_the_readings_agree_on_every_step(name: str, kernel: str) -> None:
    """From reachable states of each depth, concrete and symbolic moves are the same."""
    found = explored(name, kernel)
    space = Symbolic(SYSTEMS[name], REVISIONS[kernel].kernel)
    before, after = space.state("0"), space.state("1")
    moves = [(step, space.move(step, before, after)) for step in space.steps]
    constants = [*space.terms(before), *space.terms(after)]
    for state in _spread(found, 8):
        for step, move in moves:
            made = step.move(found.machine, state)
            target = made.then if made.when else state
            values = [*space.terms(state), *space.terms(target)]
            told = put(move, constants, values)
            assert told is bool(made.when), step.name


def _on_states(name: str) -> list[TimedProperty]:
    """Statements about steps are read on plain values only."""
    return [one for one in all_timed() if one.system.name == name and not one.how.of_steps]


@pytest.mark.parametrize("name", HERE)
def test_the_readings_agree_on_every_property(name: str) -> None:
    for kernel in ("v5.14", "v6.12"):
        where = REVISIONS[kernel].kernel
        space = Symbolic(SYSTEMS[name], where)
        symbolic = space.state("0")
        constants = space.terms(symbolic)
        for prop in _on_states(name):
            claim = prop.statement(where, symbolic)
            terms = as_truth(claim.premise), as_truth(claim.conclusion)
            for state in _spread(explored(name, kernel), 25):
                plain = prop.statement(where, state)
                read = [put(term, constants, space.terms(state)) for term in terms]
                assert read == [bool(plain.premise), bool(plain.conclusion)], prop.id


@pytest.mark.parametrize(
    ("prop", "kernel"),
    [("P24", "v5.14"), ("P25H", "v5.14"), ("P33f", "v6.12"), ("P89H", "v6.12"), ("P40H", "v6.12"),
     ("P33e", "v6.12"), ("P33o", "v5.15"), ("P82s", "series-11"), ("P37", "v6.12"),
     ("P37n", "v5.15"), ("P85c", "v6.12"), ("P18k", "v7.1")],
)
def test_bounded_checking_finds_a_shortest_history_as_exploration_does(
    prop: str, kernel: str
) -> None:
    claimed, where = timed_by_id(prop), REVISIONS[kernel].kernel

    def wanted(state: Any) -> Any:
        claim = claimed.statement(where, state)
        return both(claim.premise, no(claim.conclusion))

    found = explore(claimed.system, where)
    index = found.first(lambda state: bool(wanted(state)))
    assert index is not None
    unrolled = unroll(claimed.system, where, wanted, 8)
    assert unrolled.history is not None
    assert len(unrolled.history) == len(found.history(index))


@pytest.mark.parametrize("prop", ["P02H", "P82g", "P37f", "P37n", "P18t"])
def test_spacer_agrees(prop: str) -> None:
    claimed = timed_by_id(prop)
    for kernel in ("v6.12", "debian-6.12.117"):
        where = REVISIONS[kernel].kernel

        def wanted(state: Any, where: Kernel = where) -> Any:
            claim = claimed.statement(where, state)
            return both(claim.premise, no(claim.conclusion))

        found = explore(claimed.system, where)
        broken = found.first(lambda state: bool(wanted(state))) is not None  # noqa: B023
        assert reaches(claimed.system, where, wanted) is broken


def _without(kernel: str, *patches: Patch) -> Kernel:
    kept = REVISIONS[kernel].patches - set(patches)
    return Kernel.of(f"{kernel} without {patches[0].name}", kept)


@pytest.mark.parametrize(
    ("prop", "kernel"),
    [("P37", "v6.12"), ("P37l", "v6.12"), ("P82i", "series-11"), ("P82s", "series-11"),
     ("P46", "v5.4"), ("P33o", "v5.14"), ("P33o", "v5.15")],
)
def test_a_bug_of_a_release_has_a_history(prop: str, kernel: str) -> None:
    claimed, where = timed_by_id(prop), REVISIONS[kernel].kernel
    found = explore(claimed.system, where)
    assert found.first(lambda state: _breaks(claimed, where, state)) is not None


def _breaks(claimed: Any, where: Kernel, state: Any) -> bool:
    claim = claimed.statement(where, state)
    return bool(claim.premise) and not claim.conclusion


@pytest.mark.parametrize(
    ("prop", "taken"),
    [("P37f", UCOUNTS_GET_LOCKED), ("P37", UCOUNTS_GET_LOCKED), ("P37n", UCOUNTS_PIN_NS),
     ("P37", RLIMIT_REF_FIRST), ("P37l", RLIMIT_REF_FIRST), ("P46", EXEC_ID_64),
     ("P02H", USERNS_FS_GUARD)],
)
def test_each_fix_is_needed(prop: str, taken: Patch) -> None:
    claimed = timed_by_id(prop)
    for where, wanted in (
        (REVISIONS["debian-6.12.117"].kernel, False),
        (_without("debian-6.12.117", taken), True),
    ):
        found = explore(claimed.system, where)
        broken = found.first(lambda state: _breaks(claimed, where, state))  # noqa: B023
        assert (broken is not None) is wanted


def _induced(prop: str, kernel: str, lemmas: int) -> str:
    claimed, where = timed_by_id(prop), REVISIONS[kernel].kernel
    assert claimed.proof is not None
    space = Symbolic(claimed.system, where, whole=True)
    return induct(attempt_of(claimed, space, claimed.proof.lemmas[:lemmas], where)).status


def test_references_of_any_number_need_each_lemma_and_the_fix() -> None:
    assert _induced("P37a", "debian-6.12.117", 5) == "proved"
    assert _induced("P37a", "debian-6.12.117", 3) == "step"
    assert _induced("P37a", "v6.12", 5) == "step"
    assert _induced("P37a", "v5.10", 5) == "proved"


def test_exec_ids_of_any_number_need_each_lemma_and_64_bits() -> None:
    assert _induced("P46", "v6.12", 3) == "proved"
    assert _induced("P46", "v6.12", 1) == "step"
    assert _induced("P46", "v5.4", 3) == "step"


def test_the_exec_id_wraps_after_that_many_execve() -> None:
    """The trace says how often: 2**32 times, in two steps of 1 and of 2**32 - 1."""
    claimed, where = timed_by_id("P46"), REVISIONS["v5.4"].kernel
    found = explore(exec_ids.SYSTEM, where)
    index = found.first(lambda state: _breaks(claimed, where, state))
    assert index is not None
    assert found.states[index].executed == 2**32
    assert found.states[index].notice == 10


def test_the_exec_id_of_64_bits_wraps_as_well() -> None:
    """Honest: the premise is of fewer than 2**64 execve(), and the proof needs that."""
    late = exec_ids.SYSTEM.record(
        self_exec_id=3, parent_exec_id=3, child=1, child_signal=10, executed=2**64
    )
    step = next(s for s in exec_ids.SYSTEM.steps if "is sent a signal" in s.name)
    machine = explored("exec_ids", "v6.12").machine
    after = step.move(machine, late).then
    claim = timed_by_id("P46").statement(REVISIONS["v6.12"].kernel, after)
    assert (claim.premise, claim.conclusion) == (False, False)
    assert exec_ids.told_after_an_execve(after)


def _mutant(system: TransitionSystem, named: str, change: Any) -> TransitionSystem:
    """Return the system with the moves of some steps changed."""
    other = TransitionSystem(
        "mutant", system.about, system.record, system.tasks, system.start, system.same
    )
    for step in system.steps:
        wrong = named in step.name
        other.steps.append(replace(step, move=_changed(step, change)) if wrong else step)
    return other


def _changed(step: Step, change: Any) -> Any:
    def moved(machine: Any, state: Any) -> Move:
        made = step.move(machine, state)
        return Move(made.when, change(state, made.then)) if made.when else made

    return moved


def _free_charge(before: Any, after: Any) -> Any:
    kept = {name: getattr(before, name) for name in ("n0", "n1")}
    return but(after, **kept)


@pytest.mark.parametrize(
    "named",
    ["forks", "calls vfork", "clones a thread", "makes an io worker", "makes a kernel thread",
     "exits", "is killed", "is reaped", "executes", "kernel thread ends"],
)
def test_each_way_in_and_out_is_looked_at(named: str) -> None:
    """Negative: a way that forgets its charge breaks the counts."""
    wrong = _mutant(thread_groups.SYSTEM, named, _free_charge)
    found = explore(wrong, REVISIONS["v6.12"].kernel, most=400)
    assert found.first(lambda state: not thread_groups.counts_are_true(state)) is not None


def test_a_clone_that_forgets_the_namespaces_maker_breaks_the_nested_counts() -> None:
    def forgets(before: Any, after: Any) -> Any:
        return but(after, n00=before.n00, n01=before.n01)

    wrong = _mutant(NESTED, "into a user namespace", forgets)
    found = explore(wrong, REVISIONS["v6.12"].kernel, most=500)
    assert found.first(lambda state: not CHARGES.are_true(state)) is not None


def test_a_lost_wake_up_of_vfork_is_noticed() -> None:
    def sleeps(before: Any, after: Any) -> Any:
        return but(after, t1=but(after.t1, waits=before.t1.waits))

    wrong = _mutant(thread_groups.SYSTEM, "executes", sleeps)
    claimed, where = timed_by_id("P91v"), REVISIONS["v6.12"].kernel
    found = explore(wrong, where, most=400)
    assert found.first(lambda state: _breaks(claimed, where, state)) is not None


def test_a_thread_in_another_pid_namespace_is_noticed() -> None:
    def wrong_ns(_before: Any, after: Any) -> Any:
        return but(after, child_pid_ns=1 if after.child_thread else after.child_pid_ns)

    wrong = _mutant(pid_namespaces.SYSTEM, "clones a thread", wrong_ns)
    claimed, where = timed_by_id("P82g"), REVISIONS["v6.12"].kernel
    assert explore(wrong, where).first(lambda state: _breaks(claimed, where, state)) is not None


def test_a_walk_without_the_level_would_still_not_leave_its_namespace() -> None:
    """cap_capable() compares levels first; a walk that only climbs finds the same."""
    def climbs(state: Any, who: Any, ns: int) -> bool:
        while ns:
            space = getattr(state, f"s{ns}")
            if ns == who.ns:
                return bool(who.capable)
            if space.parent == who.ns and space.owner == who.euid:
                return True
            ns = space.parent
        return who.ns == 0 and bool(who.capable)

    for state in explored("userns_owners", "v6.12").states:
        for child in userns_owners.children(state):
            for ns in userns_owners.SPACES:
                if child.ns != userns_owners.NOWHERE and getattr(state, f"s{ns}").made:
                    assert bool(userns_owners.rules(state, child, ns)) is climbs(state, child, ns)


def test_symmetric_states_are_told_apart_only_by_slots() -> None:
    """The key of a state and of one with two slots exchanged is the same."""
    for system in (ACCOUNTS, NESTED):
        for state in _spread(explored(system.name, "v5.15"), 40):
            swapped = but(state, t1=state.t3, t3=state.t1)
            assert system.same(state) == system.same(swapped)


def test_groups_with_other_leaders_are_told_apart() -> None:
    """The key keeps which leader a thread belongs to."""
    task = thread_groups.GroupTask(life=1, limit=2)
    low, thread = but(task, limit=1), thread_groups.GroupTask(life=1, leader=1)
    one = thread_groups.Groups(t1=task, t2=low, t3=thread)
    other = thread_groups.Groups(t1=task, t2=low, t3=but(thread, leader=2))
    same = thread_groups.Groups(t1=low, t2=task, t3=but(thread, leader=2))
    assert thread_groups.SYSTEM.same(one) != thread_groups.SYSTEM.same(other)
    assert thread_groups.SYSTEM.same(one) == thread_groups.SYSTEM.same(same)
