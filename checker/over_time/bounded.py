"""Bounded model checking: unroll the steps, shortest history first.

The answer is a history that breaks the property, or that none of up to ``depth`` steps
does, which proves nothing about longer ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from checker.over_time.agreed import SAT, UNKNOWN
from checker.over_time.budget import Budget
from checker.over_time.question import Question
from checker.over_time.solving import Solving, solver_for
from checker.over_time.symbolic import Symbolic
from checker.over_time.trace import NotAHistory
from model.algebra import Truth
from model.due import as_truth
from model.kernel import Kernel
from model.over_time.step import Step, TransitionSystem


@dataclass(frozen=True, slots=True)
class Unrolled:
    """A history that reaches what was wanted, or the depth to which there is none."""

    history: list[Step] | None
    depth: int
    reason: str = ""


@dataclass(eq=False)
class Unrolling:
    """All histories of one length from the start of a system, and then of the next."""

    space: Symbolic
    budget: Budget = field(default_factory=Budget)
    states: list[Any] = field(init=False)
    _solver: Solving = field(init=False)

    def __post_init__(self) -> None:
        self._solver = solver_for(self.space, self.budget)
        self.states = [self.space.state("0")]
        self._solver.add(self.space.starts(self.states[0]))

    @property
    def length(self) -> int:
        """Return the number of steps so far."""
        return len(self.states) - 1

    def lengthen(self) -> None:
        """Take one step more."""
        self.states.append(self.space.state(str(len(self.states))))
        self._solver.add(self.space.relation(self.states[-2], self.states[-1]))

    def ask(self, *truths: Any) -> str:
        """Return whether a history of this length fits."""
        return self._solver.ask(*truths)

    def plain(self) -> list[Any]:
        """Return the plain states of the history that the last answer found."""
        return [self._solver.plain(state) for state in self.states]

    def history(self) -> list[Step]:
        """Return the steps of the history that the last answer found."""
        plain = self.plain()
        steps = [self.space.taken(*pair) for pair in zip(plain, plain[1:], strict=False)]
        if None in steps:
            raise NotAHistory(f"no step leads on after {steps.index(None)} steps")
        return [step for step in steps if step is not None]


def unroll(
    system: TransitionSystem, kernel: Kernel, wanted: Callable[[Any], Truth], depth: int
) -> Unrolled:
    """Return a shortest history to a wanted state, of at most ``depth`` steps."""
    return nearest(Unrolling(Symbolic(system, kernel)), wanted, depth)


def nearest(histories: Unrolling, wanted: Callable[[Any], Truth], depth: int) -> Unrolled:
    """Return a shortest history to a wanted state, from where ``histories`` stand."""
    while True:
        status = histories.ask(as_truth(wanted(histories.states[-1])))
        if status == SAT:
            return Unrolled(histories.history(), histories.length)
        if status == UNKNOWN:
            return Unrolled(None, histories.length - 1, histories.budget.reason)
        if histories.length >= depth:
            return Unrolled(None, depth)
        histories.lengthen()


def breaking(question: Question, histories: Unrolling, depth: int) -> Unrolled:
    """Return a shortest history that breaks a property, each found state held against it.

    Of several it is the first in the order in which the steps are declared, the one that an
    exploration meets first; unless the budget ends before that is known.
    """
    while True:
        found = nearest(histories, question.broken, depth)
        if found.history is None:
            return found
        if question.really(histories.plain()[-1]):
            first = in_order(histories, question.broken)
            if first is None:
                return found
            if question.really(histories.plain()[-1]):
                return first


def in_order(histories: Unrolling, wanted: Callable[[Any], Truth]) -> Unrolled | None:
    """Return the first history of this length to a wanted state, or None if there is none.

    It is built step by step: each is the first declared one from which the rest can follow.
    """
    goal = as_truth(wanted(histories.states[-1]))
    taken: list[Any] = []
    steps: list[Step] = []

    def first(ways: Iterable[Any]) -> int | None:
        """Return the first of some ways on that leads to the goal, and take it."""
        for place, way in enumerate(ways):
            if histories.ask(*taken, way, goal) == SAT:
                taken.append(way)
                return place
        return None

    for before, after in pairwise(histories.states):
        space = histories.space
        way = first(space.move(step, before, after) for step in space.steps)
        if way is None:
            return None
        steps.append(space.steps[way])
    if histories.ask(*taken, goal) != SAT:
        return None
    return Unrolled(steps, histories.length)
