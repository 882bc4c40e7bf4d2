"""Accounts on a real kernel: fork, exit, wait, set*uid, execve and RLIMIT_NPROC.

Root's count is not compared: it is not the history's own.  The others are counted by trial.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from kernels.histories.drive import History, answer, task_in, user, without_task
from kernels.histories.drives.by_table import TableDrive
from kernels.histories.script import Facts, Row
from model.kernel import Kernel
from model.over_time.accounts import ACCOUNTS, slots
from model.over_time.charges import SlotLife
from model.over_time.step import Step
from model.patches import SET_USER_ASKS_CAPABILITIES, SET_USER_TESTS_NEW, UCOUNTS_NPROC

NAMES = {SlotLife.FREE: "gone", SlotLife.ALIVE: "alive", SlotLife.ZOMBIE: "zombie"}
BY_STEP = {
    "task X forks": ("{me} fork {room}",),
    "task X exits": ("{me} exit",),
    "task X is reaped": ("director reap {me} wall",),
    "task X sets its uid to user 1": ("{me} setuid u1",),
    "task X sets its real uid to 1 and its effective to 2": ("{me} setreuid u1 u2",),
    "task X executes": ("{me} execve",),
    "the limit is lowered to 1": ("director limit 1",),
    "the limit is raised to 2": ("director limit 2",),
}


def room(tasks: tuple[Any, ...]) -> str:
    """Return the actor that a fork would make: the first free slot."""
    return next((f"t{i}" for i, one in enumerate(tasks, 1) if one.life == SlotLife.FREE), "t9")


class SlotsDrive(TableDrive):
    """A task of root and one of user 1 under the limit; each slot is an actor.

    ``counts`` are the facts that the kernel's counts tell, ``of_slot`` those that a task shows.
    """

    slots: ClassVar[Callable[[Any], tuple[Any, ...]]]
    counts: ClassVar[Mapping[str, str]]
    of_slot: ClassVar[Mapping[str, Callable[[Row], Any]]]

    def opened(self, name: str) -> str:
        """Return a step's name with its slot left open."""
        return without_task(name)

    def setup(self, history: History) -> list[str]:
        """Return the two, and the limit."""
        made = ["director start t1", "director start t2", "t2 setuid u1"]
        return [*made, f"director limit {history.states[0].limit}"]

    def names(self, history: History, place: int) -> dict[str, str]:
        """Return the task of the step, and the room for one more."""
        slots = type(self).slots(history.before(place))
        return {"me": f"t{task_in(history.steps[place].name)}", "room": room(slots)}

    def ended(self, history: History, place: int) -> str:
        """Return how the model says that the call ended."""
        name, slots = history.steps[place].name, type(self).slots
        if name.endswith("forks"):
            more = _living(slots(history.after(place))) > _living(slots(history.before(place)))
            return "OK" if more else "EAGAIN"
        return "ended" if name.endswith("exits") else "OK"

    def expected(self, history: History, place: int) -> Facts:
        """Return the counts, the limit, life and facts of each task, and how the call ended."""
        state = history.after(place)
        facts: Facts = {name: getattr(state, name) for name in (*self.counts, "limit")}
        for i, slot in enumerate(type(self).slots(state), 1):
            facts[f"t{i}.life"] = NAMES[SlotLife(int(slot.life))]
            if slot.life == SlotLife.ALIVE:
                facts |= {f"t{i}.{name}": getattr(slot, name) for name in self.of_slot}
        return facts | ({"answer": self.ended(history, place)} if place >= 0 else {})

    def observed(self, _history: History, _place: int, rows: list[Row]) -> Facts:
        """Return the same from the answers: an actor that was never there is free, too."""
        seen, counts = rows[-1]["seen"], rows[-1]["counts"]
        facts: Facts = {f"t{i}.life": "gone" for i in (1, 2, 3)} | {"answer": answer(rows)}
        facts |= {name: counts[key] for name, key in self.counts.items()}
        for actor, one in seen.items():
            facts[f"{actor}.life"] = one["life"]
            if one["life"] == "alive":
                facts |= {f"{actor}.{name}": read(one) for name, read in self.of_slot.items()}
        limits = {one["limit"] for one in seen.values() if one["life"] == "alive"}
        return facts | {"limit": limits.pop() if len(limits) == 1 else None}


def _living(slots: tuple[Any, ...]) -> int:
    return sum(1 for slot in slots if slot.life == SlotLife.ALIVE)


class AccountsDrive(SlotsDrive):
    """Tasks of three users, each an actor."""

    system = ACCOUNTS
    own = BY_STEP
    slots = slots
    counts: ClassVar = {"n1": "u1", "n2": "u2"}
    of_slot: ClassVar = {"uid": lambda one: user(one["uid"]), "marked": lambda one: one["marked"]}
    options = "counts=u1,u2"
    follows = frozenset(
        {"n0", "moved", "mark_missing", "mark_undue", "escaped", "pardoned", "innocent"}
        | {f"t{i}.{fact}" for i in (1, 2, 3) for fact in ("counted", "joined", "marked", "uid")}
    )

    def hindrance(self, kernel: Kernel, state: Any, step: Step) -> str:
        """Return why not: v5.14 marks who leaves root by root's count."""
        if _by_roots_count(kernel, step):
            return "set*uid() looks at root's count, which is not the history's own"
        return super().hindrance(kernel, state, step)

    def refusals(self, history: History) -> dict[str, str]:
        """Return set*uid() to somebody else by those who are not root."""
        return {
            f"t{i} setuid u3": "EPERM"
            for i, slot in enumerate(slots(history.states[-1]), 1)
            if slot.life == SlotLife.ALIVE and slot.uid != 0
        }

    def ended(self, history: History, place: int) -> str:
        """Return it; who is marked cannot execute."""
        name = history.steps[place].name
        if name.endswith("executes") and slots(history.after(place))[task_in(name) - 1].marked:
            return "EAGAIN"
        return super().ended(history, place)


def _by_roots_count(kernel: Kernel, step: Step) -> bool:
    at_all = kernel[UCOUNTS_NPROC] and not kernel[SET_USER_TESTS_NEW]
    return bool(" sets its " in step.name and at_all and not kernel[SET_USER_ASKS_CAPABILITIES])
