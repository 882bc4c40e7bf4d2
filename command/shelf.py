"""Verdicts that stand in the record: kept where all that the statement reads is the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import orjson

from checker.ground.sealed import Sealed
from checker.record.packed import alike, packed, unpacked
from checker.record.result import NO_ANSWER, Result
from checker.record.runs import moment
from command.kept import counted
from command.settle import CatalogueHalf


@dataclass
class Shelf:
    """What is known of statements: their keys, and lines of the record."""

    keys: dict[str, str] = field(default_factory=dict)
    """Of each statement that was asked for; without a record, and for those named, of none."""
    lines: dict[str, bytes] = field(default_factory=dict)
    marks: dict[int, str] = field(default_factory=dict)
    """The keys of the landmarks of calls, by their identity."""
    standing: set[str] = field(default_factory=set)
    """Keys of landmarks that stood."""
    made: float = 0.0
    """When the latest of them was kept."""
    latest: Sealed | None = None
    """The latest run of the record, be it of another tree."""
    before: dict[str, bytes] = field(default_factory=dict)
    """Its lines by their statements, whatever their keys."""

    def open(self, ids: list[str]) -> list[str]:
        """Return those that are to be decided."""
        return [one for one in ids if one not in self.lines]

    def joined(self, ids: list[str], found: list[Result]) -> list[Result]:
        """Return what was found, and what is kept of the others, in the order of the ids."""
        by_id = dict(self._kept(ids))
        if not by_id:
            return found
        for name, each in groupby(found, lambda one: one.property):
            by_id.setdefault(name, []).extend(each)
        place = {name: at for at, name in enumerate(ids)}
        order = sorted(by_id, key=lambda name: place.get(name, len(place)))
        return [one for name in order for one in by_id[name]]

    def came_as_before(self, ids: list[str], found: list[Result]) -> bool:
        """Return whether all that was found and is kept is what the latest run came to.

        Time and effort apart; and that each statement has its line there, in this order.
        """
        decided = {name: list(each) for name, each in groupby(found, lambda one: one.property)}
        if list(self.before) != ids or decided.keys() != set(self.open(ids)):
            return False
        return all(
            self.before[name] == self.lines[name] if name in self.lines
            else alike(_read(self.before[name]), orjson.loads(packed(decided[name])))
            for name in ids
        )

    def _kept(self, ids: list[str]) -> Iterator[tuple[str, list[Result]]]:
        for name in ids:
            if name in self.lines:
                yield name, unpacked(_read(self.lines[name]))

    def text(self, results: list[Result]) -> bytes:
        """Return all results as the record keeps them, but for those without an answer."""
        names = list(dict.fromkeys(one.property for one in results))
        return self.text_of(names, [one for one in results if one.property not in self.lines])

    def text_of(self, ids: list[str], found: list[Result]) -> bytes:
        """Return that text of statements: of those that the record lacks by what was found."""
        made = dict(self.lines)
        for name, each in groupby(found, lambda one: one.property):
            some = list(each)
            if not any(one.verdict in NO_ANSWER for one in some):
                made[name] = _line(name, self.keys.get(name, ""), some)
        return b"\n".join(made[name] for name in ids if name in made)

    def stands(self, landmark: Any) -> bool:
        """Return whether a landmark of calls stood when all that it reads was the same."""
        return self.marks.get(id(landmark), "") in self.standing

    def landmarks(self) -> bytes:
        """Return the keys of the landmarks of calls, as the record keeps them."""
        return json.dumps(sorted(set(self.marks.values()))).encode()

    def told(self, results: list[Result]) -> list[str]:
        """Return a line that says how much was kept, if anything was."""
        found = [one for one in results if one.property not in self.lines]
        return self.told_of(len(results), found)

    def told_of(self, count: int, found: list[Result]) -> list[str]:
        """Return that line of a run of so many verdicts, in which some were found anew."""
        if not self.lines:
            return []
        again = len({one.property for one in found})
        kept = f"{count - len(found)} of {count} verdicts kept"
        return [f"{kept}, from the record of {moment(self.made)}: "
                f"{again} statements read what changed, and were decided again"]


def whole(came: list[tuple[CatalogueHalf, list[Result]]]) -> bool:
    """Return whether each verdict that was asked for came back once, and says something."""
    answered = all(one.verdict not in NO_ANSWER for _, found in came for one in found)
    return answered and not any(counted(half.book.asked, found) for half, found in came)


def _read(line: bytes) -> Any:
    return orjson.loads(line)[2]


def _line(name: str, key: str, results: list[Result]) -> bytes:
    return f'["{name}","{key}",{packed(results)}]'.encode()
