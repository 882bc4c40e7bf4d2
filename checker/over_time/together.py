"""Several kernels at once, as steps and statements on rows see them.

A patch that some have and others lack parts them, so that each way is gone by kernels that
answered all alike.  What the rules of the single call are asked is asked once for each
distinct set of facts, of all kernels in one reading.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

import numpy as np

from checker.readings.at_once import AtOnce
from checker.readings.kernelwise import by_value
from checker.readings.rows import Column, Paths, Rows, holding
from model.algebra import Truth
from model.errors import ErrorCode
from model.kernel import NAME, Kernel
from model.mistake import Mistake, here
from model.over_time.step import Machine
from model.records import is_record, leaves, made_of

R = TypeVar("R")
MOST = 60
"""Kernels that are read at once: a bit each of a number of 64."""

Leaves: TypeAlias = "tuple[Any, ...]"
Answer: TypeAlias = "tuple[Any, Leaves]"
"""How an answer is made up, and of what."""
Answers: TypeAlias = "dict[Answer, int]"
"""What is answered to one question about one set of facts, each with the kernels that say so."""

_PARTS: dict[type[Any], Callable[[Any], tuple[Any, ...]] | None] = {}
"""What takes a value of a type to its parts; nothing where it has none."""


def _parts_of(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]] | None:
    if issubclass(kind, (tuple, list)):
        return tuple
    if not is_dataclass(kind):
        return None
    names = [one.name for one in fields(kind)]
    if len(names) == 1:
        return lambda value: (getattr(value, names[0]),)
    return attrgetter(*names)


class _Facts:
    """How a record of facts is taken to its leaves at once, and made of them."""

    def __init__(self, record: type[Any]) -> None:
        paths = [one.path for one in leaves(record)]
        nested = dict.fromkeys(path.rpartition(".")[0] for path in paths if "." in path)
        kinds = *(f"{path}.__class__" for path in nested), "__class__"
        self.made, self.count = made_of(record), len(paths)
        self.read = attrgetter(*paths, *kinds)
        self.kinds = self.read(record())[self.count :]

    def of(self, value: Any) -> Leaves | None:
        """Return the leaves, or nothing if a part is not of the kind that is declared."""
        found: Leaves = self.read(value)
        return found[: self.count] if found[self.count :] == self.kinds else None


_FACTS: dict[type[Any], _Facts | None] = {}
"""By types of which all fields are facts or records of facts."""


def _facts(kind: type[Any]) -> _Facts | None:
    if kind not in _FACTS:
        _FACTS[kind] = _Facts(kind) if is_record(kind) else None
    return _FACTS[kind]


def flat(value: Any) -> tuple[Any, Leaves]:
    """Return how a value is made up of plain ones, and these in order."""
    kind = type(value)
    if kind is ErrorCode:
        return None, (value.term,)
    if kind not in _PARTS:
        _PARTS[kind] = _parts_of(kind)
    parts = _PARTS[kind]
    if parts is None:
        return None, (value,)
    facts = _facts(kind)
    at_once = facts.of(value) if facts is not None else None
    if at_once is not None:
        return kind, at_once
    made = [flat(one) for one in parts(value)]
    shape = kind, tuple(one[0] for one in made), tuple(len(one[1]) for one in made)
    return shape, tuple(leaf for one in made for leaf in one[1])


def again(shape: Any, leaves: Sequence[Any]) -> Any:
    """Return the value that is made up so of these."""
    if shape is None:
        return leaves[0]
    facts = _facts(shape) if isinstance(shape, type) else None
    if facts is not None:
        return facts.made(*leaves)
    kind, shapes, sizes = shape
    parts, at = [], 0
    for inner, size in zip(shapes, sizes, strict=True):
        parts.append(again(inner, leaves[at : at + size]))
        at += size
    return kind(parts) if kind in (tuple, list) else kind(*parts)


class Kernels:
    """Some kernels in order, a bit each, and what they answered so far."""

    def __init__(self, kernels: Sequence[Kernel]) -> None:
        self.kernels = list(kernels)
        self.all = (1 << len(self.kernels)) - 1
        self._places = {id(one): place for place, one in enumerate(self.kernels)}
        self._masks: dict[Any, int] = {}
        self._asked: dict[tuple[Any, Any], dict[Leaves, Answers]] = {}
        self._read_at_once: dict[int, Kernel] = {}

    def has(self, kernel: Kernel) -> bool:
        """Return whether it is one of the very kernels."""
        return id(kernel) in self._places

    def place_of(self, kernel: Kernel) -> int:
        """Return the place of one of the very kernels."""
        return self._places[id(kernel)]

    def one_by_one(self, bits: int) -> list[int]:
        """Return the places of some kernels."""
        return [place for place in range(len(self.kernels)) if bits >> place & 1]

    def having(self, patch: Any) -> int:
        """Return which kernels have a patch."""
        if patch not in self._masks:
            there = [one[patch] is True for one in self.kernels]
            self._masks[patch] = sum(1 << place for place, has in enumerate(there) if has)
        return self._masks[patch]

    def asked(self, question: Callable[..., Any], shape: Any) -> dict[Leaves, Answers]:
        """Return what a question was answered so far, by its facts, made up so."""
        return self._asked.setdefault((question, shape), {})

    def answers(
        self, question: Callable[..., Any], shape: Any, leaves: Leaves, bits: int
    ) -> Answers:
        """Return what some kernels answer, and perhaps others, each answer with who says so."""
        known = self.asked(question, shape).setdefault(leaves, {})
        missing = bits
        for said in known.values():
            missing &= ~said
        if missing:
            facts = again(shape, leaves)
            for answer, who in self._answered(question, facts, missing).items():
                known[answer] = known.get(answer, 0) | who
        return known

    def _answered(self, question: Callable[..., Any], facts: Any, bits: int) -> Answers:
        try:
            if bits & (bits - 1):
                return self._in_one_reading(question, facts, bits)
        except Exception:  # noqa: BLE001 - asked one by one, who cannot be asked says so
            pass
        found: Answers = {}
        for place in self.one_by_one(bits):
            answer = flat(question(self.kernels[place], *facts))
            found[answer] = found.get(answer, 0) | 1 << place
        return found

    def _in_one_reading(
        self, question: Callable[..., Any], facts: Any, bits: int
    ) -> Answers:
        """Return what several kernels answer, read at once."""
        if bits not in self._read_at_once:
            self._read_at_once[bits] = AtOnce(self.having, bits)
        made, parts = flat(question(self._read_at_once[bits], *facts))
        return {(made, values): who for values, who in by_value(bits, parts)}


class _Parting:
    """What kernels know, of which those that differ part as soon as it is looked up."""

    def __init__(self, kernels: Kernels, paths: Paths) -> None:
        self._kernels, self._paths = kernels, paths

    def __getitem__(self, patch: Any) -> Any:
        if patch == NAME:
            self._paths.part(lambda bits: bits & -bits)
            return self._kernels.kernels[self._kernels.one_by_one(self._paths.kernels)[0]].name
        return self._paths.divide(self._kernels.having(patch))

    def __or__(self, others: dict[Any, Any]) -> Any:
        return ChainMap(others, self)  # type: ignore[arg-type]


class AKernel(Kernel):
    """Some kernels that have answered all alike so far: plain, whatever is looked up."""

    __slots__ = ()

    def __init__(self, kernels: Kernels, paths: Paths) -> None:
        self._has, self._rows = _Parting(kernels, paths), {}

    def rows(self, table: list[Any]) -> list[tuple[Any, Truth]]:
        """Return the rows of a table that stand: looked up anew on every way."""
        standing = [(row, self._stands(row)) for row in table]
        return [one for one in standing if one[1] is not False]


class Together(Machine):
    """Kernels as steps see them, on the rows of some paths."""

    def __init__(self, kernels: Kernels, paths: Paths) -> None:
        super().__init__(AKernel(kernels, paths))
        self.kernels, self._paths = kernels, paths

    @property
    def first(self) -> Kernel:
        """Return the first of the kernels that have answered all alike so far."""
        return self.kernels.kernels[self.kernels.one_by_one(self._paths.kernels)[0]]

    def ask(self, question: Callable[..., R], *facts: Any) -> R:
        """Return what the rules answer, row by row; each distinct set of facts is asked once."""
        paths = self._paths
        if paths.again():
            paths.repeated()
            answer: R = paths.repeated()
            return answer
        shape, leaves = flat(facts)
        distinct, which = _distinct(paths, leaves)
        paths.part(lambda bits: self._alike(bits, question, shape, distinct))
        if len(paths.active) < len(which):
            distinct, which = _distinct(paths, leaves)
        one = paths.kernels & -paths.kernels
        found = [_of(self.kernels.answers(question, shape, facts, one), one) for facts in distinct]
        spread: R = paths.answered(_spread(paths, [answer for answer, _who in found], which))
        return spread

    def _alike(self, bits: int, question: Any, shape: Any, distinct: list[Leaves]) -> int:
        """Return which of some kernels answer as the first of them."""
        alike, one = bits, bits & -bits
        for facts in distinct:
            alike &= _of(self.kernels.answers(question, shape, facts, bits), one)[1]
        return alike


def _of(answers: Answers, one: int) -> tuple[Answer, int]:
    """Return what a kernel answers, and who else does."""
    return next((answer, who) for answer, who in answers.items() if who & one)


def _distinct(paths: Paths, leaves: Leaves) -> tuple[list[Leaves], Column]:
    """Return the distinct facts of the rows that go this way, and which of them each has."""
    active = paths.active
    open_ = [(at, one) for at, one in enumerate(leaves) if isinstance(one, Rows)]
    if not open_:
        return [leaves], np.zeros(len(active), dtype=np.intp)
    code, room = np.zeros(len(active), dtype=np.int64), 1
    for _at, one in open_:
        span = one.most - one.least + 1
        if one.column.dtype == object or room * span >= 1 << 62:
            return _distinct_plain(active, leaves, open_)
        code = code * span + (one.column[active].astype(np.int64) - one.least)
        room *= span
    if room <= 1 << 16:
        there = np.zeros(room, dtype=bool)
        there[code] = True
        known = np.flatnonzero(there)
        numbers = np.zeros(room, dtype=np.intp)
        numbers[known] = np.arange(len(known))
        which = numbers[code]
    else:
        known, which = np.unique(code, return_inverse=True)
    first = np.zeros(len(known), dtype=np.intp)
    first[which[::-1]] = active[::-1]
    return _facts_of(leaves, [(at, one.column[first]) for at, one in open_]), which


def _distinct_plain(active: Column, leaves: Leaves, open_: Any) -> tuple[list[Leaves], Column]:
    known: dict[Leaves, int] = {}
    columns = [one.column[active].tolist() for _at, one in open_]
    which = [known.setdefault(one, len(known)) for one in zip(*columns, strict=True)]
    first = [which.index(number) for number in range(len(known))]
    chosen = [(at, one.column[active[first]]) for at, one in open_]
    return _facts_of(leaves, chosen), np.array(which, dtype=np.intp)


def _facts_of(leaves: Leaves, columns: list[tuple[int, Column]]) -> list[Leaves]:
    """Return leaves, row by row those of some columns at their places."""
    made, found = list(leaves), []
    places = [at for at, _ in columns]
    for row in zip(*(column.tolist() for _, column in columns), strict=True):
        for at, value in zip(places, row, strict=True):
            made[at] = value
        found.append(tuple(made))
    return found


def _kind(values: Sequence[Any]) -> np.dtype[Any]:
    if all(isinstance(one, bool) for one in values):
        return np.dtype(bool)
    return holding(min(values), max(values))


def _spread(paths: Paths, found: list[tuple[Any, Leaves]], which: Column) -> Any:
    """Return an answer whose parts are, row by row, those of the row's own."""
    shapes = {shape for shape, _ in found}
    if len(shapes) > 1 or not all(isinstance(one, int) for _, leaves in found for one in leaves):
        if len(found) > 1:
            raise Mistake(f"{here()}: answers of different kinds cannot be told apart on rows")
        return again(*found[0])
    shape, size = found[0][0], paths.size
    made = []
    for values in zip(*(parts for _, parts in found), strict=True):
        if all(one == values[0] for one in values):
            made.append(values[0])
            continue
        table = np.array(values, dtype=_kind(values))
        column = np.zeros(size, dtype=table.dtype)
        column[paths.active] = table[which]
        made.append(paths.column(column))
    return again(shape, made)
