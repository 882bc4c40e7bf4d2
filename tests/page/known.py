"""The page's document of the model, made once for all tests."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from typing import Any

from model.kernel import Kernel
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import Machine, TransitionSystem
from model.patches import COMMITS
from model.records import values_of
from page.document import model_document
from tests.page.reference import Reference


@cache
def model() -> dict[str, Any]:
    """Return the document, without verdicts."""
    return model_document("0")


@cache
def reference() -> Reference:
    """Return its table as the tests read it."""
    return Reference(model()["table"])


def patches_of(kernel: Kernel) -> dict[str, bool]:
    """Return the inputs that say which patches a kernel has."""
    return {f"patch:{patch.name}": bool(kernel[patch]) for patch in COMMITS}


def inputs_of(system: TransitionSystem, state: Any, when: str = "before") -> dict[str, Any]:
    """Return the inputs that say which state a system is in."""
    return {f"{path}@{system.name}:{when}": value for path, value in values_of(state)}


def walked(name: str, kernel: Kernel, steps: int, seed: int = 1) -> Iterator[tuple[Any, Any]]:
    """Yield states of a random history of a system, each with the moves of all its steps."""
    chance = random.Random(f"{name} {kernel.name} {seed}")
    system, machine = SYSTEMS[name], Machine(kernel)
    state = system.start(machine)
    for _ in range(steps):
        moves = {step: step.move(machine, state) for step in system.steps_on(machine)}
        yield state, moves
        able = [move.then for move in moves.values() if move.when is True]
        state = chance.choice(able) if able else system.start(machine)
