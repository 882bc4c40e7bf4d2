"""The engines by name, each asked alone: what can it say of a property, and what not.

An engine says no more than it knows: bounded checking never proves, k-induction and PDR
never refute without a history, and a budget that runs out is said to be one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.over_time.bounded import Unrolling, breaking, nearest
from checker.over_time.budget import Budget
from checker.over_time.by_pdr import by_pdr
from checker.over_time.decide import by_exploration, first_broken, on_this_kernel
from checker.over_time.explore import Library
from checker.over_time.finding import TimedFinding, bounded, gave_up, refuted
from checker.over_time.inductive import by_k_induction
from checker.over_time.question import Question
from checker.over_time.strict import Plain
from checker.over_time.trace import Broken, plain, record
from model.kernel import Kernel
from properties.claim import Verdict
from properties.system.claim import TimedProperty

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
    return _answer(engine, lambda: Question(prop, kernel), depth)


def _answer(engine: str, question: Callable[[], Question], depth: int) -> TimedFinding:
    try:
        return SYMBOLIC[engine](question(), depth)
    except Plain as error:
        return TimedFinding(Verdict.UNKNOWN, f"the system is not read symbolically: {error}")
    except Broken as error:
        return TimedFinding(Verdict.ERROR, f"the trace fails on the concrete reading: {error}")


@dataclass
class Alone:
    """One engine, asked about properties on kernels; kernels with equal terms once."""

    engine: str
    depth: int = DEPTH
    library: Library = field(default_factory=Library)
    _known: dict[Any, tuple[Question, TimedFinding]] = field(default_factory=dict)

    def decide(self, prop: TimedProperty, kernel: Kernel) -> TimedFinding:
        """Return the finding on one kernel, with its trace run on that very kernel."""
        if self.engine == "explore":
            return self._by_exploration(prop, kernel)
        try:
            question = Question(prop, kernel)
            key = _identity(question)
        except Plain:
            return asked(self.engine, prop, kernel, self.depth)
        if key not in self._known:
            finding = _answer(self.engine, lambda: question, self.depth)
            self._known[key] = question, finding
            return finding
        return on_this_kernel(prop, kernel, self._known[key][1])

    def _by_exploration(self, prop: TimedProperty, kernel: Kernel) -> TimedFinding:
        explored = self.library.of(prop.system, kernel)
        found = first_broken(prop, kernel, explored)
        if found is None:
            return by_exploration(prop, kernel, kernel, explored)
        trace = record(prop, kernel, explored.history(found))
        return TimedFinding(Verdict.REFUTED, trace=trace)


def _identity(question: Question) -> tuple[Any, ...]:
    """Return a key that only equal questions share: z3 gives equal terms one number."""
    prop, space = question.prop, question.space
    before, after = space.state("0"), space.state("1")
    terms = [
        space.relation(before, after),
        space.starts(before),
        question.premise(before),
        question.broken(before),
    ]
    if prop.proof is not None:
        terms += [lemma(question.kernel, before) for lemma in prop.proof.lemmas]
    question.terms = terms
    names = tuple(step.name for step in space.steps)
    return prop.id, names, *(_number(term) for term in terms)


def _number(term: Any) -> Any:
    return term if isinstance(term, bool) else term.get_id()
