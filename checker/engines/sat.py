"""The SAT engine: terms bit-blasted once, then thousands of queries under assumptions.

A query is a list of :class:`Constraint`, each a z3 term and its literal.  When the SAT
solver's budget runs out a fresh z3 solver gets the terms.  Budgets are propagations and z3
resource units, so that a busy machine gives the same answer as an idle one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import z3
from pysat.solvers import Minisat22

from checker.engines.blast import TRUE, Blaster, Unsupported
from checker.ground import signals
from checker.ground.clock import now, since
from checker.readings.space import all_leaves
from model.records import BOOL, Leaf

QUICK = 20_000_000
"""Propagations for one query of the SAT solver."""

PATIENT = 60_000_000
"""z3 resource units for the second attempt."""

PATCH = "patch:"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A truth as a z3 term and as a literal (``None`` if it cannot be bit-blasted)."""

    term: Any
    literal: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query came to: ``sat`` with leaf values and patches, ``unsat``, or ``unknown``."""

    status: str
    values: dict[str, Any] | None = None
    patches: frozenset[str] = frozenset()
    reason: str = ""


class Unreliable(Exception):
    """The solver was caught in an answer that cannot be: nothing that it said counts."""


class Silent(Unreliable):
    """The solver does not know what is known without it."""


class Sat:
    """Answers queries over a fixed set of assumptions on states."""

    def __init__(self, base: list[Any], quick: int = QUICK, patient: int = PATIENT) -> None:
        self.base = base
        self.quick, self.patient = quick, patient
        self.seconds = 0.0
        self.queries = 0
        self.resources = 0
        self._solver = Minisat22()
        self.blaster = Blaster(self._solver.add_clause)
        for term in base:
            self._solver.add_clause([self.blaster.truth(term)])

    @property
    def variables(self) -> int:
        """Return how many variables the solver has."""
        return int(self._solver.nof_vars())

    def constraint(self, term: Any) -> Constraint:
        """Return a z3 term as a constraint."""
        try:
            return Constraint(term, self.blaster.truth(term))
        except Unsupported:
            return Constraint(term, None)

    def add(self, clause: list[int]) -> None:
        """Assert a clause for good."""
        self._solver.add_clause(clause)

    def prefer(self, literals: list[int]) -> None:
        """Say what is tried first of an input that nothing has decided."""
        self._solver.set_phases(literals)

    def define(self, term: Any) -> None:
        """Assert a term for good."""
        self._solver.add_clause([self.blaster.truth(term)])

    def core(self, wanted: Constraint, assumed: list[Constraint]) -> list[Constraint]:
        """Return those of ``assumed`` without which ``wanted`` could hold.

        None can be left out of them; empty if ``wanted`` can hold anyway, or if it cannot be
        decided within the budget.
        """
        by_literal = {one.literal: one for one in assumed if one.literal is not None}
        core = self._refuted(wanted, list(by_literal))
        for literal in list(core or []):
            if core and literal in core:
                fewer = self._refuted(wanted, [one for one in core if one != literal])
                core = core if fewer is None else fewer
        return [by_literal[literal] for literal in core or []]

    def _refuted(self, wanted: Constraint, literals: list[int]) -> list[int] | None:
        """Return the literals that rule ``wanted`` out together; ``None`` if they do not."""
        self._solver.prop_budget(self.quick)
        if self._solver.solve_limited(assumptions=[*literals, wanted.literal]) is not False:
            return None
        return [one for one in self._solver.get_core() or [] if one != wanted.literal]

    def ask(self, *constraints: Constraint) -> Answer:
        """Return whether the assumptions on states and the constraints can hold together."""
        begun = now()
        self.queries += 1
        answer = self._sat([one.literal for one in constraints])
        if answer is None:
            answer = self._z3([one.term for one in constraints])
        self.seconds += since(begun)
        return answer

    def _sat(self, literals: list[int | None]) -> Answer | None:
        if None in literals:
            return None
        assumed = [one for one in literals if one is not None and one != TRUE]
        before = self._solver.accum_stats()["propagations"]
        self._solver.prop_budget(self.quick)
        solved = self._solver.solve_limited(assumptions=assumed)
        self.resources += self._solver.accum_stats()["propagations"] - before
        if solved is None:
            return None
        if not solved:
            self._check_core(assumed)
            return Answer("unsat")
        return self._answer(self._checked_model(assumed))

    def _check_core(self, assumed: list[int]) -> None:
        """Refuse ``unsat`` that does not rest on the question: then all would follow."""
        core = self._solver.get_core() or []
        if not core or not set(core) <= set(assumed):
            raise Unreliable("the solver's assumptions on states contradict each other")

    def _checked_model(self, assumed: list[int]) -> list[int]:
        """Return the solver's model, if what was assumed is true in it."""
        model: list[int] = self._solver.get_model() or []
        if any(abs(one) > len(model) or model[abs(one) - 1] != one for one in assumed):
            raise Unreliable("what was asked is not true in the solver's model")
        return model

    def _answer(self, model: list[int]) -> Answer:
        inputs = self.blaster.inputs
        values = {
            leaf.path: _number(leaf, [model[bit - 1] > 0 for bit in inputs[leaf.path]])
            for leaf in all_leaves()
            if leaf.path in inputs and inputs[leaf.path][-1] <= len(model)
        }
        patches = frozenset(
            name.removeprefix(PATCH)
            for name, bits in inputs.items()
            if name.startswith(PATCH) and bits[0] <= len(model) and model[bits[0] - 1] > 0
        )
        return Answer("sat", values, patches)

    def _z3(self, terms: list[Any]) -> Answer:
        if any(term is None for term in terms):
            return Answer("unknown", reason="resource limit of the SAT solver")
        solver = z3.SolverFor("QF_BV")
        solver.set("rlimit", self.patient)
        solver.add(*self.base, *terms)
        status = str(solver.check())
        if status == "unknown":
            signals.heed(solver.reason_unknown())
            return Answer("unknown", reason=solver.reason_unknown())
        if status == "sat":
            return z3_answer(solver.model())
        self._check_base()
        return Answer("unsat")

    def _check_base(self) -> None:
        """Refuse z3's ``unsat`` if it says the same when nothing is asked."""
        solver = z3.SolverFor("QF_BV")
        solver.set("rlimit", self.patient)
        solver.add(*self.base)
        if solver.check() == z3.unsat:
            raise Unreliable("z3 says that there are no calls at all")


def _number(leaf: Leaf, bits: list[bool]) -> int | bool:
    if leaf.width == BOOL:
        return bits[0]
    value = sum(1 << place for place, bit in enumerate(bits) if bit)
    return value - (1 << leaf.width) if leaf.signed and bits[-1] else value


def z3_answer(model: z3.ModelRef) -> Answer:
    """Return a z3 model as an answer; what it leaves open has its default."""
    known = {leaf.path: leaf for leaf in all_leaves()}
    values: dict[str, Any] = {}
    patches = set()
    for declaration in model.decls():
        name, value = declaration.name(), model[declaration]
        if name in known:
            signed = known[name].signed
            values[name] = (
                z3.is_true(value)
                if z3.is_bool(value)
                else value.as_signed_long()
                if signed
                else value.as_long()
            )
        elif name.startswith(PATCH) and z3.is_true(value):
            patches.add(name.removeprefix(PATCH))
    return Answer("sat", values, frozenset(patches))


def out_of_budget(reason: str) -> bool:
    """Return whether a solver's reason means that its resources ran out."""
    return any(word in reason for word in ("resource", "canceled", "timeout", "limit"))
