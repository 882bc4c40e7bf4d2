"""Ownership of a vhost device on a real kernel: an owner, a child with its memory, a stranger."""

from __future__ import annotations

from typing import Any, ClassVar

from kernels.histories.commands import Command
from kernels.histories.drive import History
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts, Row
from kernels.histories.seen import UIDS
from model.kernel import Kernel
from model.over_time import vhost_ownership
from model.over_time.places import Life
from model.over_time.steps import vhost
from model.words import errno_name


class VhostOwnershipDrive(WorkerDrive):
    """A user with capabilities; whose a worker is, is told by the kernel's count of the other."""

    system = vhost_ownership.SYSTEM
    options = "counts=u2"
    begins_with = frozenset({"vhost"})
    follows = frozenset({"made", "file_there", "killed", "child_asked", "asker"})
    start = (
        "director devices",
        "director start t1",
        "director start t2",
        "t1 device 0",
        "t1 become u1",
    )
    look = ("director workers t1", "director workers t3")
    instead: ClassVar = {vhost.the_owner_opens_the_device: ("t1 owner 0",)}
    seen = ("workers",)

    def setup(self, history: History) -> list[str]:
        """Return what prepares it; there is no child to look at yet."""
        return [*self.start, self.look[0]]

    def answer(self, what: Command, state: Any) -> str:
        """Return the errno of VHOST_NEW_WORKER."""
        asks = what.steps[0].endswith("asks for one more worker")
        return errno_name(int(state.answer)) if asks and state.answer else "OK"

    def shows(self, kernel: Kernel, state: Any) -> Facts:
        """Return both groups' workers, those that others are charged for, and the child."""
        alive = state.child == Life.ALIVE
        facts = super().shows(kernel, state)
        facts |= {"child_workers": state.child_workers, "child": alive}
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
        return super().reads(told) | {
            "child_workers": told["child"].get("vhost", 0),
            "elsewhere": told["vhost_kthreads"] + told["counts"]["u2"] - others,
            "child": child.get("life") == "alive",
            "child_uid": UIDS.get(child.get("uid")),
        }
