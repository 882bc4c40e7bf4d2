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
from checker.cost import READABLE, Costs, cost_of
from checker.engine import Answer, Engine, out_of_budget
from checker.result import EVERY_SET
from checker.shrink import lower_numbers, not_default, shrink
from checker.space import as_z3, situation_in, space
from checker.subjects import RANGES
from model.kernel import Kernel
from model.patches import PATCHES, Patch
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
        self.readable = self.literal("readable", self.costs.readable())

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
    """Return a finding per revision name, or one for every admissible set of patches."""
    decision = _Decision(prop, decider())
    if prop.of_patch is not None:
        return {EVERY_SET: decision.under_every_set(prop.of_patch)}
    return decision.on(revisions)


def _gave_up(answer: Answer) -> Finding:
    verdict = Verdict.TIMEOUT if out_of_budget(answer.reason) else Verdict.UNKNOWN
    return Finding(verdict, reason=answer.reason)


@dataclass
class _Small:
    """A call shrunk on the concrete reading, the kernel it was found on, whether smallest."""

    values: Values
    kernel: Kernel
    minimal: bool = False


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

    def under_every_set(self, patch: Patch) -> Finding:
        """Decide a statement about one patch with all others open.

        A call that shows a difference is looked for on the named kernels first, so that it
        can be read; the proof ranges over every admissible set.
        """
        kernel = space().kernel
        admissible = self.tool.literal(
            "admissible",
            *(as_z3(kernel.but(patch, there).admissible()) for there in (True, False)),
        )
        named = self.tool.any_of(
            [r for r in REVISIONS.values() if self._stands_on(r.kernel, patch)]
        )
        for scope in ((named, admissible), (admissible,)):
            step = self._one(self.broken, scope, None, violation=True)
            if isinstance(step, _Small):
                return Finding(
                    Verdict.REFUTED, values=step.values, minimal=step.minimal, kernel=step.kernel
                )
            if step is not None:
                return step
        step = self._one(self.premise, (admissible,), None, violation=False)
        if isinstance(step, _Small):
            return Finding(Verdict.PROVED, witness=step.values, kernel=step.kernel)
        return step or Finding(Verdict.VACUOUS, "the premise cannot occur")

    @staticmethod
    def _stands_on(kernel: Kernel, patch: Patch) -> bool:
        return all(bool(kernel.but(patch, there).admissible()) for there in (True, False))

    def on(self, revisions: list[Revision]) -> dict[str, Finding]:
        """Decide the property on each revision."""
        found: dict[str, Finding] = {}
        remaining = list(revisions)
        while remaining:
            step = self._one(
                self.broken, (self.tool.any_of(remaining),), remaining, violation=True
            )
            if step is None:
                break
            if not isinstance(step, _Small):
                return found | dict.fromkeys((r.name for r in remaining), step)
            values, minimal = step.values, step.minimal
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
            step = self._one(
                self.premise, (self.tool.any_of(remaining),), remaining, violation=False
            )
            if not isinstance(step, _Small):
                rest = step or Finding(Verdict.VACUOUS, "the premise cannot occur")
                return found | dict.fromkeys((r.name for r in remaining), rest)
            witness = step.values
            hit = [r for r in remaining if evaluate(self.prop, r.kernel, witness).witness]
            if not hit:
                error = Finding(Verdict.ERROR, "the solver's witness fails concretely")
                return found | dict.fromkeys((r.name for r in remaining), error)
            for revision in hit:
                found[revision.name] = Finding(Verdict.PROVED, witness=witness)
            remaining = [r for r in remaining if r not in hit]
        return found

    def _one(
        self,
        literal: Any,
        scope: tuple[Any, ...],
        remaining: list[Revision] | None,
        *,
        violation: bool,
    ) -> _Small | Finding | None:
        """Return a small call, a finding when the engine gives up, or None if there is none."""
        answer = self.tool.engine.ask(literal, *scope)
        if answer.status == "unsat":
            return None
        if answer.model is None:
            return _gave_up(answer)
        small = self._small(answer.model, violation)
        if small is None:
            return Finding(Verdict.ERROR, "the two readings disagree on the solver's call")
        while violation:
            bound = self.tool.literal("cost", self.tool.costs.below(cost_of(small.values)))
            smaller = self.tool.engine.ask(literal, *scope, bound)
            small.minimal = smaller.status == "unsat"
            if smaller.model is None:
                break
            reduced = self._small(smaller.model, violation)
            if reduced is None or cost_of(reduced.values) >= cost_of(small.values):
                return Finding(Verdict.ERROR, "a smaller call fails concretely")
            small = reduced
        return self._lowered(self._readable(small, literal, scope, violation), remaining, violation)

    def _readable(
        self, small: _Small, literal: Any, scope: tuple[Any, ...], violation: bool
    ) -> _Small:
        """Return a call of the same cost whose numbers are small, if there is one."""
        if not violation or max(map(abs, map(int, small.values.values())), default=0) <= READABLE:
            return small
        bound = self.tool.literal("cost", self.tool.costs.below(cost_of(small.values) + 1))
        answer = self.tool.engine.ask(literal, *scope, bound, self.tool.readable)
        found = self._small(answer.model, violation) if answer.model is not None else None
        if found is None or cost_of(found.values) > cost_of(small.values):
            return small
        found.minimal = small.minimal
        return found

    def _holds(self, kernel: Kernel, values: Values, violation: bool) -> bool:
        seen = evaluate(self.prop, kernel, values)
        return seen.violation if violation else seen.witness

    def _small(self, model: z3.ModelRef, violation: bool) -> _Small | None:
        kernel = kernel_in(model)
        values = not_default(situation_in(model))
        if not self._holds(kernel, values, violation):
            return None
        values = shrink(values, lambda trial: self._holds(kernel, trial, violation))
        return _Small(values, kernel)

    def _lowered(
        self, small: _Small, remaining: list[Revision] | None, violation: bool
    ) -> _Small:
        for revision in remaining or []:
            if self._holds(revision.kernel, small.values, violation):
                small.kernel = revision.kernel
                break
        kernel = small.kernel
        small.values = lower_numbers(
            small.values, lambda trial: self._holds(kernel, trial, violation)
        )
        return small


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
