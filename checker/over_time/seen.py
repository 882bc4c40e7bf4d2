"""What a statement comes to in an exploration: where it is broken, and where it matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from checker.over_time.explore import Explored
from model.over_time.step import Step

Point: TypeAlias = "tuple[int, Step | None]"
"""A state, and the step from there where it is the step that a statement is about."""


@dataclass(frozen=True, slots=True)
class FirstPlaces:
    """The first place at which a statement is broken, and the first that it is about.

    Where it is broken the other may not have been looked for.
    """

    broken: Point | None
    met: Point | None = None


def history(explored: Explored, place: Point) -> list[Step]:
    """Return a shortest history to a state, with the step from there."""
    index, step = place
    return explored.history(index) + ([step] if step is not None else [])
