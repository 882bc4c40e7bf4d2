"""Pointers into an array: ``array + 3``, ``--pointer`` and ``pointer >= array``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from source.interpreter import Interpreter
from source.values import Value, truth

_ELEMENT = re.compile(r"(.+)\[(-?\d+)\]")
_MOVES = {"+": 1, "-": -1}
_ORDERS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def _element(value: Value) -> tuple[str, int] | None:
    """Return the array and the number of the element that a pointer leads to.

    An array by itself, of which nothing was read or written, leads to its first.
    """
    if not isinstance(value.target, str) or not value.target:
        return None
    found = _ELEMENT.fullmatch(value.target)
    if found is not None:
        return found.group(1), int(found.group(2))
    return (value.target, 0) if value.unknown == value.target else None


def within(machine: Interpreter, name: str, left: Value, right: Value) -> Value | None:
    """Return what an operator makes of a pointer into an array; nothing where it is no such."""
    one, other = _element(left), _element(right)
    if one is None:
        return None
    if name in _MOVES and not right.unknown and right.target == "" and isinstance(right.word, int):
        place = f"{one[0]}[{one[1] + _MOVES[name] * right.word}]"
        return Value(machine.program.handle(place), False, place)
    if name in _ORDERS and other is not None and one[0] == other[0]:
        return truth(_ORDERS[name](one[1], other[1]))
    return None
