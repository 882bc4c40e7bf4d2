"""Every way in which a function that differs does so, one call each: none hides behind the first.

Two calls differ in the same way if they differ in the same fact; or in the errno, and the C refuses
them at the same line, or, where it does not, the same rule of the model does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checker.smallest.shrink import not_default, shrink
from model.algebra import Truth, both, either, no
from source.compare import Comparer, _aspects, differ
from source.interpreter import Interpreter
from source.questions import (
    DIFFERENT,
    OPEN,
    SAME,
    Comparison,
    Divergence,
    DivergingCall,
)
from source.readings.every import BY_NAME
from source.readings.reading import FunctionReading

MOST = 12
"""Ways in which one function differs that are listed."""

Way = tuple[str, ...]
"""In what two sides differ: a fact; ``errno`` with a rule, or with a path and a line."""


def list_all(comparer: Comparer, comparisons: Iterable[Comparison]) -> None:
    """Note, of each function that differs, a call for every other way in which it does."""
    for one in comparisons:
        if one.verdict == DIFFERENT and one.disagreement is not None:
            _Listing(comparer, BY_NAME[one.reading]).into(one)


def ways_of(found: DivergingCall) -> set[Way]:
    """Return in what the two sides differ on a call."""
    return {_way(found, one) for one in found.differences}


def _way(found: DivergingCall, one: Divergence) -> Way:
    if one.aspect != "errno":
        return (one.aspect,)
    if one.c != 0 and found.turn is not None:
        return ("errno", found.turn.path, str(found.turn.line))
    return ("errno", found.rule) if found.rule else ("errno",)


class _Listing:
    def __init__(self, comparer: Comparer, reading: FunctionReading) -> None:
        self.comparer, self.reading = comparer, reading
        self.machine, done = reading.run(comparer.program, comparer.call)
        self.outcome = reading.model(comparer.call)
        self.told, _ = _aspects(reading, self.machine, done, self.outcome)

    def into(self, one: Comparison) -> None:
        """Note the other calls, and whether there may be more."""
        assert one.disagreement is not None
        known = ways_of(one.disagreement)
        while len(one.others) < MOST:
            looked = Comparison(one.reading, one.path, one.line, SAME)
            fresh = both(self.machine.trusted, self._new(known))
            sought = self.comparer.sought(self.reading, fresh)
            model = self.comparer.find(sought, looked)
            if model is None:
                one.more = looked.verdict == OPEN
                return
            found = self._shown(not_default(model), known)
            if found is None:
                one.more = True
                return
            one.others.append(found)
            known |= ways_of(found)
        one.more = True

    def _shown(self, values: dict[str, Any], known: set[Way]) -> DivergingCall | None:
        def fresh(trial: dict[str, Any]) -> bool:
            if not self.comparer.differences(self.reading, trial):
                return False
            return bool(ways_of(self.comparer.disagreement(self.reading, trial)) - known)

        if not fresh(values):
            return None
        return self.comparer.disagreement(self.reading, shrink(values, fresh))

    def _new(self, known: set[Way]) -> Truth:
        """Return on which calls the sides differ in a way that is not known."""
        return either(
            *(
                both(where, differ(one, other), no(self._known(name, known)))
                for name, one, other, where in self.told
            )
        )

    def _known(self, name: str, known: set[Way]) -> Truth:
        if name != "errno":
            return (name,) in known
        if ("errno",) in known:
            return True
        by_rule = [first for row, first in self._hits() if ("errno", row.name) in known]
        lines = [way[1:] for way in known if way[0] == "errno" and len(way) == 3]
        by_line = [_runs(self.machine, path, int(line)) for path, line in lines]
        accepts = next(one == 0 for name, one, *_ in self.told if name == "errno")
        return either(*by_line, both(accepts, either(*by_rule)))

    def _hits(self) -> list[tuple[Any, Truth]]:
        outcome = getattr(self.outcome, "outcome", self.outcome)
        return list(getattr(outcome, "hits", []))


def _runs(machine: Interpreter, path: str, line: int) -> Truth:
    return either(*(both(*ways) for ways in machine.reached.get((path, line), ())))
