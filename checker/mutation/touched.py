"""On which calls a change could show: where a changed row is reached and comes out otherwise.

What an unchanged table does on calls at hand is worked out once; of a mutant only what it changes
is.  This is where to look, and proves nothing: a mutant that touches no call at hand is asked of
the solver, and one that does need not be noticed.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.mutation.at_hand import CallsAtHand
from checker.mutation.mutant import Mutant
from checker.readings.columns import Truths, truths
from checker.readings.subjects import ENDS, RANGES
from model.algebra import both, either, no
from model.call import Call
from model.rows import Rejection, Taken
from model.tables import Table, tables
from model.wellformed import ASSUMPTIONS


class UnchangedOutcome:
    """What becomes of calls at hand: who gets how far, who fails where, what effects decide."""

    def __init__(self, at_hand: CallsAtHand) -> None:
        self.at_hand, self.many = at_hand, at_hand.many
        self.table: Table = tables()[ENDS[at_hand.subject]]

    @cached_property
    def call(self) -> Call:
        """Return the calls as the rows of the table read them."""
        return self.table.reads(self.many.call)

    @cached_property
    def possible(self) -> Any:
        """Return which of the calls can be made."""
        return self.many.possible(self.at_hand.subject)

    @cached_property
    def _walk(self) -> tuple[list[Any], list[Any], Any]:
        """Return per row who reaches it, and who meets its condition; and who gets to the end."""
        alive, reached, met = self.possible, [], []
        for row in self.table.rows:
            there = self._meets(row)
            reached.append(alive)
            met.append(there)
            if isinstance(row, Rejection):
                alive = both(alive, no(there))
        return reached, met, alive

    def _meets(self, row: Any) -> Any:
        if not hasattr(row, "condition"):
            return True
        where = self.call.kernel.stands(row.where) if hasattr(row, "where") else True
        return False if where is False else both(where, row.condition(self.call))

    def touched(self, mutant: Mutant) -> Truths:
        """Return on which calls a mutant could show."""
        found = (self._edited(mutant.declared, *edit) for edit in mutant.edits.items())
        return truths(either(*found), self.many.count)

    def _edited(self, declared: Any, place: Any, instead: list[Any]) -> Any:
        if declared is ASSUMPTIONS:
            return self._assumed(place, instead)
        if declared is self.table.rows:
            return self._row(place, instead)
        if declared is self.table.effects:
            return self._effect(place, instead[0])
        if declared is self.table.ladders:
            return both(self.possible, self._entering(*place))
        return self.possible

    def _row(self, place: int, instead: list[Any]) -> Any:
        """Return who reaches a row and meets its condition, or its changed one, not both.

        Where the condition is the same what follows from it is not: all who meet it.
        """
        reached, met, through = self._walk
        before, row = met[place], self.table.rows[place]
        now = either(*(self._meets(one) for one in instead))
        here = both(reached[place], _differ(before, now))
        if isinstance(row, Taken):
            here = both(here, no(through))
        if not np.any(np.asarray(here)):
            here = both(reached[place], before)
        return here

    def _effect(self, place: int, instead: Any) -> Any:
        before, now = (one.value(self.call) for one in (self.table.effects[place], instead))
        return both(self._walk[2], _differ(before, now))

    def _entering(self, function: str, label: str) -> Any:
        """Return who fails and gets to a label of a ladder."""
        reached, met, _through = self._walk
        names: set[str] = set()
        for above, _gives in self.table.ladders[function]:
            names |= {above, f"{function}.{above}"}
            if above == label:
                break
        rows = enumerate(self.table.rows)
        mine = [at for at, row in rows if isinstance(row, Rejection) and names & set(row.unwinds)]
        return either(*(both(reached[at], met[at]) for at in mine))

    @cached_property
    def _held(self) -> list[Any]:
        start, kernel = self.many.start, self.many.kernel
        return [one(kernel, start) for one in ASSUMPTIONS]

    def _assumed(self, place: int, instead: list[Any]) -> Any:
        """Return which calls can be made only under a change of an assumption."""
        start, kernel = self.many.start, self.many.kernel
        others = [held for at, held in enumerate(self._held) if at != place]
        now = [one(kernel, start) for one in instead]
        mine = RANGES[self.at_hand.subject].holds_for(start)
        return both(mine, no(self._held[place]), *now, *others)


def _differ(before: Any, now: Any) -> Any:
    """Return where two truths or numbers, plain ones or columns, differ."""
    different: NDArray[np.bool_] = np.not_equal(before, now)
    return bool(different) if different.ndim == 0 else different
