"""What a measurement comes to: figures, each beside the last release's, and limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.trees import Tree


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


@dataclass(frozen=True)
class Figure:
    """One thing measured, in a unit; ``there`` is what the last release comes to."""

    part: str
    what: str
    unit: str
    here: float | None
    there: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Return how many times the last release's it is."""
        return self.here / self.there if self.here is not None and self.there else None


@dataclass(frozen=True)
class Limit:
    """What must hold, what was measured of it, and whether it does (``None``: not measured)."""

    number: int
    what: str
    limit: str
    measured: str = ""
    holds: bool | None = None


@dataclass
class Figures:
    """All that was measured, what was left out and why, and answers that are wrong."""

    all: list[Figure] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, figures: Iterable[Figure]) -> None:
        """Add figures."""
        self.all += figures

    def of(self, part: str, what: str, unit: str) -> Figure | None:
        """Return a figure, if it was measured."""
        known = (one for one in self.all if (one.part, one.what, one.unit) == (part, what, unit))
        return next(known, None)
