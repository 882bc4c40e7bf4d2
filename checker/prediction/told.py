"""What calls come to as lines of JSON, many at once: the text of :mod:`checker.calls.answer`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from checker.calls.answer import parts
from checker.prediction.facts import NO_LINE, Gathered
from checker.prediction.pieces import Codes, Field, Marks, of_record, pieces
from checker.readings.columns import truths
from model.errors import number
from model.evaluate import NO_RULE, Outcome, rejections
from model.predict import OUTCOMES
from model.vhost import VhostOutcome
from model.words import errno_name

_ERRNOS = 1 << 10
"""More than the largest errno."""


def told(group: Gathered) -> Iterator[tuple[list[int], list[str]]]:
    """Yield the lines of calls that can be made, and the answers to them."""
    many = group.many()
    outcome = OUTCOMES[group.entry](many.call)
    errno = np.broadcast_to(np.asarray(number(outcome.errno), dtype=np.int64), (many.count,))
    lines = np.array(group.lines)
    possible = truths(many.well_formed, many.count) & (lines != NO_LINE)
    for ends in (errno == 0, errno != 0):
        rows = np.flatnonzero(possible & ends)
        if len(rows):
            left = [] if errno[rows[0]] else _left(outcome)
            fields = [*_begin(group, outcome, errno), *left]
            yield lines[rows].tolist(), _answers(group, rows, fields)


def _left(outcome: Any) -> list[Field]:
    """Return what calls leave that succeed."""
    return [field for name, record in parts(outcome) for field in of_record(name, record)]


def _begin(group: Gathered, outcome: Any, errno: Any) -> list[Field]:
    """Return how answers begin: the kernel, the error and the rule that refuses."""
    found = [(np.array(group.which, dtype=np.uint64), group.kernels.told.__getitem__)]
    if not isinstance(outcome, Outcome):
        return [*found, *_of_worker(outcome, errno)]
    rows = rejections(outcome.table)
    rule = np.asarray(outcome.rule, dtype=np.int64)
    both = errno * (NO_RULE + 1) + rule

    def written(code: int) -> str:
        number, place = divmod(code, NO_RULE + 1)
        return _refusal(number, rows[place] if place != NO_RULE else None, {})

    return [*found, (both, written)]


def _of_worker(outcome: VhostOutcome, errno: Any) -> list[Field]:
    """Return what refuses a worker, and the error inside where the maker tells another."""
    rows = [row for row, _ in outcome.hits]
    rule = np.full(errno.shape, len(rows), dtype=np.int64)
    for place, (_, decides) in reversed(list(enumerate(outcome.hits))):
        rule = np.where(truths(decides, len(rule)), place, rule)
    made = np.asarray(number(outcome.creation), dtype=np.int64)
    inside = np.where(made == errno, 0, made)
    code = (errno * (len(rows) + 1) + rule) * _ERRNOS + inside

    def written(code: int) -> str:
        both, inside = divmod(code, _ERRNOS)
        number, place = divmod(both, len(rows) + 1)
        also = {"inside": errno_name(inside)} if inside else {}
        return _refusal(number, rows[place] if place < len(rows) else None, also)

    return [(code, written)]


def _refusal(code: int, row: Any, also: dict[str, str]) -> str:
    name, at = (row.name, row.at) if row else (None, None)
    said = {"errno": errno_name(code), "rule": name, "at": at, **also}
    return json.dumps(said)[1:-1]


def _answers(group: Gathered, rows: Codes, fields: list[Field]) -> list[str]:
    """Return the answers to some rows."""
    marks = Marks("" if group.heads else "{", ", ", "}\n")
    made = map("".join, zip(*pieces(fields, rows, marks), strict=True))
    if not group.heads:
        return list(made)
    heads = [group.heads.get(row, "{") for row in rows.tolist()]
    return [head + text for head, text in zip(heads, made, strict=True)]
