"""Mutants of histories' steps: dropped, guards negated and weakened, facts that stay or turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar

from checker.mutation.facts import at, changed_by, kind_at, turned, with_at
from checker.mutation.source import Variant, variants
from model.algebra import no
from model.kernel import Kernel
from model.over_time.step import Machine, Move, Step, TransitionSystem

ROOM = "steps"
Moves = Callable[[Machine, Any], Move]


@dataclass(frozen=True, eq=False)
class StepMutant:
    """A system with one declared step changed: for all its tasks, or where a fact is one task's."""

    system: TransitionSystem
    row: str
    change: str
    moves: dict[str, Moves | None]
    """What the steps do instead, by name; ``None`` for one that is gone."""

    room: ClassVar[str] = ROOM

    @property
    def name(self) -> str:
        """Return what identifies it: system, step and change."""
        return f"{self.system.name}: {self.row}: {self.change}"

    def changed(self) -> TransitionSystem:
        """Return the system with the change."""
        steps = []
        for step in self.system.steps:
            move = self.moves.get(step.name, step.move)
            if move is not None:
                steps.append(replace(step, move=move))
        return replace(self.system, steps=steps)


@dataclass(frozen=True, slots=True)
class _Declared:
    """A step as it is declared: one function, and the steps made of it."""

    system: TransitionSystem
    function: Callable[..., Move]
    steps: list[tuple[Step, tuple[Any, ...]]]

    @property
    def row(self) -> str:
        return self.function.__name__.replace("_", " ")

    def mutant(self, change: str, function: Callable[..., Move] | None) -> StepMutant:
        moves = {step.name: _bound(function, more) for step, more in self.steps}
        return StepMutant(self.system, self.row, change, moves)


def of_system(system: TransitionSystem, kernels: list[Kernel]) -> Iterator[StepMutant]:
    """Yield the mutants of a system's steps; ``kernels`` show which facts each step changes."""
    touched = changed_by(system, kernels)
    for one in _declared(system):
        yield one.mutant("dropped", None)
        yield one.mutant("guard negated", _with_guard_negated(one.function))
        for variant in _variants(one.function):
            yield one.mutant(variant.change, variant.function)
        step = one.steps[0][0]
        for path in touched.get(step.name, ()):
            yield from _of_fact(one, step, path)


@cache
def _variants(function: Callable[..., Move]) -> tuple[Variant, ...]:
    """Return the variants of a step, which may be declared for many systems."""
    return tuple(variants(function))


def _declared(system: TransitionSystem) -> list[_Declared]:
    found: dict[Any, _Declared] = {}
    for step in system.steps:
        function, more = unbound(step.move)
        declared = found.setdefault(function, _Declared(system, function, []))
        declared.steps.append((step, more))
    return list(found.values())


def unbound(move: Callable[..., Move]) -> tuple[Callable[..., Move], tuple[Any, ...]]:
    """Return the function that a step was declared by, and the value it is for, if any."""
    bound: tuple[Any, ...] = ()
    while hasattr(move, "__wrapped__"):
        pairs = zip(move.__code__.co_freevars, move.__closure__ or (), strict=True)
        held = {name: cell.cell_contents for name, cell in pairs}
        if "value" in held:
            bound = (held["value"],)
        move = move.__wrapped__
    return move, bound


def _bound(function: Callable[..., Move] | None, more: tuple[Any, ...]) -> Moves | None:
    if function is None:
        return None
    return lambda machine, state: function(machine, state, *more)


def _with_guard_negated(function: Callable[..., Move]) -> Callable[..., Move]:
    def turned_round(machine: Machine, state: Any, *more: Any) -> Move:
        made = function(machine, state, *more)
        return Move(no(made.when), made.then)

    return turned_round


def _of_fact(one: _Declared, step: Step, path: str) -> Iterator[StepMutant]:
    """Yield the step of one task leaving a fact as it was, and turning it instead."""
    kind = kind_at(one.system.record, path)

    def stays(machine: Machine, state: Any) -> Move:
        made = step.move(machine, state)
        return Move(made.when, with_at(made.then, path, at(state, path)))

    def turns(machine: Machine, state: Any) -> Move:
        made = step.move(machine, state)
        return Move(made.when, with_at(made.then, path, turned(kind, at(made.then, path))))

    whose = f" ({step.name})" if len(one.steps) > 1 else ""
    yield StepMutant(one.system, one.row, f"{path} stays{whose}", {step.name: stays})
    yield StepMutant(one.system, one.row, f"{path} turned{whose}", {step.name: turns})
