"""Decides a property of histories on a kernel, each kind by its engine.

Exploration decides invariants and endings of finite systems; induction proves what is said
of any number of forks, after exploration of a small instance found no history against it;
the ledger proves conservation, and exploration shows where it is broken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from checker.over_time import statewise, stepwise
from checker.over_time.agreed import SolversDisagree
from checker.over_time.bounded import Unrolling, breaking
from checker.over_time.budget import Budget
from checker.over_time.by_ledger import by_ledger, without_premise
from checker.over_time.claimed import Met
from checker.over_time.counter import Ledger
from checker.over_time.explore import FURTHER, Explored, Library
from checker.over_time.finding import TimedFinding, bounded, jointly, refuted, scope
from checker.over_time.frontier import Exploration
from checker.over_time.inductive import assumed_wrongly, declared, premise_never_holds
from checker.over_time.question import InWholeNumbers, Question, SystemReadings, on_bits
from checker.over_time.seen import FirstPlaces, Point, history
from checker.over_time.symbolic import NoComparison
from checker.over_time.trace import NotAHistory, Rerun, Reruns, Trace, plain, record
from checker.over_time.watched import Alike, Watched
from model.kernel import Kernel
from properties.claim import Verdict
from properties.over_time.claim import How, TimedProperty

UNITS = 2_000_000


@dataclass
class Looked:
    """What statements come to in explorations; those of one search are looked at together."""

    _met: dict[int, tuple[Exploration, Met]] = field(default_factory=dict)
    _seen: dict[tuple[int, int], tuple[TimedProperty, dict[int, FirstPlaces]]] = field(
        default_factory=dict
    )
    """By the place of a kernel among those that were searched at once."""

    def at(self, prop: TimedProperty, kernel: Kernel, explored: Explored) -> FirstPlaces:
        """Return what a statement comes to on a kernel."""
        search = explored.search
        key = id(prop), id(search)
        if key not in self._seen:
            if id(search) not in self._met:
                self._met[id(search)] = search, Met(search, explored.together)
            look = stepwise.seen if prop.how.of_steps else statewise.seen
            self._seen[key] = prop, {
                place: one
                for bits, one in look(prop, self._met[id(search)][1])
                for place in search.kernels.one_by_one(bits)
            }
        return self._seen[key][1][explored.place_of(kernel)]


@dataclass
class Historian:
    """Everything that properties share: explorations, and what solvers found."""

    library: Library = field(default_factory=Library)
    ledger: Ledger = field(default_factory=Ledger)
    readings: SystemReadings = field(default_factory=SystemReadings)
    looked: Looked = field(default_factory=Looked)
    _findings: Alike[TimedFinding] = field(default_factory=Alike)
    _walks: Reruns = field(default_factory=Reruns)
    _by_exploration: dict[int, tuple[FirstPlaces, TimedFinding]] = field(default_factory=dict)
    """By what a statement comes to in an exploration, which is all that it rests on."""

    def decide(self, prop: TimedProperty, kernel: Kernel) -> TimedFinding:
        """Return the finding on one kernel, with its trace run there or where all is alike."""
        return jointly(prop, [self._of_one(part, kernel) for part in prop.by_system])

    def size(self, prop: TimedProperty, kernel: Kernel) -> str:
        """Return how large its system, of several the first, is on a kernel."""
        return self.library.of(prop.system, kernel).size

    def finds_alike(self, prop: TimedProperty, kernel: Kernel, other: Kernel) -> bool:
        """Return whether the findings on two kernels are one: a part of one exploration's.

        Where it is ``False`` they may still be equal.
        """
        explored = self.library.of(prop.system, kernel)
        if self.library.of(prop.system, other) is not explored:
            return False
        seen = self.looked.at(prop, kernel, explored)
        if self.looked.at(prop, other, explored) is not seen:
            return False
        if self._by_solvers(prop, explored, seen) is None:
            return True
        try:
            found = [self._decided(prop, one, explored, seen) for one in (kernel, other)]
        except UNFIT:
            return False
        return found[0] is found[1]

    def _of_one(self, prop: TimedProperty, kernel: Kernel) -> TimedFinding:
        explored = self.library.of(prop.system, kernel)
        seen = self.looked.at(prop, kernel, explored)
        try:
            found = self._decided(prop, kernel, explored, seen)
        except UNFIT as error:
            return failed(error)
        inside = explored.closed or seen.broken is not None or found.trace is None
        known = self._walks.of(explored, kernel) if inside else None
        return on_this_kernel(prop, kernel, found, known)

    def _further(
        self, kernel: Kernel, prop: TimedProperty, explored: Explored
    ) -> tuple[Explored, FirstPlaces]:
        """Return a part of a system that is larger, and what a statement comes to there."""
        deeper = self.library.further(explored, kernel)
        return deeper, self.looked.at(prop, kernel, deeper)

    def _decided(
        self, prop: TimedProperty, kernel: Kernel, explored: Explored, seen: FirstPlaces
    ) -> TimedFinding:
        solved = self._by_solvers(prop, explored, seen)
        if solved is None:
            if id(seen) not in self._by_exploration:
                finding = by_exploration(prop, kernel, explored, seen)
                self._by_exploration[id(seen)] = seen, finding
            return self._by_exploration[id(seen)][1]
        return self._findings.of((prop, id(explored), seen), kernel, solved)

    def _by_solvers(
        self, prop: TimedProperty, explored: Explored, seen: FirstPlaces
    ) -> Callable[[Watched], TimedFinding] | None:
        """Return what asks solvers, where exploration alone does not decide."""
        if prop.how is How.CONSERVED:
            return lambda watched: self._by_ledger(prop, watched, explored, seen)
        if seen.broken is None and prop.how is How.INDUCTIVE:
            read = self.readings.in_whole_numbers
            return lambda watched: _by_induction(watched.ask(read, prop), explored, seen)
        if seen.broken or explored.closed or prop.how.of_steps:
            return None
        if prop.how is How.ENDS:
            return lambda watched: unrolled(watched.ask(on_bits, prop), explored)
        return lambda watched: self._beyond(prop, watched, explored)

    def _beyond(self, prop: TimedProperty, watched: Watched, explored: Explored) -> TimedFinding:
        """Look on where exploration was cut off: a trace, or how far there is none."""
        deeper, seen = watched.ask(self._further, prop, explored)
        if seen.broken is None:
            return bounded(explored.depth + FURTHER if deeper.closed else deeper.depth)
        trace = untried(prop, watched.kernel, deeper, seen.broken)
        return TimedFinding(Verdict.REFUTED, trace=trace)

    def _by_ledger(
        self, prop: TimedProperty, watched: Watched, explored: Explored, seen: FirstPlaces
    ) -> TimedFinding:
        kernel, ledger = watched.kernel, self.ledger
        kept = watched.ask(ledger.asked_of, prop)
        if seen.broken is not None:
            if all(one.status == "kept" for one in kept):
                return TimedFinding(Verdict.ERROR, "the ledger proves what a history breaks")
            return TimedFinding(Verdict.REFUTED, trace=untried(prop, kernel, explored, seen.broken))
        if seen.met is None:
            return without_premise(prop, explored, watched.ask(ledger.premise_is_possible, prop))
        finding = by_ledger(prop, explored, kept)
        if finding.verdict is Verdict.BOUNDED and not explored.closed:
            further = self._beyond(prop, watched, explored)
            if further.verdict is Verdict.REFUTED:
                return further
        return replace(finding, witness=untried(prop, kernel, explored, seen.met))


def whole(prop: TimedProperty, explored: Explored) -> tuple[str, str]:
    """Return that every state is known, and of what histories that speaks."""
    size = f"all {explored.count} states, closed at depth {explored.depth}"
    return size, scope(prop)


def untried(prop: TimedProperty, kernel: Kernel, explored: Explored, place: Point) -> Trace:
    """Return how a place was reached, as a trace that :func:`on_this_kernel` is to run."""
    return Trace(prop, kernel, history(explored, place), [])


def on_this_kernel(
    prop: TimedProperty, kernel: Kernel, finding: TimedFinding, known: Rerun | None = None
) -> TimedFinding:
    """Return a finding of a kernel that is alike, its traces run on this one.

    ``known`` has run steps on a kernel on which the system does the same: these are not run anew.
    """
    trace, witness = finding.trace, finding.witness
    try:
        return TimedFinding(
            finding.verdict,
            finding.reason,
            finding.rests_on,
            trace=record(prop, kernel, trace.steps, known) if trace else None,
            witness=plain(prop, kernel, witness.steps, known) if witness else None,
        )
    except NotAHistory as error:
        return failed(error)


UNFIT = (NotAHistory, SolversDisagree, NoComparison)
"""What keeps an engine from an answer."""


def failed(error: Exception) -> TimedFinding:
    """Return that what an engine found does not run, or that it cannot be asked."""
    if isinstance(error, NoComparison):
        return TimedFinding(Verdict.UNKNOWN, f"not read on whole numbers: {error}")
    if isinstance(error, SolversDisagree):
        return TimedFinding(Verdict.ERROR, f"two solvers contradict each other: {error}")
    return TimedFinding(Verdict.ERROR, f"the trace fails on the concrete reading: {error}")


def unrolled(question: Question, explored: Explored) -> TimedFinding:
    """Unroll for an ending, of which a part of the states says nothing: a trace, or how far none.

    Histories go on from the start.
    """
    depth = explored.depth + FURTHER
    found = breaking(question, Unrolling(question.space, Budget(UNITS)), depth)
    if found.history is not None:
        return refuted(question, found.history)
    return bounded(max(found.depth, explored.depth), found.reason)


def by_exploration(
    prop: TimedProperty, kernel: Kernel, explored: Explored, seen: FirstPlaces
) -> TimedFinding:
    """Return what an exploration alone says of a property."""
    if seen.broken is not None:
        return TimedFinding(Verdict.REFUTED, trace=untried(prop, kernel, explored, seen.broken))
    if not explored.closed:
        return bounded(explored.depth)
    if seen.met is None:
        return TimedFinding(Verdict.VACUOUS, NEVER[prop.how.of_steps])
    witness = untried(prop, kernel, explored, seen.met)
    return TimedFinding(Verdict.PROVED, rests_on=whole(prop, explored), witness=witness)


NEVER = (
    "no history leads to a state with the premise",
    "no history comes to what it speaks of",
)
"""Why a statement about states, and one about steps, is vacuous."""


def _by_induction(
    asked: InWholeNumbers, explored: Explored, seen: FirstPlaces
) -> TimedFinding:
    prop, kernel = asked.prop, asked.kernel
    wrong = assumed_wrongly(prop, kernel, explored.states)
    if wrong:
        return TimedFinding(Verdict.UNKNOWN, f"no proof: {wrong}")
    found = declared(prop, asked.space)
    if found.verdict is not Verdict.PROVED:
        return found
    if seen.met is not None:
        return replace(found, witness=untried(prop, kernel, explored, seen.met))
    if premise_never_holds(prop, asked.space):
        return TimedFinding(Verdict.VACUOUS, NEVER[False])
    return TimedFinding(Verdict.UNKNOWN, "nothing breaks it, and its premise was not met")
