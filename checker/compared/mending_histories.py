"""The fewest further commits under which a statement of histories is proved.

Sets of commits are tried by their size, each whole with what it needs, as many as are read at
once; one that is not proved is no answer.  So that no fewer do is what was decided of each of
them.  How many commits are sought is bounded, and that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from checker.compared.mending import turned
from checker.over_time.results import verify_histories
from model.patch import Patch
from model.revisions import Revision
from properties.claim import ANSWERS, Verdict

MOST, AT_ONCE = 2, 50
"""Commits of the largest set that is tried, and sets that are decided together."""


@dataclass
class MendedHistories:
    """The smallest set of further commits, if there is one of so many; what is not known."""

    commits: frozenset[Patch] = frozenset()
    tried: int = MOST
    """No set of so many commits or fewer is one, but those that were found."""
    unknown: list[str] = field(default_factory=list)


def fewest(
    identity: str,
    before: Revision,
    tree: Revision,
    further: Iterable[Patch],
    jobs: int | None = None,
) -> MendedHistories:
    """Return the smallest set of further commits with which a statement is proved on a tree.

    ``before`` is the kernel by which the trees are named.
    """
    found = MendedHistories()
    candidates = tuple(further)
    for size in range(1, MOST + 1):
        for some in _parts(list(_of_size(tree, candidates, size))):
            kernels = {
                turned(before.kernel, before.patches ^ (tree.patches | one)).name: one
                for one in some
            }
            for result in verify_histories([identity], list(kernels), jobs=jobs):
                if result.verdict is Verdict.PROVED:
                    found.commits = kernels[result.kernel]
                    return found
                if result.verdict not in ANSWERS:
                    found.unknown.append(f"{result.kernel}: {result.verdict.name}")
    return found


def _of_size(tree: Revision, further: tuple[Patch, ...], size: int) -> Iterator[frozenset[Patch]]:
    """Yield the sets of so many commits that hold, or the tree has, all that each needs."""
    for some in combinations(further, size):
        there = tree.patches | set(some)
        if all(set(patch.requires) <= there for patch in some):
            yield frozenset(some)


def _parts(sets: list[frozenset[Patch]]) -> Iterator[list[frozenset[Patch]]]:
    for begin in range(0, len(sets), AT_ONCE):
        yield sets[begin : begin + AT_ONCE]
