"""A parsed file, asked by name: functions, records, initialisers, what it rests on."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from source.c.digests import digest
from source.c.functions import Lowered, Written, begun, lowered
from source.c.given import Given
from source.c.ir import FunctionBody, Record
from source.c.library import (
    ERROR,
    Cursor,
    ParsedFile,
    children,
    file_number,
    initialiser,
    kind,
    parse,
    skipped_lines,
)
from source.c.printed import COUNTED_NAMES
from source.c.types import Types, is_record, record_name
from source.text import without_comments

_SYSTEM_CALLS = ("__do_sys_", "__do_compat_sys_")
_WRAPPERS = ("__se_sys_", "__x64_sys_", "__ia32_sys_", "__se_compat_sys_", "__ia32_compat_sys_")
"""What ``SYSCALL_DEFINE`` makes: the body, named ``sys_clone3`` here, and those that call it."""

_ABSENT = re.compile(r"'([^']+)' file not found")
_INCLUDES = re.compile(r"(?:#|%:|\?\?=)[ \t\f\v]*(?:include|import|embed)")
"""What makes the compiler read another file."""

_MOST = 40
"""Troubles of one kind that are kept."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error of the compiler: where and what."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}" if self.path else self.text


@dataclass
class Reader:
    """A file of a tree, parsed."""

    given: Given
    parsed: ParsedFile
    types: Types
    before: Reader | None = None
    """The file before an edit, whose headers read the same: they are not shown here again."""
    beside: frozenset[str] = frozenset()
    """Texts that the file includes only to hold an edit's functions: they are none of the file."""
    _lowered: dict[str, Lowered] = field(default_factory=dict)
    _files: dict[int, str] = field(default_factory=dict)

    def absent(self) -> list[str]:
        """Return the headers that were asked for and not found."""
        return [found[1] for each in self.errors if (found := _ABSENT.match(each.text))]

    def told_errors(self) -> list[str]:
        """Return the compiler's errors as lines."""
        return [str(each) for each in self.errors]

    def included(self) -> list[str]:
        """Return the files that were included; those of the tree by their path in it."""
        if self.before is not None:
            return self.before.included()
        return sorted({self.place(each.include) for each in self._inclusions})

    @cached_property
    def _inclusions(self) -> list[Any]:
        found = self.parsed.get_includes()
        return [each for each in found if each.include.name not in self.beside]

    @cached_property
    def head(self) -> str:
        """Return the file's text up to the end of the last ``#include`` that is followed."""
        text = self._text(self.given.path)
        main = self.given.file
        places = (each.location for each in self._inclusions)
        last = max((at.offset for at in places if at.file and at.file.name == main), default=0)
        end = text.find(b"\n", last)
        return (text if end < 0 else text[:end]).decode("utf-8", "replace")

    def begin(self) -> None:
        """Work out what edits of the file ask of it, which they do beside other questions."""
        assert self.head is not None

    def headed(self, text: str) -> bool:
        """Return whether another text of this file reads its headers as this one does."""
        rest = text.removeprefix(self.head)
        written = without_comments(rest).replace("\\\n", "")
        return len(rest) < len(text) and not _INCLUDES.search(written)

    def shares(self) -> bool:
        """Return whether what this file's headers hold is to be asked of the file before."""
        return self.before is not None

    def declared(self) -> dict[str, frozenset[str]]:
        """Return the names of what the file itself declares: functions, records, variables."""
        return self.own

    @cached_property
    def own(self) -> dict[str, frozenset[str]]:
        """Return the names of what the file itself declares, by what they name."""
        records = _records([each for each in self._top if is_record(each) and self._is_own(each)])
        kinds = {
            "function": self._definitions,
            "record": records,
            "variable": self._variables,
        }
        return {
            word: frozenset(name for name, at in names.items() if self._is_own(at))
            for word, names in kinds.items()
        }

    @cached_property
    def _top(self) -> list[Cursor]:
        return [each for each in self._shown[0] if _counts(each)]

    @property
    def aside(self) -> dict[str, list[Cursor]]:
        """Return the declarations that stand in each text of ``beside``, in order."""
        return self._shown[1]

    @cached_property
    def _shown(self) -> tuple[list[Cursor], dict[str, list[Cursor]]]:
        """The file's declarations, and apart from them those of ``beside``, which come late."""
        every = children(self.parsed.cursor)
        aside: dict[str, list[Cursor]] = {}
        late: list[Cursor] = []
        while every and (self.beside - aside.keys() or self._file(every[-1]) in self.beside):
            one = every.pop()
            name = self._file(one)
            if name in self.beside:
                aside.setdefault(name, []).insert(0, one)
            else:
                late.append(one)
        return [*every, *reversed(late)], aside

    def _is_own(self, at: Cursor) -> bool:
        return self._file(at) == self._own_file

    @cached_property
    def _own_file(self) -> str:
        return self.given.file

    def _file(self, at: Cursor) -> str:
        number = file_number(at)
        found = self._files.get(number)
        if found is None:
            file = at.location.file
            found = self._files[number] = "" if file is None else str(file.name)
        return found

    @cached_property
    def errors(self) -> list[Diagnostic]:
        """Return the compiler's errors, in order."""
        return [
            Diagnostic(self.place(each.location.file), each.location.line, each.spelling)
            for each in self.parsed.diagnostics
            if each.severity >= ERROR
        ]

    @cached_property
    def _definitions(self) -> dict[str, Cursor]:
        return {
            shown(each.spelling): each
            for each in self._top
            if kind(each) == "FUNCTION_DECL"
        }

    @cached_property
    def _records(self) -> dict[str, Cursor]:
        return _records([each for each in self._top if is_record(each)])

    @cached_property
    def _variables(self) -> dict[str, Cursor]:
        found: dict[str, Cursor] = {}
        numbers: Counter[str] = Counter()
        for each in self._top:
            if kind(each) != "VAR_DECL":
                continue
            name = stem = COUNTED_NAMES.sub(r"\1", each.spelling)
            if stem != each.spelling:
                stem += "" if self._is_own(each) else "#header"
                numbers[stem] += 1
                name = f"{stem}#{numbers[stem]}"
            known = found.get(name)
            if known is None or each.is_definition() or not known.is_definition():
                found.pop(name, None)
                found[name] = each
        return found

    def place(self, file: object) -> str:
        """Return a file's path within the tree, where it is of the tree."""
        name = "" if file is None else str(getattr(file, "name", file))
        return name.removeprefix(f"{self.given.root}/")

    def extents(self) -> dict[str, tuple[int, int]]:
        """Return the lines of the functions that the file itself defines, in order."""
        return self._extents

    @cached_property
    def _extents(self) -> dict[str, tuple[int, int]]:
        return {
            name: (at.extent.start.line, at.extent.end.line)
            for name, at in self._definitions.items()
            if not is_wrapper(name) and self._is_own(at)
        }

    def variables(self) -> list[str]:
        """Return the names of the variables that the file itself defines."""
        return [
            name
            for name, at in self._variables.items()
            if at.is_definition() and self._is_own(at)
        ]

    def skipped(self) -> list[tuple[int, int]]:
        """Return the lines of the file that its ``#if`` left out, as ranges."""
        return skipped_lines(self.given.file, self.given.arguments, self.given.unsaved)

    def function(self, name: str) -> FunctionBody | None:
        """Return a function of the file or its headers, or ``None`` where none is defined."""
        found = self._function(name)
        return found.body if found else None

    def _function(self, name: str) -> Lowered | None:
        if name not in self._lowered and name in self._definitions:
            self._lowered[name] = self.lowered(name, self._definitions[name])
        return self._lowered.get(name)

    def lowered(self, name: str, at: Cursor, moved: int = 0) -> Lowered:
        """Return a function of the file or its headers as it is read, its lines moved by some."""
        path = self.place(at.location.file)
        extent = at.extent
        errors = [
            f"{each.path}:{each.line}: {each.text}"
            for each in self.errors
            if each.path == path and extent.start.line <= each.line <= extent.end.line
        ]
        text = self._text(path)[extent.start.offset : extent.end.offset]
        written = Written(path, text.decode("utf-8", "replace"), tuple(errors[:_MOST]), moved)
        return lowered(at, name, self.types, written)

    def definition(self, name: str) -> Cursor:
        """Return where a function that is defined stands."""
        return self._definitions[name]

    def _text(self, path: str) -> bytes:
        if path in self.given.texts:
            return self.given.texts[path].encode()
        try:
            return (self.given.root / path).read_bytes()
        except OSError:
            return b""

    def record(self, name: str) -> Record | None:
        """Return a structure or union as it is laid out, or ``None`` where it is not defined."""
        at = self._records.get(name)
        if at is None and self.before is not None and name not in self.before.own["record"]:
            return self.before.record(name)
        return None if at is None else self.types.record(at)

    def digest(self, name: str) -> str | None:
        """Return a key that two functions share if they read the same, lines aside."""
        body = self.function(name)
        return None if body is None else digest(body, self.record)

    def variable(self, name: str) -> str | None:
        """Return a key of a variable's type and initialiser, or ``None`` where it is not known."""
        at = self._variables.get(name)
        if at is None:
            return None
        begins = initialiser(at)
        value = None if begins is None else begun(at, begins, name, self.types)
        return digest((self.types.of(at.type), value), self.record)


def _counts(at: Cursor) -> bool:
    """Return whether a cursor is asked by name: a function's body, a record, a variable."""
    word = kind(at)
    return word == "VAR_DECL" or is_record(at) or (word == "FUNCTION_DECL" and at.is_definition())


def _records(waiting: list[Cursor]) -> dict[str, Cursor]:
    found: dict[str, Cursor] = {}
    while waiting:
        one = waiting.pop()
        if one.is_definition():
            found.setdefault(record_name(one), one)
            waiting += [each for each in children(one) if is_record(each)]
    return found


def shown(name: str) -> str:
    """Return the name under which a function is asked for: a system call's is short."""
    return name.removeprefix("__do_") if name.startswith(_SYSTEM_CALLS) else name


def is_wrapper(name: str) -> bool:
    """Return whether a function is one that ``SYSCALL_DEFINE`` makes round the body."""
    return name.startswith(_WRAPPERS)


def read(given: Given) -> Reader:
    """Return a file of a tree, parsed; raises ``clang.cindex`` errors where that fails."""
    parsed = parse(given.file, given.arguments, given.unsaved)
    return Reader(given, parsed, Types(parsed.cursor))
