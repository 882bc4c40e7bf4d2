"""Many claims at once that nothing is within some bounds: what is seen soon, and one question.

A call is the least of what it shows if nothing that shows it comes before it.  Of many calls most
of that is seen soon; what is not is put as one question, whose proof is a proof of each.
"""

from __future__ import annotations

from checker.engines.sat import Constraint, Sat
from checker.smallest.order import CallOrder

SOON, TOGETHER = 30_000, 20_000_000
"""Propagations for what is seen soon, and for one question about all that is not."""


def nothing_within(
    engine: Sat, order: CallOrder, asked: tuple[Constraint, ...], bounds: list[Constraint]
) -> list[bool]:
    """Return of each bound whether it is proved that nothing that is asked is within it.

    A claim of which that is not known is called ``False``, as one that does not hold.
    """
    found = [False] * len(bounds)
    hard: dict[int, Constraint] = {}
    for at, bound in enumerate(bounds):
        answer = engine.attempt(SOON, *asked, bound)
        if answer is None:
            hard[at] = bound
        else:
            found[at] = answer.status == "unsat"
    if hard:
        answer = engine.attempt(TOGETHER, *asked, order.one_of(*hard.values()))
        if answer is not None and answer.status == "unsat":
            for at in hard:
                found[at] = True
    return found
