"""What calls come to as lines of JSON, many at once: the text of :mod:`checker.calls.answer`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from checker.calls.answer import parts
from checker.prediction.facts import NO_LINE, Gathered
from checker.prediction.pieces import Codes, Field, of_record, pieces
from checker.readings.columns import truths
from model.errors import number
from model.evaluate import NO_RULE, Outcome, rejections
from model.predict import OUTCOMES
from model.rows import Rejection
from model.words import errno_name

_BETWEEN = ", "


def told(group: Gathered) -> Iterator[tuple[int, str]]:
    """Yield the line of each call that can be made, and its answer."""
    many = group.many()
    outcome = OUTCOMES[group.entry](many.call)
    errno = np.broadcast_to(np.asarray(number(outcome.errno), dtype=np.int64), (many.count,))
    possible = truths(many.well_formed, many.count) & (np.array(group.lines) != NO_LINE)
    for ends in (errno == 0, errno != 0):
        rows = np.flatnonzero(possible & ends)
        if len(rows):
            left = [] if errno[rows[0]] else _left(outcome)
            yield from _answers(group, rows, [*_begin(group, outcome, errno), *left])


def _left(outcome: Any) -> list[Field]:
    """Return what calls leave that succeed."""
    return [field for name, record in parts(outcome) for field in of_record(name, record)]


def _begin(group: Gathered, outcome: Any, errno: Any) -> list[Field]:
    """Return how answers begin: the kernel, the error and the rule that refuses."""
    kernels = [f'"kernel": {json.dumps(name)}' for name in group.kernels]
    found = [(np.array(group.which, dtype=np.uint64), kernels.__getitem__)]
    rows, rule = _deciding(outcome)
    both = errno * (len(rows) + 1) + rule

    def written(code: int) -> str:
        number, place = divmod(code, len(rows) + 1)
        return _refusal(number, rows[place] if place != len(rows) else None)

    return [*found, (both, written)]


def _deciding(outcome: Any) -> tuple[list[Rejection], Any]:
    """Return the rows that may refuse, and which does in each call: their number if none."""
    if isinstance(outcome, Outcome):
        rows = rejections(outcome.table)
        rule = np.asarray(outcome.rule, dtype=np.int64)
        return rows, np.where(rule == NO_RULE, len(rows), rule)
    rows, firsts = [row for row, _ in outcome.hits], [first for _, first in outcome.hits]
    rule = np.asarray(len(rows), dtype=np.int64)
    for place in reversed(range(len(rows))):
        rule = np.where(firsts[place], place, rule)
    return rows, rule


def _refusal(code: int, row: Any) -> str:
    name, at = (row.name, row.at) if row else (None, None)
    said = {"errno": errno_name(code), "rule": name, "at": at}
    return json.dumps(said)[1:-1]


def _answers(group: Gathered, rows: Codes, fields: list[Field]) -> Iterator[tuple[int, str]]:
    made = map(_BETWEEN.join, zip(*pieces(fields, rows, _BETWEEN), strict=True))
    for row, text in zip(rows.tolist(), made, strict=True):
        yield group.lines[row], f"{group.heads[row]}{text}}}\n"
