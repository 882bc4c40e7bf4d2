"""Edits of real trees under review: what changes nothing is not called different, and no fault
is called the same.

A few here; `make reviewed` tries EDITS of them in each tree (CLONEPROOF_REVIEWED).
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

pytest.importorskip("clang.cindex")
pytest.importorskip("tree_sitter_c")

from source.review.judgement import DIFFERENT, SAME
from source.tree import Folder, Tree
from source.trees import known_trees, source_folder
from tests.source.review.refactorings import FILES, refactorings
from tests.source.review.trials import NO_FAULT, WRONG, Counts, Trial, opened, tried, tried_faults
from tests.source.seeding import Fault

SEED = 20261129
EDITS = int(os.environ.get("CLONEPROOF_REVIEWED", "0"))
FEW = "kernel/ucount.c"
"""The file whose edits are tried where no number is asked for: it is small."""

TREES: dict[str, Tree] = {line: tree for line, (tree, _like) in known_trees().items()}
if EDITS:
    TREES |= {
        place.name: Folder(place)
        for place in source_folder().iterdir()
        if (place / "kernel/fork.c").is_file() and place.name.removeprefix("src") not in TREES
    }
"""Trees by line: those that are known, and all that are at hand where a number is asked for."""

EACH = pytest.mark.parametrize("line", sorted(TREES) or [None])


def tree(line: str | None) -> Tree:
    if line is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    base = TREES[line]
    if base.text("include/linux/sched.h") is None or base.text("include/linux/types.h") is None:
        pytest.skip("the tree here has no headers: make source fetches it anew")
    return base


def trials(base: Tree, edits: list[Fault]) -> list[Trial]:
    """Return what the review says of each edit; a file's base is read once."""
    found = []
    for path in sorted({one.path for one in edits}):
        with opened(base, path) as read:
            found += [tried(read, base, one) for one in edits if one.path == path]
    return [one for one in found if one.verdict != NO_FAULT]


@EACH
def test_what_changes_nothing_is_not_called_different(line: str | None) -> None:
    base = tree(line)
    if EDITS:
        edits = refactorings(base, max(1, EDITS // 30), SEED)
    else:
        edits = refactorings(base, 1, SEED, {FEW: FILES[FEW]})[:4]
    found = trials(base, edits)
    counts = Counter(one.verdict for one in found)
    print(line, len(found), dict(counts))
    assert [str(one) for one in found if one.verdict == DIFFERENT] == []
    assert counts[SAME] >= 0.9 * len(found) > 0


@EACH
def test_no_fault_is_called_the_same(line: str | None) -> None:
    base = tree(line)
    files = {path: FILES[path] for path in (FILES if EDITS else [FEW]) if base.text(path)}
    counts = Counts(-(-EDITS // len(files)), EDITS // 60, SEED) if EDITS else Counts(3, 1, SEED)
    found = [
        one for path, names in files.items() for one in tried_faults(base, path, names, counts)
    ]
    verdicts = Counter(one.verdict for one in found)
    near = sum(one.near for one in found if one.verdict == DIFFERENT)
    print(line, len(found), dict(verdicts), f"{near} told where they are")
    assert [str(one) for one in found if one.verdict == WRONG] == []
    assert verdicts[DIFFERENT] > len(found) // 2
