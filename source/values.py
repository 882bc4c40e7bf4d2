"""C values as 64-bit words of the model's two readings, with what a pointer leads to.

A pointer is a number that stands for its object: 0 for NULL, a negative errno for an error
pointer, else the object's own number, so that ``==`` on pointers means what it means in C.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from model.algebra import (
    Truth,
    Word,
    at_most,
    below,
    both,
    either,
    no,
    signed_below,
    when,
    when_word,
    widened,
)
from model.terms import extract, open_word
from source.widths import narrowed, shape_of

MASK = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Choice:
    """What a pointer leads to where that depends on the call: each object once, and when."""

    cases: tuple[tuple[Truth, str], ...]


Target: TypeAlias = "str | Choice"


def cases_of(target: Target) -> tuple[tuple[Truth, str], ...]:
    """Return the objects that a pointer may lead to."""
    if isinstance(target, Choice):
        return target.cases
    return ((True, target),) if target else ()


def through(target: Target, rest: str) -> Target:
    """Return the place at ``rest`` in what a pointer leads to."""
    if isinstance(target, Choice):
        return Choice(tuple((when_there, f"{name}{rest}") for when_there, name in target.cases))
    return f"{target}{rest}"


@dataclass(frozen=True, slots=True)
class Value:
    """A C value: a word, or a truth, or unknown (with the reason)."""

    word: Word = 0
    signed: bool = True
    target: Target = ""
    truth: Truth | None = None
    unknown: str = ""


ONE = Value(1)


def number(value: int, *, signed: bool = True) -> Value:
    """Return a plain number."""
    return Value(value, signed)


def truth(condition: Truth) -> Value:
    """Return what a comparison or a predicate yields."""
    return Value(truth=condition)


def unknown(why: str, target: Target = "") -> Value:
    """Return a value of which nothing is known but, perhaps, what it leads to."""
    return Value(unknown=why, target=target)


def typed(kind: str, value: Value) -> Value:
    """Return a value as a variable of a type holds it; as it is where the type is no number's."""
    shape = None if "*" in kind or value.unknown else shape_of(kind)
    if shape is None or value.truth is not None:
        return value
    bits_, signed = shape
    if bits_ == 1:
        return truth(truth_of(value))
    if bits_ < 64:
        word = narrowed(value.word, bits_, signed)
        return value if word is value.word else Value(word, signed, value.target)
    if value.signed is signed:
        return value
    return Value(as_signed(value.word) if signed else value.word, signed, value.target)


def extended(word: Word, *, signed: bool = False) -> Word:
    """Return a word of the model as 64 bits."""
    return widened(word, 64, signed=signed)


def fact(word: Word, *, signed: bool = False) -> Value:
    """Return a number of the model's state as a C value."""
    return Value(extended(word, signed=signed), signed)


def word_of(value: Value) -> Word:
    """Return a value as a number."""
    if value.truth is not None:
        return when_word(64, value.truth, 1, 0)
    return value.word


def truth_of(value: Value) -> Truth:
    """Return whether a value is not zero."""
    return value.truth if value.truth is not None else value.word != 0


def bits(word: Word) -> Word:
    """Return a plain number as the unsigned 64 bits that represent it."""
    return word & MASK if isinstance(word, int) else word


def as_signed(word: Word) -> Word:
    """Return a plain number as the ``long`` that its 64 bits represent."""
    if isinstance(word, int):
        word &= MASK
        return word - 2**64 if word >= 2**63 else word
    return word


def less(left: Value, right: Value) -> Truth:
    """Return ``left < right`` as C compares 64-bit operands of their signedness."""
    if left.signed and right.signed:
        return signed_below(as_signed(word_of(left)), as_signed(word_of(right)))
    return below(bits(word_of(left)), bits(word_of(right)))


def equal(left: Value, right: Value) -> Truth:
    """Return ``left == right``."""
    plain = isinstance(right.word, int) and right.truth is None and right.word in (0, 1)
    if left.truth is not None and plain:
        return left.truth if right.word == 1 else no(left.truth)
    one, other = bits(word_of(left)), bits(word_of(right))
    same: Truth = one == other
    return same


def is_error(word: Word) -> Truth:
    """Return whether a word lies in the range of error pointers and negative errnos."""
    if isinstance(word, int):
        return -4095 <= int(as_signed(word)) < 0
    return at_most(2**64 - 4095, word)


def errno_of(word: Word) -> Word:
    """Return the 16-bit errno of a returned word; 0 where it is no error."""
    if isinstance(word, int):
        return -int(as_signed(word)) if is_error(word) else 0
    return when(is_error(word), (extract(word, 15, 0) ^ 0xFFFF) + 1, 0)


def negated(word: Word) -> Word:
    """Return ``-word``."""
    return as_signed(-word) if isinstance(word, int) else (word ^ MASK) + 1


def refuses(value: Value, function: str) -> bool:
    """Return whether a function says no by a plain value: a negative errno, or "not valid"."""
    if value.unknown:
        return False
    if value.truth is not None:
        return value.truth is False and function.endswith("_valid")
    signed = value.signed or bool(value.target)
    return signed and isinstance(value.word, int) and bool(is_error(value.word))


def merged(condition: Truth, then: Value, otherwise: Value) -> Value:
    """Return one of two values, by a condition."""
    if then is otherwise or condition is True:
        return then
    if condition is False:
        return otherwise
    if then.unknown and otherwise.unknown:
        return unknown(then.unknown, _target(condition, then.target, otherwise.target))
    then, otherwise = _anything(then), _anything(otherwise)
    signed = then.signed and otherwise.signed
    if then.truth is not None and otherwise.truth is not None:
        return Value(truth=when(condition, then.truth, otherwise.truth))
    word = when_word(64, condition, _either_sign(then), _either_sign(otherwise))
    return Value(word, signed, _target(condition, then.target, otherwise.target))


def _anything(value: Value) -> Value:
    """Return an unknown value as an arbitrary word: a proof then holds whatever it is."""
    if not value.unknown:
        return value
    return Value(open_word(f"unknown: {value.unknown}", 64), False, value.target)


def _either_sign(value: Value) -> Word:
    word = word_of(value)
    return bits(word) if isinstance(word, int) else word


def _target(condition: Truth, then: Target, otherwise: Target) -> Target:
    """Merge two targets; a pointer that is NULL on one side keeps the other's."""
    if then is otherwise or otherwise == "" or (isinstance(then, str) and then == otherwise):
        return then
    if then == "":
        return otherwise
    found: dict[str, Truth] = {}
    for side, target in ((condition, then), (no(condition), otherwise)):
        for there, name in cases_of(target):
            found[name] = either(found.get(name, False), both(side, there))
    return Choice(tuple((there, name) for name, there in found.items()))


def told(value: Value) -> Any:
    """Return a value as a report shows it."""
    return value.unknown or word_of(value)
