"""Steps: a guard and an effect on a record of facts, named by a sentence.

A step runs on both readings, like a rule: on plain values it is one step of a history, on
symbolic ones it is every such step at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, TypeAlias, TypeVar

from model import records
from model.algebra import Truth
from model.declared import declare
from model.due import gives, is_truth
from model.kernel import Kernel
from model.mistake import Mistake, here, told
from model.patch import ALWAYS, NEVER, Patch, Patches

R = TypeVar("R")
but = records.but
"""The same record with some facts changed."""


class Machine:
    """A kernel as steps see it: the patches it has, and its answer to one call."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def __getitem__(self, patch: Patch) -> Truth:
        return self.kernel[patch]

    def ask(self, question: Callable[..., R], *facts: Any) -> R:
        """Return what the rules of the single call answer: ``question(kernel, *facts)``."""
        return question(self.kernel, *facts)


@dataclass(frozen=True, slots=True, init=False)
class Move:
    """Whether a step can be taken from a state, and the state after it."""

    when: Truth
    then: Any

    def __init__(self, when: Truth, then: Any) -> None:
        """Raise :class:`~model.mistake.Mistake` if the guard is no truth."""
        if when is not True and when is not False and not is_truth(when):
            raise Mistake(f"{here()}: the guard of a step must be a truth, not {told(when)}")
        _set_when(self, when)
        _set_then(self, then)


_set_when, _set_then = records.slots_of(Move)


Moves: TypeAlias = "Callable[..., Move]"


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step: its name, the kernel place it stands for, who takes it, and its move.

    ``own`` is whether the kernel takes it by itself sooner or later; the others are choices
    of users and administrators.
    """

    name: str
    doc: str
    at: str
    who: str
    own: bool
    move: Callable[[Machine, Any], Move]
    where: Patches

    def called(self, name: str) -> Step:
        """Return the same step as another system names it."""
        return replace(self, name=name)


def itself(state: Any) -> Hashable:
    """Return a state as its own key: no two tasks are alike."""
    key: Hashable = state
    return key


@dataclass(eq=False)
class TransitionSystem:
    """A transition system: a record, where it starts, and the steps it can take.

    ``tasks`` says how many tasks its histories are about.  ``same`` gives states that differ
    only in which task has which slot one key.
    """

    name: str
    about: str
    record: type[Any]
    tasks: str
    start: Callable[[Machine], Any]
    same: Callable[[Any], Hashable] = itself
    steps: list[Step] = field(default_factory=list)
    most: int = 7_500
    """States after which an exploration is cut off, and speaks of bounded histories only."""

    def __post_init__(self) -> None:
        declare("system", self)

    def step(
        self,
        *,
        at: str,
        who: str,
        own: bool = False,
        since: Patches = ALWAYS,
        until: Patches = NEVER,
        each: tuple[Any, ...] = (),
    ) -> Callable[[Moves], Moves]:
        """Declare a step; with ``each`` one per value, put where its name says ``X``."""

        def declare(move: Moves) -> Moves:
            for value in each or (None,):
                one = _declared(move, value, at=at, who=who, own=own, since=since, until=until)
                self.steps.append(one)
            return move

        return declare

    def takes(self, *steps: Step, since: Patches = ALWAYS) -> None:
        """Take steps that are declared once, for every system that has the facts they read.

        ``since`` is a patch without which this system has none of them.
        """
        self.steps.extend(replace(one, where=one.where & since) for one in steps)

    def steps_on(self, machine: Machine) -> list[Step]:
        """Return the steps that a kernel knows."""
        return [step for step in self.steps if step.where.on(machine) is True]


def _declared(
    move: Moves,
    value: Any,
    *,
    at: str,
    who: str,
    own: bool = False,
    since: Patches = ALWAYS,
    until: Patches = NEVER,
) -> Step:
    words = move.__name__.replace("_", " ")
    return Step(
        name=words if value is None else words.replace("X", str(value)),
        doc=" ".join((move.__doc__ or "").split()),
        at=at,
        who=who.replace("X", str(value)),
        own=own,
        move=gives(Move, move if value is None else _bound(move, value)),
        where=since & ~until,
    )


def step(
    *, at: str, who: str, own: bool = False, since: Patches = ALWAYS, until: Patches = NEVER
) -> Callable[[Moves], Step]:
    """Declare a step for every system that takes it (:meth:`TransitionSystem.takes`)."""

    def made(move: Moves) -> Step:
        one = _declared(move, None, at=at, who=who, own=own, since=since, until=until)
        return declare("step", one)

    return made


def steps(each: tuple[Any, ...], **how: Any) -> Callable[[Moves], tuple[Step, ...]]:
    """Declare, as :func:`step` does, one per value, put where its name says ``X``."""

    def made(move: Moves) -> tuple[Step, ...]:
        return tuple(declare("step", _declared(move, one, **how)) for one in each)

    return made


def _bound(move: Moves, value: Any) -> Moves:
    @wraps(move)
    def bound(machine: Machine, state: Any) -> Move:
        return move(machine, state, value)

    return bound
