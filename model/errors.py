"""The error of a call, known by the rows that give it.

In the symbolic reading a 16-bit number chosen among a hundred rows is hard to reason about,
while "is it EINVAL?" only asks which rows with EINVAL reject.  :class:`ErrorCode` answers
such questions row by row, and is a number only where two errors are compared.
"""

from __future__ import annotations

from functools import cached_property
from typing import cast

from model.algebra import Truth, Word, both, either, no, when_word
from model.mistake import Mistake, here


class ErrorCode:
    """The errno of every call at once; compare it with ``==`` and ``!=``."""

    def __init__(self, cases: list[tuple[Truth, Word]]) -> None:
        """Take (this row rejects first, its errno) for each row; success is none of them."""
        self.cases = cases
        self._known: dict[int, Truth] = {}

    @cached_property
    def ok(self) -> Truth:
        """Return whether no row rejects."""
        return no(either(*(first for first, _ in self.cases)))

    @cached_property
    def term(self) -> Word:
        """Return the errno as a 16-bit word, 0 for success.

        No two rows reject first: those with one errno are taken together.
        """
        code: Word = 0
        plain: dict[int, list[Truth]] = {}
        for first, errno in self.cases:
            if isinstance(errno, int):
                plain.setdefault(errno, []).append(first)
            else:
                code = when_word(16, first, errno, code)
        for errno, rows in plain.items():
            code = when_word(16, either(*rows), errno, code)
        return code

    def _is(self, value: int) -> Truth:
        """Return whether it is a number; what was asked before is not made again."""
        if value == 0:
            return self.ok
        if value not in self._known:
            self._known[value] = either(
                *(both(first, errno == value) for first, errno in self.cases)
            )
        return self._known[value]

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]
        if isinstance(other, int):
            return self._is(other)
        same: Truth = self.term == number(cast("Word", other))
        return same

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]
        return no(self == other)

    def __bool__(self) -> bool:
        raise Mistake(f"{here()}: plain Python decides an errno that is open: use == and no()")

    def __hash__(self) -> int:
        raise Mistake(f"{here()}: plain Python looks up an errno that is open: use is_one_of()")


def number(errno: Word) -> Word:
    """Return an errno as a word, whether it is an :class:`ErrorCode` or already a word."""
    given: object = errno
    return given.term if isinstance(given, ErrorCode) else errno


def error_code(cases: list[tuple[Truth, Word]]) -> Word:
    """Return the errno of a call: a plain number in the concrete reading."""
    if not cases:
        return 0
    first, errno = cases[0]
    if len(cases) == 1 and first is True:
        return errno
    return cast("Word", ErrorCode(cases))
