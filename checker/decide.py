"""Decides one property on many kernels.

The kernel stays symbolic: one query asks for a call that breaks the property on any of
the kernels still open.  If there is one it is shrunk, proved smallest, and re-evaluated on
every open kernel; those it breaks are REFUTED.  When none is left to be found, the
remaining kernels are PROVED, provided that the premise can occur there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import z3

from checker.concrete import evaluate
from checker.cost import Costs, cost_of
from checker.engine import Answer, Engine, out_of_budget
from checker.shrink import lower_numbers, not_default, shrink
from checker.space import as_z3, situation_in, space
from checker.subjects import RANGES
from model.kernel import Kernel
from model.patches import PATCHES
from model.revisions import REVISIONS, Revision
from properties.claim import Property, Verdict

Values = dict[str, Any]


@dataclass
class Finding:
    """What was found about one kernel (or about every admissible set of patches)."""

    verdict: Verdict
    reason: str = ""
    values: Values = field(default_factory=dict)
    witness: Values = field(default_factory=dict)
    minimal: bool = False
    kernel: Kernel | None = None


class Decider:
    """The engine with everything that all properties share asserted once."""

    def __init__(self, quick: int | None = None, patient: int | None = None) -> None:
        found = space()
        self.costs = Costs()
        budgets = {
            name: value
            for name, value in (("quick", quick), ("patient", patient))
            if value is not None
        }
        self.engine = Engine([found.well_formed, *self.costs.definitions], **budgets)
        self._selected: dict[str, Any] = {}
        self._count = 0

    def on(self, revision: Revision) -> Any:
        """Return the literal that selects a revision."""
        if revision.name not in self._selected:
            literal = z3.Bool(f"kernel:{revision.name}")
            self._selected[revision.name] = literal
            self.engine.define(z3.Implies(literal, space().is_exactly(revision)))
        return self._selected[revision.name]

    def literal(self, name: str, *terms: Any) -> Any:
        """Return a fresh literal that implies the terms."""
        self._count += 1
        made = z3.Bool(f"{name}#{self._count}")
        self.engine.define(*(z3.Implies(made, term) for term in terms))
        return made

    def any_of(self, revisions: list[Revision]) -> Any:
        """Return a literal that selects one of the revisions."""
        return self.literal("kernels", z3.Or([self.on(revision) for revision in revisions]))


@lru_cache(maxsize=1)
def decider() -> Decider:
    """Return the process's decider."""
    return Decider()


def decide(prop: Property, revisions: list[Revision]) -> dict[str, Finding]:
    """Return a finding per revision name."""
    return _Decision(prop, decider()).on(revisions)


def _gave_up(answer: Answer) -> Finding:
    verdict = Verdict.TIMEOUT if out_of_budget(answer.reason) else Verdict.UNKNOWN
    return Finding(verdict, reason=answer.reason)


class _Decision:
    def __init__(self, prop: Property, tool: Decider) -> None:
        found = space()
        self.prop = prop
        self.tool = tool
        scope = RANGES[prop.subject]
        claim = prop.statement(found.call, outcome_in(prop))
        ranged = as_z3(scope.holds_for(found.start))
        premise, conclusion = as_z3(claim.premise), as_z3(claim.conclusion)
        self.premise = tool.literal("premise", ranged, premise)
        self.broken = tool.literal("broken", ranged, premise, z3.Not(conclusion))

    def on(self, revisions: list[Revision]) -> dict[str, Finding]:
        found: dict[str, Finding] = {}
        remaining = list(revisions)
        while remaining:
            step = self._one(self.broken, remaining, violation=True)
            if not isinstance(step, tuple):
                if step is None:
                    break
                return found | dict.fromkeys((r.name for r in remaining), step)
            values, minimal = step
            hit = [r for r in remaining if evaluate(self.prop, r.kernel, values).violation]
            if not hit:
                error = Finding(Verdict.ERROR, "the solver's call does not break it concretely")
                return found | dict.fromkeys((r.name for r in remaining), error)
            for revision in hit:
                found[revision.name] = Finding(
                    Verdict.REFUTED, values=values, minimal=minimal, kernel=revision.kernel
                )
            remaining = [r for r in remaining if r not in hit]
        return found | self._premises(remaining)

    def _premises(self, remaining: list[Revision]) -> dict[str, Finding]:
        found: dict[str, Finding] = {}
        while remaining:
            step = self._one(self.premise, remaining, violation=False)
            if not isinstance(step, tuple):
                rest = step or Finding(Verdict.VACUOUS, "the premise cannot occur")
                return found | dict.fromkeys((r.name for r in remaining), rest)
            witness, _ = step
            hit = [r for r in remaining if evaluate(self.prop, r.kernel, witness).witness]
            if not hit:
                error = Finding(Verdict.ERROR, "the solver's witness fails concretely")
                return found | dict.fromkeys((r.name for r in remaining), error)
            for revision in hit:
                found[revision.name] = Finding(Verdict.PROVED, witness=witness)
            remaining = [r for r in remaining if r not in hit]
        return found

    def _one(
        self, literal: Any, remaining: list[Revision], *, violation: bool
    ) -> tuple[Values, bool] | Finding | None:
        """Return a small call, a finding when the engine gives up, or None if there is none."""
        among = self.tool.any_of(remaining)
        answer = self.tool.engine.ask(literal, among)
        if answer.status == "unsat":
            return None
        if answer.model is None:
            return _gave_up(answer)
        values = self._small(answer.model, remaining, violation)
        if values is None:
            return Finding(Verdict.ERROR, "the two readings disagree on the solver's call")
        minimal = False
        while violation:
            smaller = self.tool.engine.ask(
                literal, among, self.tool.literal("cost", self.tool.costs.below(cost_of(values)))
            )
            minimal = smaller.status == "unsat"
            if smaller.model is None:
                break
            reduced = self._small(smaller.model, remaining, violation)
            if reduced is None or cost_of(reduced) >= cost_of(values):
                return Finding(Verdict.ERROR, "a smaller call fails concretely")
            values = reduced
        return self._lowered(values, remaining, violation), minimal

    def _holds(self, kernel: Kernel, values: Values, violation: bool) -> bool:
        seen = evaluate(self.prop, kernel, values)
        return seen.violation if violation else seen.witness

    def _small(
        self, model: z3.ModelRef, remaining: list[Revision], violation: bool
    ) -> Values | None:
        kernel = kernel_in(model)
        values = not_default(situation_in(model))
        if not self._holds(kernel, values, violation):
            return None
        return shrink(values, lambda trial: self._holds(kernel, trial, violation))

    def _lowered(
        self, values: Values, remaining: list[Revision], violation: bool
    ) -> Values:
        kernel = next(r.kernel for r in remaining if self._holds(r.kernel, values, violation))
        return lower_numbers(values, lambda trial: self._holds(kernel, trial, violation))


def outcome_in(prop: Property) -> Any:
    """Return the symbolic outcome that a property's subject speaks of."""
    return _outcome(prop.subject)


@lru_cache(maxsize=None)
def _outcome(subject: Any) -> Any:
    return RANGES[subject].outcome(space().call)


def kernel_in(model: z3.ModelRef) -> Kernel:
    """Return the kernel of a model; a named one where its patches are a revision's."""
    has = {
        patch: z3.is_true(model.eval(space().kernel[patch], model_completion=True))
        for patch in PATCHES
    }
    chosen = frozenset(patch for patch, there in has.items() if there)
    for revision in REVISIONS.values():
        if revision.patches == chosen:
            return revision.kernel
    return Kernel("a set of patches", has)
