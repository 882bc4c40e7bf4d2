"""Which unexposed expression is which: libclang shows several kinds of nodes as one.

The compiler's own class number of each is learnt from a sample in which it is the first one
that is new, so no table of a version is relied upon.
"""

from __future__ import annotations

from functools import cache

from clang import cindex

from source.c.library import Cursor, children, class_number, kind

CONVERSION, ELVIS, DESIGNATED, CHOOSE, OFFSET, TRAIT, ARGUMENT, NAME, ATTRIBUTED = (
    "conversion",
    "elvis",
    "designated",
    "choose",
    "offset",
    "trait",
    "argument",
    "name",
    "attributed",
)
"""What is told apart: an implicit conversion, ``a ?: b``, ``.f = v``, ``__builtin_choose_expr``,
``__builtin_offsetof``, ``__builtin_types_compatible_p``, ``__builtin_va_arg``, ``__func__``, and
a statement behind an attribute."""

_SAMPLE = """
struct s { int a; };
long conversion(int a) { return a; }
int elvis(int a) { return a ?: 5; }
void designated(void) { struct s x = { .a = 1 }; }
int choose(char c) { return __builtin_choose_expr(1, c, 2); }
unsigned long offset(void) { return __builtin_offsetof(struct s, a); }
int trait(void) { return __builtin_types_compatible_p(int, int); }
int argument(int a, ...) {
    __builtin_va_list l; int x; __builtin_va_start(l, a); x = __builtin_va_arg(l, int); return x; }
void name(void) { const char *x = __func__; }
void attributed(int a) { switch (a) { case 1: a = 2; __attribute__((fallthrough)); case 2:; } }
"""


def _first_new(at: Cursor, known: dict[int, str]) -> int | None:
    if kind(at) in ("UNEXPOSED_EXPR", "UNEXPOSED_STMT") and class_number(at) not in known:
        return class_number(at)
    for child in children(at):
        found = _first_new(child, known)
        if found is not None:
            return found
    return None


@cache
def _learnt() -> dict[int, str]:
    parsed = cindex.Index.create().parse(
        "sample.c", args=["-std=gnu11", "-nostdinc", "-w"], unsaved_files=[("sample.c", _SAMPLE)]
    )
    known: dict[int, str] = {}
    for function in children(parsed.cursor):
        if kind(function) == "FUNCTION_DECL":
            number = _first_new(function, known)
            if number is not None:
                known[number] = str(function.spelling)
    return known


def class_of(at: Cursor) -> str:
    """Return which of the above an unexposed cursor is, or nothing for another one."""
    return _learnt().get(class_number(at), "")
