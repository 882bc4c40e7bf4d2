"""What two runs on plain values share: the world by a seed, and arithmetic as C has it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from source.c import ir

STEPS = 60_000
DEEPEST = 14
POOL = tuple(0x7000_0000_0000 + (number << 24) for number in range(5))
WORD = (1 << 64) - 1
LOCALS = 0x6000_0000_0000
END = 0x6800_0000_0000
FUNCTIONS, GLOBALS, TEXTS = (0x5000_0000_0000 + (number << 40) for number in range(3))


class NotFollowed(Exception):
    """This run cannot be told: too long, or something that was not read."""


class Jump(Exception):
    def __init__(self, kind: str, target: Any = None) -> None:
        self.kind, self.target = kind, target


@dataclass(frozen=True)
class Place:
    """Where a value is: an address in bits, its type, the bits of a bit field."""

    at: int
    type: ir.CType
    bits: int = 0

    @property
    def byte(self) -> int:
        """The byte that it begins in; behind the last address comes the first."""
        return (self.at >> 3) & WORD


def mixed(*parts: Any) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def likely(drawn: int) -> int:
    """Return a word of which kernels are full: nothing, a pointer, a small number, an errno."""
    kind, rest = drawn % 16, drawn >> 4
    if kind < 5:
        return 0
    if kind < 10:
        return POOL[rest % len(POOL)]
    if kind < 13:
        return 1 + rest % 8
    if kind == 13:
        return (1 << 64) - (1 + rest % 40)
    return rest


def wrapped(value: int, kind: ir.CType) -> int:
    """Return a number as a type holds it."""
    if kind.name in ("_Bool", "bool"):
        return int(value != 0)
    bits = kind.bits or 64
    value &= (1 << bits) - 1
    return value - (1 << bits) if kind.signed and value >> (bits - 1) else value


def size_of(kind: ir.CType) -> int:
    if not kind.bits:
        raise NotFollowed(f"the size of {kind.name}")
    return kind.bits


@dataclass
class World:
    """The world that both sides run in: what memory holds and calls yield, by one seed."""

    seed: int
    wild: bool = False

    def cell(self, word: int, epoch: Any) -> int:
        """Return what stands in a 64-bit cell that nobody wrote to."""
        return likely(mixed(self.seed, "cell", word, epoch))

    def result(self, event: Any, count: int) -> int:
        """Return what a call yields."""
        return likely(mixed(self.seed, "call", event, count))


def arithmetic(operator: str, one: int, other: int, kind: ir.CType, operands: ir.CType) -> int:
    """Return what an operation comes to, in a type."""
    if operator in ("==", "!=", "<", ">", "<=", ">="):
        if operands.kind == "pointer":
            one, other = (side & ((1 << 64) - 1) for side in (one, other))
        return int(
            {
                "==": one == other,
                "!=": one != other,
                "<": one < other,
                ">": one > other,
                "<=": one <= other,
                ">=": one >= other,
            }[operator]
        )
    if operator in ("/", "%"):
        if not other:
            raise NotFollowed("division by zero")
        quotient = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
        return wrapped(quotient if operator == "/" else one - quotient * other, kind)
    if operator in ("<<", ">>"):
        other &= (kind.bits or 64) - 1
        return wrapped(one << other if operator == "<<" else one >> other, kind)
    found = {
        "+": one + other,
        "-": one - other,
        "*": one * other,
        "&": one & other,
        "|": one | other,
        "^": one ^ other,
    }
    return wrapped(found[operator], kind)
