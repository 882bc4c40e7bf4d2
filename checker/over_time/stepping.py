"""Reachability witnesses: the shortest history that takes each step, or why none does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.over_time.explore import Explored, Library
from checker.over_time.lacking import lacking
from model.kernel import Kernel
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import Step, TransitionSystem
from properties.over_time.bugs import BUGS

REFUSED = {
    ("userns_sharing", "the task clones a thread in a new user namespace"):
        "every version refuses CLONE_THREAD with CLONE_NEWUSER",
    ("pid_namespaces", "the task clones a thread into a new pid namespace"):
        "every version refuses CLONE_THREAD with CLONE_NEWPID",
}
"""Steps that ask for what no kernel grants: there so that a rule that grants it is noticed."""


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A step of a system on a kernel: the history that ends with it, or why there is none."""

    system: str
    kernel: str
    step: str
    history: tuple[str, ...] = ()
    never: str = ""


def taken_steps(
    systems: Iterable[str], kernels: Iterable[Kernel], library: Library | None = None
) -> list[TakenStep]:
    """Return every step of every system on every kernel."""
    known = list(kernels)
    library = library or Library(known)
    return [
        _taken(SYSTEMS[name], step, kernel, library.of(SYSTEMS[name], kernel))
        for name in systems
        for step in SYSTEMS[name].steps
        for kernel in known
    ]


def _taken(system: TransitionSystem, step: Step, kernel: Kernel, explored: Explored) -> TakenStep:
    where = system.name, kernel.name, step.name
    source = explored.taken.get(step.name)
    if source is not None:
        history = [one.name for one in explored.history(source)]
        return TakenStep(*where, history=(*history, step.name))
    return TakenStep(*where, never=_why_not(step, kernel, explored))


def _why_not(step: Step, kernel: Kernel, explored: Explored) -> str:
    """Return why a step is never taken: the kernel lacks it, or its guard never holds."""
    unknown = lacking(step, kernel)
    if unknown:
        return unknown
    if explored.closed:
        return f"it cannot be taken in any of the {explored.count} states"
    return f"not within {explored.depth} steps; longer histories are not known"


def dead(found: list[TakenStep]) -> list[tuple[str, str]]:
    """Return the steps, with their systems, that no kernel of these takes."""
    alive = {(one.system, one.step) for one in found if not one.never}
    every = dict.fromkeys((one.system, one.step) for one in found)
    return [step for step in every if step not in alive]


def without_fixes(found: list[TakenStep], library: Library | None = None) -> list[TakenStep]:
    """Return dead steps again, on the first kernel without some fix that does take them."""
    library = library or Library()
    more = []
    for name, step in dead(found):
        system = SYSTEMS[name]
        declared = next(one for one in system.steps if one.name == step)
        ways = (
            _taken(system, declared, bug.broken, library.of(system, bug.broken)) for bug in BUGS
        )
        more += [way for way in ways if not way.never][:1]
    return more


def errors(found: list[TakenStep]) -> list[str]:
    """Return what is wrong: a dead step that is not declared, or a declared one that is taken."""
    gone = dead(found)
    known = {(one.system, one.step) for one in found}
    return [
        *(f"{one[0]}: {one[1]}: never taken" for one in gone if one not in REFUSED),
        *(f"{one[0]}: {one[1]}: taken, though {why}" for one, why in REFUSED.items()
          if one in known and one not in gone),
    ]
