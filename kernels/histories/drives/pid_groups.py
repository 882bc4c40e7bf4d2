"""Pid namespaces and thread groups on a real kernel: unshare, setns, clone and execve by root.

The task is t1, the other t2; once an init goes its own way, it is t2 and the next other t3.
A namespace that has no init yet is no file, so it is kept for setns() when it gets one.
"""

from __future__ import annotations

from typing import ClassVar

from kernels.histories.drive import Drive, History, answer, signal_of, worker_seen
from kernels.histories.script import Facts, Row
from model import words
from model.over_time import pid_questions
from model.over_time.pid_groups import FLAGS, SYSTEM, Init, PidGroups, closed, inside, threads
from model.over_time.pid_questions import Aside
from model.over_time.slots import how_many
from model.over_time.step import Step

CLONES = {f"the task clones {how}": flags for how, flags in FLAGS.items()}
OPENS = "the task opens a vhost device"
CLOSES = "the task closes the device"
LOOK = "director workers t1"
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


class PidGroupsDrive(Drive):
    """A task of root's, another that it made, and its vhost worker."""

    system = SYSTEM
    follows = frozenset({"made", "init", "apart", "barred", "starved"})
    needs: ClassVar = {OPENS: "vhost"}

    def knows(self, step: Step) -> bool:
        """Return whether it is one of the table."""
        return step.name in BY_STEP or step.name in CLONES or step.name == ENDS

    def setup(self, history: History) -> list[str]:
        """Return the task, and its own pid namespace for setns()."""
        return ["director start t1", "director keep own t1 pid"]

    def commands(self, history: History, place: int) -> list[str]:
        """Return the call, and a look at the worker if there is one."""
        opens = history.steps[place].name == OPENS
        look = [LOOK] if opens or history.after(place).worker else []
        return [*self._calls(history, place), *look]

    def _calls(self, history: History, place: int) -> list[str]:
        """The first task in the namespace set aside makes it a file."""
        name = history.steps[place].name
        before, after = history.before(place), history.after(place)
        other = _other(history, place)
        if name == ENDS:
            reaped = [] if before.other_thread else [f"director reap {other} wall"]
            return [f"{other} exit", *reaped]
        if name not in CLONES:
            return [*BY_STEP[name], *_followed(name, before, after, other)]
        made = [f"t1 clone {other} {CLONES[name]:#x} {signal_of(CLONES[name])}"]
        born = before.init == Init.NONE and after.init == Init.ALIVE
        return made + (["director keep aside t1 pid_for_children"] if born else [])

    def refusals(self, history: History) -> dict[str, str]:
        """Return the clones, and the unshare() of shared signal handlers, that are refused."""
        state: PidGroups = history.states[-1]
        aside = _aside(state)
        made: dict[str, str] = {}
        for flags in FLAGS.values():
            errno = int(pid_questions.clones(history.kernel, flags, aside).errno)
            if errno:
                made[f"t1 clone t9 {flags:#x} {signal_of(flags)}"] = words.errno_name(errno)
        sharers = how_many((True, state.other_sighand, state.worker_thread), 32)
        errno = int(pid_questions.unshares_handlers(history.kernel, sharers, threads(state)))
        made |= {f"t1 unshare {words.SIGHAND:#x}": words.errno_name(errno)} if errno else {}
        return made

    def expected(self, history: History, place: int) -> Facts:
        """Return what is set aside, and who the other is, shares with, and lives with."""
        state = history.after(place)
        facts: Facts = {name: getattr(state, name) for name in ("aside", "other", "worker")}
        facts["ignores"] = state.ignores
        if state.worker:
            facts["worker_thread"] = state.worker_thread
        if state.other:
            facts |= {
                "other_thread": state.other_thread,
                "other_sighand": state.other_sighand,
                "other_vm": state.other_vm,
                "other_ns": _NAMES[state.other_ns],
                "other_init": state.other_init,
            }
        if place >= 0:
            name = history.steps[place].name
            facts["answer"] = "ended" if name == ENDS else _made(history, place)
        return facts

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from namespace links, kcmp and thread groups."""
        seen = rows[-1]["seen"]
        task, other = seen["t1"], seen.get(_other(history, place + 1), {"life": "gone"})
        facts: Facts = {
            "aside": task["for_children"] != "own",
            "other": other["life"] == "alive",
            "ignores": task["ignores_child"],
            "answer": answer(rows),
            **worker_seen(rows),
        }
        if facts["other"]:
            named = {"own": "own", "aside": "aside"}
            facts |= {
                "other_thread": other["leader"] == "t1",
                "other_sighand": other["sighand"] == "t1",
                "other_vm": other["vm"] == "t1",
                "other_ns": named.get(other["pid_ns"], "another"),
                "other_init": other["pid"] == 1,
            }
        return facts


_NAMES = {
    pid_questions.HERE: "own",
    pid_questions.NEW: "another",
    pid_questions.ASIDE: "aside",
}


def _followed(name: str, before: PidGroups, after: PidGroups, other: str) -> list[str]:
    """Return what the calls of a step need around them.

    An init comes to its end only when the task has reaped whom it made there; a device is
    closed when everybody who got its descriptor by fork() has closed it.
    """
    if name == CLOSES:
        has_it = {other} if before.other else set()
        has_it |= {"t2"} if other == "t3" and before.init == Init.ALIVE else set()
        return [f"{name} drop 0" for name in sorted(has_it)]
    if name != ZAPS:
        return []
    killed = [f"director await {other} 500", f"director reap {other} wall"]
    first = killed if inside(before) and other != "t2" else []
    return [*first, *(GONE if after.init == Init.GONE else [])]


def _other(history: History, place: int) -> str:
    """Return the actor that is the other one, before a step."""
    return "t3" if any(step.name == APART for step in history.steps[:place]) else "t2"


def _aside(state: PidGroups) -> Aside:
    """Return the namespace that the next child would be made in."""
    own = not state.aside
    return Aside(own, own or state.init != Init.NONE, bool(state.aside and closed(state)))


def _made(history: History, place: int) -> str:
    """Return how a call ended: a clone() fails where the namespace set aside lost its init."""
    name = history.steps[place].name
    if name == OPENS:
        asked = _aside(history.before(place))
        errno = int(pid_questions.opens_a_device(history.kernel, asked).errno)
        return words.errno_name(errno) if errno else "OK"
    failed = name in CLONES and not history.after(place).other
    return "ENOMEM" if failed else "OK"
