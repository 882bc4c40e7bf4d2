"""What every part of the lowering shares: the function at hand and its locals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from source.c.census import Census
from source.c.ir import (
    CType,
    Expression,
    Statement,
    Strange,
    Unread,
)
from source.c.library import Cursor, identity, kind, words
from source.c.printed import COUNTED_NAMES, Printed
from source.c.types import Types

DEEPEST = 300
"""Nodes inside one another that are read; deeper ones are not understood."""

ReadExpression: TypeAlias = Callable[["Lowering", Cursor, CType, int], Expression]
ReadStatement: TypeAlias = Callable[["Lowering", Cursor, int], list[Statement]]
ReadInitial: TypeAlias = Callable[["Lowering", Cursor], Expression]


@dataclass
class Readers:
    """Who reads which kind of cursor."""

    expressions: dict[str, ReadExpression]
    statements: dict[str, ReadStatement]
    initial: ReadInitial


@dataclass
class Lowering:
    """A function on its way from cursors to nodes."""

    function: str
    types: Types
    readers: Readers
    printed: Printed
    census: Census
    locals: dict[int, int] = field(default_factory=dict)
    visited: set[int] = field(default_factory=set)
    """The expressions and statements that were looked at, by identity."""
    dropped: list[Cursor] = field(default_factory=list)
    """What was folded into a constant or is a type's operand, and so is not in the nodes."""
    troubles: list[str] = field(default_factory=list)
    assumed: dict[str, None] = field(default_factory=dict)
    elided: int = 0
    """Calls of builtins that stand in the nodes as what they return."""
    used: dict[int, Cursor] = field(default_factory=dict)
    """The declarations of variables, functions and fields outside of the function, by identity."""
    _statics: dict[int, str] = field(default_factory=dict)
    _unique: dict[str, str] = field(default_factory=dict)
    moved: int = 0
    """By how many lines the function stands elsewhere than the compiler says."""
    own: Callable[[str], str] = str
    """Gives a text the function's own name, where the compiler has it under another."""
    _depth: int = 0

    def expression(self, at: Cursor) -> Expression:
        """Return an expression; what is not understood is ``Unread``, with its words."""
        self.visit(at)
        self._depth += 1
        try:
            return self._expression(at)
        finally:
            self._depth -= 1

    def _expression(self, at: Cursor) -> Expression:
        of, line = self.types.of(at.type), self.line(at)
        read = self.readers.expressions.get(kind(at))
        if read is None:
            return self.unread(at, f"{kind(at)} is not read")
        if self._depth > DEEPEST:
            return self.unread(at, "nested too deep")
        return read(self, at, of, line)

    def statements(self, at: Cursor) -> list[Statement]:
        """Return the statements that one cursor stands for: a declaration may be several."""
        self.visit(at)
        self._depth += 1
        try:
            return self._statements(at)
        finally:
            self._depth -= 1

    def _statements(self, at: Cursor) -> list[Statement]:
        line = self.line(at)
        if self._depth > DEEPEST:
            return [self.strange(at, "nested too deep")]
        if 200 <= at._kind_id < 300:
            read = self.readers.statements.get(kind(at))
            if read is None:
                return [self.strange(at, f"{kind(at)} is not read")]
            return read(self, at, line)
        return self.readers.statements["expression"](self, at, line)

    def initial(self, at: Cursor) -> Expression:
        """Return what an object begins as: a value or a braced initialiser."""
        return self.readers.initial(self, at)

    def line(self, at: Cursor) -> int:
        """Return the line that a cursor stands in."""
        return int(at.location.line) + self.moved

    def visit(self, at: Cursor) -> None:
        """Note that a cursor was looked at."""
        self.visited.add(identity(at))

    def drop(self, at: Cursor) -> None:
        """Note a part that the nodes leave out on purpose."""
        self.dropped.append(at)

    def unread(
        self, at: Cursor, why: str, parts: tuple[Expression, ...] = (), of: CType | None = None
    ) -> Unread:
        """Return an expression that is not understood; its parts not given are dropped."""
        if not parts:
            self.drop(at)
        shape = of or self.types.of(at.type)
        if "dependent" in shape.name:
            self.troubles.append(f"line {self.line(at)}: the compiler gave an expression up")
        return Unread(shape, words(at), why, parts, self.line(at), self.printed.mark)

    def strange(self, at: Cursor, why: str) -> Strange:
        """Return a statement that is not understood."""
        self.drop(at)
        return Strange(words(at), why, self.line(at), self.printed.mark)

    def declare(self, at: Cursor) -> int:
        """Return the number of a local variable, a new one the first time."""
        return self.locals.setdefault(identity(at), len(self.locals))

    def static(self, at: Cursor) -> str:
        """Return the name of a ``static`` variable of the function."""
        key = identity(at)
        if key not in self._statics:
            name = f"{self.function}.{self.named(at.spelling)}"
            taken = list(self._statics.values())
            count = sum(each.partition("#")[0] == name for each in taken)
            self._statics[key] = name if not count else f"{name}#{count + 1}"
        return self._statics[key]

    def named(self, name: str) -> str:
        """Return a name; one that the macros number through the file is numbered from here."""
        stem = COUNTED_NAMES.sub(r"\1", name)
        if stem == name:
            return name
        if name not in self._unique:
            count = sum(each.rpartition("#")[0] == stem for each in self._unique.values())
            self._unique[name] = f"{stem}#{count + 1}"
        return self._unique[name]

    def loop(self, at: Cursor) -> tuple[bool, bool, bool] | None:
        """Return which parts the head of a ``for`` has, or ``None`` where it is not told."""
        place = self.census.loops.get(identity(at))
        told = self.printed.loops
        agree = len(told) == len(self.census.loops)
        return told[place] if agree and place is not None else None

    def assembly(self, at: Cursor) -> list[str] | None:
        """Return the printed words of an ``asm``, or ``None`` where they are not told."""
        place = self.census.assemblies.get(identity(at))
        told = self.printed.assemblies
        agree = len(told) == len(self.census.assemblies)
        return told[place] if agree and place is not None else None

    def generic(self, at: Cursor) -> list[str] | None:
        """Return the printed words inside a ``_Generic``, or ``None`` where they are not told."""
        place = self.census.generics.get(identity(at))
        told = self.printed.generics
        agree = len(told) == len(self.census.generics)
        return told[place] if agree and place is not None else None

    def use(self, at: Cursor) -> None:
        """Note a declaration that the function rests on."""
        self.used.setdefault(identity(at), at)
