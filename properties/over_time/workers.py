"""What statements about workers are made of: the kinds that there are, and who is awake.

A scope has some of the world's facts; what is said of the others is not said of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from model.kernel import Kernel
from model.over_time.steps.cgroup import all_trapped, freezes, says
from model.over_time.world import WorkerRun, World
from model.patches import (
    EXEC_COUNTS_WORKERS,
    FORK_OWNER,
    IO_THREAD,
    VHOST_USES_TASK,
    WORKERS_ARE_THREADS,
)
from properties.over_time.steps import only


@dataclass(frozen=True, slots=True)
class WorkerKind:
    """What a worker is, by the world's facts."""

    io: bool = False
    kthread: bool = False
    thread: bool = False
    looks: bool = False
    masked: bool = False
    shares_limits: bool = False
    deaf: bool = False
    nofreeze: bool = False


KTHREAD = WorkerKind(kthread=True, deaf=True, nofreeze=True)
PROCESS = WorkerKind(deaf=True)
THREAD = WorkerKind(thread=True, looks=True, masked=True, shares_limits=True)
IO = replace(THREAD, io=True)
KINDS = (KTHREAD, PROCESS, THREAD, IO)
AT_BIRTH = (
    *("made", "run", "kvm", *(one.name for one in fields(WorkerKind)), "in_cgroup", "worker_away"),
    *("maker", "worker_uid", "worker_limit", "worker_ns", "worker_user_ns", "worker_cgroup"),
)
"""What comes with a worker."""


def has(state: World, fact: str) -> bool:
    """Return whether a scope has a fact."""
    return any(one.name == fact for one in fields(state))


def is_a(state: World, kind: WorkerKind) -> bool:
    """Return whether the worker is of a kind, as far as its scope says."""
    mine = [one.name for one in fields(kind) if has(state, one.name)]
    return all(getattr(state, one) == getattr(kind, one) for one in mine)


def kinds(kernel: Kernel) -> tuple[WorkerKind, ...]:
    """Return the kinds that can be made on a kernel: vhost's own, that asked for, io_uring's."""
    own = PROCESS if kernel[VHOST_USES_TASK] is True else KTHREAD
    own = THREAD if kernel[WORKERS_ARE_THREADS] is True else own
    more = ((KTHREAD, FORK_OWNER), (IO, IO_THREAD))
    return (own, *(kind for kind, since in more if kernel[since] is True))


def awake(state: World) -> bool:
    """Return whether the owner lives, and sleeps in no trap, freezer, stop or ioctl."""
    sleeps = state.owner_trapped or state.owner_frozen or state.sigstop or state.flushing
    return not (sleeps or state.killed or state.owner_gone)


def worker_was_made(state: World) -> bool:
    """Return whether there is a worker, or was one."""
    return bool(state.made or state.run != WorkerRun.NONE)


def loops(state: World) -> bool:
    """Return whether the worker is there, and in no trap, refrigerator or stop."""
    sleeps = state.worker_trapped or state.worker_frozen or state.worker_stopped
    return bool(state.made and not (state.worker_gone or state.left or sleeps))


def begins_to_wait(before: World, after: World, wait: str) -> bool:
    """Return whether a wait for the worker begins, noted if the machine is to suspend."""
    caught = bool(after.caught) == bool(before.caught or before.suspend)
    return caught and only(before, after, wait, "caught")


def says_the_truth(state: World, cgroup: str) -> bool:
    """Return whether cgroup.events says frozen exactly where all that is in it sleeps there."""
    true = bool(freezes(state, cgroup) and all_trapped(state, cgroup))
    return bool(says(state, cgroup)) == true or not has(state, f"{cgroup}_says")


def vhost_is_counted(kernel: Kernel) -> bool:
    """Return whether execve() and dumps wait for vhost workers: not from v6.4 to v6.9."""
    return kernel[EXEC_COUNTS_WORKERS] is True or kernel[WORKERS_ARE_THREADS] is not True
