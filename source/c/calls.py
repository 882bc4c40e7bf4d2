"""Calls, and the compiler's builtins that are none."""

from __future__ import annotations

from source.c.ir import Call, Constant, CType, Expression
from source.c.library import Cursor, children, constant
from source.c.lowering import Lowering
from source.c.values import called, converted

EXPECT = ("__builtin_expect", "__builtin_expect_with_probability")
FOLDED = (
    "__builtin_constant_p",
    "__builtin_object_size",
    "__builtin_dynamic_object_size",
    "__builtin_strlen",
    "__builtin_ffs",
    "__builtin_ffsl",
    "__builtin_clz",
    "__builtin_clzl",
    "__builtin_ctz",
    "__builtin_ctzl",
    "__builtin_bswap16",
    "__builtin_bswap32",
    "__builtin_bswap64",
)
"""What the compiler may compute; ``__builtin_constant_p`` is 0 where it cannot say yet (told)."""


NO_CONSTANT = "what clang does not see as a constant is none: __builtin_constant_p() of it is 0"


def _folded(low: Lowering, name: str, at: Cursor) -> int | None:
    if name not in FOLDED:
        return None
    value = constant(at)
    if name == "__builtin_constant_p" and not value:
        low.assumed[NO_CONSTANT] = None
        return 0
    return value


def call(low: Lowering, at: Cursor, of: CType, line: int) -> Expression:
    """Return a call; ``__builtin_expect`` is its first argument, a computed builtin its value."""
    first, *rest = children(at)
    name = at.spelling
    value = _folded(low, name, at)
    if value is not None:
        low.drop(at)
        return Constant(of, value, line)
    if name in EXPECT and rest:
        low.elided += 1
        low.drop(first)
        for each in rest[1:]:
            low.drop(each)
        return converted(low.expression(rest[0]), of, line)
    callee = called(low.expression(first))
    return Call(of, callee, tuple(low.expression(each) for each in rest), line)
