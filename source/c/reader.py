"""A parsed file, asked by name: functions, records, initialisers, what it rests on."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from clang import cindex

from source.c.functions import Lowered, Written, lowered
from source.c.ir import CType, FunctionBody, Record
from source.c.library import ERROR, Cursor, ParsedFile, children, kind, printed
from source.c.types import Types, is_record, record_name

_SYSTEM_CALLS = ("__do_sys_", "__do_compat_sys_")
_WRAPPERS = ("__se_sys_", "__x64_sys_", "__ia32_sys_", "__se_compat_sys_", "__ia32_compat_sys_")
"""What ``SYSCALL_DEFINE`` makes: the body, named ``sys_clone3`` here, and those that call it."""

_ABSENT = re.compile(r"'([^']+)' file not found")
_KEEP_GOING = 0x200
Told: TypeAlias = Any
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
        for each in children(self.parsed.cursor):
            if kind(each) == "VAR_DECL" and (each.is_definition() or each.spelling not in found):
                found[each.spelling] = each
        return found

    def place(self, file: object) -> str:
        """Return a file's path within the tree, where it is of the tree."""
        name = "" if file is None else str(getattr(file, "name", file))
        return name.removeprefix(f"{self.root}/")

    def names(self) -> list[str]:
        """Return the names of the functions that the file itself defines, in order."""
        return [
            name
            for name, at in self._definitions.items()
            if self.place(at.location.file) == self.path and not name.startswith(_WRAPPERS)
        ]

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
        return None if body is None else digest(body)

    def variable(self, name: str) -> str | None:
        """Return a key of a variable's type and initialiser, or ``None`` where it is not known."""
        at = self._variables.get(name)
        if at is None:
            return None
        return hashlib.sha256(f"{self.types.of(at.type)!r} {printed(at)}".encode()).hexdigest()


def _shown(name: str) -> str:
    return name.removeprefix("__do_") if name.startswith(_SYSTEM_CALLS) else name


def digest(body: FunctionBody) -> str:
    """Return a key of a function's nodes without lines and the names of its locals."""
    told = hashlib.sha256()
    _feed(told, body)
    return told.hexdigest()


def _feed(told: Told, one: object) -> None:
    if isinstance(one, tuple):
        told.update(b"(")
        for each in one:
            _feed(told, each)
        told.update(b")")
    elif isinstance(one, CType) or not hasattr(one, "__dataclass_fields__"):
        told.update(f"{one!r},".encode("utf-8", "surrogateescape"))
    else:
        told.update(type(one).__name__.encode())
        for each in fields(one):  # type: ignore[arg-type]
            if each.compare:
                _feed(told, getattr(one, each.name))
        told.update(b";")


def read(root: Path, path: str, arguments: list[str], texts: dict[str, str]) -> Reader:
    """Return a file of a tree, parsed; raises ``clang.cindex`` errors where that fails."""
    unsaved = [(str(root / name), text) for name, text in texts.items()]
    parsed = cindex.Index.create().parse(
        str(root / path), args=arguments, unsaved_files=unsaved, options=_KEEP_GOING
    )
    return Reader(root, path, parsed, texts, Types(parsed.cursor))
