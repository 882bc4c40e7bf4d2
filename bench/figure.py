"""What a measurement comes to: figures, each beside the last release's, and limits on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.trees import HERE, Tree


@dataclass(frozen=True)
class Plan:
    """How much is measured: so many runs of each, everything or what is quick, and beside what."""

    runs: int = 3
    full: bool = False
    release: Tree | None = None

    @property
    def once(self) -> int:
        """Return the runs of what takes long."""
        return self.runs if self.full else 1

    @property
    def trees(self) -> list[Tree]:
        """Return this tree, and the release's if it is at hand."""
        return [HERE, *([self.release] if self.release else [])]


@dataclass(frozen=True)
class Figure:
    """One thing measured, in a unit; ``there`` is what the last release comes to."""

    part: str
    what: str
    unit: str
    here: float
    there: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Return how many times the last release's it is."""
        return times(self.here, self.there)


@dataclass(frozen=True)
class Limit:
    """What must hold, what was measured of it, and whether it does (``None``: not measured)."""

    number: int
    what: str
    limit: str
    measured: float | None = None
    holds: bool | None = None


def times(one: float | None, other: float | None) -> float | None:
    """Return how many times the other something is, if both were measured."""
    return one / other if one is not None and other else None


def at_most(number: int, what: str, most: float, measured: float | None) -> Limit:
    """Return the limit that something is so large at most."""
    holds = None if measured is None else measured <= most
    return Limit(number, what, f"at most {most:g}", measured, holds)


def at_least(number: int, what: str, least: float, measured: float | None) -> Limit:
    """Return the limit that something is so large at least."""
    holds = None if measured is None else measured >= least
    return Limit(number, what, f"at least {least:g}", measured, holds)


@dataclass
class Figures:
    """All that was measured, what was left out and why, and answers that are wrong."""

    all: list[Figure] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, figures: Iterable[Figure]) -> None:
        """Add figures, as they are measured."""
        self.all.extend(figures)

    def here(self, part: str, what: str, unit: str) -> float | None:
        """Return what this tree comes to, if it was measured."""
        found = self._of(part, what, unit)
        return None if found is None else found.here

    def there(self, part: str, what: str, unit: str) -> float | None:
        """Return what the last release comes to, if it was measured."""
        found = self._of(part, what, unit)
        return None if found is None else found.there

    def ratio(self, part: str, what: str, unit: str) -> float | None:
        """Return how many times the last release's it is, if both were measured."""
        found = self._of(part, what, unit)
        return None if found is None else found.ratio

    def _of(self, part: str, what: str, unit: str) -> Figure | None:
        known = (one for one in self.all if (one.part, one.what, one.unit) == (part, what, unit))
        return next(known, None)
