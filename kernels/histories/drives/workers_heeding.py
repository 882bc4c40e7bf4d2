"""Heeding on a real kernel: the signals that a worker takes, and SIGSTOP."""

from __future__ import annotations

from typing import Any

from kernels.histories.commands import Command, Lines, command, says
from kernels.histories.drive import Held, History
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts
from model.kernel import Kernel
from model.over_time import heeding
from model.patches import VHOST_SIGKILL

_SIGNAL = 10


def _pokes(_kernel: Kernel, state: Any) -> list[str]:
    return [f"director tell t1 {'io' if state.io else 'vhost'} {_SIGNAL}"]


def _signalled(history: History) -> bool:
    alone = "the worker alone gets the signal"
    return bool(history.states[-1].signalled) or any(step.name == alone for step in history.steps)


def _opens(how: str) -> Lines:
    """Open a device whose file another process alone keeps."""
    return says(f"t1 own 0{how}", "t3 take t1 0", "t1 drop 0")


class HeedingDrive(WorkerDrive):
    """A process with a handler, a tracer, and who has the device's file."""

    system = heeding.SYSTEM
    follows = frozenset(
        {"made", "io", "kthread", "looks", "deaf", "poked", "closing"}
        | {"signalled", "signal_pending", "sigstop"}
    )
    start = (
        "director start t1",
        "director start t2",
        "director start t3",
        f"t1 handle {_SIGNAL}",
    )
    table = (
        command("the process opens a vhost device", _opens(""), "vhost"),
        command("the process opens a vhost device with a kthread", _opens(" kthread"), "vhost"),
        command("the process makes an io uring worker", "t1 submit", "io_uring"),
        command("a tracer empties the workers mask", "t2 unmask t1"),
        command("the process gets a signal that it handles", f"director kill t1 {_SIGNAL}"),
        Command(("the worker alone gets the signal",), _pokes, when=lambda state: state.thread),
        command("the process gets SIGSTOP", "director kill t1 19"),
        command("another process releases the device", "director kill t3 9"),
    )

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return who stopped, whether the handler ran, and whether the worker left its loop."""
        facts: Facts = {"handled": state.handled, "main_stopped": state.main_stopped}
        over = bool(state.left or state.worker_gone)
        facts["worker_there"] = bool(state.made and not over)
        if not state.io:
            facts["released"] = bool(state.closing and over)
        if facts["worker_there"]:
            facts |= {"thread": state.thread, "worker_stopped": state.worker_stopped}
            if state.io:
                facts["masked"] = state.masked
        return facts

    def reads(self, told: Facts) -> Facts:
        """Return the same."""
        there = told["vhost"] + told["io"]
        return {
            "handled": told["handled"] > 0 if "handled" in told else None,
            "main_stopped": told["owner"] == "stopped",
            "worker_there": there > 0,
            "released": told["seen"]["t3"]["life"] != "alive",
            "thread": told["vhost_threads"] + told["io_threads"] > 0 if there else None,
            "worker_stopped": told["vhost_stopped"] + told["io_stopped"] > 0 if there else None,
            "masked": told["mask"] == "kept" if told["io"] else None,
        }

    def could_be(self, history: History, held: Held) -> dict[str, list[Any]]:
        """Return it; a worker that is there took nothing, one that is not was not released.

        vhost's of v6.4 to v6.9 is there whatever it took.
        """
        found = super().could_be(history, held)
        last = history.states[-1]
        if last.made and (not last.closing or not (last.left or last.worker_gone)):
            known = {"left", "worker_gone"}
            if last.io or history.kernel[VHOST_SIGKILL] or not _signalled(history):
                known.add("took")
            found = {name: one for name, one in found.items() if name not in known}
        return found
