"""Families on a real kernel: parents, siblings, orphans, exit signals and who may wait.

The director is the reaper.  Whether the caller is an init is settled when it is made, so a
history in which it becomes one begins with that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from kernels.histories.drive import TWO_CALLERS, History, answer
from kernels.histories.drives.by_table import TableDrive
from kernels.histories.script import Facts, Row
from model import words
from model.over_time import calls
from model.over_time.caller import caller
from model.over_time.families import SYSTEM
from model.over_time.places import Life, Parentage
from model.over_time.step import Machine, Step
from model.over_time.world import World

BEGINS = "the caller begins to clone a sibling"
IS_PUBLISHED = "the sibling is published"
IS_INIT = "the caller becomes the init of a pid namespace"
ENDS = "the new task ends"
THREAD = words.THREAD | words.SIGHAND | words.VM
PARENTS = {Parentage.CALLER: "t2", Parentage.GRANDPARENT: "t1", Parentage.REAPER: "director"}
NAMES = {Life.NONE: "gone", Life.ALIVE: "alive", Life.ZOMBIE: "zombie", Life.GONE: "gone"}


class FamiliesDrive(TableDrive):
    """Grandparent t1, caller t2, new task t3."""

    system = SYSTEM
    options = "blocked=1"
    own: ClassVar = {
        IS_INIT: ("director look",),
        "the caller forks": (f"t2 clone t3 0 {words.SIGCHLD}",),
        "the caller clones a child without exit signal": ("t2 clone t3 0 0",),
        "the caller clones a thread": (f"t2 clone t3 {THREAD:#x} 0",),
        "the caller clones a child that is reaped by itself": (
            f"t2 clone t3 {words.AUTOREAP:#x} 0",
        ),
        BEGINS: (),
        IS_PUBLISHED: (f"t2 clone t3 {words.PARENT:#x} 0",),
        "the grandparent ends": ("t1 exit", "director reap t1 wall"),
        "the caller ends": ("t2 exit", "director reap t2 wall"),
        ENDS: ("t3 exit",),
        "a parent waits for children with SIGCHLD": ("director reap t3 plain",),
        "a parent waits for all children": ("director reap t3 wall",),
    }
    follows = frozenset(
        {"sampled", "autoreap", "waited", "notified", "child_thread", "child_parent"}
    )

    def cannot(self, history: History) -> str:
        """Return why not: a half of a fork with something in between."""
        names = [step.name for step in history.steps]
        for name, following in zip(names, [*names[1:], ""], strict=True):
            if name == BEGINS and following != IS_PUBLISHED:
                return TWO_CALLERS
        if IS_INIT in names[1:]:
            return "whether the caller is an init is settled when it is made"
        return super().cannot(history)

    def can_follow(self, history: History, step: Step) -> bool:
        """Return whether a walk may go on so: halves of one fork belong together."""
        if history.states[-1].forking:
            return step.name == IS_PUBLISHED
        return self.knows(step) and (step.name != IS_INIT or not history.steps)

    def ways(self, machine: Machine, history: History) -> Iterator[list[tuple[Step, Any]]]:
        """Yield one step each, but both halves of a fork at once."""
        for way in super().ways(machine, history):
            _, state = way[-1]
            if not state.forking:
                yield way
                continue
            halfway = History(history.kernel, [*history.steps, way[-1][0]], [state])
            yield from ([*way, *rest] for rest in super().ways(machine, halfway))

    def setup(self, history: History) -> list[str]:
        """Return grandparent and caller, who is an init if the history says so."""
        init = any(step.name == IS_INIT for step in history.steps)
        flags = words.NEWPID if init else 0
        return ["director start t1", f"t1 clone t2 {flags:#x} {int(history.states[0].exit_signal)}"]

    def refusals(self, history: History) -> dict[str, str]:
        """Return an init's sibling, and wait() for whom only __WALL waits."""
        state: World = history.states[-1]
        made: dict[str, str] = {}
        if state.owner_init and not state.owner_gone:
            errno = int(calls.clone(history.kernel, caller(state), words.PARENT, 0).errno)
            made |= {f"t2 clone t9 {words.PARENT:#x} 0": words.errno_name(errno)} if errno else {}
        if state.child == Life.ZOMBIE and state.child_signal != words.SIGCHLD:
            made["director reap t3 plain"] = "ECHILD"
        return made

    def expected(self, history: History, place: int) -> Facts:
        """Return who lives, whose child the new task is, its exit signal, and who was told."""
        state: World = history.after(place)
        facts: Facts = {
            "parent_gone": state.parent_gone,
            "owner_gone": state.owner_gone,
            "child": NAMES[Life(int(state.child))],
        }
        made_init = any(step.name == IS_INIT for step in history.steps)
        facts["owner_init"] = made_init and not state.owner_gone
        if not state.owner_gone:
            facts["exit_signal"] = state.exit_signal
        if state.child in (Life.ALIVE, Life.ZOMBIE):
            facts["child_thread"] = state.child_thread
            if not state.child_thread:
                facts["child_parent"] = PARENTS[Parentage(int(state.child_parent))]
                facts["child_signal"] = state.child_signal
        if place >= 0 and history.steps[place].name == ENDS:
            facts["notified"] = state.notified
        if place >= 0:
            facts["answer"] = "ended" if history.steps[place].name.endswith("ends") else "OK"
        return facts

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from /proc and the signals that came."""
        seen = rows[-1]["seen"]
        gone: Row = {"life": "gone"}
        child, owner = seen.get("t3", gone), seen.get("t2", gone)
        facts: Facts = {
            "parent_gone": seen["t1"]["life"] == "gone",
            "owner_gone": owner["life"] == "gone",
            "child": child["life"],
            "forking": False,
            "answer": answer(rows),
            "owner_init": owner.get("pid") == 1 and owner["life"] == "alive",
        }
        if owner["life"] == "alive":
            facts["exit_signal"] = owner["exit_signal"]
        if child["life"] != "gone":
            facts["child_thread"] = child["leader"] == "t2"
            facts["child_parent"] = child["parent"]
            facts["child_signal"] = child["exit_signal"]
        if place >= 0 and history.steps[place].name == ENDS:
            facts["notified"] = _told(rows[-1])
        return facts


def _told(row: Row) -> bool:
    """Return whether somebody was sent a signal in this step: nothing else sends one then."""
    return any(one.get("signals") for one in row["seen"].values())
