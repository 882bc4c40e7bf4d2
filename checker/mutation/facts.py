"""Facts of a state by their paths: read, changed, turned to another value of their kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from checker.over_time.explore import Explored, explore_on_all
from model.algebra import below, no, when_word
from model.kernel import Kernel
from model.over_time.catalogue import ENUMS
from model.over_time.step import TransitionSystem
from model.records import BOOL, Leaf, leaves

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


def changed_by(system: TransitionSystem, kernels: Sequence[Kernel]) -> dict[str, list[str]]:
    """Return, per step, the paths of the facts that it was seen to change, as first seen.

    That is by each step that is taken from the first states.
    """
    seen: dict[str, dict[str, None]] = {}
    explorations = zip(explore_on_all(system, kernels, ENOUGH), kernels, strict=True)
    done: set[int] = set()
    for explored, kernel in explorations:
        if id(explored) in done and explored.closed:
            continue
        done.add(id(explored))
        for name, paths in _changed_in(explored, kernel).items():
            seen.setdefault(name, {}).update(paths)
    return {name: list(paths) for name, paths in seen.items()}


def _changed_in(explored: Explored, kernel: Kernel) -> dict[str, dict[str, None]]:
    """Return the same of one exploration."""
    before, step, after = explored.steps_from(kernel)
    first: dict[int, list[tuple[int, int, str]]] = {}
    for order, (path, where) in enumerate(explored.search.store.changed(before, after)):
        taken = np.flatnonzero(where)
        steps, at = np.unique(step[taken], return_index=True)
        for one, place in zip(steps.tolist(), taken[at].tolist(), strict=True):
            first.setdefault(one, []).append((place, order, path))
    paths = {one: dict.fromkeys(path for *_, path in sorted(met)) for one, met in first.items()}
    return {explored.system.steps[one].name: names for one, names in paths.items()}
