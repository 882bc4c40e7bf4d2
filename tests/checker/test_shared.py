"""What kernels share when they are compared is what each says alone, and no more."""

from __future__ import annotations

import random
from typing import Any

import pytest

from checker.compared.equal import equal
from checker.compared.view import View, every_call
from checker.readings.noted import noting
from checker.readings.put import put
from checker.readings.space import space
from model.algebra import when
from model.revisions import REVISIONS
from model.terms import number, open_truth, open_word
from properties.claim import Subject

NAMES = ("v5.4", "v6.1", "series-11", "v6.12", "v6.17", "v7.3")


@pytest.mark.parametrize("subject", list(Subject))
def test_terms_that_kernels_share_are_those_of_each_alone(subject: Subject) -> None:
    """Would fail if who answers otherwise got what another came to."""
    for name in NAMES:
        kernel = REVISIONS[name].kernel
        alone = View(noting(kernel, {}), subject, space().start).terms
        shared = every_call(kernel, subject).terms
        assert len(alone) == len(shared)
        for one, other in zip(alone, shared, strict=True):
            plain = isinstance(one, int | str) and type(one) is type(other)
            assert one is other or (plain and one == other)


def test_what_is_looked_up_is_noted_where_it_is_shared_too() -> None:
    """A kernel may be adopted by who answers alike: nothing may be missing in what is noted."""
    first, again = (every_call(REVISIONS["v6.12"].kernel, Subject.CREATE) for _ in range(2))
    assert first.terms and again.terms
    assert first.seen == again.seen
    assert len(first.seen) > 20


def _word(chance: random.Random, depth: int) -> Any:
    if not depth:
        return chance.choice([open_word("a", 8), open_word("b", 8), number(chance.randrange(3), 8)])
    condition = open_truth(chance.choice("pqr"))
    return when(condition, _word(chance, depth - 1), _word(chance, depth - 1))


def test_words_are_equal_where_their_values_are() -> None:
    """Told by choices or bit by bit, it is the same of every value of what is open."""
    chance = random.Random(7)
    names: list[Any] = [open_word("a", 8), open_word("b", 8), *map(open_truth, "pqr")]
    met = set()
    for _ in range(300):
        one, other = _word(chance, 3), _word(chance, 3)
        values = [chance.randrange(3), chance.randrange(3),
                  *(chance.random() < 0.5 for _ in "pqr")]
        plain = [number(value, 8) if not isinstance(value, bool) else value for value in values]
        told = put(equal(one, other), names, plain)
        assert told is put(one == other, names, plain)
        met.add(told)
    assert met == {True, False}
    assert equal(3, 3) is True
    assert equal(3, 4) is False
