"""Which known kernel a tree is nearest to: the revision that most calls cannot tell from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from checker.calls.kernel_names import resolution
from model.call import Situation
from model.kernel import Kernel
from model.patch import ALWAYS, Patch
from model.patches import COMMITS
from model.records import build
from model.revisions import Revision
from model.wellformed import well_formed
from source.candidates import candidates
from source.compare import Comparer
from source.program import Program
from source.questions import AGREE, Comparison, DivergingCall
from source.readings.every import BY_NAME, LONG, READINGS
from source.readings.reading import FunctionReading

ROUNDS = 6
"""How many candidates are compared in full before the best one so far is taken."""


@dataclass
class Match:
    """A revision, what comparing the tree with it came to, and patches that explain the rest."""

    revision: Revision
    comparisons: list[Comparison]
    explained: dict[str, list[str]] = field(default_factory=dict)
    """Function: the patches each of which alone, there or missing, would settle it."""
    told: str = ""
    """What is said of a kernel that is not in the list: what it is beside one that is."""

    @property
    def differing(self) -> list[Comparison]:
        """Return the comparisons that found something."""
        return [one for one in self.comparisons if one.verdict not in AGREE]


def compare_all(program: Program, revision: Revision) -> list[Comparison]:
    """Compare every function with one revision."""
    comparer = Comparer(program, revision.kernel)
    found = []
    for reading in chosen(program):
        program.progress(f"comparing {reading.name} with {revision.name}")
        found.append(comparer.compare(reading))
    return found


def chosen(program: Program) -> Iterable[FunctionReading]:
    """Return the readings that a tree can be asked for: all, or those of the file it is.

    Of those the ones that the program is kept to.
    """
    alone = getattr(program.tree, "path", None)
    for reading in (*READINGS, *(LONG if program.only else ())):
        if program.only and program.only.isdisjoint((reading.name, reading.function)):
            continue
        function = program.readable(reading.function)
        if alone is None or (function is not None and function.path == alone):
            yield reading


def nearest(program: Program) -> Match:
    """Return the best match among the kernels that a tree may be.

    Each candidate that is compared in full yields calls on which it differs; those are then
    tried on all others, and the one with the fewest misses is next.
    """
    known = {one.name: one for one in candidates(program)}
    rank = {name: place for place, name in enumerate(known)}
    misses = {name: _presence(program, one.revision.kernel) for name, one in known.items()}
    done: dict[str, list[Comparison]] = {}
    for _ in range(ROUNDS):
        candidate = min(misses, key=lambda name: (misses[name], rank[name]))
        if candidate in done:
            break
        done[candidate] = compare_all(program, known[candidate].revision)
        found = [one for one in done[candidate] if one.disagreement is not None]
        if not found:
            break
        for name, one in known.items():
            misses[name] += _misses(program, one.revision.kernel, found)
    best = min(done, key=lambda name: (_weight(done[name]), misses[name], rank[name]))
    match = Match(known[best].revision, done[best], told=known[best].told)
    match.explained = _explained(program, match)
    return match


def like(program: Program, revision: Revision) -> Match:
    """Return the match with one revision that was asked for."""
    match = Match(revision, compare_all(program, revision), told=resolution(revision.name).told)
    match.explained = _explained(program, match)
    return match


def _weight(comparisons: list[Comparison]) -> int:
    return sum(one.verdict not in AGREE for one in comparisons)


def _presence(program: Program, kernel: Kernel) -> int:
    """Return how many functions are there in one of tree and model only."""
    return sum(
        (program.readable(one.function) is not None) is not (kernel.stands(one.needs) is True)
        for one in chosen(program)
        if one.needs is not ALWAYS
    )


def _misses(program: Program, kernel: Kernel, found: list[Comparison]) -> int:
    comparer = Comparer(program, kernel)
    return sum(_differs(comparer, one.reading, one.disagreement) for one in found)


def _differs(comparer: Comparer, reading: str, found: DivergingCall | None) -> bool:
    assert found is not None
    return bool(comparer.differences(BY_NAME[reading], found.values))


def _explained(program: Program, match: Match) -> dict[str, list[str]]:
    """Return, per differing function, the single patches that would settle its call."""
    told: dict[str, list[str]] = {}
    kernel = match.revision.kernel
    for one in match.differing:
        if one.disagreement is not None:
            told[one.reading] = [
                _flipped(kernel, patch)
                for patch in COMMITS
                if settles(program, kernel, patch, one.reading, one.disagreement)
            ]
    return told


def _flipped(kernel: Kernel, patch: Patch) -> str:
    return f"{'without' if kernel[patch] else 'with'} {patch.name}"


def settles(
    program: Program, kernel: Kernel, patch: Patch, reading: str, found: DivergingCall
) -> bool:
    """Return whether a call would agree on a kernel with one patch more, or without it."""
    other = kernel.but(patch, not kernel[patch])
    if other.admissible() is not True:
        return False
    comparer = Comparer.__new__(Comparer)
    comparer.program, comparer.kernel = program, other
    return not _differs(comparer, reading, found) and _possible(comparer, found)


def _possible(comparer: Comparer, found: DivergingCall) -> bool:
    values: dict[str, Any] = found.values
    return bool(well_formed(comparer.kernel, build(Situation, values)))
