"""What nothing noticed: equivalent by proof, or with a small call that shows the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from checker.engines.sat import Answer, Constraint
from checker.mutation.judge import MutantJudge
from checker.mutation.kernel import Mutated
from checker.mutation.outcomes import differ, facts
from checker.questions.decide import kernel_of
from checker.readings.concrete import outcome_on
from checker.readings.space import space
from checker.readings.subjects import RANGES
from checker.smallest.shrink import found_in
from model.algebra import both, either, no
from model.due import as_truth
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

Facts = dict[str, Any]


@dataclass(frozen=True)
class Survivor:
    """A change that nothing notices: a call on a kernel, and what it comes to before and after."""

    kernel: str
    call: Facts
    before: Facts = field(default_factory=dict)
    after: Facts = field(default_factory=dict)


def survivor(judge: MutantJudge, number: int) -> Survivor | None:
    """Return a small call that a mutant changes; ``None`` if it is proved to change none."""
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
        kernels = [kernel_of(answer.patches), *(REVISIONS[name].kernel for name in _PLAIN)]
        pairs = [(kernel, Mutated(kernel, mutant)) for kernel in kernels]
        told = shown(subject, pairs, answer)
        if told is None:
            judge.undecided.add(number)
        return told or Survivor("?", {})
    return None


def _difference(judge: MutantJudge, subject: Subject) -> Constraint:
    """Return that a call of the subject differs, or can be made only under the choice."""
    start = space().start
    formed = as_truth(well_formed(space().kernel, start))
    differs = as_truth(differ(_plain_outcome(subject), judge.outcome(subject)))
    scope = as_truth(RANGES[subject].holds_for(start))
    return judge.engine.constraint(both(scope, either(differs, no(formed))))


@cache
def _plain_outcome(subject: Subject) -> Any:
    return RANGES[subject].outcome(space().call)


def shown(
    subject: Subject, pairs: Sequence[tuple[Kernel, Kernel]], answer: Answer
) -> Survivor | None:
    """Return a small call like the one that a solver found on the first pair of kernels.

    A pair is a kernel and the same changed; the call is told on the first later pair on which
    it shows the change too.  ``None`` if it does not show on plain values at all.
    """
    first, *others = pairs

    def still(trial: Facts) -> bool:
        return before_after(*first, subject, trial) is not None

    small = found_in(answer, still)
    if small is None:
        return None
    told = ((pair, before_after(*pair, subject, small)) for pair in (*others, first))
    return next(Survivor(pair[0].name, small, *seen) for pair, seen in told if seen is not None)


def before_after(
    plain: Kernel, changed: Kernel, subject: Subject, values: Facts
) -> tuple[Facts, Facts] | None:
    """Return what a call comes to on a kernel and on another, where that differs."""
    outcomes = [outcome_on(kernel, values, subject) for kernel in (plain, changed)]
    if None in outcomes:
        possible = [{"possible": one is not None} for one in outcomes]
        return None if possible[0] == possible[1] else (possible[0], possible[1])
    before, after = (facts(one) for one in outcomes)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names:
        return None
    if (before["errno"] == 0) != (after["errno"] == 0):
        names = ["errno", *(name for name in names if name.endswith(("kept", "often")))]
    return {n: before.get(n, False) for n in names}, {n: after.get(n, False) for n in names}
