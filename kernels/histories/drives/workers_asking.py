"""Asking on a real kernel: an owner, a child that shares its memory, a stranger with the file."""

from __future__ import annotations

from typing import Any

from kernels.histories.commands import Command, command
from kernels.histories.drive import History
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts, Row
from model.kernel import Kernel
from model.over_time import asking
from model.over_time.places import Life
from model.over_time.steps.cred import ONE, OTHER
from model.words import errno_name

_UIDS = {"u1": ONE, "u2": OTHER}
_SHARES = 0x500
"""CLONE_VM and CLONE_FILES."""


class AskingDrive(WorkerDrive):
    """A user with capabilities; whose a worker is, is told by the kernel's count of the other."""

    system = asking.SYSTEM
    options = "counts=u2"
    follows = frozenset({"made", "file_there", "killed", "child_asked", "asker"})
    start = (
        "director devices",
        "director start t1",
        "director start t2",
        "t1 device 0",
        "t1 become u1",
    )
    look = ("director workers t1", "director workers t3")
    table = (
        command("the owner opens the device", "t1 owner 0", "vhost"),
        command(
            "the owner makes a child that shares its memory",
            f"t1 clone t3 {_SHARES:#x} 17",
            "vhost",
        ),
        command("the child becomes another user", "t3 become u2"),
        command("the owner passes the file to another process", "t2 take t1 0", "vhost"),
        command("the owner asks for one more worker", "t1 more 0"),
        command("the child asks for one more worker", "t3 more 0"),
        command("another process asks for one more worker", "t2 more 0"),
        command("the owners group gets SIGKILL", "director kill t1 9", "vhost"),
        command("the childs group gets SIGKILL", "director kill t3 9"),
    )

    def setup(self, history: History) -> list[str]:
        """Return what prepares it; there is no child to look at yet."""
        return [*self.start, self.look[0]]

    def answer(self, what: Command, state: Any) -> str:
        """Return the errno of VHOST_NEW_WORKER."""
        asks = what.steps[0].endswith("asks for one more worker")
        return errno_name(int(state.answer)) if asks and state.answer else "OK"

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return both groups' workers, those that others are charged for, and the child."""
        alive = state.child == Life.ALIVE
        facts: Facts = {
            "workers": state.workers,
            "child_workers": state.child_workers,
            "child": alive,
        }
        if not state.killed and state.child != Life.ZOMBIE:
            facts["elsewhere"] = state.elsewhere
        if alive:
            facts["child_uid"] = state.child_uid
        return facts

    def gathered(self, place: int, rows: list[Row]) -> Facts:
        """Return the look at the owner and, after the set-up, the one at the child beside it."""
        if place < 0:
            return super().gathered(place, rows) | {"child": {}}
        last = {name: rows[-1][name] for name in ("seen", "counts")}
        return {**super().gathered(place, rows[:-1]), **last, "child": rows[-1]["told"]}

    def reads(self, told: Facts) -> Facts:
        """Return the same; of the other user's count only workers are meant."""
        child = told["seen"].get("t3", {})
        others = int(child.get("uid") == "u2")
        return {
            "workers": told["vhost"],
            "child_workers": told["child"].get("vhost", 0),
            "elsewhere": told["vhost_kthreads"] + told["counts"]["u2"] - others,
            "child": child.get("life") == "alive",
            "child_uid": _UIDS.get(child.get("uid")),
        }
