"""Decides one property on many kernels.

The kernel stays symbolic: one query asks for a call that breaks the property on any of
the kernels still open.  If there is one it is shrunk, proved smallest, and re-evaluated on
every open kernel; those it breaks are REFUTED.  When none is left to be found, the
remaining kernels are PROVED, provided that the premise can occur there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

import z3

from checker.concrete import evaluate
from checker.cost import ENTRY, Costs, cost_of, is_readable
from checker.result import EVERY_SET
from checker.sat import Answer, Constraint, Sat, out_of_budget
from checker.shrink import lower_numbers, not_default, shrink
from checker.space import as_z3, space
from checker.subjects import RANGES
from model.kernel import Kernel
from model.patches import BY_NAME, Patch
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
    """The engine with everything that all properties share encoded once."""

    def __init__(self, **budgets: int) -> None:
        self.engine = Sat([space().well_formed], **budgets)
        self._kernels: dict[str, Any] = {}
        self._scopes: dict[tuple[str, ...], Constraint] = {}

    @cached_property
    def costs(self) -> Costs:
        """Return the counters that bound a counterexample's size."""
        return Costs(self.engine)

    @cached_property
    def readable(self) -> Constraint:
        """Return that all numbers are small."""
        return self.costs.readable()

    def any_of(self, revisions: list[Revision]) -> Constraint:
        """Return that the kernel is one of the revisions."""
        names = tuple(revision.name for revision in revisions)
        if names not in self._scopes:
            term = z3.Or([self._exactly(revision) for revision in revisions])
            self._scopes[names] = self.engine.constraint(term)
        return self._scopes[names]

    def _exactly(self, revision: Revision) -> Any:
        if revision.name not in self._kernels:
            self._kernels[revision.name] = space().is_exactly(revision)
        return self._kernels[revision.name]

    def all_of(self, *terms: Any) -> Constraint:
        """Return the conjunction of terms as one constraint."""
        return self.engine.constraint(z3.And(*terms))


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
        self.premise = tool.all_of(ranged, premise)
        self.broken = tool.all_of(ranged, premise, z3.Not(conclusion))

    def under_every_set(self, patch: Patch) -> Finding:
        """Decide a statement about one patch with all others open.

        A call that shows a difference is looked for on the named kernels first, so that it
        can be read; the proof ranges over every admissible set.
        """
        kernel = space().kernel
        admissible = self.tool.all_of(
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
            step = self._one(self.broken, (self.tool.any_of(remaining),), remaining, violation=True)
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
            step = self._plain(remaining) or self._one(
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

    def _plain(self, remaining: list[Revision]) -> _Small | None:
        """Return an ordinary call on which the premise occurs, if one does: no need to solve."""
        kernel = remaining[-1].kernel
        for entry in sorted(ENTRY, key=ENTRY.__getitem__):
            values = not_default({"request.entry": int(entry)})
            if self._holds(kernel, values, violation=False):
                return _Small(values, kernel)
        return None

    def _one(
        self,
        wanted: Constraint,
        scope: tuple[Constraint, ...],
        remaining: list[Revision] | None,
        *,
        violation: bool,
    ) -> _Small | Finding | None:
        """Return a small call, a finding when the engine gives up, or None if there is none."""
        answer = self.tool.engine.ask(wanted, *scope)
        if answer.status == "unsat":
            return None
        if answer.values is None:
            return _gave_up(answer)
        small = self._small(answer, violation)
        if small is None:
            return Finding(Verdict.ERROR, "the two readings disagree on the solver's call")
        if not violation:
            return self._lowered(small, remaining, violation)
        least = self._least(small, wanted, scope)
        if not isinstance(least, _Small):
            return least
        lowered = self._lowered(least, remaining, violation)
        if is_readable(lowered.values):
            return lowered
        return self._lowered(self._readable(lowered, wanted, scope), remaining, violation)

    def _least(
        self, small: _Small, wanted: Constraint, scope: tuple[Constraint, ...]
    ) -> _Small | Finding:
        """Return a call of least cost; ``minimal`` only if that is proved."""
        while True:
            smaller = self._cheaper(small, wanted, scope)
            if smaller is None:
                return small
            found = self._small(smaller, violation=True)
            if found is None or cost_of(found.values) >= cost_of(small.values):
                return Finding(Verdict.ERROR, "a smaller call fails concretely")
            small = found

    def _cheaper(
        self, small: _Small, wanted: Constraint, scope: tuple[Constraint, ...]
    ) -> Answer | None:
        choices = self.tool.costs.below(small.values)
        small.minimal = choices is not None
        for bound in choices or []:
            answer = self.tool.engine.ask(wanted, *scope, *bound)
            if answer.values is not None:
                return answer
            small.minimal = small.minimal and answer.status == "unsat"
        return None

    def _readable(self, small: _Small, wanted: Constraint, scope: tuple[Constraint, ...]) -> _Small:
        """Return a call of the same cost whose numbers are small, if there is one."""
        bound = self.tool.costs.no_more(small.values)
        answer = self.tool.engine.ask(wanted, *scope, *bound, self.tool.readable)
        found = self._small(answer, violation=True) if answer.values is not None else None
        if found is None or cost_of(found.values) > cost_of(small.values):
            return small
        found.minimal = small.minimal
        return found

    def _holds(self, kernel: Kernel, values: Values, violation: bool) -> bool:
        seen = evaluate(self.prop, kernel, values)
        return seen.violation if violation else seen.witness

    def _small(self, answer: Answer, violation: bool) -> _Small | None:
        kernel = kernel_of(answer.patches)
        values = not_default(answer.values or {})
        if not self._holds(kernel, values, violation):
            return None
        values = shrink(values, lambda trial: self._holds(kernel, trial, violation))
        return _Small(values, kernel)

    def _lowered(self, small: _Small, remaining: list[Revision] | None, violation: bool) -> _Small:
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


@cache
def _outcome(subject: Any) -> Any:
    return RANGES[subject].outcome(space().call)


def kernel_of(patches: frozenset[str]) -> Kernel:
    """Return the kernel with the patches; a named one where they are a revision's."""
    chosen = frozenset(BY_NAME[name] for name in patches)
    for revision in REVISIONS.values():
        if revision.patches == chosen:
            return revision.kernel
    return Kernel.of("a set of patches", chosen)
