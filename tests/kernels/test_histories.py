"""Histories on real kernels: what is driven, what is seen, and what is said about it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from checker.over_time.explore import explore
from checker.over_time.trace import Trace, plain, record
from kernels.histories.campaign import another, refuted_here
from kernels.histories.catalogue import DRIVES
from kernels.histories.drive import TWO_CALLERS, Drive, History
from kernels.histories.replay import judged, plan, rests_on_unseen
from kernels.histories.script import HistoryScript, Row, broke_off
from kernels.histories.telling import told
from kernels.histories.walker import Walker, edges_of
from kernels.histories.walks import Walked, WalkReport, status
from kernels.machines.place import Place
from kernels.machines.surroundings import Surroundings
from kernels.replay.answer import ReplayAnswer
from model.kernel import Kernel
from model.revisions import REVISIONS
from properties.catalogue import timed_by_id
from properties.over_time.claim import TimedProperty

V61, V612, V618 = (REVISIONS[name] for name in ("debian-6.1.192", "debian-6.12.117", "v6.18"))
HERE = Place("6.12", V612, Surroundings())
DRIVEN = (
    *("accounts", "user_namespaces", "thread_groups", "userns_owners"),
    *("userns_sharing", "pid_namespaces", "reaping", "families", "exec_ids"),
)

def trace_of(identity: str, kernel: Kernel) -> Trace:
    prop = timed_by_id(identity)
    found = explore(prop.system, kernel)
    index = found.first(lambda state: _breaks(prop, kernel, state))
    assert index is not None
    return record(prop, kernel, found.history(index))


def _breaks(prop: TimedProperty, kernel: Kernel, state: Any) -> bool:
    claim = prop.statement(kernel, state)
    return bool(claim.premise) and not claim.conclusion


def _history(drive: Drive, kernel: Kernel, *names: str) -> History:
    prop = next(p for p in _timed() if p.system is drive.system)
    trace = plain(prop, kernel, [_step(drive, name) for name in names])
    return History(kernel, trace.steps, trace.states)


def _timed() -> list[TimedProperty]:
    from properties.catalogue import all_timed

    return all_timed()


def _step(drive: Drive, name: str) -> Any:
    return next(step for step in drive.system.steps if step.name == name)


def _as_the_model_says(history: History, drive: Drive) -> list[Row]:
    """Return rows that show just what is expected, for a drive whose looks are replaced."""
    script = drive.script(history)
    lines = [*script.setup, *(line for step in script.steps for line in step)]
    rows = [{"id": "0", "kernel": "6.12", "do": line, "errno": 0, "ret": 0} for line in lines]
    return rows + [{"id": "0", "do": line, "errno": errno} for line, errno in script.then]


class Echo(type(DRIVES["accounts"])):  # type: ignore[misc]
    """Sees what the model says, but for one fact after one step."""

    wrong: tuple[int, str, Any] | None = None

    def observed(self, history: History, place: int, rows: list[Row]) -> dict[str, Any]:
        facts = dict(self.expected(history, place))
        if self.wrong is not None and self.wrong[0] == place:
            facts[self.wrong[1]] = self.wrong[2]
        return facts


# ---- planning --------------------------------------------------------------------------


def test_every_refuted_property_of_the_driven_systems_becomes_commands() -> None:
    plans = {trace.property.id: plan(trace, HERE) for trace in refuted_here(HERE, DRIVEN)}
    assert {name for name, made in plans.items() if made.script is None} == set()
    assert set(plans) >= {"P29", "P30H", "P33f", "P38f", "P40H", "P89H", "P46s", "P85m", "P82b"}


def test_a_history_that_keeps_the_property_here_is_not_of_this_era() -> None:
    made = plan(trace_of("P27", REVISIONS["v5.14"].kernel), HERE)
    assert made.reason.startswith("not of this era")


def test_half_steps_take_two_callers() -> None:
    assert plan(trace_of("P33r", V612.kernel), HERE).reason == TWO_CALLERS
    families = DRIVES["families"]
    apart = _history(
        families, V612.kernel, "the caller begins to clone a sibling", "the grandparent ends"
    )
    assert families.cannot(apart) == TWO_CALLERS


def test_a_step_without_commands_is_named() -> None:
    drive = DRIVES["accounts"]
    strange = replace(drive.system.steps[0], name="task 1 does what nobody knows")
    history = History(V612.kernel, [strange], [drive.system.start(None)])  # type: ignore[arg-type]
    assert drive.cannot(history) == "no command does 'task 1 does what nobody knows'"


def test_a_fork_names_the_slot_that_the_model_gives_its_child() -> None:
    drive = DRIVES["accounts"]
    history = _history(drive, V612.kernel, "task 2 exits", "task 2 is reaped", "task 1 forks")
    script = drive.script(history)
    assert script.steps == (("t2 exit",), ("director reap t2 wall",), ("t1 fork t2",))
    assert "t1 setuid u3" not in dict(script.then)


def test_an_init_that_ends_is_reaped_after_whom_it_takes_with_it() -> None:
    drive = DRIVES["pid_namespaces"]
    names = [
        "the task sets a pid namespace aside",
        "the task clones plainly",
        "the other goes its own way",
        "the task clones plainly",
        "the init of the other namespace ends",
    ]
    script = drive.script(_history(drive, V618.kernel, *names))
    assert script.steps[1][-1] == "director keep aside t1 pid_for_children"
    assert script.steps[3] == ("t1 clone t3 0x0 17",)
    assert [line.split()[1:3] for line in script.steps[4]] == [
        ["kill", "t2"], ["await", "t3"], ["reap", "t3"], ["await", "t2"], ["reap", "t2"],
    ]


def test_a_limit_is_set_by_who_is_awake_in_its_process() -> None:
    drive = DRIVES["thread_groups"]
    threaded = ("task 1 clones a thread", "task 1 exits", "the limit of process 1 is lowered to 1")
    assert drive.script(_history(drive, V618.kernel, *threaded)).steps[2] == ("t2 setrlimit 1",)
    waiting = ("task 1 calls vfork", "the limit of process 1 is lowered to 1")
    assert "nobody in the process" in drive.cannot(_history(drive, V618.kernel, *waiting))


def test_nested_namespaces_are_mapped_from_their_parent_and_refusals_are_asked_for() -> None:
    drive = DRIVES["userns_owners"]
    history = _history(
        drive,
        V618.kernel,
        "child 1 is cloned into a new user namespace",
        "child 1 makes a user namespace below its own",
    )
    script = drive.script(history)
    assert script.steps[1][-1] == "director map t2 s1"
    assert dict(script.then)["t2 join @s1 0x10000000"] == "EPERM"
    assert dict(script.then)["t2 join @s2 0x10000000"] == "EINVAL"


def test_a_worker_needs_devices() -> None:
    drive = DRIVES["userns_sharing"]
    history = _history(drive, V618.kernel, "the task opens a vhost device")
    drive.arrive("running")
    assert drive.cannot(history) == "needs vhost devices"
    assert plan(trace_of("P6C", V618.kernel), HERE).reason == "needs vhost devices"


def test_what_the_rules_refuse_is_asked_for_at_the_end() -> None:
    drive = DRIVES["userns_sharing"]
    history = _history(drive, V612.kernel, "the task clones a thread")
    assert dict(drive.script(history).then)["t1 unshare 0x10000000"] == "EINVAL"


# ---- judging ---------------------------------------------------------------------------


def test_agreement_in_every_step_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DRIVES, "accounts", Echo())
    made = plan(trace_of("P38f", V612.kernel), HERE)
    assert made.history is not None
    rows = _as_the_model_says(made.history, DRIVES["accounts"])
    answer = judged(made, HERE, rows)
    assert answer.answer is ReplayAnswer.CONFIRMED
    assert "n1" in answer.seen


@pytest.mark.parametrize(
    ("place", "fact", "value"),
    [(-1, "n1", 7), (0, "t1.marked", True), (0, "answer", "EAGAIN"), (0, "t2.life", "alive")],
)
def test_any_difference_in_any_step_refutes(
    monkeypatch: pytest.MonkeyPatch, place: int, fact: str, value: Any
) -> None:
    drive = Echo()
    drive.wrong = (place, fact, value)
    monkeypatch.setitem(DRIVES, "accounts", drive)
    made = plan(trace_of("P38f", V612.kernel), HERE)
    assert made.history is not None
    answer = judged(made, HERE, _as_the_model_says(made.history, drive))
    assert answer.answer is ReplayAnswer.REFUTED
    assert [item.field for item in answer.differences] == [fact]


def test_a_call_that_should_have_been_refused_refutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DRIVES, "accounts", Echo())
    made = plan(trace_of("P33f", V612.kernel), HERE)
    assert made.history is not None
    rows = _as_the_model_says(made.history, DRIVES["accounts"])
    rows[-1]["errno"] = 0
    answer = judged(made, HERE, rows)
    assert answer.answer is ReplayAnswer.REFUTED
    assert "setuid u3" in answer.differences[0].field


def test_a_history_that_broke_off_is_not_replayable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DRIVES, "accounts", Echo())
    made = plan(trace_of("P38f", V612.kernel), HERE)
    assert made.history is not None
    rows = _as_the_model_says(made.history, DRIVES["accounts"])
    late = [*rows[:4], {"id": "0", "do": "t2 exit", "prepared": "timeout"}]
    answer = judged(made, HERE, late)
    assert answer.answer is ReplayAnswer.NOT_REPLAYABLE
    assert "timeout" in answer.reason
    assert judged(made, HERE, rows[:2]).answer is ReplayAnswer.NOT_REPLAYABLE


def test_what_no_observation_shows_confirms_nothing() -> None:
    drive = Echo()
    made = plan(trace_of("P38f", V612.kernel), HERE)
    assert made.history is not None
    held = drive.held(made.history, _as_the_model_says(made.history, drive))
    prop = made.trace.property
    assert rests_on_unseen(prop, made.history, drive, held) == []
    blind = replace(held, seen=held.seen - {"n1"})
    assert rests_on_unseen(prop, made.history, drive, blind) == ["n1"]


def test_a_bound_is_known_from_all_looks_together() -> None:
    drive = DRIVES["user_namespaces"]
    history = _history(
        drive,
        V612.kernel,
        "the limit is lowered to 1",
        "task 2 makes a user namespace",
        "task 1 joins the namespace",
    )
    facts = drive.expected(history, 2)
    held = drive.held(history, [])
    assert facts["room"] == 0
    assert drive.could_be(history, held)["bound"] == [1]


def test_another_history_is_one_that_can_be_driven() -> None:
    found = another(timed_by_id("P89H"), HERE)
    assert found is not None
    assert plan(found, HERE).script is not None
    assert another(timed_by_id("P33r"), HERE) is None


# ---- the script ------------------------------------------------------------------------


def test_a_script_is_text_and_its_answers_fall_to_their_steps() -> None:
    script = HistoryScript(
        "counts=u1", ("director start t1",), (("t1 exit",), ()), (("t1 x", "EPERM"),)
    )
    assert script.text("a").splitlines() == [
        "begin a counts=u1", "director start t1", "t1 exit", "t1 x", "end",
    ]
    rows = [{"do": str(n), "errno": 0} for n in range(3)]
    assert script.rows_by_step(rows) == (rows[:1], [rows[1:2], []])
    assert script.rows_after(rows) == rows[2:]
    assert broke_off(script, rows) == ""
    assert broke_off(script, rows[:2]) == "the player ended early"
    failed = [{"do": "director start t1", "errno": "EAGAIN"}, *rows[1:]]
    assert broke_off(script, failed) == "'director start t1' failed with EAGAIN"


# ---- choosing --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["accounts", "thread_groups", "userns_sharing", "pid_namespaces", "reaping", "families"]
)
def test_histories_take_every_step_from_every_state(name: str) -> None:
    walker = Walker(DRIVES[name], V612.kernel, random.Random(1))
    taken = {edge for history in walker.every(40) for edge in _wholes(walker, history)}
    assert taken >= {edge for edge in walker.graph().edges if "; " not in edge[1]}


def _wholes(walker: Walker, history: History) -> set[Any]:
    return set(edges_of(walker.drive, history))


def test_walks_are_the_same_for_the_same_seed() -> None:
    def names(seed: int) -> list[str]:
        walker = Walker(DRIVES["user_namespaces"], V612.kernel, random.Random(seed))
        return [step.name for step in walker.walk(12).steps]

    assert names(4) == names(4)
    assert any(names(4) != names(seed) for seed in range(5, 8))


def test_status_tells_agreement_difference_and_nothing_seen() -> None:
    good = WalkReport("6.12", walked=[Walked("accounts", histories=3)])
    bad = WalkReport("6.12", walked=[Walked("accounts", histories=3, disagree=1)])
    broken = WalkReport("6.12", walked=[Walked("accounts")])
    broken.walked[0].unprepared["timeout"] = 1
    assert status([good]) == 0
    assert status([good, bad]) == 1
    assert status([broken]) == status([good, WalkReport("6.1", skipped="no qemu")]) == 2
    assert "skipped, not passed" in "\n".join(told([WalkReport("6.1", skipped="no qemu")]))
