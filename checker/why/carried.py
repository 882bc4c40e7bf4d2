"""Whose affinity, nice, policy and the like a new task has: what is told beside its facts.

The words are those of :data:`model.carried.CARRIES`; here is where user space sees each, and what
an io worker has instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from model.algebra import has
from model.call import Call
from model.carried import CARRIES, Carries
from model.child import Child, Share
from model.patches import CLONE_INTO_CGROUP
from model.request import Entry
from model.vhost import VhostOutcome, Worker
from model.words import INTO_CGROUP


@dataclass(frozen=True, slots=True)
class Told:
    """What, and where: where that is done, and where user space sees it."""

    what: str
    at: str
    look: str


@dataclass(frozen=True, slots=True)
class Whose:
    """A row, and what it says of one outcome."""

    row: Told
    says: str


_KTHREAD = "kernel/kthread.c:kthread"
LOOK = {
    "CPU affinity": "taskset -p TID; Cpus_allowed_list: in /proc/TID/status",
    "scheduling policy, real-time priority": "chrt -p TID",
    "nice": "ps -o ni -p TID",
    "SCHED_RESET_ON_FORK": "chrt -p TID",
    "timer slack": "/proc/TID/timerslack_ns",
    "personality": "/proc/TID/personality",
    "NUMA policy": "/proc/TID/numa_maps",
    "I/O priority": "ionice -p TID",
    "PR_SET_PDEATHSIG": "",
    "PR_SET_CHILD_SUBREAPER": "",
    "pending signals": "SigPnd:, ShdPnd: in /proc/TID/status",
    "itimers, POSIX timers": "",
    "resource limits, oom_score_adj": "/proc/TID/limits, /proc/TID/oom_score_adj",
    "name, session, process group": "ps -o comm,sid,pgid -p TID",
    "what PR_SET_TSC, PR_MCE_KILL, PR_SET_IO_FLUSHER and PR_SET_SPECULATION_CTRL set":
        "Speculation_Store_Bypass: in /proc/TID/status",
    "alternate signal stack": "",
    "PR_SET_MDWE": "",
    "audit's loginuid and session": "/proc/TID/loginuid",
    "where its cgroup lists it": "cgroup.procs, cgroup.threads of the cgroup in /proc/TID/cgroup",
}
"""Where user space sees what a row of the model speaks of; nothing where only the task can."""

_IO_WORKERS = {
    "CPU affinity": (
        "those of its ring's node or cpuset; IORING_REGISTER_IOWQ_AFF sets them",
        "io_uring/io-wq.c:io_wq_worker",
    ),
}
"""What an io worker has instead, and where."""

_AUDIT = Carries("audit's loginuid and session", "the caller's", "kthreadd's: not set",
                 "kernel/fork.c:dup_task_struct", lambda _making: {})
"""Told, and held against no kernel: where no audit runs there is nothing to see."""
_ALL = (*(row for row in CARRIES if row.what), _AUDIT)


def whose(outcome: Any) -> list[Whose]:
    """Return what is told of a call that makes a task; nothing of one that makes none."""
    child = _child(outcome)
    if child is None:
        return []
    kthreadds = _by_kthreadd(outcome)
    rows = [_said(row, outcome.call, child, kthreadds=kthreadds) for row in _ALL]
    many = [_MANY, _REGISTERED] if _is_io_worker(outcome.call) else []
    return [*rows, _dumpable(child), _cpuset(outcome.call, kthreadds=kthreadds), _BUSY, *many]


def _is_io_worker(call: Call) -> bool:
    return int(call.request.entry) == int(Entry.CREATE_IO_THREAD)


_BUSY = Whose(
    Told("what it keeps busy", "kernel/cgroup/cgroup.c:cgroup_destroy_locked",
         "populated in cgroup.events"),
    "its cgroup and those above: rmdir() says EBUSY while it lives (a zombie does not count, "
    "threads of its group do); so does writing a controller that is not threaded to the "
    "cgroup.subtree_control of its cgroup, unless that is the root",
)
_MANY = Whose(
    Told("how many there may be", "io_uring/io-wq.c:io_wq_create",
         "ls /proc/PID/task; comm iou-wrk-TID"),
    "for work that is bounded (files, block devices) the smaller of the ring's entries and 4 a "
    "CPU; for all other RLIMIT_NPROC, soft, as it was when the task made its first ring: later "
    "rings of the task share its workers; in 6.1, no longer in 6.12, as many on each NUMA node",
)
_REGISTERED = Whose(
    Told("what changes that", "io_uring/io-wq.c:io_wq_max_workers", ""),
    "IORING_REGISTER_IOWQ_MAX_WORKERS (v5.15): {bounded, unbounded}, 0 leaves one as it is, more "
    "than RLIMIT_NPROC now is cut to that; it tells what they were, 0 for one "
    "without a limit; the limit of tasks itself (RLIMIT_NPROC, pids.max) still refuses each "
    "worker, and its work waits for another",
)


def _child(outcome: Any) -> Child | None:
    """Return the task that a successful call makes; an idle task is nobody's to look at."""
    child = outcome.child if isinstance(outcome, VhostOutcome) else outcome.after
    return child if isinstance(child, Child) and child.has_pid else None


def _by_kthreadd(outcome: Any) -> bool:
    worker: Worker | None = outcome.worker if isinstance(outcome, VhostOutcome) else None
    return worker is not None and bool(worker.by_kthreadd)


def _said(row: Carries, call: Call, child: Child, *, kthreadds: bool) -> Whose:
    told = Told(row.what, row.at, LOOK[row.what])
    if row.what in _IO_WORKERS and _is_io_worker(call):
        said, at = _IO_WORKERS[row.what]
        return Whose(replace(told, at=at), said)
    if kthreadds:
        return Whose(replace(told, at=_KTHREAD), row.kthreadds)
    return Whose(told, row.threads if row.threads and child.same_thread_group else row.callers)


def _dumpable(child: Child) -> Whose:
    """Return the row of what goes with the memory."""
    row = Told("dumpable, core dump filter", "kernel/fork.c:copy_mm",
               "ls -ln /proc/TID; /proc/TID/coredump_filter")
    says = {Share.NONE: "none: it has no memory of its own",
            Share.SHARED: "the caller's, shared as the memory is",
            Share.COPIED: "a copy of the caller's, as of the memory"}
    return Whose(row, says[Share(int(child.mm))])


def _cpuset(call: Call, *, kthreadds: bool) -> Whose:
    """Return the row of the cpuset, and what it does to the affinity."""
    row = Told("cpuset", "kernel/cgroup/cpuset.c:cpuset_fork",
               "/proc/TID/cgroup; cpuset.cpus.effective")
    if kthreadds:
        row = replace(row, at="kernel/cgroup/cgroup-v1.c:cgroup_attach_task_all")
        return Whose(row, "the root's at birth; a worker of vhost or KVM is then moved to its "
                     "owner's (in 5.15 and before in hierarchies of v1 only), whose CPUs it gets")
    into = call.kernel[CLONE_INTO_CGROUP] and bool(has(call.args.flags, INTO_CGROUP))
    return Whose(row, "that of the target cgroup, whose CPUs it gets (since v6.3)" if into
                 else "the caller's")
