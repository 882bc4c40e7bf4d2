"""The least call that a question has: a first one made smaller, until nothing comes before it.

The solver says whether a call comes before the one at hand; what it finds is made smaller on
the concrete reading (:func:`checker.smallest.shrink.found_in`).  ``unsat`` proves that the last
one is the least.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.engines.sat import Answer, Constraint
from checker.smallest.cost import Values, place_of
from checker.smallest.fewer import needed
from checker.smallest.order import CallOrder
from model.patches import PATCHES


class Contradiction(Exception):
    """What the solver found does not hold on the concrete reading; says which."""


@dataclass(frozen=True, slots=True)
class Least:
    """A call; ``proved`` if no call of the question comes before it."""

    values: Values
    proved: bool


def least_of(
    found: Values,
    order: CallOrder,
    ask: Callable[[Constraint], Answer],
    found_in: Callable[[Answer], Values | None],
) -> Least:
    """Return the least call of a question, of which one is known.

    ``ask`` asks the question under one constraint more; ``found_in`` returns the call in an
    answer, made smaller, or ``None`` if it is none.  Raises :class:`Contradiction` for such an
    answer.  Where the solver gives up, the least call so far is not proved.
    """
    while True:
        answer = _first(ask, order.before(found))
        if answer.values is None:
            return Least(found, answer.status == "unsat")
        smaller = found_in(answer)
        if smaller is None or place_of(smaller) >= place_of(found):
            raise Contradiction("a smaller call fails concretely")
        found = smaller


def _first(ask: Callable[[Constraint], Answer], bounds: list[Constraint]) -> Answer:
    """Return the first answer with a call; else what the last bound came to."""
    answer = Answer("unknown")
    for bound in bounds:
        answer = ask(bound)
        if answer.values is not None:
            break
    return answer


def least_set(
    call: Values,
    order: CallOrder,
    ask: Callable[[Constraint], Answer],
    still: Callable[[frozenset[str]], bool],
) -> frozenset[str]:
    """Return the least set of patches under which a question has exactly this call.

    A set comes before another if the latest patch in which they differ is not in it.  Raises
    :class:`Contradiction` if there is none, or the solver does not know the least.
    """
    exactly = order.exactly(call)
    answer = ask(exactly)
    while answer.values is not None:
        found = _needed(answer.patches, still)
        answer = ask(order.both(exactly, order.fewer(found)))
        if answer.status == "unsat":
            return found
    raise Contradiction("no least set of patches is known for the call")


def _needed(patches: frozenset[str], still: Callable[[frozenset[str]], bool]) -> frozenset[str]:
    """Return the set without each patch that can be left out, the latest first."""
    if not still(patches):
        raise Contradiction("the solver's set of patches fails concretely")
    latest_first = [one.name for one in reversed(PATCHES) if one.name in patches]
    return frozenset(needed(latest_first, lambda names: still(frozenset(names))))
