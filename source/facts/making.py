"""How facts are made: what a place of the C holds, in the terms of the model."""

from __future__ import annotations

from collections.abc import Callable

from model.algebra import Truth, Word, when_word
from model.call import Call
from source import values
from source.program import Program
from source.values import Value, fact, truth

Fact = Callable[[Program, Call], Value]
"""What a place holds when the call begins, by the model."""


def pointer_to(place: str) -> Fact:
    """Return a pointer that is never NULL."""

    def pointer(program: Program, _call: Call) -> Value:
        return Value(program.handle(place), False, place)

    return pointer


def pointer_if(condition: Callable[[Call], Truth], place: str) -> Fact:
    """Return a pointer that is NULL unless a truth of the model holds."""

    def pointer(program: Program, call: Call) -> Value:
        handle = program.handle(place)
        return Value(when_word(64, condition(call), handle, 0), False, place)

    return pointer


def number_of(read: Callable[[Call], Word], *, signed: bool = False) -> Fact:
    """Return a number of the model."""
    return lambda _program, call: fact(read(call), signed=signed)


def whether(read: Callable[[Call], Truth]) -> Fact:
    """Return a truth of the model: 1 or 0."""
    return lambda _program, call: truth(read(call))


def one_or_other(condition: Callable[[Call], Truth], one: str, other: str) -> Fact:
    """Return a pointer to ``one`` where a truth of the model holds, else to ``other``."""

    def pointer(program: Program, call: Call) -> Value:
        handles = program.handle(one), program.handle(other)
        return values.merged(
            condition(call),
            Value(handles[0], False, one),
            Value(handles[1], False, other),
        )

    return pointer
