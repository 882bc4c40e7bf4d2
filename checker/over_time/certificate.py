"""Certificates: an inductive invariant that an engine found is checked again by another.

Three questions: does the start have it, does every step keep it, does it exclude what breaks
the property?  On bits the SAT engine of single calls answers, which shares nothing with the
engine that found the invariant; on whole numbers a plain arithmetic solver.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import z3

from checker.over_time.symbolic import Symbolic, as_z3
from checker.sat import Sat
from model.algebra import Truth

PATIENT = 20_000_000


@dataclass(frozen=True, eq=False)
class Walk:
    """Which histories are meant: of which system, from where, in which range of numbers."""

    space: Symbolic
    starts: Callable[[Any], Truth]
    assumed: Callable[[Any], Truth] = lambda _state: True

    def begins(self, state: Any) -> Any:
        """Return that histories may begin in a state."""
        return z3.And(as_z3(self.starts(state)), as_z3(self.assumed(state)))


@dataclass(frozen=True, eq=False)
class Invariant:
    """A claim on states, as a term over a template state."""

    walk: Walk
    template: Any
    term: Any

    def holds(self, state: Any) -> Any:
        """Return it for a state."""
        terms = self.walk.space.terms
        pairs = zip(terms(self.template), terms(state), strict=True)
        return z3.substitute(self.term, list(pairs))

    @property
    def size(self) -> int:
        """Return of how many conditions it consists."""
        count: int = self.term.num_args() if z3.is_and(self.term) else 1
        return count


def flaw(found: Invariant, bad: Any) -> str:
    """Return what is wrong with an invariant, or nothing; ``bad`` is over its template."""
    walk, before = found.walk, found.template
    after = walk.space.state("after")
    stepped = [found.term, walk.space.relation(before, after), as_z3(walk.assumed(after))]
    questions = [
        ("histories may begin outside it", [walk.begins(before), z3.Not(found.term)]),
        ("a step leads out of it", [*stepped, z3.Not(found.holds(after))]),
        ("it does not exclude what breaks the property", [found.term, bad]),
    ]
    for says, terms in questions:
        status = _answer(walk.space.whole, terms)
        if status == "sat":
            return says
        if status != "unsat":
            return f"not decided whether {says}"
    return ""


def _answer(whole: bool, terms: list[Any]) -> str:
    if whole:
        plain = z3.SolverFor("QF_LIA")
        plain.set("rlimit", PATIENT)
        return str(plain.check(*terms))
    solver = Sat([])
    return solver.ask(*(solver.constraint(term) for term in terms)).status
