"""Thread groups on a real kernel: fork, vfork, threads, execve in a thread, SIGKILL, a limit each.

All actors are user 1's.  Workers of io_uring and kernel threads are not made here.
"""

from __future__ import annotations

import re
from typing import Any

from kernels.histories.drive import History, answer
from kernels.histories.drives.accounts import NAMES, room
from kernels.histories.drives.by_table import TableDrive
from kernels.histories.script import Facts, Row
from model import words
from model.kernel import Kernel
from model.over_time.charges import SlotLife
from model.over_time.step import Step
from model.over_time.thread_groups import SLOTS, SYSTEM, Groups, group_of, limit_of, tasks

_THREAD = f"{words.THREAD | words.SIGHAND | words.VM:#x}"
BY_STEP = {
    "task X forks": ("{me} fork {room}",),
    "task X calls vfork": ("{me} vfork {room}",),
    "task X clones a thread": (f"{{me}} clone {{room}} {_THREAD} 0",),
    "task X exits": ("{me} exit",),
    "process X is killed": ("director kill {me} 9",),
    "task X is reaped": ("director reap {me} wall",),
    "task X executes": ("{me} execve",),
    "the limit of process X is lowered to 1": ("{runner} setrlimit 1",),
    "the limit of process X is raised to 2": ("{runner} setrlimit 2",),
}
MAKES = ("task X forks", "task X calls vfork", "task X clones a thread")


def _parts(name: str) -> tuple[str, int]:
    """Return a step's name with its slot left open, and the slot."""
    found = re.search(r"(?:task|process) (\d)", name)
    opened = re.sub(r"(task|process) \d", r"\1 X", name)
    return opened, int(found[1]) if found else 0


def _runner(state: Groups, index: int) -> int:
    """Return who of a process can set its limit: an actor that is alive and not waiting."""
    for i, task in zip(SLOTS, tasks(state), strict=True):
        mine = task.life == SlotLife.ALIVE and group_of(state, i) == index
        if mine and not task.waits:
            return i
    return 0


class ThreadGroupsDrive(TableDrive):
    """Up to four tasks of one user, in groups."""

    system = SYSTEM
    own = BY_STEP
    options = "counts=u1"
    follows = frozenset(
        {"n0", "overran", "for_others"}
        | {f"t{i}.{fact}" for i in SLOTS for fact in ("kind", "limit", "awaited")}
        | {f"t{i}.{fact}" for i in SLOTS for fact in ("leader", "waits")}
    )

    def opened(self, name: str) -> str:
        """Return a step's name with its slot left open."""
        return _parts(name)[0]

    def hindrance(self, kernel: Kernel, state: Any, step: Step) -> str:
        """Return why not: a limit is set by its process itself."""
        name, index = _parts(step.name)
        if name.startswith("the limit") and not _runner(state, index):
            return "nobody in the process is left, or awake, to set its limit"
        return super().hindrance(kernel, state, step)

    def setup(self, history: History) -> list[str]:
        """Return one process of user 1."""
        return ["director start t1", "t1 setuid u1", f"t1 setrlimit {history.states[0].t1.limit}"]

    def names(self, history: History, place: int) -> dict[str, str]:
        """Return the task, the room for one more, and who of a process sets its limit."""
        before, index = history.before(place), _parts(history.steps[place].name)[1]
        runner = f"t{_runner(before, index)}"
        return {"me": f"t{index}", "room": room(tasks(before)), "runner": runner}

    def commands(self, history: History, place: int) -> list[str]:
        """Return the call, and a wait for those whom it ends or wakes."""
        settling = _settling(history.before(place), history.after(place))
        return [*super().commands(history, place), *settling]

    def expected(self, history: History, place: int) -> Facts:
        """Return who lives in which group, who waits, the count, and each process's limit."""
        state = history.after(place)
        facts: Facts = {"n1": state.n1}
        for i, task in zip(SLOTS, tasks(state), strict=True):
            facts[f"t{i}.life"] = NAMES[SlotLife(int(task.life))]
            if task.life == SlotLife.ALIVE:
                facts |= {f"t{i}.leader": task.leader, f"t{i}.waits": task.waits}
                facts[f"t{i}.limit"] = limit_of(state, i)
        return facts | ({"answer": _answer(history, place)} if place >= 0 else {})

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from /proc."""
        seen = rows[-1]["seen"]
        facts: Facts = {"n1": rows[-1]["counts"]["u1"], "answer": answer(rows)}
        for i in SLOTS:
            one = seen.get(f"t{i}", {"life": "gone"})
            facts[f"t{i}.life"] = one["life"]
            if one["life"] == "alive":
                leads = one["leader"] == f"t{i}"
                facts[f"t{i}.leader"] = 0 if leads else _slot(one["leader"])
                facts |= {f"t{i}.waits": one["waits"], f"t{i}.limit": one.get("limit")}
        return facts


def _slot(name: str) -> Any:
    return int(name[1:]) if re.fullmatch(r"t\d", name) else name


def _settling(before: Groups, after: Groups) -> list[str]:
    """Return waits: for the end of others, and for the answer of a vfork()."""
    pairs = list(zip(SLOTS, tasks(before), tasks(after), strict=True))
    ended = [
        i for i, old, new in pairs if old.life == SlotLife.ALIVE and new.life != SlotLife.ALIVE
    ]
    woken = [i for i, old, new in pairs if old.waits and not new.waits and i not in ended]
    return [f"director await t{i} 500" for i in ended] + [
        f"director answered t{i}" for i in woken
    ]


def _answer(history: History, place: int) -> str:
    """Return how the model says that the call ended."""
    name, _ = _parts(history.steps[place].name)
    before, after = history.before(place), history.after(place)
    if name in MAKES:
        return "OK" if _there(after) > _there(before) else "EAGAIN"
    return "ended" if name == "task X exits" else "OK"


def _there(state: Groups) -> int:
    return sum(1 for task in tasks(state) if task.life != SlotLife.FREE)
