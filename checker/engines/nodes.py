"""z3 terms read node by node, each part once: nothing is simplified, nothing is decided."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import z3
from z3 import z3core

from checker.engines.gates import INDEXED, Unsupported
from checker.readings import strict  # noqa: F401 - the guard over z3

T = TypeVar("T")

NAMES: dict[int, str] = {
    z3.Z3_OP_TRUE: "true",
    z3.Z3_OP_FALSE: "false",
    z3.Z3_OP_NOT: "not",
    z3.Z3_OP_BNOT: "bvnot",
    z3.Z3_OP_AND: "and",
    z3.Z3_OP_OR: "or",
    z3.Z3_OP_IMPLIES: "=>",
    z3.Z3_OP_XOR: "xor",
    z3.Z3_OP_EQ: "=",
    z3.Z3_OP_DISTINCT: "distinct",
    z3.Z3_OP_ITE: "ite",
    z3.Z3_OP_BAND: "bvand",
    z3.Z3_OP_BOR: "bvor",
    z3.Z3_OP_BXOR: "bvxor",
    z3.Z3_OP_BADD: "bvadd",
    z3.Z3_OP_BSUB: "bvsub",
    z3.Z3_OP_BMUL: "bvmul",
    z3.Z3_OP_ULT: "bvult",
    z3.Z3_OP_UGT: "bvugt",
    z3.Z3_OP_ULEQ: "bvule",
    z3.Z3_OP_UGEQ: "bvuge",
    z3.Z3_OP_SLT: "bvslt",
    z3.Z3_OP_SGT: "bvsgt",
    z3.Z3_OP_SLEQ: "bvsle",
    z3.Z3_OP_SGEQ: "bvsge",
    z3.Z3_OP_CONCAT: "concat",
    z3.Z3_OP_EXTRACT: "extract",
    z3.Z3_OP_ZERO_EXT: "zero_extend",
    z3.Z3_OP_SIGN_EXT: "sign_extend",
}
"""z3's operators by their names in SMT-LIB: those that can be encoded."""


class TermNode:
    """A term as z3 stores it, read without the cost of Python wrappers."""

    __slots__ = ("_ast", "kind", "number")

    def __init__(self, ast: Any, number: int) -> None:
        self._ast = ast
        self.number = number
        self.kind = _Z3.Z3_get_decl_kind(_CONTEXT, self._declaration) if self._is_app else -1

    @property
    def _is_app(self) -> bool:
        return _Z3.Z3_get_ast_kind(_CONTEXT, self._ast) in (z3.Z3_APP_AST, z3.Z3_NUMERAL_AST)

    @property
    def _declaration(self) -> Any:
        return _Z3.Z3_get_app_decl(_CONTEXT, self._ast)

    @property
    def sort(self) -> int:
        """Return the kind of its sort, as z3 numbers them."""
        return int(_Z3.Z3_get_sort_kind(_CONTEXT, _Z3.Z3_get_sort(_CONTEXT, self._ast)))

    @property
    def width(self) -> int:
        """Return the number of bits; 1 for a Boolean."""
        kind = self.sort
        if kind == z3.Z3_BV_SORT:
            return int(_Z3.Z3_get_bv_sort_size(_CONTEXT, _Z3.Z3_get_sort(_CONTEXT, self._ast)))
        if kind != z3.Z3_BOOL_SORT:
            raise Unsupported(f"{self.name}, which is neither a truth nor a word")
        return 1

    @property
    def name(self) -> str:
        """Return the name of its declaration."""
        symbol = _Z3.Z3_get_decl_name(_CONTEXT, self._declaration)
        return str(z3core.Z3_get_symbol_string(_CONTEXT, symbol))

    @property
    def value(self) -> int:
        """Return the number that a numeral stands for."""
        return int(z3core.Z3_get_numeral_string(_CONTEXT, self._ast))

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return the numbers that are written into its operator, whose name is ``name``."""
        return tuple(self._parameter(place) for place in range(INDEXED.get(name, 0)))

    def _parameter(self, place: int) -> int:
        return int(_Z3.Z3_get_decl_int_parameter(_CONTEXT, self._declaration, place))

    def operands(self) -> list[Any]:
        """Return the terms that it applies to."""
        count = _Z3.Z3_get_app_num_args(_CONTEXT, self._ast)
        return [_Z3.Z3_get_app_arg(_CONTEXT, self._ast, place) for place in range(count)]


_Z3 = z3core
_CONTEXT = z3.main_ctx().ref()


def _identity(ast: Any) -> int:
    return int(_Z3.Z3_get_ast_id(_CONTEXT, ast))


class TermReading(Generic[T]):
    """Gives every part of a z3 term a meaning, once: after all that it is made of."""

    def __init__(self) -> None:
        self._roots: list[Any] = []
        self._done: dict[int, T] = {}

    def meaning(self, term: Any) -> T:
        """Return what a term comes to; its parts live as long as this does."""
        root: int = term.get_id()
        if root not in self._done:
            self._roots.append(term)
            self._read_all(term.as_ast())
        return self._done[root]

    def _read_all(self, root: Any) -> None:
        done = self._done
        stack: list[tuple[Any, int, list[Any] | None]] = [(root, _identity(root), None)]
        while stack:
            ast, number, kids = stack.pop()
            if number in done:
                continue
            node = TermNode(ast, number)
            if node.kind < 0:
                raise Unsupported("a quantifier")
            if kids is None:
                kids = node.operands()
                waiting = [(kid, _identity(kid), None) for kid in kids]
                waiting = [one for one in waiting if one[1] not in done]
                if waiting:
                    stack.append((ast, number, kids))
                    stack += waiting
                    continue
            done[number] = self._read(node, [done[_identity(kid)] for kid in kids])

    def _read(self, node: TermNode, operands: list[T]) -> T:
        raise NotImplementedError
