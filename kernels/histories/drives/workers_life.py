"""Life and freezing on a real kernel: vhost devices and virtual machines, their owner, the end."""

from __future__ import annotations

from typing import Any

from kernels.histories.commands import Command, command
from kernels.histories.drive import Held, History
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts
from model.kernel import Kernel
from model.over_time import freezing, life
from model.over_time.world import Run, Stop

KTHREAD = "t1 own 0 kthread"
OVER, WORKING = (int(Run.ZOMBIE), int(Run.FREED)), (int(Run.RUNNING), int(Run.LATCHED))


def workers(told: Facts) -> int:
    """Return the workers of vhost and of KVM."""
    return int(told["vhost"] + told["kvm"])


def threads(told: Facts) -> bool | None:
    """Return whether the worker is a thread of its owner; ``None`` without one."""
    return told["vhost_threads"] + told["kvm_threads"] > 0 if workers(told) else None


class LifeDrive(WorkerDrive):
    """An owner whose address space can be seen to end, and another process."""

    system = life.SYSTEM
    options = "look=0"
    follows = frozenset({"killed", "file_here", "file_there", "kvm", "sent"})
    start = ("director start t1", "director start t2", "t1 hold")
    classes = {
        "run": ((int(Run.NONE),), WORKING, OVER),
        "stop": ((int(Stop.NO), int(Stop.TOLD), int(Stop.WAITS)), (int(Stop.DONE),)),
    }
    table = (
        command("the owner opens the device", "t1 own 0", "vhost"),
        command("the owner opens the device and asks for a kthread", KTHREAD, "vhost"),
        command("the owner starts a virtual machine", "t1 machine 0", "kvm"),
        command("the owner passes the file to another process", "t2 take t1 0"),
        command("the owners group gets SIGKILL", "director kill t1 9"),
        command("the owner closes the file", "t1 drop 0"),
        command("the other process closes the file", "t2 drop 0"),
    )

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return the owner's and the worker's life, and whether the address space is let go."""
        facts: Facts = {"owner_gone": state.owner_gone, "run": "none or over"}
        if life.lives(state):
            facts |= {"run": "works", "thread": state.thread}
            facts["kthread"] = state.kthread
        if state.owner_gone and not state.kvm:
            none = state.run == int(Run.NONE)
            facts["stop"] = "done" if none or state.stop == int(Stop.DONE) else "not done"
        return facts

    def reads(self, told: Facts) -> Facts:
        """Return the same; a device keeps its owner's memory until the worker was stopped."""
        dead = told["owner"] != "alive"
        return {
            "owner_gone": dead,
            "run": "works" if workers(told) else "none or over",
            "thread": threads(told),
            "kthread": told["vhost_kthreads"] + told["kvm_kthreads"] > 0 if workers(told) else None,
            "stop": {"held": "not done", "free": "done"}[told["memory"]] if dead else None,
        }


    def could_be(self, history: History, held: Held) -> dict[str, list[Any]]:
        """Return it; nobody has begun to stop the worker of a file that somebody holds."""
        found = super().could_be(history, held)
        if history.states[-1].file_here or history.states[-1].file_there:
            found.pop("stop", None)
        return found


def _kills_while_held(_kernel: Kernel, state: Any) -> list[str]:
    return [*(["t2 take t1 0"] if state.made else []), "director kill t1 9"]


def _suspends(what: Command) -> bool:
    return what.steps[0] == "the machine is to suspend"


class FreezingDrive(WorkerDrive):
    """An owner in a cgroup that is frozen; another process holds the device when it is killed."""

    system = freezing.SYSTEM
    options = "look=0"
    follows = frozenset({"kthread", "kvm", "suspend", "freeze", "looks"})
    start = ("director group f", "director start t1", "director start t2", "director enter f t1")
    look = ("director workers t1 f",)
    table = (
        command("the owner opens the device", "t1 own 0", "vhost"),
        command("the owner opens the device and asks for a kthread", KTHREAD, "vhost"),
        command("the owner starts a virtual machine", "t1 machine 0", "kvm"),
        command("the owner starts a virtual machine with a vhost task", "t1 machine 0", "kvm"),
        command(
            "the owners group is killed while another process holds the device",
            _kills_while_held,
        ),
        command("the machine is to suspend", "director suspend", "suspend"),
        command("the cgroup is to freeze", "director set f cgroup.freeze 1"),
    )

    def answer(self, what: Command, state: Any) -> str:
        """Return whether the machine came to rest."""
        return "EBUSY" if _suspends(what) and not freezing.suspended(state) else "OK"

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return who is there, and whether the cgroup says that it is frozen."""
        facts: Facts = {
            "killed": state.killed,
            "made": state.made,
            "frozen": bool(state.freeze and freezing.frozen(state)),
        }
        if state.made:
            facts |= {
                "thread": state.thread,
                "nofreeze": state.nofreeze,
                "in_cgroup": state.in_cgroup,
                "worker_trapped": state.worker_trapped,
            }
        return facts

    def reads(self, told: Facts) -> Facts:
        """Return the same; a frozen cgroup has everybody trapped, and no kernel thread ever is."""
        thread = threads(told)
        facts: Facts = {
            "killed": told["owner"] != "alive",
            "made": workers(told) > 0,
            "frozen": told["frozen"] == 1,
            "thread": thread,
        }
        if thread is not None:
            facts["in_cgroup"] = told["vhost_inside"] + told["kvm_inside"] > 0
            facts["nofreeze"] = told["vhost_nofreeze"] + told["kvm_nofreeze"] > 0
            facts["worker_trapped"] = told["frozen"] == 1 if thread else False
        return facts
