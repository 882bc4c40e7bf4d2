"""Random calls for the reading on columns: known calls, or ordinary ones, with a few facts changed.

Each number is drawn from where rules look: small numbers, limits, single bits, and anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from checker.readings.columns import Column, kind_of
from checker.readings.space import all_leaves
from model.records import BOOL, Leaf
from model.request import Entry
from model.state import Fallible
from model.words import Errno, Flag

CHANGED = 6.0
"""How many facts of a call differ from an ordinary caller's, on average."""

_LEAVES = {leaf.path: leaf for leaf in all_leaves()}
_ERRNOS = [int(one) for one in Errno]
_TELLING: dict[str, list[int]] = {
    "request.usize": [0, 63, 64, 65, 71, 72, 79, 80, 87, 88, 89, 4096, 4097],
    "request.exit_signal": [0, 1, 17, 64, 65, 255, 256, 2**32],
    "request.set_tid_size": [0, 1, 2, 3, 4, 32, 33, 2**40],
    "request.cgroup": [0, 3, 2**31 - 1, 2**31],
    "chance.fails": [int(step) for step in Fallible],
    "chance.errno": _ERRNOS,
}


def flood(
    rng: np.random.Generator, count: int, entries: tuple[Entry, ...] = tuple(Entry)
) -> dict[str, Any]:
    """Return the facts of ``count`` random calls: columns; an only entry point is plain."""
    facts: dict[str, Any] = {leaf.path: _column(rng, leaf, count) for leaf in _LEAVES.values()}
    chosen = np.array([int(entry) for entry in entries], dtype=np.uint64)
    drawn = chosen[rng.integers(0, len(chosen), count)]
    facts["request.entry"] = drawn if len(entries) > 1 else int(entries[0])
    facts["request.flags"] = _flags(rng, count)
    return facts


def around(
    rng: np.random.Generator,
    count: int,
    known: Sequence[Mapping[str, Any]],
    varied: Sequence[str],
    changed: float,
) -> dict[str, Any]:
    """Return the facts of ``count`` calls, each one of the known ones with some facts changed.

    Of the ``varied`` facts, named by their paths, ``changed`` are drawn anew on average.  What all
    calls have alike is a plain value.
    """
    which = rng.integers(0, len(known), count)
    facts = {path: _of_known(leaf, known, which) for path, leaf in _LEAVES.items()}
    for path in varied:
        leaf = _LEAVES[path]
        column = np.broadcast_to(np.asarray(facts[path], dtype=kind_of(leaf)), (count,)).copy()
        rows = rng.integers(0, count, rng.poisson(count * changed / len(varied)))
        column[rows] = _drawn(rng, leaf, len(rows))
        facts[path] = column
    return facts


def _of_known(leaf: Leaf, known: Sequence[Mapping[str, Any]], which: Column) -> Any:
    """Return a fact of the known calls, a column where they differ."""
    values = [one.get(leaf.path, leaf.default) for one in known]
    if all(value == values[0] for value in values):
        return values[0]
    return np.array(values, dtype=kind_of(leaf))[which]


def with_flags(rng: np.random.Generator, words: Any, count: int) -> Column:
    """Return flag words of which two in five are other ones, and one in five has a flag flipped."""
    made = np.broadcast_to(np.asarray(words, dtype=np.uint64), (count,)).copy()
    kind = rng.random(count)
    fresh, flipped = np.flatnonzero(kind < 0.4), np.flatnonzero(kind > 0.8)
    made[fresh] = _flags(rng, len(fresh))
    known = np.array([int(flag) for flag in Flag], dtype=np.uint64)
    made[flipped] ^= known[rng.integers(0, len(known), len(flipped))]
    return made


def _column(rng: np.random.Generator, leaf: Leaf, count: int) -> Column:
    column = np.full(count, leaf.default, dtype=kind_of(leaf))
    changed = np.flatnonzero(rng.random(count) < CHANGED / len(_LEAVES))
    column[changed] = _drawn(rng, leaf, len(changed))
    return column


def _drawn(rng: np.random.Generator, leaf: Leaf, count: int) -> Column:
    if leaf.width == BOOL:
        return np.full(count, not leaf.default)
    near = np.array(_near(leaf), dtype=kind_of(leaf))
    drawn = near[rng.integers(0, len(near), count)]
    if leaf.path in _TELLING:
        return drawn
    anywhere = rng.random(count) < 0.25
    drawn[anywhere] = rng.integers(*_range(leaf), int(anywhere.sum()), kind_of(leaf), True)
    return drawn


def _near(leaf: Leaf) -> list[int]:
    low, high = _range(leaf)
    bits = [1 << place for place in range(leaf.width - leaf.signed)] if leaf.names else []
    around = [leaf.default - 1, leaf.default, leaf.default + 1]
    telling: Any = _TELLING.get(leaf.path, [0, 1, 2, 3, 4, 33, *around, *bits, low, high])
    return [value for value in telling if low <= value <= high]


def _range(leaf: Leaf) -> tuple[int, int]:
    low = -(2 ** (leaf.width - 1)) if leaf.signed else 0
    high = 2 ** (leaf.width - leaf.signed) - 1
    return low, min(high, leaf.most) if leaf.most is not None else high


def _flags(rng: np.random.Generator, count: int) -> Column:
    """Return flag words: up to six flags, half of them with a signal, a few with any bits."""
    known = np.array([int(flag) for flag in Flag], dtype=np.uint64)
    words = np.zeros(count, dtype=np.uint64)
    for _ in range(6):
        words |= np.where(rng.random(count) < 0.4, known[rng.integers(0, len(known), count)], 0)
    words |= np.where(rng.random(count) < 0.5, np.uint64(17), np.uint64(0))
    wild = rng.random(count) < 0.05
    words[wild] = rng.integers(0, 2**64 - 1, int(wild.sum()), np.uint64, True)
    return words
