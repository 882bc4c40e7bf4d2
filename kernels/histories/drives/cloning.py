"""A task, another that it clones, and a vhost worker that it may have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from kernels.histories.drive import History
from kernels.histories.drives.by_table import TableDrive
from kernels.histories.script import Facts, Row
from model.kernel import Kernel
from model.over_time import calls
from model.over_time.caller import caller, sharing_caller
from model.over_time.places import Life
from model.over_time.step import Step
from model.words import SIGCHLD, THREAD, errno_name

OPENS = "the task opens a vhost device"
LOOK = "director workers t1"
_OF_THE_TASK: dict[str, Callable[[Row], Any]] = {
    "user_ns": lambda task: int(task["ns"] != "init"),
    "for_children": lambda task: task["for_children"] != "own",
    "ignores_child": lambda task: task["ignores_child"],
}
_OF_THE_CHILD: dict[str, Callable[[Row], Any]] = {
    "child_thread": lambda child: child["leader"] == "t1",
    "child_fs": lambda child: child["fs"] == "t1",
    "child_sighand": lambda child: child["sighand"] == "t1",
    "child_vm": lambda child: child["vm"] == "t1",
    "child_init": lambda child: child["pid"] == 1,
    "child_user_ns": lambda child: int(child["ns"] != "init"),
}


def signal_of(flags: int) -> int:
    """Return the exit signal that a clone() with these flags is given: a thread has none."""
    return 0 if flags & THREAD else SIGCHLD


def clone(flags: int, child: str) -> str:
    """Return the task's clone() with some flags."""
    return f"t1 clone {child} {flags:#x} {signal_of(flags)}"


class CloningDrive(TableDrive):
    """The task is t1; ``flags`` are the ways to clone another, ``common`` what is looked at.

    ``unshares`` is what unshare() refuses to who shares it; without one no call is tried.
    """

    flags: ClassVar[dict[str, int]]
    unshares: ClassVar[int] = 0
    common: ClassVar[tuple[str, ...]]
    needs: ClassVar = {OPENS: "vhost"}

    def flags_of(self, step: Step) -> int | None:
        """Return the flags of a step's clone(); nothing if it is none."""
        return self.flags.get(step.name.removeprefix("the task clones "))

    def knows(self, step: Step) -> bool:
        """Return whether it is one of the table, or a clone()."""
        return super().knows(step) or self.flags_of(step) is not None

    def looks(self, history: History, place: int) -> list[str]:
        """Return a look at the worker after a step if there is one."""
        opens = history.steps[place].name == OPENS
        return [LOOK] if opens or history.after(place).made else []

    def refusals(self, history: History) -> dict[str, str]:
        """Return the clones that share too much, and unshare() by who is not alone."""
        state, kernel = history.states[-1], history.kernel
        if not self.unshares:
            return {}
        asked = {
            clone(flags, "t9"): calls.clone(kernel, caller(state), flags, signal_of(flags)).errno
            for flags in self.flags.values()
        }
        made = asked | self.unshared(kernel, state)
        return {line: errno_name(int(errno)) for line, errno in made.items() if errno}

    def unshared(self, kernel: Kernel, state: Any) -> dict[str, Any]:
        """Return what comes of unshare()."""
        errno = calls.unshare(kernel, sharing_caller(state), self.unshares)[0]
        return {f"t1 unshare {self.unshares:#x}": errno}

    def in_common(self, state: Any) -> Facts:
        """Return what a state says of the task, and of its child if that is alive."""
        known = _OF_THE_TASK | (_OF_THE_CHILD if state.child == Life.ALIVE else {})
        return {name: getattr(state, name) for name in self.common if name in known}

    def seen_of(self, task: Row, child: Row) -> Facts:
        """Return the same as it was seen."""
        of_child = _OF_THE_CHILD if child["life"] == "alive" else {}
        every = [(_OF_THE_TASK, task), (of_child, child)]
        return {
            name: read[name](row) for read, row in every for name in self.common if name in read
        }


def worker_seen(rows: list[Row]) -> Facts:
    """Return whether a vhost task was seen, and whether it is a thread, where there was a look."""
    told = rows[-1]["told"]
    if "vhost" not in told:
        return {"made": False}
    return {
        "made": told["vhost"] > told["vhost_kthreads"],
        "thread": told["vhost_threads"] > 0,
    }
