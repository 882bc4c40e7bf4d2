"""What rows and effects come to of open calls, read once for kernels that answer alike.

Of the kernels that are compared few look up anything else in a row: who answers alike to all that
the row looked up, of a call whose facts are the same terms, has the same term.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache, wraps
from typing import Any, TypeAlias, TypeVar

from checker.readings.noted import Noted, Reticent, Seen
from model.call import Call
from model.kernel import Kernel
from model.node import Term
from model.rows import Effect, Rejection

F = TypeVar("F")
R = TypeVar("R")


class Sharing(Reticent):
    """A kernel whose rows and effects are read once for all that answer alike."""

    __slots__ = ()

    def rows(self, table: list[Any]) -> list[tuple[Any, Any]]:
        """Return every row of a table, its condition read once for all kernels alike."""
        return _rows(id(table), tuple(Reticent.rows(self, table)))

    def read(self, declared: Any) -> Any:
        """Return effects that are decided once for all kernels alike; all else as it is."""
        if isinstance(declared, list) and declared and isinstance(declared[0], Effect):
            return _effects(id(declared), tuple(declared))
        return declared


_SHARING = Sharing("", {})


def sharing(kernel: Kernel, seen: Seen) -> Kernel:
    """Return a kernel as it is declared that reads with others, and notes that in ``seen``."""
    return _SHARING.through(Noted(kernel, seen))


Asked: TypeAlias = "list[tuple[Seen, Any]]"
"""What was looked up, and what it came to."""

_ANSWERS: dict[tuple[Any, int], tuple[Any, Asked]] = {}
"""By the question and by where its facts are, which stay there as long as they are kept here."""


def answered(kernel: Kernel, question: Callable[[Kernel, F], R], facts: F) -> R:
    """Return what such a kernel answers about open facts: asked once of all that answer alike."""
    _facts, before = _ANSWERS.setdefault((question, id(facts)), (facts, []))
    has: Any = kernel.known
    answer: R = _of_alike(before, has, lambda: question(kernel, facts))
    return answer


def _of_alike(before: Asked, has: Noted, work: Callable[[], Any]) -> Any:
    """Return what was worked out before by who answered alike to all that was looked up."""
    for seen, value in before:
        if all(has[key] is there for key, there in seen.items()):
            return value
    before.append(has.meanwhile(work))
    return before[-1][1]


@lru_cache(maxsize=64)
def _rows(_table: int, rows: tuple[tuple[Any, Any], ...]) -> list[tuple[Any, Any]]:
    return [
        (replace(row, condition=_once(row.condition)), there)
        if isinstance(row, Rejection) else (row, there)
        for row, there in rows
    ]


@lru_cache(maxsize=64)
def _effects(_list: int, effects: tuple[Effect, ...]) -> list[Effect]:
    return [replace(one, value=_once(one.value)) for one in effects]


def _once(function: Callable[[Call], Any]) -> Callable[[Call], Any]:
    """Return a function of calls that is asked once by all that answer alike to what it asks."""
    known: dict[int, Asked] = {}

    @wraps(function)
    def asked(call: Call) -> Any:
        has: Any = call.kernel.known
        if type(has) is not Noted:
            return function(call)
        return _of_alike(known.setdefault(_FACTS.of(call), []), has, lambda: function(call))

    return asked


class _Facts:
    """Numbers for the facts of calls, kernels apart: one for those that are the same terms."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._parts: dict[int, tuple[Any, int]] = {}
        self._last: tuple[Call | None, int] = None, 0

    def of(self, call: Call) -> int:
        """Return the number of a call's facts."""
        if self._last[0] is not call:
            parts = (call.request, call.args, call.current, call.system, call.chance)
            self._last = call, self._number(tuple(map(self._part, parts)))
        return self._last[1]

    def _part(self, record: Any) -> int:
        known = self._parts.get(id(record))
        if known is None:
            known = self._parts[id(record)] = record, self._number(_flat(record))
        return known[1]

    def _number(self, key: Any) -> int:
        return self._numbers.setdefault(key, len(self._numbers))


_FACTS = _Facts()


def _flat(fact: Any) -> Any:
    if isinstance(fact, Term):
        return fact.serial
    if is_dataclass(fact):
        parts = (getattr(fact, one.name) for one in fields(fact))
        return (type(fact).__name__, *map(_flat, parts))
    return type(fact).__name__, fact
