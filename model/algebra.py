"""The operators a rule may use, with one meaning in three readings.

In the *concrete* reading a word is an ``int`` and a truth is a ``bool``; in the *symbolic*
reading they are z3 bit-vector and Boolean terms; in the reading on *columns* they are numpy
arrays, a number or a truth for each of many calls at once.  Unsigned words are
``0 .. 2**width-1`` (``uint64``); counters (``long`` in C) are signed, two's complement
(``int64``).

The operators ``& | ^ << >>`` and ``== !=`` on words mean the same in all readings and
may be used directly (``>>`` only on signed words).  Everything else goes through the
functions below: Python's ``and``, ``or``, ``not``, ``<`` and ``if`` must not be applied
to words or truths inside a rule.

z3 and numpy are imported only when such a value first arrives, so that reading the model, or
predicting one call, needs neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, overload

if TYPE_CHECKING:

    class OpenTruth:  # noqa: PLW1641 - compared, never kept in a set
        """A truth that is not known yet: a z3 Boolean term, or a column of truths."""

        def __bool__(self) -> NoReturn: ...
        def __eq__(self, other: object) -> OpenTruth: ...  # type: ignore[override]

    class OpenWord:  # noqa: PLW1641 - compared, never kept in a set
        """A number that is not known yet: a z3 bit-vector term, or a column of numbers."""

        def __bool__(self) -> NoReturn: ...
        def __int__(self) -> int: ...
        def __and__(self, other: Word) -> OpenWord: ...
        def __rand__(self, other: Word) -> OpenWord: ...
        def __or__(self, other: Word) -> OpenWord: ...
        def __ror__(self, other: Word) -> OpenWord: ...
        def __xor__(self, other: Word) -> OpenWord: ...
        def __rxor__(self, other: Word) -> OpenWord: ...
        def __add__(self, other: Word) -> OpenWord: ...
        def __radd__(self, other: Word) -> OpenWord: ...
        def __sub__(self, other: Word) -> OpenWord: ...
        def __rsub__(self, other: Word) -> OpenWord: ...
        def __lshift__(self, places: int) -> OpenWord: ...
        def __rshift__(self, places: int) -> OpenWord: ...
        def __eq__(self, other: object) -> OpenTruth: ...  # type: ignore[override]
        def __ne__(self, other: object) -> OpenTruth: ...  # type: ignore[override]

    Word: TypeAlias = "int | OpenWord"
    """An ``int``, a z3 bit-vector term, or a column of numbers."""

    Truth: TypeAlias = "bool | OpenTruth"
    """A ``bool``, a z3 Boolean term, or a column of truths."""
else:
    Word = Truth = Any

LONG_MAX = 2**63 - 1
_WRAP: int = 2**64


@lru_cache(maxsize=1)
def _z3() -> Any:
    import z3

    return z3


@lru_cache(maxsize=1)
def _terms() -> Any:
    from model import terms

    return terms


@lru_cache(maxsize=1)
def _numpy() -> Any:
    import numpy

    return numpy


def is_column(value: Any) -> bool:
    """Return whether a word or truth is a column: one for each of many calls."""
    return hasattr(value, "dtype")


def _any_column(values: Sequence[Truth]) -> bool:
    return any(is_column(value) for value in values)


def _fold(join: Any, truths: Sequence[Truth]) -> Truth:
    found: Any = truths[0]
    for truth in truths[1:]:
        found = join(found, truth)
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
    return _fold(_numpy().logical_and, rest) if _any_column(rest) else _terms().conjunction(rest)


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
    return _fold(_numpy().logical_or, rest) if _any_column(rest) else _terms().disjunction(rest)


def no(truth: Truth) -> Truth:
    """Return the negation."""
    if truth is True:
        return False
    if truth is False:
        return True
    opposite: Truth = _numpy().logical_not(truth) if is_column(truth) else _terms().negation(truth)
    return opposite


def _parts(value: Any) -> bool:
    """Return whether these are rows that part, whose numbers are Python's own."""
    return hasattr(value, "paths")


def never(truth: Truth) -> bool:
    """Return whether a truth is plainly false, so that what it is a condition of is not needed.

    Rows that part (:mod:`checker.readings.rows`) do so here: each goes on as it would alone.
    """
    if truth is True or truth is False:
        return not truth
    return _parts(truth) and not truth


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
    if is_column(condition):
        return _chosen(condition, then, otherwise)
    return _terms().choice(condition, then, otherwise)


def _chosen(condition: Truth, then: Any, otherwise: Any) -> Any:
    """Return a column of ``then`` or ``otherwise``: signed if either side is."""
    numpy = _numpy()
    if _parts(condition):
        return numpy.where(condition, then, otherwise)
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
    if is_column(condition):
        column: Word = _chosen(condition, then, otherwise)
        return column
    z3 = _z3()
    term: Word = z3.If(condition, z3.BitVecVal(then, width), z3.BitVecVal(otherwise, width))
    return term


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
    if is_column(left) or is_column(right):
        return signed_below(left, right)
    less: Truth = _z3().ULT(left, right)
    return less


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
    if isinstance(left, int) and isinstance(right, int):
        wrapped: int = (left + right + 2**63) % _WRAP - 2**63
        return wrapped
    return left + right


def plus_unsigned(left: Word, right: Word) -> Word:
    """Return the unsigned 64-bit sum with wrap-around."""
    if isinstance(left, int) and isinstance(right, int):
        wrapped: int = (left + right) % _WRAP
        return wrapped
    return left + right


def clear(word: Word, bits: int, width: int = 64) -> Word:
    """Return ``word & ~bits`` (``width`` in bits)."""
    kept = ~bits & (2**width - 1)
    narrow = kept >= 2**63 and _is_signed(word)
    left: Word = word & (kept - _WRAP if narrow else kept)
    return left


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
    given: Any = word
    if is_column(word):
        column: Word = _numpy().minimum(given, largest).astype("int64")
        return column
    return when(below(largest, word), _z3().BitVecVal(largest, given.size()), word)


def low_32(word: Word) -> Word:
    """Return the low 32 bits as an ``int`` in C, signed."""
    if isinstance(word, int):
        low = word & 0xFFFFFFFF
        return low - 2**32 if low >= 2**31 else low
    given: Any = word
    low_half: Word = (
        given.astype("uint32").astype("int32").astype("int64")
        if is_column(word)
        else _z3().Extract(31, 0, given)
    )
    return low_half


def is_one_of(word: Word, values: tuple[int, ...]) -> Truth:
    """Return whether ``word`` equals one of the listed numbers."""
    if isinstance(word, int):
        return word in values
    return either(*(word == value for value in values))
