"""The report of a mutation run: a table by room, and what survives with its call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checker.mutation.told import Fate, Told
from checker.problems import Problem

_COUNTED = (Fate.NOTICED, Fate.KEPT, Fate.SURVIVES, Fate.UNDECIDED)


@dataclass(frozen=True)
class Score:
    """How many mutants of a room met which fate."""

    room: str
    fates: Counter[Fate]

    @property
    def counted(self) -> int:
        """Return the number of mutants that are not equivalent."""
        return sum(self.fates[fate] for fate in _COUNTED)

    @property
    def share(self) -> float:
        """Return the share of them that is noticed; 1 for none."""
        noticed = self.fates[Fate.NOTICED] + self.fates[Fate.KEPT]
        return noticed / self.counted if self.counted else 1.0


def scores(told: list[Told]) -> list[Score]:
    """Return the score of each room, and of all together."""
    rooms = dict.fromkeys(one.room for one in told)
    found = [Score(room, Counter(one.fate for one in told if one.room == room)) for room in rooms]
    return [*found, Score("all", Counter(one.fate for one in told))]


def rows(told: list[Told]) -> list[dict[str, Any]]:
    """Return the table by room as rows of cells."""
    return [
        {
            "room": one.room,
            "mutants": one.fates.total(),
            "equivalent": one.fates[Fate.EQUIVALENT],
            "noticed": one.fates[Fate.NOTICED],
            "by what is kept": one.fates[Fate.KEPT],
            "undecided": one.fates[Fate.UNDECIDED],
            "survive": one.fates[Fate.SURVIVES],
            "share": f"{100 * one.share:.1f} %",
        }
        for one in scores(told)
    ]


def survivors(told: list[Told]) -> Iterator[str]:
    """Yield what survives, under the row that it changes, with the smallest call."""
    row = None
    for one in told:
        if one.fate not in (Fate.SURVIVES, Fate.UNDECIDED):
            continue
        if (one.room, one.of, one.row) != row:
            row = one.room, one.of, one.row
            yield f"{one.of}: {one.row} ({one.room})"
        yield f"    {one.change}" + (" (undecided)" if one.fate is Fate.UNDECIDED else "")
        yield f"        {one.kernel}: {json.dumps(one.call) if one.call else 'the plainest call'}"
        yield f"        {_facts(one.before)}  ->  {_facts(one.after)}"


def _facts(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())


MADE, END = "<!-- made by make mutate -->", "<!-- end -->"


def renewed(text: str, table: str) -> str:
    """Return a document with its table of mutants made anew; raise :class:`Problem` for none."""
    before, made, rest = text.partition(MADE)
    _old, end, after = rest.partition(END)
    if not made or not end:
        raise Problem(f"there is no place for the table: it lacks {MADE} and {END}")
    return f"{before}{made}\n{table}\n{end}{after}"


def document(told: list[Told], seconds: float) -> dict[str, Any]:
    """Return the report as JSON writes it."""
    return {
        "cloneproof": 1,
        "seconds": round(seconds, 1),
        "rooms": rows(told),
        "mutants": [one.document() for one in told],
    }
