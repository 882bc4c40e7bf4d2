"""A system on a kernel, its states by number: what steps do and statements say is looked up once.

Most mutants of a system meet the same states, and leave the same steps from there; what an
unchanged step does in a state, and what every statement says of a state or of a step between
two, is remembered from one mutant to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from checker.over_time.stepwise import cases
from model.over_time.step import Machine, Move, Step, TransitionSystem
from model.records import misfit
from properties.over_time.claim import How, TimedProperty

Moves = Callable[[Machine, Any], Move]
MORE = 60_000
"""States beyond a system's own that are remembered at a time."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a step leads, and which statements it meets, breaks, and does what they ask.

    The last three are numbers with a bit per statement (:class:`Statements`).
    """

    then: int
    met: int
    broken: int
    done: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What statements say of a state: bits of premises that hold, and of conclusions."""

    met: int
    good: int
    wanted: int
    """Bits of statements that some step from here must do what they ask."""


class Unfit(Exception):
    """A step leads to what is no state."""


@dataclass(frozen=True)
class Statements:
    """The statements on a system, each kind with a bit for each."""

    props: tuple[TimedProperty, ...]
    of_states: list[TimedProperty] = field(init=False)
    each: list[TimedProperty] = field(init=False)
    some: list[tuple[TimedProperty, tuple[Any, ...]]] = field(init=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "of_states", [one for one in self.props if not one.how.of_steps])
        put(self, "each", [one for one in self.props if one.how is How.EACH_STEP])
        some = [one for one in self.props if one.how is How.SOME_STEP]
        put(self, "some", [(one, case) for one in some for case in cases(one)])


class SeenStates:
    """Every state that a system, or a mutant of it, was seen in on a kernel."""

    def __init__(
        self, system: TransitionSystem, machine: Machine, props: Iterable[TimedProperty]
    ) -> None:
        self.system, self.machine, self.kernel = system, machine, machine.kernel
        self.statements = Statements(tuple(props))
        self.states: list[Any] = []
        self.classes: list[int] = []
        """Per state the number of all that differ from it only in which task has which slot."""
        self._numbers: dict[Any, int] = {}
        self._class_of: dict[Hashable, int] = {}
        self._marks: dict[int, Mark] = {}
        self._taken: dict[Moves, dict[int, Edge | None]] = {step.move: {} for step in system.steps}
        self.own = 0
        self.start = self.add(system.start(self.machine))

    def known(
        self, marks: dict[int, Mark], edges: dict[Moves, dict[int, Edge | None]]
    ) -> None:
        """Take what was found out elsewhere of states, and of steps from them."""
        self._marks.update(marks)
        for move, found in edges.items():
            self._taken[move].update(found)

    def is_so(self, at: int) -> bool:
        """Return whether what is known of a state, and of all steps from it, is so."""
        steps = ((one, self._taken[one.move].get(at)) for one in self.system.steps_on(self.machine))
        marked = self._marked(self.states[at]) == self._marks[at]
        return marked and all(self._edge(at, one.move) == edge for one, edge in steps)

    def settle(self) -> None:
        """Take the states met so far for the system's own: they are never forgotten."""
        self.own = len(self.states)

    def tidy(self) -> None:
        """Forget what a mutant's steps did; and what only mutants met, if that has become much."""
        plain = {step.move for step in self.system.steps}
        self._taken = {move: edges for move, edges in self._taken.items() if move in plain}
        if len(self.states) <= self.own + MORE:
            return
        for state in self.states[self.own :]:
            del self._numbers[state]
        del self.states[self.own :], self.classes[self.own :]
        self._marks = {at: one for at, one in self._marks.items() if at < self.own}
        for move, edges in self._taken.items():
            self._taken[move] = {at: one for at, one in edges.items() if self._is_own(at, one)}

    def _is_own(self, at: int, edge: Edge | None) -> bool:
        return at < self.own and (edge is None or edge.then < self.own)

    def add(self, state: Any) -> int:
        """Return the number of a state; raise :class:`Unfit` for what its record cannot hold."""
        number = self._numbers.get(state)
        if number is None:
            wrong = misfit(self.system.record, state)
            if wrong:
                raise Unfit(wrong)
            key = self.system.same(state)
            number = self._numbers[state] = len(self.states)
            self.states.append(state)
            self.classes.append(self._class_of.setdefault(key, len(self._class_of)))
        return number

    def mark(self, at: int) -> Mark:
        """Return what statements say of a state."""
        found = self._marks.get(at)
        if found is None:
            found = self._marks[at] = self._marked(self.states[at])
        return found

    def _marked(self, state: Any) -> Mark:
        met = good = wanted = 0
        for bit, prop in enumerate(self.statements.of_states):
            claim = prop.statement(self.kernel, state)
            met |= bool(claim.premise) << bit
            good |= bool(claim.conclusion) << bit
        for bit, (prop, case) in enumerate(self.statements.some):
            wanted |= bool(prop.statement(self.kernel, state, state, *case).premise) << bit
        return Mark(met, good, wanted)

    def edges(self, step: Step) -> dict[int, Edge | None]:
        """Return what is known of a step so far; :meth:`edge` adds to it."""
        return self._taken.setdefault(step.move, {})

    def edge(self, at: int, step: Step, known: dict[int, Edge | None]) -> Edge | None:
        """Return where a step leads from a state; ``None`` where it cannot be taken."""
        if at not in known:
            known[at] = self._edge(at, step.move)
        return known[at]

    def _edge(self, at: int, move: Moves) -> Edge | None:
        made = move(self.machine, self.states[at])
        if not made.when:
            return None
        then = self.add(made.then)
        return Edge(then, *self._stepped(self.states[at], self.states[then]), self._done(at, then))

    def _stepped(self, state: Any, then: Any) -> tuple[int, int]:
        met = broken = 0
        for bit, prop in enumerate(self.statements.each):
            for case in cases(prop):
                claim = prop.statement(self.kernel, state, then, *case)
                if claim.premise:
                    met |= 1 << bit
                    broken |= (not claim.conclusion) << bit
        return met, broken

    def _done(self, at: int, then: int) -> int:
        wanted, done = self.mark(at).wanted, 0
        for bit, (prop, case) in enumerate(self.statements.some):
            if wanted >> bit & 1:
                claim = prop.statement(self.kernel, self.states[at], self.states[then], *case)
                done |= bool(claim.conclusion) << bit
        return done
