"""Random calls with the answers of ``predict``: what the page is held against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from checker.calls.answer import told
from checker.flood.drawn import Portion, known
from checker.readings.columns import Many
from checker.readings.flood import around, with_flags
from checker.readings.space import all_leaves
from model.call import Situation
from model.predict import predict
from model.records import build
from page.kernels import bits

TRIED = 192
"""Calls that are drawn on a kernel at a time; those that cannot be made are left out."""
VARIED = [leaf.path for leaf in all_leaves() if leaf.path != "request.entry"]


def drawn(count: int, each: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield calls, ``each`` so many on a kernel, kernels and entry points in turn.

    One kernel in eight is a set of patches that no release has.
    """
    number, found = 0, 0
    while found < count:
        portion = Portion(seed, number)
        for values in _values(portion)[:each]:
            outcome = predict(portion.kernel, build(Situation, values))
            found += 1
            yield {
                "bits": bits(portion.kernel.patches()),
                "facts": {
                    leaf.path: told_value(values[leaf.path])
                    for leaf in all_leaves()
                    if values[leaf.path] != leaf.default
                },
                "answer": as_texts(told(outcome)),
            }
        number += 1


def as_texts(answer: Any) -> Any:
    """Return an answer with its numbers as texts: some have more digits than JSON's have here."""
    if isinstance(answer, dict):
        return {name: as_texts(value) for name, value in answer.items()}
    return str(answer) if isinstance(answer, int) and not isinstance(answer, bool) else answer


def told_value(value: Any) -> Any:
    """Return a fact as the page takes it: numbers as texts, which have all their digits."""
    return value if isinstance(value, bool) else str(int(value))


def _values(portion: Portion) -> list[dict[str, Any]]:
    """Return the facts of calls of a portion that can be made."""
    chance = np.random.default_rng([portion.seed, portion.number])
    facts = around(chance, TRIED, known(portion.entry), VARIED, chance.uniform(1.0, 8.0))
    facts["request.flags"] = with_flags(chance, facts["request.flags"], TRIED)
    facts["request.entry"] = int(portion.entry)
    many = Many(portion.kernel, facts, TRIED)
    able = np.flatnonzero(np.broadcast_to(np.asarray(many.well_formed, dtype=bool), (TRIED,)))
    return [_row(facts, int(row)) for row in able]


def _row(facts: dict[str, Any], row: int) -> dict[str, Any]:
    made = {}
    for path, column in facts.items():
        value = column[row] if hasattr(column, "dtype") else column
        made[path] = value.item() if hasattr(value, "item") else value
    return made
