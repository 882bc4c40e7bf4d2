"""The value of a constant expression of C: a small bounded reader, for headers and ``#if``.

Whole numbers, ``( ) ! ~ + - * << >> < <= > >= == != & ^ | && ||`` and ``?:``, by C's own
precedence.  A text that is longer, deeper, or comes to larger numbers than any constant of
a kernel has no value here; nothing takes longer than its length.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache

LONGEST = 2_000
"""Characters of the longest expression that is evaluated."""

DEEPEST = 30
"""Brackets and unary operators within each other."""

WIDEST = 128
"""Bits of the largest number on the way."""

_TOKEN = re.compile(r"\s*(0[xX][0-9a-fA-F]+|\d+|<<|>>|<=|>=|==|!=|&&|\|\||[-()!~+*<>&^|?:])")
_SUFFIX = re.compile(r"\b(0[xX][0-9a-fA-F]+|\d+)[uUlL]+\b")
_BINARY: tuple[dict[str, Callable[[int, int], int]], ...] = (
    {"||": lambda a, b: int(bool(a or b))},
    {"&&": lambda a, b: int(bool(a and b))},
    {"|": operator.or_},
    {"^": operator.xor},
    {"&": operator.and_},
    {"==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b)},
    {
        "<": lambda a, b: int(a < b),
        "<=": lambda a, b: int(a <= b),
        ">": lambda a, b: int(a > b),
        ">=": lambda a, b: int(a >= b),
    },
    {"<<": lambda a, b: a << _shift(b), ">>": lambda a, b: a >> _shift(b)},
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul},
)
"""Operators from the loosest to the tightest."""


class _NoValue(Exception):
    """The text is no constant expression, or a larger one than is read."""


@lru_cache(maxsize=4096)
def value_of(text: str) -> int | None:
    """Return the value of a constant expression, or ``None`` for a text that has none here."""
    if len(text) > LONGEST:
        return None
    try:
        return _Expression(_tokens(text)).whole()
    except _NoValue:
        return None


def _tokens(text: str) -> list[str]:
    plain, found, at = _SUFFIX.sub(r"\1", text).strip(), [], 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None:
            raise _NoValue
        found.append(match.group(1))
        at = match.end()
    return found


def _shift(places: int) -> int:
    if not 0 <= places < WIDEST:
        raise _NoValue
    return places


def integer(text: str) -> int:
    """Return the value of a C integer; raise ``ValueError`` for one like ``08``."""
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    return int(text, 8) if text.startswith("0") and len(text) > 1 else int(text)


class _Expression:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    def whole(self) -> int:
        value = self._chosen()
        if self.at != len(self.tokens):
            raise _NoValue
        return value

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._next()
        if token not in wanted:
            return ""
        self.at += 1
        return token

    def _chosen(self) -> int:
        condition = self._joined(0)
        if not self._take("?"):
            return condition
        self._deeper()
        then = self._chosen()
        if not self._take(":"):
            raise _NoValue
        otherwise = self._chosen()
        self.depth -= 1
        return then if condition else otherwise

    def _joined(self, level: int) -> int:
        if level == len(_BINARY):
            return self._single()
        value = self._joined(level + 1)
        while sign := self._take(*_BINARY[level]):
            value = _bounded(_BINARY[level][sign](value, self._joined(level + 1)))
        return value

    def _single(self) -> int:
        self._deeper()
        value = self._unary()
        self.depth -= 1
        return _bounded(value)

    def _unary(self) -> int:
        sign = self._take("!", "~", "-", "+", "(")
        if sign == "(":
            value = self._chosen()
            if not self._take(")"):
                raise _NoValue
            return value
        if sign:
            inner = self._single()
            return {"!": int(not inner), "~": ~inner, "-": -inner, "+": inner}[sign]
        return self._number()

    def _number(self) -> int:
        token = self._next()
        self.at += 1
        try:
            return integer(token)
        except ValueError:
            raise _NoValue from None

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _NoValue


def _bounded(value: int) -> int:
    if value.bit_length() > WIDEST:
        raise _NoValue
    return value
