"""Keeps the lists of :mod:`source.watched` anew from the fetched trees (``make vouch``).

To be run only after what ``cloneproof source`` tells as "not vouched for" was read, statement by
statement, and found to touch nothing that the model knows.
"""

from __future__ import annotations

from source.program import Program
from source.trees import READ, known_trees
from source.watched import KEPT, listed


def main() -> None:
    """Write the lists of all trees that were read, or say which tree is missing."""
    trees = known_trees(READ)
    missing = sorted(READ.keys() - trees.keys())
    if missing:
        lines = " ".join(missing)
        raise SystemExit(f"no tree {lines}: cloneproof fetch --source {lines} brings it")
    KEPT.write_text(listed({like: Program(tree) for tree, like in trees.values()}))


if __name__ == "__main__":
    main()
