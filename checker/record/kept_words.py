"""What kept tables keep: a word per property and kernel, read from ``reports/``.

A kept table is Markdown with one line per property.  Below the heading of one column stand the
words of the property, each with its kernels as ranges::

    | P02 | … | PROVED v5.4…v6.8; REFUTED v6.9…v7.1 | … |

The word is a verdict in ``verdicts.md``; it may be anything without a blank or ``;``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
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


def read_kept(text: str, column: str) -> KeptTable:
    """Return what a kept table says below ``column``; raise :class:`KeptError` if it is none."""
    lines = text.splitlines()
    named = [line for line in lines if line.startswith(NAMED)]
    if len(named) != 1:
        raise KeptError("it does not name its kernels once")
    kernels = tuple(named[0].removeprefix(NAMED).removesuffix(".").split(", "))
    table = [_cells(line) for line in lines if line.startswith("|")]
    if not table or column not in table[0]:
        raise KeptError(f"it has no column {column!r}")
    place = table[0].index(column)
    words: dict[Key, str] = {}
    for cells in table[2:]:
        if len(cells) != len(table[0]):
            raise KeptError(f"the line of {cells[0]} has {len(cells)} cells")
        for kernel, word in _words(cells[0], cells[place], kernels):
            if (cells[0], kernel) in words:
                raise KeptError(f"it has two words for {cells[0]} on {kernel}")
            words[cells[0], kernel] = word
    return KeptTable(kernels, words)


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
    return [cell.strip() for cell in _CELLS.split(line)[1:-1]]


def _words(identity: str, cell: str, kernels: tuple[str, ...]) -> Iterator[Key]:
    """Yield each kernel of a cell with its word."""
    for era in _REMARK.sub("", cell).split("; "):
        word, _, span = era.partition(" ")
        for part in (ALL,) if span == ALL else tuple(span.split(", ")):
            for kernel in _kernels(part, kernels):
                if kernel is None:
                    raise KeptError(f"{identity}: {part!r} names no kernel of the table")
                yield kernel, word


def _kernels(part: str, kernels: tuple[str, ...]) -> tuple[str | None, ...]:
    """Return the kernels of ``all kernels``, a name or ``first…last``; None for no such."""
    if part == ALL:
        return kernels
    if part == EVERY_SET:
        return (EVERY_SET,)
    first, _, last = part.partition("…")
    if first not in kernels or (last or first) not in kernels:
        return (None,)
    return kernels[kernels.index(first) : kernels.index(last or first) + 1] or (None,)
