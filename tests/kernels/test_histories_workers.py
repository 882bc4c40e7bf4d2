"""Histories about workers on real kernels: commands, the kernel's own steps, what is seen."""

from __future__ import annotations

import random
from typing import Any

import pytest

from checker.over_time.explore import explore
from checker.over_time.trace import Trace, breaks, record
from kernels.histories import commands, given, seen
from kernels.histories.catalogue import DRIVES
from kernels.histories.commands import quiet
from kernels.histories.drive import TWO_CALLERS, Drive, Held, History
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.replay import judged, plan, replay_traces, rests_on_unseen
from kernels.histories.script import Row
from kernels.histories.walker import Walker
from kernels.histories.walks import Wish, walks
from kernels.machines import live
from kernels.machines.place import Place
from kernels.machines.surroundings import Surroundings
from kernels.replay.answer import ReplayAnswer
from model.kernel import Kernel
from model.revisions import REVISIONS
from properties.catalogue import timed_by_id

V61, V612, V618 = (REVISIONS[name] for name in ("debian-6.1.192", "debian-6.12.117", "v6.18"))
OLD = Place("6.1", V61, Surroundings())
MINE = {name: drive for name, drive in DRIVES.items() if isinstance(drive, WorkerDrive)}
NOWHERE = live.can_run()
on_this_kernel = pytest.mark.skipif(NOWHERE is not None, reason=NOWHERE or "")


def _trace(identity: str, kernel: Kernel) -> Trace:
    prop = timed_by_id(identity)
    found = explore(prop.system, kernel)
    known: dict[Any, bool] = {}
    for index, state in enumerate(found.states):
        if known.setdefault(state, breaks(prop, kernel, state)):
            return record(prop, kernel, found.history(index))
    raise AssertionError(identity)


def _plan(identity: str, here: Place = OLD) -> Any:
    made = plan(_trace(identity, here.kernel), here)
    assert made.script is not None, made.reason
    return made


def _rows(made: Any) -> list[Row]:
    script = made.script
    lines = [*script.setup, *(line for step in script.steps for line in step)]
    rows = [{"id": "0", "kernel": "x", "do": one, "errno": 0, "told": {}} for one in lines]
    return rows + [{"id": "0", "do": one, "errno": errno} for one, errno in script.then]


def _echo(drive: WorkerDrive, monkeypatch: pytest.MonkeyPatch, **wrong: Any) -> None:
    """Let the player tell what the model says, but for some facts at the end."""

    def observed(history: History, place: int, _rows: list[Row]) -> dict[str, Any]:
        facts = dict(drive.expected(history, place))
        return facts | (wrong if place == len(history.steps) - 1 else {})

    monkeypatch.setattr(drive, "observed", observed)


# ---- commands --------------------------------------------------------------------------


def test_a_trace_becomes_commands_and_the_kernels_own_steps_follow_by_themselves() -> None:
    made = _plan("P59")
    assert [step.name for step in made.history.steps] == [
        "the owner opens the device",
        "the kthread is moved to the owners cgroup",
        "the cgroup is to freeze",
        "the owner is trapped",
    ]
    look = "director workers t1 f"
    freeze = ("director set f cgroup.freeze 1", look)
    assert made.script.steps == ((), ("t1 own 0", look), (), freeze)


def test_a_command_of_several_steps_is_given_once() -> None:
    drive = MINE["de_thread"]
    history = drive.driven(V61.kernel, [drive.table[1], drive.table[2]])
    given = [line for step in drive.script(history).steps for line in step if line[:2] == "t1"]
    assert given == ["t1 submit", "t1 execve"]


@pytest.mark.parametrize("name", DRIVES)
def test_a_step_of_the_world_has_one_command_whoever_drives_it(name: str) -> None:
    """But where the set-up of a scope asks for another, and says so by ``instead``."""
    drive: Any = DRIVES[name]
    worlds = {step.move for step in given.KNOWN}
    shared = {step.name for step in drive.system.steps if step.move in worlds}
    own = {one if isinstance(one, str) else one.steps[0] for one in drive.own}
    assert not shared & own
    assert all(step.move in worlds for step in getattr(drive, "instead", ()))


@pytest.mark.parametrize(("identity", "step"), [("P70w", "the fork begins"),
                                                ("P60i", "the process submits work that blocks")])
def test_what_comes_between_a_command_and_its_end_takes_two_callers(
    identity: str, step: str
) -> None:
    assert plan(_trace(identity, V61.kernel), OLD).reason == f"{TWO_CALLERS}: {step}"


def test_what_passes_by_itself_cannot_be_shown() -> None:
    made = plan(_trace("P68H", V61.kernel), OLD)
    assert made.script is None
    assert "keeps the property" in made.reason


def test_what_a_machine_lacks_is_named() -> None:
    for drive in MINE.values():
        drive.offered = frozenset({"io_uring"})
    assert plan(_trace("P59", V61.kernel), OLD).reason == "needs vhost devices"
    assert plan(_trace("P59k", V61.kernel), OLD).reason == "needs virtual machines (KVM)"


def test_only_machines_of_their_own_can_be_suspended() -> None:
    assert "suspend" not in commands.offered("running")


# ---- the kernel's own steps ------------------------------------------------------------


@pytest.mark.parametrize("kernel", [V61.kernel, V612.kernel, V618.kernel], ids=lambda k: k.name)
@pytest.mark.parametrize("name", MINE)
def test_the_order_of_the_kernels_own_steps_is_seen_nowhere_but_in_who_takes_a_signal(
    name: str, kernel: Kernel
) -> None:
    drive = MINE[name]
    walker = Walker(drive, kernel, random.Random(1))
    found = [history for history in walker.every(40) if drive.is_open(history)]
    assert bool(found) == (name == "worker_signals" and kernel is not V612.kernel)


@pytest.mark.parametrize("name", MINE)
def test_histories_end_where_the_kernel_has_nothing_left_to_do(name: str) -> None:
    drive = MINE[name]
    walker = Walker(drive, V612.kernel, random.Random(1))
    for history in walker.every(40):
        for part in drive.parts(history):
            after = history.after(part.last)
            assert not list(quiet(drive.system, walker.machine, after))


def _open_history() -> tuple[WorkerDrive, History]:
    """A signal that main or a worker without its mask may take."""
    drive = MINE["worker_signals"]
    by_name = {one.steps[0]: one for one in drive.table}
    names = ("the process makes an io uring worker", "a tracer empties the workers mask")
    begun = drive.driven(V618.kernel, [by_name[name] for name in names])
    walker = Walker(drive, V618.kernel, random.Random(1))
    way = next(
        way for edge, way in walker.ways(begun)
        if edge[1].startswith("the process gets a signal that it handles")
    )
    steps = [*begun.steps, *(step for step, _ in way)]
    return drive, History(V618.kernel, steps, [*begun.states, *(state for _, state in way)])


def test_a_history_that_may_end_in_several_ways_agrees_with_each_and_with_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drive, history = _open_history()
    assert drive.is_open(history)
    ends = {one.states[-1]: one for one in drive.outcomes(history)}
    assert len(ends) > 1
    last: dict[str, dict[str, Any]] = {"facts": {}}

    def observed(self: Any, history: History, place: int, _rows: list[Row]) -> dict[str, Any]:
        return last["facts"] if place == len(history.steps) - 1 else self.expected(history, place)

    monkeypatch.setattr(type(drive), "observed", observed)
    made = type("Made", (), {"script": drive.script(history)})
    for end in ends.values():
        last["facts"] = dict(drive.expected(end, len(end.steps) - 1))
        assert not drive.held(history, _rows(made)).differences
    last["facts"] = {"handled": False, "worker_there": True}
    assert drive.held(history, _rows(made)).differences


def test_a_trace_that_may_end_otherwise_is_not_replayed() -> None:
    made = plan(_trace("P53h", V618.kernel), Place("running", V618, Surroundings()))
    assert made.reason.startswith("may end in several ways")


# ---- what is said ----------------------------------------------------------------------

REPLAYED = ("P32H", "P69H", "P59", "P59k", "P6D", "P56", "P62")


@pytest.mark.parametrize("identity", REPLAYED)
def test_a_kernel_that_does_as_the_model_says_confirms(
    identity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _plan(identity)
    _echo(MINE[made.trace.property.system.name], monkeypatch)
    answer = judged(made, OLD, _rows(made))
    assert answer.answer is ReplayAnswer.CONFIRMED, answer.reason


@pytest.mark.parametrize(
    ("identity", "wrong"),
    [("P32H", {"opened": 1}), ("P69H", {"pids": 2}), ("P59", {"frozen": True}),
     ("P6D", {"stop": "done"}), ("P62", {"worker_dumps": False}), ("P56", {"answer": "EPERM"})],
)
def test_a_kernel_that_does_otherwise_refutes(
    identity: str, wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _plan(identity)
    _echo(MINE[made.trace.property.system.name], monkeypatch, **wrong)
    assert judged(made, OLD, _rows(made)).answer is ReplayAnswer.REFUTED


@pytest.mark.parametrize(
    ("identity", "fact"),
    [("P32H", "opened"), ("P69H", "pids"), ("P59", "worker_trapped"), ("P56", "masked"),
     ("P62", "worker_dumps")],
)
def test_without_the_fact_that_breaks_the_property_nothing_is_confirmed(
    identity: str, fact: str
) -> None:
    made = _plan(identity)
    drive = MINE[made.trace.property.system.name]
    seen = frozenset(drive.expected(made.history, len(made.history.steps) - 1))
    prop = made.trace.property

    def unseen(names: frozenset[str]) -> list[str]:
        return rests_on_unseen(prop, made.history, drive, Held(0, (), names, {}, 0))

    assert unseen(seen) == []
    assert fact in unseen(seen - {fact})


def test_what_cannot_be_done_on_a_machine_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _plan("P59")
    _echo(MINE["both_freezers"], monkeypatch)
    rows = _rows(made)
    rows[-2] |= {"errno": "ENOSYS", "told": {"impossible": "no vhost devices here"}}
    answer = judged(made, OLD, rows)
    assert answer.answer is ReplayAnswer.NOT_REPLAYABLE
    assert "no vhost devices here" in answer.reason


TOLD: dict[str, Any] = {
    "owner": "alive", "memory": "held", "executed": False, "handled": 0, "frozen": 0,
    "other_frozen": 1, "owner_inside": True, "pids": 2, "pids_max": 2, "request": "pending",
    "mask": "kept",
    **{f"{kind}{what}": 1 for kind in ("vhost", "kvm", "io")
       for what in ("", "_threads", "_inside", "_nofreeze", "_kthreads", "_stopped")},
    "worker": "thread", "worker_uts": "owner", "worker_user": "owner",
    **{f"{who}_{what}": value for who in ("owner", "worker")
       for what, value in (("uid", "u1"), ("limit", 10), ("group", "home"))},
    "counts": {"u1": 2, "u2": 1}, "child": {"vhost": 1},
    "seen": {name: {"life": "alive", "limit": 2} for name in ("t1", "t2", "t3")},
}  # fmt: skip


@pytest.mark.parametrize("name", MINE)
def test_every_fact_that_a_state_shows_is_read(name: str) -> None:
    drive: Drive = MINE[name]
    assert isinstance(drive, WorkerDrive)
    read = set(drive.reads(TOLD)) | {"worker_dumps"}
    walker = Walker(drive, V612.kernel, random.Random(1))
    for history in walker.every(40):
        for state in history.states:
            assert set(drive.shows(V612.kernel, state)) <= read


KINDS = ("vhost", "kvm", "io")
HOW = ("_threads", "_inside", "_nofreeze", "_stopped")
NO_WORKER = {f"{kind}{what}": 0 for kind in KINDS for what in ("", "_kthreads", *HOW)}
TURNED = TOLD | {
    **{f"{kind}{what}": 0 for kind in KINDS for what in HOW},
    "memory": "free", "handled": 1, "frozen": 1, "other_frozen": 0, "pids": 1, "pids_max": 4,
    "request": "ECANCELED", "mask": "none", "worker": "kthread", "worker_uts": "first",
    "worker_user": "first", "owner_uid": "u2", "worker_uid": "u2", "owner_limit": 30,
    "worker_limit": 20, "owner_group": "away", "worker_group": "away",
    "counts": {"u1": 1, "u2": 2}, "owner": "gone",
    "seen": {name: {"life": "gone"} for name in ("t1", "t2", "t3")},
}  # fmt: skip
LOOKS = (
    TOLD, TURNED, TOLD | {"owner": "stopped", "owner_inside": False},
    TOLD | NO_WORKER | {"worker": "", "owner": "zombie"},
)  # fmt: skip


@pytest.mark.parametrize("name", seen.FACTS)
def test_a_fact_is_read_off_what_is_told(name: str) -> None:
    """What is always the same, or nothing, would agree with every state."""
    assert len({seen.read([name], told)[name] for told in LOOKS} - {None}) > 1


# ---- on this kernel --------------------------------------------------------------------


@on_this_kernel
@pytest.mark.parametrize("identity", ["P56", "P62", "P71H"])
def test_what_breaks_on_this_kernel_is_seen_to_break(identity: str) -> None:
    from kernels.replay.calls import place

    here = place("running")
    prop = timed_by_id(identity)
    found = explore(prop.system, here.kernel)
    if not any(breaks(prop, here.kernel, state) for state in found.states):
        pytest.skip(f"{identity} is kept on {here.revision.name}")
    answers = replay_traces([_trace(identity, here.kernel)], "running")
    assert [one.answer for one in answers] == [ReplayAnswer.CONFIRMED], answers[0].reason


@on_this_kernel
def test_every_move_about_cgroup_kill_is_as_the_model_says_on_this_kernel() -> None:
    report = walks("running", Wish(0, systems=("cgroup_kill", "io_wq_retry")))
    assert [one.disagree for one in report.walked] == [0, 0]
    assert not any(one.unprepared for one in report.walked)
    assert all(one.histories for one in report.walked)


@on_this_kernel
def test_a_model_of_another_era_disagrees_with_this_kernel() -> None:
    from kernels.replay.calls import place

    if place("running").revision.name != "v6.18":
        pytest.skip("v6.18 is held against 6.12, which has a fix that it lacks")
    report = walks("running", Wish(0, systems=("cgroup_kill",), model=V612.kernel))
    assert report.walked[0].disagree
    shortest = report.walked[0].shortest
    assert shortest is not None
    assert [item.field for item in shortest.differences] == ["child_killed"]
    assert "the other cgroup is killed while empty" in shortest.steps
