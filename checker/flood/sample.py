"""Some calls of a portion read three times: as columns, on plain values, and as terms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from checker.flood.observed import means_something, observed, stated, statements_of
from checker.readings.columns import Many
from checker.readings.subjects import RANGES
from model.algebra import is_column
from model.call import Situation
from model.kernel import Kernel
from model.predict import call_of
from model.records import build
from model.wellformed import well_formed
from properties.claim import Property, Subject

Difference = tuple[str, dict[str, Any]]
"""What is read in two ways, and the facts of the call."""


def differences(
    many: Many, subject: Subject, count: int, *, with_terms: bool
) -> Iterator[Difference]:
    """Yield where readings differ on ``count`` of the calls.

    Of the first of them all statements are compared, too, and ``with_terms`` what terms say.
    """
    rows = np.linspace(0, many.count - 1, min(count, many.count), dtype=np.intp)
    some = many.some(rows)
    props = statements_of(subject)
    first, others = all_in_columns(some, subject, props), all_in_columns(some, subject, [])
    for place in range(some.count):
        facts = some.one(place)
        plain = on_plain_values(some.kernel, facts, subject, [] if place else props)
        found = unlike(plain, row_of(others if place else first, place), "columns", {})
        if with_terms and place == 0:
            found += _unlike_terms(plain, some.kernel, facts, subject)
        yield from ((what, facts) for what in found)


def all_in_columns(many: Many, subject: Subject, props: list[Property]) -> dict[str, Any]:
    """Return all that is said of many calls, and by some statements, as columns."""
    outcome = many.outcome(subject)
    said = {"possible": many.well_formed, **observed(outcome)}
    return said | stated(props, many.call, outcome)


def on_plain_values(
    kernel: Kernel, facts: dict[str, Any], subject: Subject, props: list[Property]
) -> dict[str, Any]:
    """Return all that is said of one call, read alone, and by some statements."""
    start = build(Situation, facts)
    call = call_of(kernel, start)
    outcome = RANGES[subject].outcome(call)
    said = {"possible": well_formed(kernel, start), **observed(outcome)}
    return said | stated(props, call, outcome)


def _unlike_terms(
    plain: dict[str, Any], kernel: Kernel, facts: dict[str, Any], subject: Subject
) -> list[str]:
    from checker.flood.terms import symbolic

    terms = symbolic(subject)
    return unlike(plain, terms.read(kernel, facts), "terms", terms.widths)


def unlike(
    plain: dict[str, Any], other: dict[str, Any], reading: str, widths: dict[str, int]
) -> list[str]:
    """Return what two readings say differently; numbers are compared in their bits."""
    found = []
    for name in {**plain, **other}:
        bits = 2 ** max(widths.get(name, 64), 1) - 1
        one, two = (int(said.get(name, False)) & bits for said in (plain, other))
        if one != two and means_something(name, plain["errno"]):
            found.append(f"{name}: {one} on plain values, {two} as {reading}")
    return found


def row_of(columns: dict[str, Any], place: int) -> dict[str, Any]:
    """Return what columns say of the call in one row."""
    return {
        name: value[place].item() if is_column(value) else value for name, value in columns.items()
    }
