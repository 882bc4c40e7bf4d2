"""What nothing noticed: equivalent by proof, or with the smallest call that shows the change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import z3

from checker.concrete import outcome_on
from checker.decide import kernel_of
from checker.mutation.judge import Disagreement, Judge
from checker.mutation.kernel import Mutated
from checker.mutation.outcomes import differ, facts
from checker.sat import Constraint
from checker.shrink import lower_numbers, not_default, shrink
from checker.space import as_z3, space
from checker.subjects import RANGES
from model.kernel import Kernel
from model.revisions import REVISIONS
from model.wellformed import well_formed
from properties.claim import Subject

SUBJECTS = {
    "clone": (Subject.CREATE, Subject.VHOST),
    "unshare": (Subject.UNSHARE,),
    "setns": (Subject.SETNS,),
    "vhost": (Subject.VHOST,),
    "states": tuple(Subject),
}
"""The calls that what is declared has a part in."""

_PLAIN = ("v6.12", "v6.1", "v7.1", "v5.4")
"""Kernels on which a call is told where it can be, the first that can first."""


@dataclass(frozen=True)
class Survivor:
    """A change that nothing notices: a call on a kernel, and what it comes to before and after."""

    kernel: str
    call: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def survivor(judge: Judge, number: int) -> Survivor | None:
    """Return the smallest call that a mutant changes; ``None`` if it is proved to change none."""
    mutant = judge.mutants[number - 1]
    somewhere = judge.any_of(tuple(REVISIONS.values()))
    for subject in SUBJECTS[mutant.of]:
        wanted = _difference(judge, subject)
        answer = judge.engine.ask(wanted, somewhere, judge.engine.only(number))
        if answer.status == "unsat":
            continue
        if answer.values is None:
            judge.undecided.add(number)
            return Survivor("?", {})
        return _told(mutant, subject, kernel_of(answer.patches), not_default(answer.values))
    return None


def _difference(judge: Judge, subject: Subject) -> Constraint:
    """Return that a call of the subject differs, or can be made only under the choice."""
    start = space().start
    plain = RANGES[subject].outcome(space().call)
    formed = as_z3(well_formed(space().kernel, start))
    differs = as_z3(differ(plain, judge.outcome(subject)))
    scope = as_z3(RANGES[subject].holds_for(start))
    return judge.engine.constraint(z3.And(scope, z3.Or(differs, z3.Not(formed))))


def _told(mutant: Any, subject: Subject, kernel: Kernel, values: dict[str, Any]) -> Survivor:
    def still(trial: dict[str, Any], where: Kernel = kernel) -> bool:
        return _before_after(mutant, subject, where, trial) is not None

    if not still(values):
        raise Disagreement(f"{mutant.name}: the solver's call does not show it on plain values")
    small = lower_numbers(shrink(values, still), still)
    plain = next((n for n in _PLAIN if still(small, REVISIONS[n].kernel)), None)
    chosen = kernel if plain is None else REVISIONS[plain].kernel
    seen = _before_after(mutant, subject, chosen, small)
    assert seen is not None
    before, after = seen
    return Survivor(chosen.name, small, before, after)


def _before_after(
    mutant: Any, subject: Subject, kernel: Kernel, values: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return what a call comes to before and after the change, where that differs."""
    changed = outcome_on(Mutated(kernel, mutant), values, subject)
    plain = outcome_on(kernel, values, subject)
    if changed is None:
        return None
    if plain is None:
        return {"possible": False}, {"possible": True}
    before, after = facts(plain), facts(changed)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names:
        return None
    if (before["errno"] == 0) != (after["errno"] == 0):
        names = ["errno", *(name for name in names if name.endswith(("kept", "often")))]
    return {n: before.get(n, False) for n in names}, {n: after.get(n, False) for n in names}
