"""What the player is given: histories as commands, grouped by the step that each stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HistoryScript:
    """A history for the player: what prepares it, and the commands of each step.

    A step without commands is one that the kernel takes with the command before it.  ``then``
    are calls that the kernel has to refuse in the last state, each with its errno.
    """

    options: str
    setup: tuple[str, ...]
    steps: tuple[tuple[str, ...], ...]
    then: tuple[tuple[str, str], ...] = ()

    def text(self, name: str) -> str:
        """Return it as the player reads it."""
        lines = [*self.setup, *(line for step in self.steps for line in step)]
        lines += [line for line, _ in self.then]
        return "\n".join((f"begin {name} {self.options}".rstrip(), *lines, "end", ""))

    def rows_by_step(self, rows: list[Row]) -> tuple[list[Row], list[list[Row]]]:
        """Return the answers of the set-up, and those of each step; fewer if it broke off."""
        place = len(self.setup)
        by_step = []
        for step in self.steps:
            by_step.append(rows[place : place + len(step)])
            place += len(step)
        return rows[: len(self.setup)], by_step

    def rows_after(self, rows: list[Row]) -> list[Row]:
        """Return the answers of the calls that have to be refused."""
        return rows[len(rows) - len(self.then) :] if self.then else []


def is_broken(row: Row) -> bool:
    """Return whether a command did not come to its end, or cannot be done on that machine."""
    return "prepared" in row or "impossible" in row.get("told", {})


def broke_off(script: HistoryScript, rows: list[Row]) -> str:
    """Return why a history could not be set up or came to no end; nothing if it did."""
    for row in rows:
        if "prepared" in row:
            at = f" at {row['do']!r}" if "do" in row else ""
            return f"{row['prepared']}{at}"
        if "impossible" in row.get("told", {}):
            return str(row["told"]["impossible"])
    for row in rows[: len(script.setup)]:
        if row["errno"]:
            return f"{row['do']!r} failed with {row['errno']}"
    wanted = len(script.setup) + sum(len(step) for step in script.steps) + len(script.then)
    return "" if len(rows) == wanted else "the player ended early"


def by_history(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the answers by the history's name, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["id"], []).append(row)
    return found
