"""Rows are what Python's own numbers are, row by row, and part where Python asks for one."""

import ast
import operator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.readings.rows import Paths, Rows
from model.algebra import both, either, no, plus, plus_unsigned, same, when, when_word

NEAR = [0, 1, -1, 127, 128, 255, 2**31, 2**63 - 1, 2**64 - 1]
NUMBERS = st.one_of(st.sampled_from(NEAR), st.integers(-300, 300))
PLAIN = [operator.add, operator.sub, operator.mul, operator.and_, operator.or_, operator.xor]
COMPARED = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def column(paths: Paths, values: list[Any]) -> Any:
    return paths.column(np.array(values, dtype=bool if isinstance(values[0], bool) else object))


def row(value: Any, at: int) -> Any:
    return value.column[at] if isinstance(value, Rows) else value


def plainly(value: Any, at: int) -> int:
    return int(row(value, at))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6), NUMBERS)
def test_an_operator_on_rows_is_that_on_each_row(pairs: list[tuple[int, int]], one: int) -> None:
    paths = Paths(len(pairs))
    left, right = (column(paths, list(side)) for side in zip(*pairs, strict=True))
    for made in (*PLAIN, *COMPARED):
        for a, b in ((left, right), (left, one), (one, right)):
            found = made(a, b)
            assert [row(found, at) for at in range(len(pairs))] == [
                made(plainly(a, at), plainly(b, at)) for at in range(len(pairs))
            ]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), NUMBERS), min_size=1, max_size=6))
def test_the_algebra_on_rows_is_that_on_each_row(rows: list[tuple[bool, bool, int]]) -> None:
    paths = Paths(len(rows))
    a, b, n = (column(paths, list(side)) for side in zip(*rows, strict=True))

    def made(a: Any, b: Any, n: Any) -> list[Any]:
        return [
            both(a, b), either(a, b), no(a), same(a, b), when(a, b, no(b)),
            when_word(64, a, n, 5), when_word(64, a, 2**64 - 1, when_word(8, b, -1, 3)),
        ]

    found = made(a, b, n)
    for at, values in enumerate(rows):
        assert [row(one, at) for one in found] == made(*values)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.booleans()), min_size=1, max_size=8))
def test_rows_part_where_python_asks_and_each_goes_its_own_way(
    rows: list[tuple[int, int, bool]]
) -> None:
    def branching(a: Any, b: Any, c: Any) -> Any:
        if c and a < b:
            return {0: "none", 1: "one"}.get(a, f"{b}")
        return sorted([a, b])[0] if any(one > 3 for one in (a, b)) else max(a, b) + c

    paths = Paths(len(rows))
    facts = [column(paths, list(side)) for side in zip(*rows, strict=True)]
    found: dict[int, Any] = {}
    for answer in paths.of(lambda: branching(*facts), np.arange(len(rows))):
        for at in paths.active.tolist():
            assert at not in found
            found[at] = row(answer, at)
    assert [found[at] for at in range(len(rows))] == [branching(*one) for one in rows]


def test_a_sum_on_rows_wraps_around_where_that_of_each_row_does() -> None:
    paths, ends = Paths(4), [2**63 - 1, 0, -(2**63), 5]
    for wraps, sums in ((plus, ends), (plus_unsigned, [2**64 - 1, 0, 2**63, 5])):
        rows = column(paths, sums)
        for more in (1, 7):
            found = wraps(rows, more)
            assert [row(found, at) for at in range(4)] == [wraps(one, more) for one in sums]
    assert plus(column(paths, [1, 2, 3, 4]), 1).column.dtype == "int8"


def test_rows_are_not_cut_to_fewer_bits() -> None:
    paths = Paths(2)
    with pytest.raises(TypeError, match="rows cannot be cut"):
        column(paths, [1, 2]).astype("uint32")


def test_no_statement_asks_whether_a_fact_is_true_itself() -> None:
    """``x is True`` is never so of rows; it may be said of a kernel's patches, which are plain."""
    wrong = []
    for path in Path("properties/over_time").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Is, ast.IsNot)):
                of, to = ast.unparse(node.left), ast.unparse(node.comparators[0])
                plain = of.startswith("kernel[") or path.name == "steps.py"
                if to in ("True", "False") and not plain:
                    wrong.append(f"{path}:{node.lineno}: {of} is {to}")
    assert not wrong
