"""A flood from its first portion to its last, kept on the way so that it can go on later."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from checker.flood.drawn import COUNT, Portion
from checker.flood.portion import judged
from checker.flood.told import LARGEST, Told
from checker.ground.clock import now, since
from checker.ground.files import write_atomically
from checker.ground.json_text import load
from checker.ground.problems import Problem
from checker.ground.scheduler import Scheduler
from checker.ground.signals import undone

VERSION = 1

ROUND = 448
"""Portions that are handed out together: each entry point 32 times."""

KEPT_EVERY = 20.0
"""Seconds between two times that a flood is written down."""

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Flood:
    """How far a flood has come: its seed, the portions that are done, and what they came to.

    Of another tree nothing is believed: ``tree`` is the digest of the one that it is of.
    """

    seed: int
    tree: str
    done: frozenset[int] = frozenset()
    told: Told = field(default_factory=Told)
    seconds: float = 0.0

    def after(self, number: int, told: Told, seconds: float) -> Flood:
        """Return the flood after one more portion."""
        joined = deepcopy(self.told)
        joined += told
        return Flood(self.seed, self.tree, self.done | {number}, joined, self.seconds + seconds)

    def next_portions(self) -> list[int]:
        """Return the numbers of the portions to come next: first those that were left out."""
        end = (max(self.done, default=-1) // ROUND + 1) * ROUND
        missing = sorted(set(range(end)) - self.done)
        return missing or list(range(end, end + ROUND))

    def makes_sense(self) -> bool:
        """Return whether its numbers can be those of so many portions."""
        told = self.told
        if not all(type(one) is int and one >= 0 for one in told.counts()):
            return False
        judged = sum(told.entries.values()) == sum(told.kernels.values()) == told.possible
        all_told = len(told.contradictions) == min(told.wrong, LARGEST)
        drawn_there = told.possible <= told.drawn == COUNT * len(self.done)
        return judged and all_told and drawn_there

    def document(self) -> dict[str, Any]:
        """Return it as JSON writes it."""
        return {
            "cloneproof flood": VERSION,
            "seed": self.seed,
            "tree": self.tree,
            "seconds": round(self.seconds, 1),
            "portions": list(_ranges(sorted(self.done))),
            "told": self.told.document(),
        }


def _ranges(numbers: list[int]) -> Iterator[list[int]]:
    """Yield first and last of each run of numbers."""
    first = None
    for place, number in enumerate(numbers):
        first = number if first is None else first
        if place + 1 == len(numbers) or numbers[place + 1] != number + 1:
            yield [first, number]
            first = None


def _numbers(ranges: list[list[int]], count: int) -> set[int]:
    """Return the numbers in runs of them; raise ``ValueError`` unless they are so many."""
    if sum(last - first + 1 for first, last in ranges) != count:
        raise ValueError
    return {number for first, last in ranges for number in range(first, last + 1)}


def begun(path: Path, new: Flood) -> Flood:
    """Return the flood that a file keeps, to go on with it; the new one where there is no file.

    Raises :class:`Problem` for a file that is none, or of another seed or tree.
    """
    if not path.exists():
        return new
    document = load(path)
    if not isinstance(document, dict) or document.get("cloneproof flood") != VERSION:
        raise Problem(f"{path} keeps no flood")
    if document.get("tree") != new.tree:
        raise Problem(f"{path} keeps a flood of another tree than this: begin another file")
    if document.get("seed") != new.seed:
        raise Problem(f"{path} keeps a flood of the seed {document.get('seed')!r}")
    flood: Flood | None
    try:
        told = Told.of(document["told"])
        done = _numbers(document["portions"], told.drawn // COUNT)
        flood = Flood(new.seed, new.tree, frozenset(done), told, float(document["seconds"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        flood = None
    if flood is None or not flood.makes_sense():
        raise Problem(f"{path} is damaged: begin another file")
    return flood


def flooded(
    flood: Flood, calls: int, on: Scheduler, kept: Path | None, progress: Progress
) -> Flood:
    """Return the flood when so many calls that can be made were judged; it is kept on the way.

    Whatever ends the work, a signal or a lost worker, what was done by then is kept.
    """
    running = _Running(flood, kept)
    with undone(running.keep):
        while running.flood.told.possible < calls:
            numbers = running.flood.next_portions()
            for place, told in on.each(partial(_judged, flood.seed), numbers):
                running.add(numbers[place], told)
                progress(told.possible)
                if running.flood.told.possible >= calls:
                    break
    return running.flood


def _judged(seed: int, number: int) -> Told:
    return judged(Portion(seed, number))


class _Running:
    """The flood as it goes on; it changes from one whole state to the next."""

    def __init__(self, flood: Flood, path: Path | None) -> None:
        self.flood, self._path = flood, path
        self._kept = flood
        self._added = self._written = now()

    def add(self, number: int, told: Told) -> None:
        """Take what a portion came to; write all down now and then."""
        self.flood = self.flood.after(number, told, since(self._added))
        self._added = now()
        if since(self._written) > KEPT_EVERY:
            self.keep()

    def keep(self) -> None:
        """Write the flood down, unless it is written already."""
        flood = self.flood
        if self._path is not None and flood is not self._kept:
            write_atomically(self._path, json.dumps(flood.document(), indent=1) + "\n")
        self._kept, self._written = flood, now()
