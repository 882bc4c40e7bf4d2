"""Plain text no wider than a page: wrapped cells, wrapped lines."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial
from itertools import zip_longest

WIDTH = 100
"""Columns of a report."""

_wrap = partial(textwrap.wrap, break_on_hyphens=False)


def grid(headers: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    """Return a table whose columns are at most ``widths`` wide.

    As tabulate's "simple" lays it out, which takes longer to load than a run to be found again.
    """
    lines = [line for row in rows for line in _lines(row, widths)]
    least = [len(name) + 2 for name in headers]
    wide = [max(column) for column in zip(least, *(map(len, line) for line in lines), strict=True)]
    made = [headers, ["-" * width for width in wide], *lines]
    return "\n".join("  ".join(map(str.ljust, line, wide)).rstrip() for line in made)


def _lines(row: Sequence[str], widths: Sequence[int]) -> list[tuple[str, ...]]:
    cells = (_folded(cell, width).split("\n") for cell, width in zip(row, widths, strict=True))
    return list(zip_longest(*cells, fillvalue=""))


def _folded(cell: str, width: int) -> str:
    if len(cell) <= width and cell == one_line(cell):
        return cell
    return "\n".join(_wrap(cell, width))


def paragraph(text: str, indent: str = "") -> str:
    """Return text as lines of the page's width; following lines are indented."""
    return "\n".join(_wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  "))


def one_line(text: str) -> str:
    """Return text with every run of white space as one blank."""
    return " ".join(text.split())


def count(number: int, noun: str) -> str:
    """Return ``1 kernel``, ``2 kernels``, ``3 properties``."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"
