"""What a child has besides: as the running kernel makes it, and told for each maker."""

from __future__ import annotations

import ctypes
import os
import pickle
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from checker.ground.problems import Problem
from checker.why.answer import answer
from checker.why.asked import of_words
from checker.why.carried import whose
from model.carried import (
    REAL_TIME,
    SCHED_BATCH,
    SCHED_DEADLINE,
    SCHED_FIFO,
    SCHED_IDLE,
    SCHED_OTHER,
    SCHED_RR,
    Carried,
    child_of,
    kthread_of,
)
from model.request import Entry
from model.revisions import REVISIONS

CHILDREN = 40
RESET = 0x40000000
SET_PDEATHSIG, GET_PDEATHSIG, SET_SLACK, GET_SLACK = 1, 2, 29, 30
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4


def _mine() -> Carried:
    policy = os.sched_getscheduler(0)
    signal = ctypes.c_int(0)
    LIBC.prctl(GET_PDEATHSIG, ctypes.addressof(signal), 0, 0, 0)
    return Carried(
        frozenset(os.sched_getaffinity(0)), policy & ~RESET, os.sched_getparam(0).sched_priority,
        os.getpriority(os.PRIO_PROCESS, 0), bool(policy & RESET),
        LIBC.prctl(GET_SLACK, 0, 0, 0, 0), _default_slack(), LIBC.personality(0xFFFFFFFF),
        signal.value,
    )


def _default_slack() -> int:
    """Return what a slack of 0 stands for, and put back what was set."""
    now = LIBC.prctl(GET_SLACK, 0, 0, 0, 0)
    LIBC.prctl(SET_SLACK, 0, 0, 0, 0)
    default: int = LIBC.prctl(GET_SLACK, 0, 0, 0, 0)
    LIBC.prctl(SET_SLACK, now, 0, 0, 0)
    return default


def _become(chance: random.Random) -> None:
    """Take some state, as far as this user may."""
    cpus = sorted(os.sched_getaffinity(0))
    policy = chance.choice((SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, *REAL_TIME))
    priority = chance.randint(1, 50) if policy in REAL_TIME else 0
    with suppress(PermissionError):
        os.sched_setaffinity(0, chance.choice((cpus, cpus[:1], cpus[-1:])))
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, chance.randint(-20, 19))
    LIBC.prctl(SET_SLACK, chance.choice((1, 1000, 10**7)), 0, 0, 0)
    LIBC.personality(chance.choice((0, 0x40000, 0x20000, 8)))
    LIBC.prctl(SET_PDEATHSIG, chance.choice((0, 9, 15)), 0, 0, 0)
    with suppress(PermissionError):
        flag = chance.choice((0, RESET))
        os.sched_setscheduler(0, policy | flag, os.sched_param(priority))


def _in_a_child(run: Callable[[], Any]) -> Any:
    """Return what a function returns in a child of its own."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writer, pickle.dumps(run()))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        said = stream.read()
    os.waitpid(pid, 0)
    return pickle.loads(said)


def _in_a_thread() -> Carried:
    found: list[Carried] = []
    thread = threading.Thread(target=lambda: found.append(_mine()))
    thread.start()
    thread.join()
    return found[0]


def _family(seed: int) -> tuple[Carried, Carried, Carried]:
    """Return what a task has, its thread and its child."""
    _become(random.Random(seed))
    return _mine(), _in_a_thread(), _in_a_child(_mine)


def _seen(one: Carried) -> Carried:
    """Return what can be compared: a real-time task shows no slack of its own."""
    hidden = one.policy in REAL_TIME
    return replace(one, slack=0, default_slack=0) if hidden else one


def test_children_of_the_running_kernel_have_it_so() -> None:
    for seed in range(CHILDREN):
        maker, thread, child = _in_a_child(partial(_family, seed))
        assert _seen(thread) == _seen(child_of(maker)), maker
        assert _seen(child) == _seen(child_of(maker)), maker


@pytest.mark.parametrize(
    ("maker", "policy", "nice"),
    [
        (Carried(frozenset({0}), nice=-5), SCHED_OTHER, -5),
        (Carried(frozenset({0}), nice=-5, reset_on_fork=True), SCHED_OTHER, 0),
        (Carried(frozenset({0}), nice=5, reset_on_fork=True), SCHED_OTHER, 5),
        (Carried(frozenset({0}), SCHED_FIFO, 9, 5, reset_on_fork=True), SCHED_OTHER, 0),
        (Carried(frozenset({0}), SCHED_RR, 9, 5), SCHED_RR, 5),
        (Carried(frozenset({0}), SCHED_DEADLINE, reset_on_fork=True), SCHED_OTHER, 0),
    ],
)
def test_what_is_reset_on_fork(maker: Carried, policy: int, nice: int) -> None:
    """As kernel/sched/core.c:sched_fork says."""
    child = child_of(maker)
    assert (child.policy, child.nice, child.reset_on_fork) == (policy, nice, False)
    assert child.affinity == maker.affinity


def test_a_kthread_has_neither_policy_nor_cpus_of_its_maker() -> None:
    made = kthread_of(Carried(frozenset({1}), SCHED_FIFO, 50, -3), frozenset({0, 1, 2}))
    assert (made.policy, made.priority, made.nice) == (SCHED_OTHER, 0, -3)
    assert made.affinity == {0, 1, 2}


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
