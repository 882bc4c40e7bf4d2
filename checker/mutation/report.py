"""The report of a mutation run: a table by room, and what survives with its call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checker.ground.problems import Problem
from checker.mutation import ROOMS
from checker.mutation.told import Fate, MutantFate

_COUNTED = (Fate.NOTICED, Fate.KEPT, Fate.SURVIVES, Fate.UNDECIDED)


@dataclass(frozen=True)
class Score:
    """How many mutants of a room met which fate, and the processor time that took."""

    room: str
    fates: Counter[Fate]
    seconds: float = 0.0

    @property
    def counted(self) -> int:
        """Return the number of mutants that are not equivalent."""
        return sum(self.fates[fate] for fate in _COUNTED)

    @property
    def by_verdicts(self) -> int:
        """Return how many statements and landmarks notice."""
        return self.fates[Fate.NOTICED]

    @property
    def by_all(self) -> int:
        """Return how many all notice that is compared."""
        return self.by_verdicts + self.fates[Fate.KEPT]

    def share(self, noticed: int) -> float:
        """Return the share of those that count which a number is; 1 if none counts."""
        return noticed / self.counted if self.counted else 1.0


def scores(told: list[MutantFate]) -> list[Score]:
    """Return the score of each room, and of all together."""
    rooms = [room for room in ROOMS if any(one.room == room for one in told)]
    found = [_score(room, [one for one in told if one.room == room]) for room in rooms]
    return [*found, _score("all", told)]


def _score(room: str, told: list[MutantFate]) -> Score:
    return Score(room, Counter(one.fate for one in told), sum(one.seconds for one in told))


def rows(told: list[MutantFate]) -> list[dict[str, Any]]:
    """Return the table by room as rows of cells."""
    return [
        {
            "room": one.room,
            "mutants": one.fates.total(),
            "equivalent": one.fates[Fate.EQUIVALENT],
            "survive": one.fates[Fate.SURVIVES],
            "undecided": one.fates[Fate.UNDECIDED],
            "noticed by statements and landmarks": _cell(one, one.by_verdicts),
            "by all that make verify compares": _cell(one, one.by_all),
            "processor seconds": round(one.seconds),
        }
        for one in scores(told)
    ]


def _cell(score: Score, noticed: int) -> str:
    return f"{noticed} of {score.counted}, {100 * score.share(noticed):.1f} %"


def survivors(told: list[MutantFate]) -> Iterator[str]:
    """Yield what survives, under the row that it changes, with a small call if one is known."""
    row = None
    for one in told:
        if one.fate not in (Fate.SURVIVES, Fate.UNDECIDED):
            continue
        if (one.room, one.of, one.row) != row:
            row = one.room, one.of, one.row
            yield f"{one.of}: {one.row} ({one.room})"
        yield f"    {one.change}" + (" (undecided)" if one.fate is Fate.UNDECIDED else "")
        if one.before == one.after:
            yield f"        {one.kernel or one.of}: nothing is known to differ"
            continue
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


def document(told: list[MutantFate], seconds: float) -> dict[str, Any]:
    """Return the report as JSON writes it."""
    return {
        "cloneproof": 1,
        "seconds": round(seconds, 1),
        "rooms": rows(told),
        "mutants": [one.document() for one in told],
    }
