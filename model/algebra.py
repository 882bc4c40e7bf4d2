"""The operators a rule may use, with one meaning in two readings.

In the *concrete* reading a word is an ``int`` and a truth is a ``bool``; in the
*symbolic* reading they are z3 bit-vector and Boolean terms.  Unsigned words are
``0 .. 2**width-1``; counters (``long`` in C) are signed, two's complement.

The operators ``& | ^ << >>`` and ``== !=`` on words mean the same in both readings and
may be used directly (``>>`` only on signed words).  Everything else goes through the
functions below: Python's ``and``, ``or``, ``not``, ``<`` and ``if`` must not be applied
to words or truths inside a rule.

z3 is imported only when a symbolic value first arrives, so that reading the model, or
predicting one call, needs no solver.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

Word: TypeAlias = Any
"""An ``int`` (concrete reading) or a z3 bit-vector term (symbolic reading)."""

Truth: TypeAlias = Any
"""A ``bool`` (concrete reading) or a z3 Boolean term (symbolic reading)."""

LONG_MAX = 2**63 - 1
_WRAP = 2**64


@lru_cache(maxsize=1)
def _z3() -> Any:
    import z3

    return z3


def both(*truths: Truth) -> Truth:
    """Return the conjunction; ``True`` for no arguments."""
    rest = []
    for truth in truths:
        if truth is False:
            return False
        if truth is not True:
            rest.append(truth)
    if not rest:
        return True
    return rest[0] if len(rest) == 1 else _z3().And(rest)


def either(*truths: Truth) -> Truth:
    """Return the disjunction; ``False`` for no arguments."""
    rest = []
    for truth in truths:
        if truth is True:
            return True
        if truth is not False:
            rest.append(truth)
    if not rest:
        return False
    return rest[0] if len(rest) == 1 else _z3().Or(rest)


def no(truth: Truth) -> Truth:
    """Return the negation."""
    if truth is True:
        return False
    if truth is False:
        return True
    return _z3().Not(truth)


def implies(premise: Truth, conclusion: Truth) -> Truth:
    """Return ``premise -> conclusion``."""
    return either(no(premise), conclusion)


def same(left: Truth, right: Truth) -> Truth:
    """Return whether two truths agree (the equivalence of Booleans)."""
    if left is True:
        return right
    if right is True:
        return left
    if left is False:
        return no(right)
    if right is False:
        return no(left)
    return left == right


def when(condition: Truth, then: Any, otherwise: Any) -> Any:
    """Return ``then`` where the condition holds, else ``otherwise`` (words or truths)."""
    if condition is True:
        return then
    if condition is False:
        return otherwise
    if then is otherwise:
        return then
    if isinstance(then, bool) or isinstance(otherwise, bool):
        if then is True:
            return either(condition, otherwise)
        if then is False:
            return both(no(condition), otherwise)
        if otherwise is True:
            return either(no(condition), then)
        return both(condition, then)
    if isinstance(then, int) and isinstance(otherwise, int):
        if then == otherwise:
            return then
        msg = "two plain numbers under a symbolic condition need a width: use when_word()"
        raise TypeError(msg)
    return _z3().If(condition, then, otherwise)


def when_word(width: int, condition: Truth, then: Word, otherwise: Word) -> Word:
    """Return :func:`when` for words of which both may be plain numbers (``width`` in bits)."""
    if condition is True:
        return then
    if condition is False:
        return otherwise
    if isinstance(then, int) and isinstance(otherwise, int):
        if then == otherwise:
            return then
        z3 = _z3()
        return z3.If(condition, z3.BitVecVal(then, width), z3.BitVecVal(otherwise, width))
    return when(condition, then, otherwise)


def has(word: Word, bits: int) -> Truth:
    """Return whether every one of ``bits`` is set in ``word``."""
    return (word & bits) == bits


def has_any(word: Word, bits: int) -> Truth:
    """Return whether at least one of ``bits`` is set in ``word``."""
    return (word & bits) != 0


def below(left: Word, right: Word) -> Truth:
    """Return ``left < right``, both unsigned."""
    if isinstance(left, int) and isinstance(right, int):
        return left < right
    return _z3().ULT(left, right)


def at_most(left: Word, right: Word) -> Truth:
    """Return ``left <= right``, both unsigned."""
    return no(below(right, left))


def signed_below(left: Word, right: Word) -> Truth:
    """Return ``left < right``, both signed (``long`` in C)."""
    return left < right


def plus(left: Word, right: Word) -> Word:
    """Return the signed 64-bit sum with wrap-around (``atomic_long_add_return``)."""
    if isinstance(left, int) and isinstance(right, int):
        return (left + right + 2**63) % _WRAP - 2**63
    return left + right


def plus_unsigned(left: Word, right: Word) -> Word:
    """Return the unsigned 64-bit sum with wrap-around."""
    if isinstance(left, int) and isinstance(right, int):
        return (left + right) % _WRAP
    return left + right


def clear(word: Word, bits: int, width: int = 64) -> Word:
    """Return ``word & ~bits`` (``width`` in bits)."""
    return word & (~bits & (2**width - 1))


def complement(word: Word, width: int = 64) -> Word:
    """Return ``~word`` as an unsigned word (``width`` in bits)."""
    return word ^ (2**width - 1)


def capped(word: Word, largest: int = LONG_MAX) -> Word:
    """Return ``min(word, largest)`` for an unsigned ``word``; fits a ``long``."""
    if isinstance(word, int):
        return min(word, largest)
    return when(below(largest, word), _z3().BitVecVal(largest, word.size()), word)


def is_one_of(word: Word, values: tuple[int, ...]) -> Truth:
    """Return whether ``word`` equals one of the listed numbers."""
    if isinstance(word, int):
        return word in values
    return either(*(word == value for value in values))
