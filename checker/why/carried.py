"""Whose affinity, nice, policy and the like a new task has: what is told beside its facts.

A row says it of a child that its caller makes, of one that kthreadd makes, and of an io worker
where that differs; :mod:`model.carried` says the same of values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from model.algebra import has
from model.call import Call
from model.child import Child, Share
from model.patches import CLONE_INTO_CGROUP
from model.request import Entry
from model.vhost import VhostOutcome, Worker
from model.words import INTO_CGROUP


@dataclass(frozen=True, slots=True)
class Carries:
    """What, whose it is for each maker, where that is done, and where user space sees it."""

    what: str
    callers: str
    kthreadds: str
    at: str
    look: str
    threads: str = ""
    """What a thread of the caller's group has instead."""
    others: tuple[str, str] = ("", "")
    """What an io worker has instead, and where."""


@dataclass(frozen=True, slots=True)
class Whose:
    """A row, and what it says of one outcome."""

    row: Carries
    says: str


_DUP = "kernel/fork.c:dup_task_struct"
_FORK = "kernel/sched/core.c:sched_fork"
_KTHREAD = "kernel/kthread.c:kthread"

CARRIES: tuple[Carries, ...] = (
    Carries(
        "CPU affinity", "the caller's: of the very thread that makes it",
        "the CPUs that are left to kernel threads (isolcpus=, nohz_full=), not the caller's",
        _DUP, "taskset -p TID; Cpus_allowed_list: in /proc/TID/status",
        others=("those of its ring's node or cpuset; IORING_REGISTER_IOWQ_AFF sets them",
                "io_uring/io-wq.c:io_wq_worker"),
    ),
    Carries(
        "scheduling policy, real-time priority",
        "the caller's; SCHED_OTHER where the caller's is real-time or deadline, and set to be "
        "reset on fork",
        "SCHED_OTHER", _FORK, "chrt -p TID",
    ),
    Carries(
        "nice", "the caller's; 0 where the caller has SCHED_RESET_ON_FORK and is below 0, or "
        "real-time",
        "kthreadd's, which is 0 where nobody changed it", _FORK, "ps -o ni -p TID",
    ),
    Carries(
        "SCHED_RESET_ON_FORK", "cleared", "not set", _FORK, "chrt -p TID",
    ),
    Carries(
        "timer slack", "the caller's, which is its default, too", "kthreadd's: 50 µs",
        "kernel/fork.c:copy_process", "/proc/TID/timerslack_ns",
    ),
    Carries(
        "personality", "the caller's", "kthreadd's: 0", _DUP, "/proc/TID/personality",
    ),
    Carries(
        "NUMA policy", "a copy of the caller's", "none", "kernel/fork.c:copy_process",
        "/proc/TID/numa_maps",
    ),
    Carries(
        "audit's loginuid and session", "the caller's", "kthreadd's: not set", _DUP,
        "/proc/TID/loginuid",
    ),
    Carries(
        "PR_SET_PDEATHSIG", "cleared", "not set", "kernel/fork.c:copy_process", "",
    ),
    Carries(
        "pending signals", "none", "none", "kernel/fork.c:copy_process",
        "SigPnd:, ShdPnd: in /proc/TID/status", "none of its own; its group's are its, too",
    ),
    Carries(
        "itimers, POSIX timers", "none", "none", "kernel/fork.c:copy_signal", "",
        "those of its group",
    ),
)


def whose(outcome: Any) -> list[Whose]:
    """Return what is told of a call that makes a task; nothing of one that makes none."""
    child = _child(outcome)
    if child is None:
        return []
    kthreadds = _by_kthreadd(outcome)
    rows = [Whose(*_said(row, outcome.call, child, kthreadds=kthreadds)) for row in CARRIES]
    many = [_MANY, _REGISTERED] if _is_io_worker(outcome.call) else []
    return [*rows, _dumpable(child), _cpuset(outcome.call, kthreadds=kthreadds), *many]


def _is_io_worker(call: Call) -> bool:
    return int(call.request.entry) == int(Entry.CREATE_IO_THREAD)


_MANY = Whose(
    Carries("how many there may be", "", "", "io_uring/io-wq.c:io_wq_create",
            "ls /proc/PID/task; comm iou-wrk-TID"),
    "for work that is bounded (files, block devices) the smaller of the ring's entries and 4 a "
    "CPU; for all other RLIMIT_NPROC, soft, as it was when the task made its first ring: later "
    "rings of the task share its workers; in 6.1, no longer in 6.12, as many on each NUMA node",
)
_REGISTERED = Whose(
    Carries("what changes that", "", "", "io_uring/io-wq.c:io_wq_max_workers", ""),
    "IORING_REGISTER_IOWQ_MAX_WORKERS (v5.15): {bounded, unbounded}, 0 leaves one as it is, more "
    "than RLIMIT_NPROC now is cut to that; it tells what they were; the limit of tasks itself "
    "(RLIMIT_NPROC, pids.max) still refuses each worker, and its work waits for another",
)


def _child(outcome: Any) -> Child | None:
    """Return the task that a successful call makes; an idle task is nobody's to look at."""
    child = outcome.child if isinstance(outcome, VhostOutcome) else outcome.after
    return child if isinstance(child, Child) and child.has_pid else None


def _by_kthreadd(outcome: Any) -> bool:
    worker: Worker | None = outcome.worker if isinstance(outcome, VhostOutcome) else None
    return worker is not None and bool(worker.by_kthreadd)


def _said(row: Carries, call: Call, child: Child, *, kthreadds: bool) -> tuple[Carries, str]:
    said, at = row.others
    if said and _is_io_worker(call):
        return replace(row, at=at), said
    if kthreadds:
        return replace(row, at=_KTHREAD), row.kthreadds
    return row, row.threads if row.threads and child.same_thread_group else row.callers


def _dumpable(child: Child) -> Whose:
    """Return the row of what goes with the memory."""
    row = Carries("dumpable, core dump filter", "", "", "kernel/fork.c:copy_mm",
                  "ls -ln /proc/TID; /proc/TID/coredump_filter")
    says = {Share.NONE: "none: it has no memory of its own",
            Share.SHARED: "the caller's, shared as the memory is",
            Share.COPIED: "a copy of the caller's, as of the memory"}
    return Whose(row, says[Share(int(child.mm))])


def _cpuset(call: Call, *, kthreadds: bool) -> Whose:
    """Return the row of the cpuset, and what it does to the affinity."""
    row = Carries("cpuset", "", "", "kernel/cgroup/cpuset.c:cpuset_fork",
                  "/proc/TID/cgroup; cpuset.cpus.effective")
    if kthreadds:
        row = replace(row, at="kernel/cgroup/cgroup-v1.c:cgroup_attach_task_all")
        return Whose(row, "the root's at birth; a worker of vhost or KVM is then moved to its "
                     "owner's (in 5.15 and before in hierarchies of v1 only), whose CPUs it gets")
    into = call.kernel[CLONE_INTO_CGROUP] and bool(has(call.args.flags, INTO_CGROUP))
    return Whose(row, "that of the target cgroup, whose CPUs it gets (since v6.3)" if into
                 else "the caller's")
