"""Workers' signals on a real kernel: the signals that a worker takes, and SIGSTOP."""

from __future__ import annotations

from typing import Any, ClassVar

from kernels.histories.drive import Held, History
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.given import SIGNAL
from kernels.histories.script import Facts
from kernels.histories.seen import lives
from model.kernel import Kernel
from model.over_time import worker_signals
from model.over_time.steps import vhost
from model.patches import VHOST_SIGKILL


def _signalled(history: History) -> bool:
    alone = "the worker alone gets the signal"
    return bool(history.states[-1].signalled) or any(step.name == alone for step in history.steps)


_KEPT_ELSEWHERE = ("t3 take t1 0", "t1 drop 0")
"""Another process alone keeps the file."""


class WorkerSignalsDrive(WorkerDrive):
    """A process with a handler, a tracer, and who has the device's file."""

    system = worker_signals.SYSTEM
    follows = frozenset(
        {"made", "io", "kthread", "looks", "deaf", "poked", "closing"}
        | {"signalled", "signal_pending", "sigstop"}
    )
    start = (
        "director start t1",
        "director start t2",
        "director start t3",
        f"t1 handle {SIGNAL}",
    )
    instead: ClassVar = {
        vhost.the_owner_opens_the_device: ("t1 own 0", *_KEPT_ELSEWHERE),
        vhost.the_owner_opens_the_device_and_asks_for_a_kthread: (
            "t1 own 0 kthread", *_KEPT_ELSEWHERE
        ),
    }
    seen = ("handled", "main_stopped", "thread", "worker_stopped", "masked")

    def shows(self, kernel: Kernel, state: Any) -> Facts:
        """Return it, whether the worker left its loop, and whether vhost's was waited for."""
        there = lives(state)
        released = bool(state.closing and (state.left or state.worker_gone))
        facts = super().shows(kernel, state) | {"worker_there": there}
        return facts if state.io else facts | {"released": released}

    def reads(self, told: Facts) -> Facts:
        """Return the same."""
        there = told["vhost"] + told["io"] > 0
        released = told["seen"]["t3"]["life"] != "alive"
        return super().reads(told) | {"worker_there": there, "released": released}

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
