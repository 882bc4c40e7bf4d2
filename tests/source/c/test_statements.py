"""Statements become the nodes that C says they are."""

from __future__ import annotations

from itertools import product

import pytest

from source.c.ir import (
    Assembly,
    Block,
    Case,
    Declare,
    Goto,
    If,
    Label,
    Loop,
    Return,
    Statement,
    Strange,
    Switch,
)
from tests.source.c.reading import function

CLEANUP = "struct g { int n; }; void put(struct g *g); void h(void);"


def statements(body: str, before: str = "") -> tuple[Statement, ...]:
    """Return the statements of a function's body."""
    found = function(f"{before}\nint f(int a, int *p) {{ {body} }}")
    assert found.troubles == ()
    return found.body.body


@pytest.mark.parametrize("there", list(product((True, False), repeat=3)))
def test_each_part_of_a_loop_that_stands_there(there: tuple[bool, bool, bool]) -> None:
    parts = [
        part if is_there else ""
        for part, is_there in zip(("a = 1", "a < 9", "a++"), there, strict=True)
    ]
    loop = statements(f'for ({"; ".join(parts)}) h("; ) for (;;)");', "void h(char *t);")[0]
    assert isinstance(loop, Loop)
    assert (loop.before is not None, loop.test is not None, loop.after is not None) == there


def test_a_loop_that_tests_at_the_end() -> None:
    loop = statements("do { if (a) break; } while (0);")[0]
    assert isinstance(loop, Loop) and loop.first


def test_cases_and_their_ranges() -> None:
    switch = statements("switch (a) { case -1: case 3 ... 7: a = 1; break; default:; }")[0]
    assert isinstance(switch, Switch) and isinstance(switch.body, Block)
    first, last = switch.body.body[0], switch.body.body[-1]
    assert isinstance(first, Case) and (first.low, first.high) == (-1, -1)
    assert isinstance(first.body, Case) and (first.body.low, first.body.high) == (3, 7)
    assert isinstance(last, Case) and last.low is None


def test_jumps_and_labels() -> None:
    jump, label = statements("if (a) goto out; out: return 0;")
    assert isinstance(jump, If) and jump.then == Goto("out")
    assert isinstance(label, Label) and isinstance(label.body, Return)


def test_falling_through_is_nothing() -> None:
    switch = statements("switch (a) { case 1: __attribute__((fallthrough)); case 2: break; }")[0]
    assert isinstance(switch, Switch) and "Strange" not in repr(switch)


@pytest.mark.parametrize(
    "declared",
    [
        "struct g v __attribute__((cleanup(put))) = { .n = 1 };",
        "struct g v __attribute__((__cleanup__(put)));",
        "__attribute__((unused)) struct g v __attribute__((cleanup(put), unused));",
    ],
)
def test_who_cleans_up(declared: str) -> None:
    first = statements(f"{declared} return 0;", CLEANUP)[0]
    assert isinstance(first, Declare) and first.cleanup == "put"


def test_other_attributes_clean_nothing_up() -> None:
    first = statements('int v __attribute__((unused)) = sizeof("cleanup(put)"); return v;')[0]
    assert isinstance(first, Declare) and first.cleanup == ""


def test_the_operands_of_an_asm() -> None:
    found = statements(
        'asm volatile("x %0, %[y]" : "=r"(a), [y] "+m"(*p) : "i"(sizeof(*p)) : "memory");'
    )
    one = found[0]
    assert isinstance(one, Assembly) and one.volatile
    assert [type(each).__name__ for each in one.outputs] == ["Local", "Deref"]
    assert [type(each).__name__ for each in one.inputs] == ["Deref", "Constant"]
    assert '"memory"' in one.text and "sizeof" not in one.text


def test_where_an_asm_may_go_to() -> None:
    found = statements('asm goto("x %l[out]" : : "r"(a) : "cc" : out); a++; out: return a;')
    assert isinstance(found[0], Assembly) and found[0].labels == ("out",)


def test_registers_of_variables_are_no_statement() -> None:
    found = statements('register int v asm("rax"); asm("y" : "=r"(v)); return v;')
    assert isinstance(found[1], Assembly) and not found[1].volatile


def test_an_array_of_variable_length_is_not_understood() -> None:
    assert any(isinstance(each, Strange) for each in statements("int v[a]; return v[0];"))


def test_lines_do_not_count_and_names_of_locals_neither() -> None:
    one = function("int f(int a) {\n int b = a;\n return b; }")
    other = function("int f(int x) {\n\n int y = x;\n return y; }")
    assert one == other and one.body.body[1].line == 3 and other.body.body[1].line == 4
