"""What a call wrongly keeps, takes again, gives back twice or gives back out of order."""

from __future__ import annotations

from typing import Any

from checker.smallest.shrink import not_default, shrink
from model.algebra import Truth, both, either
from source import effects
from source.interpreter import CallResult, Interpreter
from source.questions import BALANCED, BUT_FOR, OPEN, SAME, UNDECIDED, Comparison, Questions
from source.readings.reading import FunctionReading

UNSHOWN = " (not shown on a call)"
"""What follows a pair out of order that no concrete run has shown."""


def _known(reading: FunctionReading, outcome: Any) -> dict[str, Truth]:
    """Return what the model's ladders keep; nothing for a reading that they are not compared in."""
    return dict(outcome.held) if reading.keeps else {}


class Ladders(Questions):
    """Looks at the error ladders of one program."""

    def order_of(
        self, reading: FunctionReading, machine: Interpreter, done: CallResult
    ) -> tuple[str, ...]:
        """Return the pairs that some failing call gives back out of order, each shown on a call.

        A pair for which the solver gives up, or whose call does not show it, is said to be open.
        """
        found = []
        for pair, there in effects.out_of_order(machine, done).items():
            made = Comparison(reading.name, "", 0, SAME)
            model = self.find(self.sought(reading, both(machine.trusted, there)), made)
            if model is not None and pair in self.out_of_order(reading, not_default(model)):
                found.append(pair)
            elif model is not None or made.verdict == OPEN:
                found.append(f"{pair}{UNSHOWN}")
        return tuple(found)

    def out_of_order(self, reading: FunctionReading, values: dict[str, Any]) -> list[str]:
        """Return the pairs that a call gives back out of order when it fails."""
        found = self._run(reading, values, ordered=True)
        if found is None:
            return []
        machine, done, _ = found
        pairs = effects.out_of_order(machine, done)
        return [pair for pair, there in pairs.items() if machine.trusted and there]

    def balance_of(self, reading: FunctionReading, machine: Interpreter, done: CallResult) -> str:
        """Say whether every path gives back what it has to, once, or which does not.

        What is kept where the model keeps it too is no fault: it is named.  Each resource with
        which something is wrong is told, on a call.
        """
        known = _known(reading, reading.model(self.call))
        wrong = effects.unbalanced(machine, done, known, whole=reading.subject == "create")
        told: list[str] = []
        while True:
            made = Comparison(reading.name, "", 0, SAME)
            some = both(machine.trusted, either(*wrong.values()))
            model = self.find(self.sought(reading, some), made)
            if made.verdict == OPEN:
                return "; ".join(told) or f"{UNDECIDED}{made.reason}"
            if model is None:
                return "; ".join(told) or self._but_for(reading, machine, done, known)
            values = not_default(model)
            found = {name: how for name, how in self.unbalanced(reading, values) if name in wrong}
            if not found:
                return f"{UNDECIDED}nothing is seen on {values}"
            told.append(self._shown_on(reading, values, found))
            wrong = {name: there for name, there in wrong.items() if name not in found}

    def _shown_on(
        self, reading: FunctionReading, values: dict[str, Any], found: dict[str, str]
    ) -> str:
        """Return what is wrong with some resources, on a small call that shows it of them all."""
        wanted = set(found.items())

        def still(trial: dict[str, Any]) -> bool:
            return wanted <= set(self.unbalanced(reading, trial))

        values = shrink(values, still)
        return f"{'; '.join(f'{name} {how}' for name, how in found.items())} on {values}"

    def _but_for(
        self,
        reading: FunctionReading,
        machine: Interpreter,
        done: CallResult,
        known: dict[str, Truth],
    ) -> str:
        """Return how a ladder is told that keeps nothing but what the model keeps."""
        fails = both(machine.trusted, effects.failed(done))
        kept = {name: both(fails, effects.kept(machine, name)) for name in known}
        made = Comparison(reading.name, "", 0, SAME)
        names: list[str] = []
        if self.find(self.sought(reading, either(*kept.values())), made) is not None:
            sought = ((name, self.sought(reading, there)) for name, there in kept.items())
            names = [name for name, one in sought if self.find(one, made) is not None]
        if made.verdict == OPEN:
            return f"{UNDECIDED}{made.reason}"
        return f"{BUT_FOR}{', '.join(names)}" if names else BALANCED

    def unbalanced(self, reading: FunctionReading, values: dict[str, Any]) -> list[tuple[str, str]]:
        """Return what a call wrongly keeps, takes again or gives back twice, and which of these."""
        found = self._run(reading, values)
        if found is None:
            return []
        machine, done, outcome = found
        known, whole = _known(reading, outcome), reading.subject == "create"
        wrong = effects.unbalanced(machine, done, known, whole=whole)
        return [
            (resource, _how(machine, resource))
            for resource, there in wrong.items()
            if there and machine.trusted
        ]


def _how(machine: Interpreter, resource: str) -> str:
    """Return what is wrong with a resource at the end of a concrete run."""
    if effects.taken_again(machine, resource):
        return "is taken while it is held"
    return "is kept" if effects.kept(machine, resource) else "is given back twice"
