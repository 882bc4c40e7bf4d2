"""Runs many decisions, in parallel, into result records."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from multiprocessing import get_context

from checker.result import Result
from model.revisions import REVISIONS, Revision
from properties.catalogue import by_id
from properties.claim import Property

PARTS = 8
"""Properties are split into this many parts whatever the machine, and each part has a solver
of its own: it sees the same queries in the same order and finds the same calls everywhere.
Neighbours in the catalogue share terms, so a part is a run of neighbours."""

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
    workers = min(jobs or os.cpu_count() or 1, PARTS)
    if len(ids) <= PARTS:
        return list(_here(ids, revisions, blame, progress))
    parts = [ids[n * len(ids) // PARTS : (n + 1) * len(ids) // PARTS] for n in range(PARTS)]
    found: list[Result] = []
    if workers == 1:
        for part in parts:
            found += _afresh(part, revisions, blame, progress)
        return found
    with get_context("fork").Pool(workers, initializer=_leave_interrupts) as pool:
        work = [(part, revisions, blame) for part in parts]
        for results in pool.imap_unordered(_part, work):
            found += results
            progress(len({result.property for result in results}))
    place = {identity: index for index, identity in enumerate(ids)}
    return sorted(found, key=lambda result: (place[result.property], result.place))


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the parent, which ends the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _part(work: tuple[list[str], list[str], bool]) -> list[Result]:
    ids, revisions, blame = work
    return _afresh(ids, revisions, blame, lambda _count: None)


def _afresh(ids: list[str], revisions: list[str], blame: bool, progress: Progress) -> list[Result]:
    """Return the results of one part, from a solver that has seen no other."""
    from checker.decide import decider

    decider.cache_clear()
    return list(_here(ids, revisions, blame, progress))


def _here(
    ids: list[str], revisions: list[str], blame: bool, progress: Progress
) -> Iterable[Result]:
    chosen = [REVISIONS[name] for name in revisions]
    for identity in ids:
        yield from decided(by_id(identity), chosen, blame)
        progress(1)


def decided(prop: Property, revisions: list[Revision], blame: bool) -> list[Result]:
    """Return the results of one property, in the order of the revisions."""
    from checker.results import results_of

    return results_of(prop, revisions, blame)
