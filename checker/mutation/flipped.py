"""The fate of flips: noticed by a kept verdict, by a landmark, by a history; or equivalent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from checker.calls.documents import to_document
from checker.engines.sat import Constraint, Sat
from checker.mutation.baseline import Baseline
from checker.mutation.confirming import Noticed
from checker.mutation.flips import Flip, Flips
from checker.mutation.kept import Timed, statements_on
from checker.mutation.marks import broken_landmark
from checker.mutation.outcomes import differ
from checker.mutation.reading import GraphReading, GraphReadings
from checker.mutation.sooner import with_kept_calls
from checker.mutation.survivors import Survivor, shown
from checker.mutation.told import Fate, MutantFate
from checker.over_time.counter import Ledger
from checker.over_time.together import MOST
from checker.questions.decide import kernel_of
from checker.readings.space import space
from checker.readings.subjects import RANGES
from model.algebra import both, either, no, same
from model.due import as_truth
from model.kernel import Kernel
from model.over_time.catalogue import SYSTEMS
from model.over_time.step import TransitionSystem
from model.patch import Patch
from model.predict import call_of
from model.wellformed import well_formed
from properties.catalogue import all_properties
from properties.claim import Subject
from properties.over_time.claim import TimedProperty

LARGE = ("accounts", "user_namespaces")
"""Systems that are asked when no other has noticed a flip."""


def of_flips(flips: list[Flip], known: Baseline, histories: Timed) -> list[MutantFate]:
    """Return the fate of flips; what is known of calls and of histories are kept verdicts."""
    judge = Flips(flips, known)
    props = [prop for prop in all_properties() if prop.of_patch is None and prop.id in known]
    for _prop in judge.notice(props):
        pass
    by_calls = [_by_calls(flip, judge.kills.get(number)) for number, flip in enumerate(flips, 1)]
    left = [flip for flip, one in zip(flips, by_calls, strict=True) if one is None]
    rest = iter(_by_histories(left, histories))
    return with_kept_calls(judge, props, [one or next(rest) for one in by_calls])


def _by_calls(flip: Flip, kill: Noticed | None) -> MutantFate | None:
    """Return the fate of a flip that a verdict of a call, or a landmark, notices."""
    about = flip.room, flip.of, flip.row, flip.change
    if kill is not None:
        by = f"{kill.statement} {kill.before.name} -> {kill.after.name}"
        return MutantFate(*about, Fate.NOTICED, by, "", flip.revision.name)
    mark = broken_landmark([(flip.revision.name, flip.kernel)])
    return MutantFate(*about, Fate.NOTICED, "a landmark", *mark) if mark else None


def _by_histories(flips: list[Flip], histories: Timed) -> list[MutantFate]:
    """Return the fate of flips that no call notices, those of like kernels explored at once."""
    places = sorted(range(len(flips)), key=lambda place: flips[place].revision.name)
    found, engine = dict[int, MutantFate](), Sat([])
    stated = {system.name: statements_on(system) for system in _systems()}
    ledger = Ledger(list(dict.fromkeys(one for flip in flips for one in _both(flip))))
    for part in _parts([(place, flips[place]) for place in places]):
        kernels = dict.fromkeys(one for _, flip in part for one in _both(flip))
        rest = _Rest(histories, stated, GraphReadings(list(kernels), ledger), engine)
        found |= {place: rest.fate(flip) for place, flip in part}
    return [found[place] for place in range(len(flips))]


def _both(flip: Flip) -> tuple[Kernel, Kernel]:
    return flip.revision.kernel, flip.kernel


def _parts(flips: list[tuple[int, Flip]]) -> Iterator[list[tuple[int, Flip]]]:
    """Yield flips in order, so many at a time as have kernels that are explored at once."""
    part, kernels = list[tuple[int, Flip]](), set[Kernel]()
    for place, flip in flips:
        if len(kernels.union(_both(flip))) > MOST:
            yield part
            part, kernels = [], set()
        part.append((place, flip))
        kernels.update(_both(flip))
    if part:
        yield part


@dataclass
class _Rest:
    """What is left when no verdict of a call changes: histories, then the outcomes themselves.

    First those verdicts of histories are decided anew of which it is declared that they follow
    the patch: that is only where to look first, what notices is the verdict that comes out.
    """

    histories: Timed
    stated: dict[str, list[TimedProperty]]
    readings: GraphReadings
    engine: Sat

    def fate(self, flip: Flip) -> MutantFate:
        """Return the fate of one flip."""
        about = flip.room, flip.of, flip.row, flip.change
        pairs, name = list[tuple[GraphReading, GraphReading]](), flip.revision.name
        by = next(self._following(flip), "")
        if by:
            return MutantFate(*about, Fate.NOTICED, by, "", name)
        for pair in self._of_histories(flip):
            by = _other_verdict(*pair)
            if by:
                return MutantFate(*about, Fate.NOTICED, by, "", name)
            pairs.append(pair)
        by = next((said for pair in pairs if (said := _other_way(*pair))), "")
        if by:
            return MutantFate(*about, Fate.KEPT, by, "", name)
        left = self._call(flip) or next((_apart(*one) for one in pairs if _differ(*one)), None)
        if left is None:
            return MutantFate(*about, _if_alike(pairs))
        fate = Fate.UNDECIDED if left.kernel == "?" else Fate.SURVIVES
        return MutantFate(
            *about, fate, "", "", name, to_document(left.call), left.before, left.after
        )

    def _following(self, flip: Flip) -> Iterator[str]:
        """Yield the verdicts that change, of those that are declared to follow the patch."""
        kernel, turned = flip.revision.kernel, flip.kernel
        for system in _systems():
            for prop in self.stated[system.name]:
                kept = self.histories.get((prop.id, flip.revision.name))
                follows = prop.expect.on(kernel) is not prop.expect.on(turned)
                if kept is None or kept.several or not follows:
                    continue
                after = self.readings.historian.decide(prop, turned).verdict
                if after is not kept.verdict:
                    yield f"{prop.id} {kept.verdict.name} -> {after.name}"

    def _of_histories(self, flip: Flip) -> Iterator[tuple[GraphReading, GraphReading]]:
        """Yield what each system that looks at the patch comes to on the kernel, and turned.

        Where both come to the same, and that is all there is, nobody needs to know to what.
        """
        kernel, turned = _both(flip)
        for system in _systems():
            same = self.readings.alike(system, kernel, turned)
            if not same or self.readings.cut_off(system, kernel, flip.patch):
                yield self.readings.of(system, kernel), self.readings.of(system, turned)

    def _call(self, flip: Flip) -> Survivor | None:
        """Return a small call that a flip changes; ``None`` if it provably changes none."""
        here = self.engine.constraint(space().is_exactly(flip.revision))
        for subject in Subject:
            answer = self.engine.ask(self._difference(flip.patch, subject), here)
            if answer.status == "unsat":
                continue
            if answer.values is None:
                return Survivor("?", {})
            pairs = [(flip.revision.kernel, flip.kernel)]
            assert kernel_of(answer.patches).patches() == flip.revision.patches
            told = shown(subject, pairs, answer)
            return told or Survivor("?", {})
        return None

    def _difference(self, patch: Patch, subject: Subject) -> Constraint:
        return self.engine.constraint(_differs(patch, subject))


def _systems() -> list[TransitionSystem]:
    """Return every system, the large ones last."""
    return sorted(SYSTEMS.values(), key=lambda one: one.name in LARGE)


@cache
def _differs(patch: Patch, subject: Subject) -> Any:
    """Return that a call is possible on one side of a patch only, or comes to something else."""
    start = space().start
    kernels = [space().kernel.but(patch, there) for there in (False, True)]
    formed = [as_truth(well_formed(kernel, start)) for kernel in kernels]
    calls = [call_of(kernel, start) for kernel in kernels]
    apart = as_truth(differ(*(RANGES[subject].outcome(call) for call in calls)))
    scope = as_truth(RANGES[subject].holds_for(start))
    return both(scope, either(no(same(*formed)), both(*formed, apart)))


def _other_verdict(read: GraphReading, turned: GraphReading) -> str:
    for name, before in read.kept.items():
        after = turned.kept[name]
        if after.verdict is not before.verdict:
            return f"{name} {before.verdict.name} -> {after.verdict.name}"
    return ""


def _other_way(read: GraphReading, turned: GraphReading) -> str:
    if read.size != turned.size:
        return f"{read.size} -> {turned.size} states of {read.system}"
    other = (name for name, before in read.kept.items() if turned.kept[name].way != before.way)
    return next((f"{name} by another history" for name in other), "")


def _if_alike(pairs: list[tuple[GraphReading, GraphReading]]) -> Fate:
    """Return what a flip is that nothing differs by: graphs that were cut off may do so further."""
    closed = all(read.closed for pair in pairs for read in pair)
    return Fate.EQUIVALENT if closed else Fate.UNDECIDED


def _differ(read: GraphReading, turned: GraphReading) -> bool:
    return bool(read.graph != turned.graph)


def _apart(read: GraphReading, _turned: GraphReading) -> Survivor:
    return Survivor("", {}, {read.system: "its histories"}, {read.system: "others"})
