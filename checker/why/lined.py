"""A labelled text as lines: what ``Reason:``, ``Look:`` and ``At:`` stand before."""

from __future__ import annotations

from textwrap import wrap

from checker.calls.story import WIDTH

_MARGIN = 10


def labelled(label: str, text: str, indent: int = 3) -> list[str]:
    """Return a labelled text, its following lines below its first; nothing of no text."""
    before = f"{' ' * indent}{label}".ljust(indent + _MARGIN - 2)
    return wrap(text, WIDTH, initial_indent=before, subsequent_indent=" " * len(before),
                break_on_hyphens=False, break_long_words=False) if text else []
