"""A parsed file, asked by name: functions, records, initialisers, what it rests on."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from source.c.digests import digest
from source.c.functions import Lowered, Written, begun, lowered
from source.c.ir import FunctionBody, Record
from source.c.library import (
    ERROR,
    Cursor,
    ParsedFile,
    children,
    initialiser,
    kind,
    parse,
    skipped_lines,
)
from source.c.printed import COUNTED_NAMES
from source.c.types import Types, is_record, record_name

_SYSTEM_CALLS = ("__do_sys_", "__do_compat_sys_")
_WRAPPERS = ("__se_sys_", "__x64_sys_", "__ia32_sys_", "__se_compat_sys_", "__ia32_compat_sys_")
"""What ``SYSCALL_DEFINE`` makes: the body, named ``sys_clone3`` here, and those that call it."""

_ABSENT = re.compile(r"'([^']+)' file not found")
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

    root: Path
    path: str
    parsed: ParsedFile
    texts: dict[str, str]
    """Texts that stand for the files of the tree, by path."""
    arguments: list[str]
    types: Types = field(default_factory=Types)
    _lowered: dict[str, Lowered] = field(default_factory=dict)
    _files: dict[str, str] = field(default_factory=dict)

    def absent(self) -> list[str]:
        """Return the headers that were asked for and not found."""
        return [found[1] for each in self.errors if (found := _ABSENT.match(each.text))]

    def told_errors(self) -> list[str]:
        """Return the compiler's errors as lines."""
        return [str(each) for each in self.errors]

    def included(self) -> list[str]:
        """Return the files that were included; those of the tree by their path in it."""
        return sorted({self.place(each.include) for each in self.parsed.get_includes()})

    @cached_property
    def errors(self) -> list[Diagnostic]:
        """Return the compiler's errors, in order."""
        return [
            Diagnostic(self.place(each.location.file), each.location.line, each.spelling)
            for each in self.parsed.diagnostics
            if each.severity >= ERROR
        ]

    @property
    def _unsaved(self) -> list[tuple[str, str]]:
        return [(str(self.root / name), text) for name, text in self.texts.items()]

    @cached_property
    def _definitions(self) -> dict[str, Cursor]:
        return {
            _shown(each.spelling): each
            for each in children(self.parsed.cursor)
            if kind(each) == "FUNCTION_DECL" and each.is_definition()
        }

    @cached_property
    def _records(self) -> dict[str, Cursor]:
        found: dict[str, Cursor] = {}
        waiting = [each for each in children(self.parsed.cursor) if is_record(each)]
        while waiting:
            one = waiting.pop()
            if one.is_definition():
                found.setdefault(record_name(one), one)
                waiting += [each for each in children(one) if is_record(each)]
        return found

    @cached_property
    def _variables(self) -> dict[str, Cursor]:
        found: dict[str, Cursor] = {}
        numbers: Counter[str] = Counter()
        for each in children(self.parsed.cursor):
            if kind(each) != "VAR_DECL":
                continue
            name = stem = COUNTED_NAMES.sub(r"\1", each.spelling)
            if stem != each.spelling:
                numbers[stem] += 1
                name = f"{stem}#{numbers[stem]}"
            if each.is_definition() or name not in found:
                found[name] = each
        return found

    def place(self, file: object) -> str:
        """Return a file's path within the tree, where it is of the tree."""
        name = "" if file is None else str(getattr(file, "name", file))
        return name.removeprefix(f"{self.root}/")

    def extents(self) -> dict[str, tuple[int, int]]:
        """Return the lines of the functions that the file itself defines, in order."""
        return {
            name: (at.extent.start.line, at.extent.end.line)
            for name, at in self._definitions.items()
            if not name.startswith(_WRAPPERS) and self.place(at.location.file) == self.path
        }

    def variables(self) -> list[str]:
        """Return the names of the variables that the file itself defines."""
        return [
            name
            for name, at in self._variables.items()
            if at.is_definition() and self.place(at.location.file) == self.path
        ]

    def skipped(self) -> list[tuple[int, int]]:
        """Return the lines of the file that its ``#if`` left out, as ranges."""
        return skipped_lines(str(self.root / self.path), self.arguments, self._unsaved)

    def function(self, name: str) -> FunctionBody | None:
        """Return a function of the file or its headers, or ``None`` where none is defined."""
        found = self._function(name)
        return found.body if found else None

    def _function(self, name: str) -> Lowered | None:
        if name not in self._lowered and name in self._definitions:
            at = self._definitions[name]
            path = self.place(at.location.file)
            extent = at.extent
            errors = [
                f"{each.path}:{each.line}: {each.text}"
                for each in self.errors
                if each.path == path and extent.start.line <= each.line <= extent.end.line
            ]
            text = self._text(path)[extent.start.offset : extent.end.offset]
            written = Written(path, text.decode("utf-8", "replace"), tuple(errors[:_MOST]))
            self._lowered[name] = lowered(at, name, self.types, written)
        return self._lowered.get(name)

    def _text(self, path: str) -> bytes:
        if path in self.texts:
            return self.texts[path].encode()
        try:
            return (self.root / path).read_bytes()
        except OSError:
            return b""

    def record(self, name: str) -> Record | None:
        """Return a structure or union as it is laid out, or ``None`` where it is not defined."""
        at = self._records.get(name)
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


def _shown(name: str) -> str:
    return name.removeprefix("__do_") if name.startswith(_SYSTEM_CALLS) else name


def read(root: Path, path: str, arguments: list[str], texts: dict[str, str]) -> Reader:
    """Return a file of a tree, parsed; raises ``clang.cindex`` errors where that fails."""
    unsaved = [(str(root / name), text) for name, text in texts.items()]
    parsed = parse(str(root / path), arguments, unsaved)
    return Reader(root, path, parsed, texts, arguments, Types(parsed.cursor))
