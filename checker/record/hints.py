"""Kept words as hints: those of one line at a time, and none that cannot be read.

Nobody believes them who does not know of which sources they are.
"""

from __future__ import annotations

from functools import cache

from checker.record.kept_words import Cells, KeptError, read_cells, table_path


@cache
def hints(table: str, column: str, line: str) -> dict[str, str]:
    """Return the word of each kernel, in order, in a line of a kept table."""
    try:
        return _cells(table, column).words(line)
    except KeptError:
        return {}


def lines(table: str, column: str) -> list[str]:
    """Return the lines of a kept table, in order."""
    return list(_cells(table, column).by_line)


@cache
def _cells(table: str, column: str) -> Cells:
    try:
        return read_cells(table_path(table).read_text(encoding="utf-8"), column)
    except (OSError, KeptError, UnicodeDecodeError):
        return Cells()


def forget() -> None:
    """Read the tables anew when they are next asked for."""
    hints.cache_clear()
    _cells.cache_clear()
