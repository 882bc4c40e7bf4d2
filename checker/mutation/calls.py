"""Mutants of the single calls, decided part by part, each part in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass

from checker.calls.documents import to_document
from checker.mutation.baseline import Baseline
from checker.mutation.confirming import Noticed
from checker.mutation.early import EarlyKills
from checker.mutation.judge import MutantJudge
from checker.mutation.kernel import Mutated
from checker.mutation.marks import broken_landmark
from checker.mutation.mutant import Mutant
from checker.mutation.sooner import with_kept_calls
from checker.mutation.survivors import SUBJECTS, survivor
from checker.mutation.told import Fate, MutantFate
from model.revisions import REVISIONS
from properties.catalogue import all_properties
from properties.claim import Property

PART = 2000
"""At most so many mutants stand in one encoding."""


@dataclass(frozen=True)
class DeclarationMutants:
    """Mutants of one thing declared (``clone``, ``unshare``, …) that are decided together."""

    of: str
    mutants: list[Mutant]


def parts(mutants: list[Mutant]) -> list[DeclarationMutants]:
    """Return the mutants by what they change, in parts of like size, the largest first."""
    made = []
    for of in dict.fromkeys(mutant.of for mutant in mutants):
        mine = [mutant for mutant in mutants if mutant.of == of]
        count = -(-len(mine) // PART)
        made += [DeclarationMutants(of, mine[n * len(mine) // count : (n + 1) * len(mine) // count])
                 for n in range(count)]
    order = list(SUBJECTS)
    return sorted(made, key=lambda part: (order.index(part.of), -len(part.mutants)))


def fates(part: DeclarationMutants, known: Baseline) -> list[MutantFate]:
    """Return the fate of every mutant of a part."""
    subjects = SUBJECTS[part.of]
    props = [one for one in all_properties() if one.subject in subjects and one.id in known]
    early = EarlyKills(part.mutants, props, known).found()
    left = [one for place, one in enumerate(part.mutants) if place not in early]
    rest = iter(_asked(left, props, known))
    return [
        _noticed(one, early[place]) if place in early else next(rest)
        for place, one in enumerate(part.mutants)
    ]


def _asked(
    mutants: list[Mutant], props: list[Property], known: Baseline
) -> list[MutantFate]:
    """Return the fate of mutants that no call at hand shows."""
    judge = MutantJudge(mutants, known)
    for _prop in judge.notice(props):
        pass
    told = [_told(judge, number, mutant) for number, mutant in enumerate(mutants, 1)]
    return with_kept_calls(judge, props, told)


def _noticed(mutant: Mutant, kill: Noticed) -> MutantFate:
    about = mutant.room, mutant.of, mutant.row, mutant.change
    by = f"{kill.statement} {kill.before.name} -> {kill.after.name}"
    return MutantFate(*about, Fate.NOTICED, by, "", kill.kernel)


def _told(judge: MutantJudge, number: int, mutant: Mutant) -> MutantFate:
    about = mutant.room, mutant.of, mutant.row, mutant.change
    if number in judge.kills:
        return _noticed(mutant, judge.kills[number])
    left = survivor(judge, number)
    if left is None:
        return MutantFate(*about, Fate.EQUIVALENT)
    kernels = ((name, Mutated(one.kernel, mutant)) for name, one in REVISIONS.items())
    mark = broken_landmark(kernels)
    if mark is not None:
        return MutantFate(*about, Fate.NOTICED, "a landmark", *mark)
    fate = Fate.UNDECIDED if number in judge.undecided else Fate.SURVIVES
    call = to_document(left.call)
    return MutantFate(*about, fate, "", "", left.kernel, call, left.before, left.after)
