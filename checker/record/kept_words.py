"""What kept tables keep: a word per property and kernel, read from ``reports/``.

A kept table is Markdown with one line per property.  Below the heading of one column stand the
words of the property, each with its kernels as ranges::

    | P02 | … | PROVED v5.4…v6.8; REFUTED v6.9…v7.1 | … |

The word is a verdict in ``verdicts.md``; it may be anything without a blank or ``;``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from checker.record.result import EVERY_SET

ALL = "all kernels"
NAMED = "Kernels, in order: "
_CELLS = re.compile(r"(?<!\\)\|")
_REMARK = re.compile(r" \(expected [A-Z]+\)")

Key = tuple[str, str]
"""A property and a kernel."""


class KeptError(ValueError):
    """A kept table cannot be understood; its text is one line for people."""


@dataclass(frozen=True)
class KeptTable:
    """What a table keeps: its kernels, in order, and a word per property and kernel."""

    kernels: tuple[str, ...] = ()
    words: dict[Key, str] = field(default_factory=dict)


def table_path(name: str) -> Path:
    """Return where the kept table of a name lies: in ``reports/``, in a wheel too."""
    return Path(__file__).parents[2] / "reports" / name


@dataclass(frozen=True)
class Cells:
    """A column of a kept table as it is written: its kernels, in order, and a cell per line."""

    kernels: tuple[str, ...] = ()
    by_line: dict[str, str] = field(default_factory=dict)

    def words(self, line: str) -> dict[str, str]:
        """Return the word of each kernel in a line, none for no such line; ``KeptError``."""
        words: dict[str, str] = {}
        for word, kernels in self._eras(line):
            for kernel in kernels:
                if kernel in words:
                    raise KeptError(f"it has two words for {line} on {kernel}")
                words[kernel] = word
        return words

    def _eras(self, line: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each word of a line, which may be there more than once, with its kernels."""
        cell = _REMARK.sub("", self.by_line.get(line, ""))
        for era in cell.split("; ") if cell else ():
            word, _, span = era.partition(" ")
            for part in (ALL,) if span == ALL else span.split(", "):
                kernels = self._kernels(part)
                if not kernels:
                    raise KeptError(f"{line}: {part!r} names no kernel of the table")
                yield word, kernels

    def _kernels(self, part: str) -> tuple[str, ...]:
        """Return the kernels of ``all kernels``, a name or ``first…last``; none for no such."""
        if part in (ALL, EVERY_SET):
            return self.kernels if part == ALL else (EVERY_SET,)
        first, _, last = part.partition("…")
        begin, end = self._places.get(first), self._places.get(last or first)
        return () if begin is None or end is None else self.kernels[begin : end + 1]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {kernel: place for place, kernel in enumerate(self.kernels)}


def read_cells(text: str, column: str) -> Cells:
    """Return what stands below ``column``; raise :class:`KeptError` if it is no kept table."""
    lines = text.splitlines()
    named = [line for line in lines if line.startswith(NAMED)]
    if len(named) != 1:
        raise KeptError("it does not name its kernels once")
    kernels = tuple(named[0].removeprefix(NAMED).removesuffix(".").split(", "))
    table = [_cells(line) for line in lines if line.startswith("|")]
    if not table or column not in table[0]:
        raise KeptError(f"it has no column {column!r}")
    place = table[0].index(column)
    by_line: dict[str, str] = {}
    for cells in table[2:]:
        if len(cells) != len(table[0]):
            raise KeptError(f"the line of {cells[0]} has {len(cells)} cells")
        if cells[0] in by_line:
            raise KeptError(f"it has two lines for {cells[0]}")
        by_line[cells[0]] = cells[place]
    return Cells(kernels, by_line)


def read_kept(text: str, column: str, only: Collection[str] | None = None) -> KeptTable:
    """Return what a kept table says below ``column``, of some lines or of all.

    Raises :class:`KeptError` if it is none.
    """
    cells = read_cells(text, column)
    words = {
        (line, kernel): word
        for line in (cells.by_line if only is None else only)
        for kernel, word in cells.words(line).items()
    }
    return KeptTable(cells.kernels, words)


def rows_of(text: str, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return what stands below some columns of a table; raise :class:`KeptError` without them."""
    table = [_cells(line) for line in text.splitlines() if line.startswith("|")]
    if not table or not set(columns) <= set(table[0]):
        raise KeptError(f"it has no columns {', '.join(columns)}")
    places = [table[0].index(column) for column in columns]
    return [tuple(cells[at] for at in places) for cells in table[2:] if len(cells) > max(places)]


def one_word(text: str) -> str:
    """Return a text without what ends a word or a cell of a kept table."""
    return text.replace(" ", "_").replace(";", ",").replace("|", "+")


def listed(text: str) -> list[str]:
    """Return the words of a kept list: those of its lines ``- word``."""
    return [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]


def _cells(line: str) -> list[str]:
    cells = _CELLS.split(line) if "\\|" in line else line.split("|")
    return [cell.strip() for cell in cells[1:-1]]
