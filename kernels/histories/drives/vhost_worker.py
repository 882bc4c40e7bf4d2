"""A worker's life and the freezers on a real kernel: a device or virtual machine, its owner."""

from __future__ import annotations

from typing import Any

from kernels.histories.commands import Command
from kernels.histories.drive import Held, History
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts
from kernels.histories.seen import lives
from model.kernel import Kernel
from model.over_time import both_freezers, cgroup_freezer, vhost_worker
from model.over_time.world import Stop, WorkerRun

OVER, WORKING = (
    (int(WorkerRun.ZOMBIE), int(WorkerRun.FREED)),
    (int(WorkerRun.RUNNING), int(WorkerRun.LATCHED)),
)


class VhostWorkerDrive(WorkerDrive):
    """An owner whose address space can be seen to end, and another process."""

    system = vhost_worker.SYSTEM
    options = "look=0"
    follows = frozenset({"killed", "file_here", "file_there", "kvm", "sent"})
    start = ("director start t1", "director start t2", "t1 hold")
    classes = {
        "run": ((int(WorkerRun.NONE),), WORKING, OVER),
        "stop": ((int(Stop.NO), int(Stop.TOLD), int(Stop.WAITS)), (int(Stop.DONE),)),
    }
    seen = ("owner_gone", "run", "thread", "kthread", "stop")

    def could_be(self, history: History, held: Held) -> dict[str, list[Any]]:
        """Return it; nobody has begun to stop the worker of a file that somebody holds."""
        found = super().could_be(history, held)
        if history.states[-1].file_here or history.states[-1].file_there:
            found.pop("stop", None)
        return found


def _suspends(what: Command) -> bool:
    return what.steps[0] == "the machine is to suspend"


class BothFreezersDrive(WorkerDrive):
    """An owner in a cgroup that is frozen; another process holds the device when it is killed."""

    system = both_freezers.SYSTEM
    options = "look=0"
    home = "f"
    follows = frozenset({"kthread", "kvm", "suspend", "freeze", "looks"})
    start = ("director group f", "director start t1", "director start t2", "director enter f t1")
    look = ("director workers t1 f",)
    seen = ("killed", "made", "frozen", "thread", "nofreeze", "in_cgroup")

    def answer(self, what: Command, state: Any) -> str:
        """Return whether the machine came to rest."""
        return "EBUSY" if _suspends(what) and not both_freezers.suspended(state) else "OK"

    def shows(self, kernel: Kernel, state: Any) -> Facts:
        """Return it; a frozen cgroup has everybody trapped."""
        trapped = {"worker_trapped": state.worker_trapped}
        return super().shows(kernel, state) | (trapped if state.made else {})

    def reads(self, told: Facts) -> Facts:
        """Return the same; no kernel thread ever is."""
        facts = super().reads(told)
        trapped = told["frozen"] == 1 if facts["thread"] else False
        return facts | {"worker_trapped": None if facts["thread"] is None else trapped}


class CgroupFreezerDrive(WorkerDrive):
    """An owner in one cgroup, a frozen one beside it; who closes the device last is killed for it.

    The release may have to wait, and nothing can interrupt it: a dying process waits as well.
    """

    system = cgroup_freezer.SYSTEM
    options = "look=1"
    home = "home"
    follows = frozenset(
        {"made", "kthread", "looks", "freeze", "killed", "passed", "closing", "flushing"}
    )
    start = (
        "director group home",
        "director group away",
        "director set away cgroup.freeze 1",
        "director start t1",
        "director start t2",
        "director enter home t1",
    )
    look = ("director workers t1 home away",)
    seen = (
        *("home_says", "away_says", "owner_gone", "worker_gone", "closed", "owner_away"),
        *("worker_away", "thread"),
    )

    def shows(self, kernel: Kernel, state: Any) -> Facts:
        """Return it; a kernel thread is never trapped."""
        trapped = {"worker_trapped": state.worker_trapped}
        return super().shows(kernel, state) | (trapped if state.kthread and lives(state) else {})

    def reads(self, told: Facts) -> Facts:
        """Return the same."""
        return super().reads(told) | {"worker_trapped": False if told["vhost_kthreads"] else None}
