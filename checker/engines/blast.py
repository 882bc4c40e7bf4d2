"""Bit-blasting: the nodes of z3 terms encoded with :mod:`checker.engines.gates`."""

from __future__ import annotations

from typing import Any

import z3

from checker.engines.gates import RULES, TRUE, Bits, Clause, Gates, Unsupported, constant
from checker.engines.nodes import NAMES, TermNode, TermReading

__all__ = ["TRUE", "Blaster", "Unsupported"]


class Blaster(TermReading[Bits]):
    """Encodes z3 terms; constants of the terms become input literals, kept by name."""

    def __init__(self, add: Clause) -> None:
        super().__init__()
        self.gates = Gates(add)
        self.inputs: dict[str, Bits] = {}

    def truth(self, term: Any) -> int:
        """Return the literal of a Boolean term."""
        return self.bits(term)[0]

    def bits(self, term: Any) -> Bits:
        """Return the literals of a term (one for a Boolean)."""
        return self.meaning(term)

    def _read(self, node: TermNode, operands: list[Bits]) -> Bits:
        if node.kind == z3.Z3_OP_UNINTERPRETED and not operands:
            return self._input(node.name, node.width)
        if node.kind == z3.Z3_OP_BNUM:
            return constant(node.value, node.width)
        name = NAMES.get(node.kind)
        if name is None:
            raise Unsupported(node.name)
        return RULES[name](self.gates, operands, node.numbers(name))

    def _input(self, name: str, width: int) -> Bits:
        if name not in self.inputs:
            self.inputs[name] = [self.gates.fresh() for _ in range(width)]
        bits = self.inputs[name]
        if len(bits) != width:
            raise Unsupported(f"{name}, which has {len(bits)} bits elsewhere and {width} here")
        return bits
