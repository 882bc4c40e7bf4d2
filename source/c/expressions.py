"""Expressions: which cursor becomes which node."""

from __future__ import annotations

from source.c.classes import (
    CHOOSE,
    CONVERSION,
    ELVIS,
    NAME,
    OFFSET,
    TRAIT,
    class_of,
)
from source.c.generic import generic
from source.c.ir import (
    ARRAY,
    INT,
    POINTER,
    Assign,
    Binary,
    Block,
    Choose,
    Compound,
    Constant,
    Convert,
    CType,
    Expression,
    FunctionName,
    Global,
    Index,
    Inside,
    Local,
    Member,
    Step,
    Text,
    Unary,
)
from source.c.library import (
    Cursor,
    binary_operator,
    children,
    constant,
    kind,
    unary_operator,
)
from source.c.lowering import Lowering, ReadExpression
from source.c.offsets import offset
from source.c.types import record_name
from source.c.values import address, converted, pointed, promoted, wrapped

SHIFTS = ("<<", ">>")


def _literal(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    value = constant(at)
    if value is None:
        return low.unread(at, "a literal that is no integer")
    return Constant(of, value, line)


def _text(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    return Text(of, low.own(at.spelling).removeprefix('"').removesuffix('"'), line)


def _within(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    return low.expression(children(at)[-1])


def _named(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    what = at.referenced
    sort = kind(what) if what is not None else ""
    if sort == "ENUM_CONSTANT_DECL":
        return Constant(of, wrapped(int(what.enum_value), of), line)
    if sort == "FUNCTION_DECL":
        low.use(what)
        return FunctionName(of, low.named(what.spelling), line)
    if sort == "PARM_DECL":
        return Local(of, low.declare(what), what.spelling, line)
    if sort == "VAR_DECL":
        return _variable(low, what, of, line)
    return low.unread(at, f"a name of {sort or 'nothing'}")


def _variable(low: Lowering, what: Cursor, of: CType, line: int) -> Expression:
    inner = kind(what.semantic_parent) == "FUNCTION_DECL"
    storage = what.storage_class.name
    if inner and storage == "STATIC":
        low.use(what)
        return Global(of, low.static(what), line)
    if inner and storage != "EXTERN":
        return Local(of, low.declare(what), what.spelling, line)
    low.use(what)
    return Global(of, low.named(what.spelling), line)


def _member(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    parts, what = children(at), at.referenced
    if not parts or what is None or kind(what) != "FIELD_DECL":
        return low.unread(at, "a field without its record")
    base = low.expression(parts[0])
    if base.type.kind == POINTER:
        base = pointed(base, low.types.of(parts[0].type.get_canonical().get_pointee()), line)
    low.use(what)
    bits = what.get_bitfield_width() if what.is_bitfield() else 0
    return Member(of, base, record_name(what.semantic_parent), what.spelling, bits, line)


def _index(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    first, second = (low.expression(each) for each in children(at))
    base, index = (first, second) if first.type.kind == POINTER else (second, first)
    if isinstance(base, Convert) and base.value.type.kind == ARRAY:
        base = base.value
    return Index(of, base, index, line)


def _unary(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    operator, inner = unary_operator(at), children(at)[-1]
    value = low.expression(inner)
    if operator == "__extension__":
        return value
    if operator == "&":
        return address(value, of, line)
    if operator == "*":
        return pointed(value, of, line)
    when, _, step = operator.rpartition(" ")
    if when:
        return Step(of, value, step, when == "before", line)
    if not operator:
        return low.unread(at, "a rare operator", (value,))
    if operator == "-" and isinstance(value, Constant):
        return converted(Constant(CType(INT), -value.value), of, line)
    return Unary(of, operator, value, line)


def _binary(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    operator = binary_operator(at)
    first, second = (low.expression(each) for each in children(at))
    if operator == "=":
        return Assign(of, first, second, line=line)
    if not operator:
        return low.unread(at, "a rare operator", (first, second))
    return Binary(of, operator, first, second, line)


def _compound(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    operator = binary_operator(at).removesuffix("=")
    place, value = (low.expression(each) for each in children(at))
    computed = promoted(place) if operator in SHIFTS or of.kind == POINTER else value.type
    return Assign(of, place, value, operator, computed, line)


def _choice(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    test, then, other = (low.expression(each) for each in children(at))
    return Choose(of, test, then, other, line)


def _elvis(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    first, *again, last = children(at)
    test, other = low.expression(first), low.expression(last)
    for each in again:
        _see_conversions(low, each)
    return Choose(of, test, None, other, line)


def _see_conversions(low: Lowering, at: Cursor) -> None:
    while kind(at) == "UNEXPOSED_EXPR" and len(inner := children(at)) == 1:
        low.visit(at)
        at = inner[0]


def _cast(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    *types, value = children(at)
    if of.kind == INT and _is_fraction(value):
        return _folded(low, at, of, line)
    for each in types:
        low.drop(each)
    return converted(low.expression(value), of, line)


def _is_fraction(at: Cursor) -> bool:
    while kind(at) == "PAREN_EXPR":
        at = children(at)[0]
    return kind(at) == "FLOATING_LITERAL"


def _folded(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    value = constant(at)
    if value is None:
        return low.unread(at, "a size that is not constant")
    low.drop(at)
    return Constant(of, value, line)


def _chosen(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    test, then, other = children(at)
    value = constant(test)
    if value is None:
        return low.unread(at, "__builtin_choose_expr of what is not constant")
    low.drop(test)
    low.drop(other if value else then)
    return low.expression(then if value else other)


def _unexposed(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    which = class_of(at)
    if which == CONVERSION:
        return _cast(low, at, of, line)
    if which == ELVIS:
        return _elvis(low, at, of, line)
    if which == OFFSET and constant(at) is None:
        return offset(low, at, of, line)
    if which in (OFFSET, TRAIT):
        return _folded(low, at, of, line)
    if which == CHOOSE:
        return _chosen(low, at, of, line)
    if which == NAME:
        return _within(low, at, of, line)
    parts = tuple(low.expression(each) for each in children(at) if 100 <= each._kind_id < 200)
    return low.unread(at, which or "an expression of a rare kind", parts)


def _inside(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    body = low.statements(children(at)[-1])
    first = body[0]
    return Inside(of, first.body if isinstance(first, Block) else tuple(body), line)


def _literal_object(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    *types, value = children(at)
    for each in types:
        low.drop(each)
    return Compound(of, low.initial(value), line)


EXPRESSIONS: dict[str, ReadExpression] = {
    "INTEGER_LITERAL": _literal,
    "CHARACTER_LITERAL": _literal,
    "STRING_LITERAL": _text,
    "PAREN_EXPR": _within,
    "DECL_REF_EXPR": _named,
    "MEMBER_REF_EXPR": _member,
    "ARRAY_SUBSCRIPT_EXPR": _index,
    "UNARY_OPERATOR": _unary,
    "BINARY_OPERATOR": _binary,
    "COMPOUND_ASSIGNMENT_OPERATOR": _compound,
    "CONDITIONAL_OPERATOR": _choice,
    "CSTYLE_CAST_EXPR": _cast,
    "CXX_UNARY_EXPR": _folded,
    "GENERIC_SELECTION_EXPR": generic,
    "UNEXPOSED_EXPR": _unexposed,
    "StmtExpr": _inside,
    "COMPOUND_LITERAL_EXPR": _literal_object,
}
