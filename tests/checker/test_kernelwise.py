"""What is noted by kernel is, on each kernel, what Python's own numbers and truths are there."""

import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.over_time.together import Kernels, flat
from checker.readings.kernelwise import by_value, number, truth
from model.algebra import (
    both,
    capped,
    clear,
    either,
    has,
    never,
    no,
    plus,
    plus_unsigned,
    same,
    when,
    when_word,
)
from model.mistake import Mistake
from model.over_time import users
from model.over_time.caller import cred_of
from model.over_time.calls import vhost_worker
from model.revisions import REVISIONS
from model.state import Task

NEAR = [0, 1, -1, 127, 2**31, 2**63 - 1, 2**64 - 1]
NUMBERS = st.one_of(st.sampled_from(NEAR), st.integers(-300, 300))
ROWS = st.lists(st.tuples(st.booleans(), st.booleans(), NUMBERS, NUMBERS), min_size=1, max_size=6)
PLAIN = [operator.add, operator.sub, operator.mul, operator.and_, operator.or_, operator.xor]
COMPARED = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def noted(values: tuple[Any, ...]) -> Any:
    every = (1 << len(values)) - 1
    if isinstance(values[0], bool):
        return truth(every, sum(1 << at for at, one in enumerate(values) if one))
    parts: dict[int, int] = {}
    for at, one in enumerate(values):
        parts[one] = parts.get(one, 0) | 1 << at
    return number(every, parts)


def on_each(count: int, found: Any) -> list[Any]:
    """Return a value kernel by kernel."""
    told = by_value((1 << count) - 1, (found,))
    return [next(one for (one,), bits in told if bits >> at & 1) for at in range(count)]


@given(ROWS, NUMBERS)
def test_an_operator_on_what_is_noted_by_kernel_is_that_on_each(rows: Any, one: int) -> None:
    *_, left, right = zip(*rows, strict=True)
    for made in (*PLAIN, *COMPARED):
        for a, b in ((left, right), (left, [one] * len(rows)), ([one] * len(rows), right)):
            found = made(noted(tuple(a)), noted(tuple(b)))
            assert on_each(len(rows), found) == [made(*pair) for pair in zip(a, b, strict=True)]


@given(ROWS)
def test_the_algebra_on_what_is_noted_by_kernel_is_that_on_each(rows: Any) -> None:
    def made(a: Any, b: Any, n: Any, m: Any) -> list[Any]:
        return [
            both(a, b), either(a, b), no(a), same(a, b), when(a, b, no(b)), has(n, 5),
            when_word(64, a, n, m), when_word(64, a, 2**64 - 1, when_word(8, b, -1, 3)),
            plus(n, m), plus_unsigned(n, m), clear(n, 6), capped(n, 100),
        ]

    found = made(*(noted(side) for side in zip(*rows, strict=True)))
    assert [on_each(len(rows), one) for one in found] == [
        list(side) for side in zip(*(made(*row) for row in rows), strict=True)
    ]


def test_plain_python_does_not_decide_what_differs_from_kernel_to_kernel() -> None:
    for one in (truth(3, 1), number(3, {5: 1, 6: 2})):
        with pytest.raises(Mistake, match="decides what differs"):
            bool(one)
        with pytest.raises(Mistake, match="looks up what differs"):
            hash(one)
    with pytest.raises(Mistake, match="decides what differs"):
        never(truth(3, 1))


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        (users.forks, (1, 2, 1, True)),
        (users.over, (1, 2, 2)),
        (vhost_worker, (False, Task())),
        (vhost_worker, (True, Task(real_cred=cred_of(0, 1), cred=cred_of(0, 1)))),
    ],
)
def test_rules_that_are_asked_on_many_kernels_at_once_answer_as_on_each(
    question: Any, facts: Any
) -> None:
    kernels = Kernels([one.kernel for one in REVISIONS.values()])
    at_once = kernels._in_one_reading(question, facts, kernels.all)
    for place, kernel in enumerate(kernels.kernels):
        said = [answer for answer, who in at_once.items() if who >> place & 1]
        assert said == [flat(question(kernel, *facts))]
