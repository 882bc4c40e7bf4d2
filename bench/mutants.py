"""How many mutants a second two processors decide."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bench.figure import Figure, Figures, Limit, Plan, at_least
from bench.measure import Asked, in_turn
from bench.trees import HERE

PART = "mutants"
RATE = "a second, two processors"
ALL = "all rooms, proofs of equivalence included"
SAMPLED = "a sample of all rooms"
SAMPLE = "40"
"""One mutant in so many is decided, but for ``--full``."""


def figures(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield the rate over all rooms, and of each; the run without a mutant is not counted."""
    every = "1" if plan.full else SAMPLE
    words = ("mutate", "--one-in", every, "--format", "json", "--least", "0")
    made = in_turn(1, {PART: Asked(HERE, words)})[PART]
    note = "" if plan.full else f"one mutant in {SAMPLE}: what mutants share weighs more"
    for room, rate in _rates(json.loads(made[0].output)).items():
        what = (ALL if plan.full else SAMPLED) if room == "all" else room
        yield Figure(PART, what, RATE, rate, None, note)


def _rates(report: dict[str, object]) -> dict[str, float]:
    """Return mutants a second by room: two processors have two seconds of work in one."""
    rooms: list[dict[str, float | str]] = report["rooms"]  # type: ignore[assignment]
    return {
        str(one["room"]): 2 * float(one["mutants"]) / max(float(one["processor seconds"]), 0.5)
        for one in rooms
    }


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of the rate over all; a sample says nothing of it."""
    yield at_least(7, "mutants a second, two processors", 50, found.here(PART, ALL, RATE))
