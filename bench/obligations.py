"""Proof obligations of the catalogue as SMT-LIB files that any solver can read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.whole import spread
from checker.certificates.script import text_of
from checker.independent.printer import Printer
from checker.readings.space import space, symbolic_outcome
from checker.readings.subjects import RANGES
from model.algebra import both, no
from model.due import as_truth
from model.revisions import REVISIONS
from properties.catalogue import all_properties
from properties.claim import Property, Verdict

KERNEL = "v6.12"


@dataclass(frozen=True)
class BenchObligation:
    """A property whose broken form is unsatisfiable (``unsat``) or not (``sat``)."""

    prop: Property
    expected: str

    @property
    def file(self) -> str:
        """Return the name of its file."""
        return f"{self.prop.id}.smt2"

    def terms(self) -> list[Any]:
        """Return what a call that breaks the property on the kernel satisfies."""
        found = space()
        claim = self.prop.statement(found.call, symbolic_outcome(self.prop.subject))
        return [
            found.is_exactly(REVISIONS[KERNEL]),
            as_truth(RANGES[self.prop.subject].holds_for(found.start)),
            as_truth(claim.premise),
            no(as_truth(claim.conclusion)),
        ]

    def smt(self) -> str:
        """Return the whole obligation, assumptions on states included, as SMT-LIB 2."""
        printer = Printer()
        printer.ask(both(space().well_formed, *self.terms()))
        return text_of(printer.script)


def chosen(proved: int, refuted: int) -> list[BenchObligation]:
    """Return obligations spread evenly over the catalogue, always the same ones."""
    wanted = ((Verdict.PROVED, "unsat", proved), (Verdict.REFUTED, "sat", refuted))
    found = []
    for verdict, expected, count in wanted:
        of_kind = [prop for prop in all_properties() if _expected(prop) is verdict]
        found += [BenchObligation(prop, expected) for prop in spread(of_kind, count)]
    return found


def _expected(prop: Property) -> Verdict | None:
    return prop.expect.on(REVISIONS[KERNEL].kernel) if prop.of_patch is None else None


def write(obligations: list[BenchObligation], folder: Path) -> None:
    """Write each obligation into a folder."""
    for one in obligations:
        (folder / one.file).write_text(one.smt())
