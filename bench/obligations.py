"""Proof obligations of the catalogue as SMT-LIB files that any solver can read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import z3

from bench.whole import spread
from checker.readings.space import as_z3, space, symbolic_outcome
from checker.readings.subjects import RANGES
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
            as_z3(RANGES[self.prop.subject].holds_for(found.start)),
            as_z3(claim.premise),
            z3.Not(as_z3(claim.conclusion)),
        ]

    def smt(self) -> str:
        """Return the whole obligation, assumptions on states included, as SMT-LIB 2."""
        solver = z3.Solver()
        solver.add(space().well_formed, *self.terms())
        return "(set-logic QF_BV)\n" + without_lonely(solver.to_smt2())


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


_TOKEN = re.compile(r'\|[^|]*\||"[^"]*"|;[^\n]*|[()]|[^\s()|";]+|\s+')


def without_lonely(text: str) -> str:
    """Return SMT-LIB text in which ``(and x)`` and ``(or x)`` are ``x``.

    z3 may print these; the standard wants two operands, and other solvers insist on it.
    """
    stack: list[list[str]] = [[]]
    for token in _TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            inner = stack.pop()
            stack[-1].append(_closed(inner))
        else:
            stack[-1].append(token)
    return "".join(stack[0])


def _closed(parts: list[str]) -> str:
    words = [part for part in parts if not part.isspace()]
    if len(words) == 2 and words[0] in ("and", "or"):
        return words[1]
    return f"({''.join(parts)})"
