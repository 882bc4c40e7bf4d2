"""Execing, dumping and killing on a real kernel: the ends of a process that has workers."""

from __future__ import annotations

from typing import Any

from kernels.histories.commands import Command, Lines, command, says
from kernels.histories.drive import Held, History
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts
from model.kernel import Kernel
from model.over_time import dumping, execing, killing
from model.over_time.places import Dump, Execve, Thread
from model.over_time.steps import vhost_task
from model.patches import WORKER_MASK_KEPT

_OPENS = "the process opens a vhost device"
_RUNS = ((int(Thread.LIVE), int(Thread.KILLED)),)


def _runs(thread: Any) -> bool:
    return int(thread) in _RUNS[0]


def _io_worker(state: Any) -> Facts:
    """Return what shows of the io worker: that there was none yet, or whether it is gone."""
    return {"worker_gone": state.worker_gone} if state.made else {"made": False}


def _signals(who: str) -> Lines:
    """Send SIGQUIT to one thread, and give the dump its time."""
    return says(f"director tell t1 {who} 3", "director await t1 1500")


def _kills(_kernel: Kernel, state: Any) -> list[str]:
    """Kill the cgroup where the child is, or would be."""
    return [f"director set {'b' if state.into_other else 'a'} cgroup.kill 1", "director workers t1"]


class ExecingDrive(WorkerDrive):
    """A process that executes the player again, its open files kept."""

    system = execing.SYSTEM
    options = "look=0"
    start = ("director start t1",)
    follows = frozenset({"cancelled", "blocking"})
    classes = {"vhost": _RUNS, "execve": ((int(Execve.ALONE), int(Execve.DONE)),)}
    table = (
        command(_OPENS, "t1 own 0", "vhost"),
        command(
            (
                "the process submits work that blocks",
                "io wq queues the making of a worker",
                "the process runs the task work and makes an io worker",
            ),
            "t1 submit",
            "io_uring",
        ),
        command("the process executes", "t1 execve"),
    )

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return which workers live; that the program answers is that execve() returned."""
        facts: Facts = {
            "vhost": _runs(state.vhost),
            "execve": "over" if state.execve else "not begun",
        } | _io_worker(state)
        if facts["vhost"]:
            facts["vhost_thread"] = state.vhost_thread
        return facts

    def reads(self, told: Facts) -> Facts:
        """Return the same; the program's arguments tell the new one from the old."""
        return {
            "vhost": told["vhost"] > 0,
            "made": told["io"] > 0,
            "worker_gone": told["io"] == 0,
            "execve": "over" if told["executed"] else "not begun",
            "vhost_thread": told["vhost_threads"] > 0 if told["vhost"] else None,
        }


class DumpingDrive(WorkerDrive):
    """A process with a second thread that dumps core into a folder of its own; a tracer."""

    system = dumping.SYSTEM
    start = ("director start t1", "director start t2", "t1 cores", "t1 clone t3 0x10f00 0")
    follows = frozenset({"second_leaves", "main", "vhost_thread"})
    classes = {"vhost": _RUNS, "second": _RUNS}
    table = (
        command(_OPENS, "t1 own 0", "vhost"),
        command("the process makes an io worker", "t1 submit", "io_uring"),
        command("a tracer sets the io workers mask", "t2 unmask t1"),
        command("the second thread calls exit", "t3 exit"),
        command("the main thread dumps core", _signals("main")),
        command("the io worker takes a signal and dumps core", _signals("io")),
    )

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

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return who lives, the worker's mask, whether the dump is over, and whose it was."""
        facts: Facts = {"dump": "over" if state.dump == int(Dump.DONE) else "not over"}
        if state.dump == int(Dump.NO):
            facts |= {name: _runs(getattr(state, name)) for name in ("second", "vhost")}
            facts |= _io_worker(state) | {"masked": state.masked}
        if state.dump == int(Dump.DONE):
            facts["worker_dumps"] = state.worker_dumps
        return facts

    def reads(self, told: Facts) -> Facts:
        """Return the same; the first thread in the core is the one that dumped."""
        over = told["owner"] != "alive"
        facts: Facts = {"dump": "over" if over else "not over"}
        if over:
            return {**facts, "worker_dumps": told.get("dumped_by") == "another"}
        second = told["seen"]["t3"]["life"] == "alive"
        facts |= {"second": second, "vhost": told["vhost"] > 0}
        facts |= {"made": told["io"] > 0, "worker_gone": told["io"] == 0}
        if facts["made"]:
            facts["masked"] = told["mask"] != "none"
        return facts

    def could_be(self, history: History, held: Held) -> dict[str, list[Any]]:
        """Return it; that a thread was there once was seen, whatever became of it."""
        found = super().could_be(history, held)
        for name in ("vhost", "second", "made"):
            if name in found and getattr(history.states[-1], name):
                found[name] = [one for one in found[name] if one]
        return found


class KillingDrive(WorkerDrive):
    """A forker in one cgroup; with CLONE_INTO_CGROUP its child is in the other."""

    system = killing.SYSTEM
    start = (
        "director group a",
        "director group b",
        "director start t1",
        "director enter a t1",
    )
    look = ("director look",)
    follows = frozenset(
        {"into_other", "other_killed", "kill", "forked_before", "forked_after", "half"}
    )
    table = (
        command("the other cgroup is killed while empty", "director set b cgroup.kill 1"),
        command("the fork begins", "t1 fork t3"),
        command(
            "the fork into the other cgroup begins", says("t1 into t3 @b", "director workers t1")
        ),
        command("the childs cgroup is to be killed", _kills),
    )

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return who is there and who was killed."""
        facts: Facts = {"killed": state.killed, "child": bool(state.child)}
        if state.child:
            facts["child_killed"] = state.child_killed
        return facts

    def reads(self, told: Facts) -> Facts:
        """Return the same."""
        child = told["seen"].get("t3")
        return {
            "killed": told["seen"]["t1"]["life"] != "alive",
            "child": child is not None,
            "child_killed": None if child is None else child["life"] != "alive",
        }
