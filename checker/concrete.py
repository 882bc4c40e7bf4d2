"""The concrete reading of a property: the oracle for everything that a solver says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.subjects import RANGES
from model.call import Situation
from model.kernel import Kernel
from model.predict import call_of
from model.records import build
from model.wellformed import well_formed
from properties.claim import Property, Subject


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A property evaluated on one call: possible at all, premise, conclusion."""

    possible: bool
    premise: bool
    conclusion: bool

    @property
    def witness(self) -> bool:
        """Return whether the call shows that the premise can occur."""
        return self.possible and self.premise

    @property
    def violation(self) -> bool:
        """Return whether the call breaks the property."""
        return self.possible and self.premise and not self.conclusion


def outcome_on(kernel: Kernel, values: dict[str, Any], subject: Subject) -> Any:
    """Return the outcome of a call of a subject, or ``None`` if it cannot be made there."""
    start = build(Situation, values)
    scope = RANGES[subject]
    if not (well_formed(kernel, start) and scope.holds_for(start)):
        return None
    return scope.outcome(call_of(kernel, start))


def evaluate(prop: Property, kernel: Kernel, values: dict[str, Any]) -> Evaluation:
    """Evaluate a property on the call whose leaves are ``values`` (absent: default)."""
    start = build(Situation, values)
    scope = RANGES[prop.subject]
    possible = bool(well_formed(kernel, start)) and bool(scope.holds_for(start))
    if prop.of_patch is not None:
        possible = possible and all(
            bool(kernel.but(prop.of_patch, there).admissible()) for there in (True, False)
        )
    if not possible:
        return Evaluation(False, False, False)
    call = call_of(kernel, start)
    claim = prop.statement(call, scope.outcome(call))
    return Evaluation(possible, bool(claim.premise), bool(claim.conclusion))
