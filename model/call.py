"""A call: the kernel it is made on, its request, its caller, the system and chance."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

from model.algebra import Truth, Word, both, either, has, when, when_word
from model.kernel import Kernel
from model.records import BOOL, part
from model.request import Args, Request
from model.state import Chance, Cred, Fallible, Reach, System, Task

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a call starts from, kernel apart: the leaves that a solver varies."""

    request: Request = part(Request)
    current: Task = part(Task)
    system: System = part(System)
    chance: Chance = part(Chance)


@dataclass(frozen=True, eq=False)
class Call:
    """One call on one kernel: what rules and effects are written against."""

    kernel: Kernel
    request: Request
    args: Args
    current: Task
    system: System
    chance: Chance

    @property
    def start(self) -> Situation:
        """Return the situation that the call was made from."""
        return Situation(self.request, self.current, self.system, self.chance)

    @cached_property
    def cred(self) -> Cred:
        """Return ``current_cred()``: the subjective credentials."""
        task = self.current
        return choose(task.overridden, task.cred, task.real_cred)

    def fails(self, step: Fallible) -> Truth:
        """Return whether chance makes this step fail."""
        return self.chance.fails == int(step)

    def capable(self, cap: int) -> Truth:
        """Return ``capable(cap)``: held in init_user_ns and not denied (``cap`` is a mask)."""
        cred = self.cred
        return both(
            cred.user_ns.level == 0,
            has(cred.cap_effective, cap),
            (self.chance.lsm_denies & cap) == 0,
        )

    def capable_in_own_ns(self, cap: int) -> Truth:
        """Return ``ns_capable(current_user_ns(), cap)``."""
        return self.capable_at(Reach.WITHIN, cap)

    def capable_at(self, reach: Word, cap: int) -> Truth:
        """Return ``ns_capable(ns, cap)`` for a namespace that stands at ``reach``."""
        held = either(
            reach == int(Reach.OWNED),
            both(reach == int(Reach.WITHIN), has(self.cred.cap_effective, cap)),
        )
        return both(held, (self.chance.lsm_denies & cap) == 0)


def choose(condition: Truth, then: R, otherwise: R) -> R:
    """Return one of two records of facts, leaf by leaf."""
    if condition is True:
        return then
    if condition is False:
        return otherwise
    chosen: dict[str, Any] = {}
    for item in fields(then):  # type: ignore[arg-type]
        left, right = getattr(then, item.name), getattr(otherwise, item.name)
        if not item.metadata:
            chosen[item.name] = choose(condition, left, right)
        elif item.metadata["width"] == BOOL:
            chosen[item.name] = when(condition, left, right)
        else:
            chosen[item.name] = when_word(item.metadata["width"], condition, left, right)
    return type(then)(**chosen)
