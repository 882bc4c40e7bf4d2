"""Reads a question: by hand, of bounded length and depth, and nothing of it is ever run.

From what binds least to what binds most::

    implies          ->
    or               ||
    and              &&
    not              !
    == != < <= > >=  is, has, in (…, …)
    |
    ^
    &                bits: as in Python, and not as in C, they bind more than a comparison
    + -
    *
    - ~              before a number
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from checker.asked.tree import Compared, Joined, Name, Node, Number, OneOf, Prefixed, Text
from checker.ground.json_text import short
from checker.ground.problems import Problem

LONGEST = 4000
"""Characters of the longest question."""

DEEPEST = 30
"""Brackets and operators within one another, at most."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>0[xX][0-9a-fA-F]+|[0-9]+)(?![\w.])"
    r"|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_0-9]\w*)*)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<sign>->|=>|==|!=|<=|>=|&&|\|\||[-+*<>=!~&|^(),]))",
    re.ASCII,
)
_WORDS = {
    "and": "and", "&&": "and", "or": "or", "||": "or", "not": "not", "!": "not",
    "implies": "implies", "->": "implies", "=>": "implies",
    "is": "==", "=": "==", "has": "has", "in": "in",
}
"""The signs and words that mean an operator; a sign that is not here means itself."""

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "has")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number, a text in quotation marks, or an operator; ``kind`` says which."""

    kind: str
    said: str
    place: int


_SENTENCE = re.compile(r"[A-Za-z',-]{1,30}(?: [\w',-]{1,30}){3,60}[?.!]?")
"""Words alone, as people talk."""


def parsed(question: str) -> Node:
    """Return a question as a tree; raise :class:`Problem` with the column of what is wrong."""
    if len(question) > LONGEST:
        raise Problem(f"the question has {len(question)} characters: at most {LONGEST} are read")
    try:
        reader = _Reader(_tokens(question))
        found = reader.question()
        reader.expect_the_end()
    except Problem as problem:
        if not _SENTENCE.fullmatch(question.strip()):
            raise
        raise Problem(f"{problem}; a question is a condition on one call, not a sentence: "
                      "'clone3 and errno == EAGAIN', say") from None
    return found


def wrong(place: int, what: str) -> NoReturn:
    """Raise :class:`Problem` for what stands at a column."""
    raise Problem(f"{what} (column {place})")


def _tokens(question: str) -> list[Token]:
    found, at = [], 0
    text = question.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].lstrip()
            wrong(len(text) - len(rest) + 1, f"this cannot be read: {short(rest[:20])}")
        kind = str(match.lastgroup)
        said, place = match[kind], match.start(kind) + 1
        if kind == "sign" or said in _WORDS:
            kind, said = "operator", _WORDS.get(said, said)
        found.append(Token(kind, said, place))
        at = match.end()
    return [*found, Token("end", "the end", len(text) + 1)]


class _Reader:
    """Goes along the tokens, one function for each thing that binds alike."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _takes(self, *operators: str) -> Token | None:
        token = self._next
        if token.kind != "operator" or token.said not in operators:
            return None
        self._at += 1
        return token

    def _expect(self, operator: str) -> None:
        if not self._takes(operator):
            self._refuse(f"{operator!r} is due")

    def _refuse(self, due: str) -> NoReturn:
        token = self._next
        said = token.said if token.kind == "end" else short(token.said)
        wrong(token.place, f"{due}, not {said}")

    def expect_the_end(self) -> None:
        """Raise :class:`Problem` if anything is left."""
        if self._next.kind != "end":
            self._refuse("the question should end here, or go on with and, or, implies")

    def _deeper(self, read: Callable[[], Node]) -> Node:
        if self._depth >= DEEPEST:
            wrong(self._next.place, f"nested more than {DEEPEST} deep")
        self._depth += 1
        found = read()
        self._depth -= 1
        return found

    def question(self) -> Node:
        """Return what stands up to a closing bracket, a comma or the end."""
        left = self._several("or", self._all_of)
        token = self._takes("implies")
        if token is None:
            return left
        right = self._deeper(self.question)
        return Joined("implies", (left, right), token.place)

    def _all_of(self) -> Node:
        return self._several("and", self._negated)

    def _several(self, operator: str, read: Callable[[], Node]) -> Node:
        """Return one part, or all those that an operator joins."""
        parts = [read()]
        token = self._next
        while self._takes(operator):
            parts.append(read())
        return parts[0] if len(parts) == 1 else Joined(operator, tuple(parts), token.place)

    def _negated(self) -> Node:
        token = self._takes("not")
        if token is None:
            return self._comparison()
        return Prefixed("not", self._deeper(self._negated), token.place)

    def _comparison(self) -> Node:
        left = self._bits()
        token = self._takes(*_COMPARISONS, "in")
        if token is None:
            return left
        found = self._among(left, token) if token.said == "in" else self._compared(left, token)
        if self._next.kind == "operator" and self._next.said in _COMPARISONS:
            self._refuse("two are compared at a time: join comparisons with and")
        return found

    def _compared(self, left: Node, token: Token) -> Node:
        negative = token.said == "==" and self._takes("not") is not None
        return Compared("!=" if negative else token.said, left, self._bits(), token.place)

    def _among(self, left: Node, token: Token) -> Node:
        self._expect("(")
        among = [self._bits()]
        while self._takes(","):
            among.append(self._bits())
        self._expect(")")
        return OneOf(left, tuple(among), token.place)

    def _bits(self) -> Node:
        return self._several("|", self._either_bits)

    def _either_bits(self) -> Node:
        return self._several("^", self._both_bits)

    def _both_bits(self) -> Node:
        return self._several("&", self._sum)

    def _sum(self) -> Node:
        """Return a sum; what is taken away is a part with a minus before it."""
        parts = [self._product()]
        begun = self._next
        while token := self._takes("+", "-"):
            part = self._product()
            parts.append(part if token.said == "+" else Prefixed("-", part, token.place))
        return parts[0] if len(parts) == 1 else Joined("+", tuple(parts), begun.place)

    def _product(self) -> Node:
        return self._several("*", self._part)

    def _part(self) -> Node:
        token = self._takes("-", "~", "(")
        if token is None:
            return self._word()
        if token.said != "(":
            return Prefixed(token.said, self._deeper(self._part), token.place)
        inner = self._deeper(self.question)
        self._expect(")")
        return inner

    def _word(self) -> Node:
        token = self._next
        if token.kind not in ("number", "name", "text"):
            self._refuse("a name or a number is due")
        self._at += 1
        if token.kind == "number":
            base = 16 if token.said[:2].lower() == "0x" else 10
            return Number(int(token.said, base), token.place)
        if token.kind == "text":
            return Text(token.said[1:-1], token.place)
        name = Name(tuple(token.said.split(".")), token.place)
        return self._called(name)

    def _called(self, name: Name) -> Node:
        """Return ``rule "…"`` and ``rule(…)`` as the comparison that they mean."""
        if name.parts != ("rule",) or self._next.said in ("==", "!=", "in"):
            return name
        bracket = self._takes("(")
        token = self._next
        if token.kind != "text":
            self._refuse('the words of a rule are due, as in rule "child would exceed"')
        self._at += 1
        if bracket is not None:
            self._expect(")")
        return Compared("==", name, Text(token.said[1:-1], token.place), name.place)
