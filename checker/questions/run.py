"""Runs many decisions, in parallel, into result records."""

from __future__ import annotations

import gc

from checker.calls.kernel_names import revision_named
from checker.ground.pool import Lane
from checker.record.deciding import Deciding, Progress, decide_all, nobody
from checker.record.result import Result
from model.due import as_truth
from model.revisions import REVISIONS, Revision
from properties import complete
from properties.catalogue import by_id
from properties.claim import Property, Subject

BATCH = 60
"""Properties that a process takes at a time: neighbours in the catalogue share terms."""

WORTH = 64
"""Properties that are worth another process: each encodes first what all of them share."""


def verify(
    ids: list[str],
    revisions: list[str],
    *,
    jobs: int | None = None,
    blame: bool = True,
    anew: bool = False,
    progress: Progress = nobody,
) -> list[Result]:
    """Return the results of deciding properties on kernels, in the catalogue's order.

    With ``blame`` each proof tells what it rests on, ``anew`` without what is kept of it.
    ``jobs`` is the number of processes (all processors by default), fewer for few properties;
    ``progress`` is called with the number of properties done since the last call.
    """
    kind = deciding(ids, revisions, blame=blame, anew=anew)
    return decide_all([kind], jobs=jobs, progress=progress)[0]


def deciding(
    ids: list[str], revisions: list[str], *, blame: bool = True, anew: bool = False
) -> Deciding:
    """Return how properties are decided: :func:`verify`, for a run that decides others as well."""
    complete.check()
    place = {identity: index for index, identity in enumerate(ids)}

    def decide_batch(batch: list[str]) -> list[Result]:
        return _results(batch, revisions, blame, anew)

    def joined(found: list[Result]) -> list[Result]:
        return sorted(found, key=lambda result: (place[result.property], result.place))

    if ids:
        _load()
    most = 1 + len(ids) // WORTH
    lane = Lane(decide_batch, batches(ids), most=most, joined=False)
    return Deciding(lane, lambda results: len({one.property for one in results}), joined)


def _load() -> None:
    """Load here, before processes are forked, what all of them need; but no solver has begun.

    A solver may end its process where memory runs out, and must not be the one that tells.
    """
    from checker.questions import controls, decide, results  # noqa: F401
    from checker.readings.space import space

    space().is_one_of(list(REVISIONS.values()))
    as_truth(space().well_formed)


def batches(ids: list[str]) -> list[list[str]]:
    """Return properties in batches of one subject, those that take longest first.

    What is found does not depend on who else is in a batch, or on who takes it.
    """
    alike: dict[tuple[bool, Subject], list[str]] = {}
    for name in ids:
        prop = by_id(name)
        alike.setdefault((prop.of_patch is not None, prop.subject), []).append(name)
    return [
        alike[kind][begin : begin + BATCH]
        for kind in sorted(alike, key=lambda kind: (not kind[0], -len(alike[kind])))
        for begin in range(0, len(alike[kind]), BATCH)
    ]


def _results(
    ids: list[str], revisions: list[str], blame: bool, anew: bool = False
) -> list[Result]:
    """Return the results of one batch.

    At its end the solver answers a control question; if it is caught, all of it are ERROR.
    """
    from checker.engines.sat import Unreliable
    from checker.questions.controls import controls
    from checker.questions.decide import begin_anew, decider
    from checker.questions.results import unreliable

    chosen = [revision_named(name) for name in revisions]
    begin_anew(by_id(ids[0]).subject)
    gc.disable()  # next to nothing goes round in circles, and the process ends soon
    try:
        made = [one for name in ids for one in decided(by_id(name), chosen, blame, anew)]
        controls(decider()).ask(by_id(ids[-1]).subject)
    except Unreliable as error:
        return [one for name in ids for one in unreliable(by_id(name), chosen, error)]
    return made


def decided(
    prop: Property, revisions: list[Revision], blame: bool, anew: bool
) -> list[Result]:
    """Return the results of one property, in the order of the revisions."""
    from checker.questions.results import results_of

    return results_of(prop, revisions, blame, anew)
