"""Whose a worker is on a real kernel: limits, cgroups and what it has of its owner."""

from __future__ import annotations

from typing import Any

from kernels.histories.commands import Command, command, says
from kernels.histories.drives.workers import WorkerDrive
from model.kernel import Kernel
from model.over_time import inheritance, io_wq_retry, vhost_devices, vhost_new_worker
from model.over_time.steps.sys import LESS
from model.patches import VHOST_USES_TASK
from model.words import NEWUTS

_KTHREADS = 4
"""The first place of devices whose worker root is charged for; before it are the owner's."""


def _by_kthreadd(state: Any) -> int:
    return _KTHREADS + int(state.kernel_tasks) - 1


def _opens(kernel: Kernel, state: Any) -> list[str]:
    place = int(state.tasks) - 1 if kernel[VHOST_USES_TASK] is True else _by_kthreadd(state)
    return [f"t1 own {place}"]


def _asks(_kernel: Kernel, state: Any) -> list[str]:
    return [f"t1 own {_by_kthreadd(state)} kthread"]


def _closes(_kernel: Kernel, state: Any) -> list[str]:
    return [f"t1 drop {int(state.tasks) - 2 if state.tasks > 1 else _by_kthreadd(state) - 1}"]


def _closes_kthread(_kernel: Kernel, state: Any) -> list[str]:
    return [f"t1 drop {_by_kthreadd(state) - 1}"]


def _of_each(name: str, line: str) -> tuple[Command, ...]:
    """Return a command for each of the two devices."""
    places = enumerate(vhost_new_worker.BOTH)
    return tuple(command(name.replace("X", one), line.format(place)) for place, one in places)


class VhostDevicesDrive(WorkerDrive):
    """An unprivileged owner in a cgroup of its own."""

    system = vhost_devices.SYSTEM
    options = "counts=u1"
    begins_with = frozenset({"vhost"})
    follows = frozenset({"kernel_tasks", "refused"})
    start = (
        "director devices",
        "director group own 2",
        "director start t1",
        "director enter own t1",
        "t1 setuid u1",
        "director limit 2 t1",
    )
    look = ("director workers t1 own",)
    own = (
        command("the owner opens a device", _opens),
        command("the owner opens a device and asks for a kthread", _asks),
        command("the owner closes a device", _closes),
        command("the owner closes a device with a kthread", _closes_kthread),
    )
    seen = ("opened", "tasks", "limit", "pids", "pids_max", "in_cgroup")


class VhostNewWorkerDrive(WorkerDrive):
    """An unprivileged owner in a cgroup of its own; only vhost_scsi has several workers."""

    system = vhost_new_worker.SYSTEM
    options = "counts=u1"
    begins_with = frozenset({"vhost"})
    follows = frozenset({"a", "b", "a_kthread", "b_kthread", "refused", "asked", "of_kthreads"})
    start = (
        "director devices",
        "director group own 4",
        "director start t1",
        "director enter own t1",
        "t1 setuid u1",
        "director limit 4 t1",
    )
    look = ("director workers t1 own",)
    own = (
        command(
            "the owner gets narrower limits",
            says("director limit 2 t1", "director set own pids.max 2"),
        ),
        *_of_each("the owner opens device X", "t1 crew {}"),
        *_of_each("the owner opens device X with a kthread", "t1 crew {} kthread"),
        *_of_each("the owner asks for one more worker of device X", "t1 more {}"),
        *_of_each("the owner frees a worker of device X", "t1 less {}"),
        *_of_each("the owner closes device X", "t1 drop {}"),
    )
    seen = ("workers", "kthreads", "tasks", "limit", "pids", "pids_max")


class IoWqRetryDrive(WorkerDrive):
    """An unprivileged task whose request blocks, so that io-wq wants a worker."""

    system = io_wq_retry.SYSTEM
    options = "look=0"
    follows = frozenset({"blocking", "full"})
    start = ("director start t1", "t1 setuid u1")
    look = ("director workers t1", "t1 request")
    seen = ("made", "gave_up")


class InheritanceDrive(WorkerDrive):
    """An owner with a user's uids and root's capabilities, in threaded cgroups."""

    system = inheritance.SYSTEM
    options = "look=0"
    begins_with = frozenset({"vhost"})
    follows = frozenset({"acting", "maker", "made", "shares_limits", "alone", "ns", "user_ns"})
    start = (
        "director devices",
        "director group home",
        "director set home cgroup.type threaded",
        "director group away",
        "director set away cgroup.type threaded",
        "director start t1",
        "director enter home t1",
        f"t1 unshare {NEWUTS:#x}",
        "t1 become u1",
        f"director limit {LESS} t1",
    )
    look = ("director has t1",)
    seen = (
        *("uid", "limit", "cgroup", "kthread", "thread", "worker_uid", "worker_limit"),
        *("worker_cgroup", "worker_ns", "worker_user_ns"),
    )
