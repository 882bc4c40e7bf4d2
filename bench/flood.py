"""Statements about flags by enumeration, and random calls on which the readings are compared."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figure import Figure, Figures, Limit, Plan, at_least
from bench.measure import Asked, in_turn, middle
from bench.trees import HERE

PART = "flood"
FLAGS = "second-opinion --flags"


def figures(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield what trying every combination of flags needs; it ends well only if all is as said."""
    made = in_turn(plan.once, {FLAGS: Asked(HERE, tuple(FLAGS.split()))})
    yield Figure(PART, FLAGS, "CPU s", middle(one.cpu for one in made[FLAGS]))
    yield Figure(PART, FLAGS, "confirmed", 1)


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of enumeration."""
    told = found.here(PART, FLAGS, "confirmed")
    yield at_least(4, "statements about flags alone, confirmed by enumeration", 1, told)
