"""Facts that not every kernel reads: a sysctl, a counter or a chance that a patch brought or took.

On another kernel such a fact changes nothing, whatever it is.  What is not here every kernel
reads, for some call.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from model.kernel import Kernel
from model.patch import Patches
from model.patches import (
    CGROUP_FREEZE,
    CGROUP_KILL,
    CGROUP_NAMESPACES,
    CGROUP_PIDS,
    CLEAR_SIGHAND,
    CLONE3_STACK,
    CLONE_FLAGS_U64,
    CLONE_INTO_CGROUP,
    CLONE_PIDFD,
    COPY_PROCESS_NAME,
    DEBIAN_USERNS_SYSCTL,
    EXPLICIT_KTHREAD,
    FORK_DESPITE_NOTIFY_SIGNAL,
    FORK_OWNER,
    FUTEX_HASH,
    IGNORE_SIGNALS,
    IO_THREAD,
    IO_URING_FORK,
    KILL_SEQ,
    KTHREAD_CREATE_KILLABLE,
    KTHREAD_NAME,
    KTHREAD_STRUCT,
    MNTNS_ROOT_LOOKUP,
    NAMESPACE_COUNTS,
    NO_FILES,
    PIDFD_POINTER_CHECK,
    PIDNS_DIES_DURING_FORK,
    PIDNS_OF_STRANGERS,
    SCHED_DEADLINE,
    SCHED_EXT,
    SECURITY_CREATE_USER_NS,
    SECURITY_TASK_ALLOC,
    SECURITY_TASK_CREATE_GONE,
    SET_TID,
    SIGNALS_BEFORE_FORK,
    TASK_EXEC_STATE,
    TIME_NAMESPACES,
    UCOUNTS_NPROC,
    UMH_ROOT,
    UNSHARE_THREAD_ALONE,
    USER_WORKER,
    VHOST_WORKER_STRUCT,
    WITHOUT_CGROUP_PIDS,
    WITHOUT_CGROUPS,
    WITHOUT_IO_URING,
    WITHOUT_IPC_NS,
    WITHOUT_NET_NS,
    WITHOUT_PID_NS,
    WITHOUT_SECURITY,
    WITHOUT_SYSVIPC,
    WITHOUT_TIME_NS,
    WITHOUT_USER_NS,
    WITHOUT_UTS_NS,
    WORKERS_ARE_THREADS,
)
from model.state import Fallible


@dataclass(frozen=True, slots=True)
class ReadWhere:
    """Facts, by their path or what it begins with, the kernels that read them, and what the
    others read instead."""

    facts: tuple[str, ...]
    where: Patches
    instead: str = ""

    def speaks_of(self, path: str) -> bool:
        """Return whether a fact is one of these."""
        begins = tuple(fact for fact in self.facts if fact.endswith("."))
        return path in self.facts or path.startswith(begins)


def _of_creds(*facts: str) -> tuple[str, ...]:
    return tuple(f"current.{cred}.{fact}" for cred in ("real_cred", "cred") for fact in facts)


_COUNTS = ("nproc", "nproc_of_euid", "nproc_parent", "nproc_grandparent", "beyond_is_over")
_PID_NS = ("user_ns_reach", "parent_reach", "grandparent_reach", "taken", "parent_taken",
           "grandparent_taken")

_PIDS = ("pids", "pids_max", "ancestor_full")

READ_WHERE = (
    ReadWhere(("system.unprivileged_userns_clone",), DEBIAN_USERNS_SYSCTL & ~WITHOUT_USER_NS),
    ReadWhere(
        _of_creds("ucounts.user_processes"), ~UCOUNTS_NPROC, "current.real_cred.ucounts.nproc"
    ),
    ReadWhere(
        _of_creds(*(f"ucounts.{name}" for name in _COUNTS), "user_ns.nproc_max_parent"),
        UCOUNTS_NPROC,
        "current.real_cred.ucounts.user_processes",
    ),
    ReadWhere(("request.target.nproc", "request.target.outer_is_over"), UCOUNTS_NPROC),
    ReadWhere(("chance.notify_signal",), SIGNALS_BEFORE_FORK & ~FORK_DESPITE_NOTIFY_SIGNAL),
    ReadWhere(("chance.cgroup_killed",), CGROUP_KILL & ~WITHOUT_CGROUPS),
    ReadWhere(("current.cgroup.kill_seq",), KILL_SEQ & ~WITHOUT_CGROUPS),
    ReadWhere(("current.cgroup.frozen",), CGROUP_FREEZE & ~WITHOUT_CGROUPS),
    ReadWhere(("current.cgroup.",), CGROUP_PIDS & ~WITHOUT_CGROUP_PIDS),
    ReadWhere(
        ("request.cgroup_target.group.kill_seq",),
        KILL_SEQ & CLONE_INTO_CGROUP & ~WITHOUT_CGROUPS,
    ),
    ReadWhere(
        tuple(f"request.cgroup_target.group.{name}" for name in _PIDS),
        CLONE_INTO_CGROUP & ~WITHOUT_CGROUP_PIDS,
    ),
    ReadWhere(("request.cgroup_target.",), CLONE_INTO_CGROUP & ~WITHOUT_CGROUPS),
    ReadWhere(tuple(f"current.pid_ns.{name}" for name in _PID_NS), SET_TID),
    ReadWhere(("request.tid0", "request.tid1", "request.tid2"), SET_TID),
    ReadWhere(("request.pidfd", "request.parent_tid"), PIDFD_POINTER_CHECK),
    ReadWhere(("system.time_namespaces.",), TIME_NAMESPACES & ~WITHOUT_TIME_NS),
    ReadWhere(("system.user_namespaces.",), NAMESPACE_COUNTS & ~WITHOUT_USER_NS),
    ReadWhere(("system.pid_namespaces.",), NAMESPACE_COUNTS & ~WITHOUT_PID_NS),
    ReadWhere(("system.uts_namespaces.",), NAMESPACE_COUNTS & ~WITHOUT_UTS_NS),
    ReadWhere(("system.ipc_namespaces.",), NAMESPACE_COUNTS & ~WITHOUT_IPC_NS),
    ReadWhere(("system.net_namespaces.",), NAMESPACE_COUNTS & ~WITHOUT_NET_NS),
    ReadWhere(("system.mnt_namespaces.",), NAMESPACE_COUNTS),
    ReadWhere(
        ("system.cgroup_namespaces.",), NAMESPACE_COUNTS & CGROUP_NAMESPACES & ~WITHOUT_CGROUPS
    ),
    ReadWhere(("current.deadline",), SCHED_DEADLINE),
    ReadWhere(("current.sighand.count",), UNSHARE_THREAD_ALONE),
    ReadWhere(("request.stack", "request.stack_size"), CLONE3_STACK),
    ReadWhere(("current.pid_ns.user_ns_is_ancestor",), PIDNS_OF_STRANGERS),
    ReadWhere(("chance.pid_ns_dies",), PIDNS_DIES_DURING_FORK),
    ReadWhere(("chance.killed_while_waiting",), KTHREAD_CREATE_KILLABLE),
    ReadWhere(("system.long_is_32_bit",), CLEAR_SIGHAND & ~CLONE_FLAGS_U64),
    ReadWhere(("request.fork_owner",), FORK_OWNER),
    ReadWhere(("request.ignore_signals",), IGNORE_SIGNALS & ~WORKERS_ARE_THREADS),
    ReadWhere(("request.name",), COPY_PROCESS_NAME),
    ReadWhere(("request.kthread",), EXPLICIT_KTHREAD),
    ReadWhere(("request.io_thread",), IO_THREAD),
    ReadWhere(("request.user_worker",), USER_WORKER),
    ReadWhere(("request.no_files",), NO_FILES),
    ReadWhere(("request.umh", "current.nsproxy.mnt_ns_is_initial"), UMH_ROOT),
)

STEP_WHERE: dict[Fallible, Patches] = {
    Fallible.COPY_SET_TID: SET_TID,
    Fallible.OUTER_SET_TID: SET_TID,
    Fallible.SECURITY_CREATE_USER_NS: (
        SECURITY_CREATE_USER_NS & ~WITHOUT_SECURITY & ~WITHOUT_USER_NS
    ),
    Fallible.SECURITY_TASK_ALLOC: SECURITY_TASK_ALLOC & ~WITHOUT_SECURITY,
    Fallible.SECURITY_TASK_CREATE: ~SECURITY_TASK_CREATE_GONE & ~WITHOUT_SECURITY,
    Fallible.PIDFD_PREPARE: CLONE_PIDFD,
    Fallible.PUT_PIDFD: CLONE_PIDFD,
    Fallible.PATH_LOOKUP: MNTNS_ROOT_LOOKUP,
    Fallible.KTHREAD_CREATE_INFO: KTHREAD_CREATE_KILLABLE,
    Fallible.ALLOC_USER_NS: ~WITHOUT_USER_NS,
    Fallible.COPY_SEMUNDO: ~WITHOUT_SYSVIPC,
    Fallible.COPY_UTSNAME: ~WITHOUT_UTS_NS,
    Fallible.COPY_IPCS: ~WITHOUT_IPC_NS,
    Fallible.CREATE_PID_NAMESPACE: ~WITHOUT_PID_NS,
    Fallible.COPY_CGROUP_NS: CGROUP_NAMESPACES & ~WITHOUT_CGROUPS,
    Fallible.COPY_NET_NS: ~WITHOUT_NET_NS,
    Fallible.VHOST_ATTACH_CGROUPS: ~WITHOUT_CGROUPS,
    Fallible.SET_CRED_UCOUNTS: UCOUNTS_NPROC & ~WITHOUT_USER_NS,
    Fallible.KTHREAD_STRUCT: KTHREAD_STRUCT,
    Fallible.COPY_TIME_NS: TIME_NAMESPACES & ~WITHOUT_TIME_NS,
    Fallible.FIND_CSS_SET: CLONE_INTO_CGROUP & ~WITHOUT_CGROUPS,
    Fallible.CGROUP_DIES: CLONE_INTO_CGROUP & ~WITHOUT_CGROUPS,
    Fallible.SCHED_CGROUP_FORK: SCHED_EXT,
    Fallible.FUTEX_HASH: FUTEX_HASH,
    Fallible.IO_URING_FORK: IO_URING_FORK & ~WITHOUT_IO_URING,
    Fallible.EXEC_STATE: TASK_EXEC_STATE,
    Fallible.VHOST_WORKER_STRUCT: VHOST_WORKER_STRUCT,
    Fallible.KTHREAD_FULL_NAME: KTHREAD_NAME,
}
"""Steps that not every kernel has: where one of these fails elsewhere, nothing does."""

FAILS = "chance.fails"
NO_STEP = (Fallible.VHOST_XARRAY, Fallible.PIDS_CSS_CHARGE)
"""Steps that no rule of any kernel has."""


@cache
def where_read(path: str) -> ReadWhere | None:
    """Return where a fact is read; ``None`` for one that every kernel reads."""
    return next((one for one in READ_WHERE if one.speaks_of(path)), None)


def means_nothing(kernel: Kernel, path: str, value: int) -> bool:
    """Return whether nothing on a concrete kernel depends on this value of a fact."""
    if path == FAILS:
        where = STEP_WHERE.get(Fallible(value))
        return Fallible(value) in NO_STEP or (where is not None and not kernel.stands(where))
    read = where_read(path)
    return read is not None and not kernel.stands(read.where)
