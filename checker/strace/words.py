"""The words of a line of strace: what it is cut into before it is read."""

from __future__ import annotations

import re
from typing import NamedTuple

from checker.ground.json_text import short
from checker.ground.problems import Problem

LONGEST = 1 << 16
"""Characters of the longest line that is read."""

MOST = 4096
"""Words of the longest call that is read."""

_WORD = re.compile(
    r"""\s*(?:
    (?P<comment>/\*[^*]*\*/)
    | (?P<cut>\.\.\.)
    | (?P<becomes>=>)
    | (?P<number>-?(?:0[xX][0-9a-fA-F]+|\d+))(?!\w)
    | (?P<name>[A-Za-z_]\w*(?:\?\?\?)?)
    | (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<about><[^<>]*(?:<[^<>]*>[^<>]*)*>)
    | (?P<mark>[(){}\[\],=|~?])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)


class Word(NamedTuple):
    """One word: its kind (a group of the pattern above), its text, and where it begins."""

    kind: str
    text: str
    at: int


def cut(line: str) -> list[Word]:
    """Return the words of a line; raise :class:`Problem` where there is none.

    Blanks and comments are left out.
    """
    if len(line) > LONGEST:
        raise Problem(f"a line of {len(line)} characters is no call: at most {LONGEST} are read")
    words: list[Word] = []
    place, match = 0, _WORD.match
    while place < len(line):
        found = match(line, place)
        if found is None:
            place += len(line) - place - len(line[place:].lstrip())
            there = short(line[place : place + 20])
            raise Problem(f"column {place + 1}: {there} is not understood")
        kind = str(found.lastgroup)
        if kind not in ("end", "comment"):
            words.append(Word(kind, found[kind], found.start(kind)))
            if len(words) > MOST:
                raise Problem(f"a call of more than {MOST} words is not read")
        place = found.end()
    return words
