"""Pid namespaces and thread groups on a real kernel: unshare, setns, clone and execve by root.

The task is t1, the other t2; once an init goes its own way, it is t2 and the next other t3.
A namespace that has no init yet is no file, so it is kept for setns() when it gets one.
"""

from __future__ import annotations

from typing import ClassVar

from kernels.histories.drive import History, answer
from kernels.histories.drives.cloning import OPENS, CloningDrive, clone, worker_seen
from kernels.histories.script import Facts, Row
from model import words
from model.over_time import calls
from model.over_time.caller import ASIDE, HERE, NEW, caller
from model.over_time.pid_namespaces import FLAGS, SYSTEM
from model.over_time.places import Init, Life
from model.over_time.steps.pid_namespace import inside

CLOSES = "the task closes the device"
ZAPS = "the init of the other namespace ends"
APART = "the other goes its own way"
GONE = ("director await t2 500", "director reap t2 wall")
ENDS = "the other ends"
CLONES = "the task clones "


class PidNamespacesDrive(CloningDrive):
    """A task of root's, another that it made, and its vhost worker."""

    system = SYSTEM
    follows = frozenset(
        {"pid_ns_made", "child_reaper", "thread_apart", "barred", "starved"}
    )
    flags = FLAGS
    unshares = words.SIGHAND
    common = (
        *("for_children", "ignores_child"),
        *("child_thread", "child_sighand", "child_vm", "child_init"),
    )
    own: ClassVar = {
        ZAPS: ("director kill t2 9",),
        "the init that waited is gone": GONE,
        APART: ("director look",),
        OPENS: ("t1 own 0",),
        CLOSES: ("t1 drop 0",),
        "the task unshares its signal handlers": (f"t1 unshare {words.SIGHAND:#x}",),
        ENDS: ("{other} exit",),
    }

    def setup(self, history: History) -> list[str]:
        """Return the task, and its own pid namespace for setns()."""
        return ["director start t1", "director keep own t1 pid"]

    def names(self, history: History, place: int) -> dict[str, str]:
        """Return the other."""
        return {"other": _other(history, place)}

    def commands(self, history: History, place: int) -> list[str]:
        """Return the call; the first task in the namespace set aside makes it a file."""
        other, flags = _other(history, place), self.flags_of(history.steps[place])
        made = super().commands(history, place) if flags is None else [clone(flags, other)]
        return [*made, *_followed(history, place, other), *self.looks(history, place)]

    def expected(self, history: History, place: int) -> Facts:
        """Return what is set aside, and who the other is, shares with, and lives with."""
        state = history.after(place)
        facts = self.in_common(state) | {"child": state.child, "made": state.made}
        if state.made:
            facts["thread"] = state.thread
        if state.child:
            facts["child_pid_ns"] = _NAMES[state.child_pid_ns]
        if place >= 0:
            name = history.steps[place].name
            facts["answer"] = "ended" if name == ENDS else _made(history, place)
        return facts

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from namespace links, kcmp and thread groups."""
        seen = rows[-1]["seen"]
        other = seen.get(_other(history, place + 1), {"life": "gone"})
        alive = other["life"] == "alive"
        facts = self.seen_of(seen["t1"], other) | worker_seen(rows)
        facts |= {"child": Life.ALIVE if alive else Life.NONE, "answer": answer(rows)}
        if alive:
            named = {"own": "own", "aside": "aside"}
            facts["child_pid_ns"] = named.get(other["pid_ns"], "another")
        return facts


_NAMES = {HERE: "own", NEW: "another", ASIDE: "aside"}


def _followed(history: History, place: int, other: str) -> list[str]:
    """Return what the calls of a step need after them.

    An init comes to its end only when the task has reaped whom it made there; a device is
    closed when everybody who got its descriptor by fork() has closed it.
    """
    name, before, after = history.steps[place].name, history.before(place), history.after(place)
    if name == ENDS:
        return [] if before.child_thread else [f"director reap {other} wall"]
    if name.startswith(CLONES):
        born = before.child_reaper == Init.NONE and after.child_reaper == Init.ALIVE
        return ["director keep aside t1 pid_for_children"] if born else []
    if name == CLOSES:
        has_it = {other} if before.child else set()
        has_it |= {"t2"} if other == "t3" and before.child_reaper == Init.ALIVE else set()
        return [f"{name} drop 0" for name in sorted(has_it)]
    if name != ZAPS:
        return []
    killed = [f"director await {other} 500", f"director reap {other} wall"]
    first = killed if inside(before) and other != "t2" else []
    return [*first, *(GONE if after.child_reaper == Init.GONE else [])]


def _other(history: History, place: int) -> str:
    """Return the actor that is the other one, before a step."""
    return "t3" if any(step.name == APART for step in history.steps[:place]) else "t2"


def _made(history: History, place: int) -> str:
    """Return how a call ended: a clone() fails where the namespace set aside lost its init."""
    name = history.steps[place].name
    if name == OPENS:
        asked = caller(history.before(place))
        errno = int(calls.vhost_worker(history.kernel, True, asked).errno)
        return words.errno_name(errno) if errno else "OK"
    failed = name.startswith(CLONES) and not history.after(place).child
    return "ENOMEM" if failed else "OK"
