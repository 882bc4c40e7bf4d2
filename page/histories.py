"""Histories as data: of each system where it starts, its steps, and what they lead to."""

from __future__ import annotations

from typing import Any

from checker.readings.space import space
from model.due import as_truth
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import Machine, Step, TransitionSystem
from model.records import leaves, values_of
from page.kernels import named_in
from page.leaves import leaf_document
from page.statements import BEFORE, state
from page.table import Table


def systems(table: Table) -> list[dict[str, Any]]:
    """Return every system: what its names of inputs begin with is its own name."""
    return [_system(one, table) for one in SYSTEMS.values()]


def _system(system: TransitionSystem, table: Table) -> dict[str, Any]:
    machine = Machine(space().kernel)
    known = list(leaves(system.record))
    start = dict(values_of(system.start(machine)))
    return {
        "name": system.name,
        "about": system.about,
        "tasks": system.tasks,
        "facts": [leaf_document(leaf) for leaf in known],
        "inputs": f"@{system.name}:{BEFORE}",
        "start": [table.fact(start[leaf.path], leaf.width) for leaf in known],
        "steps": [_step(one, machine, system, table) for one in system.steps],
    }


def _step(
    step: Step, machine: Machine, system: TransitionSystem, table: Table
) -> dict[str, Any]:
    """Return a step: on which kernels there is one, when it can be taken, what it changes."""
    before = state(system, BEFORE)
    move = step.move(machine, before)
    old, new = dict(values_of(before)), dict(values_of(move.then))
    then = [
        [place, table.fact(new[leaf.path], leaf.width)]
        for place, leaf in enumerate(leaves(system.record))
        if new[leaf.path] is not old[leaf.path]
    ]
    made: dict[str, Any] = {
        "name": step.name,
        "doc": step.doc,
        "at": step.at,
        "who": step.who,
        "when": table.truth(as_truth(move.when)),
        "then": then,
    }
    if step.own:
        made["own"] = True
    if named_in(step.where):
        made |= {"where": str(step.where), "patches": named_in(step.where),
                 "there": table.truth(as_truth(step.where.on(machine)))}
    return made
