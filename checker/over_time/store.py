"""States in columns: each state once, its facts side by side in a few words of 64 bits.

A fact has as many bits as the values that were met need; where a value needs more, all states
are packed anew.  A state's words are its key, so that equal keys are equal states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from checker.readings.rows import Column, Paths, Rows, holding
from model.records import BOOL, Leaf, leaves, made_of

Words: TypeAlias = "list[NDArray[np.uint64]]"
Numbers: TypeAlias = NDArray[np.int64]
Range: TypeAlias = "tuple[int, int]"
"""The least and the most of some numbers."""

_MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)


class Field:
    """Where a fact is in the words of a state, and from which number on it is counted."""

    __slots__ = ("bits", "leaf", "least", "shift", "word")

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        self.least, self.bits, self.word, self.shift = 0, int(leaf.width == BOOL), 0, 0

    @property
    def most(self) -> int:
        """Return the largest number that there is room for."""
        return self.least + (1 << self.bits) - 1

    def read(self, words: Words) -> Column:
        """Return the column of the fact."""
        if not self.bits:
            return np.full(len(words[0]), self.least, dtype=holding(self.least, self.least))
        code = (words[self.word] >> np.uint64(self.shift)) & np.uint64((1 << self.bits) - 1)
        if self.leaf.width == BOOL:
            return code.astype(bool)
        kind = holding(min(self.least, 0), max(self.most, 0))
        return code.astype(kind) + self.least if self.least else code.astype(kind)

    @property
    def range(self) -> tuple[int, int]:
        """Return between which numbers the fact is."""
        return (0, 1) if self.leaf.width == BOOL else (self.least, self.most)

    def value(self, word: int) -> Any:
        """Return the fact of one state by its word."""
        code = (word & self.mask) >> self.shift
        return bool(code) if self.leaf.width == BOOL else code + self.least

    def written(self, value: Any) -> Any:
        """Return a column of the fact, or one value of it, as bits in their place."""
        if isinstance(value, np.ndarray):
            wide = value.astype(object if self.most >= 1 << 63 else np.int64, copy=False)
            code = wide - self.least if self.least else wide
            return code.astype(np.uint64, copy=False) << np.uint64(self.shift)
        return np.uint64((int(value) - self.least) << self.shift)

    @property
    def mask(self) -> int:
        """Return the bits of its word that are its own."""
        return ((1 << self.bits) - 1) << self.shift


class Store:
    """The states of a system that were met, each by its number, in the order met."""

    def __init__(self, record: type[Any]) -> None:
        self.record = record
        self.fields = [Field(leaf) for leaf in leaves(record)]
        self.size = 0
        self._laid_out()
        self._words: Words = [np.zeros(64, dtype=np.uint64)]
        self._table = np.full(256, -1, dtype=np.int32)

    def _laid_out(self) -> None:
        """Give each fact its place; none lies across two words."""
        room = [64]
        for one in sorted(self.fields, key=lambda field: -field.bits):
            place = next((at for at, left in enumerate(room) if left >= one.bits), len(room))
            if place == len(room):
                room.append(64)
            room[place] -= one.bits
            one.word, one.shift = place, room[place]
        self.width = len(room)

    def words(self, numbers: Any) -> Words:
        """Return the words of some states."""
        return [word[numbers] for word in self._words]

    def columns(self, words: Words) -> dict[str, Column]:
        """Return the facts of states as columns."""
        return {one.leaf.path: one.read(words) for one in self.fields}

    def rows(self, paths: Paths, words: Words) -> Any:
        """Return states as one record, whose facts are rows, or plain where all have the same."""
        first = [int(word[0]) for word in words]
        differ = [int(np.bitwise_or.reduce(word ^ word[0])) for word in words]
        return made_of(self.record)(
            *(
                Rows(paths, one.read(words), *one.range)
                if differ[one.word] & one.mask
                else one.value(first[one.word])
                for one in self.fields
            )
        )

    def plain(self, numbers: Any) -> list[Any]:
        """Return states as plain records."""
        columns = self.columns(self.words(numbers)).values()
        made: list[Any] = list(map(made_of(self.record), *(one.tolist() for one in columns)))
        return made

    def changed(self, before: Numbers, after: Numbers) -> Iterator[tuple[str, Any]]:
        """Yield the facts that differ between pairs of states, each with where it does."""
        differ = [old ^ new for old, new in zip(self.words(before), self.words(after), strict=True)]
        for one in self.fields:
            where = differ[one.word] & np.uint64(one.mask) != 0
            if where.any():
                yield one.leaf.path, where

    def has_room(self, ranges: Iterable[tuple[Field, Range]]) -> bool:
        """Return whether facts can have these values as states are packed now."""
        return all(
            one.leaf.width == BOOL or (one.least <= least and most <= one.most)
            for one, (least, most) in ranges
        )

    def widen(self, ranges: Iterable[tuple[Field, Range]]) -> None:
        """Pack all states anew, so that facts can have these values."""
        before = self.columns(self.words(slice(0, self.size)))
        for one, (least, most) in ranges:
            if one.leaf.width != BOOL:
                met = before[one.leaf.path]
                low, high = (int(met.min()), int(met.max())) if self.size else (least, most)
                one.least = min(least, low)
                one.bits = (max(most, high) - one.least).bit_length()
        self._laid_out()
        room = len(self._words[0])
        self._words = [np.zeros(room, dtype=np.uint64) for _ in range(self.width)]
        for one in self.fields:
            if self.size and one.bits:
                self._words[one.word][: self.size] |= one.written(before[one.leaf.path])
        self._filled(len(self._table))

    def packed(self, values: list[Any], count: int) -> Words:
        """Return states as words; ``values`` are columns or plain values, fact by fact."""
        made = [np.zeros(count, dtype=np.uint64) for _ in range(self.width)]
        for one, value in zip(self.fields, values, strict=True):
            if one.bits:
                made[one.word] |= one.written(value)
        return made

    def _hashed(self, words: Words) -> NDArray[np.uint64]:
        mixed = words[0] * np.uint64(_MIX[0])
        for at, word in enumerate(words[1:], 1):
            mixed ^= mixed >> np.uint64(29)
            mixed = (mixed + word) * np.uint64(_MIX[at % len(_MIX)] | 1)
        mixed ^= mixed >> np.uint64(32)
        return mixed * np.uint64(_MIX[1])

    def _places(self, words: Words, table: Any) -> Numbers:
        bits = len(table).bit_length() - 1
        return (self._hashed(words) >> np.uint64(64 - bits)).astype(np.int64)

    def add(self, words: Words) -> Numbers:
        """Return the numbers of states, new ones in the order in which they are first here."""
        found, left = self._found(words)
        if len(left):
            found[left] = self._added([word[left] for word in words])
        return found

    def _found(self, words: Words) -> tuple[Numbers, Numbers]:
        """Return the numbers of states that are known, and the places of those that are not."""
        table = self._table
        last = len(table) - 1
        count = len(words[0])
        found = np.full(count, -1, dtype=np.int64)
        place, todo, unknown = self._places(words, table), np.arange(count), []
        while len(todo):
            there = table[place]
            empty = there < 0
            equal = ~empty
            for known, word in zip(self._words, words, strict=True):
                equal &= known[there] == word[todo]
            found[todo[equal]] = there[equal]
            unknown.append(todo[empty])
            left = ~(equal | empty)
            todo, place = todo[left], (place[left] + 1) & last
        return found, np.sort(np.concatenate(unknown)) if unknown else np.arange(0)

    def _added(self, words: Words) -> Numbers:
        """Return the numbers of states none of which is known, some perhaps equal."""
        count = len(words[0])
        size = len(self._table)
        while size < 3 * (self.size + count):
            size *= 2
        if size != len(self._table):
            self._filled(size)
        table, last, first = self._table, size - 1, self.size
        self._reserve(first + count)
        found = np.full(count, -1, dtype=np.int64)
        place, todo, won = self._places(words, table), np.arange(count), []
        while len(todo):
            there = table[place]
            empty = there == -1
            free, at = todo[empty], place[empty]
            table[at[::-1]] = (-2 - free[::-1]).astype(np.int32)
            there = table[place]
            other = -2 - there.astype(np.int64)  # all that is here was put here by these
            known = there >= 0
            other[known] = 0
            alike = ~known
            for word in words:
                alike &= word[other] == word[todo]
            found[todo[alike]] = other[alike]
            won.append(todo[alike & (other == todo)])
            left = ~alike
            todo, place = todo[left], (place[left] + 1) & last
        winners = np.sort(np.concatenate(won))
        number = np.zeros(count, dtype=np.int64)
        number[winners] = np.arange(first, first + len(winners))
        for kept, word in zip(self._words, words, strict=True):
            kept[first : first + len(winners)] = word[winners]
        self.size = first + len(winners)
        self._settled(words, winners, number)
        return number[found]

    def _settled(self, words: Words, winners: Numbers, number: Numbers) -> None:
        """Put the numbers of new states where only their places were noted."""
        table, last = self._table, len(self._table) - 1
        place, todo = self._places([word[winners] for word in words], table), winners
        while len(todo):
            mine = table[place] == -2 - todo
            table[place[mine]] = number[todo[mine]]
            todo, place = todo[~mine], (place[~mine] + 1) & last

    def _reserve(self, size: int) -> None:
        room = len(self._words[0])
        if size > room:
            more = max(size, 2 * room) - room
            self._words = [np.concatenate([one, np.zeros(more, np.uint64)]) for one in self._words]

    def _filled(self, size: int) -> None:
        """Note all states in a table of a size."""
        table = np.full(size, -1, dtype=np.int32)
        todo = np.arange(self.size)
        place = self._places(self.words(slice(0, self.size)), table)
        while len(todo):
            free = table[place] < 0
            table[place[free]] = todo[free]
            left = table[place] != todo
            todo, place = todo[left], (place[left] + 1) & (size - 1)
        self._table = table
