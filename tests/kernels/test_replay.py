"""Replaying counterexamples: what is confirmed, refuted, and not replayable for what reason."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from checker.calls.counterexample import Counterexample
from checker.readings.concrete import evaluate
from checker.record.kept_words import read_kept, table_path
from checker.smallest.first_guess import call_of_word
from command.cloneproof import cli
from kernels.cases.caller import refused
from kernels.machines import live
from kernels.machines.place import Place, place, place_exists
from kernels.machines.surroundings import Surroundings, this_machine
from kernels.observe.attempts import ENTRIES, Attempt, attempts
from kernels.observe.io_wq import differences
from kernels.observe.owners import imagined, predicted_row
from kernels.observe.visible import rests_on_unseen
from kernels.observe.workers import run_workers
from kernels.observe.workers import table as workers_table
from kernels.replay import fitting
from kernels.replay.answer import ReplayAnswer
from kernels.replay.by_attempt import shown
from kernels.replay.calls import judged, not_of_its_era, replay, replay_at
from kernels.replay.campaign import Campaign, counterexamples
from kernels.replay.fitting import Fitted, breaks_it, fit
from kernels.replay.telling import document, status, table, told
from model.io_wq import INFINITE, Bounds, first, registered
from model.io_wq import told as told_bounds
from model.kernel import Kernel
from model.request import Entry
from model.revisions import REVISIONS
from model.words import CAP_FULL_SET, CAP_SYS_ADMIN, NEWUSER, PARENT, PARENT_SETTID, PIDFD
from properties.catalogue import by_id

GUEST = Surroundings()
V612 = REVISIONS["debian-6.12.117"]
V61 = REVISIONS["debian-6.1.192"]
HERE = Place("6.12", V612, GUEST)
SIBLING = {"request.entry": int(Entry.CLONE), "request.flags": NEWUSER | PARENT}
VHOST = {"request.entry": int(Entry.VHOST_SET_OWNER)}


def _found(identity: str, kernel: Kernel, values: dict[str, Any]) -> Counterexample:
    return Counterexample(identity, kernel, values, minimal=True)


def _row(errno: Any, **more: Any) -> dict[str, Any]:
    caps = {"eff": 0, "prm": 0, "inh": 0, "bnd": 0, "amb": 0}
    caller = {"comm": "probe", "uid": ["u"] * 4, "gid": ["u"] * 4, "cap": caps, "threads": 1}
    caller |= dict.fromkeys(("sigblk", "sigign", "sigcgt", "sigpnd", "nnp", "seccomp"), 0)
    caller |= {"exit_signal": 17, "is_pid1": False, "pflags": 0x40}
    return {"kernel": "6.12", "prepared": True, "errno": errno, "ret": -1, "caller": caller} | more


# ---- what is replayed --------------------------------------------------------------------


def test_of_a_report_of_everything_the_calls_are_replayed_and_no_report_is_taken_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = _found("V01", V612.kernel, VHOST).document()
    results = [
        {"kernel": V612.name, "property": "V01", "counterexample": call},
        {"kernel": V612.name, "property": "P70H", "counterexample": {"history": []}},
        {"kernel": V61.name, "property": "V01", "counterexample": call},
    ]
    (tmp_path / "out").mkdir()
    report = tmp_path / "out" / "result.json"
    report.write_text(json.dumps({"results": results}))
    assert [one.property for one in counterexamples(HERE, report)] == ["V01"]
    monkeypatch.chdir(tmp_path)
    assert len(list(counterexamples(HERE, None))) > 100


# ---- planning --------------------------------------------------------------------------


def test_a_call_that_keeps_the_property_here_is_not_of_this_era() -> None:
    old = _found("P02", REVISIONS["v5.4"].kernel, {"request.entry": int(Entry.FORK)})
    reason = not_of_its_era(by_id("P02"), old, HERE)
    assert reason.startswith("not of this era")


def test_a_statement_about_a_patch_is_shown_by_no_one_kernel() -> None:
    prop = by_id("S11f")
    reason = not_of_its_era(prop, _found("S11f", V612.kernel, VHOST), HERE)
    assert "with and without a patch" in reason


def test_an_internal_caller_is_not_replayable() -> None:
    values = {"current.overridden": True, "current.cred.uid": 0}
    assert evaluate(by_id("O01"), V612.kernel, values).violation
    made = fit(by_id("O01"), V612.kernel, values, GUEST)
    assert (made.case, made.reason) == (None, "inside override_creds(): an internal caller")


def test_a_missing_capability_is_the_wrong_machine() -> None:
    poor = replace(GUEST, root_caps=CAP_SYS_ADMIN, guest=False)
    values = {"current.real_cred.cap_effective": 1 << 24, "current.signal.rlim_nproc": 0}
    made = fit(by_id("D43"), V612.kernel, values, poor)
    assert " userns=0x1" in made.line, "a user namespace gives what the machine does not"
    values["current.real_cred.user_ns.level"] = 0
    made = fit(by_id("D43"), V612.kernel, values, poor)
    assert made.case is None
    assert "CAP_SYS_RESOURCE" in made.reason


def test_a_case_counts_only_if_the_property_is_broken_by_it() -> None:
    made = fit(by_id("D08c"), V612.kernel, SIBLING, GUEST)
    assert made.case is not None
    assert breaks_it(by_id("D08c"), V612.kernel, made)
    assert made.line.startswith("entry=clone flags=0x10008000 ruid=u")


def test_a_pid_that_cannot_be_free_is_replaced_and_told() -> None:
    values = {
        "request.entry": int(Entry.CLONE3),
        "request.set_tid": 1,
        "request.set_tid_size": 1,
        "request.tid0": 1,
        "current.real_cred.cap_effective": 1 << 40,
    }
    made = fit(by_id("P86f"), V612.kernel, values, GUEST)
    assert made.case is not None
    assert f"request.tid0 = {made.case.call.tid0}, not 1" in made.told
    asked = [path for path in values if path.startswith(("request.tid", "request.set_tid_size"))]
    differing = [path for path in asked if made.values.get(path) != values[path]]
    assert [line.split(" = ")[0] for line in made.told] == differing


def test_a_solver_that_gives_up_has_not_shown_that_there_is_no_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kernels.cases.searcher.BUDGET", 2_000)
    monkeypatch.setattr(fitting, "_searcher", cache(fitting._searcher.__wrapped__))
    made = fit(by_id("D08c"), V612.kernel, SIBLING, GUEST)
    assert (made.case, made.reason) == (None, fitting.NOT_KNOWN)


def test_what_user_space_can_do_is_fitted() -> None:
    """The kept calls on 6.12, every second one: a case, or why there can be none."""
    words = read_kept(table_path("counterexamples.md").read_text(), "least call").words
    kept = sorted((name, word) for (name, on), word in words.items() if on == V612.name)[::2]
    found = {name: call_of_word(word) for name, word in kept if by_id(name).of_patch is None}
    cases = {name: fit(by_id(name), V612.kernel, one, GUEST).case for name, one in found.items()}
    without = {name for name, case in cases.items() if case is None}
    assert without - {"D43n"} == {name for name in without if refused(found[name])}
    assert len(without) < len(cases) / 2


# ---- judging ---------------------------------------------------------------------------


def test_another_errno_refutes() -> None:
    made = fit(by_id("D08c"), V612.kernel, SIBLING, GUEST)
    found = judged("D08c", HERE, made, _row("EPERM"))
    assert found.answer is ReplayAnswer.REFUTED
    assert [(one.field, one.model, one.kernel) for one in found.differences] == [
        ("errno", "OK", "EPERM")
    ]
    assert "errno: model OK, kernel EPERM" in "\n".join(told(found))


def test_a_caller_that_is_not_as_said_shows_nothing() -> None:
    made = fit(by_id("D08c"), V612.kernel, SIBLING, GUEST)
    row = _row(0)
    row["caller"]["threads"] = 2
    found = judged("D08c", HERE, made, row)
    assert found.answer is ReplayAnswer.NOT_REPLAYABLE
    assert "threads" in found.reason


def test_what_rests_on_something_unseen_is_not_confirmed() -> None:
    prop, values = by_id("P48f"), _thread_with_keyring()
    assert evaluate(prop, V612.kernel, values).violation
    assert rests_on_unseen(prop, V612.kernel, values, {"errno"}) != []
    seen = {"errno", "same_thread_group", "shares_cred"}
    assert rests_on_unseen(prop, V612.kernel, values, seen) == []


def _thread_with_keyring() -> dict[str, Any]:
    thread = {"request.entry": int(Entry.CLONE), "request.flags": 0x10900}
    return thread | {"current.real_cred.thread_keyring": True, "current.cred.thread_keyring": True}


# ---- follow-up calls -------------------------------------------------------------------

V618 = REVISIONS["v6.18"]
UNSHARED = {"request.entry": int(Entry.UNSHARE), "request.flags": NEWUSER}
MOVED = UNSHARED | {
    f"current.{which}.euid": 0 for which in ("real_cred", "cred")
} | {"current.signal.rlim_nproc": 1}


def _unshared(made: Fitted, **after: Any) -> dict[str, Any]:
    row = _row(0, ret=0)
    row["caller"]["uid"] = ["u", 0, "u", 0]
    same = dict.fromkeys(("mnt", "uts", "ipc", "cgroup", "net", "pid", "time"), "same")
    same |= {"user": "new", "pid_for_children": "same", "time_for_children": "same"}
    assert made.case is not None
    row["after"] = {"ns": same, "cap": {"eff": CAP_FULL_SET}} | after
    return row


def test_a_fork_after_the_charge_moved_is_refused_though_there_is_room() -> None:
    made = fit(by_id("P89u"), V612.kernel, MOVED, GUEST)
    assert made.case is not None
    assert made.case.caller.nproc_room == 1
    assert made.line.endswith(" then=rules+fork")
    might = {"rules": False, "fork": "OK"}
    seen = _unshared(made, might=might, may={"rules": False, "fork": "EAGAIN"})
    assert judged("P89u", HERE, made, seen).answer is ReplayAnswer.CONFIRMED
    granted = _unshared(made, might=might, may={"rules": False, "fork": "OK"})
    assert judged("P89u", HERE, made, granted).answer is ReplayAnswer.REFUTED
    refused = _unshared(made, might={"rules": False, "fork": "EAGAIN"}, may=seen["after"]["may"])
    assert "over_limit" in judged("P89u", HERE, made, refused).reason


def test_a_namespace_whose_bound_is_exceeded_is_joined_by_its_owner() -> None:
    values = {
        "request.entry": int(Entry.SETNS),
        "request.target.type": NEWUSER,
        "request.target.user_ns_reach": 2,
        "request.target.outer_is_over": True,
    }
    made = fit(by_id("P89s"), V612.kernel, values, GUEST)
    assert "early_uid=1 nsfd_nproc=1 then=fork" in made.line


def test_a_cgroup_that_was_killed_is_left_by_the_callers_child() -> None:
    values = {
        "request.entry": int(Entry.CLONE3),
        "request.flags": 1 << 33,
        "current.cgroup.kill_seq": 1,
    }
    made = fit(by_id("P71"), V618.kernel, values, GUEST)
    assert "cgroup=dir" in made.line
    assert made.line.endswith(" killed_home=1")
    assert breaks_it(by_id("P71"), V618.kernel, made)


def test_a_second_thread_keyring_shows_a_workers_own_cred() -> None:
    row = _owners("default", 4, "ENOMEM") | {"threadkey": 1, "thread_keyrings": 2}
    task = {"request.entry": int(Entry.VHOST_TASK_CREATE)}
    task |= {f"current.{which}.thread_keyring": True for which in ("real_cred", "cred")}
    found = shown(by_id("P68f"), V612.kernel, task, [row], GUEST)
    assert found.attempt is not None
    assert ("shares_cred", False, False) in found.fields
    one = Attempt(row | {"thread_keyrings": 1}, Entry.VHOST_TASK_CREATE, 0, V612.kernel, GUEST)
    assert ("thread_keyring", True, False) in list(one.fields())


# ---- workers ---------------------------------------------------------------------------


def _owners(mode: str, made: int, ended_by: str | int, nproc: int = 5) -> dict[str, Any]:
    about = {"id": f"vhost-owners/{mode}", "kind": "vhost-owners", "mode": mode, "who": "user"}
    return about | {"nproc": nproc, "pids_max": -1, "tried": 12, "made": made, "ended_by": ended_by}


LIMITED = VHOST | {"current.signal.rlim_nproc": 0}


def test_twelve_kthreads_under_a_limit_of_one_break_the_claim() -> None:
    rows = [_owners("default", 12, 0, nproc=1)]
    found = shown(by_id("V01p"), V61.kernel, LIMITED, rows, GUEST)
    assert found.attempt is not None
    assert found.attempt.errno == "OK"
    assert all(model == kernel for _name, model, kernel in found.fields)


def test_a_refused_kthread_would_refute_it() -> None:
    rows = [_owners("default", 4, "EAGAIN")]
    attempt = Attempt(rows[0], Entry.VHOST_SET_OWNER, 4, V61.kernel, GUEST)
    assert list(attempt.fields()) == [("errno", "OK", "EAGAIN")]


def test_a_vhost_task_is_refused_with_enomem() -> None:
    attempt = Attempt(_owners("default", 4, "ENOMEM"), Entry.VHOST_SET_OWNER, 4, V612.kernel, GUEST)
    assert list(attempt.fields()) == [("errno", "ENOMEM", "ENOMEM")]


def _machines(made: int, ended_by: Any) -> dict[str, Any]:
    row = {"kind": "limit", "id": "limit/kvm", "maker": "kvm", "who": "user", "nproc": 5}
    return row | {"tried": 12, "made": made, "ended_by": ended_by}


@pytest.mark.parametrize(
    ("kernel", "entry", "made", "ended_by"),
    [
        ("v6.1", Entry.KTHREAD_CREATE, 12, 0),
        ("v6.13", Entry.VHOST_TASK_CREATE, 4, "ENOMEM"),
        ("debian-6.12.117", Entry.VHOST_TASK_CREATE, 4, "EAGAIN"),
        ("v6.18", Entry.VHOST_TASK_CREATE, 4, "EAGAIN"),
    ],
)
def test_how_many_virtual_machines_a_limit_allows(
    kernel: str, entry: Entry, made: int, ended_by: Any
) -> None:
    """A kthread counts for nobody; a vhost task counts, and KVM once hid why there was none."""
    where = REVISIONS[kernel].kernel
    row = _machines(made, ended_by)
    found = list(attempts([row], entry, where, GUEST))
    assert len(found) == min(made + 1, 12)
    assert all(model == seen for one in found for name, model, seen in one.fields())
    more = list(attempts([row | {"made": 6, "ended_by": "EPERM"}], entry, where, GUEST))
    assert any(model != seen for one in more for name, model, seen in one.fields())
    other = ({Entry.KTHREAD_CREATE, Entry.VHOST_TASK_CREATE} - {entry}).pop()
    assert not list(attempts([row], other, where, GUEST))


def _blocked(who: str, nproc: int, threads: int) -> dict[str, Any]:
    row = {"kind": "io-wq-many", "id": "io-wq-many", "who": who, "nproc": nproc, "tried": 12}
    return row | {"threads_of_owner": threads}


@pytest.mark.parametrize(("who", "nproc", "threads"), [
    ("root", 1, 1), ("user", 1, 0), ("root", 5, 5), ("user", 5, 4), ("user", 99, 12),
])
def test_how_many_io_workers_serve_requests_that_block(who: str, nproc: int, threads: int) -> None:
    """One each, up to the limit as it was at the first ring; root is bound by that, too."""
    for kernel in (V61.kernel, V612.kernel):
        assert differences(_blocked(who, nproc, threads), kernel, GUEST) == []
        (wrong,) = differences(_blocked(who, nproc, threads + 1), kernel, GUEST)
        assert f"model {threads}, kernel {threads + 1}" in wrong


@pytest.mark.parametrize(("entries", "nproc", "asked", "before", "after"), [
    (1, 5, (0, 0), (1, 5), (1, 5)),
    (64, 5, (3, 2), (8, 5), (3, 2)),
    (64, 5, (50, 0), (8, 5), (5, 5)),
    (64, INFINITE, (0, 0), (8, 0), (8, 0)),
    (64, INFINITE, (9, 9), (8, 0), (9, 9)),
])
def test_the_bounds_of_io_workers(
    entries: int, nproc: int, asked: tuple[int, int], before: tuple[int, int],
    after: tuple[int, int],
) -> None:
    """On two CPUs; without a limit the kernel tells 0, for no int is as large."""
    made = first(entries, 2, nproc)
    then = registered(made, Bounds(*asked), nproc)
    assert [(one.bounded, one.unbounded) for one in (told_bounds(made), told_bounds(then))] == [
        before, after]


def test_the_uid_of_a_worker_is_not_seen_in_a_count() -> None:
    found = shown(by_id("V02"), V61.kernel, VHOST, [_owners("default", 12, 0)], GUEST)
    assert found.attempt is None
    assert "uid" in found.reason


def test_no_device_is_the_wrong_machine() -> None:
    row = _owners("default", 0, 0) | {"prepared": "no such device"}
    found = shown(by_id("V02"), V61.kernel, VHOST, [row], GUEST)
    assert found.reason == "wrong machine: no such device"


def test_a_mark_that_is_forgotten_after_a_failed_fork_is_seen_on_the_caller() -> None:
    row = {"id": "odd/marked/deadline", "kind": "odd", "odd": "marked", "deadline": 1}
    row |= {"errno": "EAGAIN", "caller_before": 1, "child": -1, "caller_after": 0}
    values = {"current.flags": 0x1000, "current.deadline": True}
    found = shown(by_id("P30f"), V612.kernel, values, [row], GUEST)
    assert found.attempt is not None
    assert all(model == kernel for _name, model, kernel in found.fields)
    kept = shown(by_id("P30f"), V612.kernel, values, [row | {"caller_after": 1}], GUEST)
    assert any(model != kernel for _name, model, kernel in kept.fields)


@pytest.mark.parametrize(("limit", "made"), [(1, 0), (2, 1), (5, 4), (8, 7)])
def test_the_model_lets_a_plain_user_own_one_less_than_the_limit(limit: int, made: int) -> None:
    wish = {"who": "user", "nproc": limit}
    task = predicted_row(wish, "vhost-default", V612.kernel, GUEST)
    kthread = predicted_row(wish, "vhost-kthread", V612.kernel, GUEST)
    assert (task["made"], task["ended_by"]) == (made, "ENOMEM")
    assert (kthread["made"], kthread["ended_by"]) == (12, 0)


def test_a_count_alone_shows_the_headline() -> None:
    attempt = imagined(by_id("V01p"), V61.kernel, LIMITED, GUEST)
    assert attempt is not None
    assert attempt.row["maker"] == "vhost-default"


# ---- on the running kernel, where that can be ------------------------------------------


@pytest.fixture(scope="module")
def running() -> None:
    reason = live.can_run()
    if reason:
        pytest.skip(reason)


@pytest.mark.usefixtures("running")
def test_the_running_kernel_confirms_or_is_not_of_the_era() -> None:
    found = replay([_found("D08c", V612.kernel, SIBLING)], "running")[0]
    assert found.answer is ReplayAnswer.CONFIRMED or found.reason.startswith("not of this era")
    assert found.answer is not ReplayAnswer.CONFIRMED or "errno" in found.seen


@pytest.mark.usefixtures("running")
def test_the_workers_of_the_running_kernel_are_as_the_model_says() -> None:
    """Every owner under a limit: how many workers, what ends it, what the first one is."""
    here = place("running")
    rows = run_workers(here.where)
    for entry in ENTRIES:
        for one in attempts(rows, entry, here.kernel, here.machine):
            assert [name for name, model, seen in one.fields() if model != seen] == [], one.name
    assert any(row.get("made") for row in rows if row["kind"] == "limit")
    assert [one for row in rows for one in differences(row, here.kernel, here.machine)] == []
    shown = workers_table({"running": {row["id"]: row for row in rows}})
    assert any(line.startswith("| limit/fork/user/") for line in shown)


@pytest.mark.usefixtures("running")
def test_a_wrong_model_is_refuted_by_the_running_kernel() -> None:
    """Held against v5.4, which let clone3 store pidfd and pid in one place (P12)."""
    old = Place("running", REVISIONS["v5.4"], this_machine())
    values = {
        "request.entry": int(Entry.CLONE3),
        "request.flags": PIDFD | PARENT_SETTID,
        "request.pidfd": 0x1000,
        "request.parent_tid": 0x1000,
    }
    found = replay_at([_found("P12", old.kernel, values)], old)[0]
    assert found.answer is ReplayAnswer.REFUTED
    assert [one.field for one in found.differences] == ["errno"]


# ---- the command -----------------------------------------------------------------------


def _saved(folder: Path, found: Counterexample) -> str:
    path = folder / f"{found.property}.json"
    path.write_text(json.dumps(found.document()))
    return str(path)


def _run(*args: str) -> Any:
    return CliRunner().invoke(cli, list(args), standalone_mode=False)


def test_the_command_says_not_replayable(tmp_path: Path) -> None:
    values = {"current.overridden": True, "current.cred.uid": 0}
    file = _saved(tmp_path, _found("O01", V612.kernel, values))
    done = _run("replay", file, "--format", "json")
    assert done.return_value == 2
    assert json.loads(done.output)[0]["answer"] == "NOT-REPLAYABLE"


def test_the_command_refuses_an_unknown_kernel(tmp_path: Path) -> None:
    file = _saved(tmp_path, _found("D08c", V612.kernel, SIBLING))
    done = _run("replay", "--on", "9.9", file)
    assert "unknown kernel '9.9'" in str(done.exception)


def test_a_name_that_can_be_no_kernel() -> None:
    assert place_exists("6.1")
    assert not place_exists("6.2")


def test_the_table_counts() -> None:
    found = replay_at([_found("O01", V612.kernel, {"current.overridden": True})], HERE)
    made = Campaign("6.12", "debian-6.12.117", "6.12", replayed=found)
    assert table([made])[-1] == "| 6.12 (6.12) | debian-6.12.117 | calls | 1 | 0 | 0 | 1 | 0 |"
    assert status([made]) == 0
    assert status([Campaign("6.1", skipped="no qemu")]) == 2
    assert document(found[0])["answer"] == "NOT-REPLAYABLE"
