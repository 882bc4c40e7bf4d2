"""What the proofs of histories exclude, asked again of other solvers from its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from checker.certificates.claims import Claim
from checker.independent.histories import Question, explored, questions
from checker.independent.printer import Printer
from checker.independent.results import Exported
from checker.independent.solvers import SAT, UNSAT, by_bitwuzla, by_cvc5
from checker.problems import AS_EXPECTED, BROKEN, UNANSWERED
from properties.system.claim import TimedProperty
from reports.text import count, paragraph


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the solver that was asked, and what it said."""

    claim: Claim
    by: str
    status: str


def asked_again(props: list[TimedProperty], export: Path | None = None) -> Iterator[Asked]:
    """Yield each question that the proofs of properties rest on, asked anew."""
    exported = Exported(export)
    for one in questions(props):
        text = _text(one)
        by, solver = ("cvc5", by_cvc5) if one.whole else ("Bitwuzla", by_bitwuzla)
        said = solver(text)
        exported.keep(one.claim.property, said.status, text)
        yield Asked(one.claim, by, said.status)


def _text(one: Question) -> str:
    printer = Printer()
    place = printer.ask(one.term)
    return one.claim.text(printer.script, place)


def told(props: list[TimedProperty], found: list[Asked]) -> list[str]:
    """Return what was asked and answered, in lines for people."""
    by = Counter(one.by for one in found)
    shares = ", ".join(f"{number} by {name}" for name, number in sorted(by.items()))
    lines = [
        f"histories, proved by induction or by the ledger ({_names(props)}):"
        f" {count(len(found), 'question')} asked again, {shares}"
    ]
    lines += [
        f"{one.by} says {one.status}: {one.claim.property} on {' '.join(one.claim.kernels)},"
        f" {one.claim.says}"
        for one in found
        if one.status != UNSAT
    ]
    lines.append(f"histories of which every state is visited instead: {_names(explored())}")
    return [paragraph(line) for line in lines]


def _names(props: Iterable[TimedProperty]) -> str:
    return " ".join(prop.id for prop in props)


def code(found: list[Asked]) -> int:
    """Return the exit code: each question must be answered with no, and there must be some."""
    said = {one.status for one in found}
    if SAT in said or not said:
        return BROKEN
    return AS_EXPECTED if said == {UNSAT} else UNANSWERED
