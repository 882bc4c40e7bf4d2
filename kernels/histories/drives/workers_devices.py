"""Devices and retrying on a real kernel: owners of workers under RLIMIT_NPROC and pids.max."""

from __future__ import annotations

from typing import Any

from kernels.histories.commands import Command, command
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts
from model.kernel import Kernel
from model.over_time import devices, retrying
from model.patches import VHOST_USES_TASK
from model.words import errno_name

OPENS = "the owner opens a device"
ASKS = "the owner opens a device and asks for a kthread"
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


class DevicesDrive(WorkerDrive):
    """An unprivileged owner in a cgroup of its own."""

    system = devices.SYSTEM
    options = "counts=u1"
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
    table = (
        command(OPENS, _opens, "vhost"),
        command(ASKS, _asks, "vhost"),
        command("the owner closes a device", _closes, "vhost"),
        command("the owner closes a device with a kthread", _closes_kthread, "vhost"),
    )

    def answer(self, what: Command, state: Any) -> str:
        """Return the errno of VHOST_SET_OWNER."""
        return errno_name(int(state.refused)).replace("0", "OK") if state.refused else "OK"

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return workers, counts, limits, and whether all workers are in the owner's cgroup."""
        return {
            "opened": state.opened,
            "tasks": state.tasks,
            "limit": state.limit,
            "pids": state.pids,
            "pids_max": state.pids_max,
            "in_cgroup": state.in_cgroup,
        }

    def reads(self, told: Facts) -> Facts:
        """Return the same."""
        return {
            "opened": told["vhost"],
            "tasks": told["counts"].get("u1"),
            "limit": told["seen"]["t1"]["limit"],
            "pids": told.get("pids"),
            "pids_max": told.get("pids_max"),
            "in_cgroup": told["vhost"] == told["vhost_inside"],
        }


class RetryingDrive(WorkerDrive):
    """An unprivileged task whose request blocks, so that io-wq wants a worker."""

    system = retrying.SYSTEM
    options = "look=0"
    follows = frozenset({"blocking", "full"})
    start = ("director start t1", "t1 setuid u1")
    look = ("director workers t1", "t1 request")
    table = (
        command("the limit leaves no room", "director limit 1 t1"),
        command("io wq wants a worker", "t1 submit", "io_uring"),
    )

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return whether the worker runs, and whether the request was given up with it."""
        return {"made": state.made, "gave_up": state.gave_up}

    def reads(self, told: Facts) -> Facts:
        """Return the same; who gives up cancels the request."""
        return {"made": told["io"] == 1, "gave_up": told["request"] == "ECANCELED"}
