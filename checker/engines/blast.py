"""Bit-blasting: the nodes of terms encoded with :mod:`checker.engines.gates`."""

from __future__ import annotations

from checker.engines.gates import RULES, TRUE, Bits, Clause, Gates, Unsupported, constant
from checker.readings.read_once import TermReading
from model.algebra import Truth
from model.node import INPUT, INT, NUMBER, Term

__all__ = ["TRUE", "Blaster", "Unsupported"]


class Blaster(TermReading[Bits]):
    """Encodes terms; their inputs become input literals, kept by name."""

    def __init__(self, add: Clause) -> None:
        super().__init__()
        self.gates = Gates(add)
        self.inputs: dict[str, Bits] = {}

    def truth(self, truth: Truth) -> int:
        """Return the literal of a truth, open or plain."""
        if isinstance(truth, bool):
            return TRUE if truth else -TRUE
        return self.bits(truth)[0]

    def bits(self, term: Term) -> Bits:
        """Return the literals of a term (one for a truth)."""
        return self.meaning(term)

    def settle(self) -> bool:
        """Say what was put off; return whether anything was: here nothing ever is."""
        return False

    def _read(self, node: Term, operands: list[Bits]) -> Bits:
        rule = RULES.get(node.kind)
        if rule is not None:
            return rule(self.gates, operands, node.numbers)
        if node.width == INT or node.kind not in (INPUT, NUMBER):
            raise Unsupported(str(node))
        if node.kind == INPUT:
            return self._input(node.name, node.width or 1)
        return constant(node.numbers[0], node.width)

    def _input(self, name: str, width: int) -> Bits:
        if name not in self.inputs:
            self.inputs[name] = [self.gates.fresh() for _ in range(width)]
        bits = self.inputs[name]
        if len(bits) != width:
            raise Unsupported(f"{name}, which has {len(bits)} bits elsewhere and {width} here")
        return bits
