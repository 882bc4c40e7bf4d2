"""Mutants of tables: rejections dropped, negated, weakened, with another errno, swapped, ungated;
what is taken or done to others dropped, or under another condition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from checker.mutation.mutant import Mutant
from checker.mutation.source import variants
from checker.mutation.ungated import ungated
from model.algebra import no
from model.call import Call
from model.rows import Condition, Happens, Rejection, Row, Taken
from model.words import Errno

ROOM = "rejections"
HELD = "takings"

_OTHER = {
    Errno.EINVAL: Errno.EPERM,
    Errno.EPERM: Errno.EINVAL,
    Errno.ENOMEM: Errno.EAGAIN,
    Errno.EAGAIN: Errno.ENOMEM,
    Errno.ENOSPC: Errno.EUSERS,
}
"""An errno that a reader might take for it; EINVAL for the rest."""


@dataclass(frozen=True, slots=True)
class _Table:
    of: str
    rows: list[Row]

    def mutant(self, place: int, change: str, *rows: Row, room: str = ROOM) -> Mutant:
        edits = {place: list(rows)}
        return Mutant(room, self.of, self.rows[place].name, change, self.rows, edits)


def of_table(of: str, rows: list[Row]) -> Iterator[Mutant]:
    """Yield the mutants of one table, row by row."""
    table = _Table(of, rows)
    for place, row in enumerate(rows):
        if isinstance(row, Rejection):
            yield from _of_rejection(table, place, row)
            yield from _swapped(table, place, row)
        elif isinstance(row, Taken | Happens):
            yield from _of_taking(table, place, row)


def negated(condition: Condition) -> Condition:
    """Return the opposite condition."""

    def turned(call: Call) -> Any:
        return no(condition(call))

    return turned


def _of_rejection(table: _Table, place: int, row: Rejection) -> Iterator[Mutant]:
    yield table.mutant(place, "dropped")
    yield table.mutant(place, "negated", replace(row, condition=negated(row.condition)))
    for variant in variants(row.condition):
        yield table.mutant(place, variant.change, replace(row, condition=variant.function))
    other = _OTHER.get(row.errno, Errno.EINVAL) if isinstance(row.errno, Errno) else Errno.EINVAL
    yield table.mutant(place, f"fails with {other.name}", replace(row, errno=other))
    for change, fewer in ungated(row.where):
        yield table.mutant(place, change, replace(row, where=fewer))


def _swapped(table: _Table, place: int, row: Rejection) -> Iterator[Mutant]:
    """Yield the row after its next neighbour: with what is taken between them, if anything."""
    later = range(place + 1, len(table.rows))
    after = next((at for at in later if isinstance(table.rows[at], Rejection)), None)
    if after is not None:
        other = table.rows[after]
        edits = {place: [other, row], after: []}
        change = f"after {other.name}"
        yield Mutant(ROOM, table.of, row.name, change, table.rows, edits)


def _of_taking(table: _Table, place: int, row: Taken | Happens) -> Iterator[Mutant]:
    yield table.mutant(place, "dropped", room=HELD)
    for variant in variants(row.condition):
        changed = replace(row, condition=variant.function)
        yield table.mutant(place, variant.change, changed, room=HELD)
    if isinstance(row, Taken):
        for change, fewer in ungated(row.where):
            yield table.mutant(place, change, replace(row, where=fewer), room=HELD)
