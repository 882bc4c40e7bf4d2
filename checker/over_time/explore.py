"""Exploration: every state of a finite system, breadth first, on the concrete reading.

Where it closes, what holds in every state found holds for histories of any length.  Where
it is cut off at ``TransitionSystem.most`` states it only speaks of histories up to the last
whole depth.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from checker.over_time.met import Batch, Met
from checker.over_time.watched import Alike, Answers, Watched
from model.due import bare
from model.kernel import Kernel
from model.mistake import Mistake, place_of
from model.over_time.step import Move, Step, TransitionSystem
from model.records import misfit

AT_ONCE = 512
"""Steps that a statement is asked about at once."""


@dataclass(eq=False)
class Explored:
    """The states of a system on a kernel, in the order found, and how each was reached."""

    system: TransitionSystem
    machine: Watched
    states: list[Any] = field(default_factory=list)
    reached_by: list[tuple[int, Step] | None] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    edges: list[tuple[int, int, bool]] = field(default_factory=list)
    moves: list[tuple[Step, Any]] = field(default_factory=list)
    """Edge by edge the step, and the very state it leads to, its tasks in their slots."""
    taken: dict[str, int] = field(default_factory=dict)
    """Per step the nearest state from which it is taken."""
    met: Met = field(default_factory=Met)
    """The numbers of states and steps, shared with explorations of other kernels."""
    closed: bool = True
    depth: int = 0
    """The deepest state; where not closed, the depth up to which every state is known."""
    left: int = 0
    """Where not closed, the first state whose steps are not known."""

    @property
    def size(self) -> str:
        """Return ``states/steps/depth``, with ``+`` where there are more."""
        return size(len(self.states), len(self.edges), self.depth, self.closed)

    @cached_property
    def numbers(self) -> list[int]:
        """Return edge by edge the number of the two states that it is between.

        The second is the very one that the step leads to: it may be another than the state that
        stands for all that differ from it only in which task has which slot.
        """
        state, place = self.met.states(self.states), self.met.place
        after = self.met.states(then for _, then in self.moves)
        return [
            place((state[one], number), self.states[one], then)
            for (one, _other, _own), number, (_step, then) in zip(
                self.edges, after, self.moves, strict=True
            )
        ]

    @cached_property
    def steps(self) -> list[Batch]:
        """Return the same in some parts, so that who is answered by one asks no more."""
        return [Batch(self.numbers[at : at + AT_ONCE]) for at in range(0, len(self.edges), AT_ONCE)]

    @cached_property
    def alone(self) -> Batch:
        """Return the numbers of the states."""
        numbers = zip(self.met.states(self.states), self.states, strict=True)
        return Batch([self.met.place((number,), state) for number, state in numbers])

    @cached_property
    def standing(self) -> Batch:
        """Return state by state the number of what nothing happens to."""
        numbers = zip(self.met.states(self.states), self.states, strict=True)
        return Batch([self.met.place((number, number), state, state) for number, state in numbers])

    @cached_property
    def ways(self) -> dict[int, list[int]]:
        """Return the numbers of the edges from each state that has some."""
        found: dict[int, list[int]] = {}
        for (index, _target, _own), number in zip(self.edges, self.numbers, strict=True):
            found.setdefault(index, []).append(number)
        return found

    def history(self, index: int) -> list[Step]:
        """Return a shortest list of steps to a state."""
        steps: list[Step] = []
        while True:
            origin = self.reached_by[index]
            if origin is None:
                return steps[::-1]
            index = origin[0]
            steps.append(origin[1])

    @property
    def edge(self) -> list[int]:
        """Return the states as far from the start as the first whose steps are not known.

        Every history that leads to a state which is not known goes through one of them, or
        through one that differs from it only in which task has which slot: whoever goes on from
        here alone takes slots for alike.
        """
        far = self.depths[self.left]
        return [index for index, depth in enumerate(self.depths) if depth == far]

    def first(self, wanted: Callable[[Any], bool]) -> int | None:
        """Return the first (so nearest) state that is wanted."""
        return next((i for i, state in enumerate(self.states) if wanted(state)), None)

    def lead_to(self, goal: Iterable[int]) -> set[int]:
        """Return the states from which the kernel's own steps lead to one of some."""
        return lead_to(self.edges, goal)


def size(states: int, steps: int, depth: int, closed: bool) -> str:
    """Return ``states/steps/depth``, with ``+`` where there are more."""
    return f"{states}/{steps}/{depth}{'' if closed else '+'}"


def lead_to(edges: Iterable[tuple[int, int, bool]], goal: Iterable[int]) -> set[int]:
    """Return where the own ones of some edges, source, target and whether own, lead to a goal."""
    before: dict[int, list[int]] = {}
    for source, target, own in edges:
        if own:
            before.setdefault(target, []).append(source)
    found = set(goal)
    todo = list(found)
    while todo:
        for source in before.get(todo.pop(), ()):
            if source not in found:
                found.add(source)
                todo.append(source)
    return found


def explore(
    system: TransitionSystem,
    kernel: Kernel,
    most: int | None = None,
    until: Callable[[Any], bool] = lambda _state: False,
) -> Explored:
    """Return every state of a system on a kernel, or the first ``most``, or ``until`` one."""
    return explored_by(Watched(kernel), system, system.most if most is None else most, until)


def explored_by(
    machine: Watched,
    system: TransitionSystem,
    most: int,
    until: Callable[[Any], bool] = lambda _state: False,
) -> Explored:
    """Return the same, with the kernel as somebody watches it."""
    steps = [(step, bare(step.move)) for step in system.steps_on(machine)]
    found = Explored(system, machine)
    start = _held(system, system.start(machine), system.start)
    found.states, found.reached_by, found.depths = [start], [None], [0]
    known: dict[Hashable, int] = {system.same(start): 0}
    index = 0
    while index < len(found.states):
        if len(found.states) > most:
            found.closed, found.left = False, index
            found.depth = found.depths[index] - 1 if found.depths[index] else 0
            return found
        state = found.states[index]
        if until(state):
            found.closed, found.left, found.depth = False, index, found.depths[index]
            return found
        for step, move in steps:
            made = move(machine, state)
            if type(made) is not Move:
                step.move(machine, state)  # says what is wrong with it
            if made.when:
                target = _add(found, known, made.then, index, step)
                found.edges.append((index, target, step.own))
                found.moves.append((step, made.then))
        index += 1
    found.depth = found.depths[-1]
    return found


def _add(
    found: Explored, known: dict[Hashable, int], state: Any, index: int, step: Step
) -> int:
    key = found.system.same(state)
    target = known.get(key)
    if target is None:
        target = known[key] = len(found.states)
        found.states.append(_held(found.system, state, step.move))
        found.reached_by.append((index, step))
        found.depths.append(found.depths[index] + 1)
    found.taken.setdefault(step.name, index)
    return target


def _held(system: TransitionSystem, state: Any, made_by: Callable[..., Any]) -> Any:
    """Return a state, if its record holds it: bits would read a number that is too large anew."""
    wrong = misfit(system.record, state)
    if wrong:
        msg = f"{made_by.__name__}() leads to {wrong}, which is no {system.record.__name__}"
        raise Mistake(f"{place_of(made_by)}: {msg}")
    return state


class Library:
    """Explorations, shared by kernels that answer alike, and what all of them share."""

    def __init__(self, answers: Answers | None = None) -> None:
        self.answers = answers or Answers()
        self._known: Alike[Explored] = Alike(self.answers)
        self._met: dict[int, tuple[TransitionSystem, Met]] = {}

    def of(self, system: TransitionSystem, kernel: Kernel) -> Explored:
        """Return the exploration that stands for a kernel."""
        return self._known.of(system, kernel, lambda watched: self._explored(watched, system))

    def _explored(self, watched: Watched, system: TransitionSystem) -> Explored:
        found = explored_by(watched, system, system.most)
        found.met = self._met.setdefault(id(system), (system, Met()))[1]
        return found
