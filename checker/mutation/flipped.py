"""The fate of flips: noticed by a kept verdict, by a landmark, by a history; or equivalent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import z3

from checker.decide import kernel_of
from checker.documents import to_document
from checker.mutation.baseline import Baseline
from checker.mutation.flips import Flip, Flips, exactly
from checker.mutation.histories import Verdicts
from checker.mutation.marks import broken_landmark
from checker.mutation.outcomes import differ
from checker.mutation.reading import Reading, reading
from checker.mutation.survivors import Survivor, shown
from checker.mutation.told import Fate, Told
from checker.over_time.decide import Historian
from checker.sat import Constraint, Sat
from checker.shrink import not_default
from checker.space import as_z3, space
from checker.subjects import RANGES
from model.patch import Patch
from model.predict import call_of
from model.wellformed import well_formed
from properties.catalogue import all_properties, all_timed
from properties.claim import Subject


def of_flips(flips: list[Flip], known: Baseline, timed: Verdicts) -> Iterator[Told]:
    """Yield the fate of flips."""
    judge = Flips(flips, known)
    props = [prop for prop in all_properties() if prop.of_patch is None and prop.id in known]
    for _prop in judge.notice(props):
        pass
    rest = _Rest(timed)
    for number, flip in enumerate(flips, 1):
        mark = broken_landmark([(flip.revision.name, flip.kernel)])
        said = mark[0] if mark else ""
        about = flip.room, flip.of, flip.row, flip.change
        kill = judge.kills.get(number)
        if kill is not None:
            by = f"{kill.statement} {kill.before.name} -> {kill.after.name}"
            yield Told(*about, Fate.NOTICED, by, said, flip.revision.name)
        elif said:
            yield Told(*about, Fate.NOTICED, "a landmark", said, flip.revision.name)
        else:
            yield rest.fate(flip, about)


@dataclass
class _Rest:
    """What is left when no verdict of a call changes: histories, then the outcomes themselves."""

    timed: Verdicts
    historian: Historian = field(default_factory=Historian)
    engine: Sat = field(default_factory=lambda: Sat([]))

    def fate(self, flip: Flip, about: tuple[str, str, str, str]) -> Told:
        """Return the fate of one flip."""
        apart = ""
        for system in {prop.system.name: prop.system for prop in all_timed()}.values():
            read = reading(system, flip.revision)
            if flip.patch in read.patches:
                by = self._by_history(flip, read)
                if by:
                    return Told(*about, Fate.NOTICED, by, "", flip.revision.name)
                if read.graph != reading(system, flip).graph:
                    apart = system.name
        left = self._call(flip)
        if left is None and not apart:
            return Told(*about, Fate.EQUIVALENT)
        if left is None:
            left = Survivor(flip.revision.name, {}, {apart: "its histories"}, {apart: "others"})
        fate = Fate.UNDECIDED if left.kernel == "?" else Fate.SURVIVES
        call = to_document(left.call)
        return Told(*about, fate, "", "", flip.revision.name, call, left.before, left.after)

    def _by_history(self, flip: Flip, read: Reading) -> str:
        for prop in all_timed():
            before = self.timed.get((prop.id, flip.revision.name))
            if prop.system.name == read.system and before is not None:
                after = self.historian.decide(prop, flip.kernel).verdict
                if after is not before:
                    return f"{prop.id} {before.name} -> {after.name}"
        return ""

    def _call(self, flip: Flip) -> Survivor | None:
        """Return the smallest call that a flip changes; ``None`` if it provably changes none."""
        here = self.engine.constraint(exactly(flip.revision.kernel))
        for subject in Subject:
            answer = self.engine.ask(self._difference(flip.patch, subject), here)
            if answer.status == "unsat":
                continue
            if answer.values is None:
                return Survivor("?", {})
            pairs = [(flip.revision.kernel, flip.kernel)]
            assert kernel_of(answer.patches).patches() == flip.revision.patches
            told = shown(subject, pairs, not_default(answer.values))
            return told or Survivor("?", {})
        return None

    def _difference(self, patch: Patch, subject: Subject) -> Constraint:
        return self.engine.constraint(_differs(patch, subject))


@cache
def _differs(patch: Patch, subject: Subject) -> Any:
    """Return that a call is possible on one side of a patch only, or comes to something else."""
    start = space().start
    kernels = [space().kernel.but(patch, there) for there in (False, True)]
    formed = [as_z3(well_formed(kernel, start)) for kernel in kernels]
    calls = [call_of(kernel, start) for kernel in kernels]
    apart = as_z3(differ(*(RANGES[subject].outcome(call) for call in calls)))
    scope = as_z3(RANGES[subject].holds_for(start))
    return z3.And(scope, z3.Or(z3.Xor(*formed), z3.And(*formed, apart)))
