"""Keys of what was read: two that are equal read the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from hashlib import sha256
from typing import Any, TypeAlias

from source.c.ir import ARRAY, POINTER, RECORD, Assign, Binary, CType, Index, Record, Step

RecordOf: TypeAlias = Callable[[str], Record | None]

_SIZED = (Assign, Binary, Index, Step)
"""Where the size of what a pointer points to counts."""


def digest(node: object, record: RecordOf) -> str:
    """Return a key of nodes without lines and the names of locals.

    The size of a record counts where it matters: by ``sizeof``, and in steps of a pointer.
    """
    told = sha256()
    _feed(told, node, record)
    return told.hexdigest()


def _feed(told: Any, one: Any, record: RecordOf) -> None:
    if isinstance(one, tuple):
        told.update(b"(")
        for each in one:
            _feed(told, each, record)
        told.update(b")")
    elif isinstance(one, CType):
        bits = 0 if one.kind in (RECORD, ARRAY) else one.bits
        told.update(f"{one.kind} {bits} {one.signed} {one.name} {one.volatile},".encode())
    elif hasattr(one, "__dataclass_fields__"):
        told.update(type(one).__name__.encode())
        for name in _compared(one.__class__):
            _feed(told, getattr(one, name), record)
        if isinstance(one, _SIZED):
            told.update(f"{_step(one, record)}".encode())
        told.update(b";")
    else:
        told.update(f"{one!r},".encode("utf-8", "surrogateescape"))


@cache
def _compared(of: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(of) if each.compare)


def _step(node: Assign | Binary | Index | Step, record: RecordOf) -> list[int]:
    if isinstance(node, Binary):
        types = [node.left.type, node.right.type] if node.operator in ("+", "-") else []
    elif isinstance(node, Index):
        return [_size(node.type.name, record)]
    else:
        moves = isinstance(node, Step) or node.operator in ("+", "-")
        types = [node.type] if moves else []
    return [_size(each.name.removesuffix(" *"), record) for each in types if each.kind == POINTER]


def _size(name: str, record: RecordOf) -> int:
    found = record(name)
    return found.bits if found else 0
