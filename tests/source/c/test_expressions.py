"""Expressions become the nodes that C says they are."""

from __future__ import annotations

import pytest

from source.c.ir import (
    POINTER,
    Address,
    Assign,
    Binary,
    Call,
    Choose,
    Constant,
    Convert,
    CType,
    Deref,
    Do,
    Expression,
    FunctionName,
    Global,
    Index,
    Inside,
    Local,
    Member,
    Return,
    Step,
    Text,
    Unary,
    Unread,
)
from tests.source.c.reading import function, value

INT = CType("int", 32, True, "int")
LONG = CType("int", 64, True, "long")
BINARY = ["+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "&&", "||", ","]
BINARY += ["<", ">", "<=", ">=", "==", "!="]
STRUCT = "struct s { int n; unsigned b : 3; struct s *next; char t[4]; };"


def plain(of: Expression) -> Expression:
    """Return an expression without the conversion around it."""
    return of.value if isinstance(of, Convert) else of


@pytest.mark.parametrize("operator", BINARY)
def test_each_binary_operator_is_told(operator: str) -> None:
    found = plain(value(f"a {operator} b"))
    assert found == Binary(INT, operator, Local(INT, 0), Local(INT, 1))


@pytest.mark.parametrize("operator", ["-", "~", "!", "+"])
def test_each_unary_operator_is_told(operator: str) -> None:
    assert plain(value(f"{operator}a")) == Unary(INT, operator, Local(INT, 0))


@pytest.mark.parametrize("operator", BINARY[:10])
def test_each_compound_assignment_is_told(operator: str) -> None:
    found = plain(value(f"a {operator}= b"))
    assert found == Assign(INT, Local(INT, 0), Local(INT, 1), operator, INT)


def test_the_type_in_which_a_compound_assignment_is_computed() -> None:
    assert plain(value("a += c", parameters="short a, long c")).computed == LONG  # type: ignore[union-attr]
    assert plain(value("a <<= c", parameters="short a, long c")).computed == INT  # type: ignore[union-attr]


def test_widening_keeps_the_sign_of_the_narrow_type() -> None:
    unsigned = CType("int", 32, False, "unsigned int")
    assert value("a", parameters="unsigned a") == Convert(LONG, Local(unsigned, 0))


def test_constants_are_wrapped_as_they_are_converted() -> None:
    assert value("(unsigned char)300 + -1") == Convert(
        LONG, Binary(INT, "+", Constant(INT, 44), Constant(INT, -1))
    )
    assert value("(_Bool)4") == Constant(LONG, 1)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("sizeof(struct s)", 24),
        ("_Alignof(long)", 8),
        ("__builtin_offsetof(struct s, t[2])", 18),
        ("__builtin_types_compatible_p(int, long)", 0),
        ("__builtin_constant_p(a)", 0),
        ("__builtin_constant_p(3)", 1),
        ("SECOND", 7),
        ("'c'", 99),
        ("(int)1e2", 100),
    ],
)
def test_what_the_compiler_computes_is_a_constant(written: str, said: int) -> None:
    assert value(written, f"{STRUCT} enum {{ FIRST, SECOND = 7 }};") == Constant(LONG, said)


def test_an_offset_with_an_index_is_a_sum() -> None:
    found = value("__builtin_offsetof(struct s, t[a])", STRUCT)
    assert isinstance(found, Convert) and isinstance(found.value, Binary)
    assert (found.value.operator, found.value.left) == ("+", Constant(found.value.type, 16))


def test_choices_of_the_compiler_are_made() -> None:
    assert plain(value("__builtin_choose_expr(sizeof(int) == 4, a, b)")) == Local(INT, 0)
    assert plain(value("_Generic(c, int *: a, long *: b)", "", "int a, int b, long *c")) == Local(
        INT, 1
    )


def test_a_choice_by_a_typedef_and_by_default() -> None:
    both = "typedef unsigned char byte;"
    picked = "_Generic((byte)a, byte: a, default: b)"
    assert plain(value(picked, both)) == Local(INT, 0)
    assert plain(value("_Generic(a, byte: a, default: b)", both)) == Local(INT, 1)


def test_fields_and_bit_fields() -> None:
    found = plain(value("p->next->b", STRUCT, "struct s *p"))
    assert isinstance(found, Member) and (found.record, found.name) == ("struct s", "b")
    assert found.bits == 3 and isinstance(found.base, Deref)
    assert isinstance(found.base.pointer, Member) and found.base.pointer.name == "next"


def test_a_place_and_its_address_cancel_out() -> None:
    assert plain(value("*&a")) == Local(INT, 0)
    assert value("(long)&*p", parameters="int *p").value == Local(  # type: ignore[union-attr]
        CType(POINTER, 64, False, "int *"), 0
    )
    assert isinstance(plain(value("(long)&a")), Address)


def test_an_index_is_of_the_array_or_of_the_pointer() -> None:
    of_array = plain(value("p->t[a]", STRUCT, "struct s *p, int a"))
    of_pointer = plain(value("p[a]", parameters="int *p, int a"))
    assert isinstance(of_array, Index) and isinstance(of_array.base, Member)
    assert isinstance(of_pointer, Index) and isinstance(of_pointer.base, Local)


def test_the_choice_without_a_middle() -> None:
    assert plain(value("a ?: b")) == Choose(INT, Local(INT, 0), None, Local(INT, 1))
    assert plain(value("a ? b : 2")) == Choose(INT, Local(INT, 0), Local(INT, 1), Constant(INT, 2))


def test_calls_by_name_and_by_pointer() -> None:
    before = "int g(int); int (*h)(int); enum { E = 2 };"
    named, pointed = plain(value("g(a)", before)), plain(value("(*h)(E)", before))
    assert isinstance(named, Call) and isinstance(named.callee, FunctionName)
    assert isinstance(pointed, Call) and isinstance(pointed.callee, Global)
    assert named.arguments == (Local(INT, 0),) and pointed.arguments == (Constant(INT, 2),)


def test_what_is_expected_is_the_value_itself() -> None:
    assert value("__builtin_expect(!!(a), 0)") == Convert(
        LONG, Unary(INT, "!", Unary(INT, "!", Local(INT, 0)))
    )


def test_steps_before_and_after() -> None:
    assert plain(value("a++")) == Step(INT, Local(INT, 0), "++", False)
    assert plain(value("--a")) == Step(INT, Local(INT, 0), "--", True)


def test_a_statement_expression_holds_its_statements() -> None:
    found = plain(value("({ int c = a; c + 1; })"))
    assert isinstance(found, Inside) and len(found.body) == 2
    assert isinstance(found.body[1], Do) and isinstance(found.body[1].value, Binary)


def test_static_locals_are_the_functions_own() -> None:
    body = function("int f(void) { static int n; { static int n; n++; } return n; }")
    last = body.body.body[-1]
    assert isinstance(last, Return) and last.value == Global(INT, "f.n")
    assert "f.n#2" in repr(body)


def test_volatile_is_told_and_const_is_not() -> None:
    found = plain(value("*(const volatile int *)&a"))
    assert found.type.volatile and found.type.name == "int"


def test_the_name_of_the_function_is_a_text() -> None:
    found = plain(plain(value("__func__[0]")))
    assert isinstance(found, Index) and isinstance(found.base, Text) and found.base.text == "f"


@pytest.mark.parametrize("odd", ["(long)&&here; here: return 0", "__builtin_va_arg(l, int)"])
def test_what_is_not_understood_is_told(odd: str) -> None:
    body = function(f"long f(__builtin_va_list l) {{ return {odd}; }}")
    first = body.body.body[0]
    assert isinstance(first, Return) and first.value is not None
    assert isinstance(plain(first.value), Unread)
