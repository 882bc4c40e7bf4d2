"""python -m source: compare every fetched Debian tree with its revision (make source)."""

from __future__ import annotations

import time

from checker.failures import Arguments, main_of
from checker.problems import Problem
from model.revisions import REVISIONS
from source import report
from source.check import check
from source.trees import known_trees, source_folder


def main() -> int:
    """Compare; print each table; fail if a tree disagrees."""
    Arguments(prog="python -m source", description=__doc__).parse_args()
    trees = known_trees()
    if not trees:
        raise Problem(f"no tree in {source_folder()}: python -m source.fetch brings one")
    agree = True
    for tree, like in trees.values():
        begun = time.perf_counter()
        found = check(tree, REVISIONS[like])
        print(report.table(found))
        print(f"{time.perf_counter() - begun:.1f} s\n")
        agree = agree and found.agrees
    return 0 if agree else 1


if __name__ == "__main__":
    main_of("source", main)
