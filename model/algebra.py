"""The operators a rule may use, with one meaning in three readings.

In the *concrete* reading a word is an ``int`` and a truth is a ``bool``; in the *symbolic*
reading they are terms (:mod:`model.terms`); in the reading on *columns* they are numpy
arrays, a number or a truth for each of many calls at once.  Unsigned words are
``0 .. 2**width-1`` (``uint64``); counters (``long`` in C) are signed, two's complement
(``int64``).

The operators ``& | ^ << >>`` and ``== !=`` on words mean the same in all readings and
may be used directly (``>>`` only on signed words).  Everything else goes through the
functions below: Python's ``and``, ``or``, ``not``, ``<`` and ``if`` must not be applied
to words or truths inside a rule.

numpy is imported only when a column first arrives; for types a column is the open word or
truth of the symbolic reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias, overload

from model import terms
from model.terms import TruthTerm, WordTerm

OpenTruth: TypeAlias = TruthTerm
"""A truth that is not known yet: a term, or a column of truths."""

OpenWord: TypeAlias = WordTerm
"""A number that is not known yet: a term, or a column of numbers."""

Word: TypeAlias = int | WordTerm
"""An ``int``, a term, or a column of numbers."""

Truth: TypeAlias = bool | TruthTerm
"""A ``bool``, a term, or a column of truths."""

LONG_MAX = 2**63 - 1
_WRAP: int = 2**64


@lru_cache(maxsize=1)
def _numpy() -> Any:
    import numpy

    return numpy


def is_column(value: Any) -> bool:
    """Return whether a word or truth is a column: one for each of many calls."""
    return hasattr(value, "dtype")


def _is_own(truth: Any) -> bool:
    """Return whether these are truths of rows or of kernels, which know how they are joined."""
    return hasattr(truth, "chosen")


def _fold(join: str, truths: Sequence[Truth]) -> Truth:
    """Return truths joined, two at a time."""
    found: Any = truths[0]
    for truth in truths[1:]:
        if _is_own(found):
            found = getattr(found, join)(truth)
        elif _is_own(truth):
            found = getattr(truth, join)(found)
        else:
            found = getattr(_numpy(), join)(found, truth)
    joined: Truth = found
    return joined


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
    if len(rest) == 1:
        return rest[0]
    if isinstance(rest[0], TruthTerm):
        return terms.conjunction(rest)
    return _fold("logical_and", rest)


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
    if len(rest) == 1:
        return rest[0]
    if isinstance(rest[0], TruthTerm):
        return terms.disjunction(rest)
    return _fold("logical_or", rest)


def no(truth: Truth) -> Truth:
    """Return the negation."""
    if truth is True:
        return False
    if truth is False:
        return True
    if isinstance(truth, TruthTerm):
        return terms.negation(truth)
    own: Any = truth
    opposite: Truth = own.logical_not() if _is_own(truth) else _numpy().logical_not(truth)
    return opposite


def never(truth: Truth) -> bool:
    """Return whether a truth is plainly false, so that what it is a condition of is not needed.

    Rows that part (:mod:`checker.readings.rows`) do so here: each goes on as it would alone.
    """
    if truth is True or truth is False:
        return not truth
    return _is_own(truth) and not truth


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


@overload
def when(  # type: ignore[overload-overlap]  # a plain truth is a number for Python
    condition: Truth, then: Truth, otherwise: Truth
) -> Truth: ...
@overload
def when(condition: Truth, then: Word, otherwise: Word) -> Word: ...
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
        msg = "two plain numbers under an open condition need a width: use when_word()"
        raise TypeError(msg)
    if isinstance(condition, TruthTerm):
        return terms.choice(condition, then, otherwise)
    return _chosen(condition, then, otherwise)


def _chosen(condition: Truth, then: Any, otherwise: Any) -> Any:
    """Return a column of ``then`` or ``otherwise``: signed if either side is."""
    if _is_own(condition):
        own: Any = condition
        return own.chosen(then, otherwise)
    numpy = _numpy()
    kinds = [side.dtype for side in (then, otherwise) if is_column(side)]
    negative = any(isinstance(side, int) and side < 0 for side in (then, otherwise))
    signed = negative or numpy.dtype("int64") in kinds
    kind = numpy.dtype("int64" if signed else "uint64")
    if numpy.dtype("bool") in kinds:
        kind = numpy.dtype("bool")
    return numpy.where(condition, _as(kind, then), _as(kind, otherwise))


def _as(kind: Any, side: Any) -> Any:
    """Return a side of a choice as numbers of one kind; each bit stays as it is."""
    if is_column(side):
        return side.astype(kind, copy=False)
    if kind == "int64" and side >= 2**63:
        side -= _WRAP
    return _numpy().array(side, dtype=kind)


def when_word(width: int, condition: Truth, then: Word, otherwise: Word) -> Word:
    """Return :func:`when` for words of which both may be plain numbers (``width`` in bits)."""
    if condition is True:
        return then
    if condition is False:
        return otherwise
    if isinstance(then, int) and isinstance(otherwise, int):
        if then == otherwise:
            return then
        return _numbered(width, condition, then, otherwise)
    return when(condition, then, otherwise)


def _numbered(width: int, condition: Truth, then: int, otherwise: int) -> Word:
    """Return a choice of two plain numbers, as a term or a column of that width."""
    if isinstance(condition, TruthTerm):
        one, other = terms.number(then, width), terms.number(otherwise, width)
        term: Word = terms.choice(condition, one, other)
        return term
    column: Word = _chosen(condition, then, otherwise)
    return column


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
    if isinstance(left, WordTerm):
        return terms.less(left, right, by_sign=False)
    if isinstance(right, WordTerm):
        return terms.less(terms.number(left, right.width), right, by_sign=False)
    return signed_below(left, right)


def at_most(left: Word, right: Word) -> Truth:
    """Return ``left <= right``, both unsigned."""
    return no(below(right, left))


def signed_below(left: Word, right: Word) -> Truth:
    """Return ``left < right``, both signed (``long`` in C)."""
    compared: Any = left
    less: Truth = compared < right
    return less


def plus(left: Word, right: Word) -> Word:
    """Return the signed 64-bit sum with wrap-around (``atomic_long_add_return``)."""
    return _wrapped(_signed(left) + _signed(right), -(2**63))


def plus_unsigned(left: Word, right: Word) -> Word:
    """Return the unsigned 64-bit sum with wrap-around."""
    return _wrapped(left + right, 0)


def _wrapped(total: Any, least: int) -> Word:
    """Return a sum as the number of 64 bits, from ``least`` up, that it is.

    Terms and columns are of 64 bits anyway; Python's own, of rows and kernels too, are not.
    """
    own = hasattr(total, "least")
    beyond = own and not least <= total.least <= total.most < least + _WRAP
    if beyond or isinstance(total, int):
        total = ((total - least) & (_WRAP - 1)) + least
    wrapped: Word = total
    return wrapped


def clear(word: Word, bits: int, width: int = 64) -> Word:
    """Return ``word & ~bits`` (``width`` in bits)."""
    kept = ~bits & (2**width - 1)
    narrow = kept >= 2**63 and _is_signed(word)
    left: Word = word & (kept - _WRAP if narrow else kept)
    return left


def _signed(word: Word) -> Word:
    """Return a column of unsigned numbers as signed ones, each bit as it is."""
    unsigned: Any = word
    return unsigned.astype("int64") if getattr(word, "dtype", None) == "uint64" else word


def _is_signed(word: Word) -> bool:
    return bool(getattr(word, "dtype", None) == "int64")


def complement(word: Word, width: int = 64) -> Word:
    """Return ``~word`` as an unsigned word (``width`` in bits)."""
    ones: int = 2**width - 1
    return word ^ ones


def capped(word: Word, largest: int = LONG_MAX) -> Word:
    """Return ``min(word, largest)`` for an unsigned ``word``; fits a ``long``."""
    if isinstance(word, int):
        return min(word, largest)
    if isinstance(word, WordTerm) or hasattr(word, "least"):
        return when(below(largest, word), largest, word)
    column: Word = _numpy().minimum(word, largest).astype("int64")
    return column


def low_32(word: Word) -> Word:
    """Return the low 32 bits as an ``int`` in C, signed."""
    if isinstance(word, int):
        low = word & 0xFFFFFFFF
        return low - 2**32 if low >= 2**31 else low
    if isinstance(word, WordTerm):
        return terms.extract(word, 31, 0)
    given: Any = word
    low_half: Word = given.astype("uint32").astype("int32").astype("int64")
    return low_half


def widened(word: Word, width: int, *, signed: bool = False) -> Word:
    """Return the same number as a word of ``width`` bits, at least as many as it has."""
    if not isinstance(word, WordTerm):
        return word
    extend = terms.sign_extend if signed else terms.zero_extend
    return extend(word, width - word.width)


def is_one_of(word: Word, values: tuple[int, ...]) -> Truth:
    """Return whether ``word`` equals one of the listed numbers."""
    if isinstance(word, int):
        return word in values
    return either(*(word == value for value in values))
