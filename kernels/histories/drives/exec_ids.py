"""Exec ids on a real kernel: what a parent is sent that has executed since it made its child."""

from __future__ import annotations

from typing import ClassVar

from kernels.histories.drive import History, answer
from kernels.histories.drives.by_table import TableDrive
from kernels.histories.script import Facts, Row
from model import words
from model.over_time.exec_ids import SYSTEM
from model.over_time.places import Life

ENDS = "the child ends and its parent is sent a signal"


class ExecIdsDrive(TableDrive):
    """The parent t1 and its child t2; 2**32 execve() are not driven."""

    system = SYSTEM
    options = "blocked=1"
    own: ClassVar = {
        "the parent clones a child that is to send SIGUSR1": (f"t1 clone t2 0 {words.SIGUSR1}",),
        "the parent executes": ("t1 execve",),
        "the child executes": ("t2 execve",),
        ENDS: ("t2 exit", "director reap t2 wall"),
    }
    follows = frozenset({"executed", "execs_left"})

    def setup(self, history: History) -> list[str]:
        """Return the parent."""
        return ["director start t1"]

    def expected(self, history: History, place: int) -> Facts:
        """Return whether the child lives, its exit signal, and what its parent was sent."""
        state = history.after(place)
        alive = state.child == Life.ALIVE
        facts: Facts = {"child": "alive" if alive else "gone"}
        if alive:
            facts["child_signal"] = state.child_signal
        if place >= 0:
            ends = history.steps[place].name == ENDS
            facts["answer"] = "ended" if ends else "OK"
            facts |= {"notice": state.notice} if ends else {}
        return facts

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from /proc and the signals that came."""
        child = rows[-1]["seen"].get("t2", {"life": "gone"})
        facts: Facts = {"child": child["life"], "answer": answer(rows)}
        if child["life"] == "alive":
            facts["child_signal"] = child["exit_signal"]
        if place >= 0 and history.steps[place].name == ENDS:
            came = rows[0]["seen"]["t1"]["signals"]
            facts["notice"] = came[0][0] if len(came) == 1 else 0
        return facts
