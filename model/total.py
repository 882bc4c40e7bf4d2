"""A table with a row for each member of an enumeration: a row that is missing is told at once."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import Enum
from typing import TypeVar

from model.mistake import Mistake, place

K = TypeVar("K", bound=Enum)
V = TypeVar("V")


def total(members: Iterable[K], table: dict[K, V]) -> dict[K, V]:
    """Return a table; raise :class:`~model.mistake.Mistake` at its place if a row is missing."""
    for member in members:
        if member not in table:
            frame = sys._getframe(1)
            where = place(frame.f_code.co_filename, frame.f_lineno)
            missing = f"{type(member).__name__}.{member.name}"
            raise Mistake(f"{where}: this table has no row for {missing}")
    return table
