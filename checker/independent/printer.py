"""z3 terms as rows of a script: what is written is the declared statement, not simplified."""

from __future__ import annotations

from typing import Any

import z3

from checker.certificates.script import BOOL, INPUT, INT, NUMBER, Row, Sort, TermScript
from checker.engines.gates import Unsupported
from checker.engines.nodes import NAMES, TermNode, TermReading

_WHOLE: dict[int, str] = {
    z3.Z3_OP_ADD: "+",
    z3.Z3_OP_SUB: "-",
    z3.Z3_OP_UMINUS: "-",
    z3.Z3_OP_MUL: "*",
    z3.Z3_OP_LE: "<=",
    z3.Z3_OP_LT: "<",
    z3.Z3_OP_GE: ">=",
    z3.Z3_OP_GT: ">",
}
"""Operators on whole numbers; only solvers decide these."""

_ALL = NAMES | _WHOLE
_LONELY = ("and", "or", "+", "*")
"""Operators that z3 may apply to one term, which SMT-LIB forbids: they are that term."""


class Printer(TermReading[int]):
    """Puts terms into a script; a meaning is the place of a row."""

    def __init__(self) -> None:
        super().__init__()
        self.script = TermScript()
        self._inputs: dict[str, Sort] = {}

    def ask(self, term: Any) -> int:
        """Add a question; return its place."""
        self.script.questions.append(self.meaning(term))
        return self.script.questions[-1]

    def _read(self, node: TermNode, operands: list[int]) -> int:
        kind, sort = node.kind, self._sort(node)
        if kind == z3.Z3_OP_UNINTERPRETED and not operands:
            return self._input(node.name, sort)
        if kind in (z3.Z3_OP_BNUM, z3.Z3_OP_ANUM):
            return self.script.add(Row(NUMBER, sort, numbers=(node.value,)))
        if kind in (z3.Z3_OP_TRUE, z3.Z3_OP_FALSE):
            return self.script.add(Row(NUMBER, sort, numbers=(int(kind == z3.Z3_OP_TRUE),)))
        name = _ALL.get(kind)
        if name is None or not operands:
            raise Unsupported(node.name)
        if len(operands) == 1 and name in _LONELY:
            return operands[0]
        return self.script.add(Row(name, sort, tuple(operands), node.numbers(name)))

    def _sort(self, node: TermNode) -> Sort:
        if node.sort == z3.Z3_INT_SORT:
            return INT
        return BOOL if node.sort == z3.Z3_BOOL_SORT else node.width

    def _input(self, name: str, sort: Sort) -> int:
        if self._inputs.setdefault(name, sort) != sort:
            raise Unsupported(f"{name}, which has another sort elsewhere")
        return self.script.add(Row(INPUT, sort, name=name))
