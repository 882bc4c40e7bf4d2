"""Kernels as data: the patches, the kernels of the list, and what makes a kernel of a name."""

from __future__ import annotations

from typing import Any

from checker.calls import distributions, versions
from checker.calls.kernel_names import resolve
from checker.compared.timeline import before_it
from model.arrivals import BACKPORTS, FIRST_RC, MAKERS_TREES, TREES
from model.patch import AnyOf, Every, Patch, Patches, Without
from model.patches import COMMITS, DEBIAN_USERNS_SYSCTL
from model.revisions import REVISIONS, mainline

_PLACES = {patch: place for place, patch in enumerate(COMMITS)}


def patches() -> list[dict[str, Any]]:
    """Return every patch, in the order in which the others name it by its place."""
    return [_patch(one) for one in COMMITS]


def _patch(one: Patch) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": one.name, "commit": one.commit, "landed": one.landed, "title": one.title,
    }
    if one.requires:
        made["requires"] = [_PLACES[other] for other in one.requires]
    if one.thin:
        made["thin"] = one.thin
    if one in FIRST_RC:
        made["rc"] = FIRST_RC[one]
    return made


def kernels() -> dict[str, Any]:
    """Return the kernels of the list, and all that the name of another one is read by."""
    return {
        "listed": [
            {
                "name": name,
                "bits": bits(one.patches),
                "basis": one.basis,
                "thin": one.thin,
                "before": before_it(name),
            }
            for name, one in REVISIONS.items()
        ],
        "releases": _releases(),
        "backports": [[one.line, one.point, _PLACES[one.patch]] for one in BACKPORTS],
        "trees": {name: list(tree) for name, tree in TREES.items()},
        "makers": [[one.name, one.looks, one.points, one.follows] for one in distributions.MAKERS],
        "builds": [[one.suffix, one.line, one.build, bits(one.more)] for one in MAKERS_TREES],
        "debian": distributions.DEBIAN,
        "sysctl": _PLACES[DEBIAN_USERNS_SYSCTL],
    }


def _releases() -> list[dict[str, Any]]:
    """Return every mainline release that is taken, oldest first, and what landed in each."""
    found = []
    version = versions.OLDEST
    while version <= versions.NEWEST:
        if version.exists:
            name = str(version)
            before = mainline(f"{name}-rc0")
            landed = [_PLACES[one] for one in COMMITS if one in mainline(name) - before]
            found.append({"name": name, "bits": bits(mainline(name)), "landed": landed,
                          "told": resolve(name).told})
            version = versions.Version(version.major, version.minor + 1)
        else:
            version = versions.Version(version.major + 1, 0)
    return found


def bits(some: frozenset[Patch]) -> str:
    """Return a set of patches as a number, in hex: bit n for the n-th patch."""
    return hex(sum(1 << _PLACES[one] for one in some))[2:]


def named_in(where: Patches) -> list[int]:
    """Return the places of the patches that a condition on patches names.

    Options have none: every kernel of the page is built with all of them.
    """
    if isinstance(where, Patch):
        return [_PLACES[where]] if where in _PLACES else []
    if isinstance(where, Without):
        return named_in(where.patch)
    parts = where.parts if isinstance(where, Every | AnyOf) else ()
    return list(dict.fromkeys(place for part in parts for place in named_in(part)))
