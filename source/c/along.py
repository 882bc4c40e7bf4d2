"""An edit that is parsed along with its file: each function that it changes stands beside the old.

The file is given to the compiler with one more line after each such function: it includes a text
that holds the function as the edit has it, at its own lines, under a name of the same length that
no other has.  So headers and all that stays the same are read once for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from source.c.extents import directs
from source.c.given import Given

MOST = 40
"""Functions that one edit may change."""

_SYSTEM_CALL = re.compile(r"(?:COMPAT_)?SYSCALL_DEFINE[0-6]\(\s*(\w+)")
_CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_EXPORTED = re.compile(r"EXPORT_SYMBOL\w*\(.*\);\s*$")

Lines: TypeAlias = tuple[int, int]
Texts: TypeAlias = tuple[list[str], list[str]]


@dataclass(frozen=True)
class Twice:
    """A function that an edit changes: its first and last lines on both sides, and its text.

    ``odd`` is the name under which ``text`` defines it; its lines there are those ``after``.
    """

    name: str
    odd: str
    file: str
    before: Lines
    after: Lines
    text: str

    def named(self, text: str) -> str:
        """Return a text with the function's own name."""
        return text.replace(self.odd, self.name)


@dataclass(frozen=True)
class Along:
    """A file to be parsed with an edit of it: what the compiler gets, and what the edit is."""

    given: Given
    edit: Given
    twice: tuple[Twice, ...]

    @property
    def files(self) -> frozenset[str]:
        """Return the names of the texts that hold the functions as the edit has them."""
        return frozenset(one.file for one in self.twice)

    def line(self, line: int) -> int:
        """Return where a line that stands outside of what changes is in the edit."""
        return line + sum(
            one.after[1] - one.before[1] - (one.after[0] - one.before[0])
            for one in self.twice
            if one.before[1] < line
        )


def along(given: Given, text: str) -> Along | None:
    """Return how a file can be parsed with its edit, if that changes bodies of functions alone."""
    before = _written(given)
    if before is None:
        return None
    texts = (before.split("\n"), text.split("\n"))
    old, new = (_blocks(lines) for lines in texts)
    if re.search(r'["\\\n]', given.file) or not _alike(texts, (old, new)):
        return None
    found: list[Twice] = []
    lines = list(texts[0])
    for one, other in zip(old, new, strict=True):
        if texts[0][slice(*one)] == texts[1][slice(*other)]:
            continue
        made = _twice(given, texts, (one, other), found)
        place = _place(lines, one[1])
        if made is None or place is None or len(found) == MOST:
            return None
        found.append(made)
        lines[place] = f'#include "{made.file}"'
    if not found:
        return None
    beside = {one.file.removeprefix(f"{given.root}/"): one.text for one in found}
    both = replace(given, texts={**given.texts, given.path: "\n".join(lines), **beside})
    edit = replace(given, texts={**given.texts, given.path: text})
    return Along(both, edit, tuple(found))


def _written(given: Given) -> str | None:
    """Return the text of the file, or ``None`` where it is none."""
    if given.path in given.texts:
        return given.texts[given.path]
    try:
        return Path(given.file).read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None


def _blocks(lines: list[str]) -> list[Lines]:
    """Return the numbers, from 0, of the lines that open and close functions' bodies."""
    signs = [at for at, line in enumerate(lines) if line in ("{", "}")]
    return [(at, to) for at, to in pairwise(signs) if lines[at] == "{" and lines[to] == "}"]


def _alike(texts: Texts, blocks: tuple[list[Lines], list[Lines]]) -> bool:
    """Return whether two texts are the same but for what stands in blocks."""
    one, other = (list(_outside(*side)) for side in zip(texts, blocks, strict=True))
    return one == other


def _outside(lines: list[str], blocks: list[Lines]) -> Iterator[str]:
    at = 0
    for opens, closes in blocks:
        yield from lines[at : opens + 1]
        at = closes
    yield from lines[at:]


def _twice(
    given: Given, texts: Texts, blocks: tuple[Lines, Lines], found: list[Twice]
) -> Twice | None:
    (before, after), (old, new) = texts, blocks
    head = _head(before, old[0])
    first, begins = new[0] - len(head), old[0] - len(head)
    if not head or first < 1 or before[begins - 1].endswith("\\"):
        return None
    bodies = (before[slice(*old)], after[slice(*new)])
    at = _name("\n".join(head))
    odd = _odd(at[1], texts, found) if at is not None else None
    if at is None or odd is None or any(directs(body) or _counts(body) for body in bodies):
        return None
    written = "\n".join(after[first : new[1] + 1])
    text = f'#line 2 "{given.file}"' + "\n" * first
    text += f"{written[: at[0]]}{odd}{written[at[0] + len(odd) :]}\n"
    file = f"{given.file}~{len(found)}.h"
    return Twice(at[1], odd, file, (begins + 1, old[1] + 1), (first + 1, new[1] + 1), text)


def _counts(lines: list[str]) -> bool:
    """Return whether how often the compiler has counted is asked by name."""
    return any("__COUNTER__" in line for line in lines)


def _head(lines: list[str], opens: int) -> list[str]:
    """Return the lines above a body that name its function."""
    at = opens
    while at and lines[at - 1].strip() and not lines[at - 1].startswith("#"):
        if lines[at - 1].rstrip().endswith(("}", ";", "*/", "\\")):
            break
        at -= 1
    return lines[at:opens]


def _name(head: str) -> tuple[int, str] | None:
    """Return where a function is named, and its name, by how kernels are written."""
    system = _SYSTEM_CALL.match(head)
    names = [system] if system else [one for one in _CALLED.finditer(head) if _is_outer(head, one)]
    plain = [one for one in names if not one[1].startswith("__")] or names
    return (plain[-1].start(1), plain[-1][1]) if plain else None


def _is_outer(text: str, at: re.Match[str]) -> bool:
    ahead = text[: at.start()]
    return ahead.count("(") == ahead.count(")")


def _odd(name: str, texts: Texts, found: list[Twice]) -> str | None:
    """Return a name of the same length that stands nowhere in the file."""
    taken = {one.odd for one in found}
    written = "\n".join(line for lines in texts for line in lines if "$" in line)
    for at in reversed(range(len(name))):
        odd = f"{name[:at]}${name[at + 1:]}"
        if odd not in taken and odd not in written:
            return odd
    return None


def _place(lines: list[str], closes: int) -> int | None:
    """Return the number of the empty line after a function."""
    at = closes + 1
    while at < len(lines) and _EXPORTED.match(lines[at]):
        at += 1
    return at if at < len(lines) and not lines[at].strip() else None
