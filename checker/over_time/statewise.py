"""Statements about states: invariants, and endings that the kernel's own steps must reach."""

from __future__ import annotations

from checker.over_time.explore import Explored
from checker.over_time.met import CONCLUSION, PREMISE, WRONG
from checker.over_time.seen import FirstPlaces, Point
from checker.over_time.watched import Watched
from properties.over_time.claim import How, TimedProperty


def seen(prop: TimedProperty, watched: Watched, explored: Explored) -> FirstPlaces:
    """Return what a statement about states comes to in an exploration.

    Of an ending that says where it is broken only if every state is known.
    """
    with explored.met.asking(watched, prop.statement) as (claims,):
        said = claims.some(explored.alone)
    met = _first(said, PREMISE)
    if prop.how is not How.ENDS:
        return FirstPlaces(_first(said, bytes((WRONG,))), met)
    return FirstPlaces(_never_ends(said, explored) if explored.closed else None, met)


def _first(said: bytes, wanted: bytes) -> Point | None:
    """Return the first state of which one of the wanted is said."""
    places = [said.find(one) for one in wanted]
    return min(((place, None) for place in places if place >= 0), default=None)


def _never_ends(said: bytes, explored: Explored) -> Point | None:
    """Return the first state with the premise from which no own steps lead to the conclusion."""
    good = explored.lead_to(index for index, claim in enumerate(said) if claim in CONCLUSION)
    bad = (index for index, claim in enumerate(said) if claim in PREMISE and index not in good)
    return next(((index, None) for index in bad), None)
