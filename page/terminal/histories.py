"""A history of a small system that is stepped by hand, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checker.calls.kernel_names import kernel_named
from checker.ground.problems import Problem, nearest
from checker.over_time.trace import NotAHistory, changed, rerun
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import Machine, Step


@dataclass
class Played:
    """A system on a kernel, the steps that were taken, and where one looks; 0 is the beginning."""

    system: str
    kernel: str
    steps: list[str] = field(default_factory=list)
    at: int = 0

    def __post_init__(self) -> None:
        if self.system not in SYSTEMS:
            names = list(SYSTEMS)
            raise Problem(f"no system is called {self.system!r}{nearest(self.system, names)}")

    @property
    def states(self) -> list[Any]:
        """Return all states; raise :class:`Problem` where a step cannot be taken."""
        try:
            return rerun(SYSTEMS[self.system], kernel_named(self.kernel), self.steps)[1]
        except NotAHistory as error:
            raise Problem(str(error)) from None

    def ways(self) -> list[Step]:
        """Return the steps that can be taken where one looks."""
        machine, state = Machine(kernel_named(self.kernel)), self.states[self.at]
        steps = SYSTEMS[self.system].steps_on(machine)
        return [step for step in steps if step.move(machine, state).when is True]

    def take(self, name: str) -> None:
        """Take a step: what followed is forgotten, unless it is the same."""
        if self.steps[self.at : self.at + 1] != [name]:
            self.steps = [*self.steps[: self.at], name]
        self.go(1)

    def go(self, by: int) -> None:
        """Go forth or back."""
        self.at = min(max(self.at + by, 0), len(self.steps))

    def lines(self) -> list[str]:
        """Return the history with what each step changes; the present one is marked."""
        system, states = SYSTEMS[self.system], self.states
        lines = [f"{system.about}; {system.tasks}; on {self.kernel}",
                 f"{'>' if not self.at else ' '} the beginning"]
        for number, name in enumerate(self.steps, 1):
            lines.append(f"{'>' if number == self.at else ' '} {number}. {name}")
            if number <= self.at:
                lines += [f"      {one.fact}: {one.before} → {one.after}"
                          for one in changed(system, states[number - 1], states[number])]
        return lines
