"""Columns that are not there yet: what numpy would do to them is noted, alike operations once.

The rules are read once on such columns; :mod:`checker.readings.blocks` does what is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from model.mistake import Mistake, here

Kind: TypeAlias = "np.dtype[Any]"
Does: TypeAlias = Callable[..., Any]
"""A function of numpy: what it comes to is written to the column that it is given last."""


class Later(NDArrayOperatorsMixin):
    """A column that is not there yet: its place in the notes, and the kind of its numbers."""

    def __init__(self, notes: Notes, place: int, dtype: Kind) -> None:
        """Take the notes that say what it comes of."""
        self._notes, self.place, self.dtype = notes, place, dtype

    def __array_ufunc__(self, does: Does, _method: str, *given: Any, **_how: Any) -> Later:
        return self._notes.made(does, given)

    def __array_function__(self, does: Does, _kinds: Any, given: Any, _how: Any) -> Later:
        if does is not np.where:
            raise TypeError(f"{does.__name__}() of a column that is not there yet")
        return self._notes.made(_chosen, given, given[1].dtype)

    def astype(self, kind: Any, *, copy: bool = True) -> Later:  # noqa: ARG002 - as numpy's
        """Return the same bits as numbers of another kind."""
        dtype = np.dtype(kind)
        return self if dtype == self.dtype else self._notes.made(_cast, [self], dtype)

    def __array__(self, *_kind: Any, **_how: Any) -> NoReturn:
        raise TypeError("the numbers of a column that is not there yet")

    def __bool__(self) -> NoReturn:
        raise TypeError("plain Python decides a column that is not there yet")


def _cast(values: Any, out: Any) -> None:
    np.copyto(out, values, casting="unsafe")


def _chosen(condition: Any, then: Any, otherwise: Any, out: Any) -> None:
    """Choose by the bits that differ: a processor guesses conditions of random calls badly."""
    np.bitwise_xor(then, otherwise, out=out)
    np.multiply(out, condition, out=out)
    np.bitwise_xor(out, otherwise, out=out)


@dataclass(frozen=True, slots=True)
class Step:
    """A function, the places of what it takes, and the kind of what it comes to."""

    does: Does
    given: tuple[int, ...]
    kind: Kind


class Notes:
    """What is there, by place, and a step for each column that comes of others, none twice."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.there: dict[int, Any] = {}
        self.steps: dict[int, Step] = {}
        self._known: dict[Any, int] = {}

    def later(self, column: Any) -> Later:
        """Return a column that is there, to be read later."""
        return Later(self, self._given(column), column.dtype)

    def made(self, does: Does, given: Sequence[Any], kind: Kind | None = None) -> Later:
        """Return what a function comes to, of columns and plain values."""
        beside = next(one.dtype for one in given if isinstance(one, Later))
        key = does, tuple(self._place(one, beside) for one in given), kind
        place = self._known.get(key)
        if place is None:
            place = self._known[key] = self._next()
            self.steps[place] = Step(does, key[1], kind or _kind(does, given))
        return Later(self, place, self.steps[place].kind)

    def _next(self) -> int:
        return len(self.there) + len(self.steps)

    def _given(self, value: Any) -> int:
        place = self._next()
        self.there[place] = value
        return place

    def _place(self, one: Any, beside: Kind) -> int:
        """Return the place of a column, or of a plain value beside columns of a kind."""
        if isinstance(one, Later):
            return one.place
        value = _as_numpy(one, beside)
        key = id(value) if np.shape(value) else (type(value), np.asarray(value).dtype, int(value))
        if key not in self._known:
            self._known[key] = self._given(value)
        return self._known[key]


def _as_numpy(one: Any, beside: Kind) -> Any:
    """Return a plain number as numpy takes it fastest; one that does not fit stays Python's."""
    if type(one) is not int or beside.kind == "b":
        return one
    least, most = _range(beside)
    return np.array(one, dtype=beside) if least <= one <= most else one


@cache
def _range(kind: Kind) -> tuple[int, int]:
    return int(np.iinfo(kind).min), int(np.iinfo(kind).max)


def _kind(does: Does, given: Sequence[Any]) -> Kind:
    """Return the kind of what a function comes to, as tried on columns without a number."""
    kind: Kind = does(*map(_nothing_of, given)).dtype
    if kind.kind == "f":
        raise Mistake(f"{here()}: signed and unsigned numbers meet in {does.__name__}()")
    return kind


def _nothing_of(one: Any) -> Any:
    if isinstance(one, Later):
        return np.empty(0, one.dtype)
    return one[:0] if np.shape(one) else one
