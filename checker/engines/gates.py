"""Gates over SAT literals (Tseitin), with sharing and folding, and what SMT-LIB's operators are.

A literal is a non-zero integer, its negation the negative; ``TRUE`` is always true.  A
bit-vector is a list of literals, least significant first; a Boolean is a list of one.  Gates
are hashed, so equal sub-terms of different properties are one gate.  No solver is needed here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

TRUE = 1
FALSE = -1
Bits: TypeAlias = "list[int]"
Clause: TypeAlias = "Callable[[list[int]], None]"
Numbers: TypeAlias = "Sequence[int]"
"""What is written into an operator: the two places of ``(_ extract 7 0)``."""


class Unsupported(Exception):
    """An operator that is not known here; another solver has to decide the term."""


class Gates:
    """And, xor, choice and majority gates over literals; every new gate adds its clauses."""

    def __init__(self, add: Clause) -> None:
        self._add = add
        self._last = TRUE
        self._ands: dict[tuple[int, int], int] = {}
        self._xors: dict[tuple[int, int], int] = {}
        self._choices: dict[tuple[int, int, int], int] = {}
        self._majorities: dict[tuple[int, int, int], int] = {}
        add([TRUE])

    def fresh(self) -> int:
        """Return a literal that nothing constrains yet."""
        self._last += 1
        return self._last

    def both(self, left: int, right: int) -> int:
        """Return the conjunction."""
        if left == TRUE:
            return right
        if left == right or right == TRUE:  # noqa: PLR1714 - no tuple is made, here a million times
            return left
        if left == FALSE or right == FALSE or left == -right:  # noqa: PLR1714
            return FALSE
        key = (left, right) if left < right else (right, left)
        out = self._ands.get(key)
        if out is None:
            self._last = out = self._ands[key] = self._last + 1
            add, (a, b) = self._add, key
            add([-out, a])
            add([-out, b])
            add([out, -a, -b])
        return out

    def either(self, left: int, right: int) -> int:
        """Return the disjunction."""
        return -self.both(-left, -right)

    def all(self, literals: list[int]) -> int:
        """Return the conjunction of any number."""
        if len(literals) == 2:
            return self.both(*literals)
        kept = set(literals)
        kept.discard(TRUE)
        if FALSE in kept or not kept.isdisjoint([-one for one in kept]):
            return FALSE
        if len(kept) <= 2:
            return self.both(min(kept), max(kept)) if kept else TRUE
        add, out, ordered = self._add, self.fresh(), sorted(kept)
        for one in ordered:
            add([-out, one])
        add([out, *[-one for one in ordered]])
        return out

    def any(self, literals: list[int]) -> int:
        """Return the disjunction of any number."""
        return -self.all([-one for one in literals])

    def differ(self, left: int, right: int) -> int:
        """Return the exclusive or."""
        low, high = abs(left), abs(right)
        if low == TRUE:
            return -right if left == TRUE else right
        if high == TRUE:
            return -left if right == TRUE else left
        if low == high:
            return FALSE if left == right else TRUE
        key = (low, high) if low < high else (high, low)
        out = self._xors.get(key) or self._xor(key)
        return -out if (left < 0) != (right < 0) else out

    def _xor(self, key: tuple[int, int]) -> int:
        out = self._xors[key] = self.fresh()
        add, (a, b) = self._add, key
        add([-out, a, b])
        add([-out, -a, -b])
        add([out, -a, b])
        add([out, a, -b])
        return out

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
        key = (condition, then, otherwise)
        return self._choices.get(key) or self._choice(key)

    def _choice(self, key: tuple[int, int, int]) -> int:
        out = self._choices[key] = self.fresh()
        add, (a, b, c) = self._add, key
        add([-a, -b, out])
        add([-a, b, -out])
        add([a, -c, out])
        add([a, c, -out])
        return out

    def most(self, one: int, two: int, three: int) -> int:
        """Return what at least two of three are."""
        low, middle, high = sorted((one, two, three), key=abs)
        if low == TRUE:
            return self.either(middle, high)
        if low == FALSE:
            return self.both(middle, high)
        if low == middle:
            return low
        if low == -middle:
            return high
        if abs(middle) == abs(high):
            return middle if middle == high else low
        key, negated = ((-low, -middle, -high), True) if low < 0 else ((low, middle, high), False)
        out = self._majorities.get(key) or self._majority(key)
        return -out if negated else out

    def _majority(self, key: tuple[int, int, int]) -> int:
        out = self._majorities[key] = self.fresh()
        add, (a, b, c) = self._add, key
        add([out, -a, -b])
        add([out, -a, -c])
        add([out, -b, -c])
        add([-out, a, b])
        add([-out, a, c])
        add([-out, b, c])
        return out


Rule: TypeAlias = "Callable[[Gates, list[Bits], Numbers], Bits]"


def _same(gates: Gates, left: Bits, right: Bits) -> int:
    differ = gates.differ
    return gates.all([
        a if b == TRUE else -a if b == FALSE else -differ(a, b)
        for a, b in zip(left, right, strict=True)
    ])


def _below(gates: Gates, left: Bits, right: Bits) -> int:
    """Unsigned less-than, from the least significant bit up; bits of a number go run by run."""
    less, run, kind = FALSE, list[int](), FALSE
    for a, b in zip(left, right, strict=True):
        if run and b != kind:
            less, run = _ending(gates, kind, run, less), []
        if b in (TRUE, FALSE):
            kind = b
            run.append(-a)
        else:
            less = gates.most(-a, b, less)
    return _ending(gates, kind, run, less)


def _ending(gates: Gates, kind: int, run: list[int], less: int) -> int:
    """Return less-than above a run of bits of which a number has none, or all."""
    return gates.any([*run, less]) if kind == TRUE else gates.all([*run, less])


def _signed(bits: Bits) -> Bits:
    """Flip the sign bit: signed order becomes unsigned order."""
    return [*bits[:-1], -bits[-1]]


def _plus(gates: Gates, left: Bits, right: Bits) -> Bits:
    carry, total = FALSE, []
    for a, b in zip(left, right, strict=True):
        total.append(gates.differ(gates.differ(a, b), carry))
        carry = gates.most(a, b, carry)
    return total


def _pairwise(operation: Callable[[Gates, int, int], int]) -> Rule:
    def rule(gates: Gates, operands: list[Bits], _numbers: Numbers) -> Bits:
        return [operation(gates, a, b) for a, b in zip(*operands, strict=True)]

    return rule


def _compare(signed: bool) -> Rule:
    def rule(gates: Gates, operands: list[Bits], _numbers: Numbers) -> Bits:
        left, right = map(_signed, operands) if signed else operands
        return [_below(gates, left, right)]

    return rule


def _sum(gates: Gates, operands: list[Bits], _numbers: Numbers) -> Bits:
    return _plus(gates, *operands)


def _difference(gates: Gates, operands: list[Bits], _numbers: Numbers) -> Bits:
    """Subtract by the complement and one more: ``a - b`` is ``~(~a + b)``."""
    left, right = operands
    return [-bit for bit in _plus(gates, [-bit for bit in left], right)]


def _product(gates: Gates, operands: list[Bits], _numbers: Numbers) -> Bits:
    """Multiply by shifting and adding; a factor that is a number costs one sum per 1 in it."""
    left, right = operands
    total: Bits = [FALSE] * len(left)
    for place, bit in enumerate(left):
        shifted = [FALSE] * place + right[: len(right) - place]
        total = _plus(gates, total, [gates.both(bit, one) for one in shifted])
    return total


def _extract(_gates: Gates, operands: list[Bits], numbers: Numbers) -> Bits:
    high, low = numbers
    return operands[0][low : high + 1]


RULES: dict[str, Rule] = {
    "not": lambda gates, ops, _numbers: [-ops[0][0]],
    "and": lambda gates, ops, _numbers: [gates.all([bits[0] for bits in ops])],
    "or": lambda gates, ops, _numbers: [gates.any([bits[0] for bits in ops])],
    "=": lambda gates, ops, _numbers: [_same(gates, ops[0], ops[1])],
    "ite": lambda gates, ops, _numbers: [
        gates.choose(ops[0][0], a, b) for a, b in zip(ops[1], ops[2], strict=True)
    ],
    "bvand": _pairwise(Gates.both),
    "bvor": _pairwise(Gates.either),
    "bvxor": _pairwise(Gates.differ),
    "bvadd": _sum,
    "bvsub": _difference,
    "bvmul": _product,
    "bvult": _compare(signed=False),
    "bvslt": _compare(signed=True),
    "concat": lambda gates, ops, _numbers: [bit for bits in reversed(ops) for bit in bits],
    "extract": _extract,
    "zero_extend": lambda gates, ops, _numbers: ops[0] + [FALSE] * _numbers[0],
    "sign_extend": lambda gates, ops, _numbers: ops[0] + [ops[0][-1]] * _numbers[0],
}
"""What each operator comes to, by its name in SMT-LIB; its operands are already bits."""

INDEXED = {"extract": 2, "zero_extend": 1, "sign_extend": 1}
"""How many numbers are written into an operator; none into the others."""


def constant(value: int, width: int) -> Bits:
    """Return the bits of a number."""
    return [TRUE if value >> bit & 1 else FALSE for bit in range(width)]
