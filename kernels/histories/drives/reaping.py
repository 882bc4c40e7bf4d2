"""Reaping on a real kernel: signal handlers shared with the init of a pid namespace, and wait().

The task is t1; its children are t2, t3, … in turn.  The director never reaps for it.
"""

from __future__ import annotations

from typing import ClassVar

from kernels.histories.drive import History, answer
from kernels.histories.drives.cloning import CloningDrive, clone
from kernels.histories.script import Facts, Row
from model.over_time.caller import ASIDE, HERE, NEW
from model.over_time.places import Life
from model.over_time.reaping import FLAGS, SYSTEM
from model.over_time.step import Step

ENDS = "the child ends"
FAILS = "the tasks wait finds no child"
MOST = 4
"""Children of one history: a stage has no more actors."""
_NAMES = {HERE: "own", NEW: "another", ASIDE: "another"}
_LIVES = {Life.ALIVE: "alive", Life.ZOMBIE: "zombie"}
_OF_THE_LIVING = ("child_sighand", "child_vm", "child_init")


class ReapingDrive(CloningDrive):
    """A task of root's and its child: what that shared is looked at as long as it lives."""

    system = SYSTEM
    flags = FLAGS
    common = ("for_children", "ignores_child", *_OF_THE_LIVING)
    own: ClassVar = {
        ENDS: ("{child} exit", "director await {child} 500"),
        "the task waits for its child": ("t1 wait -1 plain",),
        FAILS: ("t1 wait -1 plain",),
    }
    follows = frozenset(
        {"pid_ns_made", "child_reaper", "waited", "wait_failed", "child_pid_ns", *_OF_THE_LIVING}
    )

    def cannot(self, history: History) -> str:
        """Return why not: more children than a stage has room for."""
        if self.made_before(history, len(history.steps)) > MOST:
            return f"more than {MOST} children"
        return super().cannot(history)

    def can_follow(self, history: History, step: Step) -> bool:
        """Return whether a walk may go on so: there is room for one more child."""
        full = self.made_before(history, len(history.steps)) == MOST
        return super().can_follow(history, step) and not (full and self.flags_of(step) is not None)

    def made_before(self, history: History, place: int) -> int:
        """Return how many children were made before a place."""
        return sum(self.flags_of(step) is not None for step in history.steps[:place])

    def child(self, history: History, place: int) -> str:
        """Return the actor that is the last child after a step; nothing if there is none."""
        made = self.made_before(history, place + 1)
        return f"t{made + 1}" if made else ""

    def setup(self, history: History) -> list[str]:
        """Return the task, and its own pid namespace for setns()."""
        return ["director start t1", "director keep own t1 pid"]

    def commands(self, history: History, place: int) -> list[str]:
        """Return the call of the step."""
        flags = self.flags_of(history.steps[place])
        if flags is not None:
            return [clone(flags, self.child(history, place))]
        return super().commands(history, place)

    def names(self, history: History, place: int) -> dict[str, str]:
        """Return the child."""
        return {"child": self.child(history, place)}

    def expected(self, history: History, place: int) -> Facts:
        """Return what the task ignores, and its child with what it shares."""
        state = history.after(place)
        life = Life(int(state.child))
        facts = self.in_common(state) | {"child": _LIVES.get(life, "gone")}
        if life is Life.ALIVE:
            facts["child_pid_ns"] = _NAMES[state.child_pid_ns]
        if place >= 0:
            name = history.steps[place].name
            facts["answer"] = {ENDS: "ended", FAILS: "ECHILD"}.get(name, "OK")
        return facts

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from /proc, kcmp and namespace links."""
        seen = rows[-1]["seen"]
        child = seen.get(self.child(history, place), {"life": "gone"})
        facts = self.seen_of(seen["t1"], child) | {"child": child["life"], "answer": answer(rows)}
        if child["life"] == "alive":
            facts["child_pid_ns"] = "own" if child["pid_ns"] == "own" else "another"
        return facts
