"""Braced initialisers: which value goes to which field or element, as C's rules say.

libclang shows the list as it is written, so designators and left-out braces are worked out here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TypeAlias

from source.c.classes import DESIGNATED, class_of
from source.c.ir import Constant, Expression, Initial
from source.c.library import ClangType, Cursor, children, constant, kind, transparent
from source.c.lowering import Lowering
from source.c.types import is_record

Path: TypeAlias = tuple[str | int, ...]
Item: TypeAlias = tuple[Path, Expression]

LONGEST_RANGE = 256
"""Elements of a ``[a ... b]`` that are written out; a longer one is not understood."""

LONGEST_LIST = 1024
"""Values of one list that are read; of a longer one nothing is understood."""

_ARRAYS = ("CONSTANTARRAY", "INCOMPLETEARRAY")


class Odd(Exception):
    """An initialiser that is not understood; the text says why."""


def initial(low: Lowering, at: Cursor) -> Expression:
    """Return what an object begins as: ``Initial`` for a braced list, else the value."""
    if kind(at) != "INIT_LIST_EXPR":
        return low.expression(at)
    return _list(low, at, at.type)


def _list(low: Lowering, at: Cursor, of: ClangType) -> Expression:
    shape, line = low.types.of(of), low.line(at)
    low.visit(at)
    inner = children(at)
    if not _aggregate(of):
        return low.expression(inner[0]) if len(inner) == 1 else low.unread(at, "an odd list")
    if len(inner) > LONGEST_LIST:
        return low.unread(at, "a list that is too long", of=shape)
    walk = _Walk(low)
    dropped = len(low.dropped)
    try:
        walk.fill(of, (), deque(inner), braced=True)
    except Odd as why:
        del low.dropped[dropped:]
        return low.unread(at, str(why), of=shape)
    return Initial(shape, tuple(walk.items), line)


def _aggregate(of: ClangType) -> bool:
    name = of.get_canonical().kind.name
    return name == "RECORD" or name in _ARRAYS


def _slots(of: ClangType) -> list[tuple[str, ClangType]]:
    record = of.get_canonical().get_declaration().get_definition()
    if record is None:
        raise Odd("a record that is only declared")
    found = []
    for each in children(record):
        if kind(each) == "FIELD_DECL" and each.spelling:
            found.append((str(each.spelling), each.type))
        elif is_record(each) and transparent(each):
            found.append(("", each.type))
    return found


def _overlap(one: Path, other: Path) -> bool:
    short = min(len(one), len(other))
    return one[:short] == other[:short]


def _designated(at: Cursor) -> bool:
    return kind(at) == "UNEXPOSED_EXPR" and class_of(at) == DESIGNATED


@dataclass
class _Walk:
    """The places of one list, filled in order; a later value replaces an earlier one."""

    low: Lowering
    items: list[Item] = field(default_factory=list)
    nested: bool = False
    """Whether the last designator named more than one step."""

    def put(self, path: Path, value: Expression) -> None:
        """Take a value in; a zero over nothing says nothing."""
        over = any(_overlap(path, other) for other, _ in self.items)
        if not over and isinstance(value, Constant) and value.value == 0:
            return
        if not over and isinstance(value, Initial):
            self.items += [((*path, *rest), each) for rest, each in value.items]
            return
        self.items = [item for item in self.items if item[0][: len(path)] != path]
        self.items.append((path, value))

    def fill(self, of: ClangType, path: Path, entries: deque[Cursor], *, braced: bool) -> None:
        """Fill an object from the entries, from its first slot on or where a designator says."""
        if of.get_canonical().kind.name in _ARRAYS:
            self._array(of, path, entries, braced)
        else:
            self._record(of, path, entries, braced)

    def _array(self, of: ClangType, path: Path, entries: deque[Cursor], braced: bool) -> None:
        canonical = of.get_canonical()
        inner, at = canonical.element_type, 0
        length = canonical.element_count if canonical.kind.name == "CONSTANTARRAY" else 1 << 30
        while entries:
            if _designated(entries[0]):
                if not braced:
                    return None
                at = self._at_index(inner, path, entries[0]) + 1
                self._next(entries)
            elif at >= length:
                return self._past(entries, braced)
            else:
                self._place(inner, (*path, at), entries)
                at += 1
        return None

    def _next(self, entries: deque[Cursor]) -> None:
        """Leave a designated value behind; what comes next must not go on inside of it."""
        entries.popleft()
        if self.nested and entries and not _designated(entries[0]):
            raise Odd("a value after a nested designator")

    def _past(self, entries: deque[Cursor], braced: bool) -> None:
        if braced:
            raise Odd("more values than places")

    def _at_index(self, inner: ClangType, path: Path, at: Cursor) -> int:
        self.low.visit(at)
        *marks, value = children(at)
        self.nested = False
        numbers = [constant(each) for each in marks if kind(each) != "MEMBER_REF"]
        first = numbers[0] if numbers else None
        if first is None or kind(marks[0]) == "MEMBER_REF":
            raise Odd("a designator that does not fit")
        if len(marks) == 1:
            self._value(inner, (*path, first), value)
            return self._fold(marks, first)
        if len(marks) == 2 and len(numbers) == 2 and not _aggregate_array(inner):
            return self._range(inner, path, marks, value)
        self._deeper(inner, (*path, first), marks[1:], value)
        return self._fold(marks, first)

    def _fold(self, marks: list[Cursor], last: int) -> int:
        for each in marks:
            if kind(each) != "MEMBER_REF":
                self.low.drop(each)
        return last

    def _range(self, inner: ClangType, path: Path, marks: list[Cursor], value: Cursor) -> int:
        first, last = constant(marks[0]), constant(marks[1])
        if first is None or last is None or not 0 <= last - first < LONGEST_RANGE:
            raise Odd("a range that is too long or not constant")
        for index in range(first, last + 1):
            self._value(inner, (*path, index), value)
        return self._fold(marks, last)

    def _record(self, of: ClangType, path: Path, entries: deque[Cursor], braced: bool) -> None:
        slots, at = _slots(of), 0
        union = kind(of.get_canonical().get_declaration()) == "UNION_DECL"
        while entries:
            if _designated(entries[0]):
                if not braced:
                    return None
                at = self._at_field(slots, path, entries[0])
                self._next(entries)
                continue
            if at >= (1 if union else len(slots)):
                return self._past(entries, braced)
            name, inner = slots[at]
            if name or kind(entries[0]) != "INIT_LIST_EXPR":
                self._place(inner, (*path, name) if name else path, entries)
            else:
                self._unnamed(inner, path, entries.popleft())
            at += 1
        return None

    def _unnamed(self, of: ClangType, path: Path, at: Cursor) -> None:
        found = _list(self.low, at, of)
        if not isinstance(found, Initial):
            raise Odd("an odd list in an unnamed part")
        for rest, each in found.items:
            self.put((*path, *rest), each)

    def _at_field(self, slots: list[tuple[str, ClangType]], path: Path, at: Cursor) -> int:
        self.low.visit(at)
        *marks, value = children(at)
        self.nested = False
        if not marks or kind(marks[0]) != "MEMBER_REF":
            raise Odd("a designator that does not fit")
        name = str(marks[0].spelling)
        if not name:
            self._deeper_unnamed(path, marks, value)
            return self._slot_with(slots, marks[1]) + 1
        place = [each for each, _ in slots].index(name)
        if len(marks) == 1:
            self._value(slots[place][1], (*path, name), value)
        else:
            self._deeper(slots[place][1], (*path, name), marks[1:], value)
        return place + 1

    def _deeper_unnamed(self, path: Path, marks: list[Cursor], value: Cursor) -> None:
        named = [each for each in marks if kind(each) != "MEMBER_REF" or each.spelling]
        first, self.nested = named[0], True
        inner = first.referenced.type
        if len(named) == 1:
            self._value(inner, (*path, str(first.spelling)), value)
        else:
            self._deeper(inner, (*path, str(first.spelling)), named[1:], value)

    def _slot_with(self, slots: list[tuple[str, ClangType]], mark: Cursor) -> int:
        for at, (name, inner) in enumerate(slots):
            if not name and inner.get_offset(mark.spelling) >= 0:
                return at
        raise Odd("a designator that does not fit")

    def _deeper(self, of: ClangType, path: Path, marks: list[Cursor], value: Cursor) -> None:
        self.nested = True
        first, *rest = [each for each in marks if kind(each) != "MEMBER_REF" or each.spelling]
        if kind(first) == "MEMBER_REF":
            step: str | int = str(first.spelling)
            inner = first.referenced.type
        else:
            number = constant(first)
            canonical = of.get_canonical()
            if number is None or canonical.kind.name not in _ARRAYS:
                raise Odd("a designator that does not fit")
            self.low.drop(first)
            step, inner = number, canonical.element_type
        if rest:
            self._deeper(inner, (*path, step), rest, value)
        else:
            self._value(inner, (*path, step), value)

    def _value(self, of: ClangType, path: Path, at: Cursor) -> None:
        if kind(at) == "INIT_LIST_EXPR":
            self.put(path, _list(self.low, at, of))
        elif _aggregate(of) and not self._whole(of, at):
            self.fill(of, path, deque([at]), braced=False)
        else:
            self.put(path, self.low.expression(at))

    def _place(self, of: ClangType, path: Path, entries: deque[Cursor]) -> None:
        first = entries[0]
        if kind(first) == "INIT_LIST_EXPR" or not _aggregate(of) or self._whole(of, first):
            self._value(of, path, entries.popleft())
            return
        before = len(entries)
        self.fill(of, path, entries, braced=False)
        if len(entries) == before:
            raise Odd("a value that fits no place")

    def _whole(self, of: ClangType, at: Cursor) -> bool:
        if kind(at) == "STRING_LITERAL":
            return of.get_canonical().kind.name in _ARRAYS
        return self.low.types.of(at.type) == self.low.types.of(of)


def _aggregate_array(of: ClangType) -> bool:
    return of.get_canonical().kind.name in _ARRAYS
