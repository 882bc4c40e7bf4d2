"""Braced initialisers: each value goes to the place that C's rules say."""

from __future__ import annotations

import pytest

from source.c.ir import Address, Assign, Compound, Constant, Declare, Do, Initial, Unread
from tests.source.c.reading import function

RECORDS = """
struct p { int x, y; };
struct s { int a; struct { int b[3]; unsigned c : 2; }; union { long u; char v; }; struct p p[2]; };
"""


def places(written: str, of: str = "struct s q") -> dict[tuple[str | int, ...], int | None]:
    """Return the places that an initialiser fills, with their constants."""
    body = function(f"{RECORDS} void f(int n) {{ {of} = {written}; }}")
    declared = body.body.body[0]
    assert body.troubles == () and isinstance(declared, Declare)
    assert isinstance(declared.value, Initial), declared.value
    return {
        path: each.value if isinstance(each, Constant) else None
        for path, each in declared.value.items
    }


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("{ 1 }", {("a",): 1}),
        ("{ .a = 1, .u = 2 }", {("a",): 1, ("u",): 2}),
        ("{ 1, { { 2, 3 } } }", {("a",): 1, ("b", 0): 2, ("b", 1): 3}),
        (
            "{ 1, 2, 3, 4, 3, 9 }",
            {("a",): 1, ("b", 0): 2, ("b", 1): 3, ("b", 2): 4, ("c",): 3, ("u",): 9},
        ),
        ("{ .b = { [2] = 7, [0 ... 1] = 9 } }", {("b", 2): 7, ("b", 0): 9, ("b", 1): 9}),
        ("{ .b[1] = 5, .c = 1, .u = 6 }", {("b", 1): 5, ("c",): 1, ("u",): 6}),
        ("{ .p = { 1, 2, 3 } }", {("p", 0, "x"): 1, ("p", 0, "y"): 2, ("p", 1, "x"): 3}),
        ("{ .p[1].y = 4 }", {("p", 1, "y"): 4}),
        ("{ .a = 1, .a = 2 }", {("a",): 2}),
        ("{ .a = 1, .a = 0 }", {("a",): 0}),
        ("{ .a = 0 }", {}),
        ("{ }", {}),
        ("{ .a = n }", {("a",): None}),
    ],
)
def test_values_and_their_places(
    written: str, filled: dict[tuple[str | int, ...], int | None]
) -> None:
    assert places(written) == filled


def test_arrays_go_on_after_a_designator() -> None:
    assert places("{ [5] = 1, 2 }", "int q[]") == {(5,): 1, (6,): 2}


def test_a_whole_record_stands_for_its_place() -> None:
    body = function(f"{RECORDS} void f(struct p o) {{ struct s q = {{ .p = {{ o }} }}; }}")
    declared = body.body.body[0]
    assert isinstance(declared, Declare) and isinstance(declared.value, Initial)
    assert [path for path, _ in declared.value.items] == [("p", 0)]


def test_a_compound_literal_is_a_place() -> None:
    body = function(
        f"{RECORDS} void f(struct p *o) {{ *o = (struct p){{ .y = 3 }}; o = &(struct p){{ 1 }}; }}"
    )
    first, second = body.body.body
    assert isinstance(first, Do) and isinstance(first.value, Assign)
    assert isinstance(first.value.value, Compound)
    assert isinstance(second, Do) and isinstance(second.value, Assign)
    assert isinstance(second.value.value, Address)


@pytest.mark.parametrize("written", ["{ .b[0] = 1, 2 }", "{ .p[0].y = 1, 2 }", "{ .c = 1, 2 }"])
def test_what_goes_on_inside_of_a_designator_is_not_understood(written: str) -> None:
    body = function(f"{RECORDS} void f(void) {{ struct s q = {written}; }}")
    declared = body.body.body[0]
    assert isinstance(declared, Declare) and isinstance(declared.value, Unread)


def test_a_range_that_is_too_long_is_not_understood() -> None:
    body = function("void f(void) { int q[9000] = { [0 ... 8999] = 1 }; }")
    declared = body.body.body[0]
    assert isinstance(declared, Declare) and isinstance(declared.value, Unread)
