"""Two texts of a file, function by function: which functions have the same text."""

from __future__ import annotations

import re
from dataclasses import dataclass

Extents = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Written:
    """A file's text, and the first and last lines of its functions."""

    text: str
    extents: Extents


@dataclass(frozen=True)
class Compared:
    """The functions that have the same text on both sides, in a file that is the same but for
    functions; none where more may differ."""

    same: frozenset[str] = frozenset()


def compared(base: Written, head: Written) -> Compared:
    """Return which functions have the same text.

    Where anything else than functions differs, or a function that does holds a directive that
    may give what follows another meaning, none is told.
    """
    one, other = (_parts(side) for side in (base, head))
    if one is None or other is None or one[0] != other[0]:
        return Compared()
    same = frozenset(name for name, text in one[1].items() if other[1].get(name) == text)
    texts = [side[1][name] for side in (one, other) for name in side[1].keys() - same]
    return Compared() if any(directs(text) for text in texts) else Compared(same)


def _parts(side: Written) -> tuple[list[str], dict[str, list[str]]] | None:
    """The lines outside of functions, with their names, and each function's lines."""
    lines = side.text.split("\n")
    outside: list[str] = []
    texts: dict[str, list[str]] = {}
    at = 0
    for name, (first, last) in sorted(side.extents.items(), key=lambda each: each[1]):
        if first <= at or last > len(lines):
            return None
        outside += [*lines[at : first - 1], f"{name}()"]
        texts[name] = lines[first - 1 : last]
        at = last
    return [*outside, *lines[at:]], texts


_CONDITIONAL = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b")
_DIRECTS = re.compile(r"\s*#|.*(?:%:|\?\?=|\b_Pragma\b|\*/\s*#)")


def directs(lines: list[str]) -> bool:
    """Return whether what follows a text may mean something else for it: an open #if, say."""
    depth = 0
    for line in lines:
        conditional = _CONDITIONAL.match(line)
        if conditional is not None:
            word = conditional.group(1)
            depth += word.startswith("if")
            depth -= word == "endif"
        elif _DIRECTS.match(line):
            return True
        if depth < 0:
            return True
    return depth != 0
