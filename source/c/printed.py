"""A function as the compiler prints it back: what libclang's cursors leave out is told there.

The text is the compiler's own, from its tree, after all macros: which parts a ``for`` has, an
``asm``'s constraints and labels, and how many statements of each kind there are.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

_TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|[A-Za-z_]\w*|\d[\w.]*|\S', re.ASCII
)
_REGISTER = re.compile(r"\basm\(")
"""A variable's register is printed without a space, a statement with one."""

COUNTED_NAMES = re.compile(r"(\b\w*__(?:UNIQUE_ID|compiletime_assert)_\w*?)_*\d+\b")
"""Names that macros number through the file; the first group leaves the number out."""

COUNTED = ("return", "goto", "break", "continue", "case", "if", "switch", "while", "for", "do")
"""The words that are counted."""

_OPEN, _SHUT = "([{", ")]}"


@dataclass
class Printed:
    """The words of a printed function."""

    text: str

    @cached_property
    def tokens(self) -> list[str]:
        """Return the words: names, numbers, strings, and each sign for itself."""
        return _TOKEN.findall(_REGISTER.sub("__named__(", self.text))

    @cached_property
    def mark(self) -> str:
        """Return a key of the whole text, but for numbers that macros count through the file."""
        return sha256(COUNTED_NAMES.sub(r"\1", self.text).encode()).hexdigest()[:16]

    @cached_property
    def counts(self) -> Counter[str]:
        """Return how often each counted word stands, and ``asm``."""
        found: Counter[str] = Counter()
        before = ""
        for token in self.tokens:
            if token in COUNTED and not (token == "goto" and before in ("asm", "volatile")):
                found[token] += 1
            if token == "asm":
                found["asm"] += 1
            before = token
        return found

    @cached_property
    def loops(self) -> list[tuple[bool, bool, bool]]:
        """Return for each ``for``, in order, which of its three parts stand there."""
        found = []
        for at, token in enumerate(self.tokens):
            if token == "for":
                parts = split(inside(self.tokens, at + 1), ";")
                parts += [[]] * (3 - len(parts))
                found.append((bool(parts[0]), bool(parts[1]), bool(parts[2])))
        return found

    @cached_property
    def generics(self) -> list[list[str]]:
        """Return the words inside each ``_Generic``, in order."""
        return [
            inside(self.tokens, at + 1)
            for at, token in enumerate(self.tokens)
            if token == "_Generic"
        ]

    @cached_property
    def assemblies(self) -> list[list[str]]:
        """Return the words of each ``asm`` with its qualifiers, in order."""
        found = []
        for at, token in enumerate(self.tokens):
            if token == "asm" and (start := self._asm(at)) is not None:
                head = self.tokens[at:start]
                found.append([*head, "(", *inside(self.tokens, start), ")"])
        return found

    def _asm(self, at: int) -> int | None:
        for position in range(at + 1, min(at + 5, len(self.tokens))):
            if self.tokens[position] == "(":
                return position
            if self.tokens[position] not in ("volatile", "goto", "inline"):
                return None
        return None


def inside(tokens: list[str], at: int) -> list[str]:
    """Return the words between the bracket that opens at a place and the one that closes it."""
    depth = 0
    for position in range(at, len(tokens)):
        if tokens[position] in _OPEN:
            depth += 1
        elif tokens[position] in _SHUT:
            depth -= 1
            if depth == 0:
                return tokens[at + 1 : position]
    return tokens[at + 1 :]


def split(tokens: list[str], sign: str) -> list[list[str]]:
    """Return the words between signs that stand in no bracket of their own."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token in _OPEN) - (token in _SHUT)
        if token == sign and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
