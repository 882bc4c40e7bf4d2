"""Where a mutant's steps first lead elsewhere, from the states of the system as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.mutation.roaming import Roamed
from checker.mutation.world import Edge, SeenStates
from model.over_time.step import Step, TransitionSystem
from model.records import values_of

Facts = dict[str, Any]
Pair = tuple[int, str, Edge | None, Edge | None]
"""The place of a state, a step, and where it leads from there: as it is, and changed."""


def differs(plain: Roamed, changed: TransitionSystem) -> bool:
    """Return whether a changed step leads elsewhere from any state of the system as it is."""
    return next(_pairs(plain, changed), None) is not None


def first_difference(plain: Roamed, changed: TransitionSystem) -> tuple[list[str], Facts, Facts]:
    """Return the way to the nearest difference, what its last step changes, and did before."""
    place, step, before, after = next(_pairs(plain, changed))
    world, at = plain.world, plain.states[place]
    told = _told(world, at, step, before), _told(world, at, step, after)
    facts = [fact for fact in {**told[0], **told[1]} if told[0].get(fact) != told[1].get(fact)]
    left, right = ({fact: one.get(fact, "as it was") for fact in facts} for one in told)
    return [*plain.way(place), step], left, right


def _told(world: SeenStates, at: int, step: str, edge: Edge | None) -> Facts:
    if edge is None:
        return {step: "cannot be taken"}
    pairs = zip(values_of(world.states[at]), values_of(world.states[edge.then]), strict=True)
    return {path: new for (path, old), (_path, new) in pairs if old != new}


def _pairs(plain: Roamed, changed: TransitionSystem) -> Iterator[Pair]:
    world = plain.world
    steps = list(_changed(world, changed))
    for place, at in enumerate(plain.states):
        for old, new in steps:
            before = world.edge(at, old, world.edges(old))
            after = None if new is None else world.edge(at, new, world.edges(new))
            if _then(before) != _then(after):
                yield place, old.name, before, after


def _then(edge: Edge | None) -> int | None:
    return None if edge is None else edge.then


def _changed(world: SeenStates, changed: TransitionSystem) -> Iterator[tuple[Step, Step | None]]:
    """Yield each step of a kernel that is changed, and what stands instead."""
    there = {step.name: step for step in changed.steps}
    for step in world.system.steps_on(world.machine):
        instead = there.get(step.name)
        if instead is None or instead.move is not step.move:
            yield step, instead
