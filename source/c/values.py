"""Small rules of C that both expressions and statements need: conversions, promotions, places."""

from __future__ import annotations

from source.c.ir import (
    FUNCTION,
    INT,
    POINTER,
    Address,
    Constant,
    Convert,
    CType,
    Deref,
    Expression,
    FunctionName,
    Member,
)

INTEGER = CType(INT, 32, True, "int")


def wrapped(value: int, of: CType) -> int:
    """Return an integer as a type holds it; of ``_Bool`` whether it is not zero."""
    if of.name == "_Bool":
        return int(value != 0)
    if not of.bits:
        return value
    rest = value & ((1 << of.bits) - 1)
    return rest - (1 << of.bits) if of.signed and rest >> (of.bits - 1) else rest


def same(one: CType, other: CType) -> bool:
    """Return whether a value of one type is one of the other, ``volatile`` aside."""
    return (one.kind, one.bits, one.signed, one.name) == (
        other.kind,
        other.bits,
        other.signed,
        other.name,
    )


def converted(value: Expression, of: CType, line: int) -> Expression:
    """Return a value as another type: itself where nothing changes, a constant at once."""
    if same(value.type, of):
        return value
    if isinstance(value, Constant) and of.kind in (INT, POINTER):
        return Constant(of, wrapped(value.value, of), line)
    return Convert(of, value, line)


def promoted(value: Expression) -> CType:
    """Return the type in which a small integer is computed."""
    of = value.type
    bits = value.bits if isinstance(value, Member) and value.bits else of.bits
    if of.kind != INT or bits > 32 or (bits == 32 and not of.signed):
        return of
    return INTEGER


def pointed(pointer: Expression, of: CType, line: int) -> Expression:
    """Return what a pointer points to; ``*&x`` is ``x``."""
    if isinstance(pointer, Address) and same(pointer.place.type, of):
        return pointer.place
    return Deref(of, pointer, line)


def address(place: Expression, of: CType, line: int) -> Expression:
    """Return the address of a place; ``&*p`` is ``p``, and a function's is its value."""
    if isinstance(place, FunctionName):
        return Convert(of, place, line)
    if isinstance(place, Deref) and same(place.pointer.type, of):
        return place.pointer
    return Address(of, place, line)


def called(callee: Expression) -> Expression:
    """Return the function of a call, without the ``*`` and the decay that change nothing."""
    while True:
        if isinstance(callee, Convert) and callee.value.type.kind == FUNCTION:
            callee = callee.value
        elif isinstance(callee, Deref) and callee.type.kind == FUNCTION:
            callee = callee.pointer
        else:
            return callee
