"""Where steps lead from some states: only the facts that a step changes are packed anew."""

from __future__ import annotations

from itertools import compress
from operator import attrgetter, is_not
from typing import Any

import numpy as np

from checker.over_time.store import Field, Numbers, Range, Store, Words
from checker.readings.rows import Rows
from model.records import BOOL


class Leading:
    """What steps lead to from some states of a store, in the order in which they are taken."""

    def __init__(self, store: Store, rows: Numbers, state: Any) -> None:
        """Take the numbers of the states, and the same states as one record of rows."""
        self._store, self._rows = store, rows
        self._read = attrgetter(*(one.leaf.path for one in store.fields), "__class__")
        self._from = self._read(state)[:-1]
        self._words = store.words(rows)
        self._waiting: list[Words] = []
        self._found: list[Numbers] = []

    def add(self, then: Any, taken: Numbers) -> bool:
        """Note the states after a step from those that take it; return whether they can be held."""
        if not isinstance(then, self._store.record):
            return False
        news: list[tuple[Field, Any, Range]] = []
        after = self._read(then)
        facts = zip(self._store.fields, after, strict=False)
        for one, new in compress(facts, map(is_not, after, self._from)):
            value = new.column[taken] if isinstance(new, Rows) else new
            reach = _range(one, value)
            if reach is None:
                return False
            news.append((one, value, reach))
        ranges = [(one, reach) for one, _value, reach in news]
        if not self._store.has_room(ranges):
            self._settle()
            self._store.widen(ranges)
            self._words = self._store.words(self._rows)
        self._waiting.append(self._packed(news, taken))
        return True

    def _packed(self, news: list[tuple[Field, Any, Range]], taken: Numbers) -> Words:
        made = [word[taken] for word in self._words]
        for one, value, _reach in news:
            if one.bits:
                kept = np.uint64(~one.mask & (1 << 64) - 1)
                made[one.word] = (made[one.word] & kept) | one.written(value)
        return made

    def _settle(self) -> None:
        """Give the states that wait their numbers."""
        if self._waiting:
            words = [np.concatenate(parts) for parts in zip(*self._waiting, strict=True)]
            self._found.append(self._store.add(words))
            self._waiting = []

    def numbers(self) -> Numbers:
        """Return the numbers of all states that were noted."""
        self._settle()
        return np.concatenate([np.zeros(0, dtype=np.int64), *self._found])


def _range(one: Field, value: Any) -> Range | None:
    """Return the least and the most of a fact's values; nothing if it cannot have them."""
    leaf = one.leaf
    if leaf.width == BOOL:
        column = isinstance(value, np.ndarray) and value.dtype.kind == "b"
        return (0, 1) if column or isinstance(value, bool) else None
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "b":
            return None
        least, most = int(value.min()), int(value.max())
    elif isinstance(value, int) and not isinstance(value, bool):
        least = most = int(value)
    else:
        return None
    bits = leaf.width - leaf.signed
    low, high = (-(1 << bits) if leaf.signed else 0), (1 << bits) - 1
    return (least, most) if low <= least and most <= high else None
