"""Which release a tree's Makefile says that it is."""

from __future__ import annotations

import re

from checker.calls.versions import Version, version_named
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
