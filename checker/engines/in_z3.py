"""Terms as z3 has them: whoever asks z3 something goes through here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from checker.readings.read_once import TermReading
from model.node import BOOL, INPUT, INT, NUMBER, Term

_OPERATORS: dict[str, Callable[..., Any]] = {
    "not": z3.Not,
    "and": z3.And,
    "or": z3.Or,
    "ite": z3.If,
    "=": z3.ExprRef.__eq__,
    "<": z3.ArithRef.__lt__,
    "+": z3.ArithRef.__add__,
    "-": z3.ArithRef.__sub__,
    "*": z3.ArithRef.__mul__,
    "bvand": z3.BitVecRef.__and__,
    "bvor": z3.BitVecRef.__or__,
    "bvxor": z3.BitVecRef.__xor__,
    "bvadd": z3.BitVecRef.__add__,
    "bvsub": z3.BitVecRef.__sub__,
    "bvmul": z3.BitVecRef.__mul__,
    "bvult": z3.ULT,
    "bvslt": z3.BitVecRef.__lt__,
    "concat": z3.Concat,
}
"""What makes each operator in z3."""

_NUMBERED: dict[str, Callable[..., Any]] = {
    "extract": z3.Extract,
    "zero_extend": z3.ZeroExt,
    "sign_extend": z3.SignExt,
}
"""The same of operators with numbers, which come before the operand."""


class _InZ3(TermReading[Any]):
    """Makes z3's own terms, which are kept with ours."""

    def _read(self, node: Term, operands: list[Any]) -> Any:
        if node.kind == INPUT:
            if node.width == BOOL:
                return z3.Bool(node.name)
            return z3.Int(node.name) if node.width == INT else z3.BitVec(node.name, node.width)
        if node.kind == NUMBER:
            value = node.numbers[0]
            return z3.IntVal(value) if node.width == INT else z3.BitVecVal(value, node.width)
        if node.kind in _NUMBERED:
            return _NUMBERED[node.kind](*node.numbers, *operands)
        return _OPERATORS[node.kind](*operands)


_READING = _InZ3()


def in_z3(value: Any) -> Any:
    """Return a truth, or a word that is open, as z3's own term; one and the same for each."""
    if isinstance(value, bool):
        return z3.BoolVal(value)
    return _READING.meaning(value)
