"""The grammar of a system call as strace prints it, read by recursive descent.

::

    call   = name "(" [ part { "," part } ] ")" "=" result
    part   = "..." | [ name "=" ] value
    value  = either [ "=>" value ]
    either = one { "|" one }
    one    = number [ "<…>" ] | name | text | "{" parts "}" | "[" parts "]" | "~" one
    result = number [ "<…>" ] | "-1" error | "?" [ error ]
    error  = name "(" … ")" | "(" "errno" number ")"

Nothing is looked up here: names stay names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from checker.ground.json_text import short
from checker.ground.problems import Problem
from checker.strace.words import Word, cut

DEEPEST = 8
"""How deep values may be nested; those of a call that makes a task are three deep."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and what strace says that it is (``3</proc/1/ns/user>``)."""

    value: int
    about: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A name: of a flag, a signal, or ``NULL``."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text between quotes, as it stands there."""

    text: str


@dataclass(frozen=True, slots=True)
class Either:
    """Flags: several values with ``|`` between."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """What stands in braces or brackets, and whether it is all there (no ``...``)."""

    named: dict[str, Value] = field(default_factory=dict)
    plain: tuple[Value, ...] = ()
    whole: bool = True


Value: TypeAlias = Number | Name | Text | Either | Many


@dataclass(frozen=True, slots=True)
class Result:
    """What came back: a number, an error's name or number, or neither (``?``)."""

    value: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Syscall:
    """A call as it stands in a line."""

    name: str
    arguments: Many
    result: Result


def read_call(text: str) -> Syscall:
    """Return the call in a text that begins with its name; raise :class:`Problem` if it is none."""
    reader = _Reader(cut(text))
    name = reader.take("name").text
    reader.mark("(")
    arguments = reader.parts(")", 0)
    return Syscall(name, arguments, reader.result())


class _Reader:
    """Reads words from left to right."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._kinds = [word.text if word.kind == "mark" else word.kind for word in words]
        self._kinds += ["", ""]
        self._place = 0

    def _next(self) -> Word | None:
        return self._words[self._place] if self._place < len(self._words) else None

    def _is(self, kind: str) -> bool:
        """Return whether the next word is of a kind, or this mark."""
        return self._kinds[self._place] == kind

    def take(self, kind: str) -> Word:
        """Return the next word, of a kind; raise :class:`Problem` for another."""
        if not self._is(kind):
            self._refuse(f"a {kind}")
        self._place += 1
        return self._words[self._place - 1]

    def mark(self, text: str) -> None:
        """Skip a mark; raise :class:`Problem` if it is not there."""
        if not self._is(text):
            self._refuse(short(text))
        self._place += 1

    def _refuse(self, wanted: str) -> NoReturn:
        word = self._next()
        if word is None:
            raise Problem(f"the line ends where {wanted} should stand")
        raise Problem(f"column {word.at + 1}: {wanted} should stand where {short(word.text)} does")

    def parts(self, end: str, depth: int) -> Many:
        """Return what stands up to a mark, which is skipped."""
        if depth > DEEPEST:
            raise Problem(f"values nested more than {DEEPEST} deep are not read")
        named: dict[str, Value] = {}
        plain: list[Value] = []
        whole = True
        while not self._is(end):
            if self._is("cut"):
                self._place, whole = self._place + 1, False
            elif self._is("becomes"):
                self._place += 1
                self._value(depth)
            else:
                self._part(named, plain, depth)
            if not self._is(end) and not self._is("becomes"):
                self._comma()
        self._place += 1
        return Many(named, tuple(plain), whole)

    def _comma(self) -> None:
        """Skip a comma; a text after a comment (``/* bytes 88..95 */ "…"``) may lack one."""
        if self._is(","):
            self._place += 1
        elif not (self._is("text") or self._is("cut")):
            self._refuse("a comma")

    def _part(self, named: dict[str, Value], plain: list[Value], depth: int) -> None:
        if self._is("name") and self._kinds[self._place + 1] == "=":
            name = self.take("name").text
            self._place += 1
            if name in named:
                raise Problem(f"{short(name)} is given twice")
            named[name] = self._value(depth)
        else:
            plain.append(self._value(depth))

    def _value(self, depth: int) -> Value:
        parts = [self._one(depth)]
        while self._is("|"):
            self._place += 1
            parts.append(self._one(depth))
        made = parts[0] if len(parts) == 1 else Either(tuple(parts))
        if self._is("becomes"):
            self._place += 1
            self._value(depth)
        return made

    def _one(self, depth: int) -> Value:
        kind = self._kinds[self._place]
        if kind == "number":
            return self._number()
        if kind == "name":
            return Name(self.take("name").text)
        if kind == "text":
            return self._text()
        if kind == "~":
            self._place += 1
            return self._one(depth + 1) if depth < DEEPEST else self.parts("", depth + 1)
        closing = {"{": "}", "[": "]"}.get(kind)
        if closing is None:
            self._refuse("a value")
        self._place += 1
        return self.parts(closing, depth + 1)

    def _text(self) -> Text:
        text = self.take("text").text
        if self._is("cut"):
            self._place += 1
        return Text(text[1:-1])

    def _number(self) -> Number:
        number = whole(self.take("number").text)
        about = self.take("about").text[1:-1] if self._is("about") else ""
        return Number(number, about)

    def result(self) -> Result:
        """Return what stands behind the call."""
        self.mark("=")
        if self._is("?"):
            self._place += 1
            return Result(None, self._error() if self._is("name") else "")
        number = self._number().value
        if number == -1 and (self._is("name") or self._is_number_said()):
            return Result(None, self._error())
        if number == -1:
            raise Problem("-1 alone does not say which error it was: -1 EPERM, say")
        if -4096 < number < 0:
            return Result(None, str(-number))
        return Result(number)

    def _is_number_said(self) -> bool:
        """Return whether ``(errno 999)`` is next."""
        words = self._words[self._place : self._place + 2]
        return [word.text for word in words] == ["(", "errno"]

    def _error(self) -> str:
        if self._is("name"):
            return self.take("name").text
        self.mark("(")
        self.take("name")
        return str(self._number().value)


def whole(text: str) -> int:
    """Return a number of C: hexadecimal, octal or decimal."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    if len(digits) > 24:
        raise Problem(f"a number of {len(digits)} digits is none of a call")
    if digits.lower().startswith("0x"):
        return sign * int(digits, 16)
    octal = len(digits) > 1 and digits.startswith("0") and not set(digits) & {"8", "9"}
    return sign * int(digits, 8 if octal else 10)
