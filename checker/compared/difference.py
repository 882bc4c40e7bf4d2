"""Every difference between two kernels, covered by few calls, each with the commit that makes it.

Two kernels are a way of commits apart (:mod:`checker.compared.path`).  A call that ends
differently on them ends differently before and after one of these commits, at least; the last
such commit makes it end as it does.  A case is a kind of difference and such a commit.  One is
sought after the other, until no call differs that is not of a case: the cases are all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from checker.compared.comparer import Comparer
from checker.compared.guesses import guesses
from checker.compared.pair import Case, Pair
from checker.compared.path import steps
from model.kernel import Kernel
from model.patch import Patch
from properties.claim import Subject


@dataclass
class Difference:
    """What differs between two kernels; where something is ``unknown``, that is not all."""

    before: Kernel
    after: Kernel
    cases: list[Case] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def apart(self) -> list[Patch]:
        """Return the commits in which they differ."""
        return [step.patch for step in steps(self.before, self.after)]

    @property
    def silent(self) -> list[Patch]:
        """Return the commits that make no call end differently."""
        made = {case.commits[-1] for case in self.cases}
        return [patch for patch in self.apart if patch not in made]


def difference(
    before: Kernel, after: Kernel, tool: Comparer, progress: Callable[[int], None] = lambda _: None
) -> Difference:
    """Return what differs between two kernels; ``progress`` is told of each subject done."""
    found = Difference(before, after)
    likely = guesses(found.apart)
    for subject in Subject:
        pair = Pair(before, after, subject, tool)
        found.cases += pair.cases(likely[subject], found.unknown)
        progress(1)
    place = {patch: at for at, patch in enumerate(found.apart)}
    found.cases.sort(key=lambda case: place[case.commits[-1]])
    return found
