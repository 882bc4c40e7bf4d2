"""Which known kernels a tree may be, the likeliest first."""

from __future__ import annotations

from checker.calls.kernel_names import Resolved, resolution
from checker.calls.versions import FINAL, Version, version_named
from checker.ground.problems import Problem
from model.arrivals import TREES
from model.patches import DEBIAN_USERNS_SYSCTL
from model.revisions import REVISIONS
from source.program import Program
from source.release import release_of

DEBIANS_OWN = "unprivileged_userns_clone"
"""A sysctl that Debian's trees have in kernel/fork.c, and what is made of them."""

MERGED = version_named("v6.3-rc1"), version_named("v6.4")
"""The releases between which a tree may have some patches of the series, and not all."""


def candidates(program: Program) -> list[Resolved]:
    """Return the kernels that a tree may be, the likeliest first.

    The Makefile's word counts: what a release's own line has and no other; for a tree in the
    making (a candidate, or a release without a point) also what comes next.  Where it has none,
    or names what nobody knows, each kernel of the list, releases first and the newest of them.
    """
    version = release_of(program.tree)
    own = _named(version)
    if version is None or own is None:
        return [resolution(name) for name in (*_newest_first(), *_prefixes())]
    line = [name for name, (release, *_) in TREES.items() if release == version.release]
    if program.mentions("kernel/fork.c", DEBIANS_OWN):
        return _unique([*map(resolution, line), _with_debians_sysctl(own), own])
    return _unique([own, *map(resolution, [*line, *_becoming(version)])])


def _named(version: Version | None) -> Resolved | None:
    """Return the kernel of a version; nothing for one of which nothing is known."""
    try:
        return None if version is None else resolution(str(version))
    except Problem:
        return None


def _with_debians_sysctl(own: Resolved) -> Resolved:
    return resolution(f"{own.name}+{DEBIAN_USERNS_SYSCTL.name}")


def _becoming(version: Version) -> list[str]:
    """Return what a tree in the making may have become: the next release, part of the series."""
    after = [name for name in _newest_first() if _version(name) > version]
    first, last = MERGED
    between = first is not None and last is not None and first <= version < last
    series = [name for name in _prefixes() if name not in TREES] if between else []
    return [*after[-1:], *series] if version.point == 0 or version.rc != FINAL else []


def _newest_first() -> list[str]:
    return sorted(filter(version_named, REVISIONS), key=_version, reverse=True)


def _prefixes() -> list[str]:
    """Return what is no release: the series' prefixes and distributions', the longest first."""
    return [name for name in reversed(REVISIONS) if version_named(name) is None]


def _version(name: str) -> Version:
    found = version_named(name)
    assert found is not None
    return found


def _unique(found: list[Resolved]) -> list[Resolved]:
    return list({one.name: one for one in found}.values())
