"""Atomic counters: that to subtract is to add the negative, and to count is to add one.

So Documentation/atomic_t.txt defines them, and that those which return the value from before, the
new one, or whether that is 0, add alike where they order alike.  A call is taken for that of its
addition; of a version that changes what one of them does nothing is taken so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

ASSUMED = "an atomic counter is subtracted from, or counted, by adding the negative, or one"

_KIND = "(atomic|atomic64|atomic_long)"
_ORDER = "(|_relaxed|_acquire|_release)"
_NAMED = re.compile(rf"{_KIND}_(add|sub|inc|dec)(|_return|_and_test){_ORDER}")
_FETCHED = re.compile(rf"{_KIND}_fetch_(add|sub|inc|dec)(){_ORDER}")
OLD, NEW, ZERO = "the old value", "the new value", "whether it is 0"


@dataclass(frozen=True)
class Addition:
    """The addition that an atomic operation is: its name, its width, and what is added.

    What adds in no order yields the old value, what orders the new one; ``wanted`` is what the
    operation makes of it.
    """

    name: str
    bits: int
    given: bool
    """Whether the first argument says how much; else it is one."""
    one: int
    """1 where it is added, -1 where it is subtracted."""
    wanted: str = NEW

    @property
    def yields(self) -> str:
        """Return what the addition itself yields."""
        return OLD if self.name.endswith("_add") else NEW


@cache
def addition(name: str) -> Addition | None:
    """Return the addition that a function is; nothing for any other function."""
    named = _NAMED.fullmatch(name)
    found = named or _FETCHED.fullmatch(name)
    if found is None:
        return None
    kind, does, returned, order = found.groups()
    plain = named is not None and not returned
    if (plain or returned == "_and_test") and order:
        return None
    rest = "" if plain or order == "_relaxed" else f"_return{order}"
    wanted = OLD if named is None else ZERO if returned == "_and_test" else NEW
    bits = 32 if kind == "atomic" else 64
    one = 1 if does in ("add", "inc") else -1
    return Addition(f"{kind}_add{rest}", bits, does in ("add", "sub"), one, wanted)


def known(name: str) -> bool:
    """Return whether it is known what a function does, whatever its body is."""
    return addition(name) is not None


def today(name: str) -> str:
    """Return the name that calls of a function are counted under."""
    found = addition(name)
    return name if found is None else found.name
