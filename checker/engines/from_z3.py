"""What z3 answers as terms: an invariant that it found is read before others check it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import z3

from checker.engines.gates import Unsupported
from checker.readings.put import made
from model.algebra import at_most, below, both, complement, either, implies, no, same, when
from model.node import INT
from model.terms import number, open_truth, open_word

_NAMES: dict[int, str] = {
    z3.Z3_OP_BAND: "bvand",
    z3.Z3_OP_BOR: "bvor",
    z3.Z3_OP_BXOR: "bvxor",
    z3.Z3_OP_BADD: "bvadd",
    z3.Z3_OP_BSUB: "bvsub",
    z3.Z3_OP_BMUL: "bvmul",
    z3.Z3_OP_CONCAT: "concat",
    z3.Z3_OP_ADD: "+",
    z3.Z3_OP_SUB: "-",
    z3.Z3_OP_MUL: "*",
}
"""z3's operators that have several operands, taken two by two, and our name of each."""

_OTHERS: dict[int, Callable[..., Any]] = {
    z3.Z3_OP_TRUE: lambda: True,
    z3.Z3_OP_FALSE: lambda: False,
    z3.Z3_OP_NOT: no,
    z3.Z3_OP_AND: both,
    z3.Z3_OP_OR: either,
    z3.Z3_OP_IMPLIES: implies,
    z3.Z3_OP_XOR: lambda left, right: no(same(left, right)),
    z3.Z3_OP_EQ: lambda left, right: left == right,
    z3.Z3_OP_DISTINCT: lambda *some: both(*(no(one == two) for one, two in combinations(some, 2))),
    z3.Z3_OP_ITE: when,
    z3.Z3_OP_ULT: below,
    z3.Z3_OP_UGT: lambda left, right: below(right, left),
    z3.Z3_OP_ULEQ: at_most,
    z3.Z3_OP_UGEQ: lambda left, right: at_most(right, left),
    z3.Z3_OP_BNOT: lambda word: complement(word, word.width),
    z3.Z3_OP_BNEG: lambda word: number(0, word.width) - word,
    z3.Z3_OP_UMINUS: lambda word: number(0, INT) - word,
} | dict.fromkeys((z3.Z3_OP_SLT, z3.Z3_OP_LT), lambda left, right: left < right) | dict.fromkeys(
    (z3.Z3_OP_SGT, z3.Z3_OP_GT), lambda left, right: left > right
) | dict.fromkeys((z3.Z3_OP_SLEQ, z3.Z3_OP_LE), lambda left, right: left <= right) | dict.fromkeys(
    (z3.Z3_OP_SGEQ, z3.Z3_OP_GE), lambda left, right: left >= right
)

_NUMBERED = {
    z3.Z3_OP_EXTRACT: "extract",
    z3.Z3_OP_ZERO_EXT: "zero_extend",
    z3.Z3_OP_SIGN_EXT: "sign_extend",
}


def from_z3(root: Any) -> Any:
    """Return what a term of z3's is; raise :class:`Unsupported` for what has no name with us."""
    done: dict[int, Any] = {}
    left = [root]
    while left:
        term = left[-1]
        if not z3.is_app(term):
            raise Unsupported("a quantifier")
        waiting = [one for one in term.children() if one.get_id() not in done]
        if waiting:
            left += waiting
            continue
        left.pop()
        done[term.get_id()] = _read(term, [done[one.get_id()] for one in term.children()])
    return done[root.get_id()]


def _read(term: Any, operands: list[Any]) -> Any:
    kind = term.decl().kind()
    if kind == z3.Z3_OP_UNINTERPRETED and not operands:
        return _input(term)
    if kind in (z3.Z3_OP_BNUM, z3.Z3_OP_ANUM) and not z3.is_real(term):
        return number(term.as_long(), INT if z3.is_int(term) else term.size())
    if kind in _OTHERS:
        return _OTHERS[kind](*operands)
    if kind in _NUMBERED:
        return made(_NUMBERED[kind], operands, term.params())
    if kind not in _NAMES:
        raise Unsupported(term.decl().name())
    found = operands[0]
    for other in operands[1:]:
        found = made(_NAMES[kind], (found, other))
    return found


def _input(term: Any) -> Any:
    name = term.decl().name()
    if z3.is_bool(term):
        return open_truth(name)
    if not z3.is_bv(term) and not z3.is_int(term):
        raise Unsupported(f"{name}, which is neither a truth nor a word")
    return open_word(name, INT if z3.is_int(term) else term.size())
