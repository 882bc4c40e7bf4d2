"""What a file of SCML is made of: rules for calls, and patterns for their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

INTEGER = "INTEGER"


@dataclass(frozen=True, slots=True)
class Anything:
    """No constraint."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Any of these names joined, or none of them, which is 0; ``integer``: or any number."""

    names: frozenset[str]
    integer: bool = False
    at: str = ""
    """File and line."""


@dataclass(frozen=True, slots=True)
class Struct:
    """Fields that are all there; others only if it is ``open``."""

    fields: Mapping[str, Pattern] = field(default_factory=dict)
    open: bool = False


@dataclass(frozen=True, slots=True)
class Structs:
    """One of some structs."""

    structs: tuple[Struct, ...]


@dataclass(frozen=True, slots=True)
class Array:
    """Elements each of which is as one of these."""

    elements: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """The name of a file."""


Pattern: TypeAlias = "Anything | Flags | Struct | Structs | Array | Path"


@dataclass(frozen=True, slots=True)
class Rule:
    """Arguments with which a call is accepted; ``open``: with more behind them, too."""

    call: str
    parameters: tuple[Pattern, ...]
    open: bool
    at: str
    """File and line."""
