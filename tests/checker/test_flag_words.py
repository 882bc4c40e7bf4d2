"""Flag words of which some vary are the numbers that they stand for, whatever is asked of them."""

import operator
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from checker.independent.flag_words import FlagWords, Varied
from model.algebra import clear, complement, has, has_any, when

BITS = (1 << 2, 1 << 8, 1 << 33)
LOW = Varied(BITS)
NUMBERS = st.sampled_from([0, 1, 4, 256, 260, 1 << 33, (1 << 33) + 5, 2**64 - 1, 1 << 63])
ONE_MORE: list[Any] = [operator.and_, operator.or_, operator.xor, clear,
                       lambda words, _number: complement(words)]
ASKED: list[Any] = [operator.eq, operator.ne, has, has_any, lambda words, n: words <= np.uint64(n),
                    lambda words, n: words + np.uint64(n),
                    lambda words, n: when(has(words, n), words, n & 255),
                    lambda words, n: n & words, lambda words, n: np.uint64(n) | words]


@given(st.lists(st.tuples(st.sampled_from(ONE_MORE), NUMBERS), max_size=4),
       st.sampled_from(ASKED), NUMBERS, NUMBERS)
def test_they_are_asked_as_columns_are(steps: Any, ask: Any, number: int, high: int) -> None:
    words: Any = FlagWords(LOW, LOW.bits, high)
    column = LOW.words ^ np.uint64(high)
    for step, beside in steps:
        words, column = step(words, beside), step(column, np.uint64(beside))
    assert isinstance(words, FlagWords)
    told = np.broadcast_to(np.asarray(ask(words, number)), len(words))
    assert np.array_equal(told, ask(column, number))


def test_what_is_alike_in_all_words_is_plainly_known_and_all_else_is_not() -> None:
    words: Any = FlagWords(LOW, LOW.bits, 1 << 40)
    assert has(words, 1 << 40) is True and has(words, 1 << 41) is False
    assert list(has(words, 4)) == [False, True] * 4
