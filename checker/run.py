"""Runs many decisions, in parallel, into result records."""

from __future__ import annotations

from collections.abc import Callable

from checker.pool import each
from checker.result import Result
from model.revisions import REVISIONS, Revision
from properties import complete
from properties.catalogue import by_id
from properties.claim import Property

PARTS = 8
"""Properties are split into this many parts whatever the machine, and each part has a solver
of its own: it sees the same queries in the same order and finds the same calls everywhere.
Neighbours in the catalogue share terms, so a part is a run of neighbours."""

EVERY = 30
"""So many properties are decided between two control questions."""

Progress = Callable[[int], None]


def verify(
    ids: list[str],
    revisions: list[str],
    *,
    jobs: int | None = None,
    blame: bool = True,
    progress: Progress = lambda _count: None,
) -> list[Result]:
    """Return the results of deciding properties on kernels, in the catalogue's order.

    ``jobs`` is the number of processes (all processors by default); ``progress`` is called
    with the number of properties done since the last call.
    """
    complete.check()
    count = PARTS if len(ids) > PARTS else 1
    parts = [ids[n * len(ids) // count : (n + 1) * len(ids) // count] for n in range(count)]
    found: list[Result] = []
    for _place, results in each(lambda part: _afresh(part, revisions, blame), parts, jobs=jobs):
        found += results
        progress(len({result.property for result in results}))
    place = {identity: index for index, identity in enumerate(ids)}
    return sorted(found, key=lambda result: (place[result.property], result.place))


def _afresh(ids: list[str], revisions: list[str], blame: bool) -> list[Result]:
    """Return the results of one part, from a solver that has seen no other.

    In between and at the end it answers control questions; if it is caught, all are ERROR.
    """
    from checker.controls import Controls
    from checker.decide import decider
    from checker.results import unreliable
    from checker.sat import Unreliable

    decider.cache_clear()
    chosen = [REVISIONS[name] for name in revisions]
    made: list[Result] = []
    try:
        controls = Controls(decider())
        for place, identity in enumerate(ids):
            made += decided(by_id(identity), chosen, blame)
            if place % EVERY == 0 or place == len(ids) - 1:
                controls.ask(by_id(identity).subject)
    except Unreliable as error:
        return [one for name in ids for one in unreliable(by_id(name), chosen, error)]
    return made


def decided(prop: Property, revisions: list[Revision], blame: bool) -> list[Result]:
    """Return the results of one property, in the order of the revisions."""
    from checker.results import results_of

    return results_of(prop, revisions, blame)
