"""Which changes of histories' steps does a verdict notice?

Kernels on which a system behaves alike and its statements have the same verdicts are asked
once.  What is explored decides invariants, endings and statements about steps; what an
induction or the ledger says is asked of them only where exploration notices nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from checker.ground.problems import Problem
from checker.mutation.asking import Remembering
from checker.mutation.differing import differs, first_difference
from checker.mutation.explored import ReadOff
from checker.mutation.kept import KeptVerdict, Timed, statements_on
from checker.mutation.roaming import Roamed, StatementBroken, roam, verdicts_of
from checker.mutation.steps import ROOM, StepMutant
from checker.mutation.steps import of_system as steps_of
from checker.mutation.told import Fate, MutantFate
from checker.mutation.world import SeenStates
from checker.over_time.decide import Historian
from checker.over_time.explore import Explored, Library
from checker.over_time.finding import TimedFinding
from checker.readings.noted import Questions
from model.kernel import Kernel
from model.over_time.step import TransitionSystem
from model.revisions import REVISIONS
from properties.claim import Verdict
from properties.over_time.claim import How, TimedProperty

Choice = Callable[[Iterable[StepMutant]], list[StepMutant]]


@dataclass(frozen=True)
class Base:
    """A system as it is on one of the kernels that are alike, and what is kept of it there."""

    kernel: Kernel
    roamed: Roamed
    kept: dict[str, KeptVerdict]
    unbroken: list[TimedProperty]
    """The statements that nothing breaks, as the verdicts say."""

    @property
    def enough(self) -> int:
        """Return how many states of a mutant are looked at; one with more has another size."""
        return 4 * len(self.roamed.states) + 200

    @property
    def world(self) -> SeenStates:
        """Return the world that its mutants share."""
        return self.roamed.world


def bases(system: TransitionSystem, known: Timed) -> list[Base]:
    """Return one kernel for all that are alike, the newest of each; those with few states first."""
    library, questions = Library([one.kernel for one in REVISIONS.values()]), Questions()
    found: dict[Any, Base] = {}
    read_off: ReadOff | None = None
    for name in reversed(REVISIONS):
        kernel = REVISIONS[name].kernel
        props = [prop for prop in statements_on(system) if (prop.id, name) in known]
        kept = {prop.id: known[prop.id, name] for prop in props}
        key = id(library.of(system, kernel)), tuple(one.verdict for one in kept.values())
        if key not in found:
            explored = library.of(system, kernel)
            read_off = read_off or ReadOff(explored)
            machine = Remembering(kernel, questions)
            found[key] = _checked(_base(system, machine, kept, (read_off, explored)))
    return sorted(found.values(), key=lambda base: len(base.roamed.states))


def _base(
    system: TransitionSystem,
    machine: Remembering,
    kept: dict[str, KeptVerdict],
    found: tuple[ReadOff, Explored],
) -> Base:
    props = [prop for prop in statements_on(system) if prop.id in kept]
    world = SeenStates(system, machine, props)
    read_off, explored = found
    read_off.into(world, explored, machine.kernel)
    roamed = roam(world, system)
    world.settle()
    unbroken = [one for one in props if kept[one.id].verdict is not Verdict.REFUTED]
    return Base(machine.kernel, roamed, kept, unbroken)


def _checked(base: Base) -> Base:
    """Refuse a search that says otherwise without a mutant than the run that is kept."""
    for prop, verdict in verdicts_of(base.roamed):
        kept = base.kept[prop.id]
        if verdict is not None and kept.where(verdict) is not kept.verdict:
            raise Problem(f"{prop.id} on {base.kernel.name}: its search for mutants disagrees")
    return base


def mutants_of(system: TransitionSystem) -> list[StepMutant]:
    """Return the mutants of a system's steps."""
    kernels = [REVISIONS[name].kernel for name in ("v6.12", "v6.1", "v7.1", "v5.4")]
    return list(steps_of(system, kernels))


def of_system(system: TransitionSystem, known: Timed, chosen: Choice) -> list[MutantFate]:
    """Return the fate of the chosen mutants of a system's steps."""
    asked = bases(system, known)
    return [fate(mutant, asked) for mutant in chosen(mutants_of(system))]


def fate(mutant: StepMutant, asked: list[Base]) -> MutantFate:
    """Return what became of one mutant."""
    about = ROOM, mutant.system.name, mutant.row, mutant.change
    changed = mutant.changed()
    trials = [Trial(base, changed) for base in asked]
    told = _noticed(about, Trial.by_exploring, trials) or _kept(about, trials)
    told = told or _noticed(about, Trial.by_induction, trials) or _left(about, trials)
    for base in asked:
        base.world.tidy()
    return told


About = tuple[str, str, str, str]


def _noticed(about: About, ask: Callable[[Trial], str], trials: list[Trial]) -> MutantFate | None:
    for trial in trials:
        by = _answer(ask, trial)
        if by:
            return MutantFate(*about, Fate.NOTICED, by, "", trial.base.kernel.name)
    return None


def _kept(about: About, trials: list[Trial]) -> MutantFate | None:
    """Return the mutant if only what is kept notices it."""
    for trial in trials:
        by = _answer(Trial.by_what_is_kept, trial) if trial.apart else ""
        if by:
            return replace(trial.told(about), fate=Fate.KEPT, by=by)
    return None


def _left(about: About, trials: list[Trial]) -> MutantFate:
    """Return what a mutant is that nothing notices: where a search was cut off, none knows."""
    apart = next((trial for trial in trials if trial.apart), None)
    if apart is not None:
        return apart.told(about)
    cut_off = next((trial for trial in trials if not trial.base.roamed.closed), None)
    if cut_off is not None:
        return MutantFate(*about, Fate.UNDECIDED, kernel=cut_off.base.kernel.name)
    return MutantFate(*about, Fate.EQUIVALENT)


def _answer(ask: Callable[[Trial], str], trial: Trial) -> str:
    try:
        return ask(trial)
    except Exception as error:  # noqa: BLE001 - a change that the model cannot read
        return f"no answer: {type(error).__name__}"


class Trial:
    """A mutant on one of the kernels: what notices it there."""

    def __init__(self, base: Base, changed: TransitionSystem) -> None:
        self.base, self.changed = base, changed
        self.found = base.roamed
        self._historian = Historian()

    @property
    def apart(self) -> bool:
        """Return whether it has other states, or other steps between them."""
        return self.found is not self.base.roamed and self.found.graph != self.base.roamed.graph

    def by_exploring(self) -> str:
        """Return which verdict changes; nothing if none does."""
        base, plain = self.base, self.base.roamed
        try:
            if not differs(plain, self.changed):
                return ""
            self.found = roam(base.world, self.changed, base.unbroken, base.enough)
        except StatementBroken as broken:
            before = base.kept[broken.prop.id].verdict
            return f"{broken.prop.id} {before.name} -> REFUTED"
        return self._changed(verdicts_of(self.found)) if plain.closed == self.found.closed else ""

    def by_induction(self) -> str:
        """Return what an induction says otherwise, if it does.

        What the ledger proves is no matter of steps, and an unrolling is not asked.
        """
        props = self.base.world.statements.props if self.base.roamed.closed else ()
        asked = [one for one in props if one.how is How.INDUCTIVE]
        return self._changed((prop, self._decided(prop).verdict) for prop in asked)

    def _changed(self, said: Iterable[tuple[TimedProperty, Verdict | None]]) -> str:
        for prop, verdict in said:
            kept = self.base.kept[prop.id]
            if verdict is not None and kept.where(verdict) is not kept.verdict:
                return f"{prop.id} {kept.verdict.name} -> {verdict.name}"
        return ""

    def _decided(self, prop: TimedProperty) -> TimedFinding:
        return self._historian.decide(replace(prop, system=self.changed), self.base.kernel)

    def by_what_is_kept(self) -> str:
        """Return how the kept size of the system, or a kept history, differs, if at all."""
        old, new = self.base.roamed.size, self.found.size
        if old != new:
            return f"{old} -> {new} on {self.base.kernel.name}"
        ways = (self._way(prop) for prop in self.base.world.statements.props)
        return next((said for said in ways if said), "")

    def _way(self, prop: TimedProperty) -> str:
        kept = self.base.kept[prop.id]
        if kept.verdict is not Verdict.REFUTED:
            return ""
        trace = self._decided(prop).trace
        way = tuple(step.name for step in trace.steps) if trace else ()
        return "" if way == kept.way else f"{prop.id} by another history on {self.base.kernel.name}"

    def told(self, about: About) -> MutantFate:
        """Return the mutant with the nearest state from which it shows."""
        way, before, after = first_difference(self.base.roamed, self.changed)
        name = self.base.kernel.name
        return MutantFate(*about, Fate.SURVIVES, "", "", name, {"steps": way}, before, after)
