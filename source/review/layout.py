"""Records as both sides lay them out, and which of their fields share memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from source.c.ir import ARRAY, INT, POINTER, RECORD, CType, Field, FunctionBody, Record
from source.review.nodes import Prepared
from source.review.world import Path


class Unit(Protocol):
    """A file as it was read: its functions, and the records that it knows."""

    def function(self, name: str) -> FunctionBody | None:
        """A function of the file or its headers, or nothing where it has no body there."""

    def record(self, name: str) -> Record | None:
        """A record's fields, or nothing where it is not known."""

    def variable(self, name: str) -> str | None:
        """A key of a variable's type and first value, or nothing where it is not known."""

    def digest(self, name: str) -> str | None:
        """A key that two functions share if they read the same, lines aside."""

    def unchanged(self, name: str) -> bool:
        """Whether a function reads as on the other side for its text alone; else it may."""


_BASIC = {
    "char": 8,
    "signed char": 8,
    "unsigned char": 8,
    "_Bool": 8,
    "bool": 8,
    "short": 16,
    "unsigned short": 16,
    "int": 32,
    "unsigned int": 32,
    "long": 64,
    "unsigned long": 64,
    "long long": 64,
    "unsigned long long": 64,
    "void": 8,
}
MOST_LEAVES = 48


class Layout:
    """Where fields stand; nothing is said of one on which the two sides do not agree."""

    def __init__(self, base: Unit, head: Unit) -> None:
        self._units = (base, head)
        self._fields: dict[str, dict[str, Field]] = {}
        self._prepared: dict[int, tuple[FunctionBody, Prepared]] = {}
        self._leaves: dict[str, tuple[tuple[Path, CType], ...] | None] = {}
        self._renamed: dict[str, dict[str, str]] = {}
        self._narrow: dict[tuple[str, str], Field | None] = {}

    def prepared(self, function: FunctionBody) -> Prepared:
        """What a function's text says, worked out once."""
        kept = self._prepared.get(id(function))
        if kept is None:
            kept = self._prepared[id(function)] = function, Prepared(function)
        return kept[1]

    def record(self, name: str) -> Record | None:
        """A record on which both sides agree."""
        base, head = (unit.record(name) for unit in self._units)
        if base is None or head is None:
            return base or head
        names = self._renames(name)
        alike = tuple(replace(f, name=names.get(f.name, f.name)) for f in head.fields)
        return base if base == replace(head, fields=alike) else None

    def name_of(self, side: int, record: str, name: str) -> str:
        """A field's name as the base has it; one that is only called otherwise stays the same."""
        return self._renames(record).get(name, name) if side else name

    def _renames(self, record: str) -> dict[str, str]:
        """The base's name of each of the head's fields that stands where one stood that is gone."""
        if record not in self._renamed:
            base, head = (unit.record(record) for unit in self._units)
            self._renamed[record] = _renamed(base, head) if base and head else {}
        return self._renamed[record]

    def size(self, type: CType) -> int | None:
        """The size of a type in bytes."""
        if type.bits:
            return type.bits // 8
        record = self.record(type.name)
        return record.bits // 8 if record else None

    def pointee(self, pointer: CType) -> int | None:
        """The size of what a pointer points to, in bytes."""
        name = pointer.name.removesuffix("*").strip().removeprefix("volatile ")
        if name.endswith("*"):
            return 8
        if name.endswith(")"):
            return 1
        if name in _BASIC:
            return _BASIC[name] // 8
        record = self.record(name)
        if record is not None:
            return record.bits // 8
        return 4 if name.startswith("enum ") else None

    def fields(self, record: str) -> dict[str, Field]:
        """The fields of a record by name; none where it is not known on both sides."""
        if record not in self._fields:
            found = self.record(record)
            self._fields[record] = {f.name: f for f in found.fields} if found else {}
        return self._fields[record]

    def offset(self, record: str, name: str) -> int | None:
        """Where a field begins, in bytes; nothing for a bit field or an unknown one."""
        found = self.fields(record).get(name)
        return found.at // 8 if found and found.at % 8 == 0 else None

    def shares(self, record: str, name: str) -> bool:
        """Whether a field shares its memory with another one of its record."""
        found = self.fields(record).get(name)
        if found is None:
            return record.startswith(("union ", "union{"))
        end = found.at + max(found.bits, 1)
        return any(
            other.at < end and found.at < other.at + max(other.bits, 1)
            for other in self.fields(record).values()
            if other is not found
        )

    def narrow(self, record: str, name: str) -> Field | None:
        """The narrower one of a field that has another width on each side; else nothing."""
        key = record, name
        if key not in self._narrow:
            found = [self._of_side(side, record, name) for side in (0, 1)]
            one, two = (f if f is not None and f.type.kind == INT else None for f in found)
            unlike = one is not None and two is not None and one.bits != two.bits
            self._narrow[key] = min((f for f in (one, two) if f), key=_bits) if unlike else None
        return self._narrow[key]

    def _of_side(self, side: int, record: str, name: str) -> Field | None:
        known = self._units[side].record(record)
        fields = known.fields if known is not None else ()
        return next((f for f in fields if self.name_of(side, record, f.name) == name), None)

    def leaves(self, type: CType) -> tuple[tuple[Path, CType], ...] | None:
        """The values that a record is made of; nothing where they are not known or too many."""
        if type.name not in self._leaves:
            self._leaves[type.name] = self._read(type)
        return self._leaves[type.name]

    def _read(self, type: CType) -> tuple[tuple[Path, CType], ...] | None:
        found: list[tuple[Path, CType]] = []
        fields = self.fields(type.name)
        if not fields:
            return None
        for field in fields.values():
            inner = self._of_field(type.name, field)
            if inner is None or len(found) > MOST_LEAVES:
                return None
            found += inner
        return tuple(found)

    def _of_field(self, record: str, field: Field) -> list[tuple[Path, CType]] | None:
        if self.shares(record, field.name):
            return None
        if field.type.kind in (INT, POINTER):
            return [((field.name,), field.type)]
        if field.type.kind == RECORD:
            inner = self.leaves(field.type)
            return None if inner is None else [((field.name, *p), t) for p, t in inner]
        return None if field.type.kind == ARRAY else []


def _bits(field: Field) -> int:
    return field.bits


def _renamed(base: Record, head: Record) -> dict[str, str]:
    old, new = ({f.name for f in each.fields} for each in (base, head))
    gone = [f for f in base.fields if f.name not in new]
    come = [f for f in head.fields if f.name not in old]
    return {
        f.name: stood[0]
        for f in come
        if len(stood := [g.name for g in gone if _where(g) == _where(f)]) == 1
        and sum(_where(other) == _where(f) for other in come) == 1
    }


def _where(field: Field) -> tuple[int, int, CType]:
    return field.at, field.bits, field.type


class Objects:
    """The local variables of both runs: which are the same object.

    Addresses of different objects differ, and that is all that is known of them; which objects
    of the two sides have one address is free, so those of one name and type do.
    """

    def __init__(self, taken: frozenset[str]) -> None:
        self.types: dict[int, CType] = {}
        self.names: dict[int, str] = {}
        self._known: dict[tuple[object, ...], int] = {}
        self._free: list[int] = []
        self._taken = taken
        self._inside: dict[tuple[object, ...], set[int]] = {}
        self._numbers: dict[tuple[object, ...], dict[int, int]] = {}

    def of(self, side: int, key: tuple[object, ...], name: str, type: CType) -> int:
        """The object of a declaration; ``key`` says which one it is in its side's run."""
        found = self._known.get((side, *key))
        if found is None:
            found = self._match(name, type) if side else None
            if found is None:
                found = len(self.types)
                self.types[found], self.names[found] = type, name
                if not side:
                    self._free.append(found)
            self._known[(side, *key)] = found
            self._inside.setdefault((side, *key[:-1]), set()).add(found)
            self._numbers.setdefault((side, *key[:-1]), {})[int(str(key[-1]))] = found
        return found

    def known(self, side: int, key: tuple[object, ...]) -> dict[int, int]:
        """The objects of one run of a function, by the numbers of their declarations."""
        return self._numbers.get((side, *key), {})

    def inside(self, side: int, key: tuple[object, ...]) -> frozenset[int]:
        """The objects that are declared in one run of a function."""
        return frozenset(self._inside.get((side, *key), ()))

    def _match(self, name: str, type: CType) -> int | None:
        alike = [o for o in self._free if self.types[o].name == type.name]
        same = [o for o in alike if self.names[o] == name]
        other = [o for o in alike if self.names[o] not in self._taken]
        for found in (same or other)[:1]:
            self._free.remove(found)
            return found
        return None
