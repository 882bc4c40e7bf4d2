"""Slots and tables on both readings: the first free one, a look-up by number, how many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from model.algebra import Truth, Word, both, either, no, when_word


def first_of(truths: Iterable[Truth]) -> list[Truth]:
    """Return, place by place, whether it is the first that is true."""
    found: list[Truth] = []
    before: Truth = False
    for truth in truths:
        found.append(both(no(before), truth))
        before = either(before, truth)
    return found


def looked_up(width: int, number: Word, table: Sequence[Word]) -> Word:
    """Return the entry of a table at a number; the last one for a number beyond it."""
    if isinstance(number, int):
        return table[number] if number < len(table) else table[-1]
    value = table[-1]
    for place in range(len(table) - 2, -1, -1):
        value = when_word(width, number == place, table[place], value)
    return value


def how_many(truths: Iterable[Truth], width: int = 64) -> Word:
    """Return how many of them are true."""
    total: Word = 0
    for truth in truths:
        total = total + when_word(width, truth, 1, 0)
    return total
