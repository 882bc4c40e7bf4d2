"""What a question is made of, as it was written: nothing of it means anything yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written; ``place`` is its column, from 1."""

    value: int
    place: int


@dataclass(frozen=True, slots=True)
class Text:
    """Something in quotation marks."""

    value: str
    place: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name, with points between its parts."""

    parts: tuple[str, ...]
    place: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Joined:
    """Two or more parts under one operator: ``and``, ``or``, ``+``, ``|`` …"""

    operator: str
    parts: tuple[Node, ...]
    place: int


@dataclass(frozen=True, slots=True)
class Prefixed:
    """An operator before its one part: ``not``, ``-``, ``~``."""

    operator: str
    part: Node
    place: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison: ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` or ``has``."""

    operator: str
    left: Node
    right: Node
    place: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """Whether something is one of several: ``errno in (EINVAL, EPERM)``."""

    part: Node
    among: tuple[Node, ...]
    place: int


Node: TypeAlias = Number | Text | Name | Joined | Prefixed | Compared | OneOf
