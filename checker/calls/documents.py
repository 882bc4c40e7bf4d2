"""Situations as nested JSON documents: facts under their names, defaults left out."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from checker.calls.naming import number, spoken
from checker.ground.json_text import short
from checker.ground.problems import Problem
from model.call import Situation
from model.records import Leaf, leaves


@lru_cache(maxsize=1)
def leaves_by_path() -> dict[str, Leaf]:
    """Return every leaf of a situation by its path."""
    return {leaf.path: leaf for leaf in leaves(Situation)}


@lru_cache(maxsize=1)
def _groups() -> set[str]:
    found = set()
    for path in leaves_by_path():
        parts = path.split(".")
        found |= {".".join(parts[:depth]) for depth in range(1, len(parts))}
    return found


def to_document(values: dict[str, Any]) -> dict[str, Any]:
    """Return leaf values as nested objects with names for numbers."""
    document: dict[str, Any] = {}
    for path, value in values.items():
        *groups, last = path.split(".")
        place = document
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = spoken(leaves_by_path()[path], value)
    return document


def from_document(document: Any, prefix: str = "") -> dict[str, Any]:
    """Return the leaf values of nested objects; raise :class:`Problem` on unknown names."""
    if not isinstance(document, dict):
        raise Problem(f"{prefix.rstrip('.') or 'a call'} must be an object, not {short(document)}")
    values: dict[str, Any] = {}
    for key, item in document.items():
        path = f"{prefix}{key}"
        leaf = leaves_by_path().get(path)
        if leaf is not None:
            values[path] = number(leaf, item)
        elif path in _groups():
            values |= from_document(item, f"{path}.")
        else:
            raise Problem(f"unknown fact {short(path)}{_hint(path)}")
    return values


def _hint(path: str) -> str:
    """Return what may have been meant by a name that is no fact."""
    from checker.calls.meant import meant

    return meant(path, {path: leaf.doc for path, leaf in leaves_by_path().items()})


@cache
def leaves_of(record: Any) -> tuple[Leaf, ...]:
    """Return the fields of a flat record, in order."""
    return tuple(leaves(record))


def record_document(record: Any) -> dict[str, Any]:
    """Return a flat record (a child, a worker, …) with names for numbers."""
    kind: Any = type(record)
    return {leaf.path: spoken(leaf, getattr(record, leaf.path)) for leaf in leaves_of(kind)}
