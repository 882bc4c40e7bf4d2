"""The SMT engine: one incremental solver, with a fresh one to fall back on.

Budgets are z3 resource units, so that a busy machine gives the same answer as an idle one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import z3

QUICK = 3_000_000
"""Resource units for the incremental solver."""

PATIENT = 60_000_000
"""Resource units for the fresh solver, when the incremental one gives up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query came to: ``sat`` with a model, ``unsat``, or neither with a reason."""

    status: str
    model: z3.ModelRef | None = None
    reason: str = ""
    core: tuple[str, ...] = ()


@dataclass
class Engine:
    """Answers satisfiability queries over a fixed set of assertions."""

    base: list[Any]
    quick: int = QUICK
    patient: int = PATIENT
    seconds: float = 0.0
    queries: int = 0
    resources: int = 0
    _solver: Any = field(init=False)

    def __post_init__(self) -> None:
        self._solver = z3.SimpleSolver()
        self._solver.add(*self.base)

    def define(self, *terms: Any) -> None:
        """Assert terms for good (definitions of fresh literals)."""
        self.base.extend(terms)
        self._solver.add(*terms)

    def ask(self, *assumptions: Any) -> Answer:
        """Return whether the assertions and the assumptions can hold together."""
        begun = time.perf_counter()
        self.queries += 1
        answer = self._check(self._solver, self.quick, assumptions)
        if answer.status == "unknown":
            fresh = z3.SolverFor("QF_BV")
            fresh.add(*self.base, *assumptions)
            answer = self._check(fresh, self.patient, ())
        self.seconds += time.perf_counter() - begun
        return answer

    def _check(self, solver: Any, budget: int, assumptions: tuple[Any, ...]) -> Answer:
        solver.set("rlimit", budget)
        status = str(solver.check(*assumptions))
        self.resources += _used(solver)
        if status == "sat":
            return Answer("sat", solver.model())
        if status == "unsat":
            return Answer("unsat", core=tuple(str(term) for term in solver.unsat_core()))
        return Answer("unknown", reason=solver.reason_unknown())


def _used(solver: Any) -> int:
    statistics = solver.statistics()
    for key in statistics.keys():
        if key == "rlimit count":
            return int(statistics.get_key_value(key))
    return 0


def out_of_budget(reason: str) -> bool:
    """Return whether a solver's reason means that its resources ran out."""
    return any(word in reason for word in ("resource", "canceled", "timeout", "limit"))
