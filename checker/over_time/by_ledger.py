"""Conserved properties: what the ledger says of any number, and exploration of a few tasks.

PROVED needs both: the property's invariant of one count is kept by every kind of call, and the
statement follows from it whatever the number of tasks.  What only the exploration of a few
tasks says is BOUNDED.
"""

from __future__ import annotations

from checker.over_time.agreed import ON_BITS, ON_WHOLE_NUMBERS
from checker.over_time.counter import LEMMA, Preserved
from checker.over_time.explore import Explored
from checker.over_time.finding import TimedFinding, bounded, gave_up, words
from properties.claim import Verdict
from properties.over_time.claim import TimedProperty
from properties.over_time.ledger import ASSUMED, VIEWS


def by_ledger(prop: TimedProperty, explored: Explored, kept: list[Preserved]) -> TimedFinding:
    """Return what is said of a property that no explored history breaks."""
    wrong = next((one for one in kept if one.status != "kept"), None)
    return _unproved(prop, explored, wrong) if wrong else _proved(prop, kept)


def _proved(prop: TimedProperty, kept: list[Preserved]) -> TimedFinding:
    return TimedFinding(
        Verdict.PROVED,
        rests_on=(
            f"the ledger: {VIEWS[prop.system.name].about}; histories of any length",
            f"of each count: {words(prop.each)}",
            *(f"{one.what}: kept" for one in kept[:-1]),
            f"the statement follows of {prop.system.tasks}, and any number of others",
            f"lemma, kept as well: {LEMMA}",
            f"{ON_BITS}; whole numbers {ON_WHOLE_NUMBERS}",
            *map(str, ASSUMED),
        ),
    )


def _unproved(prop: TimedProperty, explored: Explored, wrong: Preserved) -> TimedFinding:
    """Return how far a statement holds that the ledger does not prove."""
    if wrong.status == "unknown":
        return gave_up(f"{wrong.what}: {wrong.why}")
    why = f"not proved for any number: {_why(wrong)}"
    if not explored.closed:
        return bounded(explored.depth, why)
    tasks = prop.system.tasks
    return TimedFinding(Verdict.BOUNDED, f"no history of any length breaks it for {tasks}; {why}")


def _why(wrong: Preserved) -> str:
    if wrong.what == "the statement":
        return f"it does not follow from what the ledger keeps, {wrong.why}"
    at = f" at {wrong.why}" if wrong.why else ""
    return f"{wrong.what} breaks the invariant{at}, from a state not known to be reachable"


def without_premise(prop: TimedProperty, explored: Explored, possible: bool) -> TimedFinding:
    """Return what is said where no explored state has the premise."""
    if not possible:
        return TimedFinding(Verdict.VACUOUS, "no state, of any number of tasks, has the premise")
    scope = prop.system.tasks if explored.closed else f"histories of {explored.depth} steps"
    return TimedFinding(
        Verdict.UNKNOWN, f"nothing breaks it, and its premise was not met by {scope}"
    )
