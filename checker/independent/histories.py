"""The obligations of histories: every question that the ledger and the inductions rest on.

They are heard as the proofs are made, before any solver's own simplification: the terms of each
question to which both solvers said no.  One that several proofs share is heard once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from checker.certificates.claims import CertifiedClaim
from checker.certificates.write import NotProved
from checker.over_time.agreed import UNSAT, Heard, heard
from checker.over_time.counter import Ledger
from checker.over_time.inductive import declared, premise_never_holds
from checker.over_time.question import SystemReadings
from checker.over_time.symbolic import Symbolic
from checker.over_time.watched import Alike, Watched
from model.algebra import both
from model.kernel import Kernel
from model.revisions import REVISIONS
from properties.catalogue import all_timed
from properties.claim import Verdict
from properties.over_time.claim import How, TimedProperty

INDUCTIONS = (How.INDUCTIVE, How.CONSERVED)
ON_BITS = "what the proof excludes, on bits"
ON_WHOLE_NUMBERS = "what the proof excludes, on whole numbers"


@dataclass(frozen=True, eq=False)
class HistoryQuestion:
    """Something that a proof excludes, as a term, on whole numbers or on bits."""

    term: Any
    whole: bool
    claim: CertifiedClaim


@dataclass
class Proofs:
    """Makes the proofs of histories once more, kernel by kernel, and keeps what they ask."""

    ledger: Ledger = field(default_factory=Ledger)
    readings: SystemReadings = field(default_factory=SystemReadings)
    _alike: Alike[str] = field(default_factory=Alike)

    def questions(self, prop: TimedProperty) -> Iterator[HistoryQuestion]:
        """Yield what a property's proofs exclude on the kernels where one is declared."""
        with heard() as found:
            for revision in REVISIONS.values():
                verdict = prop.expect.on(revision.kernel)
                if verdict not in (Verdict.PROVED, Verdict.VACUOUS):
                    continue
                here = len(found)
                why = self._why_not(prop, verdict, revision.kernel)
                if why:
                    raise NotProved(f"{prop.id} on {revision.name} is not proved: {why}")
                yield from _excluded(prop, revision.name, verdict, found[here:])

    def _why_not(self, prop: TimedProperty, verdict: Verdict, kernel: Kernel) -> str:
        """Return why a verdict has no proof, or nothing: kernels that are alike share it."""
        key = prop, verdict
        return self._alike.of(key, kernel, lambda watched: self._proof(prop, verdict, watched))

    def _proof(self, prop: TimedProperty, verdict: Verdict, watched: Watched) -> str:
        """Make the proof of a verdict; return why there is none, or nothing."""
        if prop.how is How.CONSERVED:
            return self._by_ledger(prop, verdict, watched)
        kernel = watched.ask(self.readings.in_whole_numbers, prop).kernel
        space = Symbolic(prop.system, kernel, whole=True)  # who listens is to hear of its forms
        if verdict is Verdict.VACUOUS:
            return "" if premise_never_holds(prop, space) else "its premise may occur"
        found = declared(prop, space)
        return "" if found.verdict is Verdict.PROVED else found.reason

    def _by_ledger(self, prop: TimedProperty, verdict: Verdict, watched: Watched) -> str:
        if verdict is Verdict.VACUOUS:
            possible = watched.ask(self.ledger.premise_is_possible, prop)
            return "its premise may occur" if possible else ""
        kept = watched.ask(self.ledger.asked_of, prop)
        wrong = (one for one in kept if one.status != "kept")
        return next((f"{one.what}: {one.status} {one.why}" for one in wrong), "")


def _excluded(
    prop: TimedProperty, kernel: str, verdict: Verdict, found: list[Heard]
) -> Iterator[HistoryQuestion]:
    for one in found:
        if one.status == UNSAT:
            says = ON_WHOLE_NUMBERS if one.whole else ON_BITS
            claim = CertifiedClaim(prop.id, verdict.name, says, prop.sentence, (kernel,))
            yield HistoryQuestion(both(*one.terms), one.whole, claim)


def inductions() -> list[TimedProperty]:
    """Return the properties of histories that are proved by induction or by the ledger."""
    return [prop for prop in all_timed() if prop.how in INDUCTIONS and _is_proved(prop)]


def _is_proved(prop: TimedProperty) -> bool:
    verdicts = {prop.expect.on(revision.kernel) for revision in REVISIONS.values()}
    return bool(verdicts & {Verdict.PROVED, Verdict.VACUOUS})


def by_exploration() -> list[TimedProperty]:
    """Return those that exploration alone decides: nothing is asked of a solver."""
    return [prop for prop in all_timed() if prop.how not in INDUCTIONS]


def questions(props: list[TimedProperty]) -> list[HistoryQuestion]:
    """Return what the proofs of properties exclude; equal questions are one."""
    proofs = Proofs()
    made = [one for prop in props for one in proofs.questions(prop)]
    return list({id(one.term): one for one in reversed(made)}.values())[::-1]
