"""The binary operators of C, on 64-bit words."""

from __future__ import annotations

from collections.abc import Callable

from model.algebra import Word, no
from source import values
from source.values import MASK, Value, bits, equal, less, truth, unknown, word_of


def _of_bits(compute: Callable[[Word, Word], Word]) -> Callable[[Value, Value], Value]:
    def run(left: Value, right: Value) -> Value:
        word = compute(bits(word_of(left)), bits(word_of(right)))
        return Value(word, left.signed and right.signed)

    return run


def _arithmetic(compute: Callable[[Word, Word], Word]) -> Callable[[Value, Value], Value]:
    def run(left: Value, right: Value) -> Value:
        signed = left.signed and right.signed
        word = compute(word_of(left), word_of(right))
        if isinstance(word, int):
            word = values.as_signed(word) if signed else word & MASK
        return Value(word, signed)

    return run


def _shifted(left: Value, right: Value) -> Value:
    by = word_of(right)
    if not isinstance(by, int) or not 0 <= by < 64:
        return unknown("a shift by a number that is not constant")
    return Value(bits(bits(word_of(left)) << by), left.signed)


OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "==": lambda left, right: truth(equal(left, right)),
    "!=": lambda left, right: truth(no(equal(left, right))),
    "<": lambda left, right: truth(less(left, right)),
    ">": lambda left, right: truth(less(right, left)),
    "<=": lambda left, right: truth(no(less(right, left))),
    ">=": lambda left, right: truth(no(less(left, right))),
    "&": _of_bits(lambda left, right: left & right),
    "|": _of_bits(lambda left, right: left | right),
    "^": _of_bits(lambda left, right: left ^ right),
    "+": _arithmetic(lambda left, right: left + right),
    "-": _arithmetic(lambda left, right: left + values.negated(right)),
    "<<": _shifted,
}
"""By the operator: what it makes of two known values."""
