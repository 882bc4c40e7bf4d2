"""Holds an edited file against the file as it is, as a review does, and tells what came of it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from source.c.unit import Unit, unit
from source.review.judge import judge
from source.review.judgement import SAME
from source.tree import Changed, Tree
from tests.source.review.plain import differs
from tests.source.seeding import Fault, both
from tests.source.slips import Slips

NO_FAULT, AT_ITS_LINE, WRONG = "no fault", "at its line", "the same, and it is not"
"""Beside the verdicts: what no compiler takes or reads the same; what is told where it is; and
what is called the same though a run on plain values parts."""

REACH = 8
"""Lines of one statement: a parting that is so near to the edit is told at its place."""


@dataclass(frozen=True)
class Counts:
    """How many faults of a file are tried, single ones and two in one edit, by which seed."""

    single: int
    two: int
    seed: int


@dataclass(frozen=True)
class Trial:
    """An edit and what the review said of it."""

    fault: Fault
    verdict: str
    near: bool
    told: str

    def __str__(self) -> str:
        one = self.fault
        return f"{one.path}:{one.line} {one.function}(): {one.kind}: {one.told}: {self.told}"


@contextmanager
def opened(tree: Tree, path: str, of: Unit | None = None) -> Iterator[Unit]:
    """Yield a file of a tree as it is read; what reads it ends with the block."""
    made = unit(tree, path, of=of)
    try:
        yield made
    finally:
        made.close()


def tried(base: Unit, tree: Tree, fault: Fault) -> Trial:
    """Return what the review says of an edit of one file."""
    with opened(Changed(tree, {fault.path: fault.text}), fault.path, base) as head:
        name = fault.function
        one, other = base.function(name), head.function(name)
        known = set(one.troubles) if one is not None else set()
        if other is None or set(other.troubles) - known or base.digest(name) == head.digest(name):
            return Trial(fault, NO_FAULT, False, "")
        made = judge(base, head, name)
        verdict = made.verdict
        if verdict == SAME and differs((base, head), name)[0]:
            verdict = WRONG
        places = [place for one in made.partings for place in (one.base, one.head) if place]
        lines = _lines(base, fault)
        near = any(abs(place.line - line) <= REACH for place in places for line in lines)
        return Trial(fault, verdict, near, made.reason)


def _lines(base: Unit, fault: Fault) -> list[int]:
    """Return the lines at which a fault may be told: of two in one edit either's, and of a flag
    that has a new value any use."""
    first, last = base.extents[fault.function]
    told = f"{fault.kind} {fault.told}"
    flags = re.findall(r"flag redefined in the file(?:.*?)(CLONE_\w+)", told)
    text = (base.tree.text(fault.path) or "").split("\n")
    uses = [at for at in range(first, last + 1) if any(one in text[at - 1] for one in flags)]
    return [fault.line, *([fault.second] if fault.second else []), *uses]


def tried_faults(tree: Tree, path: str, names: tuple[str, ...], counts: Counts) -> Iterator[Trial]:
    """Yield what a review says of faults of a file: so many single ones, so many of two."""
    singles, pairs = faults_of(tree, path, names, counts.seed)
    with opened(tree, path) as base:
        for faults, count in ((singles, counts.single), (pairs, counts.two)):
            trials = (tried(base, tree, one) for one in faults)
            yield from islice((one for one in trials if one.verdict != NO_FAULT), count)


def faults_of(
    tree: Tree, path: str, names: tuple[str, ...], seed: int
) -> tuple[list[Fault], list[Fault]]:
    """Return the faults of a file, drawn by a seed, and two in one edit; kinds take turns."""
    chance = random.Random(seed)
    every: dict[str, list[Fault]] = {}
    both_: list[Fault] = []
    for name in names:
        try:
            made = list(Slips(tree, path, name).every())
        except AssertionError:  # this tree has no such function
            continue
        chance.shuffle(made)
        for one in made:
            every.setdefault(one.kind, []).append(one)
        twins = zip(made[::2], made[1::2], strict=False)
        pairs = (both(tree.text(path) or "", one, other) for one, other in twins)
        both_ += [one for one in pairs if one is not None]
    chance.shuffle(both_)
    rounds = max(map(len, every.values()), default=0)
    mixed = [ones[at] for at in range(rounds) for ones in every.values() if at < len(ones)]
    return mixed, both_
