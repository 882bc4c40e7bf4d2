"""States and steps that explorations meet, and what statements claim of them.

Most steps do the same on most kernels.  What is claimed of a state, or of the states before
and after a step, depends on those and on what the statement asks of the kernel; so it is
asked again only for a kernel that would have answered otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, TypeAlias

from checker.over_time.watched import Watched
from model.due import bare
from model.kernel import Kernel
from properties.claim import Claim

Statement: TypeAlias = "Callable[..., Claim]"
Case: TypeAlias = "tuple[Any, ...]"
"""One thing that a statement is made of, or nothing if it is made of none."""

NEITHER, WRONG, IDLE, KEPT = 1, 2, 3, 4
"""A claim in a byte: no premise and no conclusion, premise alone, conclusion alone, both."""

PREMISE, CONCLUSION = bytes((WRONG, KEPT)), bytes((IDLE, KEPT))


class Met:
    """States, alone or those before and after a step, by numbers that all kernels share."""

    def __init__(self) -> None:
        self.places: list[tuple[Any, ...]] = []
        self._states: dict[Any, int] = {}
        self._numbers: dict[tuple[int, ...], int] = {}
        self._told: dict[tuple[Statement, tuple[Case, ...]], list[ToldPlaces]] = {}

    def states(self, states: Iterable[Any]) -> list[int]:
        """Return the numbers of states."""
        known = self._states
        return [known.setdefault(state, len(known)) for state in states]

    def place(self, key: tuple[int, ...], *states: Any) -> int:
        """Return the number of a place: of the states that have these numbers."""
        number = self._numbers.setdefault(key, len(self.places))
        if number == len(self.places):
            self.places.append(states)
        return number

    @contextmanager
    def asking(
        self, watched: Watched, statement: Statement, cases: tuple[Case, ...] = ((),)
    ) -> Iterator[list[Asking]]:
        """Yield who says what a statement, case by case, claims of places on a kernel.

        What was asked of other kernels, which answered alike, counts as asked of this one.
        """
        known = self._told.setdefault((statement, cases), [])
        told = next((one for one in known if watched.takes_over(one.seen)), None)
        if told is None:
            told = ToldPlaces(cases)
            known.append(told)
        try:
            yield [
                Asking(self.places, watched.kernel, statement, case, claims)
                for case, claims in zip(cases, told.claims, strict=True)
            ]
        finally:
            told.seen.update(watched.seen)


class ToldPlaces:
    """What a statement claims of places, a byte each, and what it asked of kernels meanwhile."""

    def __init__(self, cases: tuple[Case, ...]) -> None:
        self.seen: dict[Any, Any] = {}
        self.claims = [bytearray() for _ in cases]


class Batch:
    """Places that are asked about together."""

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers
        self._of: Callable[[Any], Any] = itemgetter(*numbers, 0) if numbers else lambda _: (0,)

    def of(self, claims: bytearray) -> bytes:
        """Return what is claimed of each, 0 for those that were not asked about."""
        return bytes(self._of(claims)[:-1])


class Asking:
    """A statement, or a case of it, on a kernel: asked once about each place."""

    def __init__(
        self,
        places: list[tuple[Any, ...]],
        kernel: Kernel,
        statement: Statement,
        case: Case,
        claims: bytearray,
    ) -> None:
        self._places, self._kernel, self._claims = places, kernel, claims
        self._statement, self._bare, self._case = statement, bare(statement), case

    def some(self, some: Batch) -> bytes:
        """Return what is claimed of some places, a byte each."""
        said = some.of(self._known())
        if 0 not in said:
            return said
        self._ask([number for number, claim in zip(some.numbers, said, strict=True) if not claim])
        return some.of(self._claims)

    def one(self, number: int) -> int:
        """Return what is claimed of one place."""
        if not self._known()[number]:
            self._ask([number])
        return self._claims[number]

    def _known(self) -> bytearray:
        """Return what was claimed so far, with room for places that were met since."""
        missing = len(self._places) - len(self._claims)
        if missing:
            self._claims.extend(bytes(missing))
        return self._claims

    def _ask(self, numbers: list[int]) -> None:
        kernel, case, claims = self._kernel, self._case, self._claims
        places, asked = self._places, self._bare
        for number in numbers:
            claim = asked(kernel, *places[number], *case)
            if type(claim) is not Claim:
                self._statement(kernel, *places[number], *case)  # says what is wrong with it
            if claim.premise:
                claims[number] = KEPT if claim.conclusion else WRONG
            else:
                claims[number] = IDLE if claim.conclusion else NEITHER
