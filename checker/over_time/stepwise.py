"""What steps do: statements about the state before a step and the one after it.

Exploration alone decides them: every step that can be taken from every reachable state is
there.  A history against one ends with the step that breaks it, or where no step does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from checker.over_time.claimed import Bits, Met, by_kernel
from checker.over_time.explore import Explored
from checker.over_time.seen import FirstPlaces
from model.kernel import Kernel
from properties.claim import Claim
from properties.over_time.claim import How, TimedProperty

Seen = Iterator[tuple[int, FirstPlaces]]


def seen(prop: TimedProperty, met: Met) -> Seen:
    """Yield what a statement about steps comes to, with the kernels on which it does, as bits."""
    return (_at_each if prop.how is How.EACH_STEP else _for_some)(prop, met)


def _at_each(prop: TimedProperty, met: Met) -> Seen:
    """Look at the steps in the order in which they were met."""
    made = [met.steps.claims(prop.statement, case) for case in cases(prop)]
    wrong, premise = _either([one.wrong for one in made]), _either([one.premise for one in made])
    for explored, where in zip(met.explored, met.at_steps, strict=True):
        for bits, broken, there in by_kernel(wrong[where], premise[where], explored.kernels):
            yield bits, FirstPlaces(_taken(explored, broken), _taken(explored, there))


def _either(parts: list[Bits]) -> Bits:
    joined: Bits = np.bitwise_or.reduce(parts)
    return joined


def _taken(explored: Explored, edge: int | None) -> Any:
    if edge is None:
        return None
    source, _target, step, _then = explored.table
    return int(source[edge]), explored.system.steps[int(step[edge])]


def _for_some(prop: TimedProperty, met: Met) -> Seen:
    """Look at the states in the order in which they were met, and at the steps from each."""
    premises, done = [], []
    for case in cases(prop):
        premise = met.standing.claims(prop.statement, case).premise
        asked = met.steps.kernels & premise[met.before]
        premises.append(premise)
        done.append(met.steps.claims(prop.statement, case, asked).conclusion)
    for place, explored in enumerate(met.explored):
        where = met.at_states[place][: _left_behind(explored)]
        there = [one[where] for one in premises]
        reached = [_by_source(explored, one[met.at_steps[place]])[: len(where)] for one in done]
        undone = [one & ~two for one, two in zip(there, reached, strict=True)]
        for bits, wrong, first in by_kernel(_either(undone), _either(there), explored.kernels):
            yield bits, FirstPlaces(
                None if wrong is None else (wrong, None), None if first is None else (first, None)
            )


def _by_source(explored: Explored, noted: Bits) -> Bits:
    """Return state by state the kernels that are noted of any step from there."""
    found = np.zeros(explored.count, dtype=np.int64)
    np.bitwise_or.at(found, explored.table[0], noted)
    return found


def _left_behind(explored: Explored) -> int:
    """Return how many states are known with every step from there."""
    return explored.count if explored.closed else explored.left


def cases(prop: TimedProperty) -> tuple[tuple[Any, ...], ...]:
    """Return the further arguments that a statement about steps is made with."""
    return tuple((case,) for case in prop.cases) or ((),)


def _done_by_some(
    prop: TimedProperty, kernel: Kernel, before: Any, after: list[Any]
) -> Iterator[Claim]:
    """Yield, case by case, that one of the states after a state is as the statement asks."""
    for case in cases(prop):
        there = bool(prop.statement(kernel, before, before, *case).premise)
        asked = (prop.statement(kernel, before, then, *case).conclusion for then in after)
        yield Claim(there, there and any(asked))


def breaks(prop: TimedProperty, kernel: Kernel, states: list[Any], ways: list[Any]) -> bool:
    """Return whether a history breaks it; ``ways`` are the states after its last one."""
    if prop.how is How.SOME_STEP:
        claims = list(_done_by_some(prop, kernel, states[-1], ways))
    elif len(states) > 1:
        claims = [prop.statement(kernel, *states[-2:], *case) for case in cases(prop)]
    else:
        return False
    return any(claim.premise and not claim.conclusion for claim in claims)
