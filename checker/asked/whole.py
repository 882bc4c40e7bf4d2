"""Whole numbers that nothing wraps, in all three readings: what a question's arithmetic is.

A word of the model has so many bits, with a sign or without; in a question it is the number
that it stands for.  Beside its value a number carries the least and the most that it can be,
so that a term has always bits enough, and a column is never asked for what it cannot hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_, xor
from typing import Any

from checker.ground.problems import Problem
from model.algebra import Truth, no
from model.terms import WordTerm, number, sign_extend, zero_extend

WIDEST = 200
"""Bits of the largest number that a question may come to."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A number: an ``int``, a term, or a column; and the least and the most it can be."""

    value: Any
    low: int
    high: int


def plain(value: int) -> Whole:
    """Return a number that is written in the question."""
    return _bounded(value, value, value)


def word(value: Any, width: int, signed: bool) -> Whole:
    """Return the number that a word of so many bits stands for."""
    if isinstance(value, bool | int):
        return plain(int(value))
    if isinstance(value, WordTerm):
        width = value.width
    low = -(1 << width - 1) if signed else 0
    high = (1 << width - 1) - 1 if signed else (1 << width) - 1
    if isinstance(value, WordTerm) and not signed:
        value = zero_extend(value, 1)
    return Whole(value, low, high)


def added(parts: list[Whole]) -> Whole:
    """Return the sum."""
    return reduce(lambda one, other: _done(
        lambda a, b: a + b, one, other, one.low + other.low, one.high + other.high
    ), parts)


def times(parts: list[Whole]) -> Whole:
    """Return the product."""

    def product(one: Whole, other: Whole) -> Whole:
        ends = [a * b for a in (one.low, one.high) for b in (other.low, other.high)]
        return _done(lambda a, b: a * b, one, other, min(ends), max(ends))

    return reduce(product, parts)


def negative(one: Whole) -> Whole:
    """Return the number with the other sign."""
    return times([one, plain(-1)])


def inverted(one: Whole) -> Whole:
    """Return the number with every bit the other way: ``-x - 1``."""
    return added([negative(one), plain(-1)])


_BITWISE: dict[str, Callable[[Any, Any], Any]] = {"&": and_, "|": or_, "^": xor}


def bitwise(operator: str, parts: list[Whole]) -> Whole:
    """Return bits joined by ``&``, ``|`` or ``^``."""

    def joined(one: Whole, other: Whole) -> Whole:
        bits = max(_bits(one), _bits(other)) - 1
        low, high = (-(1 << bits) if min(one.low, other.low) < 0 else 0), (1 << bits) - 1
        if operator == "&" and min(one.low, other.low) >= 0:
            high = min(one.high, other.high)
        return _done(_BITWISE[operator], one, other, low, high)

    return reduce(joined, parts)


def compared(operator: str, one: Whole, other: Whole) -> Truth:
    """Return whether ``==``, ``!=``, ``<``, ``<=``, ``>`` or ``>=`` holds."""
    if operator in (">", "<="):
        left, right = other, one
    else:
        left, right = one, other
    negated = operator in ("!=", "<=", ">=")
    truth = _equal(left, right) if operator in ("==", "!=") else _less(left, right)
    return no(truth) if negated else truth


def _equal(one: Whole, other: Whole) -> Truth:
    if one.high < other.low or other.high < one.low:
        return False
    left, right = _alike(one, other)
    equal: Truth = left == right
    return equal


def _less(one: Whole, other: Whole) -> Truth:
    if one.high < other.low:
        return True
    if other.high <= one.low:
        return False
    left, right = _alike(one, other)
    less: Truth = left < right
    return less


def _done(
    does: Callable[[Any, Any], Any], one: Whole, other: Whole, low: int, high: int
) -> Whole:
    room = _bounded(None, low, high)
    left, right = _alike(one, other, room)
    return _bounded(does(left, right), low, high)


def _bounded(value: Any, low: int, high: int) -> Whole:
    if isinstance(value, int):
        low = high = value
    made = Whole(value, low, high)
    if _bits(made) > WIDEST:
        raise Problem(f"a number of the question may come to more than {WIDEST} bits")
    return made


def _bits(one: Whole) -> int:
    """Return the bits of the number as two's complement, its sign among them."""
    return max(one.high.bit_length(), (~one.low).bit_length() if one.low < 0 else 0) + 1


def _alike(*wholes: Whole) -> tuple[Any, Any]:
    """Return the values of the first two as an operator takes them, with room for all three."""
    values = wholes[0].value, wholes[1].value
    if all(isinstance(value, int) for value in values):
        return values
    if any(isinstance(value, WordTerm) for value in values):
        terms = (value.width for value in values if isinstance(value, WordTerm))
        width = max(*map(_bits, wholes), *terms)
        return _as_term(values[0], width), _as_term(values[1], width)
    return _as_columns(values, min(one.low for one in wholes), max(one.high for one in wholes))


def _as_term(value: Any, width: int) -> Any:
    if isinstance(value, int):
        return number(value, width)
    return sign_extend(value, width - value.width)


def _as_columns(values: tuple[Any, Any], low: int, high: int) -> tuple[Any, Any]:
    import numpy as np

    kind: Any
    if low >= -(2**63) and high < 2**63:
        kind = np.int64
    elif low >= 0 and high < 2**64:
        kind = np.uint64
    else:
        raise Problem("numbers of more than 64 bits are not counted: compare them otherwise")
    left, right = (np.asarray(value).astype(kind) for value in values)
    return left, right
