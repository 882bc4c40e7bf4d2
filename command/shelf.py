"""Verdicts that stand in the record: kept where all that the statement reads is the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import orjson

from checker.record.packed import packed, unpacked
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
    known: dict[str, list[Result]] = field(default_factory=dict)

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

    def _kept(self, ids: list[str]) -> Iterator[tuple[str, list[Result]]]:
        for name in ids:
            if name in self.lines:
                yield name, unpacked(orjson.loads(self.lines[name])[2])

    def text(self, results: list[Result]) -> bytes:
        """Return all results as the record keeps them, but for those without an answer."""
        made = []
        for name, found in groupby(results, lambda one: one.property):
            each = list(found)
            if name in self.lines:
                made.append(self.lines[name])
            elif not any(one.verdict in NO_ANSWER for one in each):
                made.append(_line(name, self.keys.get(name, ""), each))
        return b"\n".join(made)

    def stands(self, landmark: Any) -> bool:
        """Return whether a landmark of calls stood when all that it reads was the same."""
        return self.marks.get(id(landmark), "") in self.standing

    def told(self, results: list[Result]) -> list[str]:
        """Return a line that says how much was kept, if anything was."""
        if not self.lines:
            return []
        kept = sum(one.property in self.lines for one in results)
        again = len({one.property for one in results} - self.lines.keys())
        return [f"{kept} of {len(results)} verdicts kept, from the record of {moment(self.made)}: "
                f"{again} statements read what changed, and were decided again"]


def whole(came: list[tuple[CatalogueHalf, list[Result]]]) -> bool:
    """Return whether each verdict that was asked for came back once, and says something."""
    answered = all(one.verdict not in NO_ANSWER for _, found in came for one in found)
    return answered and not any(counted(half.book.asked, found) for half, found in came)


def _line(name: str, key: str, results: list[Result]) -> bytes:
    return f'["{name}","{key}",{packed(results)}]'.encode()
