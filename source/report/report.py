"""What comparing a tree came to: the fields found equal, the statements read, the verdicts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from model.words import errno_name
from source.interpreter import ELSEWHERE, READ, UNREAD, Statement
from source.nearest import Match
from source.questions import ABSENT, Divergence
from source.semantics import DecidedOnTree
from source.sheet import SHEET, ImpliedField, NotRead, Read, Row
from source.watched import Unvouched

WIDTH = 100
"""Columns of a text."""


@dataclass(frozen=True)
class Fields:
    """The fields of one record: those found equal, those that follow from them, the rest."""

    record: type[Any]
    compared: tuple[str, ...]
    implied: tuple[str, ...]
    left_out: dict[str, str]
    """Field: why nothing was said about it."""


def _fields(record: type[Any], equal_in: dict[str, tuple[str, ...]]) -> Fields:
    """Return what was said about the fields of a record.

    ``equal_in`` has, for each reading that was run, what it found equal; a field counts where
    none of its readings that were run lacks it.
    """
    rows = SHEET[record]
    missing = {name: _missing(row, name, equal_in) for name, row in rows.items()}
    compared = {name for name, without in missing.items() if without == ()}
    implied = {
        name
        for name, row in rows.items()
        if isinstance(row, ImpliedField) and compared.issuperset(row.by)
    }
    return Fields(
        record,
        tuple(name for name in rows if name in compared),
        tuple(name for name in rows if name in implied),
        {
            name: _why(row, missing[name])
            for name, row in rows.items()
            if name not in compared | implied
        },
    )


def _missing(row: Row, name: str, equal_in: dict[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return by which readings a field was not found equal; ``None`` if none of them was run."""
    run = [one for one in row.by if one in equal_in] if isinstance(row, Read) else []
    return tuple(one for one in run if name not in equal_in[one]) if run else None


def _why(row: Row, without: tuple[str, ...] | None) -> str:
    if isinstance(row, NotRead):
        return row.why
    if isinstance(row, ImpliedField):
        return f"follows from {', '.join(row.by)}: not found equal here"
    if without is None:
        return f"{' and '.join(row.by)} was not run here"
    return f"{' and '.join(without)} did not find it equal here"


@dataclass
class TreeReport:
    """Everything that is said about one tree."""

    tree: str
    match: Match
    decided: list[DecidedOnTree] = field(default_factory=list)
    numbers: list[tuple[str, int, int]] = field(default_factory=list)
    """Constants whose values differ: (name, in the tree, in the model)."""
    borrowed: list[str] = field(default_factory=list)
    """Constants that the tree's headers do not have: the model's were taken."""
    assumed: list[str] = field(default_factory=list)
    only: frozenset[str] = frozenset()
    """The functions that were asked for; none for all."""
    places: dict[str, str] = field(default_factory=dict)
    """Rule: after which line of this tree it should stand."""

    @property
    def statements(self) -> list[Statement]:
        """Return every statement that was read, each once."""
        found = {
            (one.path, one.line, one.text): one
            for comparison in self.match.comparisons
            for one in comparison.statements
        }
        return list(found.values())

    @property
    def unvouched(self) -> list[Unvouched]:
        """Return every statement that nobody vouches for, each once."""
        found = (other for one in self.match.comparisons for other in one.unvouched)
        return list(dict.fromkeys(found))

    @property
    def fields(self) -> list[Fields]:
        """Return, for each record of what a call leaves, which fields were found equal."""
        run = [one for one in self.match.comparisons if one.verdict != ABSENT]
        equal_in = {one.reading: one.compared for one in run}
        return [_fields(record, equal_in) for record in SHEET]

    @property
    def agrees(self) -> bool:
        """Return whether nothing was found to differ or to be unreadable."""
        return (
            not self.match.differing
            and not self.numbers
            and all(one.as_expected for one in self.decided)
            and all(one.in_balance for one in self.match.comparisons)
        )


def coverage(report: TreeReport) -> dict[str, int]:
    """Return how many statements were translated, touch nothing modelled, or were not read."""
    kinds = Counter(one.kind for one in report.statements)
    return {kind: kinds[kind] for kind in (READ, ELSEWHERE, UNREAD)}


def told(difference: Divergence) -> str:
    """Return a difference as a sentence."""
    if difference.aspect == "errno":
        return f"C gives {errno_name(difference.c)}, the model {errno_name(difference.model)}"
    return f"{difference.aspect}: C gives {difference.c}, the model {difference.model}"
