"""Flag words of which some flags take every combination and all others are alike.

A word is what the varied flags leave of it, with some bits of it turned round: ``varied & keep ^
turned``.  ``&``, ``|`` and ``^`` with a number change these two numbers, and a comparison with one
is known where it asks for a flag that all words have alike, or is that of other words before.
Whatever else is asked is asked of all the words, written out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

_ONES = (1 << 64) - 1


class Varied:
    """Flag words that take every combination of some bits, with no other; compared once only."""

    def __init__(self, bits: Iterable[int]) -> None:
        self.words = spread(np.arange(1 << len(tuple(bits)), dtype=np.uint64), tuple(bits))
        self.bits = sum(bits)
        self.equal: Callable[[int, int], NDArray[np.bool_]] = lru_cache(maxsize=512)(self._equal)

    def _equal(self, keep: int, wanted: int) -> NDArray[np.bool_]:
        """Return which words are ``wanted`` in the bits to ``keep``."""
        found: NDArray[np.bool_] = (self.words & np.uint64(keep)) == np.uint64(wanted)
        found.flags.writeable = False
        return found


def spread(numbers: Any, bits: tuple[int, ...]) -> Any:
    """Return flag words whose flags are the digits of numbers."""
    words = numbers & np.uint64(0)
    for place, bit in enumerate(bits):
        words = words | (numbers >> np.uint64(place) & np.uint64(1)) * np.uint64(bit)
    return words


class FlagWords(NDArrayOperatorsMixin):
    """A column of flag words, ``varied & keep ^ turned``."""

    dtype = np.dtype(np.uint64)

    def __init__(self, varied: Varied, keep: int, turned: int) -> None:
        self._varied, self._keep, self._turned = varied, keep, turned

    def __len__(self) -> int:
        return len(self._varied.words)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all the words, written out."""
        words = self._varied.words & np.uint64(self._keep) ^ np.uint64(self._turned)
        return np.asarray(words, dtype=dtype)

    def __getitem__(self, rows: Any) -> Any:
        return np.asarray(self)[rows]

    def astype(self, kind: Any, **how: Any) -> NDArray[Any]:
        """Return all the words as numbers of another kind."""
        return np.asarray(self).astype(kind, **how)

    def __array_ufunc__(self, asked: np.ufunc, method: str, *given: Any, **how: Any) -> Any:
        number = self._beside(given)
        if asked in _WORKED_OUT and method == "__call__" and number is not None and not how:
            return _WORKED_OUT[asked](self, number)
        plain = (np.asarray(one) if isinstance(one, FlagWords) else one for one in given)
        return getattr(asked, method)(*plain, **how)

    def _beside(self, given: tuple[Any, ...]) -> int | None:
        """Return the number that these words are taken with, in either order, if it is one."""
        others = [one for one in given if one is not self]
        if len(others) != 1 or not isinstance(others[0], int | np.integer):
            return None
        number = operator.index(others[0])
        return number if 0 <= number <= _ONES else None

    def _and(self, number: int) -> FlagWords:
        return FlagWords(self._varied, self._keep & number, self._turned & number)

    def _or(self, number: int) -> FlagWords:
        turned = self._turned & ~number | number
        return FlagWords(self._varied, self._keep & ~number, turned)

    def _xor(self, number: int) -> FlagWords:
        return FlagWords(self._varied, self._keep, self._turned ^ number)

    def _equal(self, number: int) -> Any:
        wanted = number ^ self._turned
        if wanted & ~self._keep:
            return False
        return self._varied.equal(self._keep, wanted) if self._keep else True

    def _unequal(self, number: int) -> Any:
        equal = self._equal(number)
        return not equal if isinstance(equal, bool) else ~equal


_WORKED_OUT: dict[np.ufunc, Callable[[FlagWords, int], Any]] = {
    np.bitwise_and: FlagWords._and,
    np.bitwise_or: FlagWords._or,
    np.bitwise_xor: FlagWords._xor,
    np.equal: FlagWords._equal,
    np.not_equal: FlagWords._unequal,
}
