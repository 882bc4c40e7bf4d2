"""The SAT engine: terms bit-blasted once, then thousands of queries under assumptions.

A query is a list of :class:`Constraint`, each a truth and its literal.  When the SAT
solver's budget runs out a fresh z3 solver gets the terms, and only then is z3 loaded.  Budgets
are propagations and z3 resource units, so that a busy machine gives the same answer as an idle
one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

from pysat.solvers import Minisat22

from checker.engines.adding import adding
from checker.engines.blast import TRUE, Blaster, Unsupported
from checker.ground.clock import now, since
from checker.readings.space import PATCH, all_leaves
from model.algebra import Truth
from model.due import as_truth
from model.records import BOOL, Leaf
from model.terms import signed

QUICK = 20_000_000
"""Propagations for one query of the SAT solver."""

PATIENT = 60_000_000
"""z3 resource units for the second attempt."""

@dataclass(frozen=True, slots=True)
class Constraint:
    """A truth and its literal (``None`` for either that it does not have)."""

    truth: Truth | None
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

    def __init__(
        self,
        base: list[Truth],
        quick: int = QUICK,
        patient: int = PATIENT,
        *,
        blaster: type[Blaster] = Blaster,
    ) -> None:
        """Take the budgets, and how terms are encoded."""
        self.base = list(base)
        self.quick, self.patient = quick, patient
        self.seconds = 0.0
        self.queries = 0
        self.resources = 0
        self._solver = Minisat22()
        self.add = adding(self._solver)
        """Asserts a clause for good."""
        self.blaster = blaster(self.add)
        for truth in base:
            self.add([self.blaster.truth(as_truth(truth))])

    @property
    def variables(self) -> int:
        """Return how many variables the solver has."""
        return int(self._solver.nof_vars())

    def constraint(self, truth: Truth) -> Constraint:
        """Return a truth as a constraint."""
        try:
            return Constraint(truth, self.blaster.truth(as_truth(truth)))
        except Unsupported:
            return Constraint(truth, None)

    def prefer(self, literals: list[int]) -> None:
        """Say what is tried first of an input that nothing has decided."""
        self._solver.set_phases(literals)

    def define(self, truth: Truth) -> None:
        """Assert a truth for good."""
        self.base.append(truth)
        self.add([self.blaster.truth(as_truth(truth))])

    def core(self, wanted: list[Constraint], assumed: list[Constraint]) -> list[Constraint] | None:
        """Return those of ``assumed`` without which all of ``wanted`` could hold.

        None can be left out of them, as far as is known within the budget; ``None`` if ``wanted``
        can hold anyway, or if it cannot be decided within the budget.
        """
        self.blaster.settle()
        by_literal = {one.literal: one for one in assumed if one.literal is not None}
        asked = [one.literal for one in wanted if one.literal is not None]
        core = self._refuted(asked, list(by_literal)) if len(asked) == len(wanted) else None
        for literal in list(core or []):
            if core and literal in core:
                fewer = self._refuted(asked, [one for one in core if one != literal])
                core = core if fewer is None else fewer
        return None if core is None else [by_literal[literal] for literal in core]

    def _refuted(self, asked: list[int], literals: list[int]) -> list[int] | None:
        """Return the literals that rule ``asked`` out together; ``None`` if they do not."""
        self._solver.prop_budget(self.quick)
        if self._solver.solve_limited(assumptions=[*literals, *asked]) is not False:
            return None
        return [one for one in self._solver.get_core() or [] if one not in asked]

    def implied(self, *constraints: Constraint) -> frozenset[int]:
        """Return literals that plainly follow from the constraints, without any search."""
        assumed = [one.literal for one in constraints if one.literal not in (None, TRUE)]
        _possible, found = self._solver.propagate(assumptions=assumed)
        return frozenset(found)

    def charge(self, resources: int, seconds: float) -> None:
        """Count as one's own what another engine has spent."""
        self.resources += resources
        self.seconds += seconds

    def attempt(self, units: int, *constraints: Constraint) -> Answer | None:
        """Return what :meth:`ask` does, or ``None`` if it takes more propagations than given."""
        begun = now()
        self.queries += 1
        answer = self._sat([one.literal for one in constraints], units)
        self.seconds += since(begun)
        return answer

    def nearly(self, units: int, wanted: Constraint, liked: list[list[int]]) -> Answer | None:
        """Return what :meth:`attempt` does, of states on which much of what is liked holds.

        What stands in the way is given up, of the last list where some does, and the rest asked
        again; then what need not have been is won back, one by one.  Each query may take the units.
        """
        begun = now()
        self.queries += 1
        answer = self._giving_up(units, wanted, liked)
        if answer is not None and answer.values is not None:
            answer = self._winning_back(units, wanted, list(chain(*liked)), answer)
        self.seconds += since(begun)
        return answer

    def _giving_up(self, units: int, wanted: Constraint, liked: list[list[int]]) -> Answer | None:
        while True:
            answer = self._sat([wanted.literal, *chain(*liked)], units)
            refused = answer is not None and answer.values is None
            core = set(self._solver.get_core() or ()) if refused else set()
            hindering = [some for some in liked if not core.isdisjoint(some)]
            if not hindering:
                return answer
            liked = [
                [one for one in some if some is not hindering[-1] or one not in core]
                for some in liked
            ]

    def _winning_back(
        self, units: int, wanted: Constraint, liked: list[int], answer: Answer
    ) -> Answer:
        """Return an answer with more of what is liked: none of the rest can be added to that."""
        true = set(self._solver.get_model() or ())
        for one in liked:
            if one not in true:
                kept = [other for other in liked if other in true]
                better = self._sat([wanted.literal, *kept, one], units)
                if better is not None and better.values is not None:
                    answer, true = better, set(self._solver.get_model() or ())
        return answer

    def ask(self, *constraints: Constraint) -> Answer:
        """Return whether the assumptions on states and the constraints can hold together."""
        answer = self.attempt(self.quick, *constraints)
        if answer is None:
            begun = now()
            answer = self._patiently([one.truth for one in constraints])
            self.seconds += since(begun)
        return answer

    def _sat(self, literals: list[int | None], units: int) -> Answer | None:
        """Return the solver's answer; only ``unsat`` stands while the encoder puts anything off."""
        answer = self._solved(literals, units)
        if answer is not None and answer.values is None:
            return answer
        try:
            more = self.blaster.settle()
        except Unsupported:
            return None
        return self._solved(literals, units) if more else answer

    def _solved(self, literals: list[int | None], units: int) -> Answer | None:
        if None in literals:
            return None
        assumed = [one for one in literals if one is not None and one != TRUE]
        before = self._solver.accum_stats()["propagations"]
        self._solver.prop_budget(units)
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
        known = {
            name: sum(1 << place for place, bit in enumerate(bits) if model[bit - 1] > 0)
            for name, bits in self.blaster.inputs.items()
            if bits[-1] <= len(model)
        }
        return _told(known)

    def _patiently(self, truths: list[Truth | None]) -> Answer:
        """Return what z3 says within its budget."""
        known = [truth for truth in truths if truth is not None]
        if len(known) < len(truths):
            return Answer("unknown", reason="resource limit of the SAT solver")
        from checker.engines import patient

        said = patient.ask([*self.base, *known], self.patient)
        if said.status == "sat":
            return _told(said.values)
        if said.status == "unsat" and patient.ask(self.base, self.patient).status == "unsat":
            raise Unreliable("z3 says that there are no calls at all")
        return Answer(said.status, reason=said.reason)


def _told(inputs: dict[str, int]) -> Answer:
    """Return the values of inputs as an answer; what is not among them has its default."""
    values = {
        leaf.path: _number(leaf, inputs[leaf.path]) for leaf in all_leaves() if leaf.path in inputs
    }
    patches = (name for name, there in inputs.items() if name.startswith(PATCH) and there)
    return Answer("sat", values, frozenset(name.removeprefix(PATCH) for name in patches))


def _number(leaf: Leaf, value: int) -> int | bool:
    if leaf.width == BOOL:
        return bool(value)
    return signed(value, leaf.width) if leaf.signed else value


def out_of_budget(reason: str) -> bool:
    """Return whether a solver's reason means that its resources ran out."""
    return any(word in reason for word in ("resource", "canceled", "timeout", "limit"))
