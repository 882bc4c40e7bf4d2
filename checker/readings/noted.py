"""Kernels that note what they are asked: who answers all of it alike has the same future."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

from model.algebra import Truth, both
from model.call import Call
from model.kernel import Kernel
from model.rows import Condition, Rejection

R = TypeVar("R")
Seen = dict[Any, Any]
"""Patches, and the name, by what a kernel answered when they were looked up."""


class Noted:
    """What a kernel knows, its patches and its name, each noted when it is looked up."""

    def __init__(self, kernel: Kernel, seen: Seen) -> None:
        self._kernel, self._seen = kernel, seen

    def __getitem__(self, key: Any) -> Any:
        there = self._seen[key] = self._kernel[key]
        return there

    def meanwhile(self, work: Callable[[], R]) -> tuple[Seen, R]:
        """Return what is looked up while something is worked out, beside what it comes to."""
        before, self._seen = self._seen, {}
        try:
            made = work()
        finally:
            seen, self._seen = self._seen, before
            before.update(seen)
        return seen, made

    def __or__(self, others: dict[Any, Any]) -> Any:
        return ChainMap(others, self)  # type: ignore[arg-type]


def answers_alike(kernel: Kernel, seen: Seen) -> bool:
    """Return whether a kernel answers as another did to all that was looked up."""
    return all(kernel[key] is there for key, there in seen.items())


class Reticent(Kernel):
    """A kernel that looks up where a rejection stands only once its condition holds."""

    __slots__ = ()

    def rows(self, table: list[Any]) -> list[tuple[Any, Truth]]:
        """Return every row of a table, each rejection with where it stands in its condition."""
        return _late(id(table), tuple(table))


_RETICENT = Reticent("", {})


def noting(kernel: Kernel, seen: Seen) -> Kernel:
    """Return a kernel as it is declared that looks up little, and notes that in ``seen``."""
    return _RETICENT.through(Noted(kernel, seen))


class Questions:
    """What was asked of any kernel, what was looked up of it meanwhile, and its answer.

    Such a kernel is only what it answers: one with a mutant is to be asked itself.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], list[tuple[Seen, Any]]] = {}

    def answer(self, kernel: Kernel, question: Callable[..., R], *facts: Any) -> R:
        """Return what a kernel answers: whoever knows the same of what is looked up, does too."""
        known = self._known.setdefault((question, *facts), [])
        for seen, answer in known:
            if answers_alike(kernel, seen):
                same: R = answer
                return same
        seen = {}
        known.append((seen, question(noting(kernel, seen), *facts)))
        new: R = known[-1][1]
        return new


@lru_cache(maxsize=64)
def _late(_table: int, rows: tuple[Any, ...]) -> list[tuple[Any, Truth]]:
    return [(_standing(row) if isinstance(row, Rejection) else row, True) for row in rows]


def _standing(row: Rejection) -> Rejection:
    return replace(row, condition=_both(row.condition, row))


def _both(condition: Condition, row: Rejection) -> Condition:
    def holds(call: Call) -> Truth:
        refused = condition(call)
        return False if refused is False else both(call.kernel.stands(row.where), refused)

    return holds
