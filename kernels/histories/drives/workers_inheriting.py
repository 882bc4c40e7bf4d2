"""Inheriting on a real kernel: what a vhost worker has of its owner, then and now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kernels.histories.commands import Command, command, says
from kernels.histories.drive import History
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts
from model.over_time import inheriting
from model.over_time.step import Machine, Step
from model.over_time.steps.cred import ONE, OTHER
from model.over_time.steps.sys import LESS, MORE
from model.words import NEWUSER, NEWUTS

_UIDS = {"u1": ONE, "u2": OTHER}
_GROUPS = {"home": 1, "away": 2}
_WORKER = ("worker_uid", "worker_limit", "worker_cgroup", "worker_ns", "worker_user_ns")


def _on_thread(steps: str, line: str) -> Command:
    """Return a command for a worker that the player can name: a thread of its owner."""
    return Command((steps,), says(line), when=lambda state: bool(state.thread))


class InheritingDrive(WorkerDrive):
    """An owner with a user's uids and root's capabilities, in threaded cgroups."""

    system = inheriting.SYSTEM
    options = "look=0"
    follows = frozenset({"acting", "maker", "made", "shares_limits", "alone", "ns", "user_ns"})
    start = (
        "director devices",
        "director group home",
        "director set home cgroup.type threaded",
        "director group away",
        "director set away cgroup.type threaded",
        "director start t1",
        "director enter home t1",
        f"t1 unshare {NEWUTS:#x}",
        "t1 become u1",
        f"director limit {LESS} t1",
    )
    look = ("director has t1",)
    table = (
        command("the owner opens the device", "t1 own 0", "vhost"),
        command("the owner opens the device and asks for a kthread", "t1 own 0 kthread", "vhost"),
        Command(
            ("the owner becomes another user",),
            says("t1 become u2"),
            when=lambda state: not state.user_ns,
        ),
        command("the owners limit is changed", f"director limit {MORE} t1"),
        _on_thread("the workers limit is changed", f"director limit_worker t1 {MORE}"),
        command("the owner is moved by cgroup procs", "director enter away t1"),
        command(
            "the owners thread alone is moved by cgroup threads",
            "director enter away t1 cgroup.threads",
        ),
        command("the owner unshares its namespaces", f"t1 unshare {NEWUTS:#x}"),
        command("the owner unshares its user namespace", f"t1 unshare {NEWUSER:#x}"),
    )

    def ways(self, machine: Machine, history: History) -> Iterator[list[tuple[Step, Any]]]:
        """Yield what can be done next, where there are devices to begin with."""
        if "vhost" in self.offered:
            yield from super().ways(machine, history)

    def shows(self, _kernel: Any, state: Any) -> Facts:
        """Return what both have."""
        facts: Facts = {"uid": state.uid, "limit": state.limit, "cgroup": state.cgroup}
        if state.made:
            facts |= {name: getattr(state, name) for name in _WORKER}
            facts |= {"kthread": state.kthread, "thread": state.thread}
            facts["worker_ns"] = _which(state.worker_ns, state.ns)
            facts["worker_user_ns"] = _which(state.worker_user_ns, state.user_ns)
        return facts

    def reads(self, told: Facts) -> Facts:
        """Return the same; a worker that has not its owner's limits has far more."""
        facts: Facts = {
            "uid": _UIDS.get(told["owner_uid"]),
            "limit": told["owner_limit"],
            "cgroup": _GROUPS.get(told["owner_group"], 0),
        }
        if "worker" in told:
            limit = told["worker_limit"]
            facts |= {
                "kthread": told["worker"] == "kthread",
                "thread": told["worker"] == "thread",
                "worker_uid": _UIDS.get(told["worker_uid"], 0),
                "worker_limit": limit if limit in (LESS, MORE) else 0,
                "worker_cgroup": _GROUPS.get(told["worker_group"], 0),
                "worker_ns": told["worker_uts"],
                "worker_user_ns": told["worker_user"],
            }
        return facts


def _which(its: Any, owners: Any) -> str:
    """Return how a namespace of the worker's looks beside its owner's."""
    if its == 0:
        return "first"
    return "owner" if its == owners else "other"
