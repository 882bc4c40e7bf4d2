"""What statements claim of states and steps, on all kernels of a search at once.

A place is a state, or the states before and after a step.  Of each the kernels are noted, a
bit each, on which a statement's premise holds there, and on which its conclusion does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from checker.over_time.explore import Explored
from checker.over_time.frontier import Exploration, each_once
from checker.over_time.store import Numbers
from checker.over_time.together import AKernel
from checker.readings.rows import Paths, Rows
from model.due import bare
from properties.claim import Claim

Bits: TypeAlias = NDArray[np.int64]
Statement: TypeAlias = "Callable[..., Claim]"


@dataclass(frozen=True, eq=False)
class Claims:
    """Place by place the kernels on which the premise holds, and on which the conclusion does."""

    premise: Bits
    conclusion: Bits

    @property
    def wrong(self) -> Bits:
        """Return place by place the kernels on which the statement is broken there."""
        return self.premise & ~self.conclusion


class Places:
    """States, or pairs of them, each with the kernels on which it is met."""

    def __init__(self, search: Exploration, numbers: Sequence[Numbers], kernels: Bits) -> None:
        self._search, self._numbers, self.kernels = search, numbers, kernels
        self._paths = Paths(len(kernels))

    @cached_property
    def _records(self) -> tuple[Any, ...]:
        store = self._search.store
        known: dict[int, Any] = {}
        for one in self._numbers:
            if id(one) not in known:
                known[id(one)] = store.rows(self._paths, store.words(one))
        return tuple(known[id(one)] for one in self._numbers)

    def claims(
        self, statement: Statement, case: tuple[Any, ...] = (), of: Bits | None = None
    ) -> Claims:
        """Return what a statement claims of the places; ``of`` are those that are asked about."""
        made = Claims(*(np.zeros(len(self.kernels), dtype=np.int64) for _ in range(2)))
        paths = self._paths
        paths.masks = masks = self.kernels if of is None else of
        there = int(np.bitwise_or.reduce(masks)) if len(masks) else 0
        if not there:
            return made
        kernel, records = AKernel(self._search.kernels, paths), self._records
        asked = bare(statement)
        rows = paths.on(np.arange(len(masks)), there)
        for claim in paths.of(lambda: asked(kernel, *records, *case), rows, there):
            if type(claim) is not Claim:
                statement(kernel, *records, *case)  # says what is wrong with it
            active = paths.active
            on = masks[active] & paths.kernels
            _note(made.premise, claim.premise, on, active)
            _note(made.conclusion, claim.conclusion, on, active)
        return made


def _note(noted: Bits, truth: Any, on: Bits, active: Numbers) -> None:
    """Note the kernels on which some places are, where a truth holds."""
    if isinstance(truth, Rows):
        noted[active] |= np.where(truth.column[active], on, 0)
    elif truth:
        noted[active] |= on


class Met:
    """The states and steps of a search, each once, whatever kernels come there."""

    def __init__(self, search: Exploration, explored: Sequence[Explored]) -> None:
        self.explored = list(explored)
        room = search.store.size
        states, self.at_states, kernels = _once([one.numbers for one in explored], explored)
        self.states = Places(search, [states], kernels)
        self.standing = Places(search, [states, states], kernels)
        pairs = [one.numbers[one.table[0]] * room + one.table[3] for one in explored]
        steps, self.at_steps, kernels = _once(pairs, explored)
        before, after = steps // room, steps % room
        self.steps = Places(search, [before, after], kernels)
        self.before = np.searchsorted(states, before)
        """Step by step the place of the state before it."""


def _once(
    parts: Sequence[Numbers], explored: Sequence[Explored]
) -> tuple[Numbers, list[Numbers], Bits]:
    """Return what is in some parts, each once, where that of each part is, and on which kernels."""
    every, where = each_once(parts)
    kernels = np.zeros(len(every), dtype=np.int64)
    for one, mine in zip(explored, where, strict=True):
        kernels[mine] |= one.kernels
    return every, where, kernels


def by_kernel(
    wrong: Bits, premise: Bits, kernels: int
) -> Iterator[tuple[int, int | None, int | None]]:
    """Yield, with the kernels, the first place that is wrong, or else that has the premise."""
    left = kernels
    for bits, place in _first(wrong, kernels):
        left &= ~bits
        yield bits, place, None
    for bits, place in _first(premise, left):
        left &= ~bits
        yield bits, None, place
    if left:
        yield left, None, None


def _first(noted: Bits, kernels: int) -> Iterator[tuple[int, int]]:
    """Yield the kernels that are noted anywhere, with the first place where they are."""
    left = kernels & int(np.bitwise_or.reduce(noted, initial=0))
    while left:
        first = int(np.argmax((noted & left) != 0))
        bits = int(noted[first]) & left
        yield bits, first
        left &= ~bits
