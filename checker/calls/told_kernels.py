"""What is taken for granted of a kernel that is not in the list, a sentence each."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from checker.calls.distributions import Running
from checker.calls.versions import FINAL, Version, version_named
from model.arrivals import BACKPORTS, FIRST_RC, MAKERS_TREES, TREES, MakersTree
from model.patch import Patch
from model.patches import DEBIAN_USERNS_SYSCTL, PATCHES, RELEASES
from model.revisions import REVISIONS, mainline

_KNOWN = [one for one in (version_named(release.name) for release in RELEASES) if one is not None]
LAST = max(_KNOWN)
"""The last release whose facts are known."""


def patches_of(version: Version) -> frozenset[Patch]:
    """Return what a mainline release has, a candidate, or a point release as far as is known."""
    whole = mainline(version.release)
    if version.rc != FINAL:
        return whole - {one for one in _landed_in(version) if FIRST_RC.get(one, 0) > version.rc}
    tree = _tree(version)
    if tree is not None:
        return REVISIONS[tree].patches - {DEBIAN_USERNS_SYSCTL}
    return whole | _known_backports(version)


def tree_of(found: Running) -> str | None:
    """Return the tree of a distribution that was read, and that a kernel of it has or follows."""
    if not found.debian:
        return None
    for name, (line, _point, abi) in TREES.items():
        if line == found.version.release and None not in (abi, found.abi):
            return name if int(found.abi or 0) >= int(abi or 0) else None
    return _tree(found.version)


def _tree(version: Version) -> str | None:
    """Return the tree of the same line that a point release is not older than."""
    for name, (line, point, _abi) in TREES.items():
        if line == version.release and version.point >= point:
            return name
    return None


def makers_tree_of(found: Running) -> MakersTree | None:
    """Return the last tree of a maker that was read, and that a kernel is not older than."""
    suffix, build = found.build or ("", 0)
    line = found.version.release
    older = (one for one in MAKERS_TREES if (one.suffix, one.line) == (suffix, line))
    return max(
        (one for one in older if one.build <= build), key=attrgetter("build"), default=None
    )


def assumed_of(version: Version) -> list[str]:
    """Return what is assumed of a mainline release, a candidate or a point release."""
    said = _of_age(version)
    if version.rc != FINAL:
        said += _of_candidate(version)
    if version.point:
        said += _of_point(version)
    return said


def assumed_of_running(found: Running, version: Version) -> list[str]:
    """Return what is assumed of a kernel that ``uname -r`` names."""
    tree = tree_of(found)
    if tree is not None:
        return [f"taken as {tree}, whose source was read"]
    read = makers_tree_of(found)
    if read and found.build == (read.suffix, read.build):
        return [f"taken as {read}, whose source was read"]
    brings = f"other {found.brings} than {read} has" if read else found.brings
    said = [f"{found.maker} {version}: which {brings} is not known"]
    if found.follows:
        said.append(f"{found.maker} first {version.release} followed {version}, later ones more: "
                    "from memory")
    if version.point:
        said += _of_point(version)
    elif found.debian:
        said += _unsure(version)
    if found.version > version:
        said.append(f"{found.version} is newer than what is known: taken as {version}")
    return said + _of_age(version)


def _of_age(version: Version) -> list[str]:
    if version > LAST and version.release != LAST.release:
        new = _names(mainline(version.release) - mainline(LAST.release))
        return [f"newer than {LAST}: of what came since only {new} is known"]
    return []


def _of_candidate(version: Version) -> list[str]:
    landed = _landed_in(version)
    later = [one for one in landed if FIRST_RC.get(one, 0) > version.rc]
    unknown = [one for one in landed if one not in FIRST_RC]
    said = [f"{_names(later)} came with a later candidate of {version.release}"] if later else []
    if unknown:
        said.append(f"by which candidate {_names(unknown)} came is not known: taken as there")
    return said


def _landed_in(version: Version) -> list[Patch]:
    whole, before = mainline(version.release), mainline(f"{version.release}-rc0")
    return [one for one in PATCHES if one in whole - before]


def _of_point(version: Version) -> list[str]:
    tree = _tree(version)
    if tree is not None:
        return [f"a point release: taken as {tree}, without Debian's own sysctl"]
    known = _known_backports(version)
    but = f" but for {_names(known)}" if known else ""
    return [f"a point release: backports of stable are taken as absent{but}", *_unsure(version)]


def _unsure(version: Version) -> list[str]:
    """Return which backports a later tree of the same line has, and that are not dated.

    Of a kernel whose point release is not said no date tells anything.
    """
    for name, (line, _point, _abi) in TREES.items():
        if line == version.release:
            dated = {one.patch for one in BACKPORTS if one.line == line and version.point}
            more = REVISIONS[name].patches - mainline(line) - dated - {DEBIAN_USERNS_SYSCTL}
            return [f"{name} has {_names(more)} besides: since when is not known, taken as absent"]
    return []


def _known_backports(version: Version) -> frozenset[Patch]:
    return frozenset(
        one.patch for one in BACKPORTS
        if one.line == version.release and one.point <= version.point
    )


def _names(patches: Iterable[Patch]) -> str:
    some = set(patches)
    return ", ".join(one.name for one in PATCHES if one in some) or "nothing"
