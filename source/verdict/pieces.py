"""What a header's changed lines give another meaning: its macros, functions and fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from source.patch.apply import Applied
from source.text import without_comments
from source.verdict.words import DEEPEST, KEYWORDS, words_of


def touched_names(file: Applied) -> frozenset[str]:
    """Return the names that a header's changed lines may give another meaning elsewhere.

    Those are the macros and functions that the lines stand in, what they declare (fields,
    enumerators: all from there on), and the macros and functions of the header that mention one
    of these.  A field or an enumerator that the header did not have before is none: no text that
    was compiled had it, and what the patch adds elsewhere is compared as it is.
    """
    found: set[str] = set()
    known = words_of(file.before or "")
    for text, lines in ((file.before, file.removed), (file.after, file.added)):
        parts = pieces(text or "")
        for piece in parts:
            changed = [line for line in lines if piece.first <= line <= piece.last]
            if changed:
                found |= {piece.name} if piece.name else piece.touched(changed) & known
        for piece in [one for one in parts if one.name] * DEEPEST:
            if not found.isdisjoint(piece.words):
                found.add(piece.name)
    return frozenset(found) - KEYWORDS


@dataclass(frozen=True)
class Piece:
    """A stretch of a header: a macro, a function, a structure, or some declarations.

    ``name`` is that of the macro or the function.
    """

    first: int
    lines: tuple[str, ...]
    name: str = ""

    @property
    def last(self) -> int:
        """Return the number of its last line."""
        return self.first + len(self.lines) - 1

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the names in it."""
        return words_of("\n".join(self.lines))

    def touched(self, changed: list[int]) -> set[str]:
        """Return what some of its lines declare."""
        prototype = _PROTOTYPE.match("\n".join(self.lines))
        if prototype is not None:
            return {prototype.group(1)}
        lines = [self.lines[line - self.first] for line in changed]
        if _ENUM.search(self.lines[0]):
            lines = list(self.lines[changed[0] - self.first :])
        return {word for line in lines for word in _DECLARES.findall(line)}


_DECLARES = re.compile(r"([A-Za-z_]\w+)\s*(?:\[[^\]]*\]\s*)*(?=[;,=:}]|\)\s*\(|$)")
_PROTOTYPE = re.compile(r"[^{;=(]*?(\w+)\s*\((?!\s*\*)[^{]*$", re.DOTALL)
_MACRO = re.compile(r"\s*#\s*(?:define|undef)\s+(\w+)")
_TAG = re.compile(r"(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)[^;(]*\{")
_ENUM = re.compile(r"\benum\b")
_FUNCTION = re.compile(r"(\w+)\s*\([^;{]*\)[^;{=]*\{", re.DOTALL)


@lru_cache(maxsize=2048)
def pieces(text: str) -> tuple[Piece, ...]:
    """Return a header in pieces: a line ends one outside of braces and of what goes on."""
    found, first, depth, kept = [], 1, 0, list[str]()
    lines = without_comments(text).split("\n")
    for number, line in enumerate(lines, 1):
        kept.append(line)
        macro = _MACRO.match(kept[0]) is not None
        depth = 0 if macro else max(0, depth + line.count("{") - line.count("}"))
        goes_on = depth > 0 or line.rstrip().endswith("\\")
        open_ = not macro and line.strip() and not line.rstrip().endswith((";", "}", "*/"))
        if not goes_on and (macro or not open_ or line.startswith("#")) or number == len(lines):
            found.append(_one(first, tuple(kept)))
            first, kept = number + 1, []
    return tuple(found)


def _one(first: int, lines: tuple[str, ...]) -> Piece:
    text = "\n".join(lines)
    macro, tag, function = _MACRO.match(text), _TAG.search(text), _FUNCTION.search(text[:20_000])
    if macro is not None:
        return Piece(first, lines, macro.group(1))
    if tag is not None and (function is None or tag.start() <= function.start()):
        return Piece(first, lines)
    return Piece(first, lines, function.group(1) if function is not None else "")
