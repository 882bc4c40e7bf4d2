"""Certificates: an inductive invariant that an engine found is checked again by another.

Three questions: does the start have it, does every step keep it, does it exclude what breaks
the property?  Two solvers answer each, of which one shares nothing with the engine that found it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checker.over_time.agreed import SAT, UNKNOWN, agreed
from checker.over_time.symbolic import Symbolic
from checker.readings.put import put
from model.algebra import Truth, no
from model.due import as_truth
from model.node import Term


@dataclass(frozen=True, eq=False)
class Histories:
    """Which histories are meant: of which system, from where."""

    space: Symbolic
    starts: Callable[[Any], Truth]

    def begins(self, state: Any) -> Any:
        """Return that histories may begin in a state."""
        return as_truth(self.starts(state))


@dataclass(frozen=True, eq=False)
class Invariant:
    """A claim on states, as a term over a template state."""

    histories: Histories
    template: Any
    term: Truth

    def holds(self, state: Any) -> Truth:
        """Return it for a state."""
        terms = self.histories.space.terms
        held: Truth = put(self.term, terms(self.template), terms(state))
        return held

    @property
    def size(self) -> int:
        """Return of how many conditions it consists."""
        term = self.term
        return len(term.operands) if isinstance(term, Term) and term.kind == "and" else 1


class CertificateUndecided(Exception):
    """The solvers do not say whether an invariant is one; the message says of what."""


def flaw(found: Invariant, bad: Any) -> str:
    """Return what is wrong with an invariant, or nothing; ``bad`` is over its template.

    Raises :class:`CertificateUndecided` where a solver gives up: neither right nor wrong.
    """
    histories, before = found.histories, found.template
    after = histories.space.state("after")
    stepped = [found.term, histories.space.relation(before, after)]
    questions = [
        ("histories may begin outside it", [histories.begins(before), no(found.term)]),
        ("a step leads out of it", [*stepped, no(found.holds(after))]),
        ("it does not exclude what breaks the property", [found.term, bad]),
    ]
    for says, terms in questions:
        found_out = agreed(terms, whole=histories.space.whole)
        if found_out.status == SAT:
            return says
        if found_out.status == UNKNOWN:
            raise CertificateUndecided(f"not decided whether {says}: {found_out.reason}")
    return ""
