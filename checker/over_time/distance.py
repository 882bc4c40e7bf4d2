"""How far the kernel's own steps are from a goal, on plain states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checker.over_time.watched import Watched
from model.algebra import Truth
from model.over_time.step import Step, TransitionSystem


def distance(
    system: TransitionSystem, machine: Watched, state: Any, goal: Callable[[Any], Truth]
) -> int | None:
    """Return how many own steps lead from a plain state to the goal; ``None`` if none do."""
    own = [step for step in system.steps_on(machine) if step.own]
    seen, layer, steps = {state}, [state], 0
    while layer:
        if any(goal(here) for here in layer):
            return steps
        layer = [one for here in layer for one in _after(machine, own, here, seen)]
        steps += 1
    return None


def _after(machine: Watched, own: list[Step], here: Any, seen: set[Any]) -> list[Any]:
    found = []
    for step in own:
        move = step.move(machine, here)
        if move.when is True and move.then not in seen:
            seen.add(move.then)
            found.append(move.then)
    return found
