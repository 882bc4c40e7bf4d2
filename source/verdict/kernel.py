"""Which kernel of the model stands for a tree's calls: the release that its Makefile names."""

from __future__ import annotations

import re

from checker.calls.kernel_names import revision_named
from checker.ground.problems import Problem
from model.revisions import REVISIONS, Revision
from source.tree import Tree

_LINE = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*(\S*)$", re.MULTILINE)


def release_of(tree: Tree) -> str:
    """Return the release that a tree's Makefile names (``v6.12.117``); nothing where none does."""
    said = dict(_LINE.findall((tree.text("Makefile") or "")[:2_000]))
    if not (said.get("VERSION", "").isdigit() and said.get("PATCHLEVEL", "").isdigit()):
        return ""
    point = said.get("SUBLEVEL", "")
    candidate = re.match(r"-rc\d+", said.get("EXTRAVERSION", ""))
    name = f"v{said['VERSION']}.{said['PATCHLEVEL']}"
    if point.isdigit() and int(point):
        name += f".{point}"
    return name + (candidate.group() if candidate else "")


def revision_of(tree: Tree) -> tuple[Revision, str]:
    """Return the kernel whose calls are tried on a tree, and what is to be told of the choice."""
    release = release_of(tree)
    listed = [name for name in REVISIONS if release and name.endswith(f"-{release[1:]}")]
    if listed:
        return REVISIONS[listed[0]], ""
    try:
        return revision_named(release), ""
    except Problem:
        newest = max(REVISIONS.values(), key=lambda one: list(REVISIONS).index(one.name))
        said = f"the Makefile names {release}" if release else "no Makefile names a release"
        return newest, f"{said}: the calls tried are those of {newest.name}"
