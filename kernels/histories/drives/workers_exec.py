"""execve(), core dumps and cgroup.kill on a real kernel: the ends of a process that has workers."""

from __future__ import annotations

from typing import Any

from kernels.histories.commands import Command, Lines, command, says
from kernels.histories.drive import Held, History
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts
from kernels.histories.seen import RUNS, runs
from model.kernel import Kernel
from model.over_time import cgroup_kill, coredump, de_thread
from model.over_time.places import Dump, Execve
from model.over_time.steps import vhost_task
from model.patches import WORKER_MASK_KEPT


def _signals(who: str) -> Lines:
    """Send SIGQUIT to one thread, and give the dump its time."""
    return says(f"director tell t1 {who} 3", "director await t1 1500")


def _kills(_kernel: Kernel, state: Any) -> list[str]:
    """Kill the cgroup where the child is, or would be."""
    return [f"director set {'b' if state.into_other else 'a'} cgroup.kill 1", "director workers t1"]


class DeThreadDrive(WorkerDrive):
    """A process that executes the player again, its open files kept."""

    system = de_thread.SYSTEM
    options = "look=0"
    start = ("director start t1",)
    kinds = ("io",)
    follows = frozenset({"cancelled", "blocking"})
    classes = {"vhost": (RUNS,), "execve": ((int(Execve.ALONE), int(Execve.DONE)),)}
    own = (command("the process executes", "t1 execve"),)
    seen = ("vhost", "vhost_thread", "made", "worker_gone")

    def shows(self, kernel: Kernel, state: Any) -> Facts:
        """Return it; that the program answers is that execve() returned."""
        return super().shows(kernel, state) | {"execve": "over" if state.execve else "not begun"}

    def reads(self, told: Facts) -> Facts:
        """Return the same; the program's arguments tell the new one from the old."""
        return super().reads(told) | {"execve": "over" if told["executed"] else "not begun"}


class CoredumpDrive(WorkerDrive):
    """A process with a second thread that dumps core into a folder of its own; a tracer."""

    system = coredump.SYSTEM
    start = ("director start t1", "director start t2", "t1 cores", "t1 clone t3 0x10f00 0")
    kinds = ("io",)
    follows = frozenset({"second_leaves", "main", "vhost_thread"})
    classes = {"vhost": (RUNS,), "second": (RUNS,)}
    own = (
        command("the second thread calls exit", "t3 exit"),
        command("the main thread dumps core", _signals("main")),
        command("the io worker takes a signal and dumps core", _signals("io")),
    )
    seen = ("vhost", "made", "worker_gone", "masked")

    def answer(self, what: Command, state: Any) -> str:
        """Return whether the process is gone when a dump should be over."""
        dumps = what.steps[0].endswith("dumps core")
        return "ETIMEDOUT" if dumps and state.dump != int(Dump.DONE) else "OK"

    def refusals(self, history: History) -> dict[str, str]:
        """Return PTRACE_SETSIGMASK on an io worker, where its mask is kept."""
        kept = history.kernel[WORKER_MASK_KEPT] is True
        state = history.states[-1]
        there = vhost_task.is_alive(state) and state.dump == int(Dump.NO)
        return {"t2 unmask t1": "EPERM"} if kept and there else {}

    def shows(self, kernel: Kernel, state: Any) -> Facts:
        """Return it until somebody dumps; then whether the dump is over, and whose it was."""
        if state.dump == int(Dump.NO):
            second = {"dump": "not over", "second": runs(state.second)}
            return second | super().shows(kernel, state)
        over = {"dump": "over", "worker_dumps": state.worker_dumps}
        return over if state.dump == int(Dump.DONE) else {"dump": "not over"}

    def reads(self, told: Facts) -> Facts:
        """Return the same; the first thread in the core is the one that dumped."""
        if told["owner"] != "alive":
            return {"dump": "over", "worker_dumps": told.get("dumped_by") == "another"}
        second = told["seen"]["t3"]["life"] == "alive"
        return {"dump": "not over", "second": second} | super().reads(told)

    def could_be(self, history: History, held: Held) -> dict[str, list[Any]]:
        """Return it; that a thread was there once was seen, whatever became of it."""
        found = super().could_be(history, held)
        for name in ("vhost", "second", "made"):
            if name in found and getattr(history.states[-1], name):
                found[name] = [one for one in found[name] if one]
        return found


class CgroupKillDrive(WorkerDrive):
    """A forker in one cgroup; with CLONE_INTO_CGROUP its child is in the other."""

    system = cgroup_kill.SYSTEM
    start = (
        "director group a",
        "director group b",
        "director start t1",
        "director enter a t1",
    )
    look = ("director look",)
    follows = frozenset({"into_other", "other_killed", "kill", "forked_before", "half"})
    own = (
        command("the other cgroup is killed while empty", "director set b cgroup.kill 1"),
        command("the fork begins", "t1 fork t3"),
        command(
            "the fork into the other cgroup begins", says("t1 into t3 @b", "director workers t1")
        ),
        command("the childs cgroup is to be killed", _kills),
    )

    seen = ("killed",)

    def shows(self, kernel: Kernel, state: Any) -> Facts:
        """Return whether the forker was killed, whether there is a child, and was killed."""
        facts = super().shows(kernel, state) | {"child": bool(state.child)}
        return facts | ({"child_killed": state.child_killed} if state.child else {})

    def reads(self, told: Facts) -> Facts:
        """Return the same."""
        child = told["seen"].get("t3")
        killed = None if child is None else child["life"] != "alive"
        return super().reads(told) | {"child": child is not None, "child_killed": killed}
