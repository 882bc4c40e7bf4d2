"""A tree's reading as a set of patches: a kernel of one's own, which every verb takes by its name.

The set is that of the nearest kernel with patches put to it and taken from it, as long as the tree
then differs in fewer ways.  What no patch tells is said in the set's note, with every answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from checker.calls.kernel_names import revision_named
from checker.calls.own_kernels import OwnKernel
from checker.ground.problems import Problem
from model.patch import Patch
from model.patches import COMMITS
from source.compare import Comparer
from source.every_difference import list_all
from source.nearest import Match, like, settles
from source.program import Program
from source.questions import ABSENT, SAME, Comparison
from source.tree import Tree

ROUNDS = 8
"""Patches that are put to the nearest kernel, or taken from it, at most."""


@dataclass(frozen=True)
class Told:
    """The set that a tree comes to: its match, and the patches that were flipped to get there."""

    match: Match
    more: tuple[str, ...] = ()
    fewer: tuple[str, ...] = ()


def as_set(tree: Tree, match: Match) -> Told:
    """Return the set of patches that tells the tree best, beginning with its match."""
    program = Program(tree)
    best, flipped = match, list[Patch]()
    list_all(Comparer(program, best.revision.kernel), best.comparisons)
    for _ in range(ROUNDS):
        found = _better(program, best, flipped)
        if found is None:
            break
        best, patch = found
        flipped.append(patch)
    had = match.revision.kernel
    return Told(
        best,
        tuple(one.name for one in flipped if not had[one]),
        tuple(one.name for one in flipped if had[one]),
    )


def _better(program: Program, match: Match, flipped: list[Patch]) -> tuple[Match, Patch] | None:
    """Return the match after the flip of the patch that settles most, if that helps."""
    kernel = match.revision.kernel
    calls = [
        (one, found)
        for one in match.differing
        for found in (one.disagreement, *one.others)
        if found is not None
    ]
    gains = {
        patch: sum(settles(program, kernel, patch, one.reading, found) for one, found in calls)
        for patch in COMMITS
        if patch not in flipped and calls
    }
    for patch, gain in sorted(gains.items(), key=lambda one: -one[1])[:2]:
        if not gain:
            break
        sign = "-" if kernel[patch] else "+"
        try:
            revision = revision_named(f"{match.revision.name}{sign}{patch.name}")
        except Problem:
            continue
        tried = like(program, revision)
        list_all(Comparer(program, revision.kernel), tried.comparisons)
        if _weight(tried) < _weight(match):
            return tried, patch
    return None


def _weight(match: Match) -> int:
    return sum(_ways(one) for one in match.comparisons)


def _ways(one: Comparison) -> int:
    """Return in how many ways a function differs."""
    if one.verdict in ("missing", "not in the model"):
        return 1
    return 1 + len(one.others) if one.disagreement is not None else 0


def kernel_of(name: str, told: Told, base: str, tree: str) -> OwnKernel:
    """Return the kernel of one's own that a file is to hold."""
    return OwnKernel(name, base, told.more, told.fewer, note_of(told, tree), "")


def is_whole(told: Told) -> bool:
    """Return whether the set tells all of the tree that is read: every function is the same."""
    return all(not _ways(one) and one.verdict in (SAME, ABSENT) for one in told.match.comparisons)


def note_of(told: Told, tree: str) -> str:
    """Return what is said of the set with every answer: what it rests on, and what it lacks."""
    comparisons = told.match.comparisons
    differs = [one.reading for one in comparisons if _ways(one)]
    open_ = [
        one.reading
        for one in comparisons
        if not _ways(one) and one.verdict not in (SAME, ABSENT)
    ]
    said = [f"read of {tree}"]
    if differs:
        said.append(f"no patch tells all of how it differs in {', '.join(differs)}")
    if open_:
        few = f" and {len(open_) - 3} more" if len(open_) > 3 else ""
        said.append(f"not fully compared: {', '.join(open_[:3])}{few}")
    return "; ".join(said)
