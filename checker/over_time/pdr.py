"""PDR: z3's Spacer, which looks for an inductive invariant with no bound and no lemma given.

What it finds is a certificate, checked by another solver before anything is called proved.
That a state is reachable is taken on its word by nobody: a history has to be found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import z3

from checker.engines.from_z3 import from_z3
from checker.engines.gates import Unsupported
from checker.engines.in_z3 import in_z3
from checker.over_time.budget import Budget
from checker.over_time.certificate import CertificateUndecided, Histories, Invariant, flaw
from checker.over_time.symbolic import Symbolic
from model.algebra import Truth
from model.due import as_truth
from model.kernel import Kernel
from model.over_time.step import TransitionSystem

UNTOUCHED = {
    "fp.xform.slice": False,
    "fp.xform.inline_eager": False,
    "fp.xform.inline_linear": False,
}
"""No rewriting: the invariant is to be one of the relation that was asked about."""

GUIDED = {**UNTOUCHED, "fp.spacer.global": True}
"""On whole numbers it generalises over all it has learnt, or it would only count."""


@dataclass(frozen=True, slots=True)
class Searched:
    """Whether a wanted state is reachable; if not, the invariant that says so, checked."""

    status: str
    """``reachable``, ``unreachable``, ``unknown``, or ``wrong``: the invariant is none."""
    invariant: Invariant | None = None
    reason: str = ""


def search(histories: Histories, wanted: Callable[[Any], Truth], budget: Budget) -> Searched:
    """Ask Spacer for a history to a wanted state, or an invariant that excludes all."""
    state = histories.space.state("here")
    bad = as_truth(wanted(state))
    solver = z3.SolverFor("HORN")
    solver.set(**(GUIDED if histories.space.whole else UNTOUCHED))
    reached = _relation(solver, histories, state)
    here = _in_z3(histories, state)
    solver.add(z3.ForAll(here, z3.Not(z3.And(reached(*here), in_z3(bad)))))
    status = budget.check(solver)
    if status == z3.unknown:
        return Searched("unknown", reason=budget.reason)
    if status == z3.unsat:
        return Searched("reachable")
    try:
        term = from_z3(z3.simplify(solver.model().eval(reached(*here))))
        found = Invariant(histories, state, term)
        wrong = flaw(found, bad)
    except Unsupported as error:
        return Searched("unknown", reason=f"the invariant cannot be read: {error}")
    except CertificateUndecided as error:
        return Searched("unknown", reason=str(error))
    return Searched("wrong", reason=wrong) if wrong else Searched("unreachable", found)


def _relation(solver: Any, histories: Histories, state: Any) -> Any:
    """Declare which states are reached: where histories begin, and by each step."""
    here = _in_z3(histories, state)
    reached = z3.Function("reached", *(term.sort() for term in here), z3.BoolSort())
    solver.add(z3.ForAll(here, z3.Implies(in_z3(histories.begins(state)), reached(*here))))
    for step in histories.space.steps:
        when, then = histories.space.made(step, state)
        if when is not False:
            taken = z3.And(reached(*here), in_z3(when))
            solver.add(z3.ForAll(here, z3.Implies(taken, reached(*_in_z3(histories, then)))))
    return reached


def _in_z3(histories: Histories, state: Any) -> list[Any]:
    return [in_z3(one) for one in histories.space.terms(state)]


def reaches(
    system: TransitionSystem, kernel: Kernel, wanted: Callable[[Any], Truth]
) -> bool | None:
    """Return whether a wanted state is reachable; ``None`` if Spacer gives up."""
    space = Symbolic(system, kernel)
    found = search(Histories(space, space.starts), wanted, Budget())
    return None if found.status in ("unknown", "wrong") else found.status == "reachable"
