"""The grammar of SCML, read by recursive descent.

::

    file    = { rule ";" }
    rule    = name "(" [ part { "," part } ] ")"    a call
            | "struct" name "=" struct              structs of one name are alternatives
            | name "=" flags
    part    = name [ "=" pattern ] | ".."           ".." comes last
    pattern = flags | struct | array
    flags   = one { "|" one }
    one     = name | "<" name ">"                   <INTEGER>, <PATH>, or what was named before
    struct  = "{" part { "," part } "}"
    array   = "[" pattern { "," pattern } "]"

A comment goes from ``//`` to the end of its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from checker.scml.patterns import (
    INTEGER,
    Anything,
    Array,
    Flags,
    Path,
    Pattern,
    Rule,
    Struct,
    Structs,
)

LARGEST = 1_000_000
"""Characters of the largest file that is read."""
DEEPEST = 32
"""Levels of structs and arrays within each other."""

_TOKENS = re.compile(
    r"(?P<skip>\s+|//[^\n]*)|(?P<name>[A-Za-z_][A-Za-z0-9_]*|[0-9]+)"
    r"|(?P<mark>\.\.|[(){}\[\]<>=|,;])"
)
_END = ""


class _Token(NamedTuple):
    text: str
    line: int


def rules_of(text: str, name: str) -> list[Rule]:
    """Return the rules for calls in a file of SCML.

    Raises :class:`~checker.ground.problems.Problem` that begins with file and line.
    """
    if len(text) > LARGEST:
        raise Problem(f"{name}: larger than {LARGEST:,} characters")
    return _Reader(name, text).file()


def _tokens(text: str, wrong: Callable[[int, str], Problem]) -> Iterator[_Token]:
    place, line = 0, 1
    while place < len(text):
        found = _TOKENS.match(text, place)
        if found is None:
            raise wrong(line, f"{short(text[place])} is nothing that SCML knows")
        if found.lastgroup != "skip":
            yield _Token(found[0], line)
        line += found[0].count("\n")
        place = found.end()
    yield _Token(_END, line)


class _Reader:
    """The tokens of a file, what was named in it so far, and where reading is."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._tokens = list(_tokens(text, self._wrong))
        self._place = 0
        self._depth = 0
        self._flags: dict[str, Flags] = {}
        self._structs: dict[str, tuple[Struct, ...]] = {}

    def file(self) -> list[Rule]:
        found = []
        while self._next.text != _END:
            rule = self._statement()
            found += [rule] if rule else []
            self._take(";")
        return found

    def _statement(self) -> Rule | None:
        name = self._taken_name()
        if name.text == "struct" and self._next.text not in ("(", "="):
            self._named_struct()
            return None
        if self._next.text == "(":
            return self._call(name)
        self._take("=")
        self._flags[name.text] = self._joined(self._one())
        return None

    def _named_struct(self) -> None:
        name = self._taken_name().text
        self._take("=")
        self._structs[name] = (*self._structs.get(name, ()), self._struct())

    def _call(self, name: _Token) -> Rule:
        parts, is_open = self._parts("(", ")")
        return Rule(name.text, tuple(pattern for _, pattern in parts), is_open, self._at(name.line))

    def _struct(self) -> Struct:
        line = self._next.line
        parts, is_open = self._parts("{", "}")
        fields = dict(parts)
        if len(fields) < len(parts):
            raise self._wrong(line, "a struct names a field twice")
        return Struct(fields, is_open)

    def _parts(self, opening: str, closing: str) -> tuple[list[tuple[str, Pattern]], bool]:
        """Return names with patterns, and whether more may stand behind them."""
        self._take(opening)
        found: list[tuple[str, Pattern]] = []
        while self._next.text != closing:
            if self._taken(".."):
                self._take(closing)
                return found, True
            found.append((self._taken_name().text, self._given()))
            if self._next.text != closing:
                self._take(",")
        self._take(closing)
        return found, False

    def _given(self) -> Pattern:
        return self._pattern() if self._taken("=") else Anything()

    def _pattern(self) -> Pattern:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(self._next.line, f"deeper than {DEEPEST} levels")
        found = self._read()
        self._depth -= 1
        return found

    def _read(self) -> Pattern:
        if self._next.text == "{":
            return self._struct()
        if self._next.text == "[":
            return self._array()
        return self._flags_or_named()

    def _flags_or_named(self) -> Pattern:
        one = self._one()
        if isinstance(one, Flags):
            return self._joined(one)
        if self._next.text == "|":
            raise self._wrong(self._next.line, "only flags can be joined by |")
        return one

    def _joined(self, one: Pattern) -> Flags:
        line = self._next.line
        found = [one]
        while self._taken("|"):
            found.append(self._one())
        flags = [part for part in found if isinstance(part, Flags)]
        if len(flags) < len(found):
            raise self._wrong(line, "only flags can be joined by |")
        names = frozenset().union(*(part.names for part in flags))
        return Flags(names, any(part.integer for part in flags), flags[0].at)

    def _one(self) -> Pattern:
        token = self._next
        if not self._taken("<"):
            return Flags(frozenset((self._taken_name().text,)), at=self._at(token.line))
        name = self._taken_name().text
        self._take(">")
        return self._meant(name, token.line)

    def _meant(self, name: str, line: int) -> Pattern:
        if name == INTEGER:
            return Flags(frozenset(), integer=True, at=self._at(line))
        if name == "PATH":
            return Path()
        if name in self._flags:
            return self._flags[name]
        if name in self._structs:
            return Structs(self._structs[name])
        known = [INTEGER, "PATH", *self._flags, *self._structs]
        raise self._wrong(line, f"nothing above is named {short(name)}{nearest(name, known)}")

    def _array(self) -> Array:
        self._take("[")
        found = [self._pattern()]
        while self._taken(","):
            found.append(self._pattern())
        self._take("]")
        return Array(tuple(found))

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _taken(self, text: str) -> bool:
        found = self._next.text == text
        self._place += found
        return found

    def _take(self, text: str) -> None:
        if not self._taken(text):
            raise self._wrong(self._next.line, f"{text} is due, not {self._said()}")

    def _taken_name(self) -> _Token:
        token = self._next
        if not re.match(r"\w", token.text):
            raise self._wrong(token.line, f"a name is due, not {self._said()}")
        self._place += 1
        return token

    def _said(self) -> str:
        return short(self._next.text) if self._next.text else "the end of the file"

    def _at(self, line: int) -> str:
        return f"{self._name}:{line}"

    def _wrong(self, line: int, what: str) -> Problem:
        return Problem(f"{self._at(line)}: {what}")
