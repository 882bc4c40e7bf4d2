"""What steps do: statements about the state before a step and the one after it.

Exploration alone decides them: every step that can be taken from every reachable state is
there.  A history against one ends with the step that breaks it, or where no step does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.over_time.explore import Explored
from checker.over_time.met import CONCLUSION, PREMISE, WRONG, Asking
from checker.over_time.seen import FirstPlaces, Point
from checker.over_time.watched import Watched
from model.kernel import Kernel
from properties.claim import Claim
from properties.over_time.claim import How, TimedProperty


def seen(prop: TimedProperty, watched: Watched, explored: Explored) -> FirstPlaces:
    """Return what a statement about steps comes to in an exploration."""
    look = _at_each if prop.how is How.EACH_STEP else _for_some
    with explored.met.asking(watched, prop.statement, cases(prop)) as asked:
        return look(asked, explored)


def _at_each(asked: list[Asking], explored: Explored) -> FirstPlaces:
    """Look at the steps in the order in which they were met."""
    met, begin = None, 0
    for steps in explored.steps:
        said = [case.some(steps) for case in asked]
        wrong = _first(said, WRONG)
        if wrong is not None:
            return FirstPlaces(_taken(explored, begin + wrong))
        there = _first(said, *PREMISE) if met is None else None
        met = met if there is None else _taken(explored, begin + there)
        begin += len(steps.numbers)
    return FirstPlaces(None, met)


def _first(said: list[bytes], *wanted: int) -> int | None:
    """Return the first place at which anything that is wanted is said."""
    places = (one.find(claim) for one in said for claim in wanted)
    return min((place for place in places if place >= 0), default=None)


def _taken(explored: Explored, edge: int) -> Point:
    return explored.edges[edge][0], explored.moves[edge][0]


def _for_some(asked: list[Asking], explored: Explored) -> FirstPlaces:
    """Look at the states in the order in which they were met, and at the steps from each."""
    there = [case.some(explored.standing)[: _left_behind(explored)] for case in asked]
    met = _first(there, *PREMISE)
    if met is None:
        return FirstPlaces(None)
    undone = (_undone(*one, explored) for one in zip(asked, there, strict=True))
    wrong = min((index for index in undone if index is not None), default=None)
    return FirstPlaces(None, (met, None)) if wrong is None else FirstPlaces((wrong, None))


def _undone(case: Asking, there: bytes, explored: Explored) -> int | None:
    """Return the first state with the premise from which no step does what is concluded."""
    for index, claim in enumerate(there):
        if claim in PREMISE:
            ways = explored.ways.get(index, ())
            if not any(case.one(way) in CONCLUSION for way in ways):
                return index
    return None


def _left_behind(explored: Explored) -> int:
    """Return how many states are known with every step from there."""
    return len(explored.states) if explored.closed else explored.left


def cases(prop: TimedProperty) -> tuple[tuple[Any, ...], ...]:
    """Return the further arguments that a statement about steps is made with."""
    return tuple((case,) for case in prop.cases) or ((),)


def _done_by_some(
    prop: TimedProperty, kernel: Kernel, before: Any, after: list[Any]
) -> Iterator[Claim]:
    """Yield, case by case, that one of the states after a state is as the statement asks."""
    for case in cases(prop):
        there = bool(prop.statement(kernel, before, before, *case).premise)
        asked = (prop.statement(kernel, before, then, *case).conclusion for then in after)
        yield Claim(there, there and any(asked))


def breaks(prop: TimedProperty, kernel: Kernel, states: list[Any], ways: list[Any]) -> bool:
    """Return whether a history breaks it; ``ways`` are the states after its last one."""
    if prop.how is How.SOME_STEP:
        claims = list(_done_by_some(prop, kernel, states[-1], ways))
    elif len(states) > 1:
        claims = [prop.statement(kernel, *states[-2:], *case) for case in cases(prop)]
    else:
        return False
    return any(claim.premise and not claim.conclusion for claim in claims)
