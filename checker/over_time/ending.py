"""From which states the kernel's own steps lead to a goal, as a term.

A step is a guard and a function, so the states before it are had by putting the state after
it into the term: no quantifier.  ``within`` n steps is exact; a state that needs more makes
it deeper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.over_time.symbolic import Symbolic
from checker.readings.put import put
from model.algebra import Truth, both, either
from model.due import as_truth


@dataclass(eq=False)
class Ending:
    """The states from which at most ``depth`` own steps lead to the goal."""

    space: Symbolic
    goal: Callable[[Any], Truth]
    depth: int = 0
    _template: list[Any] = field(init=False)
    _moves: list[tuple[Any, list[Any]]] = field(init=False)
    _near: Any = field(init=False)

    def __post_init__(self) -> None:
        state = self.space.state("goal")
        self._template = self.space.terms(state)
        self._moves = []
        for step in self.space.steps:
            if step.own:
                when, then = self.space.made(step, state)
                self._moves.append((when, self.space.terms(then)))
        self._near = as_truth(self.goal(state))

    def within(self, state: Any) -> Any:
        """Return that own steps lead from a state to the goal, as far as was looked."""
        return self._at(self._near, self.space.terms(state))

    def deepen(self, depth: int) -> None:
        """Look further back, to ``depth`` own steps."""
        while self.depth < depth:
            nearer = [both(when, self._at(self._near, then)) for when, then in self._moves]
            self._near = either(self._near, *nearer)
            self.depth += 1

    def _at(self, term: Any, values: list[Any]) -> Any:
        return put(term, self._template, values)
