"""The C as it is written: the words of a condition or a call at its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Protocol

LONG = 3
"""Letters of a word that two names have by chance, at most."""

MOST_LINES = 8
"""Lines over which a condition or a call is looked for."""


class Source(Protocol):
    """A tree's texts."""

    def text(self, path: str) -> str | None:
        """A file's text, or nothing where there is none."""


@dataclass
class Texts:
    """The texts of one side; without them nothing is found and others find words."""

    tree: Any = None
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def lines(self, path: str) -> list[str]:
        """The lines of a file."""
        if path not in self._lines:
            text = self.tree.text(path) if self.tree is not None else None
            self._lines[path] = (text or "").split("\n")
        return self._lines[path]

    def line(self, path: str, number: int) -> str:
        """A line of a file, without its indentation."""
        lines = self.lines(path)
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def behind(self, path: str, number: int, word: str) -> str:
        """What stands in the brackets behind a word, from a line on, without the preprocessor."""
        text = self._from(path, number)
        first = self.line(path, number)
        found = re.search(rf"\b{word}\s*\(", text)
        if found is None or found.start() > len(first):
            return ""
        return _balanced(text, found.end() - 1)

    def called(self, path: str, number: int, name: str) -> str:
        """The call of a line that stands for ``name``, which may be what a macro makes of it.

        Its name is a part of the other, or the only one there that has a word of it, or all that
        is called in a statement of its own.
        """
        line = self.line(path, number)
        there = [one for one in _CALLED.findall(line) if one != name]
        like = [one for one in there if name.startswith(one) or name.endswith(one)]
        akin = [one for one in there if _words_of(one) & _words_of(name)]
        alone = there if _ALONE.fullmatch(line) and len(there) == 1 else []
        for written in like or (akin if len(akin) == 1 else alone):
            return f"{written}({self.behind(path, number, written)})"
        return ""

    def chosen(self, path: str, number: int) -> str:
        """What stands before the one ``?`` of a line, or nothing."""
        before, mark, after = self.line(path, number).partition(" ? ")
        if not mark or "?" in after:
            return ""
        text = _AFTER.split(before)[-1].strip()
        whole = text.startswith("(") and _balanced(text, 0)
        return whole if whole and f"({whole})" == text else text if _even(text) else ""

    def _from(self, path: str, number: int) -> str:
        parts = [part.strip() for part in self.lines(path)[number - 1 : number + MOST_LINES]]
        return " ".join(part for part in parts if not part.startswith("#"))


_CALLED = re.compile(r"\b(\w{4,})\s*\(")
_ALONE = re.compile(r"\w+\([^()]*\);")


def _words_of(name: str) -> set[str]:
    return {word for word in name.split("_") if len(word) > LONG}


_AFTER = re.compile(r"(?<![=!<>])=(?!=)|\breturn\b|,\s")


def _even(text: str) -> bool:
    return text.count("(") == text.count(")")


def _balanced(text: str, start: int) -> str:
    depth = 0
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return " ".join(text[start + 1 : at].split())
    return ""


_COMPARED = re.compile(r"^[^&|?]*?\s(==|!=|<=|>=|<|>)\s[^&|?]*$")
_TURNED = {"==": "!=", "!=": "==", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_SIMPLE = re.compile(r"^[\w>.\-]+(\([^()]*\))?$")
_LIKELY = re.compile(r"^(?:un)?likely\((.*)\)$")


def said(text: str, holds: bool) -> str:
    """A condition in its words, turned round where it does not hold."""
    likely = _LIKELY.match(text)
    if likely and _balanced(text, text.index("(")) == likely[1]:
        text = likely[1]
    if holds:
        return text
    if text.startswith("!") and _SIMPLE.match(text[1:]):
        return text[1:]
    if text.startswith("!(") and f"!({_balanced(text, 1)})" == text:
        return text[2:-1]
    if _SIMPLE.match(text):
        return "!" + text
    compared = _COMPARED.match(text)
    if compared and len(re.findall(r"\s(?:==|!=|<=|>=|<|>)\s", text)) == 1:
        return text[: compared.start(1)] + _TURNED[compared[1]] + text[compared.end(1) :]
    return f"!({text})"
