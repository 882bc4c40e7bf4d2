"""One expression of the algebra, four readings: plain, terms, z3 and bits of those, columns."""

import operator
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
import z3
from hypothesis import given
from hypothesis import strategies as st
from pysat.solvers import Minisat22

from checker.engines.blast import Blaster
from checker.engines.in_z3 import in_z3
from checker.readings.put import put
from model import algebra
from model.algebra import both, either, no, when, when_word
from model.node import Term
from model.terms import number, open_truth, open_word, signed

Facts = dict[str, Any]
Read = Callable[[Facts], Any]
"""An expression: what it comes to where its facts are plain, open, or columns."""

UNSIGNED, SIGNED, TRUTHS = ("a", "b", "c"), ("s", "t"), ("p", "q", "r")
OPEN: Facts = {name: open_word(name, 64) for name in (*UNSIGNED, *SIGNED)}
OPEN |= {name: open_truth(name) for name in TRUTHS}
EDGES = st.one_of(st.integers(0, 5), st.sampled_from([2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1]))
NUMBERS = st.one_of(EDGES, st.integers(0, 2**64 - 1))
SIGNS = NUMBERS.map(lambda value: value - 2**64 if value >= 2**63 else value)
FACTS = st.fixed_dictionaries(
    dict.fromkeys(UNSIGNED, NUMBERS)
    | dict.fromkeys(SIGNED, SIGNS)
    | dict.fromkeys(TRUTHS, st.booleans())
)


def _made(how: Callable[..., Any], *parts: Read) -> Read:
    return lambda facts: how(*(part(facts) for part in parts))


def _fact(name: str) -> Read:
    return lambda facts: facts[name]


def _with(how: Callable[..., Any], part: Read, numbers: Sequence[int]) -> Read:
    return lambda facts: how(part(facts), *numbers)


def _flags(draw: Any) -> int:
    return int(draw(st.sampled_from([0, 1, 2, 3, 0x100, 2**31, 2**63, 2**64 - 1])))


@st.composite
def words(draw: Any, depth: int) -> Read:
    """Return a random unsigned word."""
    kind = draw(st.integers(0, 6 if depth else 0))
    if kind == 0:
        return _fact(draw(st.sampled_from(UNSIGNED)))
    part = draw(words(depth - 1))
    if kind == 1:
        return _with(algebra.clear, part, (_flags(draw),))
    if kind == 2:
        return _made(algebra.complement, part)
    if kind == 3:
        value, truth = draw(NUMBERS), draw(truths(depth - 1))
        return lambda facts: when_word(64, truth(facts), part(facts), value)
    if kind == 4:
        one, other, truth = draw(NUMBERS), draw(NUMBERS), draw(truths(depth - 1))
        return _made(lambda holds, word: when_word(64, holds, one, other) ^ word, truth, part)
    joined = draw(st.sampled_from([
        lambda a, b: a & b, lambda a, b: a | b, lambda a, b: a ^ b, algebra.plus_unsigned,
    ]))
    return _made(joined, part, draw(words(depth - 1)))


@st.composite
def signs(draw: Any, depth: int) -> Read:
    """Return a random signed word."""
    kind = draw(st.integers(0, 3 if depth else 0))
    if kind == 0:
        return _fact(draw(st.sampled_from(SIGNED)))
    part = draw(signs(depth - 1))
    if kind == 1:
        return _made(algebra.plus, part, draw(signs(depth - 1)))
    if kind == 2:
        return _made(when, draw(truths(depth - 1)), part, draw(signs(depth - 1)))
    places = draw(st.integers(0, 63))
    return lambda facts: part(facts) >> places


@st.composite
def truths(draw: Any, depth: int) -> Read:
    """Return a random truth."""
    kind = draw(st.integers(0, 6 if depth else 0))
    if kind == 0:
        return _fact(draw(st.sampled_from(TRUTHS)))
    if kind == 1:
        compare = draw(st.sampled_from([
            algebra.below, algebra.at_most, lambda a, b: a == b, lambda a, b: a != b,
        ]))
        return _made(compare, draw(words(depth - 1)), draw(words(depth - 1)))
    if kind == 2:
        part = draw(signs(depth - 1))
        return _made(algebra.signed_below, part, draw(signs(depth - 1)))
    if kind == 3:
        ask = draw(st.sampled_from([algebra.has, algebra.has_any]))
        return _with(ask, draw(words(depth - 1)), (_flags(draw),))
    if kind == 4:
        values = tuple(draw(st.lists(NUMBERS, max_size=3)))
        part = draw(words(depth - 1))
        return lambda facts: algebra.is_one_of(part(facts), values)
    if kind == 5:
        return _made(no, draw(truths(depth - 1)))
    join = draw(st.sampled_from([both, either, algebra.implies, algebra.same]))
    return _made(join, draw(truths(depth - 1)), draw(truths(depth - 1)))


def _as_term(name: str, value: Any) -> Any:
    return value if name in TRUTHS else number(value, 64)


def _by_put(term: Any, facts: Facts) -> Any:
    return put(term, OPEN.values(), [_as_term(name, facts[name]) for name in OPEN])


def _by_z3(term: Any, facts: Facts) -> bool:
    pairs = [(in_z3(OPEN[name]), in_z3(_as_term(name, facts[name]))) for name in OPEN]
    return bool(z3.is_true(z3.simplify(z3.substitute(in_z3(term), *pairs))))


def _by_bits(term: Any, facts: Facts) -> bool:
    with Minisat22() as solver:
        blaster = Blaster(solver.add_clause)
        out = blaster.truth(term)
        for name, bits in blaster.inputs.items():
            for place, bit in enumerate(bits):
                solver.add_clause([bit if int(facts[name]) >> place & 1 else -bit])
        found = [solver.solve(assumptions=[one]) for one in (out, -out)]
    assert found[0] is not found[1]
    return bool(found[0])


def _columns(many: list[Facts]) -> Facts:
    kinds = dict.fromkeys(UNSIGNED, np.uint64) | dict.fromkeys(SIGNED, np.int64)
    return {name: np.array([one[name] for one in many], kinds.get(name, bool)) for name in OPEN}


@given(truths(4), st.lists(FACTS, min_size=1, max_size=4))
def test_an_expression_is_the_same_in_every_reading(read: Read, many: list[Facts]) -> None:
    term, column = read(OPEN), read(_columns(many))
    found = np.broadcast_to(np.asarray(column, bool), (len(many),))
    for facts, in_column in zip(many, found, strict=True):
        plain = bool(read(facts))
        told = [_by_put(term, facts), _by_z3(term, facts), _by_bits(term, facts), bool(in_column)]
        assert told == [plain] * 4, (term, facts)


@given(words(4), FACTS)
def test_a_word_is_the_number_that_it_is_on_plain_values(read: Read, facts: Facts) -> None:
    word = read(OPEN)  # plain where what it hangs on is decided: x, if y < y, else 3
    term = number(word, 64) if isinstance(word, int) else word
    assert _by_put(term, facts) is number(read(facts), 64)


UNSIGNED_OPERATORS: list[Any] = [
    algebra.below, algebra.at_most, operator.eq, operator.ne, operator.and_, operator.or_,
    operator.xor, operator.add, operator.sub, operator.mul,
]
SIGNED_OPERATORS: list[Any] = [operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("width", [1, 3])
def test_an_operator_beside_a_number_is_that_of_plain_numbers(width: int) -> None:
    """Whichever number it is, on either side: some of them are worked out at once."""
    x, every = open_word("x", width), range(1 << width)

    def same(how: Any, value: int, beside: int) -> None:
        for made, plain in (
            (how(x, beside), how(value, beside)), (how(beside, x), how(beside, value))
        ):
            due = plain if isinstance(plain, bool) else number(plain % (1 << width), width)
            assert put(made, [x], [number(value, width)]) is due, (how, value, beside)

    for value, beside in product(every, every):
        for how in UNSIGNED_OPERATORS:
            same(how, value, beside)
        for how in SIGNED_OPERATORS:
            same(how, signed(value, width), signed(beside, width))


def test_a_shift_is_that_of_plain_numbers() -> None:
    x = open_word("x", 4)
    for places in range(6):
        for value in range(16):
            left, right = (put(one, [x], [number(value, 4)]) for one in (x << places, x >> places))
            assert left is number(value << places & 15, 4)
            assert right is number(signed(value, 4) >> places, 4)


def test_choices_of_one_and_the_same_in_a_row_are_one_choice() -> None:
    a, b, p, q, r = (OPEN[name] for name in "abpqr")
    row = when(p, a, when(q, a, when(r, a, b)))
    within = when(p, when(q, when(r, a, b), b), b)
    for one, holds in ((row, any), (within, all)):
        assert all(map(operator.is_, one.operands[1:], (a, b)))
        for values in product((False, True), repeat=3):
            assert put(one, [p, q, r], values) is (a if holds(values) else b)
    assert when(p, a, when(no(p), a, b)) is a
    assert when(p, when(no(p), a, b), b) is b


def test_what_is_obvious_is_worked_out_and_nothing_else() -> None:
    a, p, q = OPEN["a"], OPEN["p"], OPEN["q"]
    assert (a & 0) is number(0, 64)
    assert (a & a) is (a | a) is (a | 0) is (a ^ 0) is (a + 0) is (a - 0) is (a & -1) is a
    assert (a == a) is True  # noqa: PLR0124
    assert both(p, p, True) is p
    assert both(p, no(p)) is False
    assert either(p, q, no(p)) is True
    assert no(no(p)) is p
    assert when(p, a, a) is a
    assert algebra.below(a, 0) is False
    kept = both(both(p, q), OPEN["r"])
    assert isinstance(kept, Term)
    assert [one.kind for one in kept.operands] == ["and", "input"]
