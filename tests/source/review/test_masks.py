"""Tests of bits mean what they say, however they are written."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("z3")

from source.review.arithmetic import Arithmetic
from source.review.terms import Term
from source.review.valuation import Valuation
from tests.source.review.versions import judged

CONSTANTS = (0, 1, 2, 3, 5, 0x80, 0xFF, 0x1FF, 0xFFFF_FFFF, 1 << 31, 1 << 63)


def wrapped(drawn: random.Random, terms: Arithmetic, term: Term) -> Term:
    """Return a term in some conversions and with some constants."""
    for _ in range(drawn.randint(1, 4)):
        constant = terms.constant(drawn.choice(CONSTANTS), term.sort)
        how = drawn.choice(["and", "or", "xor", "zext", "sext", "cut", "lshr"])
        if how in ("and", "or", "xor"):
            term = terms.bits(how, term, constant)
        elif how == "lshr":
            term = terms.binary(how, term, terms.constant(drawn.randint(0, 9), term.sort))
        else:
            width = {"cut": 8, "zext": 64, "sext": 64}[how]
            term = terms.resize(term, width, how == "sext")
    return term


def test_a_test_of_bits_has_the_value_that_it_is_written_with() -> None:
    """A wrong step inwards would call different conditions the same."""
    drawn = random.Random(1)
    for most in (0, 1, 8):
        terms = Arithmetic(most)
        value = terms.variable("x", 32)
        for _ in range(300):
            term = wrapped(drawn, terms, value)
            known = drawn.choice(CONSTANTS) & ((1 << term.sort) - 1)
            test = terms.equal(term, terms.constant(known, term.sort))
            for _ in range(8):
                given = drawn.choice([drawn.getrandbits(32), drawn.choice(CONSTANTS) & 0xFFFFFFFF])
                valuation = Valuation()
                assert valuation.give(value, given)
                assert valuation.value(test) == (valuation.value(term) == known)


SAME = [
    ("(f & 6) == 6", "(f & 2) && (f & 4)"),
    ("f & 6", "(f & 2) || (f & 4)"),
    ("(f & 6) == 2", "(f & 2) && !(f & 4)"),
    ("(f >> 4) & 1", "f & 16"),
    ("(f | 2) & 6", "1"),
    ("(u8)f & 3", "f & 3"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_bits_asked_for_together_or_one_by_one(one: str, other: str) -> None:
    texts = (f"int it(u64 f) {{ if ({test}) return g(1); return 0; }}" for test in (one, other))
    before, after = texts
    assert judged(before, after).verdict == "the same"


def test_other_bits_are_told() -> None:
    before, after = (
        f"int it(u64 f) {{ if ({test}) return g(1); return 0; }}"
        for test in ("(f & 6) == 6", "(f & 2) || (f & 4)")
    )
    assert judged(before, after).verdict == "different"
