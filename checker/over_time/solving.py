"""The solvers behind unrolling and induction: SAT on bits, plain arithmetic on whole numbers."""

from __future__ import annotations

from typing import Any, Protocol

import z3
from pysat.solvers import Minisat22

from checker.engines.adding import adding
from checker.engines.blast import Blaster
from checker.engines.in_z3 import in_z3
from checker.engines.patient import values_in
from checker.engines.sat import Unreliable
from checker.over_time.agreed import SAT, UNKNOWN, UNSAT, confirmed
from checker.over_time.budget import SPENT, Budget
from checker.over_time.symbolic import Symbolic
from model.algebra import Truth

CONTROL = 20_000_000
"""z3's resource units for what the SAT solver says is impossible whatever is asked."""


class Solving(Protocol):
    """Conditions that are added for good, and questions beside them."""

    def add(self, *terms: Truth) -> None:
        """Demand terms from now on."""

    def ask(self, *terms: Truth) -> str:
        """Return ``sat``, ``unsat``, or ``unknown`` if the budget ran out."""

    def plain(self, state: Any) -> Any:
        """Return a state as the last ``sat`` has it."""


class OnBits:
    """Terms as clauses of a SAT solver; the budget is in its propagations."""

    def __init__(self, space: Symbolic, budget: Budget) -> None:
        self.space, self.budget = space, budget
        self._solver = Minisat22()
        self._blaster = Blaster(adding(self._solver))
        self._model: list[int] = []
        self._demanded: list[Truth] = []
        self._met = False
        """Whether it was asked if what is demanded is possible at all."""

    def add(self, *terms: Truth) -> None:
        """Demand terms from now on."""
        self._met = False
        self._demanded += terms
        for term in terms:
            self._solver.add_clause([self._blaster.truth(term)])

    def ask(self, *terms: Truth) -> str:
        """Ask the SAT solver within what is left."""
        status = self._asked(*terms)
        if status == UNSAT and not self._met:
            self._control()
        self._met = self._met or status == SAT
        return status

    def _control(self) -> None:
        """Refuse ``unsat`` that has nothing to do with the question, but where z3 agrees."""
        possible = self._asked()
        if possible == UNSAT:
            other = z3.SolverFor("QF_BV")
            other.set("rlimit", CONTROL)
            if other.check(*map(in_z3, self._demanded)) == z3.sat:
                raise Unreliable("the SAT solver denies what z3 shows to be possible")
        self._met = possible != UNKNOWN

    def _asked(self, *terms: Truth) -> str:
        if self.budget.left <= 0:
            self.budget.reason = SPENT
            return UNKNOWN
        wanted = [self._blaster.truth(term) for term in terms]
        before = self._spent()
        self._solver.prop_budget(self.budget.left)
        solved = self._solver.solve_limited(assumptions=wanted)
        self.budget.left -= self._spent() - before
        if solved is None:
            self.budget.reason = SPENT
            return UNKNOWN
        self._model = self._solver.get_model() if solved else []
        return SAT if solved else UNSAT

    def plain(self, state: Any) -> Any:
        """Return a state as the last ``sat`` has it; what no clause mentions is 0."""
        names = [term.name for term in self.space.terms(state)]
        return self.space.read({name: self._number(name) for name in names}, state)

    def _number(self, name: str) -> int:
        bits = self._blaster.inputs.get(name, [])
        return sum(1 << place for place, bit in enumerate(bits) if self._true(bit))

    def _true(self, bit: int) -> bool:
        return abs(bit) <= len(self._model) and (self._model[abs(bit) - 1] > 0) is (bit > 0)

    def _spent(self) -> int:
        units: int = self._solver.accum_stats()["propagations"]
        return units


class OnWholeNumbers:
    """Linear arithmetic by two solvers; the budget is in z3's resource units."""

    def __init__(self, space: Symbolic, budget: Budget) -> None:
        self.space, self.budget = space, budget
        self._solver = z3.SimpleSolver()
        self._demanded: list[Truth] = []

    def add(self, *terms: Truth) -> None:
        """Demand terms from now on."""
        self._demanded += terms
        self._solver.add(*map(in_z3, terms))

    def ask(self, *terms: Truth) -> str:
        """Ask z3 within what is left, and cvc5 whether it says the same."""
        status = str(self.budget.check(self._solver, *terms))
        if status == UNKNOWN:
            return status
        found = confirmed(status, [*self._demanded, *terms], whole=True)
        self.budget.reason = found.reason
        return found.status

    def plain(self, state: Any) -> Any:
        """Return a state as the last ``sat`` has it."""
        return self.space.read(values_in(self._solver.model()), state)


def solver_for(space: Symbolic, budget: Budget) -> Solving:
    """Return the solver that goes with a reading."""
    return OnWholeNumbers(space, budget) if space.whole else OnBits(space, budget)
