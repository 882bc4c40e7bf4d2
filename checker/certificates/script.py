"""Obligations as SMT-LIB 2 text: one definition a line, each question a named term.

Terms are rows of a table, each after those that it is made of.  The text of one question holds
only what it is made of, numbered afresh, so that it is the same whatever else is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Sort: TypeAlias = "int | str"
"""The width of a word in bits, or :data:`BOOL` or :data:`INT`."""

BOOL = "Bool"
INT = "Int"

INPUT, NUMBER = "input", "number"
"""What a row is, if it is no operator."""


class UnreadableScript(Exception):
    """A text that is no script as written here; says where and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A term: an input by its name, a number, or an operator on earlier rows."""

    kind: str
    sort: Sort
    operands: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    """The numbers written into an operator, or the number that it is."""
    name: str = ""


@dataclass(eq=False)
class TermScript:
    """A table of terms, and questions: rows that hold or not, whatever the inputs are."""

    rows: list[Row] = field(default_factory=list)
    questions: list[int] = field(default_factory=list)
    _known: dict[Row, int] = field(default_factory=dict)

    def add(self, row: Row) -> int:
        """Return the place of a row; equal rows are one."""
        place = self._known.get(row)
        if place is None:
            place = self._known[row] = len(self.rows)
            self.rows.append(row)
        return place

    def alone(self, question: int) -> TermScript:
        """Return a script of one question and what it is made of, in an order of its own."""
        made = TermScript()
        places: dict[int, int] = {}
        for old in self._below(question):
            row = self.rows[old]
            operands = tuple(places[one] for one in row.operands)
            places[old] = made.add(Row(row.kind, row.sort, operands, row.numbers, row.name))
        made.questions.append(places[question])
        return made

    def _below(self, root: int) -> Iterator[int]:
        """Yield a row's parts and the row, each once and after its operands."""
        done: set[int] = set()
        stack = [root]
        while stack:
            place = stack[-1]
            waiting = [one for one in self.rows[place].operands if one not in done]
            if place in done or not waiting:
                stack.pop()
                if place not in done:
                    done.add(place)
                    yield place
            else:
                stack += reversed(waiting)

    def inputs(self) -> dict[str, Sort]:
        """Return the sort of each input by its name."""
        return {row.name: row.sort for row in self.rows if row.kind == INPUT}


# ---- writing -----------------------------------------------------------------------------


def text_of(script: TermScript, about: Iterable[str] = ()) -> str:
    """Return a script as text that any SMT-LIB solver reads; ``about`` are lines of comment.

    A question alone is asserted; several are asked one after the other.
    """
    names = [_told(row, place) for place, row in enumerate(script.rows)]
    whole = any(row.sort == INT for row in script.rows)
    lines = [f"; {line}" for line in about]
    lines.append(f"(set-logic {'QF_LIA' if whole else 'QF_BV'})")
    for place, row in enumerate(script.rows):
        if row.kind == INPUT:
            lines.append(f"(declare-const {names[place]} {_sort(row.sort)})")
        elif row.kind != NUMBER:
            body = _body(row, [names[one] for one in row.operands])
            lines.append(f"(define-fun {names[place]} () {_sort(row.sort)} {body})")
    if len(script.questions) == 1:
        lines += [f"(assert {names[script.questions[0]]})", "(check-sat)"]
    else:
        lines += [f"(check-sat-assuming ({names[one]}))" for one in script.questions]
    return "\n".join(lines) + "\n"


def _sort(sort: Sort) -> str:
    return sort if isinstance(sort, str) else f"(_ BitVec {sort})"


def _told(row: Row, place: int) -> str:
    """Return what stands for a row in the text."""
    if row.kind == INPUT:
        return f"|{row.name}|"
    if row.kind != NUMBER:
        return f"n{place}"
    value = row.numbers[0]
    if row.sort == INT:
        return str(value) if value >= 0 else f"(- {-value})"
    if row.sort == BOOL:
        return "true" if value else "false"
    return f"(_ bv{value} {row.sort})"


def _body(row: Row, operands: list[str]) -> str:
    name = f"(_ {row.kind} {' '.join(map(str, row.numbers))})" if row.numbers else row.kind
    return f"({name} {' '.join(operands)})"


# ---- reading -----------------------------------------------------------------------------

_TOKEN = re.compile(r"\|[^|\n]*\||[()]|[^\s()|]+")
_DEEP = 8
_DIGITS = 30
Form: TypeAlias = "str | list[Form]"


def read_script(text: str) -> TermScript:
    """Return the script of a text that :func:`text_of` wrote; raise :class:`UnreadableScript`."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(";"):
            continue
        try:
            reader.line(_form(line))
        except (UnreadableScript, ValueError, IndexError, TypeError) as error:
            raise UnreadableScript(f"line {number} is no line of a script: {error}") from None
    return reader.script


def _form(line: str) -> list[Form]:
    stack: list[list[Form]] = [[]]
    for token in _TOKEN.findall(line):
        if token == "(":
            stack.append([])
            if len(stack) > _DEEP:
                raise UnreadableScript("it is nested too deeply")
        elif token == ")":
            inner = stack.pop()
            stack[-1].append(inner)
        else:
            stack[-1].append(token)
    if len(stack) != 1 or len(stack[0]) != 1 or not isinstance(stack[0][0], list):
        raise UnreadableScript("it is not one form in parentheses")
    return stack[0][0]


def _number(token: Form) -> int:
    if not isinstance(token, str) or not token.isascii() or not token.isdigit():
        raise UnreadableScript(f"{str(token)[:40]} is no number")
    if len(token) > _DIGITS:
        raise UnreadableScript("a number has too many digits")
    return int(token)


class _Reader:
    def __init__(self) -> None:
        self.script = TermScript()
        self._places: dict[str, int] = {}

    def line(self, form: list[Form]) -> None:
        command, *rest = form
        if command == "declare-const":
            name, sort = rest
            self._name(name, Row(INPUT, _read_sort(sort), name=_unquoted(name)))
        elif command == "define-fun":
            name, none, sort, body = rest
            if none != []:
                raise UnreadableScript("a definition has parameters")
            self._name(name, self._row(body, _read_sort(sort)))
        elif command in ("assert", "check-sat-assuming"):
            (asked,) = rest
            one = asked if command == "assert" else asked[0]
            self.script.questions.append(self._place(one))
        elif command not in ("set-logic", "check-sat"):
            raise UnreadableScript(f"{str(command)[:40]} is no command of a script")

    def _name(self, name: Form, row: Row) -> None:
        if not isinstance(name, str) or name in self._places:
            raise UnreadableScript(f"{str(name)[:40]} is defined twice, or is no name")
        known = len(self.script.rows)
        self._places[name] = self.script.add(row)
        if self._places[name] != known:
            raise UnreadableScript(f"{name[:40]} is what another name is")

    def _row(self, body: Form, sort: Sort) -> Row:
        if not isinstance(body, list):
            raise UnreadableScript("a definition is no operator")
        head, *operands = body
        places = tuple(self._place(one) for one in operands)
        if isinstance(head, str):
            return Row(head, sort, places)
        mark, name, *numbers = head
        if mark != "_" or not isinstance(name, str):
            raise UnreadableScript("its operator is no name")
        return Row(name, sort, places, tuple(_number(one) for one in numbers))

    def _place(self, form: Form) -> int:
        if isinstance(form, str) and form in self._places:
            return self._places[form]
        return self.script.add(_read_number(form))


def _unquoted(name: Form) -> str:
    if not isinstance(name, str) or not (name.startswith("|") and name.endswith("|")):
        raise UnreadableScript("an input is no quoted name")
    return name[1:-1]


def _read_sort(form: Form) -> Sort:
    if form in (BOOL, INT):
        return str(form)
    if not isinstance(form, list) or form[:2] != ["_", "BitVec"] or len(form) != 3:
        raise UnreadableScript("its sort is unknown")
    return _number(form[2])


def _read_number(form: Form) -> Row:
    if form in ("true", "false"):
        return Row(NUMBER, BOOL, numbers=(int(form == "true"),))
    if isinstance(form, str):
        return Row(NUMBER, INT, numbers=(_number(form),))
    if form[0] == "-":
        return Row(NUMBER, INT, numbers=(-_number(form[1]),))
    mark, value, width = form
    if mark != "_" or not isinstance(value, str) or not value.startswith("bv"):
        raise UnreadableScript("a term is neither defined nor a number")
    return Row(NUMBER, _number(width), numbers=(_number(value[2:]),))
