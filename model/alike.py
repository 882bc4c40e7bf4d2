"""Whether two outcomes are the same to everybody who can look."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from model.algebra import Truth, both, either, implies, no, same
from model.evaluate import Outcome
from model.records import BOOL


def same_record(left: Any, right: Any, but: tuple[str, ...] = ()) -> Truth:
    """Return whether two records of facts agree, fields of ``but`` apart."""
    agreements = []
    for item in fields(left):
        if item.name in but:
            continue
        one, other = getattr(left, item.name), getattr(right, item.name)
        is_truth = item.metadata["width"] == BOOL
        agreements.append(same(one, other) if is_truth else one == other)
    return both(*agreements)


def same_outcome(left: Outcome, right: Outcome, but: tuple[str, ...] = ()) -> Truth:
    """Return whether errno, what is done to others and, on success, the child agree."""
    names = {**left.done, **right.done}
    done = both(*(same(left.done.get(name, False), right.done.get(name, False)) for name in names))
    children = either(no(left.ok), same_record(left.child, right.child, but))
    return both(left.errno == right.errno, done, implies(left.ok, children))
