"""Columns for code that branches: where Python asks one truth of many rows, the rows part.

A step or a statement is written for one state, and may say ``if``, ``any()`` or ``x in {…}``.
:class:`Paths` reads it on columns, a row for each of many states: whatever does not branch is
done for all rows at once, and where a plain truth or number is asked for, the rows that differ
in it part and the function is read again for each part.  So each row goes the very way that it
would go alone, and no function needs to know that it is read on rows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = NDArray[Any]
Index: TypeAlias = NDArray[np.intp]

_WORD, _TRUTH = np.dtype(np.int64), np.dtype(bool)
_SIZES = tuple(
    (-(1 << 8 * size - 1), (1 << 8 * size - 1) - 1, np.dtype(f"i{size}")) for size in (1, 2, 4, 8)
)
_ANY = np.dtype(object)


def holding(least: int, most: int) -> np.dtype[Any]:
    """Return the smallest type of a column that holds numbers of a range."""
    for low, high, kind in _SIZES:
        if low <= least and most <= high:
            return kind
    return _ANY


class Rows:
    """A number or a truth for each row; never out of the range of its type, as Python's are."""

    __slots__ = ("column", "least", "most", "paths")
    __array_ufunc__ = None  # numpy is not to read rows as a number

    def __init__(self, paths: Paths, column: Column, least: int = 0, most: int = 1) -> None:
        self.paths, self.column, self.least, self.most = paths, column, least, most

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return whether these are truths or numbers, as :mod:`model.algebra` asks it."""
        return _TRUTH if self.column.dtype == _TRUTH else _WORD

    def astype(self, kind: Any, copy: bool = True) -> Rows:
        """Return the same: a number stays itself, whatever holds it."""
        del copy
        if np.dtype(kind).itemsize < _WORD.itemsize and kind != _TRUTH:
            raise TypeError(f"rows cannot be cut to {kind}")
        return self

    def __bool__(self) -> bool:
        known = self if self.column.dtype == _TRUTH else self.paths.made(_OPERATORS["ne"], self, 0)
        return self.paths.truth(known)

    def __index__(self) -> int:
        return int(self.paths.value(self))

    __int__ = __index__

    def __hash__(self) -> int:
        return hash(self.paths.value(self))

    def __repr__(self) -> str:
        return repr(self.paths.value(self))

    def __invert__(self) -> Any:
        return self.paths.made(_OPERATORS["sub"], -1, self)

    def __neg__(self) -> Any:
        return self.paths.made(_OPERATORS["sub"], 0, self)

    def logical_and(self, other: Any) -> Any:
        """Return in which rows both are true."""
        known = self.paths.known.get((_both, id(self), id(other)))
        return self.paths.made(_both, self, other) if known is None else known[0]

    def logical_or(self, other: Any) -> Any:
        """Return in which rows either is true."""
        known = self.paths.known.get((_either, id(self), id(other)))
        return self.paths.made(_either, self, other) if known is None else known[0]

    def logical_not(self) -> Any:
        """Return in which rows it is not true."""
        return self.paths.made(_negated, self)

    def chosen(self, then: Any, otherwise: Any) -> Any:
        """Return ``then`` in the rows where this is true, ``otherwise`` in the others."""
        return self.paths.made(_chosen, self, then, otherwise)


def _range(value: Any) -> tuple[int, int]:
    return (value.least, value.most) if isinstance(value, Rows) else (int(value), int(value))


def _sided(value: Any, kind: np.dtype[Any]) -> Any:
    return value.column.astype(kind, copy=False) if isinstance(value, Rows) else value


def _calculated(function: Callable[[Any, Any], Any], ranged: Callable[..., tuple[int, int]]) -> Any:
    bits = function in _BITS

    def calculate(paths: Paths, left: Any, right: Any) -> Any:
        if bits and _are_truths(left, right):
            return Rows(paths, function(_sided(left, _TRUTH), _sided(right, _TRUTH)))
        one, other = _range(left), _range(right)
        least, most = ranged(one, other)
        kind = holding(min(least, one[0], other[0]), max(most, one[1], other[1]))
        return Rows(paths, function(_sided(left, kind), _sided(right, kind)), least, most)

    return calculate


def _are_truths(left: Any, right: Any) -> bool:
    return _is_truth(left) and _is_truth(right)


def _is_truth(value: Any) -> bool:
    return value.column.dtype == _TRUTH if isinstance(value, Rows) else isinstance(value, bool)


def _corners(function: Callable[[int, int], int]) -> Callable[..., tuple[int, int]]:
    def ranged(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
        found = [function(a, b) for a in one for b in other]
        return min(found), max(found)

    return ranged


def _of_bits(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    bits = max(abs(end).bit_length() for end in (*one, *other))
    return (0 if one[0] >= 0 and other[0] >= 0 else -(1 << bits)), (1 << bits) - 1


def _masked(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    tops = [end[1] for end in (one, other) if end[0] >= 0]
    return (0, min(tops)) if tops else _of_bits(one, other)


def _compared(function: Callable[[Any, Any], Any]) -> Any:
    def compare(paths: Paths, left: Rows, right: Any) -> Any:
        if isinstance(right, Rows):
            truths = function(left.column, right.column)
        elif left.least <= right <= left.most:
            truths = function(left.column, right)
        else:
            return bool(function(left.least, right))  # which is so of all there is between
        return Rows(paths, _as_truths(truths))

    return compare


def _as_truths(column: Column) -> Column:
    """Return a column of truths; a number is true if it is not 0."""
    return column if column.dtype is _TRUTH else column.astype(_TRUTH)


def _truths(value: Any) -> Any:
    """Return a column of truths, or one for all rows."""
    return _as_truths(value.column) if isinstance(value, Rows) else bool(value)


def _both(paths: Paths, truth: Rows, other: Any) -> Any:
    return Rows(paths, _truths(truth) & _truths(other))


def _either(paths: Paths, truth: Rows, other: Any) -> Any:
    return Rows(paths, _truths(truth) | _truths(other))


def _negated(paths: Paths, truth: Rows) -> Any:
    return Rows(paths, ~_truths(truth))


def _chosen(paths: Paths, truth: Rows, then: Any, otherwise: Any) -> Any:
    where = _truths(truth)
    if _are_truths(then, otherwise):
        kind, least, most = _TRUTH, 0, 1
    else:
        one, other = _range(then), _range(otherwise)
        least, most = min(one[0], other[0]), max(one[1], other[1])
        kind = holding(least, most)
    sides = [np.asarray(_sided(one, kind), dtype=kind) for one in (then, otherwise)]
    return Rows(paths, np.where(where, *sides), least, most)


_BITS = (operator.and_, operator.or_, operator.xor)
_OPERATORS: dict[str, Any] = {
    **{name: _compared(getattr(operator, name)) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{name: _calculated(getattr(operator, name), _corners(getattr(operator, name)))
       for name in ("add", "sub", "mul")},
    "and": _calculated(operator.and_, _masked),
    "or": _calculated(operator.or_, _of_bits),
    "xor": _calculated(operator.xor, _of_bits),
}


def _operator(name: str, turned: bool = False) -> Any:
    made = _OPERATORS[name]

    def one_way(self: Rows, other: Any) -> Any:
        known = self.paths.known.get((made, id(self), id(other)))
        if known is not None:
            return known[0]
        if not isinstance(other, (int, Rows)):
            return NotImplemented
        return self.paths.made(made, self, other)

    def other_way(self: Rows, other: Any) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        return self.paths.made(made, other, self)

    return other_way if turned else one_way


for _name in _OPERATORS:
    setattr(Rows, f"__{_name}__", _operator(_name))
for _name in ("add", "sub", "mul", "and", "or", "xor"):
    setattr(Rows, f"__r{_name}__", _operator(_name, turned=True))


class Paths:
    """The ways that functions go on some rows, one way at a time."""

    ROOM = 1 << 26
    """Bytes of columns that are remembered: many statements compare the same facts."""

    def __init__(self, size: int = 0) -> None:
        self.size = size
        self.known: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        """What was made, by the function and the operands, which are kept as well."""
        self.bytes = 0
        """Of the columns among them."""
        self.active: Index = np.arange(0)
        self.kernels = 1
        self.masks: NDArray[np.int64] | None = None
        """Row by row the kernels, a bit each, on which it is there; ``None`` for all."""
        self._trail: list[Any] = []
        self._at = 0
        self._todo: list[tuple[list[Any], Any]] = []

    def made(self, function: Any, *operands: Any) -> Any:
        """Return what a function makes of rows and plain values, made once."""
        key = (function, *map(id, operands))  # which are kept, so that their numbers stay their own
        known = self.known.get(key)
        if known is None:
            result = function(self, *operands)
            self.bytes += result.column.nbytes if isinstance(result, Rows) else 0
            if self.bytes > self.ROOM:
                self.forget()
            known = self.known[key] = (result, operands)
        return known[0]

    def forget(self) -> None:
        """Forget the columns that were made."""
        self.known.clear()
        self.bytes = 0

    def column(self, column: Column) -> Any:
        """Return a column as rows, or as the plain value that all of them have."""
        first = column[0]
        if np.count_nonzero(column == first) == len(column):
            return first.item() if isinstance(first, np.generic) else first
        if column.dtype == _TRUTH:
            return Rows(self, column)
        least, most = int(column.min()), int(column.max())
        return Rows(self, column.astype(holding(least, most), copy=False), least, most)

    def of(self, function: Callable[[], Any], active: Index, kernels: int = 1) -> Iterator[Any]:
        """Yield what a function comes to, way by way.

        ``self.active`` are the rows that go it, on ``self.kernels``.
        """
        self._todo = [([], (active, kernels))]
        while self._todo:
            trail, state = self._todo.pop()
            self.active, self.kernels = state
            if len(self.active):
                self._trail, self._at = trail, 0
                yield function()

    def _later(self, answer: tuple[Any, ...], active: Index, kernels: int) -> None:
        """Put off the rows for which the next answer is another one, known or not."""
        self._todo.append(([*self._trail, *answer], (active, kernels)))

    def answered(self, answer: Any) -> Any:
        """Return an answer, which is the way's from here on."""
        self._trail.append(answer)
        self._at += 1
        return answer

    def again(self) -> bool:
        """Return whether the way has come here before."""
        return self._at < len(self._trail)

    def repeated(self) -> Any:
        """Return what was answered here then."""
        self._at += 1
        return self._trail[self._at - 1]

    def truth(self, rows: Rows) -> bool:
        """Return a truth of the rows that go this way; those of which it is false go later."""
        if self.again():
            answer: bool = self.repeated()
            return answer
        here = self._here(rows)
        true = int(np.count_nonzero(here))
        if 0 < true < len(here):
            self._later((False,), self.active[~here], self.kernels)
            self.active = self.active[here]
        self.answered(true > 0)
        return true > 0

    def value(self, rows: Rows) -> Any:
        """Return a number, or truth, of the rows that go this way; others go later."""
        if self.again():
            return self.repeated()
        here = self._here(rows)
        first = here[0] if here.dtype is _ANY else here[0].item()
        alike = here == first
        if np.count_nonzero(alike) < len(alike):
            self._later((), self.active[~alike], self.kernels)
            self.active = self.active[alike]
        return self.answered(first)

    def _here(self, rows: Rows) -> Column:
        """Return the numbers, or truths, of the rows that go this way."""
        return rows.column if len(self.active) == self.size else rows.column[self.active]

    def divide(self, having: int) -> bool:
        """Return whether the kernels are among some; those of which it is false go later."""
        mixed = self.kernels & having and self.kernels & ~having
        if mixed or self.again():
            self.part(lambda bits: bits & having or bits)
        else:
            self.answered(None)
        return bool(self.kernels & having)

    def part(self, choose: Callable[[int], int]) -> None:
        """Go on with some of the kernels, and the rows that are there on them; others go later."""
        if self.again():
            self.repeated()
            return
        there = self._present()
        chosen = choose(there)
        if there != chosen:
            self._later((), self.on(self.active, there & ~chosen), there & ~chosen)
            self.active = self.on(self.active, chosen)
        self.kernels = chosen
        self.answered(None)

    def _present(self) -> int:
        """Return the kernels on which there is any of the rows that go this way."""
        if self.masks is None or not self.kernels & (self.kernels - 1):
            return self.kernels
        return int(np.bitwise_or.reduce(self.masks[self.active])) & self.kernels

    def on(self, active: Index, kernels: int) -> Index:
        """Return those of some rows that are there on one of some kernels."""
        if self.masks is None:
            return active
        here: Index = active[(self.masks[active] & kernels) != 0]
        return here
