"""What steps do: statements about the state before a step and the one after it.

Exploration alone decides them: every step that can be taken from every reachable state is
there.  A history against one ends with the step that breaks it, or where no step does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.over_time.explore import Explored
from model.kernel import Kernel
from model.system.step import Step
from properties.claim import Claim
from properties.system.claim import How, TimedProperty

Seen = tuple[int, "Step | None", Claim]
"""A state, a step from there (``None``: nothing happens), and what is claimed of it."""


def seen(prop: TimedProperty, kernel: Kernel, explored: Explored) -> Iterator[Seen]:
    """Yield what a statement claims of each step, or of each state that it must be taken from."""
    if prop.how is How.EACH_STEP:
        yield from _each(prop, kernel, explored)
    else:
        yield from _some(prop, kernel, explored)


def _each(prop: TimedProperty, kernel: Kernel, explored: Explored) -> Iterator[Seen]:
    for (index, _target, _own), (step, then) in zip(explored.edges, explored.moves, strict=True):
        for case in _cases(prop):
            yield index, step, prop.statement(kernel, explored.states[index], then, *case)


def _some(prop: TimedProperty, kernel: Kernel, explored: Explored) -> Iterator[Seen]:
    after: dict[int, list[Any]] = {}
    for (index, _target, _own), (_step, then) in zip(
        explored.edges, explored.moves, strict=True
    ):
        after.setdefault(index, []).append(then)
    for index, state in enumerate(explored.states[: _left_behind(explored)]):
        for claim in _done_by_some(prop, kernel, state, after.get(index, [])):
            yield index, None, claim


def _left_behind(explored: Explored) -> int:
    """Return how many states are known with every step from there."""
    if explored.closed:
        return len(explored.states)
    return explored.edges[-1][0] + 1 if explored.edges else 0


def _cases(prop: TimedProperty) -> list[tuple[Any, ...]]:
    return [(case,) for case in prop.cases] or [()]


def _done_by_some(
    prop: TimedProperty, kernel: Kernel, before: Any, after: list[Any]
) -> Iterator[Claim]:
    """Yield, case by case, that one of the states after a state is as the statement asks."""
    for case in _cases(prop):
        there = bool(prop.statement(kernel, before, before, *case).premise)
        asked = (prop.statement(kernel, before, then, *case).conclusion for then in after)
        yield Claim(there, there and any(asked))


def broken_at(
    prop: TimedProperty, kernel: Kernel, explored: Explored
) -> tuple[int, Step | None] | None:
    """Return the nearest state from which a step breaks it, or none does it."""
    wrong = (
        (index, step)
        for index, step, claim in seen(prop, kernel, explored)
        if claim.premise and not claim.conclusion
    )
    return next(wrong, None)


def occurs_at(
    prop: TimedProperty, kernel: Kernel, explored: Explored
) -> tuple[int, Step | None] | None:
    """Return the nearest state, and the step, that the statement is about."""
    met = ((index, step) for index, step, claim in seen(prop, kernel, explored) if claim.premise)
    return next(met, None)


def breaks(prop: TimedProperty, kernel: Kernel, states: list[Any], ways: list[Any]) -> bool:
    """Return whether a history breaks it; ``ways`` are the states after its last one."""
    if prop.how is How.SOME_STEP:
        claims = list(_done_by_some(prop, kernel, states[-1], ways))
    elif len(states) > 1:
        claims = [prop.statement(kernel, *states[-2:], *case) for case in _cases(prop)]
    else:
        return False
    return any(claim.premise and not claim.conclusion for claim in claims)


def history(explored: Explored, place: tuple[int, Step | None]) -> list[Step]:
    """Return a shortest history to a state, with the step from there."""
    index, step = place
    return explored.history(index) + ([step] if step is not None else [])
