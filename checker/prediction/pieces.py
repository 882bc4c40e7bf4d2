"""Columns as text: what stands in each row, put together from pieces that many rows share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.calls.documents import leaves_of
from checker.calls.naming import spoken
from model.algebra import is_column
from model.records import Leaf

FEW = 4096
"""The most values that what stands in one piece has together."""

Codes = NDArray[np.intp]
Writes = Callable[[Any], str]
Field = tuple[Any, Writes]
"""A column, or a plain value, and how its values are written."""


class Marks(NamedTuple):
    """What a text begins with, what stands between two fields, and what it ends with."""

    begin: str
    between: str
    end: str


@dataclass(frozen=True, eq=False)
class Coded:
    """A column as numbers below ``len(values)``: which of its values stands in each row."""

    values: list[Any]
    codes: Codes | None
    """``None`` where there is one value, in every row."""


def coded(value: Any, rows: Codes) -> Coded:
    """Return the values that a column, or a plain value, has in some rows, one at least."""
    if not is_column(value):
        return Coded([value], None)
    column = value[rows]
    if column.dtype == bool:
        return Coded([False, True], column.astype(np.intp))
    low, high = column.min().item(), column.max().item()
    if low == high:
        return Coded([low], None)
    if low >= 0 and high < FEW:
        return Coded(*_used(column.astype(np.intp), high + 1))
    distinct, codes = np.unique(column, return_inverse=True)
    return Coded(distinct.tolist(), codes)


def _used(codes: Codes, size: int) -> tuple[list[int], Codes]:
    """Return which numbers below ``size`` occur, and the column as places among those."""
    occurs = np.zeros(size, dtype=bool)
    occurs[codes] = True
    places = np.cumsum(occurs) - 1
    return np.flatnonzero(occurs).tolist(), places[codes]


def pieces(fields: Sequence[Field], rows: Codes, marks: Marks) -> Iterator[list[str]]:
    """Yield texts of some rows, a list a piece: fields side by side, marked as the whole is."""
    parts = _parted(fields, rows)
    for place, some in enumerate(parts):
        first, last = place == 0, place == len(parts) - 1
        around = marks.begin if first else "", marks.end if last else marks.between
        yield _piece(some, len(rows), around, marks.between)


def _parted(fields: Sequence[Field], rows: Codes) -> list[list[tuple[Coded, Writes]]]:
    """Return fields by the piece that they stand in."""
    parts: list[list[tuple[Coded, Writes]]] = []
    size = FEW
    for value, written in fields:
        one = coded(value, rows)
        size *= len(one.values)
        if size > FEW or not parts:
            parts.append([])
            size = len(one.values)
        parts[-1].append((one, written))
    return parts


def _piece(
    some: list[tuple[Coded, Writes]], count: int, around: tuple[str, str], between: str
) -> list[str]:
    """Return the texts of a piece: each is made once for all rows that have it."""
    codes = np.zeros(count, dtype=np.intp)
    for one, _written in some:
        if one.codes is not None:
            codes = codes * len(one.values) + one.codes
    size = int(np.prod([len(one.values) for one, _ in some], dtype=object))
    used, places = _used(codes, size) if size <= FEW else _sorted(codes)
    begin, end = around
    texts = [f"{begin}{between.join(_values(some, number))}{end}" for number in used]
    chosen: list[str] = np.array(texts, dtype=object)[places].tolist()
    return chosen


def _sorted(codes: Codes) -> tuple[list[int], Codes]:
    distinct, places = np.unique(codes, return_inverse=True)
    return distinct.tolist(), places


def _values(some: list[tuple[Coded, Writes]], number: int) -> list[str]:
    """Return how the values that one number stands for are written."""
    written = []
    for one, writes in reversed(some):
        number, place = divmod(number, len(one.values))
        written.append(writes(one.values[place]))
    return written[::-1]


def of_record(name: str, record: Any) -> list[Field]:
    """Return the fields of a record of columns as JSON writes them, as one object of a name."""
    kind: Any = type(record)
    first, *rest = [(getattr(record, leaf.path), _writer(leaf)) for leaf in leaves_of(kind)]
    opened = (first[0], lambda value: f'"{name}": {{{first[1](value)}')
    last = rest.pop()
    return [opened, *rest, (last[0], lambda value: last[1](value) + "}")]


@cache
def _writer(leaf: Leaf) -> Writes:
    @lru_cache(maxsize=FEW)
    def written(value: Any) -> str:
        return f'"{leaf.path}": {json.dumps(spoken(leaf, value))}'

    return written
