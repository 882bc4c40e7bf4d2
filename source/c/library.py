"""libclang, typed: cursors and what they tell, with the calls that its Python face leaves out.

A cursor is a value of ``clang.cindex``; nothing outside of this folder sees one.
"""

from __future__ import annotations

from collections.abc import Callable
from ctypes import (
    POINTER,
    Structure,
    byref,
    c_int,
    c_longlong,
    c_size_t,
    c_ubyte,
    c_uint,
    c_ulonglong,
    c_void_p,
    cast,
    string_at,
)
from typing import Any, TypeAlias

from clang import cindex

Cursor: TypeAlias = Any
ClangType: TypeAlias = Any
ParsedFile: TypeAlias = Any

ERROR = 3
"""From this severity on a diagnostic is an error."""


class _Ranges(Structure):
    _fields_ = [("count", c_uint), ("ranges", POINTER(cindex.SourceRange))]


_CALLS: dict[str, tuple[list[Any], Any]] = {
    "clang_getCursorBinaryOperatorKind": ([cindex.Cursor], c_int),
    "clang_getCursorUnaryOperatorKind": ([cindex.Cursor], c_int),
    "clang_Cursor_Evaluate": ([cindex.Cursor], c_void_p),
    "clang_EvalResult_getKind": ([c_void_p], c_int),
    "clang_EvalResult_isUnsignedInt": ([c_void_p], c_int),
    "clang_EvalResult_getAsLongLong": ([c_void_p], c_longlong),
    "clang_EvalResult_getAsUnsigned": ([c_void_p], c_ulonglong),
    "clang_EvalResult_dispose": ([c_void_p], None),
    "clang_getSkippedRanges": ([c_void_p, c_void_p], POINTER(_Ranges)),
    "clang_getExpansionLocation": (
        [cindex.SourceLocation, c_void_p, c_void_p, c_void_p, c_void_p],
        None,
    ),
    "clang_getFileContents": ([c_void_p, c_void_p, c_void_p], c_void_p),
    "clang_isInvalidDeclaration": ([cindex.Cursor], c_int),
    "clang_Cursor_getVarDeclInitializer": ([cindex.Cursor], cindex.Cursor),
    "clang_Cursor_isNull": ([cindex.Cursor], c_int),
    "clang_Cursor_isAnonymousRecordDecl": ([cindex.Cursor], c_int),
}


def _loaded() -> Any:
    library = cindex.conf.lib
    for name, (arguments, result) in _CALLS.items():
        call = getattr(library, name)
        call.argtypes, call.restype = arguments, result
    text = library.clang_getCursorSpelling
    for name, arguments in (
        ("clang_getCursorPrettyPrinted", [cindex.Cursor, c_void_p]),
        ("clang_getBinaryOperatorKindSpelling", [c_int]),
    ):
        call = getattr(library, name)
        call.argtypes, call.restype, call.errcheck = arguments, text.restype, text.errcheck
    return library


LIBRARY = _loaded()
_KINDS = {kind.value: kind.name for kind in cindex.CursorKind.get_all_kinds()}
_Visit: Any = cindex.callbacks["cursor_visit"]

UNARY = {
    1: "after ++",
    2: "after --",
    3: "before ++",
    4: "before --",
    5: "&",
    6: "*",
    7: "+",
    8: "-",
    9: "~",
    10: "!",
    13: "__extension__",
}
"""libclang's numbers of the operators with one operand; ``__real`` and the like are left out."""


_KEEP_GOING, _DETAILED, _NO_BODIES, _HEADERS_ONCE = 0x200, 0x1, 0x40, 0x4


def parse(
    file: str, arguments: list[str], unsaved: list[tuple[str, str]], options: int = _KEEP_GOING
) -> ParsedFile:
    """Return a file, parsed to its end whatever is wrong in it."""
    index = cindex.Index.create()
    return index.parse(file, args=arguments, unsaved_files=unsaved, options=options)


def parse_to_edit(file: str, arguments: list[str], unsaved: list[tuple[str, str]]) -> ParsedFile:
    """Return a file, parsed so that :func:`parse_again` reads its headers once for all edits.

    After that it shows the declarations of the file itself alone.
    """
    index = cindex.Index.create(excludeDecls=True)
    options = _KEEP_GOING | _HEADERS_ONCE
    return index.parse(file, args=arguments, unsaved_files=unsaved, options=options)


def parse_again(parsed: ParsedFile, unsaved: list[tuple[str, str]]) -> bool:
    """Parse a file with other texts; where that fails the file is lost, and ``False`` is told.

    What was shown of it before is gone.
    """
    texts = (cindex._CXUnsavedFile * len(unsaved))()
    for place, (name, text) in zip(texts, unsaved, strict=True):
        raw = text.encode()
        place.name, place.contents, place.length = name.encode(), raw, len(raw)
    return not LIBRARY.clang_reparseTranslationUnit(parsed, len(unsaved), texts, 0)


def skipped_lines(
    file: str, arguments: list[str], unsaved: list[tuple[str, str]]
) -> list[tuple[int, int]]:
    """Return the lines of a file that its ``#if`` left out; the file is parsed anew for that."""
    parsed = parse(file, arguments, unsaved, _KEEP_GOING | _DETAILED | _NO_BODIES)
    found = LIBRARY.clang_getSkippedRanges(parsed, parsed.get_file(file))
    ranges = found.contents
    return [
        (each.start.line, each.end.line) for each in (ranges.ranges[n] for n in range(ranges.count))
    ]


def kind(at: Cursor) -> str:
    """Return the name of a cursor's kind; of an unknown one, its number."""
    return _KINDS.get(at._kind_id) or str(at._kind_id)


def identity(at: Cursor) -> int:
    """Return a number that only this declaration has, or only this expression or statement."""
    node = at.data[1] if 100 <= at._kind_id < 300 else at.data[0]
    return node or 0


def class_number(at: Cursor) -> int:
    """Return the compiler's own number of an expression's or statement's class, -1 without one.

    It is the first byte of the compiler's node.  What the numbers mean is learnt from a sample
    whose classes are known (see ``source.c.classes``), not taken from a table.
    """
    node = at.data[1]
    return int(cast(node, POINTER(c_ubyte))[0]) if node else -1


def children(at: Cursor) -> list[Cursor]:
    """Return the cursors directly inside one, in the compiler's order."""
    found: list[Cursor] = []
    unit = at._tu

    def visit(child: Cursor, _parent: Cursor, _data: object) -> int:
        child._tu = unit
        found.append(child)
        return 1

    LIBRARY.clang_visitChildren(at, _Visit(visit), None)
    return found


def binary_operator(at: Cursor) -> str:
    """Return the operator of a binary expression or compound assignment, as it is written."""
    number = LIBRARY.clang_getCursorBinaryOperatorKind(at)
    return str(LIBRARY.clang_getBinaryOperatorKindSpelling(number))


def unary_operator(at: Cursor) -> str:
    """Return the operator of a unary expression (see ``UNARY``), or nothing for a rare one."""
    return UNARY.get(LIBRARY.clang_getCursorUnaryOperatorKind(at), "")


def constant(at: Cursor) -> int | None:
    """Return what an expression comes to, if the compiler can say it and it is an integer."""
    result = LIBRARY.clang_Cursor_Evaluate(at)
    if not result:
        return None
    try:
        if LIBRARY.clang_EvalResult_getKind(result) != 1:
            return None
        unsigned = LIBRARY.clang_EvalResult_isUnsignedInt(result)
        read: Callable[[int], int] = (
            LIBRARY.clang_EvalResult_getAsUnsigned
            if unsigned
            else LIBRARY.clang_EvalResult_getAsLongLong
        )
        return int(read(result))
    finally:
        LIBRARY.clang_EvalResult_dispose(result)


def printed(at: Cursor) -> str:
    """Return a declaration as the compiler prints it: after macros, from its own tree."""
    return str(LIBRARY.clang_getCursorPrettyPrinted(at, None))


def initialiser(at: Cursor) -> Cursor | None:
    """Return a variable's initialiser, or ``None`` where it has none."""
    found = LIBRARY.clang_Cursor_getVarDeclInitializer(at)
    if found is None:
        return None
    found._tu = at._tu
    return None if LIBRARY.clang_Cursor_isNull(found) else found


def file_number(at: Cursor) -> int:
    """Return a number of the file that a declaration stands in, 0 for none.

    What a macro makes stands where the macro is used.
    """
    file = c_void_p()
    place = LIBRARY.clang_getCursorLocation(at)
    LIBRARY.clang_getExpansionLocation(place, byref(file), None, None, None)
    return file.value or 0


def invalid(at: Cursor) -> bool:
    """Return whether the compiler gave a declaration up as wrong."""
    return bool(LIBRARY.clang_isInvalidDeclaration(at))


def transparent(at: Cursor) -> bool:
    """Return whether a record's fields count as those of the record around it."""
    return bool(LIBRARY.clang_Cursor_isAnonymousRecordDecl(at))


def words(at: Cursor, longest: int = 160) -> str:
    """Return the source text of a cursor, on one line, cut to a length."""
    extent = at.extent
    file = extent.start.file
    if file is None:
        return ""
    size = min(extent.end.offset - extent.start.offset, 4 * longest)
    text = _read(at._tu, file, extent.start.offset, max(size, 0))
    return " ".join(text.split())[:longest]


def _read(unit: ParsedFile, file: Any, offset: int, size: int) -> str:
    """Return a part of a file as it was parsed."""
    length = c_size_t()
    found = LIBRARY.clang_getFileContents(unit, file, byref(length))
    if not found or offset >= length.value:
        return ""
    return string_at(found + offset, min(size, length.value - offset)).decode("utf-8", "replace")
