"""Properties of histories as result records, decided by system on all processors."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol, TypeAlias

from checker.calls.kernel_names import kernel_named
from checker.engines.sat import Unreliable
from checker.ground.clock import now, since
from checker.ground.pool import Lane
from checker.over_time.counter import Ledger
from checker.over_time.decide import Historian
from checker.over_time.explore import Library
from checker.over_time.finding import TimedFinding, worst_of
from checker.readings.expected import expected
from checker.record.deciding import Deciding, Progress, decide_all, nobody
from checker.record.result import Result, Verdict
from model.kernel import Kernel
from properties import complete
from properties.catalogue import all_timed, timed_by_id
from properties.over_time.claim import TimedProperty

KIND = "history"


def verify_histories(
    ids: list[str],
    kernels: list[str],
    *,
    jobs: int | None = None,
    progress: Progress = nobody,
    engine: str = "",
    depth: int = 0,
) -> list[Result]:
    """Return the results in the catalogue's order; each system is explored by one process.

    With ``engine`` only that one is asked, to that depth; else each property's own.
    """
    kind = deciding(ids, kernels, engine=engine, depth=depth)
    return decide_all([kind], jobs=jobs, progress=progress)[0]


def deciding(
    ids: list[str], kernels: list[str], *, engine: str = "", depth: int = 0
) -> Deciding:
    """Return how they are decided: :func:`verify_histories`, for a run that decides others, too."""
    complete.check()
    known = [kernel_named(name) for name in kernels]
    decides = partial(_decider, engine, depth, Ledger(), Library(known))
    first = {prop.id: prop.system.name for prop in all_timed()}

    def done(results: list[Result]) -> int:
        return len({one.property for one in results if one.system == first[one.property]})

    lane = Lane(lambda part: _part(part, kernels, decides()), _by_system(ids))
    return Deciding(lane, done, _joined)


def _joined(found: list[Result]) -> list[Result]:
    """Return one result of each property on each kernel, in the order of both."""
    by_property: dict[str, list[Result]] = {}
    for one in found:
        by_property.setdefault(one.property, []).append(one)
    known = (prop for prop in all_timed() if prop.id in by_property)
    return [one for prop in known for one in _of_all(prop, by_property[prop.id])]


def _of_all(prop: TimedProperty, found: list[Result]) -> list[Result]:
    """Return the results of a property in the order of kernels, one of all its systems."""
    in_order = sorted(found, key=attrgetter("place"))
    if len(prop.by_system) == 1:
        return in_order
    return [_of_one(prop, list(each)) for _, each in groupby(in_order, attrgetter("place"))]


def _of_one(prop: TimedProperty, found: list[Result]) -> Result:
    """Return the result of a property from those of its systems, with the size of its first."""
    by_system = {one.system: one for one in found}
    results = [by_system[part.system.name] for part in prop.by_system]
    worst, said = worst_of(prop, results)
    seconds = sum(one.seconds for one in results)
    first = results[0]
    return worst.but(**said, system=first.system, size=first.size, seconds=seconds)


Part: TypeAlias = "list[TimedProperty]"
"""What is said of one system, be it of others as well."""


def _by_system(ids: list[str]) -> list[Part]:
    """Group properties by their systems, so that none is explored twice; the largest first."""
    parts: dict[str, Part] = {}
    for part in (part for identity in ids for part in timed_by_id(identity).by_system):
        parts.setdefault(part.system.name, []).append(part)
    first = {name: place for place, name in enumerate(SLOW)}
    return [parts[name] for name in sorted(parts, key=lambda name: first.get(name, len(SLOW)))]


SLOW = (
    "user_namespaces",
    "forkers",
    "accounts",
    "thread_groups",
    "pid_namespaces",
    "ucounts_holders",
    "vhost_new_worker",
    "inheritance",
)
"""Systems that take longest, of which one that is begun late would be waited for."""


def _part(part: Part, kernels: list[str], decider: HistoryDecider) -> list[Result]:
    """Return one system's results, in a process of their own: states are many and no cycles."""
    gc.disable()
    return [one for prop in part for one in results_of(prop, kernels, decider)]


class HistoryDecider(Protocol):
    """Whoever decides a property of histories on a kernel."""

    def decide(self, prop: TimedProperty, kernel: Kernel) -> TimedFinding:
        """Return the finding."""

    def size(self, prop: TimedProperty, kernel: Kernel) -> str:
        """Return how large its system is there; nothing where it is not explored."""


def _decider(engine: str, depth: int, ledger: Ledger, library: Library) -> HistoryDecider:
    """Return who decides a system; all in one process share what is not about one alone."""
    if not engine:
        return Historian(library.emptied(), ledger)
    from checker.over_time.engines import DEPTH, Alone

    return Alone(engine, depth or DEPTH, library.emptied())


def results_of(
    prop: TimedProperty, kernels: Iterable[str], decider: HistoryDecider
) -> list[Result]:
    """Return the results of one property on kernels, in the order in which they are given."""
    made = []
    about, declared = _about(prop), expected(prop.expect)
    for place, name in enumerate(kernels):
        begun, kernel = now(), kernel_named(name)
        finding = _decided(prop, kernel, decider)
        made.append(about.but(
            **_found(name, finding), expected=declared.get(name),
            size=decider.size(prop, kernel), seconds=since(begun), place=place,
        ))
    return made


def _decided(prop: TimedProperty, kernel: Kernel, decider: HistoryDecider) -> TimedFinding:
    try:
        return decider.decide(prop, kernel)
    except Unreliable as error:
        return TimedFinding(Verdict.ERROR, f"the solver contradicts itself: {error}")


def _about(prop: TimedProperty) -> Result:
    """Return what results of a property have in common."""
    return Result(
        property=prop.id,
        name=prop.name,
        sentence=prop.sentence,
        kind=KIND,
        source=prop.source,
        kernel="",
        verdict=Verdict.UNKNOWN,
        expected=None,
        system=prop.system.name,
    )


def _found(kernel: str, finding: TimedFinding) -> dict[str, Any]:
    return {
        "kernel": kernel,
        "verdict": finding.verdict,
        "reason": finding.reason,
        "witness": finding.witness.document() if finding.witness else {},
        "rests_on": finding.rests_on,
        "counterexample": finding.trace.document() if finding.trace else {},
    }
