"""Terms as a table of numbers: every node once, after all that it is made of.

The table is one list of numbers, node by node: the place of its kind in :data:`KINDS`, for
``and`` and ``or`` how many operands there are, the numbers of the operator, and the places of its
operands.  An input is its place among the names, a number its width and its place among the
numbers, which are texts, since some have more bits than a number of JSON.
"""

from __future__ import annotations

from typing import Any

from checker.readings.read_once import parts
from model.errors import number as errno_word
from model.mistake import Mistake
from model.node import BOOL, INPUT, NUMBER, Term
from model.terms import WordTerm, number

TRUE, FALSE = "true", "false"

KINDS = (
    INPUT, NUMBER, TRUE, FALSE, "not", "and", "or", "ite", "=", "bvult", "bvslt", "bvand", "bvor",
    "bvxor", "bvadd", "bvsub", "bvmul", "concat", "extract", "zero_extend", "sign_extend",
)
"""What a node may be; the place of each is its number in the table."""

_PLACES = {kind: place for place, kind in enumerate(KINDS)}
_MANY = ("and", "or")


class Table:
    """Nodes of terms, each once; the place of one is what others, and the page, call it by."""

    def __init__(self) -> None:
        self.code: list[int] = []
        self.inputs: list[tuple[str, int]] = []
        self.numbers: list[str] = []
        self.count = 0
        self._places: dict[int, int] = {}
        self._named: dict[str, int] = {}
        self._plain: dict[bool, int] = {}

    def truth(self, value: Any) -> int:
        """Return the place of a truth, open or plain."""
        if value is True or value is False:
            if value not in self._plain:
                self._plain[value] = self._node(TRUE if value else FALSE)
            return self._plain[value]
        return self._place(value)

    def word(self, value: Any, width: int) -> int:
        """Return the place of a word of ``width`` bits, open or plain; of an errno its number."""
        given = errno_word(value)
        return self._place(given if isinstance(given, Term) else number(int(given), width))

    def fact(self, value: Any, width: int) -> int:
        """Return the place of a truth (of width 0) or a word."""
        return self.truth(value) if width == BOOL else self.word(value, width)

    def any(self, value: Any) -> int | None:
        """Return the place of whatever has one: a truth, a word, an errno; else nothing."""
        given = errno_word(value)
        if isinstance(given, bool) or (isinstance(given, Term) and given.width == BOOL):
            return self.truth(given)
        return self._place(given) if isinstance(given, WordTerm) and given.width > 0 else None

    def document(self) -> dict[str, Any]:
        """Return the table as JSON writes it."""
        return {
            "kinds": list(KINDS),
            "inputs": [[name, width] for name, width in self.inputs],
            "numbers": self.numbers,
            "count": self.count,
            "code": self.code,
        }

    def _place(self, term: Term) -> int:
        for node in parts(term, self._places):
            self._places[node.serial] = self._added(node)
        return self._places[term.serial]

    def _added(self, node: Term) -> int:
        if node.kind == INPUT:
            self.inputs.append((node.name, node.width))
            return self._node(INPUT, len(self.inputs) - 1)
        if node.kind == NUMBER:
            return self._node(NUMBER, node.width, self._number(str(node.numbers[0])))
        if node.kind not in _PLACES:
            raise Mistake(f"{node.kind!r} of {str(node)[:60]!r} has no place in a table")
        count = [len(node.operands)] if node.kind in _MANY else []
        places = [self._places[one.serial] for one in node.operands]
        return self._node(node.kind, *count, *node.numbers, *places)

    def _node(self, kind: str, *rest: int) -> int:
        self.code += (_PLACES[kind], *rest)
        self.count += 1
        return self.count - 1

    def _number(self, text: str) -> int:
        if text not in self._named:
            self._named[text] = len(self.numbers)
            self.numbers.append(text)
        return self._named[text]
