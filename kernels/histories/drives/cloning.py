"""A task, another that it clones, and a vhost worker that it may have."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from kernels.histories.drive import Drive, History, signal_of
from kernels.histories.script import Facts, Row
from model.kernel import Kernel
from model.over_time import calls
from model.over_time.caller import caller, sharing_caller
from model.words import errno_name

OPENS = "the task opens a vhost device"
LOOK = "director workers t1"
_COMMON = {
    "child_thread": "leader",
    "child_fs": "fs",
    "child_sighand": "sighand",
    "child_vm": "vm",
}


def clone(flags: int, child: str) -> str:
    """Return the task's clone() with some flags."""
    return f"t1 clone {child} {flags:#x} {signal_of(flags)}"


def in_common(child: Row, *names: str, owner: str = "t1") -> Facts:
    """Return what a child has in common with its owner, by the facts' names."""
    return {name: child[_COMMON[name]] == owner for name in names}


class CloningDrive(Drive):
    """The task is t1; ``flags`` are the ways to clone another."""

    flags: ClassVar[dict[str, int]]
    unshares: ClassVar[int]
    """What unshare() refuses to who shares it."""
    needs: ClassVar = {OPENS: "vhost"}

    def flags_of(self, name: str) -> int | None:
        """Return the flags of a step's clone(); nothing if it is none."""
        return self.flags.get(name.removeprefix("the task clones "))

    @abstractmethod
    def calls(self, history: History, place: int) -> list[str]:
        """Return the commands of a step."""

    def commands(self, history: History, place: int) -> list[str]:
        """Return the call, and a look at the worker if there is one."""
        look = history.after(place).made or history.steps[place].name == OPENS
        return [*self.calls(history, place), *([LOOK] if look else [])]

    def refusals(self, history: History) -> dict[str, str]:
        """Return the clones that share too much, and unshare() by who is not alone."""
        state, kernel = history.states[-1], history.kernel
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
