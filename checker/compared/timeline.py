"""The verdict of one property, kernel by kernel, and the commits that turn it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from checker.compared.comparer import Comparer
from checker.compared.mending import turned
from checker.compared.path import Step, steps
from checker.compared.promises import claim_on
from checker.compared.verdicts import Verdicts
from checker.questions.decide import Decider
from model.algebra import Truth
from model.kernel import Kernel
from model.patch import Patch
from model.revisions import REVISIONS, Revision
from properties.claim import Property, Stated, Subject, Verdict

_BRANCHES = {"debian-6.1.192": "v6.1", "debian-6.12.117": "v6.12"}
"""Kernels of the list that do not follow the one before them, and what they began with."""


@dataclass(frozen=True)
class Stretch:
    """Neighbouring kernels with one verdict; ``turns`` are the commits that brought it about.

    ``after`` is the kernel that it is told beside: the one before it, or what it branched from.
    """

    kernels: tuple[str, ...]
    verdict: Verdict
    after: str = ""
    turns: tuple[Step, ...] = ()


class Judge:
    """Decides properties of either kind, with what all of them share."""

    def __init__(self, tool: Decider, comparer: Comparer, jobs: int | None = None) -> None:
        self._tool, self._comparer, self._jobs = tool, comparer, jobs

    def verdicts_on(self, prop: Stated, kernels: Sequence[Revision]) -> list[Verdict]:
        """Return the verdict on each kernel."""
        if isinstance(prop, Property):
            found = Verdicts(prop, self._tool).verdicts(list(kernels))
            return [found[one.name] for one in kernels]
        from checker.over_time.results import verify_histories

        names = [one.name for one in kernels]
        results = verify_histories([prop.id], names, jobs=self._jobs)
        by_name = {one.kernel: one.verdict for one in results}
        return [by_name[name] for name in names]

    def turning(self, prop: Stated, before: Revision, after: Revision) -> list[Step]:
        """Return the commits on the way between two kernels that turn the verdict."""
        way = list(steps(before.kernel, after.kernel))
        if isinstance(prop, Property):
            way = [one for one, came in self._changed(prop, before, way) if came]
        on_the_way = self._kernels(before, way)
        verdicts = self.verdicts_on(prop, [before, *on_the_way])
        return [
            step
            for step, (one, other) in zip(way, pairwise(verdicts), strict=True)
            if one is not other
        ]

    def _changed(
        self, prop: Property, before: Revision, way: list[Step]
    ) -> list[tuple[Step, bool]]:
        """Return of each commit whether the property reads differently after it."""
        kernel, found = before.kernel, []
        for step in way:
            left = self._reading(prop, kernel)
            if not self._looks_up(prop, kernel, step.patch):
                found.append((step, False))  # who reads alike is told by the kernel before
                continue
            right = self._reading(prop, step.after)
            alike = all(one is other for one, other in zip(left, right, strict=True))
            found.append((step, not alike))
            kernel = step.after
        return found

    def _reading(self, prop: Property, kernel: Kernel) -> tuple[Truth, Truth, Truth]:
        """Return what the property says of every call on a kernel, and which can be made."""
        claim = claim_on(prop, kernel, self._comparer)
        possible = self._comparer.view(kernel, Subject.CREATE).possible
        return claim.premise, claim.conclusion, possible

    def _looks_up(self, prop: Property, kernel: Kernel, patch: Patch) -> bool:
        """Return whether a patch was looked up for what the property says on a kernel."""
        views = (self._comparer.view(kernel, one) for one in (prop.subject, Subject.CREATE))
        return any(patch in view.seen for view in views)

    def _kernels(self, before: Revision, way: list[Step]) -> list[Revision]:
        """Return the kernel after each commit, by a name that says which those are."""
        found = []
        for step in way:
            apart: frozenset[Patch] = before.patches ^ step.after.patches()
            found.append(replace(turned(before.kernel, apart), basis=before.basis))
        return found


def before_it(name: str) -> str | None:
    """Return the kernel that a kernel of the list follows."""
    names = list(REVISIONS)
    if name in _BRANCHES:
        return _BRANCHES[name]
    place = names.index(name)
    return names[place - 1] if place else None


def timeline(prop: Stated, kernels: Sequence[Revision], judge: Judge) -> list[Stretch]:
    """Return the verdicts of a property on kernels, neighbours with one verdict together."""
    known = dict(zip(
        (one.name for one in kernels), judge.verdicts_on(prop, kernels), strict=True
    ))
    found: list[Stretch] = []
    previous: str | None = None
    for one in kernels:
        follows = before_it(one.name) if one.name in REVISIONS else previous
        earlier = follows if follows in known else previous
        verdict = known[one.name]
        if earlier is not None and known[earlier] is not verdict:
            beside = next(kernel for kernel in kernels if kernel.name == earlier)
            turns = tuple(judge.turning(prop, beside, one))
            found.append(Stretch((one.name,), verdict, earlier, turns))
        elif found and earlier == found[-1].kernels[-1] == previous:
            found[-1] = replace(found[-1], kernels=(*found[-1].kernels, one.name))
        else:
            found.append(Stretch((one.name,), verdict, earlier or ""))
        previous = one.name
    return found
