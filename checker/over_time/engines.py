"""The engines by name, each asked alone: what can it say of a property, and what not.

An engine says no more than it knows: bounded checking never proves, k-induction and PDR
never refute without a history, and a budget that runs out is said to be one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from checker.over_time.bounded import Unrolling, breaking, nearest
from checker.over_time.budget import Budget
from checker.over_time.by_pdr import by_pdr
from checker.over_time.decide import (
    UNFIT,
    Looked,
    by_exploration,
    failed,
    on_this_kernel,
)
from checker.over_time.explore import Library
from checker.over_time.finding import TimedFinding, bounded, gave_up, jointly, refuted
from checker.over_time.inductive import by_k_induction
from checker.over_time.question import Question, SystemReadings, on_bits
from checker.over_time.trace import plain
from checker.over_time.watched import Alike, Watched
from model.kernel import Kernel
from properties.over_time.claim import How, TimedProperty

DEPTH = 16
"""Steps of a history, or k of an induction, unless told."""


def by_bounded_checking(question: Question, depth: int) -> TimedFinding:
    """REFUTED by a shortest history, or BOUNDED."""
    budget = Budget()
    found = breaking(question, Unrolling(question.space, budget), depth)
    if found.history is not None:
        return refuted(question, found.history)
    if found.depth < 0:
        return gave_up(found.reason)
    occurs = nearest(Unrolling(question.space, budget), question.premise, found.depth)
    finding = bounded(found.depth, found.reason)
    if occurs.history is None:
        finding.reason += "; none of them has its premise"
    else:
        finding.witness = plain(question.prop, question.kernel, occurs.history)
    return finding


SYMBOLIC: dict[str, Callable[[Question, int], TimedFinding]] = {
    "bmc": by_bounded_checking,
    "k-induction": by_k_induction,
    "pdr": by_pdr,
}
NAMES = ("explore", *SYMBOLIC)


def asked(engine: str, prop: TimedProperty, kernel: Kernel, depth: int = DEPTH) -> TimedFinding:
    """Return what a symbolic engine says of a property on a kernel."""
    return _answer(engine, prop, Watched(kernel), depth, SystemReadings())


def _answer(
    engine: str, prop: TimedProperty, watched: Watched, depth: int, readings: SystemReadings
) -> TimedFinding:
    if prop.how.of_steps:
        return gave_up("only exploration answers what is said of steps")
    try:
        question = watched.ask(on_bits, prop)
        if prop.how is How.INDUCTIVE:
            watched.ask(readings.in_whole_numbers, prop)
        return SYMBOLIC[engine](question, depth)
    except UNFIT as error:
        return failed(error)


@dataclass
class Alone:
    """One engine, asked about properties on kernels; kernels that it cannot tell apart once."""

    engine: str
    depth: int = DEPTH
    library: Library = field(default_factory=Library)
    readings: SystemReadings = field(default_factory=SystemReadings)
    looked: Looked = field(default_factory=Looked)
    _findings: Alike[TimedFinding] = field(default_factory=Alike)

    def decide(self, prop: TimedProperty, kernel: Kernel) -> TimedFinding:
        """Return the finding on one kernel, with its trace run on that very kernel."""
        return jointly(prop, [self._of_one(part, kernel) for part in prop.by_system])

    def size(self, _prop: TimedProperty, _kernel: Kernel) -> str:
        """Return nothing: what is searched by solvers is not counted."""
        return ""

    def _of_one(self, prop: TimedProperty, kernel: Kernel) -> TimedFinding:
        if self.engine == "explore":
            return on_this_kernel(prop, kernel, self._by_exploration(prop, kernel))
        found = self._findings.of(prop, kernel, lambda watched: self._said(prop, watched))
        return on_this_kernel(prop, kernel, found)

    def _said(self, prop: TimedProperty, watched: Watched) -> TimedFinding:
        return _answer(self.engine, prop, watched, self.depth, self.readings)

    def _by_exploration(self, prop: TimedProperty, kernel: Kernel) -> TimedFinding:
        explored = self.library.of(prop.system, kernel)
        return by_exploration(prop, kernel, explored, self.looked.at(prop, kernel, explored))
