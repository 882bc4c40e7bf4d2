"""Crews on a real kernel: two vhost devices of one owner, with several workers each."""

from __future__ import annotations

from typing import Any

from kernels.histories.commands import Command, command
from kernels.histories.drives.workers import WorkerDrive
from kernels.histories.script import Facts
from model.kernel import Kernel
from model.over_time import crews
from model.words import errno_name

_PLACES = {"A": 0, "B": 1}


def _of_each(name: str, line: str) -> tuple[Command, ...]:
    return tuple(
        command(name.replace("X", one), line.format(place), "vhost")
        for one, place in _PLACES.items()
    )


class CrewsDrive(WorkerDrive):
    """An unprivileged owner in a cgroup of its own; only vhost_scsi has several workers."""

    system = crews.SYSTEM
    options = "counts=u1"
    follows = frozenset({"a", "b", "a_kthread", "b_kthread", "refused", "asked", "of_kthreads"})
    start = (
        "director devices",
        "director group own 4",
        "director start t1",
        "director enter own t1",
        "t1 setuid u1",
        "director limit 4 t1",
    )
    look = ("director workers t1 own",)
    table = (
        Command(
            ("the owner gets narrower limits",),
            lambda _kernel, _state: ["director limit 2 t1", "director set own pids.max 2"],
            frozenset({"vhost"}),
        ),
        *_of_each("the owner opens device X", "t1 crew {}"),
        *_of_each("the owner opens device X with a kthread", "t1 crew {} kthread"),
        *_of_each("the owner asks for one more worker of device X", "t1 more {}"),
        *_of_each("the owner frees a worker of device X", "t1 less {}"),
        *_of_each("the owner closes device X", "t1 drop {}"),
    )

    def answer(self, _what: Command, state: Any) -> str:
        """Return the errno of the last call."""
        return errno_name(int(state.refused)) if state.refused else "OK"

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return the workers of both devices, by kind, and what is charged for them."""
        kthreads = state.a * bool(state.a_kthread) + state.b * bool(state.b_kthread)
        return {
            "workers": state.a + state.b,
            "kthreads": kthreads,
            "tasks": state.tasks,
            "limit": state.limit,
            "pids": state.pids,
            "pids_max": state.pids_max,
        }

    def reads(self, told: Facts) -> Facts:
        """Return the same."""
        return {
            "workers": told["vhost"],
            "kthreads": told["vhost_kthreads"],
            "tasks": told["counts"].get("u1"),
            "limit": told["seen"]["t1"]["limit"],
            "pids": told.get("pids"),
            "pids_max": told.get("pids_max"),
        }
