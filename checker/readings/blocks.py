"""What is noted of columns (:mod:`checker.readings.later`), done block by block.

All of it is done to some thousand calls, then to the next: what lies between stays near the
processor, and is overwritten when nobody asks for it any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from checker.readings.later import Later, Notes, Step

BLOCK = 1 << 14
"""Calls that are worked out at a time."""


def worked_out(notes: Notes, asked: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Return the columns of ``count`` numbers that are asked for, and plain values as they are."""
    wanted = {one.place for one in asked.values() if isinstance(one, Later)}
    steps = _needed(notes, wanted)
    made = {
        place: np.empty(count, step.kind) for place, step in steps.items() if place in wanted
    }
    between = _between(steps, wanted)
    whole = notes.there | made
    for block in _blocks(count):
        _do(steps, _part(whole, between, block))
    return {
        name: whole[one.place] if isinstance(one, Later) else one for name, one in asked.items()
    }


def _blocks(count: int) -> Iterator[slice]:
    return (slice(first, min(first + BLOCK, count)) for first in range(0, count, BLOCK))


def _needed(notes: Notes, wanted: set[int]) -> dict[int, Step]:
    """Return the steps that what is wanted comes of, each after those that it comes of."""
    needed = set(wanted)
    for place, step in reversed(notes.steps.items()):
        if place in needed:
            needed.update(step.given)
    return {place: step for place, step in notes.steps.items() if place in needed}


def _between(steps: dict[int, Step], wanted: set[int]) -> dict[int, Any]:
    """Return a column of a block for each step that is not wanted itself.

    One is of several steps, if nobody asks for the one when the other is made.
    """
    last = {place: number for number, step in steps.items() for place in step.given}
    free: dict[Any, list[Any]] = {}
    between: dict[int, Any] = {}
    for number, step in steps.items():
        if number not in wanted:
            room = free.setdefault(step.kind, [])
            between[number] = room.pop() if room else np.empty(BLOCK, step.kind)
        for place in set(step.given) & between.keys():
            if last[place] == number:
                free[steps[place].kind].append(between[place])
    return between


def _part(whole: dict[int, Any], between: dict[int, Any], block: slice) -> dict[int, Any]:
    """Return what a block's steps take and make, by place."""
    part = {place: one[block] if np.shape(one) else one for place, one in whole.items()}
    size = block.stop - block.start
    return part | {place: one[:size] for place, one in between.items()}


def _do(steps: dict[int, Step], part: dict[int, Any]) -> None:
    taken = part.__getitem__
    for place, step in steps.items():
        step.does(*map(taken, step.given), out=part[place])
