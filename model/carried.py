"""What a child carries beside the facts of :mod:`model.child`: a row a subject, said once.

Each row has it in words, for ``why``, and on values, for comparison with real kernels.  None of it
decides whether a call succeeds (but a deadline task's own, which is a rule); all of it is copied
with the task by kernel/fork.c:dup_task_struct, and some of it mended afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from model.mistake import Mistake, here

SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE, SCHED_DEADLINE = 0, 1, 2, 3, 5, 6
REAL_TIME = (SCHED_FIFO, SCHED_RR)
MDWE_NO_INHERIT = 2
_DUP = "kernel/fork.c:dup_task_struct"
_COPY = "kernel/fork.c:copy_process"
_FORK = "kernel/sched/core.c:sched_fork"
_SIGNAL = "kernel/fork.c:copy_signal"

Values: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a task has, as user space sees it."""

    affinity: int
    """The CPUs on which it may run, a bit each."""
    policy: int
    priority: int
    """Its real-time priority; 0 for other policies."""
    nice: int
    reset_on_fork: bool
    slack: int
    """Its timer slack, in ns; 0 for a real-time task, since v6.12."""
    default_slack: int
    """What prctl(PR_SET_TIMERSLACK, 0) gives it."""
    personality: int
    mempolicy: int
    """The mode of its NUMA policy; -1 where the kernel knows of none."""
    pdeath_signal: int
    pending: int
    """Signals that wait for this very thread."""
    shared_pending: int
    """Signals that wait for its group."""
    timer: bool
    """An interval timer runs."""
    dumpable: int
    coredump_filter: int
    thp_disable: int
    memory_merge: int
    mdwe: int
    """PR_GET_MDWE; -22 where the kernel does not know it."""
    ids: tuple[int, ...]
    """Real, effective, saved and file uid, and the same of gids."""
    groups: tuple[int, ...]
    capabilities: tuple[int, ...]
    """Inheritable, permitted, effective, bounding, ambient."""
    securebits: int
    no_new_privs: bool
    subreaper: bool
    limits: tuple[int, ...]
    """Soft and hard, of each resource."""
    oom_score_adj: int
    umask: int
    blocked: int
    altstack: bool
    """It has an alternate signal stack."""
    ioprio: int
    name: str
    session: int
    group: int
    """Its process group."""
    tsc: int
    mce_kill: int
    io_flusher: int
    speculation: int
    in_procs: int
    """Whether cgroup.procs of its cgroup has its number; -1 where no hierarchy of v2 is seen."""
    in_threads: int
    """The same of cgroup.threads."""


@dataclass(frozen=True, slots=True)
class Making:
    """A task that makes another, and what of it that shares."""

    maker: Carried
    shares_memory: bool
    """CLONE_VM."""
    is_thread: bool
    """CLONE_THREAD."""
    vfork: bool
    """CLONE_VFORK."""

    @property
    def is_reset(self) -> bool:
        """Return whether a real-time or deadline policy is left at the fork."""
        real_time = self.maker.policy in (*REAL_TIME, SCHED_DEADLINE)
        return self.maker.reset_on_fork and real_time


@dataclass(frozen=True, slots=True)
class Carries:
    """A row: what, whose it is for each maker, where that is done, and what the child has."""

    what: str
    """What it is; nothing for what the facts of the child tell."""
    callers: str
    kthreadds: str
    """What a child of kthreadd has."""
    at: str
    values: Callable[[Making], Values]
    """Returns what the child has, field by field."""
    threads: str = ""
    """What a thread of the caller's group has instead."""


def _copied(*names: str) -> Callable[[Making], Values]:
    """Return what hands fields on as they are."""
    return lambda making: {name: getattr(making.maker, name) for name in names}


def _of_the_group(**otherwise: Any) -> Callable[[Making], Values]:
    """Return what a thread has with its group, and a new process anew."""
    return lambda making: _copied(*otherwise)(making) if making.is_thread else otherwise


def _policy(making: Making) -> Values:
    maker = making.maker
    if making.is_reset:
        return {"policy": SCHED_OTHER, "priority": 0}
    return {"policy": maker.policy, "priority": maker.priority}


def _nice(making: Making) -> Values:
    nice = making.maker.nice
    if making.maker.reset_on_fork:
        nice = 0 if making.is_reset else max(nice, 0)
    return {"nice": nice}


def _slack(making: Making) -> Values:
    slack = making.maker.slack
    return {"slack": slack, "default_slack": slack}


def _mdwe(making: Making) -> Values:
    mdwe = making.maker.mdwe
    lost = not making.shares_memory and mdwe > 0 and bool(mdwe & MDWE_NO_INHERIT)
    return {"mdwe": 0 if lost else mdwe}


def _altstack(making: Making) -> Values:
    lost = making.shares_memory and not making.vfork
    return {"altstack": making.maker.altstack and not lost}


def _listed(making: Making) -> Values:
    if making.maker.in_threads < 0:
        return {"in_procs": -1, "in_threads": -1}
    return {"in_procs": int(not making.is_thread), "in_threads": 1}


CARRIES: tuple[Carries, ...] = (
    Carries(
        "CPU affinity", "the caller's: of the very thread that makes it",
        "the CPUs that are left to kernel threads (isolcpus=, nohz_full=), not the caller's",
        _DUP, _copied("affinity"),
    ),
    Carries(
        "scheduling policy, real-time priority",
        "the caller's; SCHED_OTHER where the caller's is real-time or deadline, and set to be "
        "reset on fork",
        "SCHED_OTHER", _FORK, _policy,
    ),
    Carries(
        "nice", "the caller's; 0 where the caller has SCHED_RESET_ON_FORK and is below 0, or "
        "real-time",
        "kthreadd's, which is 0 where nobody changed it", _FORK, _nice,
    ),
    Carries("SCHED_RESET_ON_FORK", "cleared", "not set", _FORK,
            lambda _making: {"reset_on_fork": False}),
    Carries(
        "timer slack", "the caller's, which is its default, too: both 0 where the caller is "
        "real-time (since v6.12, 6.1.y has it, too), even if it is reset on fork",
        "kthreadd's: 50 µs", _COPY, _slack,
    ),
    Carries("personality", "the caller's", "kthreadd's: 0", _DUP, _copied("personality")),
    Carries("NUMA policy", "a copy of the caller's", "none", _COPY, _copied("mempolicy")),
    Carries("I/O priority", "a copy of the caller's, where that was set", "none", _COPY,
            _copied("ioprio")),
    Carries("PR_SET_PDEATHSIG", "cleared", "not set", _COPY,
            lambda _making: {"pdeath_signal": 0}),
    Carries("PR_SET_CHILD_SUBREAPER", "not set", "not set", _SIGNAL,
            _of_the_group(subreaper=False), "its group's"),
    Carries(
        "pending signals", "none", "none", _COPY,
        lambda making: {"pending": 0, **_of_the_group(shared_pending=0)(making)},
        "none of its own; its group's are its, too",
    ),
    Carries("itimers, POSIX timers", "none", "none", _SIGNAL, _of_the_group(timer=False),
            "those of its group"),
    Carries("resource limits, oom_score_adj", "copies of the caller's", "kthreadd's", _SIGNAL,
            _copied("limits", "oom_score_adj"), "those of its group"),
    Carries("name, session, process group", "the caller's", "its own name, no session", _DUP,
            _copied("name", "session", "group")),
    Carries("what PR_SET_TSC, PR_MCE_KILL, PR_SET_IO_FLUSHER and PR_SET_SPECULATION_CTRL set",
            "the caller's", "kthreadd's", _DUP,
            _copied("tsc", "mce_kill", "io_flusher", "speculation")),
    Carries("alternate signal stack", "the caller's; none where the memory is shared, but for "
            "vfork()", "none", _COPY, _altstack),
    Carries("", "", "", "kernel/fork.c:copy_mm",
            _copied("dumpable", "coredump_filter", "thp_disable", "memory_merge")),
    Carries("PR_SET_MDWE", "the caller's; nothing where the memory is copied, and it was set with "
            "PR_MDWE_NO_INHERIT", "none", "kernel/fork.c:mm_init", _mdwe),
    Carries("", "", "", "kernel/cred.c:copy_creds",
            _copied("ids", "groups", "capabilities", "securebits", "no_new_privs")),
    Carries(
        "where its cgroup lists it", "cgroup.procs and cgroup.threads",
        "as any process, of its owner's cgroup once it is moved there: by its number in the pid "
        "namespace of whoever reads, 0 where it has none (in hierarchies of v1 not at all)",
        "kernel/cgroup/cgroup.c:css_task_iter_advance", _listed,
        "cgroup.threads, and /proc/PID/task of its group; cgroup.procs lists the group's leader "
        "alone",
    ),
    Carries("", "", "", "kernel/fork.c:copy_fs", _copied("umask")),
    Carries("", "", "", _DUP, _copied("blocked")),
)
"""The rows; those without a name are told with other facts of the child."""


def child_of(making: Making) -> Carried:
    """Return what the child has, in the maker's own cgroup."""
    values: Values = {}
    for row in CARRIES:
        values |= row.values(making)
    if values.keys() != {one.name for one in fields(Carried)}:
        raise Mistake(f"{here()}: fields of Carried that no row, or no field, speaks of")
    return Carried(**values)
