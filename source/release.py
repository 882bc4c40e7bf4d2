"""Which release a tree's Makefile says that it is."""

from __future__ import annotations

import re

from checker.calls.versions import Version, version_named
from checker.ground.problems import Problem
from source.tree import Tree

_ASSIGNED = re.compile(r"(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)\s*=[ \t]*(\S*)")
_BEGINNING = 40
"""Lines of the Makefile that are looked at; the version stands in the first five."""


def release_of(tree: Tree) -> Version | None:
    """Return what the Makefile says: ``v6.1.192``, ``v6.4-rc1``; nothing where it does not."""
    lines = (tree.text("Makefile") or "").splitlines()[:_BEGINNING]
    found = filter(None, map(_ASSIGNED.match, lines))
    said: dict[str, str] = {one[1]: one[2] for one in found}
    number = ".".join(said.get(name, "") for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))
    candidate = re.match(r"-rc\d+", said.get("EXTRAVERSION", ""))
    return version_named(number + (candidate[0] if candidate else ""))


_OLDEST = "v5.3"
"""The first release whose copy_process() takes a struct kernel_clone_args."""


def demand_that_it_is_read(tree: Tree) -> None:
    """Raise :class:`Problem` for a tree that is older than what the reader understands."""
    found, oldest = release_of(tree), version_named(_OLDEST)
    if found and oldest and found < oldest:
        raise Problem(f"a tree of {found} fills no struct kernel_clone_args: trees are read from "
                      f"{_OLDEST} on; `-k {found}` answers for calls")
