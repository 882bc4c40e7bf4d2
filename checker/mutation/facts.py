"""Facts of a state by their paths: read, changed, turned to another value of their kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from checker.over_time.explore import explore
from model.algebra import below, no, when_word
from model.over_time.catalogue import ENUMS
from model.over_time.step import Machine, TransitionSystem
from model.records import BOOL, Leaf, leaves, values_of

ENOUGH = 400
"""States that are looked at to see what a step changes."""


def at(record: Any, path: str) -> Any:
    """Return the fact of a record at a dotted path."""
    for name in path.split("."):
        record = getattr(record, name)
    return record


def with_at(record: Any, path: str, value: Any) -> Any:
    """Return the record with the fact at a dotted path changed."""
    name, _, rest = path.partition(".")
    inner = with_at(getattr(record, name), rest, value) if rest else value
    return replace(record, **{name: inner})


def kind_at(record: type[Any], path: str) -> Leaf:
    """Return the leaf of a record at a dotted path."""
    return next(leaf for leaf in leaves(record) if leaf.path == path)


def turned(kind: Leaf, value: Any) -> Any:
    """Return another value of a fact's kind: negated, the next of its names, or one less."""
    if kind.width == BOOL:
        return no(value)
    if kind.names in ENUMS:
        last = len(ENUMS[kind.names]) - 1
        return when_word(kind.width, below(value, last), value + 1, 0)
    if kind.signed:
        return value - 1
    return when_word(kind.width, value == 0, 1, 0)


def changed_by(system: TransitionSystem, machines: Iterable[Machine]) -> dict[str, list[str]]:
    """Return, per step, the paths of the facts that it was seen to change."""
    seen: dict[str, dict[str, None]] = {}
    for machine in machines:
        for name, before, after in _taken(system, machine):
            seen.setdefault(name, {}).update(_changed(before, after))
    return {name: list(paths) for name, paths in seen.items()}


def _taken(system: TransitionSystem, machine: Machine) -> Iterator[tuple[str, Any, Any]]:
    """Yield each step that is taken from the first states, with the states before and after."""
    explored = explore(system, machine.kernel, most=ENOUGH)
    states = explored.states
    for source, (step, after) in zip(explored.table[0].tolist(), explored.moves, strict=True):
        yield step.name, states[source], after
    for state in states[explored.left :] if not explored.closed else ():
        for step in system.steps_on(machine):
            made = step.move(machine, state)
            if made.when:
                yield step.name, state, made.then


def _changed(before: Any, after: Any) -> dict[str, None]:
    pairs = zip(values_of(before), values_of(after), strict=True)
    return {path: None for (path, old), (_, new) in pairs if old != new}
