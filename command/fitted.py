"""A text as it fits a terminal: long lines are broken at blanks, but for rows of tables."""

from __future__ import annotations

import re
import shutil
import sys
from textwrap import wrap

_LABEL = re.compile(r"\s*(?:[-+*] |\d+\. |[\w()]+:\s+)?")
"""What stands before the text of a line, which the lines broken off stay behind."""

_COLUMNS = re.compile(r"^\s*\||\S {3,}\S")
"""What only a row of a table has."""


def fitted(text: str) -> str:
    """Return a text whose lines fit the terminal; JSON, or what goes elsewhere, as it is."""
    if not sys.stdout.isatty() or text.startswith(("{", "[")):
        return text
    columns = shutil.get_terminal_size().columns
    return "\n".join(part for line in text.split("\n") for part in broken(line, columns))


def broken(line: str, columns: int) -> list[str]:
    """Return a line as lines of so many columns at most; a long word or a row stays whole."""
    label = _LABEL.match(line)
    behind = label.end() if label else 0
    if len(line) <= columns or _COLUMNS.search(line[behind:]) or "\x1b" in line:
        return [line]
    indent = " " * min(behind, columns // 2)
    return wrap(line, columns, subsequent_indent=indent, break_long_words=False,
                break_on_hyphens=False)
