"""Terms as z3 has them: whoever asks z3 something goes through here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from checker.readings.read_once import TermReading
from model.node import BOOL, INPUT, INT, NUMBER, Term

_OPERATORS: dict[str, Callable[..., Any]] = {
    "not": z3.Z3_mk_not,
    "ite": z3.Z3_mk_ite,
    "=": z3.Z3_mk_eq,
    "<": z3.Z3_mk_lt,
    "bvand": z3.Z3_mk_bvand,
    "bvor": z3.Z3_mk_bvor,
    "bvxor": z3.Z3_mk_bvxor,
    "bvadd": z3.Z3_mk_bvadd,
    "bvsub": z3.Z3_mk_bvsub,
    "bvmul": z3.Z3_mk_bvmul,
    "bvult": z3.Z3_mk_bvult,
    "bvslt": z3.Z3_mk_bvslt,
    "concat": z3.Z3_mk_concat,
    "extract": z3.Z3_mk_extract,
    "zero_extend": z3.Z3_mk_zero_ext,
    "sign_extend": z3.Z3_mk_sign_ext,
}
"""What makes each operator in z3, of its numbers and its operands."""

_JOINED: dict[str, Callable[..., Any]] = {
    "and": z3.Z3_mk_and,
    "or": z3.Z3_mk_or,
    "+": z3.Z3_mk_add,
    "-": z3.Z3_mk_sub,
    "*": z3.Z3_mk_mul,
}
"""The same of operators with any number of operands."""


class _InZ3(TermReading[Any]):
    """Makes z3's own terms, which are kept with ours; by its C functions, as they are many."""

    def _read(self, node: Term, operands: list[Any]) -> Any:
        if node.kind == INPUT:
            if node.width == BOOL:
                return z3.Bool(node.name)
            return z3.Int(node.name) if node.width == INT else z3.BitVec(node.name, node.width)
        if node.kind == NUMBER:
            value = node.numbers[0]
            return z3.IntVal(value) if node.width == INT else z3.BitVecVal(value, node.width)
        known, own = [one.ast for one in operands], z3.main_ctx()
        if node.kind in _JOINED:
            made = _JOINED[node.kind](own.ref(), len(known), (z3.Ast * len(known))(*known))
        else:
            made = _OPERATORS[node.kind](own.ref(), *node.numbers, *known)
        return _SORTS.get(node.width, z3.BitVecRef)(made, own)


_SORTS = {BOOL: z3.BoolRef, INT: z3.ArithRef}
"""What z3's own terms are in Python, but for words of some bits."""

_READING = _InZ3()


def in_z3(value: Any) -> Any:
    """Return a truth, or a word that is open, as z3's own term; one and the same for each."""
    if isinstance(value, bool):
        return z3.BoolVal(value)
    return _READING.meaning(value)
