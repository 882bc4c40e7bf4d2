"""The compiler's types as ``CType`` values, and records with their fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from source.c.ir import ARRAY, FUNCTION, INT, OTHER, POINTER, RECORD, VOID, CType, Field, Record
from source.c.library import ClangType, Cursor, children, kind, transparent

_SIGNED = {"CHAR_S", "SCHAR", "SHORT", "INT", "LONG", "LONGLONG", "INT128"}
_UNSIGNED = {"BOOL", "CHAR_U", "UCHAR", "USHORT", "UINT", "ULONG", "ULONGLONG", "UINT128"}
_ARRAYS = {"CONSTANTARRAY", "INCOMPLETEARRAY", "VARIABLEARRAY"}
_SIZED = _SIGNED | _UNSIGNED | {"ENUM", "RECORD", "CONSTANTARRAY", "FLOAT", "DOUBLE"}
"""Types that the compiler may be asked the size of: asked for another's, it may crash."""
_FUNCTIONS = {"FUNCTIONPROTO", "FUNCTIONNOPROTO"}
_QUALIFIERS = re.compile(r"\b(?:const|restrict|__restrict)\b ?")
_UNNAMED = re.compile(r"\((?:unnamed|anonymous)[^()]* at [^()]*\)")
_RECORDS = ("STRUCT_DECL", "UNION_DECL")


def is_record(at: Cursor) -> bool:
    """Return whether a cursor declares a structure or a union."""
    return kind(at) in _RECORDS


def _plain(spelled: str) -> str:
    return _UNNAMED.sub("(unnamed)", _QUALIFIERS.sub("", spelled)).strip()


def record_name(at: Cursor) -> str:
    """Return a record's name: its own, its typedef's, or by the field that has it as type.

    One whose fields count as the outer record's has the outer record's name.
    """
    spelled = at.type.get_canonical().spelling
    if not _UNNAMED.search(spelled):
        return _plain(spelled)
    outer = at.semantic_parent
    if not is_record(outer):
        fields = ", ".join(each.spelling for each in children(at) if kind(each) == "FIELD_DECL")
        return f"{'union' if kind(at) == 'UNION_DECL' else 'struct'} {{ {fields} }}"
    if transparent(at):
        return record_name(outer)
    return f"{record_name(outer)}::{_field_of(outer, at)}"


def _field_of(outer: Cursor, inner: Cursor) -> str:
    for each in children(outer):
        if kind(each) == "FIELD_DECL" and _element(each.type).get_declaration() == inner:
            return str(each.spelling)
    return "(unnamed)"


def _element(of: ClangType) -> ClangType:
    found = of.get_canonical()
    while found.kind.name in _ARRAYS or found.kind.name == "POINTER":
        inner = found.get_pointee() if found.kind.name == "POINTER" else found.element_type
        found = inner.get_canonical()
    return found


@dataclass
class Types:
    """The types of one parsed file, each read once."""

    root: Cursor | None = None
    headers: Types | None = None
    """Those of the file's headers, where ``root`` shows the file alone."""
    _known: dict[int, CType] = field(default_factory=dict)
    _records: dict[str, Record | None] = field(default_factory=dict)

    @cached_property
    def typedefs(self) -> dict[str, str]:
        """Return what each typedef of the file stands for, as the compiler spells it."""
        found = [] if self.root is None else children(self.root)
        above = {} if self.headers is None else self.headers.typedefs
        return above | {
            each.spelling: each.underlying_typedef_type.get_canonical().spelling
            for each in found
            if kind(each) == "TYPEDEF_DECL"
        }

    def of(self, given: ClangType) -> CType:
        """Return a type; typedefs are looked through, ``const`` does not count."""
        key = given.data[0] or 0
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._read(given.get_canonical())
        return found

    def _read(self, of: ClangType) -> CType:
        name = of.kind.name
        bits = max(of.get_size(), 0) * 8 if name in _SIZED else 0
        volatile = bool(of.is_volatile_qualified())
        if name in _SIGNED or name in _UNSIGNED:
            spelled = _plain(of.spelling).removeprefix("volatile ")
            return CType(INT, bits, name in _SIGNED, spelled, volatile)
        if name == "ENUM":
            inner = of.get_declaration().enum_type.get_canonical().kind.name
            spelled = _plain(of.spelling).removeprefix("volatile ")
            return CType(INT, bits, inner in _SIGNED, spelled, volatile)
        if name == "POINTER":
            return CType(POINTER, 64, False, self._pointer(of), volatile)
        if name == "RECORD":
            return CType(RECORD, bits, False, record_name(of.get_declaration()), volatile)
        if name in _ARRAYS:
            length = of.element_count if name == "CONSTANTARRAY" else ""
            element = self.of(of.element_type)
            return CType(ARRAY, bits, False, f"{element.name}[{length}]", element.volatile)
        if name in _FUNCTIONS:
            return CType(FUNCTION, 0, False, _plain(of.spelling))
        return CType(VOID if name == "VOID" else OTHER, bits, False, _plain(of.spelling), volatile)

    def _pointer(self, of: ClangType) -> str:
        inner = self.of(of.get_pointee())
        if inner.kind == FUNCTION:
            return inner.name.replace("(", "(*)(", 1)
        return f"{'volatile ' if inner.volatile else ''}{inner.name} *"

    def record(self, at: Cursor) -> Record | None:
        """Return a record as it is laid out, or ``None`` where it is only declared."""
        definition = at.get_definition()
        if definition is None:
            return None
        name = record_name(definition)
        if name not in self._records:
            fields = tuple(self._fields(definition, 0))
            size = max(definition.type.get_size(), 0) * 8
            union = kind(definition) == "UNION_DECL"
            self._records[name] = Record(name, size, union, fields)
        return self._records[name]

    def _fields(self, at: Cursor, start: int) -> list[Field]:
        found = []
        for each in children(at):
            if kind(each) != "FIELD_DECL":
                if is_record(each) and transparent(each):
                    found += self._fields(each, start + self._start(each))
                continue
            if not each.spelling:
                continue
            shape = self.of(each.type)
            bits = each.get_bitfield_width() if each.is_bitfield() else shape.bits
            found.append(
                Field(each.spelling, shape, start + max(each.get_field_offsetof(), 0), bits)
            )
        return found

    def _start(self, part: Cursor) -> int:
        inner = self._first(part)
        if inner is None:
            return 0
        outer = part.semantic_parent.type
        return max(int(outer.get_offset(inner)) - int(part.type.get_offset(inner)), 0)

    def _first(self, part: Cursor) -> str | None:
        for each in children(part):
            if kind(each) == "FIELD_DECL" and each.spelling:
                return str(each.spelling)
            if is_record(each) and transparent(each):
                inner = self._first(each)
                if inner is not None:
                    return inner
        return None
