"""Values put into terms: what a term comes to if some of its inputs are known, or others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import is_
from typing import Any

from checker.readings.read_once import parts
from model import terms
from model.algebra import both, either, when
from model.node import INPUT, NUMBER, Term

_OPERATORS: dict[str, Callable[..., Any]] = {
    "not": terms.negation,
    "and": both,
    "or": either,
    "ite": when,
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "+": lambda left, right: left + right,
    "-": terms.difference,
    "*": lambda left, right: left * right,
    "bvand": lambda left, right: left & right,
    "bvor": lambda left, right: left | right,
    "bvxor": lambda left, right: left ^ right,
    "bvadd": lambda left, right: left + right,
    "bvsub": terms.difference,
    "bvmul": lambda left, right: left * right,
    "bvult": lambda left, right: terms.less(left, right, by_sign=False),
    "bvslt": lambda left, right: terms.less(left, right, by_sign=True),
    "concat": terms.concat,
}
"""What makes each operator again, on other operands; truths may come out plain."""

_SIZED: dict[str, Callable[..., Any]] = {
    "extract": terms.extract,
    "zero_extend": terms.zero_extend,
    "sign_extend": terms.sign_extend,
}
"""The same of operators with numbers, which follow the operand."""


def made(kind: str, operands: Iterable[Any], numbers: Iterable[int] = ()) -> Any:
    """Return an operator on operands, words as terms and truths open or plain."""
    if kind in _SIZED:
        return _SIZED[kind](*operands, *numbers)
    return _OPERATORS[kind](*operands)


class Putting:
    """Values put in the place of terms, in one question after another."""

    def __init__(self, names: Iterable[Any], values: Iterable[Any]) -> None:
        """Take inputs, and what is put in their place: words as terms; truths may be plain."""
        self._done: dict[int, Any] = {}
        self.also(names, values)

    def also(self, names: Iterable[Any], values: Iterable[Any]) -> None:
        """Put more in the place of more inputs, which no question had so far."""
        self._done |= {name.serial: one for name, one in zip(names, values, strict=True)}

    def put(self, value: Any) -> Any:
        """Return a truth or a word with the values in it, all at once.

        Where all inputs are known a truth comes out plain, and a word as a number.
        """
        if isinstance(value, bool):
            return value
        done = self._done
        if value.serial in done:
            return done[value.serial]
        for node in parts(value, done):
            done[node.serial] = _again(node, [done[one.serial] for one in node.operands])
        return done[value.serial]


def put(value: Any, names: Iterable[Any], values: Iterable[Any]) -> Any:
    """Return a truth or a word with ``values`` in the place of inputs (:class:`Putting`)."""
    return Putting(names, values).put(value)


def _again(node: Term, operands: list[Any]) -> Any:
    if node.kind in (INPUT, NUMBER) or all(map(is_, operands, node.operands)):
        return node
    return made(node.kind, operands, node.numbers)
