"""Terms as rows of a script: what is written is the declared statement, not simplified."""

from __future__ import annotations

from checker.certificates.script import BOOL, INPUT, INT, NUMBER, Row, Sort, TermScript
from checker.engines.gates import Unsupported
from checker.readings.read_once import TermReading
from model import node as nodes
from model.algebra import Truth


class Printer(TermReading[int]):
    """Puts terms into a script; a meaning is the place of a row."""

    def __init__(self) -> None:
        super().__init__()
        self.script = TermScript()
        self._inputs: dict[str, Sort] = {}

    def ask(self, truth: Truth) -> int:
        """Add a question; return its place."""
        self.script.questions.append(self._place(truth))
        return self.script.questions[-1]

    def _place(self, truth: Truth) -> int:
        if isinstance(truth, bool):
            return self.script.add(Row(NUMBER, BOOL, numbers=(int(truth),)))
        return self.meaning(truth)

    def _read(self, node: nodes.Term, operands: list[int]) -> int:
        sort = _sort(node)
        if node.kind == nodes.INPUT:
            return self._input(node.name, sort)
        kind = NUMBER if node.kind == nodes.NUMBER else node.kind
        return self.script.add(Row(kind, sort, tuple(operands), node.numbers))

    def _input(self, name: str, sort: Sort) -> int:
        if self._inputs.setdefault(name, sort) != sort:
            raise Unsupported(f"{name}, which has another sort elsewhere")
        return self.script.add(Row(INPUT, sort, name=name))


def _sort(node: nodes.Term) -> Sort:
    return {nodes.BOOL: BOOL, nodes.INT: INT}.get(node.width, node.width)
