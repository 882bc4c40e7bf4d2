"""Which commits turn each verdict, between a kernel and the one that it follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from checker.compared.comparer import comparer
from checker.compared.mending import turned
from checker.compared.path import Step, steps
from checker.compared.timeline import Judge, before_it
from checker.over_time.results import verify_histories
from checker.questions.decide import decider
from checker.record.result import Result
from model.patches import COMMITS
from model.revisions import REVISIONS
from page.verdicts import Turns
from properties.catalogue import by_id
from properties.claim import Kind

Progress = Callable[[int], None]
Pair = tuple[str, str]
"""A kernel that another follows, and that other."""


def pairs(results: Sequence[Result]) -> dict[Pair, list[Result]]:
    """Return the results whose verdict is another than on the kernel before, by both kernels."""
    known = {(one.property, one.kernel): one for one in results}
    found: dict[Pair, list[Result]] = {}
    for one in results:
        before = before_it(one.kernel) if one.kernel in REVISIONS else None
        earlier = known.get((one.property, before or ""))
        if earlier is not None and earlier.verdict is not one.verdict:
            found.setdefault((earlier.kernel, one.kernel), []).append(one)
    return found


def turns(
    results: Sequence[Result], jobs: int | None = None, progress: Progress = lambda _count: None
) -> Turns:
    """Return, by the id of a statement, the commits that turn its verdict, pair by pair.

    Each is turned at its commit with all that came before it; where several are needed none is
    told alone.
    """
    judge = Judge(decider(), comparer(), jobs)
    found: dict[str, list[dict[str, Any]]] = {}
    for (before, after), some in pairs(results).items():
        for name, commits in _between(judge, before, after, some, jobs).items():
            told = [[COMMITS.index(step.patch), step.there] for step in commits]
            found.setdefault(name, []).append({"before": before, "after": after, "commits": told})
        progress(len(some))
    return found


def _between(
    judge: Judge, before: str, after: str, some: list[Result], jobs: int | None
) -> dict[str, list[Step]]:
    """Return the commits between two kernels that turn each statement of some."""
    first, last = REVISIONS[before], REVISIONS[after]
    histories = [one.property for one in some if one.kind == Kind.HISTORY.value]
    calls = [one.property for one in some if one.kind != Kind.HISTORY.value]
    found = {name: judge.turning(by_id(name), first, last) for name in calls}
    return found | (_of_histories(histories, before, after, jobs) if histories else {})


def _of_histories(
    ids: list[str], before: str, after: str, jobs: int | None
) -> dict[str, list[Step]]:
    """Return the same for histories, which are decided on all kernels of the way together."""
    from checker.calls.kernel_names import revision_named

    base, way = REVISIONS[before], list(steps(REVISIONS[before].kernel, REVISIONS[after].kernel))
    on_the_way = [
        replace(turned(base.kernel, base.patches ^ step.after.patches())).name for step in way
    ]
    kernels = [before, *on_the_way]
    for name in on_the_way:
        revision_named(name)
    verdicts = {(one.property, one.kernel): one.verdict
                for one in verify_histories(ids, kernels, jobs=jobs)}
    return {
        name: [
            step
            for step, (one, other) in zip(way, pairwise(kernels), strict=True)
            if verdicts[name, one] is not verdicts[name, other]
        ]
        for name in ids
    }
