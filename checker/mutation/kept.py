"""What is kept of histories without a mutant: verdicts, the ways that show one broken, sizes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.ground.problems import Problem
from checker.record.result import Result
from model.over_time.step import System
from properties.catalogue import all_timed
from properties.claim import Verdict
from properties.over_time.claim import TimedProperty


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a statement on a kernel: its verdict, and the steps that show it broken."""

    verdict: Verdict
    way: tuple[str, ...] = ()


Timed = dict[tuple[str, str], Kept]
"""What is kept of a property on a kernel, by their names."""


def timed(results: Iterable[Result]) -> Timed:
    """Return what a run without a mutant keeps; refuse one with a verdict that is not declared."""
    found = {}
    for one in results:
        if not one.as_expected:
            raise Problem(
                f"{one.property} is {one.verdict.name} on {one.kernel} without any mutant, not "
                f"{one.expected.name}: mend that first (cloneproof system)"
            )
        way = one.counterexample["call"]["history"] if one.counterexample else ()
        found[one.property, one.kernel] = Kept(one.verdict, tuple(way))
    return found


def statements_on(system: System) -> list[TimedProperty]:
    """Return the statements on a system."""
    return [prop for prop in all_timed() if prop.system is system]
