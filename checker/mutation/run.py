"""A mutation run: the baseline, the mutants that are asked for, and what became of each."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from checker.mutation.baseline import baseline
from checker.mutation.calls import decided
from checker.mutation.catalogue import of_calls
from checker.mutation.mutant import Mutant
from checker.mutation.told import Told
from checker.run import verify
from model.revisions import REVISIONS
from properties.catalogue import all_properties

SEED = 1
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Asked:
    """What a run is about: rooms (all of them if none is named), and a sample of a size."""

    rooms: tuple[str, ...] = ()
    sample: int = 0
    seed: int = SEED

    def chosen(self, mutants: list[Mutant]) -> list[Mutant]:
        """Return the mutants asked for, in their own order."""
        mine = [one for one in mutants if not self.rooms or one.room in self.rooms]
        if not self.sample or self.sample >= len(mine):
            return mine
        places = sorted(random.Random(self.seed).sample(range(len(mine)), self.sample))
        return [mine[place] for place in places]


def mutate(
    asked: Asked, *, jobs: int | None = None, progress: Progress = lambda _count: None
) -> list[Told]:
    """Return what became of each mutant asked for.

    The whole catalogue is decided without a mutant first; raise :class:`Problem` if a verdict
    is not the declared one.
    """
    chosen = asked.chosen(of_calls())
    ids = [prop.id for prop in all_properties()]
    known = baseline(verify(ids, list(REVISIONS), jobs=jobs, blame=False))
    told = list(decided(chosen, known, jobs=jobs, progress=progress))
    place = {mutant.name: index for index, mutant in enumerate(chosen)}
    return sorted(told, key=lambda one: place[one.name])
