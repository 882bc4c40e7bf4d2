"""What a child has besides: on values, and told for each maker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.ground.problems import Problem
from checker.why.answer import answer
from checker.why.asked import of_words
from checker.why.carried import LOOK, whose
from model.carried import (
    CARRIES,
    SCHED_BATCH,
    SCHED_DEADLINE,
    SCHED_FIFO,
    SCHED_OTHER,
    SCHED_RR,
    Carried,
    Making,
    child_of,
)
from model.mistake import Mistake
from model.request import Entry
from model.revisions import REVISIONS

PLAIN = Carried(
    affinity=1, policy=SCHED_OTHER, priority=0, nice=0, reset_on_fork=False, slack=50_000,
    default_slack=50_000, personality=0, mempolicy=0, pdeath_signal=0, pending=0, shared_pending=0,
    timer=False, dumpable=1, coredump_filter=0x33, thp_disable=0, memory_merge=0, mdwe=0,
    ids=(0,) * 8, groups=(), capabilities=(0,) * 5, securebits=0, no_new_privs=False,
    subreaper=False, limits=(0,) * 32, oom_score_adj=0, umask=0o22, blocked=0, altstack=False,
    ioprio=0, name="a", session=1, group=1, tsc=1, mce_kill=2, io_flusher=0, speculation=0,
    in_procs=1, in_threads=1,
)


def _child(maker: Carried, *, memory: bool = False, thread: bool = False) -> Carried:
    return child_of(Making(maker, memory or thread, thread, vfork=False))


@pytest.mark.parametrize(
    ("maker", "policy", "nice"),
    [
        ({"nice": -5}, SCHED_OTHER, -5),
        ({"nice": -5, "reset_on_fork": True}, SCHED_OTHER, 0),
        ({"nice": 5, "reset_on_fork": True}, SCHED_OTHER, 5),
        ({"nice": 5, "policy": SCHED_BATCH, "reset_on_fork": True}, SCHED_BATCH, 5),
        ({"nice": 5, "policy": SCHED_FIFO, "reset_on_fork": True}, SCHED_OTHER, 0),
        ({"nice": 5, "policy": SCHED_RR}, SCHED_RR, 5),
        ({"policy": SCHED_DEADLINE, "reset_on_fork": True}, SCHED_OTHER, 0),
    ],
)
def test_what_is_reset_on_fork(maker: dict[str, int], policy: int, nice: int) -> None:
    """As kernel/sched/core.c:sched_fork says."""
    child = _child(replace(PLAIN, **maker))
    assert (child.policy, child.nice, child.reset_on_fork) == (policy, nice, False)


def test_what_a_thread_has_with_its_group_and_a_process_anew() -> None:
    maker = replace(PLAIN, subreaper=True, timer=True, shared_pending=2, pending=1, mdwe=3)
    thread, child = _child(maker, thread=True), _child(maker)
    for one, expected in ((thread, (True, True, 2, 3)), (child, (False, False, 0, 0))):
        assert (one.subreaper, one.timer, one.shared_pending, one.mdwe) == expected
    assert thread.pending == child.pending == 0


def test_a_field_that_no_row_speaks_of_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.carried.CARRIES", CARRIES[1:])
    with pytest.raises(Mistake, match="no row"):
        _child(PLAIN)


def test_each_row_is_told_and_says_where_to_look() -> None:
    assert {row.what for row in CARRIES if row.what} == LOOK.keys() - {
        "audit's loginuid and session"}


def _whose(entry: str, kernel: str) -> dict[str, str]:
    found = answer(of_words(entry, None, "0", []), REVISIONS[kernel].kernel)
    return {one.row.what: one.says for one in whose(found.left)}

@pytest.mark.parametrize(
    ("entry", "kernel", "affinity"),
    [
        ("vhost_set_owner", "v6.1", "left to kernel threads"),
        ("vhost_set_owner", "v6.9", "of the very thread that makes it"),
        ("kvm_create_vm", "v6.1", "left to kernel threads"),
        ("kvm_run", "v6.18", "of the very thread that makes it"),
        ("create_io_thread", "v6.12", "IORING_REGISTER_IOWQ_AFF"),
        ("fork", "v6.12", "of the very thread that makes it"),
    ],
)
def test_whose_affinity_a_task_has(entry: str, kernel: str, affinity: str) -> None:
    assert affinity in _whose(entry, kernel)["CPU affinity"]


def test_what_goes_with_the_memory_and_the_group() -> None:
    """A thread shares; a process has copies, or nothing."""
    thread, child = _whose("pthread_create", "v6.12"), _whose("fork", "v6.12")
    assert "shared" in thread["dumpable, core dump filter"]
    assert "a copy" in child["dumpable, core dump filter"]
    assert "its group" in thread["itimers, POSIX timers"]
    assert child["itimers, POSIX timers"] == "none"
    assert "4 a CPU" in _whose("create_io_thread", "v6.12")["how many there may be"]
    assert _whose("fork_idle", "v6.12") == {}


def test_which_call_makes_kvms_worker() -> None:
    """By kthreadd until v6.13, then by its owner; KVM_RUN since v6.14."""
    made = [(REVISIONS[kernel].kernel, entry) for kernel, entry in (
        ("v6.12", "kvm_create_vm"), ("v6.13", "kvm_create_vm"), ("v6.14", "kvm_run"))]
    found = [answer(of_words(entry, None, "0", []), kernel).asked.entry for kernel, entry in made]
    task = Entry.VHOST_TASK_CREATE
    assert found == [Entry.KTHREAD_CREATE, task, task]
    with pytest.raises(Problem, match="KVM_RUN does"):
        answer(of_words("kvm_create_vm", None, "0", []), REVISIONS["v6.14"].kernel)
