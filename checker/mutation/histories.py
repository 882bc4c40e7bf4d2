"""Which changes of histories' steps does a verdict notice?

Kernels on which a system behaves alike and its statements have the same verdicts are asked
once.  What is explored decides invariants and endings; what an induction or the ledger says
is asked of them only where exploration notices nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from checker.mutation.reading import graph
from checker.mutation.steps import ROOM, StepMutant
from checker.mutation.steps import of_system as steps_of
from checker.mutation.told import Fate, Told
from checker.over_time import stepwise
from checker.over_time.decide import Historian, first_broken
from checker.over_time.explore import Explored, Library, explore
from checker.problems import Problem
from checker.result import Result
from model.kernel import Kernel
from model.revisions import REVISIONS
from model.system.step import Machine, Move, Step, System
from properties.catalogue import all_timed
from properties.claim import Verdict
from properties.system.claim import How, TimedProperty

Choice = Callable[[Iterable[StepMutant]], list[StepMutant]]
Verdicts = dict[tuple[str, str], Verdict]
"""The verdict of a property on a kernel, by their names."""


@dataclass(frozen=True)
class Base:
    """A system as it is on one of the kernels that are alike, and what is said of it there."""

    kernel: Kernel
    explored: Explored
    verdicts: dict[str, Verdict]
    taken: dict[tuple[str, Any], Move] = field(default_factory=dict)
    """The moves of unchanged steps from states met before: most mutants meet the same."""

    def explore(self, changed: System, until: Callable[[Any], bool] = lambda _: False) -> Explored:
        """Return what a changed system does on the kernel; other steps' moves are remembered."""
        plain = {step.name: step.move for step in self.explored.system.steps}
        steps = [
            self._remembered(step) if plain.get(step.name) is step.move else step
            for step in changed.steps
        ]
        return explore(replace(changed, steps=steps), self.kernel, until=until)

    def _remembered(self, step: Step) -> Step:
        def move(machine: Machine, state: Any) -> Move:
            key = step.name, state
            if key not in self.taken:
                self.taken[key] = step.move(machine, state)
            return self.taken[key]

        return replace(step, move=move)


def verdicts(results: Iterable[Result]) -> Verdicts:
    """Return the verdicts of a run without a mutant; refuse one that is not as declared."""
    found = {}
    for one in results:
        if not one.as_expected:
            raise Problem(
                f"{one.property} is {one.verdict.name} on {one.kernel} without any mutant, not "
                f"{one.expected.name}: mend that first (cloneproof system)"
            )
        found[one.property, one.kernel] = one.verdict
    return found


def bases(system: System, known: Verdicts) -> list[Base]:
    """Return one kernel for all that are alike, the newest of each first."""
    library = Library()
    found: dict[Any, Base] = {}
    props = [prop for prop in all_timed() if prop.system is system]
    for name in reversed(REVISIONS):
        kernel = REVISIONS[name].kernel
        explored = library.of(system, kernel)
        mine = {prop.id: known[prop.id, name] for prop in props if (prop.id, name) in known}
        key = id(explored), tuple(mine.values())
        found.setdefault(key, Base(kernel, explored, mine))
    return list(found.values())


def mutants_of(system: System) -> list[StepMutant]:
    """Return the mutants of a system's steps."""
    kernels = [REVISIONS[name].kernel for name in ("v6.12", "v6.1", "v7.1", "v5.4")]
    return list(steps_of(system, [Machine(kernel) for kernel in kernels]))


def of_system(system: System, known: Verdicts, chosen: Choice) -> list[Told]:
    """Return the fate of the chosen mutants of a system's steps."""
    asked = bases(system, known)
    props = {prop.id: prop for prop in all_timed() if prop.system is system}
    return [fate(mutant, asked, props) for mutant in chosen(mutants_of(system))]


def fate(mutant: StepMutant, asked: list[Base], props: dict[str, TimedProperty]) -> Told:
    """Return what became of one mutant."""
    about = ROOM, mutant.system.name, mutant.row, mutant.change
    changed = mutant.changed()
    mine = {name: replace(prop, system=changed) for name, prop in props.items()}
    alike = True
    for ask in (_by_exploring, _by_engines):
        for base in asked:
            try:
                noticed = ask(changed, base, mine)
            except Exception as error:  # noqa: BLE001 - a change that the model cannot read
                noticed = f"no answer: {type(error).__name__}"
            if noticed is None:
                continue
            if noticed:
                return Told(*about, Fate.NOTICED, noticed, "", base.kernel.name)
            alike = False
    if alike:
        return Told(*about, Fate.EQUIVALENT)
    left = _survives(about, changed, asked)
    by = _by_size(changed, asked)
    return replace(left, fate=Fate.KEPT, by=by) if by else left


def _by_size(changed: System, asked: list[Base]) -> str:
    """Return how the kept numbers of states, steps and depth differ on some kernel, if at all."""
    sizes = ((base.explored.size, base.explore(changed).size, base.kernel) for base in asked)
    differ = (f"{old} -> {new} on {kernel.name}" for old, new, kernel in sizes if old != new)
    return next(differ, "")


def _by_exploring(
    changed: System, base: Base, props: dict[str, TimedProperty]
) -> str | None:
    """Return which verdict changes; nothing if none does; ``None`` if the histories are equal."""
    proved = [p for p in props.values() if _says(p, base) and _explored_alone(p)]
    watched = [p for p in proved if base.verdicts[p.id] is Verdict.PROVED]
    kernel = base.kernel

    def broken(state: Any) -> bool:
        return any(_breaks(prop, kernel, state) for prop in watched if prop.how is not How.ENDS)

    explored = base.explore(changed, broken)
    if not explored.closed and base.explored.closed:
        wrong = next((p for p in watched for s in explored.states if _breaks(p, kernel, s)), None)
        return f"{wrong.id} PROVED -> REFUTED" if wrong else "more states than before"
    for prop in proved:
        verdict = _verdict(prop, kernel, explored)
        if verdict is not None and verdict is not base.verdicts[prop.id]:
            return f"{prop.id} {base.verdicts[prop.id].name} -> {verdict.name}"
    same = explored.closed and base.explored.closed and graph(explored) == graph(base.explored)
    return None if same else ""


def _says(prop: TimedProperty, base: Base) -> bool:
    return prop.id in base.verdicts


def _explored_alone(prop: TimedProperty) -> bool:
    return prop.how in (How.INVARIANT, How.ENDS) or prop.how.of_steps


def _breaks(prop: TimedProperty, kernel: Kernel, state: Any) -> bool:
    if prop.how is How.ENDS or prop.how.of_steps:
        return False
    claim = prop.statement(kernel, state)
    return bool(claim.premise) and not claim.conclusion


def _verdict(prop: TimedProperty, kernel: Kernel, explored: Explored) -> Verdict | None:
    """Return what exploration says; ``None`` where it was cut off and says nothing."""
    if prop.how.of_steps:
        return _of_steps(prop, kernel, explored)
    if first_broken(prop, kernel, explored) is not None:
        return Verdict.REFUTED
    if not explored.closed:
        return None
    occurs = explored.first(lambda state: bool(prop.statement(kernel, state).premise))
    return Verdict.VACUOUS if occurs is None else Verdict.PROVED


def _of_steps(prop: TimedProperty, kernel: Kernel, explored: Explored) -> Verdict | None:
    if not explored.closed and prop.how is How.SOME_STEP:
        return None
    if stepwise.broken_at(prop, kernel, explored) is not None:
        return Verdict.REFUTED
    if not explored.closed:
        return None
    occurs = stepwise.occurs_at(prop, kernel, explored)
    return Verdict.VACUOUS if occurs is None else Verdict.PROVED


def _by_engines(
    changed: System, base: Base, props: dict[str, TimedProperty]
) -> str | None:
    """Return what an induction, the ledger or an unrolling says otherwise; nothing if all agree."""
    historian = Historian()
    for prop in props.values():
        if not _says(prop, base) or (_explored_alone(prop) and base.explored.closed):
            continue
        finding = historian.decide(prop, base.kernel)
        if finding.verdict is not base.verdicts[prop.id]:
            return f"{prop.id} {base.verdicts[prop.id].name} -> {finding.verdict.name}"
    return None


def _survives(about: tuple[str, str, str, str], changed: System, asked: list[Base]) -> Told:
    """Return a survivor with the nearest state from which the change shows."""
    for base in asked:
        shown = _first_difference(base.explore(changed), base.explored)
        if shown is not None:
            before, after, way = shown
            path = {"steps": way}
            return Told(*about, Fate.SURVIVES, "", "", base.kernel.name, path, before, after)
    return Told(*about, Fate.UNDECIDED)


def _first_difference(
    changed: Explored, plain: Explored
) -> tuple[dict[str, Any], dict[str, Any], list[str]] | None:
    """Return the step that leads elsewhere from the nearest state, and how to get there."""
    ways = _ways(changed)
    for index, state in enumerate(plain.states):
        here = {(step, key) for step, key in _from(plain, index)}
        there = ways.get(plain.system.same(state), set())
        if here != there:
            only = sorted({str(step) for step, _ in here ^ there})
            path = [step.name for step in plain.history(index)]
            return {"next": _told(here - there)}, {"next": _told(there - here)}, [*path, *only[:1]]
    return None


def _told(moves: set[tuple[str, Any]]) -> str:
    return "; ".join(sorted(f"{step}: {key}" for step, key in moves)[:1]) or "cannot be taken"


def _ways(explored: Explored) -> dict[Any, set[tuple[str, Any]]]:
    return {
        explored.system.same(state): set(_from(explored, index))
        for index, state in enumerate(explored.states)
    }


def _from(explored: Explored, index: int) -> Iterator[tuple[str, Any]]:
    """Yield the steps that can be taken from a state, and where they lead."""
    machine, state = explored.machine, explored.states[index]
    for step in explored.system.steps_on(machine):
        made = step.move(machine, state)
        if made.when:
            yield step.name, explored.system.same(made.then)
