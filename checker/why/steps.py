"""Steps that fail by chance: where to look for the reason, one place each."""

from __future__ import annotations

from checker.why.handed import HANDED
from model.state import Fallible

_MEMORY = "free memory: dmesg, memory.max and memory.events of the cgroup, vm.overcommit_memory"

PLACES_OF_STEPS: dict[Fallible, str] = {
    Fallible.COPY_CLONE_ARGS: "the address of the struct: strace prints it where it cannot read it",
    Fallible.COPY_SET_TID: "set_tid=: strace prints the address where it cannot read it",
    Fallible.PUT_PIDFD: "the pidfd's address (of old clone(): parent_tid)",
    Fallible.PUT_PARENT_TID: "the parent_tid address",
    Fallible.SET_CRED_UCOUNTS: _MEMORY,
    Fallible.PIDS_EXHAUSTED: "threads in /proc/loadavg (behind the slash) against "
    "/proc/sys/kernel/pid_max; since v6.14 (7863dcc72d0f) pid_max is one of each pid namespace",
    Fallible.CGROUP_DIES: "who removes the target cgroup",
}
"""The steps whose failure is no want of memory."""

OF_MEMORY: tuple[Fallible, ...] = (
    Fallible.DUP_TASK_STRUCT,
    Fallible.PREPARE_CREDS,
    Fallible.ALLOC_USER_NS,
    Fallible.KTHREAD_STRUCT,
    Fallible.MPOL_DUP,
    Fallible.AUDIT_ALLOC,
    Fallible.COPY_SEMUNDO,
    Fallible.COPY_FS_STRUCT,
    Fallible.COPY_SIGHAND,
    Fallible.COPY_SIGNAL,
    Fallible.DUP_MM,
    Fallible.CREATE_NSPROXY,
    Fallible.COPY_UTSNAME,
    Fallible.CREATE_PID_NAMESPACE,
    Fallible.COPY_CGROUP_NS,
    Fallible.COPY_TIME_NS,
    Fallible.COPY_IO,
    Fallible.ALLOC_PID,
    Fallible.FIND_CSS_SET,
    Fallible.FUTEX_HASH,
    Fallible.IO_URING_FORK,
    Fallible.EXEC_STATE,
    Fallible.VHOST_TASK_STRUCT,
    Fallible.VHOST_WORKER_STRUCT,
    Fallible.VHOST_IOVECS,
    Fallible.VHOST_XARRAY,
    Fallible.KTHREAD_CREATE_INFO,
    Fallible.KTHREAD_FULL_NAME,
    Fallible.PIDS_CSS_CHARGE,
)
"""The steps that fail for want of memory alone."""


def place_of_step(step: int) -> str:
    """Return where to look for why a step failed; nothing for none."""
    found = PLACES_OF_STEPS.get(Fallible(step))
    if found is None:
        found = next((one.look for one in HANDED if one.step == step), None)
    return found or (_MEMORY if Fallible(step) in OF_MEMORY else "")
