"""Pid namespaces and thread groups on a real kernel: unshare, setns, clone and execve by root.

The task is t1, the other t2; once an init goes its own way, it is t2 and the next other t3.
A namespace that has no init yet is no file, so it is kept for setns() when it gets one.
"""

from __future__ import annotations

from kernels.histories.drive import History, answer, worker_seen
from kernels.histories.drives.cloning import OPENS, CloningDrive, clone, in_common
from kernels.histories.script import Facts, Row
from model import words
from model.over_time import calls
from model.over_time.caller import ASIDE, HERE, NEW, caller
from model.over_time.pid_groups import FLAGS, SYSTEM, PidGroups
from model.over_time.places import Init, Life
from model.over_time.step import Step
from model.over_time.steps.pid_namespace import inside

CLOSES = "the task closes the device"
ZAPS = "the init of the other namespace ends"
APART = "the other goes its own way"
_NEW = f"{words.NEWPID:#x}"
GONE = ("director await t2 500", "director reap t2 wall")
BY_STEP = {
    "the task sets a pid namespace aside": (f"t1 unshare {_NEW}",),
    "the task chooses its own pid namespace again": (f"t1 join @own {_NEW}",),
    "the task chooses the other pid namespace again": (f"t1 join @aside {_NEW}",),
    ZAPS: ("director kill t2 9",),
    "the init that waited is gone": GONE,
    APART: ("director look",),
    OPENS: ("t1 own 0",),
    CLOSES: ("t1 drop 0",),
    "the task unshares its signal handlers": (f"t1 unshare {words.SIGHAND:#x}",),
    "the task executes": ("t1 execve",),
}
ENDS = "the other ends"
_ALWAYS = ("for_children", "child", "made", "ignores_child")
_OF_THE_CHILD = ("child_thread", "child_sighand", "child_vm", "child_init")


class PidGroupsDrive(CloningDrive):
    """A task of root's, another that it made, and its vhost worker."""

    system = SYSTEM
    follows = frozenset(
        {"pid_ns_made", "child_reaper", "thread_apart", "barred", "starved"}
    )
    flags = FLAGS
    unshares = words.SIGHAND

    def knows(self, step: Step) -> bool:
        """Return whether it is one of the table."""
        return step.name in (*BY_STEP, ENDS) or self.flags_of(step.name) is not None

    def setup(self, history: History) -> list[str]:
        """Return the task, and its own pid namespace for setns()."""
        return ["director start t1", "director keep own t1 pid"]

    def calls(self, history: History, place: int) -> list[str]:
        """The first task in the namespace set aside makes it a file."""
        name = history.steps[place].name
        before, after = history.before(place), history.after(place)
        other = _other(history, place)
        if name == ENDS:
            reaped = [] if before.child_thread else [f"director reap {other} wall"]
            return [f"{other} exit", *reaped]
        flags = self.flags_of(name)
        if flags is None:
            return [*BY_STEP[name], *_followed(name, before, after, other)]
        born = before.child_reaper == Init.NONE and after.child_reaper == Init.ALIVE
        aside = ["director keep aside t1 pid_for_children"] if born else []
        return [clone(flags, other), *aside]

    def expected(self, history: History, place: int) -> Facts:
        """Return what is set aside, and who the other is, shares with, and lives with."""
        state = history.after(place)
        facts: Facts = {name: getattr(state, name) for name in _ALWAYS}
        if state.made:
            facts["thread"] = state.thread
        if state.child:
            facts |= {name: getattr(state, name) for name in _OF_THE_CHILD}
            facts["child_pid_ns"] = _NAMES[state.child_pid_ns]
        if place >= 0:
            name = history.steps[place].name
            facts["answer"] = "ended" if name == ENDS else _made(history, place)
        return facts

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from namespace links, kcmp and thread groups."""
        seen = rows[-1]["seen"]
        task, other = seen["t1"], seen.get(_other(history, place + 1), {"life": "gone"})
        facts: Facts = {
            "for_children": task["for_children"] != "own",
            "child": Life.ALIVE if other["life"] == "alive" else Life.NONE,
            "ignores_child": task["ignores_child"],
            "answer": answer(rows),
            **worker_seen(rows),
        }
        if facts["child"]:
            named = {"own": "own", "aside": "aside"}
            facts |= in_common(other, "child_thread", "child_sighand", "child_vm") | {
                "child_pid_ns": named.get(other["pid_ns"], "another"),
                "child_init": other["pid"] == 1,
            }
        return facts


_NAMES = {HERE: "own", NEW: "another", ASIDE: "aside"}


def _followed(name: str, before: PidGroups, after: PidGroups, other: str) -> list[str]:
    """Return what the calls of a step need around them.

    An init comes to its end only when the task has reaped whom it made there; a device is
    closed when everybody who got its descriptor by fork() has closed it.
    """
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
    failed = name.startswith("the task clones") and not history.after(place).child
    return "ENOMEM" if failed else "OK"
