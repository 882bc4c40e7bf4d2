"""Atomic counters: that to subtract is to add the negative, and to count is to add one.

So Documentation/atomic_t.txt defines them.  A call is taken for that of its addition; of a version
that changes what one of them does nothing is taken so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

ASSUMED = "an atomic counter is subtracted from, or counted, by adding the negative, or one"

_NAMED = re.compile(
    r"(atomic|atomic64|atomic_long)_(sub|inc|dec)((?:_return)?(?:_relaxed|_acquire|_release)?)"
)


@dataclass(frozen=True)
class Addition:
    """The addition that an atomic operation is: its name, its width, and what is added."""

    name: str
    bits: int
    given: bool
    """Whether the first argument says how much is subtracted; else it is one up or down."""
    one: int = 0


@cache
def addition(name: str) -> Addition | None:
    """Return the addition that a function is; nothing for any other function."""
    found = _NAMED.fullmatch(name)
    if found is None:
        return None
    kind, does, rest = found.groups()
    bits = 32 if kind == "atomic" else 64
    return Addition(f"{kind}_add{rest}", bits, does == "sub", 1 if does == "inc" else -1)


def today(name: str) -> str:
    """Return the name that calls of a function are counted under."""
    found = addition(name)
    return name if found is None else found.name
