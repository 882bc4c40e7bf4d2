"""What statements about steps are made of: which facts a step leaves alone.

They are read on plain values only, before and after steps that an exploration took.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from properties.claim import Claim

ELSE = Claim(False, True)
"""What a statement claims of a step that it does not speak of."""


@cache
def _names(record: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(record))


def changed(before: Any, after: Any) -> set[str]:
    """Return the names of the facts, or parts, that differ."""
    kind: Any = type(before)
    return {
        name
        for name in _names(kind)
        if getattr(before, name) != getattr(after, name)
    }


def only(before: Any, after: Any, *names: str) -> bool:
    """Return whether a step changes nothing but some facts, or parts."""
    return changed(before, after) <= set(names)


def happens(before: Any, after: Any, *names: str) -> bool:
    """Return whether a step makes each of some facts true that were not."""
    return all(getattr(after, one) and not getattr(before, one) for one in names)


def goes(before: Any, after: Any, name: str, old: object, new: object) -> bool:
    """Return whether a step takes a fact from one value to another."""
    return bool(getattr(before, name) == old and getattr(after, name) == new)


def kept(before: Any, after: Any, *names: str) -> bool:
    """Return whether a step leaves each of some facts as it was."""
    return not changed(before, after) & set(names)
