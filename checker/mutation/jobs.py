"""The work of a mutation run as jobs that know nothing of each other, the longest first."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from checker.mutation.baseline import Baseline
from checker.mutation.calls import fates, parts
from checker.mutation.catalogue import of_calls
from checker.mutation.flipped import of_flips
from checker.mutation.flips import ROOM as PATCHES
from checker.mutation.flips import of_kernels
from checker.mutation.histories import of_system
from checker.mutation.kept import Timed
from checker.mutation.mutant import Mutant
from checker.mutation.premises import ROOM as PREMISES
from checker.mutation.premises import of_conditions, of_statements
from checker.mutation.steps import ROOM as STEPS
from checker.mutation.steps import StepMutant
from checker.mutation.told import MutantFate
from model.over_time.catalogue import SYSTEMS
from model.patches import PATCHES as PATCHES_IN_ORDER
from properties.catalogue import all_properties
from properties.claim import Property

M = TypeVar("M", bound="Mutant | StepMutant")
SEED = 1
STATEMENTS = 25
"""So many statements are asked about their premises in one encoding."""
FLIPS = 900
"""At most so many flips stand in one encoding."""


@dataclass(frozen=True)
class Selection:
    """What a run is about: rooms (all if none is named), and every how-manieth mutant."""

    rooms: tuple[str, ...] = ()
    one_in: int = 1
    seed: int = SEED

    def has(self, room: str) -> bool:
        """Return whether a room is asked about."""
        return not self.rooms or room in self.rooms

    def chosen(self, mutants: Iterable[M]) -> list[M]:
        """Return the mutants asked for; the choice depends on the seed and each one's name."""
        return [one for one in mutants if self.has(one.room) and self.draws(one.name)]

    def draws(self, name: str) -> bool:
        """Return whether what has this name is drawn."""
        drawn = hashlib.sha256(f"{self.seed}:{name}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") % self.one_in == 0


@dataclass(frozen=True)
class Job:
    """Some mutants to decide."""

    name: str
    run: Callable[[], list[MutantFate]]


def jobs_of(asked: Selection, calls: Baseline, timed: Timed) -> list[Job]:
    """Return the jobs of a run, those that take longest first."""
    made = [*_flips(asked, calls, timed), *_calls(asked, calls)]
    if asked.has(STEPS):
        made += _systems(asked, timed)
    return [*made, *_premises(asked, calls)]


def _calls(asked: Selection, calls: Baseline) -> Iterator[Job]:
    for part in parts(asked.chosen(of_calls())):
        yield Job(f"{part.of}: {part.mutants[0].name} …", partial(fates, part, calls))


def _flips(asked: Selection, calls: Baseline, timed: Timed) -> Iterator[Job]:
    """Yield flips with those of the same patch together: they change the same systems."""
    flips = asked.chosen(of_kernels()) if asked.has(PATCHES) else []
    flips.sort(key=lambda flip: PATCHES_IN_ORDER.index(flip.patch))
    for begin in range(0, len(flips), FLIPS):
        some = flips[begin : begin + FLIPS]
        yield Job(f"patches: {some[0].name} …", partial(of_flips, some, calls, timed))


def _premises(asked: Selection, calls: Baseline) -> Iterator[Job]:
    props = [prop for prop in all_properties() if asked.draws(prop.id)]
    if asked.has(PREMISES):
        yield Job("premises: what statements share", partial(_shared, asked, calls))
    for begin in range(0, len(props), STATEMENTS) if asked.has(PREMISES) else ():
        some = props[begin : begin + STATEMENTS]
        yield Job(f"premises: {some[0].id} …", partial(_listed_premises, some, calls))


def _shared(asked: Selection, calls: Baseline) -> list[MutantFate]:
    return list(of_conditions(asked.draws, calls))


def _listed_premises(props: list[Property], calls: Baseline) -> list[MutantFate]:
    return list(of_statements(props, calls))


def _systems(asked: Selection, timed: Timed) -> list[Job]:
    slow = ("user_namespaces", "accounts", "ucounts_references", "inheritance")
    names = sorted(SYSTEMS, key=lambda name: name not in slow)
    return [Job(name, partial(of_system, SYSTEMS[name], timed, asked.chosen)) for name in names]
