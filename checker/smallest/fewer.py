"""What cannot be left out of many things: chunks are tried first, then smaller ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")


def needed(things: Sequence[Thing], still: Callable[[list[Thing]], bool]) -> list[Thing]:
    """Return some of the things, in order, of which ``still`` holds, as it does of all.

    The first are left out first; each that stays was tried to be left out alone, once.
    """
    kept = list(things)
    size = len(kept)
    while size:
        for some in [kept[begin : begin + size] for begin in range(0, len(kept), size)]:
            rest = [one for one in kept if one not in some]
            if still(rest):
                kept = rest
        size = min(size // 2, len(kept))
    return kept
