"""What statements about steps are made of: which facts a step leaves alone.

They are read on plain values only, before and after steps that an exploration took.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from model.over_time.places import Thread
from properties.claim import Claim

ELSE = Claim(False, True)
"""What a statement claims of a step that it does not speak of."""


@cache
def _names(record: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(record))


_CHANGED: dict[tuple[int, int], tuple[Any, Any, frozenset[str]]] = {}
"""What differs between two states, which are kept so that their numbers stay their own."""
_Key = tuple[int, int, tuple[str, ...]]
_TOUCHED: dict[_Key, tuple[Any, Any, tuple[tuple[Any, Any], ...]]] = {}

MOST = 50_000
"""Pairs of states of which that is kept: many statements ask it of each."""


def changed(before: Any, after: Any) -> frozenset[str]:
    """Return the names of the facts, or parts, that differ."""
    key = id(before), id(after)
    if key not in _CHANGED:
        if len(_CHANGED) >= MOST:
            _CHANGED.clear()
        _CHANGED[key] = before, after, _differing(before, after)
    return _CHANGED[key][2]


def _differing(before: Any, after: Any) -> frozenset[str]:
    kind: Any = type(before)
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in _names(kind))
    return frozenset(name for name, old, new in pairs if old is not new and old != new)


def touched(before: Any, after: Any, *parts: str) -> tuple[tuple[Any, Any], ...]:
    """Return of each of some parts that a step changes what it was and what it is."""
    key = id(before), id(after), parts
    if key not in _TOUCHED:
        if len(_TOUCHED) >= MOST:
            _TOUCHED.clear()
        names = changed(before, after)
        pairs = ((getattr(before, one), getattr(after, one)) for one in parts if one in names)
        _TOUCHED[key] = before, after, tuple(pairs)
    return _TOUCHED[key][2]


def only(before: Any, after: Any, *names: str) -> bool:
    """Return whether a step changes nothing but some facts, or parts."""
    return changed(before, after) <= set(names)


def alone(before: Any, after: Any, name: str) -> bool:
    """Return whether a step changes one fact, or part, and nothing else."""
    return changed(before, after) == {name}


def happens(before: Any, after: Any, *names: str) -> bool:
    """Return whether a step makes each of some facts true that were not."""
    return all(getattr(after, one) and not getattr(before, one) for one in names)


def goes(before: Any, after: Any, name: str, old: object, new: object) -> bool:
    """Return whether a step takes a fact from one value to another."""
    return bool(getattr(before, name) == old and getattr(after, name) == new)


def worker(state: Any) -> Thread:
    """Return where the worker is on its way out, in a scope that says what is pending for it."""
    if not state.made or state.worker_gone:
        return Thread.GONE if state.made else Thread.NONE
    return Thread.KILLED if state.pending else Thread.LIVE


def kept(before: Any, after: Any, *names: str) -> bool:
    """Return whether a step leaves each of some facts as it was."""
    return not changed(before, after) & set(names)
