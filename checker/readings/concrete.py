"""The concrete reading of a property: the oracle for everything that a solver says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from checker.readings.subjects import RANGES
from model.call import Call, Situation
from model.kernel import Kernel
from model.patch import Patch
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


KEPT = 4096
"""How many outcomes are remembered: different properties ask about the same calls."""


@lru_cache(maxsize=KEPT)
def _made(
    kernel: Kernel, facts: frozenset[tuple[str, Any]], subject: Subject
) -> tuple[Call, Any] | None:
    start = build(Situation, dict(facts))
    scope = RANGES[subject]
    if not (scope.holds_for(start) and well_formed(kernel, start)):
        return None
    call = call_of(kernel, start)
    return call, scope.outcome(call)


def outcome_on(kernel: Kernel, values: dict[str, Any], subject: Subject) -> Any:
    """Return the outcome of a call of a subject, or ``None`` if it cannot be made there."""
    made = _made(kernel, frozenset(values.items()), subject)
    return None if made is None else made[1]


def evaluate(prop: Property, kernel: Kernel, values: dict[str, Any]) -> Evaluation:
    """Evaluate a property on the call whose leaves are ``values`` (absent: default)."""
    made = _made(kernel, frozenset(values.items()), prop.subject)
    if made is None or not (prop.of_patch is None or can_lack(kernel, prop.of_patch)):
        return Evaluation(False, False, False)
    claim = prop.statement(*made)
    return Evaluation(True, bool(claim.premise), bool(claim.conclusion))


@lru_cache(maxsize=KEPT)
def can_lack(kernel: Kernel, patch: Patch) -> bool:
    """Return whether a kernel is admissible both with and without a patch."""
    return all(bool(kernel.but(patch, there).admissible()) for there in (True, False))
