"""Lines of JSON as columns: what plainly is a call, fact by fact; of the rest, that it is not.

A line that is not taken here may still be a call, or say what is wrong with it: it is for
:mod:`checker.calls.answer` to tell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from checker.calls.documents import leaves_by_path
from checker.calls.kernel_names import kernel_named
from checker.calls.naming import number
from checker.calls.remarks import SHADOWED, of_kernel
from checker.ground.problems import Problem
from checker.readings.columns import Column, Many, column_of_kernels, kind_of
from model.kernel import Kernel
from model.read_where import FAILS, means_nothing, where_read
from model.records import BOOL, Leaf
from model.request import Entry

_ENTRY = leaves_by_path()["request.entry"]


_NOTHING: dict[str, Any] = {}


class Odd(Exception):
    """A line that is not plainly a call."""


NO_LINE = -1
"""The line of a row that was begun for an odd one: it is no call, and is not told."""


class Given:
    """One fact of some calls: the rows that give it and what they give, in turn."""

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        self.kind = bool if leaf.width == BOOL else int
        bits = leaf.width - leaf.signed
        self.low = -(1 << bits) if leaf.signed else 0
        self.high = (1 << bits) - 1 if leaf.most is None else leaf.most
        self.named: dict[str, int | bool | None] = {}
        self.raw: list[Any] = []

    def column(self, count: int) -> tuple[Column, list[int]]:
        """Return the fact of ``count`` calls, and the rows that give no value of it.

        Rows that do not give it have its default, and so have those.
        """
        made = np.full(count, self.leaf.default, dtype=kind_of(self.leaf))
        rows, values, odd = self.raw[::2], self.raw[1::2], []
        if not self._plain(values):
            values = self._values(values)
        if None in values:
            odd = [row for row, value in zip(rows, values, strict=True) if value is None]
            values = [self.leaf.default if value is None else value for value in values]
        made[np.array(rows, dtype=np.intp)] = np.array(values, dtype=made.dtype)
        return made, odd

    def _plain(self, given: list[Any]) -> bool:
        """Return whether all that is given are values already."""
        if set(map(type, given)) != {self.kind}:
            return False
        return self.kind is bool or (self.low <= min(given) and max(given) <= self.high)

    def _values(self, given: list[Any]) -> list[Any]:
        """Return what each of the given comes to; a text, or a number, is read once."""
        if not set(map(type, given)) <= {str, int}:
            return [self.value(item) for item in given]
        known = {text: self.value(text) for text in set(given)}
        return list(map(known.__getitem__, given))

    def value(self, given: Any) -> int | bool | None:
        """Return the value that a line gives; ``None`` where it is not plainly one."""
        if type(given) is not str:
            return self._spelled(given)
        value = self.named.get(given)
        if value is None:
            value = self.named[given] = self._spelled(given)
        return value

    def _spelled(self, given: Any) -> int | bool | None:
        try:
            return number(self.leaf, given)
        except Problem:
            return None


Tree = dict[str, Any]
"""Facts by the names that lead to them, as JSON nests them: a fact's ``raw`` list, or a tree."""


def _tree(given: dict[str, Given]) -> Tree:
    root: Tree = {}
    for path, one in given.items():
        *groups, last = path.split(".")
        place = root
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = one.raw
    return root


class Kernels:
    """The kernels that the lines of a batch name, by number; ``default`` is that of the others."""

    def __init__(self, default: str) -> None:
        self._default = default
        self._places: dict[str | None, int] = {}
        self.plain: list[Kernel] = []
        self.told: list[str] = []
        """How an answer tells each of them."""

    def place(self, name: Any) -> int:
        """Return the number of the kernel that a line names; raise :class:`Odd` for none."""
        if name is not None and type(name) is not str:
            raise Odd
        place = self._places.get(name)
        return self._new(name) if place is None else place

    def _new(self, name: str | None) -> int:
        try:
            self.plain.append(kernel_named(self._default if name is None else name))
        except Problem:
            raise Odd from None
        notes = of_kernel(name, self._default)
        said = {"kernel": self.plain[-1].name, **({"notes": notes} if notes else {})}
        self.told.append(json.dumps(said)[1:-1])
        self._places[name] = len(self._places)
        return self._places[name]


@dataclass
class Gathered:
    """Calls of one entry point: the line that each is in, its kernel, and what it gives."""

    entry: Entry
    kernels: Kernels
    lines: list[int] = field(default_factory=list)
    heads: dict[int, str] = field(default_factory=dict)
    """How an answer begins where its line has an ``id``, row by row."""
    which: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.given = {path: Given(leaf) for path, leaf in leaves_by_path().items()}
        self.tree = _tree(self.given)

    def add(self, line: int, document: dict[str, Any], colons: int) -> None:
        """Take the call of a line; raise :class:`Odd` where it is not plainly one.

        ``colons`` are those of its text: as many as there are names, or a name may be there twice.
        """
        names, row = len(document), len(self.lines)
        if "id" in document:
            self.heads[row] = f'{{"id": {_simple(document.pop("id"))}, '
        self.which.append(self.kernels.place(document.pop("kernel", None)))
        self.lines.append(NO_LINE)
        if names + self._gather(row, document, self.tree) != colons:
            raise Odd
        self.lines[row] = line

    def _gather(self, row: int, document: dict[str, Any], tree: Tree) -> int:
        """Take the facts of a nested object; return how many names are below its own."""
        names = 0
        for name, item in document.items():
            place = tree[name]
            if place.__class__ is list:
                place += (row, item)
            elif item.__class__ is dict:
                names += len(item) + self._gather(row, item, place)
            else:
                raise Odd
        return names

    def many(self) -> Many:
        """Return the calls, as columns."""
        count = len(self.lines)
        facts: dict[str, Any] = {path: leaf.default for path, leaf in leaves_by_path().items()}
        for path, one in self.given.items():
            if one.raw and path != _ENTRY.path:
                facts[path], odd = one.column(count)
                for row in [*odd, *self._silent(path, facts[path])]:
                    self.lines[row] = NO_LINE
        facts["request.entry"] = int(self.entry)
        kernel = column_of_kernels(self.kernels.plain, np.array(self.which, dtype=np.intp))
        return Many(kernel, facts, count)


    def _silent(self, path: str, column: Column) -> list[int]:
        """Return the rows in which a fact is given that means nothing on their kernel.

        Their answers have more to tell than those of others.
        """
        if path.startswith(SHADOWED):
            return self.given[path].raw[::2]
        if where_read(path) is None and path != FAILS:
            return []
        rows = np.array(self.given[path].raw[::2], dtype=np.intp)
        leaf, values, which = self.given[path].leaf, column[rows], np.array(self.which)[rows]
        silent = np.zeros(len(rows), dtype=bool)
        for value in set(values.tolist()) - {leaf.default}:
            for place, kernel in enumerate(self.kernels.plain):
                if means_nothing(kernel, path, value):
                    silent |= (values == value) & (which == place)
        found: list[int] = rows[silent].tolist()
        return found


def _simple(given: Any) -> str:
    """Return an ``id`` as JSON; raise :class:`Odd` unless it is a number or a text."""
    if type(given) not in (int, str):
        raise Odd
    return json.dumps(given)


class Sorted:
    """The calls of a batch of lines, by entry point; ``default`` is the kernel of those without."""

    def __init__(self, default: str) -> None:
        self.groups: dict[int, Gathered] = {}
        self._kernels = Kernels(default)
        self._entry = Given(_ENTRY)

    def take(self, lines: list[bytes]) -> None:
        """Take the calls in lines: those that plainly are one."""
        for line, text in enumerate(lines):
            try:
                document = orjson.loads(text)
                if type(document) is dict:
                    self._group(document).add(line, document, text.count(b":"))
            except (ValueError, KeyError, Odd):
                continue

    def _group(self, document: dict[str, Any]) -> Gathered:
        request = document.get("request", _NOTHING)
        if type(request) is not dict:
            raise Odd
        entry = self._entry.value(request.get("entry", _ENTRY.default))
        if entry is None:
            raise Odd
        if entry not in self.groups:
            self.groups[entry] = Gathered(Entry(entry), self._kernels)
        return self.groups[entry]
