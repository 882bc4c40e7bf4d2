"""A run that decides several kinds of statements, each its own way, all at once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from checker.ground.pool import Lane, side_by_side
from checker.record.packed import received, sent
from checker.record.result import Result

Progress = Callable[[int], None]


def nobody(_count: int) -> None:
    """Tell nobody how far it has come."""


@dataclass(frozen=True)
class Deciding:
    """Statements of one kind that are to be decided.

    ``lane`` gives results for each of its items; ``done`` returns how many statements some of
    them are the last of, and ``joined`` all of them in order.
    """

    lane: Lane
    done: Callable[[list[Result]], int]
    joined: Callable[[list[Result]], list[Result]]


def decide_all(
    kinds: Sequence[Deciding], *, jobs: int | None = None, progress: Progress = nobody
) -> list[list[Result]]:
    """Return the results of each kind, in their order.

    ``jobs`` is the number of processes (all processors by default); ``progress`` is called with
    the number of statements done since the last call.
    """
    found: list[list[Result]] = [[] for _ in kinds]
    gc.freeze()  # the processes share what is there now, and never look through it
    for kind, _place, lines in side_by_side([_packing(one.lane) for one in kinds], jobs=jobs):
        results = received(lines)
        found[kind] += results
        progress(kinds[kind].done(results))
    return [one.joined(results) for one, results in zip(kinds, found, strict=True)]


def _packing(lane: Lane) -> Lane:
    """Return a lane whose results come packed."""
    return replace(lane, function=lambda item: sent(lane.function(item)))
