"""What statements about steps are made of: which facts a step leaves alone.

They are read on plain values, or on rows that part where Python asks one truth of many.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, cast

from model.algebra import Truth, both, either, no
from model.over_time.places import Thread
from properties.claim import Claim

ELSE = Claim(False, True)
"""What a statement claims of a step that it does not speak of."""


@cache
def _names(record: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(record))


_DIFFER: dict[tuple[int, int], tuple[Any, Any, dict[str, Truth]]] = {}
"""What may differ between two states, which are kept so that their numbers stay their own."""

MOST = 50_000
"""Pairs of states of which that is kept: many statements ask it of each."""


def _differ(before: Any, after: Any) -> dict[str, Truth]:
    """Return the facts, or parts, that differ, each with whether it does."""
    key = id(before), id(after)
    if key not in _DIFFER:
        if len(_DIFFER) >= MOST:
            _DIFFER.clear()
        kind: Any = type(before)
        pairs = ((one, _other(getattr(before, one), getattr(after, one))) for one in _names(kind))
        _DIFFER[key] = before, after, {name: truth for name, truth in pairs if truth is not False}
    return _DIFFER[key][2]


def _other(old: Any, new: Any) -> Truth:
    """Return whether a fact, or a part, is another."""
    if old is new:
        return False
    if is_dataclass(old):
        kind: Any = type(old)
        return either(*(_other(getattr(old, one), getattr(new, one)) for one in _names(kind)))
    other: Truth = old != new
    return other


def changed(before: Any, after: Any) -> frozenset[str]:
    """Return the names of the facts, or parts, that differ."""
    return frozenset(name for name, truth in _differ(before, after).items() if truth)


def touched(before: Any, after: Any, *parts: str) -> tuple[tuple[Any, Any], ...]:
    """Return of each of some parts that a step changes what it was and what it is."""
    differ = _differ(before, after)
    there = (one for one in parts if differ.get(one, False))
    return tuple((getattr(before, one), getattr(after, one)) for one in there)


def _told(truth: Truth) -> bool:
    """Return a truth as Python takes it: rows part where it asks for one."""
    return cast("bool", truth)


def only(before: Any, after: Any, *names: str) -> bool:
    """Return whether a step changes nothing but some facts, or parts."""
    differ = _differ(before, after)
    return _told(no(either(*(truth for name, truth in differ.items() if name not in names))))


def alone(before: Any, after: Any, name: str) -> bool:
    """Return whether a step changes one fact, or part, and nothing else."""
    return _told(both(_differ(before, after).get(name, False), only(before, after, name)))


def happens(before: Any, after: Any, *names: str) -> bool:
    """Return whether a step makes each of some facts true that were not."""
    return _told(both(*(both(getattr(after, one), no(getattr(before, one))) for one in names)))


def goes(before: Any, after: Any, name: str, old: object, new: object) -> bool:
    """Return whether a step takes a fact from one value to another."""
    return _told(both(getattr(before, name) == old, getattr(after, name) == new))


def worker(state: Any) -> Thread:
    """Return where the worker is on its way out, in a scope that says what is pending for it."""
    if not state.made or state.worker_gone:
        return Thread.GONE if state.made else Thread.NONE
    return Thread.KILLED if state.pending else Thread.LIVE


def kept(before: Any, after: Any, *names: str) -> bool:
    """Return whether a step leaves each of some facts as it was."""
    differ = _differ(before, after)
    return _told(no(either(*(differ.get(name, False) for name in names))))
