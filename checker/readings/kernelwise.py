"""What differs from kernel to kernel: a truth or a number for each of some, told in bits.

A rule is read once for many kernels.  Most of what it says is the same on all of them and
stays plain; what is not is noted by its values, each with the kernels that have it, a bit
each.  Numbers are Python's own.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from model.mistake import Mistake, here

Parts: TypeAlias = "dict[int, int]"
"""Values, each with the kernels that have it."""


class _Kind(NamedTuple):
    """What numpy says of a column: here without it, which takes a while to load."""

    kind: str


_TRUTH, _NUMBER = _Kind("b"), _Kind("O")


class KernelTruth:
    """A truth that some kernels have and others have not."""

    __slots__ = ("every", "having")
    dtype = _TRUTH

    def __init__(self, every: int, having: int) -> None:
        self.every, self.having = every, having

    def __bool__(self) -> bool:
        raise Mistake(f"{here()}: plain Python decides what differs from kernel to kernel")

    def __hash__(self) -> int:
        raise Mistake(f"{here()}: plain Python looks up what differs from kernel to kernel")

    def __eq__(self, other: object) -> Any:
        return truth(self.every, self.every & ~(self.having ^ having(self.every, other)))

    def __ne__(self, other: object) -> Any:
        return truth(self.every, self.having ^ having(self.every, other))

    def logical_and(self, other: Any) -> Any:
        """Return where both are true."""
        return truth(self.every, self.having & having(self.every, other))

    def logical_or(self, other: Any) -> Any:
        """Return where either is true."""
        return truth(self.every, self.having | having(self.every, other))

    def logical_not(self) -> Any:
        """Return where it is not true."""
        return truth(self.every, self.every & ~self.having)

    def chosen(self, then: Any, otherwise: Any) -> Any:
        """Return ``then`` on the kernels that have it, ``otherwise`` on the others."""
        every, mine = self.every, self.having
        if _is_truth(then) and _is_truth(otherwise):
            return truth(every, having(every, then) & mine | having(every, otherwise) & ~mine)
        found: Parts = {}
        for side, where in ((then, mine), (otherwise, every & ~mine)):
            for value, bits in parts(every, side).items():
                if bits & where:
                    found[value] = found.get(value, 0) | bits & where
        return number(every, found)


class KernelNumber:
    """A number that is not the same on all of some kernels."""

    __slots__ = ("every", "parts")
    dtype = _NUMBER

    def __init__(self, every: int, parts: Parts) -> None:
        self.every, self.parts = every, parts

    @property
    def least(self) -> int:
        """Return the least that it is on any of the kernels."""
        return min(self.parts)

    @property
    def most(self) -> int:
        """Return the most that it is on any of the kernels."""
        return max(self.parts)

    def __bool__(self) -> bool:
        raise Mistake(f"{here()}: plain Python decides what differs from kernel to kernel")

    def __hash__(self) -> int:
        raise Mistake(f"{here()}: plain Python looks up what differs from kernel to kernel")


def truth(every: int, having: int) -> Any:
    """Return a truth that these of all kernels have: a plain one where that is all or none."""
    return False if not having else having == every or KernelTruth(every, having)


def number(every: int, parts: Parts) -> Any:
    """Return a number of these values: a plain one if there is but one."""
    return next(iter(parts)) if len(parts) == 1 else KernelNumber(every, parts)


def having(every: int, value: Any) -> int:
    """Return the kernels on which a truth, plain or not, is true."""
    if value is True or value is False:
        return every if value else 0
    if type(value) is not KernelTruth:
        raise TypeError(f"a truth is due, not {type(value).__name__}")
    return value.having


def parts(every: int, value: Any) -> Parts:
    """Return the values of a number, plain or not, each with the kernels that have it."""
    if type(value) is KernelNumber:
        return value.parts
    if not isinstance(value, int):
        raise TypeError(f"a number is due, not {type(value).__name__}")
    return {value: every}


def by_value(every: int, values: tuple[Any, ...]) -> list[tuple[tuple[Any, ...], int]]:
    """Return plain values for some that are plain or not, with the kernels that have them all."""
    found: list[tuple[tuple[Any, ...], int]] = [((), every)]
    for one in values:
        kind = type(one)
        if kind is KernelTruth:
            sides = {True: one.having, False: every & ~one.having}
        elif kind is KernelNumber:
            sides = one.parts
        else:
            found = [((*before, one), bits) for before, bits in found]
            continue
        pairs = [(before, bits, *side) for before, bits in found for side in sides.items()]
        found = [((*before, value), bits & on) for before, bits, value, on in pairs if bits & on]
    return found


def _is_truth(value: Any) -> bool:
    return value is True or value is False or type(value) is KernelTruth


def _operator(function: Callable[[Any, Any], Any], *, turned: bool = False) -> Any:
    def calculate(self: KernelNumber, other: Any) -> Any:
        found: Parts = {}
        for value, bits in self.parts.items():
            for more, on in parts(self.every, other).items():
                if bits & on:
                    made = function(more, value) if turned else function(value, more)
                    found[made] = found.get(made, 0) | bits & on
        return number(self.every, found)

    return calculate


def _comparison(function: Callable[[Any, Any], bool]) -> Any:
    def compare(self: KernelNumber, other: Any) -> Any:
        found = 0
        for value, bits in self.parts.items():
            for more, on in parts(self.every, other).items():
                if bits & on and function(value, more):
                    found |= bits & on
        return truth(self.every, found)

    return compare


for _name in ("add", "sub", "mul", "and_", "or_", "xor", "lshift", "rshift"):
    _plain, _called = getattr(operator, _name), _name.rstrip("_")
    setattr(KernelNumber, f"__{_called}__", _operator(_plain))
    setattr(KernelNumber, f"__r{_called}__", _operator(_plain, turned=True))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(KernelNumber, f"__{_name}__", _comparison(getattr(operator, _name)))
