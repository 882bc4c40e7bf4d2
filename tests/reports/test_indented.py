"""JSON that is written part by part says what json.dumps() does, to the byte."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.indented import Indented, Text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def plainly(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


@given(VALUES, VALUES)
def test_any_value_is_written_as_json_has_it(value: Any, other: Any) -> None:
    pen = Indented()
    both = [value, {"a": value, "b": [other, value]}]
    assert pen.text(both) == plainly(both)
    parts = {"a": value}, {"b": other, "c": value}
    assert plainly({"a": value, "b": other, "c": value}) == pen.record(parts, 0)
    assert plainly([{"a": other}]) == pen.text([Text(pen.record([{"a": other}], 1))])


def test_parts_that_are_equal_for_python_alone_are_told_apart() -> None:
    """1, 1.0 and True are one key of a dictionary, and three texts."""
    pen = Indented()
    told = [pen.record([{"a": one}], 0) for one in (1, 1.0, True)]
    assert told == [plainly({"a": one}) for one in (1, 1.0, True)]


def test_a_container_that_is_gone_is_not_taken_for_the_one_that_follows_it() -> None:
    pen = Indented()
    for number in range(100):
        assert pen.record([{"a": [number]}], 0) == plainly({"a": [number]})


@pytest.mark.parametrize(("value", "error"), [(float("nan"), ValueError), (object(), TypeError)])
def test_what_json_does_not_have_is_refused(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        Indented().text([value])
