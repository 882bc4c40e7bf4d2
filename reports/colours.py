"""Colours of the text table, for a terminal alone: the words say the same."""

from __future__ import annotations

import os
import re
from typing import IO, Any

_COLOURS = {"UNEXPECTED": "1;31", "ok": "32", "ERROR": "31", "TIMEOUT": "33", "UNKNOWN": "33"}
_WORDS = re.compile(r"^(?:UNEXPECTED|ok)\b|\b(?:ERROR|TIMEOUT|UNKNOWN)\b", re.MULTILINE)


def coloured(text: str) -> str:
    """Return a table with its words coloured; the words alone say the same."""
    return _WORDS.sub(lambda hit: f"\033[{_COLOURS[hit[0]]}m{hit[0]}\033[0m", text)


def wants_colour(stream: IO[Any]) -> bool:
    """Return whether a stream is a terminal on which colours are wanted."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream.isatty()
