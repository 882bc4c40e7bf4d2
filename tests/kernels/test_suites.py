"""Known test suites, as a cross-check: what they expect is what the model predicts."""

from __future__ import annotations

from collections import Counter

import pytest

from kernels.cases.suites import KERNELS, Expected, predicted, rows
from model.revisions import REVISIONS

ROWS = rows()
ON = [(kernel, row) for kernel in KERNELS for row in ROWS if kernel not in row.unless]


@pytest.mark.parametrize(
    ("kernel", "row"), ON, ids=[f"{kernel}-{row.suite}-{row.test}" for kernel, row in ON]
)
def test_the_model_predicts_what_the_suite_expects(kernel: str, row: Expected) -> None:
    found = predicted(row, REVISIONS[kernel].kernel)
    assert (found.errno, found.wrong) == (row.errno, {})


def test_there_are_enough_rows_and_each_names_its_source() -> None:
    assert len(ROWS) >= 60
    assert all(row.suite and row.test for row in ROWS)
    assert len({(row.suite, row.test) for row in ROWS}) == len(ROWS)
    assert len(Counter(row.suite.split("/")[0] for row in ROWS)) == 2


def test_a_row_that_expects_something_else_is_noticed() -> None:
    wrong = next(row for row in ROWS if row.errno == "EINVAL")
    found = predicted(wrong, REVISIONS["v6.12"].kernel)
    assert found.errno != "OK"


def test_a_test_that_came_later_fails_on_older_kernels() -> None:
    later = next(row for row in ROWS if row.unless)
    assert predicted(later, REVISIONS[later.unless[0]].kernel).errno == "EINVAL"


def test_wrong_facts_of_a_child_are_told() -> None:
    row = next(row for row in ROWS if row.test == "clone02: all shared")
    other = Expected(row.suite, row.test, row.call, child={"mm": 2})
    assert predicted(other, REVISIONS["v6.12"].kernel).wrong == {"mm": 1}
