"""Reachable states of the small systems, with every step that leads on: the model's own words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from checker.over_time.explore import explore
from model.kernel import Kernel
from model.over_time.catalogue import SYSTEMS
from model.records import values_of
from page.kernels import bits
from tests.page.drawn import told_value

SMALL = 1_500
"""States up to which every one is looked at."""
DRAWN = 5_000
"""States of a larger system that are drawn."""

Reached = dict[str, Any]


def reached(name: str, kernel: Kernel, seed: int = 1) -> Reached:
    """Return states of a system on a kernel: each with its steps, in order, and where they lead."""
    found = explore(SYSTEMS[name], kernel)
    before, step, then = found.steps_from(kernel)
    store, steps = found.search.store, SYSTEMS[name].steps
    every = found.count <= SMALL
    chosen = found.numbers if every else _some(found.numbers, f"{name} {kernel.name} {seed}")
    states = store.plain(chosen)
    moves: dict[bytes, list[Any]] = {row.tobytes(): [] for row in np.ascontiguousarray(chosen)}
    keys = np.ascontiguousarray(before)
    wanted = [at for at in range(len(keys)) if keys[at].tobytes() in moves]
    ends = store.plain(then[wanted])
    for at, end in zip(wanted, ends, strict=True):
        moves[keys[at].tobytes()].append([steps[int(step[at])].name, _told(end)])
    told = [
        [_told(state), moves[row.tobytes()]]
        for state, row in zip(states, np.ascontiguousarray(chosen), strict=True)
    ]
    return {"system": name, "bits": bits(kernel.patches()), "whole": every, "states": told}


def _some(numbers: Any, seed: str) -> Any:
    chosen = random.Random(seed).sample(range(len(numbers)), min(DRAWN, len(numbers)))
    return numbers[sorted(chosen)]


def _told(state: Any) -> list[Any]:
    return [told_value(value) for _path, value in values_of(state)]


def systems() -> Iterator[str]:
    """Yield the names of all systems."""
    yield from SYSTEMS
