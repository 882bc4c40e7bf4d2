"""Whether two words are one number, told by the choices that they are made of.

Two kernels often leave the same number by other conditions.  Beside one another their choices say
when it is not the same, where a comparison bit by bit leaves that to the solver.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from model.algebra import Truth, Word, when
from model.terms import WordTerm, number

Known: TypeAlias = "dict[tuple[int, int], Truth]"


def equal(one: Word, other: Word) -> Truth:
    """Return whether two words are equal, in any reading."""
    if isinstance(one, WordTerm):
        return _equal(one, other if isinstance(other, WordTerm) else number(other, one.width), {})
    if isinstance(other, WordTerm):
        return _equal(number(one, other.width), other, {})
    same: Truth = one == other
    return same


def _equal(one: Any, other: Any, known: Known) -> Truth:
    if one is other:
        return True
    if one.serial < other.serial:  # what is made of the other comes apart first
        one, other = other, one
    if one.kind != "ite" and other.kind != "ite":
        same: Truth = one == other
        return same
    key = one.serial, other.serial
    if key not in known:
        known[key] = _chosen(one, other, known)
    return known[key]


def _chosen(one: Any, other: Any, known: Known) -> Truth:
    """Return whether two words are equal, one of which is a choice."""
    if one.kind != "ite":
        one, other = other, one
    condition, then, otherwise = one.operands
    if other.kind == "ite" and other.operands[0] is condition:
        _, theirs, others = other.operands
        return when(condition, _equal(then, theirs, known), _equal(otherwise, others, known))
    return when(condition, _equal(then, other, known), _equal(otherwise, other, known))
