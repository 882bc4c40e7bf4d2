"""Bit-blasting: z3 terms as gates over SAT literals (Tseitin), with sharing and folding.

A literal is a non-zero integer, its negation the negative; ``TRUE`` is always true.  A
bit-vector is a list of literals, least significant first.  Gates are hashed, so equal
sub-terms of different properties are one gate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3
from z3 import z3core

TRUE = 1
FALSE = -1
Bits = list[int]
Clause = Callable[[list[int]], None]


class Unsupported(Exception):
    """A term with an operator that this encoder does not know; z3 decides it instead."""


class Gates:
    """And, xor and choice gates over literals; every new gate adds its clauses."""

    def __init__(self, add: Clause) -> None:
        self._add = add
        self._last = TRUE
        self._known: dict[tuple[str, int, int, int], int] = {}
        add([TRUE])

    def fresh(self) -> int:
        """Return a literal that nothing constrains yet."""
        self._last += 1
        return self._last

    def both(self, left: int, right: int) -> int:
        """Return the conjunction."""
        if FALSE in (left, right) or left == -right:
            return FALSE
        if left in (TRUE, right):
            return right
        if right == TRUE:
            return left
        first, second = (left, right) if left < right else (right, left)
        return self._gate(("and", first, second, 0))

    def either(self, left: int, right: int) -> int:
        """Return the disjunction."""
        return -self.both(-left, -right)

    def all(self, literals: list[int]) -> int:
        """Return the conjunction of any number."""
        kept = sorted({one for one in literals if one != TRUE})
        if FALSE in kept or any(-one in kept for one in kept if one > 0):
            return FALSE
        if len(kept) <= 2:
            return TRUE if not kept else self.both(kept[0], kept[-1])
        out = self.fresh()
        for one in kept:
            self._add([-out, one])
        self._add([out, *(-one for one in kept)])
        return out

    def any(self, literals: list[int]) -> int:
        """Return the disjunction of any number."""
        return -self.all([-one for one in literals])

    def differ(self, left: int, right: int) -> int:
        """Return the exclusive or."""
        if left in (TRUE, FALSE):
            return -right if left == TRUE else right
        if right in (TRUE, FALSE):
            return -left if right == TRUE else left
        if abs(left) == abs(right):
            return FALSE if left == right else TRUE
        sign = -1 if (left < 0) != (right < 0) else 1
        low, high = sorted((abs(left), abs(right)))
        return sign * self._gate(("xor", low, high, 0))

    def choose(self, condition: int, then: int, otherwise: int) -> int:
        """Return ``then`` where the condition holds, else ``otherwise``."""
        if condition == TRUE or then == otherwise:
            return then
        if condition == FALSE:
            return otherwise
        if condition < 0:
            condition, then, otherwise = -condition, otherwise, then
        if then in (TRUE, condition):
            return self.either(condition, otherwise)
        if then in (FALSE, -condition):
            return self.both(-condition, otherwise)
        if otherwise in (TRUE, -condition):
            return self.either(-condition, then)
        if otherwise in (FALSE, condition):
            return self.both(condition, then)
        if then == -otherwise:
            return self.differ(condition, otherwise)
        return self._gate(("ite", condition, then, otherwise))

    def _gate(self, key: tuple[str, int, int, int]) -> int:
        if key in self._known:
            return self._known[key]
        kind, a, b, c = key
        out = self._known[key] = self.fresh()
        if kind == "and":
            clauses = [[-out, a], [-out, b], [out, -a, -b]]
        elif kind == "xor":
            clauses = [[-out, a, b], [-out, -a, -b], [out, -a, b], [out, a, -b]]
        else:
            clauses = [[-a, -b, out], [-a, b, -out], [a, -c, out], [a, c, -out]]
            clauses += [[-b, -c, out], [b, c, -out]]
        for clause in clauses:
            self._add(clause)
        return out


class Node:
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
    def width(self) -> int:
        """Return the number of bits; 1 for a Boolean."""
        sort = _Z3.Z3_get_sort(_CONTEXT, self._ast)
        if _Z3.Z3_get_sort_kind(_CONTEXT, sort) != z3.Z3_BV_SORT:
            return 1
        return int(_Z3.Z3_get_bv_sort_size(_CONTEXT, sort))

    @property
    def name(self) -> str:
        """Return the name of its declaration."""
        symbol = _Z3.Z3_get_decl_name(_CONTEXT, self._declaration)
        return str(z3core.Z3_get_symbol_string(_CONTEXT, symbol))

    @property
    def value(self) -> int:
        """Return the number that a numeral stands for."""
        return int(z3core.Z3_get_numeral_string(_CONTEXT, self._ast))

    def parameter(self, place: int) -> int:
        """Return an integer parameter of its operator."""
        return int(_Z3.Z3_get_decl_int_parameter(_CONTEXT, self._declaration, place))

    def operands(self) -> list[Any]:
        """Return the terms that it applies to."""
        count = _Z3.Z3_get_app_num_args(_CONTEXT, self._ast)
        return [_Z3.Z3_get_app_arg(_CONTEXT, self._ast, place) for place in range(count)]


_Z3 = z3core
_CONTEXT = z3.main_ctx().ref()


def _identity(ast: Any) -> int:
    return int(_Z3.Z3_get_ast_id(_CONTEXT, ast))


class Blaster:
    """Encodes z3 terms; constants of the terms become input literals, kept by name."""

    def __init__(self, add: Clause) -> None:
        self.gates = Gates(add)
        self.inputs: dict[str, Bits] = {}
        self._roots: list[Any] = []
        self._done: dict[int, Bits] = {}

    def truth(self, term: Any) -> int:
        """Return the literal of a Boolean term."""
        return self.bits(term)[0]

    def bits(self, term: Any) -> Bits:
        """Return the literals of a term (one for a Boolean)."""
        root = term.get_id()
        if root not in self._done:
            self._roots.append(term)
            self._encode_all(term.as_ast())
        return self._done[root]

    def _encode_all(self, root: Any) -> None:
        """Encode a term after all that it is made of; its parts live as long as it does."""
        done = self._done
        stack: list[tuple[Any, int, list[Any] | None]] = [(root, _identity(root), None)]
        while stack:
            ast, number, kids = stack.pop()
            if number in done:
                continue
            node = Node(ast, number)
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
            done[number] = self._encode(node, kids)

    def _encode(self, node: Node, kids: list[Any]) -> Bits:
        if node.kind == z3.Z3_OP_UNINTERPRETED and not kids:
            return self._input(node)
        if node.kind == z3.Z3_OP_BNUM:
            value = node.value
            return [TRUE if value >> bit & 1 else FALSE for bit in range(node.width)]
        if node.kind not in _RULES:
            raise Unsupported(node.name)
        return _RULES[node.kind](self.gates, [self._done[_identity(kid)] for kid in kids], node)

    def _input(self, node: Node) -> Bits:
        name = node.name
        if name not in self.inputs:
            self.inputs[name] = [self.gates.fresh() for _ in range(node.width)]
        return self.inputs[name]


def _same(gates: Gates, left: Bits, right: Bits) -> int:
    return gates.all([-gates.differ(a, b) for a, b in zip(left, right, strict=True)])


def _below(gates: Gates, left: Bits, right: Bits) -> int:
    """Unsigned less-than, from the least significant bit up."""
    less = FALSE
    for a, b in zip(left, right, strict=True):
        less = gates.choose(gates.differ(a, b), b, less)
    return less


def _signed(bits: Bits) -> Bits:
    """Flip the sign bit: signed order becomes unsigned order."""
    return [*bits[:-1], -bits[-1]]


def _plus(gates: Gates, left: Bits, right: Bits) -> Bits:
    carry, total = FALSE, []
    for a, b in zip(left, right, strict=True):
        half = gates.differ(a, b)
        total.append(gates.differ(half, carry))
        carry = gates.choose(half, carry, a)
    return total


def _pairwise(operation: Callable[[Gates, int, int], int]) -> Rule:
    def rule(gates: Gates, operands: list[Bits], _node: Node) -> Bits:
        result = operands[0]
        for other in operands[1:]:
            result = [operation(gates, a, b) for a, b in zip(result, other, strict=True)]
        return result

    return rule


def _compare(signed: bool, swap: bool, negate: bool) -> Rule:
    def rule(gates: Gates, operands: list[Bits], _node: Node) -> Bits:
        left, right = reversed(operands) if swap else operands
        if signed:
            left, right = _signed(left), _signed(right)
        less = _below(gates, left, right)
        return [-less if negate else less]

    return rule


def _sum(gates: Gates, operands: list[Bits], _node: Node) -> Bits:
    total = operands[0]
    for other in operands[1:]:
        total = _plus(gates, total, other)
    return total


def _difference(gates: Gates, operands: list[Bits], _node: Node) -> Bits:
    """Subtract by the complement and one more: ``a - b`` is ``~(~a + b)``."""
    total = operands[0]
    for other in operands[1:]:
        total = [-bit for bit in _plus(gates, [-bit for bit in total], other)]
    return total


def _product(gates: Gates, operands: list[Bits], _node: Node) -> Bits:
    """Multiply by shifting and adding; a factor that is a number costs one sum per 1 in it."""
    total = operands[0]
    for other in operands[1:]:
        partial: Bits = [FALSE] * len(total)
        for place, bit in enumerate(total):
            shifted = [FALSE] * place + other[: len(other) - place]
            partial = _plus(gates, partial, [gates.both(bit, one) for one in shifted])
        total = partial
    return total


def _extract(_gates: Gates, operands: list[Bits], node: Node) -> Bits:
    high, low = node.parameter(0), node.parameter(1)
    return operands[0][low : high + 1]


def _distinct(gates: Gates, operands: list[Bits], _node: Node) -> Bits:
    if len(operands) != 2:
        raise Unsupported("distinct of more than two")
    return [-_same(gates, *operands)]


Rule = Callable[[Gates, list[Bits], Node], Bits]
_RULES: dict[int, Rule] = {
    z3.Z3_OP_TRUE: lambda gates, ops, node: [TRUE],
    z3.Z3_OP_FALSE: lambda gates, ops, node: [FALSE],
    z3.Z3_OP_NOT: lambda gates, ops, node: [-ops[0][0]],
    z3.Z3_OP_BNOT: lambda gates, ops, node: [-bit for bit in ops[0]],
    z3.Z3_OP_AND: lambda gates, ops, node: [gates.all([bits[0] for bits in ops])],
    z3.Z3_OP_OR: lambda gates, ops, node: [gates.any([bits[0] for bits in ops])],
    z3.Z3_OP_IMPLIES: lambda gates, ops, node: [gates.either(-ops[0][0], ops[1][0])],
    z3.Z3_OP_XOR: _pairwise(lambda gates, a, b: gates.differ(a, b)),
    z3.Z3_OP_EQ: lambda gates, ops, node: [_same(gates, ops[0], ops[1])],
    z3.Z3_OP_DISTINCT: _distinct,
    z3.Z3_OP_ITE: lambda gates, ops, node: [
        gates.choose(ops[0][0], a, b) for a, b in zip(ops[1], ops[2], strict=True)
    ],
    z3.Z3_OP_BAND: _pairwise(lambda gates, a, b: gates.both(a, b)),
    z3.Z3_OP_BOR: _pairwise(lambda gates, a, b: gates.either(a, b)),
    z3.Z3_OP_BXOR: _pairwise(lambda gates, a, b: gates.differ(a, b)),
    z3.Z3_OP_BADD: _sum,
    z3.Z3_OP_BSUB: _difference,
    z3.Z3_OP_BMUL: _product,
    z3.Z3_OP_ULT: _compare(signed=False, swap=False, negate=False),
    z3.Z3_OP_UGT: _compare(signed=False, swap=True, negate=False),
    z3.Z3_OP_ULEQ: _compare(signed=False, swap=True, negate=True),
    z3.Z3_OP_UGEQ: _compare(signed=False, swap=False, negate=True),
    z3.Z3_OP_SLT: _compare(signed=True, swap=False, negate=False),
    z3.Z3_OP_SGT: _compare(signed=True, swap=True, negate=False),
    z3.Z3_OP_SLEQ: _compare(signed=True, swap=True, negate=True),
    z3.Z3_OP_SGEQ: _compare(signed=True, swap=False, negate=True),
    z3.Z3_OP_CONCAT: lambda gates, ops, node: [bit for bits in reversed(ops) for bit in bits],
    z3.Z3_OP_EXTRACT: _extract,
    z3.Z3_OP_ZERO_EXT: lambda gates, ops, node: ops[0] + [FALSE] * (node.width - len(ops[0])),
    z3.Z3_OP_SIGN_EXT: lambda gates, ops, node: ops[0] + [ops[0][-1]] * (node.width - len(ops[0])),
}
