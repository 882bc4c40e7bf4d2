"""What the proofs of histories exclude, asked again of other solvers from its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checker.certificates.claims import CertifiedClaim
from checker.ground.problems import AS_EXPECTED, BROKEN, UNANSWERED
from checker.independent.histories import HistoryQuestion, questions
from checker.independent.printer import Printer
from checker.independent.results import Exported
from checker.independent.solvers import SAT, UNSAT, by_bitwuzla, by_cvc5
from properties.over_time.claim import TimedProperty


@dataclass(frozen=True, slots=True)
class Reply:
    """A question, the solver that was asked, and what it said."""

    claim: CertifiedClaim
    by: str
    status: str


def asked_again(props: list[TimedProperty], export: Path | None = None) -> Iterator[Reply]:
    """Yield each question that the proofs of properties rest on, asked anew."""
    exported = Exported(export)
    for one in questions(props):
        text = _text(one)
        by, solver = ("cvc5", by_cvc5) if one.whole else ("Bitwuzla", by_bitwuzla)
        said = solver(text)
        exported.keep(one.claim.property, said.status, text)
        yield Reply(one.claim, by, said.status)


def _text(one: HistoryQuestion) -> str:
    printer = Printer()
    place = printer.ask(one.term)
    return one.claim.text(printer.script, place)


def code(found: list[Reply]) -> int:
    """Return the exit code: each question must be answered with no, and there must be some."""
    said = {one.status for one in found}
    if SAT in said or not said:
        return BROKEN
    return AS_EXPECTED if said == {UNSAT} else UNANSWERED
