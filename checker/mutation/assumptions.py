"""Mutants of the assumptions on states: each dropped, and each without one of its parts."""

from __future__ import annotations

from collections.abc import Iterator

from checker.mutation.mutant import Mutant
from checker.mutation.source import variants
from model.wellformed import ASSUMPTIONS

ROOM = "assumptions"
OF = "states"


def of_assumptions() -> Iterator[Mutant]:
    """Yield the mutants under which more states are well formed."""
    for place, assumption in enumerate(ASSUMPTIONS):
        row = assumption.__name__.replace("_", " ")
        yield Mutant(ROOM, OF, row, "dropped", ASSUMPTIONS, {place: []})
        for variant in variants(assumption):
            if variant.change.startswith("without"):
                edits = {place: [variant.function]}
                yield Mutant(ROOM, OF, row, variant.change, ASSUMPTIONS, edits)
