"""Cold on a real kernel: freeze, thaw, migration, SIGKILL and release with a vhost worker."""

from __future__ import annotations

from typing import Any

from kernels.histories.commands import command, says
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts
from model.kernel import Kernel
from model.over_time import cold

KTHREAD = "t1 own 0 kthread"


def _moves(_kernel: Kernel, state: Any) -> list[str]:
    return [f"director enter {'home' if state.owner_away else 'away'} t1"]


class ColdDrive(WorkerDrive):
    """An owner in one cgroup, a frozen one beside it; who closes the device last is killed for it.

    The release may have to wait, and nothing can interrupt it: a dying process waits as well.
    """

    system = cold.SYSTEM
    options = "look=1"
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
    table = (
        command("the owner opens the device", "t1 own 0", "vhost"),
        command("the owner opens the device and asks for a kthread", KTHREAD, "vhost"),
        command("the owner gives the file away", says("t2 take t1 0", "t1 drop 0")),
        command("the home cgroup is to freeze", "director set home cgroup.freeze 1"),
        command("the home cgroup is to thaw", "director set home cgroup.freeze 0"),
        command("the process is moved to the other cgroup", _moves),
        command("the owners group gets SIGKILL", "director kill t1 9"),
        command("the other process closes the file", "director kill t2 9"),
    )

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return who is where, who is gone, and what both cgroups say."""
        facts: Facts = {
            "home_says": state.home_says,
            "away_says": state.away_says,
            "owner_gone": state.owner_gone,
            "worker_gone": bool(state.worker_gone or not state.made),
        }
        if state.passed:
            facts["closed"] = state.closed
        if not state.owner_gone:
            facts["owner_away"] = state.owner_away
        if state.made and not state.worker_gone:
            facts |= {"worker_away": state.worker_away, "thread": state.thread}
            if state.kthread:
                facts["worker_trapped"] = state.worker_trapped
        return facts

    def reads(self, told: Facts) -> Facts:
        """Return the same; a kernel thread is never trapped."""
        gone = told["vhost"] == 0
        owner = told["owner"] in ("zombie", "gone")
        return {
            "home_says": told["frozen"] == 1,
            "away_says": told["other_frozen"] == 1,
            "owner_gone": owner,
            "worker_gone": gone,
            "owner_away": None if owner else not told["owner_inside"],
            "worker_away": None if gone else told["vhost_inside"] == 0,
            "thread": None if gone else told["vhost_threads"] > 0,
            "worker_trapped": False if told["vhost_kthreads"] else None,
            "closed": told["seen"]["t2"]["life"] != "alive",
        }
