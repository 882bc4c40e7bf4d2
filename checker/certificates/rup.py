"""Reverse unit propagation: does a clause follow from earlier ones, step by step?

A step names the earlier clauses that it needs, in order.  Its clause is assumed false, literal
by literal; each named clause must then have one literal left that is not false, which becomes
true, until one has none: the step is a consequence.  Nothing is searched for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Clause = tuple[int, ...]


class Refused(Exception):
    """A step that does not follow; says which."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A clause under a number, and the numbers of the clauses it follows from."""

    number: int
    clause: Clause
    hints: tuple[int, ...]


def dimacs(clauses: list[Clause]) -> str:
    """Return clauses as text in DIMACS."""
    names = max((abs(one) for clause in clauses for one in clause), default=0)
    lines = [" ".join(map(str, (*clause, 0))) for clause in clauses]
    return "\n".join([f"p cnf {names} {len(clauses)}", *lines]) + "\n"


def check_steps(clauses: list[Clause], steps: Iterable[Derived]) -> dict[int, Clause]:
    """Return all clauses by their numbers (from 1); raise :class:`Refused` at a wrong step."""
    known = dict(enumerate(clauses, start=1))
    last = len(clauses)
    for step in steps:
        if step.number <= last:
            raise Refused(f"step {step.number} comes after step {last}")
        last = step.number
        check_step(known, step)
        known[step.number] = step.clause
    return known


def check_step(known: dict[int, Clause], step: Derived) -> None:
    """Raise :class:`Refused` unless a step follows from the clauses that it names."""
    false = set(step.clause)
    for hint in step.hints:
        if hint not in known:
            raise Refused(f"step {step.number} rests on {hint}, which is no earlier clause")
        left = {literal for literal in known[hint] if literal not in false}
        if not left:
            return
        if len(left) > 1:
            raise Refused(f"step {step.number} does not follow: {hint} leaves a choice")
        false.add(-left.pop())
    raise Refused(f"step {step.number} does not follow from what it names")
