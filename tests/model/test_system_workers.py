"""Workers over time: both readings, the engines, and what a wrong step would do."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from checker.over_time.bounded import unroll
from checker.over_time.decide import Historian
from checker.over_time.explore import Explored, explore
from checker.over_time.pdr import reaches
from checker.over_time.symbolic import Symbolic
from checker.over_time.trace import breaks, told
from checker.readings.put import put
from model.algebra import both, no
from model.kernel import Kernel
from model.over_time import nx_recovery, worker_calls, worker_signals
from model.over_time.catalogue import SYSTEMS
from model.over_time.places import Life, ReturnedPointer
from model.over_time.step import Move, TransitionSystem
from model.over_time.steps import kvm, vhost_task
from model.patch import Patch
from model.patches import KVM_LATE_WORKER, KVM_WAKES_LIVE, PATCHES, VHOST_ERR_PTR
from model.revisions import REVISIONS, release
from model.words import Errno
from properties.catalogue import all_timed, timed_by_id
from properties.claim import Verdict
from properties.over_time.bugs import BUGS

MINE = (
    "vhost_new_worker",
    "vhost_ownership",
    "vhost_flush",
    "nx_recovery",
    "vhost_task_create",
    "inheritance",
    "cgroup_freezer",
    "worker_signals",
    "sqpoll",
    "suspend",
    "vhost_wake",
    "io_wq_exit",
)


@cache
def historian() -> Historian:
    return Historian()


def states(name: str, kernel: str) -> Explored:
    return historian().library.of(SYSTEMS[name], REVISIONS[kernel].kernel)


def decided(prop: Any, kernel: Kernel, anew: bool = False) -> Any:
    """Decide a property, with what was explored before unless ``anew``."""
    return (Historian() if anew else historian()).decide(prop, kernel)


def of(prop: str, kernel: str) -> Any:
    return decided(timed_by_id(prop), REVISIONS[kernel].kernel)


def steps_of(prop: str, kernel: str) -> list[str]:
    return [step.name for step in of(prop, kernel).trace.steps]


@pytest.mark.parametrize("name", MINE)
@pytest.mark.parametrize("kernel", ["v6.1", "series-11", "v6.6", "v6.18"])
def test_the_readings_agree_on_every_step(name: str, kernel: str) -> None:
    """From reachable states, concrete and symbolic moves are the same."""
    found = states(name, kernel)
    space = Symbolic(SYSTEMS[name], REVISIONS[kernel].kernel)
    before, after = space.state("0"), space.state("1")
    moves = [(step, space.move(step, before, after)) for step in space.steps]
    constants = [*space.terms(before), *space.terms(after)]
    for state in found.states[:: max(1, len(found.states) // 25)]:
        for step, move in moves:
            made = step.move(found.machine, state)
            target = made.then if made.when else state
            values = [*space.terms(state), *space.terms(target)]
            assert put(move, constants, values) is bool(made.when)


@pytest.mark.parametrize("name", MINE)
def test_every_step_is_taken_on_some_kernel(name: str) -> None:
    """But those that only a kernel between two releases could take."""
    taken: set[str] = set()
    for kernel in REVISIONS:
        taken |= set(states(name, kernel).taken)
    assert {step.name for step in SYSTEMS[name].steps} <= taken


@pytest.mark.parametrize("name", MINE)
def test_every_exploration_closes(name: str) -> None:
    assert all(states(name, kernel).closed for kernel in REVISIONS)


@pytest.mark.parametrize(
    ("prop", "kernel"), [("P59s", "v6.1"), ("P68u", "v6.12"), ("P57s", "v6.12"), ("P32u", "v6.6")]
)
def test_bounded_checking_finds_a_shortest_history_too(prop: str, kernel: str) -> None:
    claimed, where = timed_by_id(prop), REVISIONS[kernel].kernel
    steps = len(of(prop, kernel).trace.steps)
    found = unroll(claimed.system, where, lambda state: _broken(prop, kernel, state), steps)
    assert found.history is not None
    assert len(found.history) == steps
    shorter = unroll(claimed.system, where, lambda state: _broken(prop, kernel, state), steps - 1)
    assert shorter.history is None


def _broken(prop: str, kernel: str, state: Any) -> Any:
    claim = timed_by_id(prop).statement(REVISIONS[kernel].kernel, state)
    return both(claim.premise, no(claim.conclusion))


@pytest.mark.parametrize(
    ("prop", "kernel"),
    [("P66t", "v6.14"), ("P66k", "v6.14"), ("P57H", "v6.12"), ("P53", "debian-6.12.117"),
     ("P53", "v6.12"), ("P65", "v6.12"), ("P59s", "v6.6")],
)
def test_spacer_agrees(prop: str, kernel: str) -> None:
    where = REVISIONS[kernel].kernel
    refuted = of(prop, kernel).verdict is Verdict.REFUTED
    system = timed_by_id(prop).system
    assert reaches(system, where, lambda state: _broken(prop, kernel, state)) is refuted


def test_a_pre_rebase_vhost_task_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: an error pointer for want of memory, where the callers test for NULL."""
    monkeypatch.setattr(
        vhost_task,
        "instead_of_a_task",
        lambda _machine, no_struct: int(
            ReturnedPointer.ERROR if no_struct else ReturnedPointer.NULL
        ),
    )
    kernel = REVISIONS["series-11"].kernel
    found = decided(timed_by_id("P65"), kernel, anew=True)
    assert found.verdict is Verdict.REFUTED
    assert [step.name for step in found.trace.steps] == [
        "vhost asks without memory", "the caller tests what it was given"
    ]


def test_a_caller_that_was_not_changed_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: callers that still test for NULL after cb380909ae3b."""
    stale = int(ReturnedPointer.NULL)
    monkeypatch.setattr(vhost_task, "taken_for_failure", lambda _machine, value: value == stale)
    for name in ("v6.12", "v6.14"):
        kernel = REVISIONS[name].kernel
        found = decided(timed_by_id("P65"), kernel, anew=True)
        broken = VHOST_ERR_PTR in REVISIONS[name].patches
        assert (found.verdict is Verdict.REFUTED) is broken


def test_without_a_second_look_there_are_two_recovery_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative: call_once() that does not look again under its mutex."""
    monkeypatch.setattr(kvm, "looks_again", lambda _world: False)
    found = decided(timed_by_id("P66t"), REVISIONS["v6.14"].kernel, anew=True)
    assert found.verdict is Verdict.REFUTED
    assert found.trace.states[-1].workers == 2


def test_an_unmarked_io_worker_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: a worker whose worker lacks the mask."""
    asked = worker_calls.io_thread

    def unmasked(kernel: Kernel, flags: Any, *rest: Any) -> Any:
        made = asked(kernel, flags, *rest)
        return made if flags == 0 else replace(made, blocks=False)

    monkeypatch.setattr(worker_calls, "io_thread", unmasked)
    found = Historian().decide(timed_by_id("P57H"), REVISIONS["v6.12"].kernel)
    assert found.verdict is Verdict.REFUTED


def without(system: TransitionSystem, name: str) -> TransitionSystem:
    """Return a system that lacks one step."""
    kept = TransitionSystem(
        system.name + "-", system.about, system.record, system.tasks, system.start
    )
    kept.steps.extend(step for step in system.steps if step.name != name)
    assert len(kept.steps) == len(system.steps) - 1
    return kept


@pytest.mark.parametrize(
    ("prop", "missing"),
    [
        ("P57e", "the io worker ends"),
        ("P66r", "the signal is handled"),
        ("P59t", "the worker leaves the trap"),
        ("P52p", "the childs killed workers end"),
        ("P53s", "the worker stops"),
    ],
)
def test_an_ending_needs_its_last_step(prop: str, missing: str) -> None:
    """Negative: what is proved to end does not, without the step that ends it."""
    claimed, kernel = timed_by_id(prop), REVISIONS["v6.12" if prop != "P66r" else "v6.14"].kernel
    assert historian().decide(claimed, kernel).verdict is Verdict.PROVED
    cut = replace(claimed, system=without(claimed.system, missing))
    assert Historian().decide(cut, kernel).verdict is Verdict.REFUTED


def test_the_crews_books_balance() -> None:
    """Whoever is charged is the owner and its workers that are no kthreads; nobody else."""
    for kernel in ("v6.1", "v6.6", "v6.18"):
        for state in states("vhost_new_worker", kernel).states:
            charged = (0 if state.a_kthread else state.a) + (0 if state.b_kthread else state.b)
            assert state.tasks == 1 + charged
            assert state.pids == 1 + state.a + state.b


def test_a_refused_worker_leaves_the_crew_as_it_was() -> None:
    found = states("vhost_new_worker", "v6.18")
    for source, target, _own in found.edges:
        before, after = found.states[source], found.states[target]
        if after.refused and after.asked:
            assert (before.a, before.b, before.tasks) == (after.a, after.b, after.tasks)
    answers = {state.refused for state in found.states if state.of_kthreads}
    assert answers == {int(Errno.EFAULT)}


def test_a_kthread_escapes_the_limit_by_set_owner_alone() -> None:
    assert steps_of("P32m", "v6.17")[0] == "the owner gets narrower limits"
    assert not any("one more" in name for name in steps_of("P32m", "v6.17"))


def test_a_childs_worker_is_the_childs() -> None:
    found = states("vhost_ownership", "v6.12")
    lone = [s for s in found.states if s.child_workers and not s.workers]
    assert any(s.killed and s.child == Life.ALIVE for s in lone)
    assert steps_of("P32u", "v6.6")[-1] == "the child asks for one more worker"


def test_the_worker_loses_a_signal_only_when_traced() -> None:
    names = steps_of("P53h", "v6.12")
    assert "a tracer empties the workers mask" in names
    cut = without(worker_signals.SYSTEM, "a tracer empties the workers mask")
    for prop in ("P53", "P53h"):
        claimed = replace(timed_by_id(prop), system=cut)
        assert Historian().decide(claimed, REVISIONS["v6.12"].kernel).verdict is Verdict.PROVED


def test_the_errnos_of_kvm_by_era() -> None:
    """Kthreads are no matter of the owner's limit; ENOMEM for all; then the very errno."""
    wanted = {
        "v6.12": set(),
        "v6.14": {int(Errno.EAGAIN)},
        "debian-6.12.117": {int(Errno.EAGAIN)},
    }
    for kernel, errnos in wanted.items():
        assert {s.refused for s in states("nx_recovery", kernel).states} - {0} == errnos
    bug = next(bug for bug in BUGS if bug.breaks == "P66e")
    found = explore(nx_recovery.SYSTEM, bug.broken)
    assert {s.refused for s in found.states} - {0} == {int(Errno.ENOMEM)}
    dead = [s for s in found.states if s.completed and not s.workers]
    assert dead


def test_a_trace_tells_flags_and_places_by_name() -> None:
    text = "\n".join(told(of("P57s", "v6.12").trace))
    assert "sq: loops → leaves" in text
    assert "PF_SIGNALED" in text


def test_the_bugs_of_workers_are_found_without_their_fix() -> None:
    mine = [bug for bug in BUGS if timed_by_id(bug.breaks).system.name in MINE]
    assert len({bug.fix for bug in mine}) >= 8
    for bug in mine:
        prop = timed_by_id(bug.breaks)
        assert historian().decide(prop, bug.mended).verdict is Verdict.PROVED, bug
        found = decided(prop, bug.broken)
        assert found.verdict is Verdict.REFUTED, bug
        assert breaks(prop, bug.broken, found.trace.states[-1])


BETWEEN = {
    "v6.5": frozenset[Patch](),
    "v6.13": frozenset[Patch](),
    "v6.13 with the thread made late": frozenset({KVM_LATE_WORKER}),
    "v6.13 with live threads woken": frozenset({KVM_LATE_WORKER, KVM_WAKES_LIVE}),
}
"""Kernels that no name stands for, and what stable releases added to them."""


@pytest.mark.parametrize("name", BETWEEN)
def test_verdicts_are_as_declared_between_the_named_kernels(name: str) -> None:
    mainline = {p for p in PATCHES if release(p.landed) <= release(name.split(maxsplit=1)[0])}
    series = {p for p in PATCHES if p.landed.startswith("series-")}
    kernel = Kernel.of(name, frozenset(mainline | series | BETWEEN[name]))
    mine = [prop for prop in all_timed() if prop.system.name in MINE]
    assert len(mine) >= 35
    wrong = [
        (prop.id, found.value)
        for prop in mine
        if (found := decided(prop, kernel).verdict) is not prop.expect.on(kernel)
    ]
    assert wrong == []
    if "late" in name:
        assert decided(timed_by_id("P66k"), kernel).verdict is Verdict.REFUTED
        assert decided(timed_by_id("P63n"), kernel).verdict is Verdict.REFUTED


def test_moves_are_moves() -> None:
    """Every step of the new systems gives a Move on the start of its system."""
    for name in MINE:
        found = states(name, "v6.18")
        for step in SYSTEMS[name].steps:
            assert isinstance(step.move(found.machine, found.states[0]), Move)
