"""What is kept of histories without a mutant: verdicts, the ways that show one broken, sizes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.ground.problems import Problem
from checker.record.result import Result
from model.over_time.step import TransitionSystem
from properties.catalogue import all_timed, timed_by_id
from properties.claim import Verdict, merge
from properties.over_time.claim import TimedProperty


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """What is kept of a statement on a kernel: its verdict, and the steps that show it broken."""

    verdict: Verdict
    way: tuple[str, ...] = ()
    several: bool = False
    """It is of several systems, and the worst of what it is on each."""

    def where(self, verdict: Verdict) -> Verdict:
        """Return what it is where one of its systems has a verdict: at best what is kept.

        So a mutant that mends the worst of several is not noticed.
        """
        return merge([verdict, self.verdict]) if self.several else verdict


Timed = dict[tuple[str, str], KeptVerdict]
"""What is kept of a property on a kernel, by their names."""


def timed(results: Iterable[Result]) -> Timed:
    """Return what a run without a mutant keeps; refuse one with a verdict that is not declared."""
    found = {}
    for one in results:
        if not one.as_expected:
            raise Problem(
                f"{one.property} is {one.verdict.name} on {one.kernel} without any mutant, not "
                f"{one.expectation}: mend that first (cloneproof system)"
            )
        way = one.counterexample["call"]["history"] if one.counterexample else ()
        several = bool(timed_by_id(one.property).parts)
        found[one.property, one.kernel] = KeptVerdict(one.verdict, tuple(way), several)
    return found


def statements_on(system: TransitionSystem) -> list[TimedProperty]:
    """Return the statements on a system."""
    return [part for prop in all_timed() for part in prop.by_system if part.system is system]
