"""Any kernel by its name: a release, a candidate, a point release, a set, what ``uname -r`` says.

What is asked for becomes a :class:`~model.revisions.Revision`; beside it stands which kernel of
the list is nearest, in which patches the two differ, and what is assumed.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from checker.calls.configurations import as_suffix, leave_open, of_running
from checker.calls.versions import NEWEST, OLDEST, Version, version_named
from checker.ground.json_text import short
from checker.ground.problems import Problem
from checker.ground.running import OF_RUNNING
from model.kernel import Kernel
from model.patch import Patch
from model.patches import BY_NAME, DEBIAN_USERNS_SYSCTL, OPTIONS, PATCHES
from model.revisions import REVISIONS, Revision

if TYPE_CHECKING:
    from checker.calls.own_kernels import OwnKernel

RUNNING = "running"
"""The name of the kernel that runs here."""

COMPUTED = "the releases in which patches landed"
"""How a release is known that is not in the list."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A kernel that was asked for, and what is to be said of it."""

    asked: str
    """As it was written."""
    revision: Revision
    nearest: str
    """The kernel of the list that differs in the fewest patches, and among those by version."""
    has: tuple[Patch, ...] = ()
    """What it has and the nearest has not."""
    lacks: tuple[Patch, ...] = ()
    assumed: tuple[str, ...] = ()
    """What is taken for granted, a sentence each."""

    @property
    def name(self) -> str:
        """Return what it is called in answers and reports."""
        return self.revision.name

    @property
    def kernel(self) -> Kernel:
        """Return the kernel as the model reads it."""
        return self.revision.kernel

    @property
    def thin(self) -> str:
        """Return where its facts are thin; nothing where they are not."""
        return self.revision.thin

    @property
    def listed(self) -> bool:
        """Return whether it is a kernel of the list: verdicts are declared and kept for those."""
        return self.nearest == self.name

    @property
    def told(self) -> str:
        """Return what it is in one line; nothing for a kernel of the list."""
        thin = [f"thin: {self.thin}"] if self.thin else []
        return "" if self.listed else "; ".join([self._nearest(), *self.assumed, *thin])

    def _nearest(self) -> str:
        more = f"with {', '.join(map(str, self.has))}" if self.has else ""
        fewer = f"without {', '.join(map(str, self.lacks))}" if self.lacks else ""
        if not more and not fewer:
            return f"the same patches as {self.nearest}"
        return " ".join(part for part in (self.nearest, more, fewer) if part)


_FOUND: dict[str, Resolved] = {}
"""What was resolved, by what it is called: one of a file is known by its name alone, then."""


def kernel_named(name: str) -> Kernel:
    """Return the kernel of a name; raise :class:`Problem` for what names none."""
    return revision_named(name).kernel


def revision_named(name: str) -> Revision:
    """Return the kernel of a name, or of what one is called that was resolved before.

    Raises :class:`Problem` for what names none.
    """
    return REVISIONS[name] if name in REVISIONS else resolution(name).revision


def resolution(name: str) -> Resolved:
    """Return what is to be said of a name, or of what one is called that was resolved before."""
    return _FOUND.get(name) or resolve(name)


def in_order(found: list[Resolved]) -> list[str]:
    """Return what kernels are called, each once: those of the list in its order, the others
    after the last one that is not newer."""
    listed = list(REVISIONS)
    releases = {name: version for name in listed if (version := version_named(name))}

    def place(name: str) -> tuple[int, float]:
        at = _number(name)
        if name in REVISIONS or at is None:
            return listed.index(name) if name in REVISIONS else len(listed), 0.0
        older = [listed.index(other) for other, version in releases.items() if version <= at]
        return max(older, default=-1), at.place

    return sorted(dict.fromkeys(one.name for one in found), key=place)


def _number(name: str) -> Version | None:
    """Return the version of a release, or of what a longer name begins with."""
    from checker.calls.versions import version_in

    return version_named(name) or version_in(name)


def kernel_key(name: str) -> str:
    """Return what names the very set of patches of a kernel that was resolved."""
    if name in REVISIONS:
        return name
    return f"{name}: {' '.join(sorted(one.name for one in revision_named(name).patches))}"


@lru_cache(maxsize=256)
def resolve(name: str) -> Resolved:
    """Return the one kernel of a name; raise :class:`Problem` for none, or for several.

    Taken are the kernels of the list; mainline releases, candidates and point releases
    (``v6.8``, ``6.4-rc5``, ``v6.1.55``); what ``uname -r`` says; ``running``; a file of kernels
    and one of its names (``mine.toml:fleet``); and each of them with patches put to it or taken
    from it (``v6.1+KILL_SEQ``, ``v6.4-fd37b884003c``).
    """
    found = resolved(name)
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise Problem(f"{name} has several kernels: name one, {name}:{found[0].name} ({names})")
    return found[0]


def resolved(name: str) -> list[Resolved]:
    """Return the kernels of a name: one, or all that stand in a file of one's own."""
    from checker.calls.own_kernels import is_file_of_kernels, kernels_in

    if is_file_of_kernels(name):
        found = [_own(name, one) for one in kernels_in(name)]
    else:
        found = [_resolved(re.sub(r"^linux[- ](?=v?\d)", "", name.strip(), flags=re.IGNORECASE))]
    for one in found:
        if not one.revision.patches.isdisjoint(OPTIONS):
            leave_open()
        known = _FOUND.setdefault(one.name, one)
        if known.revision.patches != one.revision.patches:
            raise Problem(f"two kernels are called {one.name!r}: {known.asked} and {one.asked}")
    return found


def running() -> str:
    """Return what the kernel that runs here calls itself; raise :class:`Problem` for no Linux."""
    here = os.uname()
    if here.sysname != "Linux":
        raise Problem(f"here runs {here.sysname}, no Linux: name a kernel, -k v6.12")
    return here.release


def _resolved(name: str) -> Resolved:
    if name in REVISIONS:
        return Resolved(name, REVISIONS[name], name)
    if name == RUNNING:
        return _as_built(_resolved(running()))
    line = _LINE.fullmatch(name)
    version = version_named(line[1] if line else name)
    if version is not None:
        return _of_line(name, version) if line else _of_version(name, version)
    return _as_set(name) or _as_saved(name) or _as_running(name) or _unknown(name)


def _as_built(found: Resolved) -> Resolved:
    """Return the kernel that runs here without what its own configuration leaves out."""
    out = of_running(found.revision.patches)
    if not out:
        return found
    made = replace(
        found.revision,
        name=found.name + as_suffix(out),
        patches=found.revision.patches | out,
    )
    return _beside(found.asked, made, [*found.assumed, f"built as {OF_RUNNING} says"])


_LINE = re.compile(r"(?:linux[- ])?v?(\d+\.\d+)\.[xy]", re.IGNORECASE)
"""How people write a stable line: 6.1.y, linux-5.15.y."""


def _of_line(name: str, version: Version) -> Resolved:
    """Return the release that a stable line follows: which point release is meant is not said."""
    found = _of_version(name, version)
    made = Revision(f"{version}.y", found.revision.patches, found.revision.basis, found.thin)
    said = f"which release of the line is not said: taken as {version}"
    return _beside(name, made, [said, *found.assumed], version)


def _of_version(name: str, version: Version) -> Resolved:
    """Return a mainline release, a candidate, or a point release."""
    from checker.calls.told_kernels import assumed_of, patches_of

    if str(version) in REVISIONS:
        return Resolved(name, REVISIONS[str(version)], str(version))
    _demand_that_it_exists(name, version)
    made = Revision(str(version), patches_of(version), COMPUTED, _thin(version))
    return _beside(name, made, assumed_of(version), version)


def _demand_that_it_exists(name: str, version: Version) -> None:
    if not version.exists:
        raise Problem(f"there was no {version.release}; {_closest(version)}")
    if version.release != OLDEST.release and version < OLDEST:
        raise Problem(f"{short(name)} is older than {OLDEST}, the oldest release that is taken")
    if version.release != NEWEST.release and version > NEWEST:
        raise Problem(f"{short(name)} is newer than {NEWEST}, the newest release that is known")


def _closest(version: Version) -> str:
    """Return the releases of the list next to a version: by number, not by spelling."""
    known = [one for one in map(version_named, REVISIONS) if one is not None]
    near = sorted(known, key=lambda one: abs(one.place - version.place))[:2]
    return f"nearest are {' and '.join(map(str, sorted(near)))}"


def _thin(version: Version) -> str:
    """Return where facts are thin of the listed releases on both sides of a version."""
    known = sorted(one for one in map(version_named, REVISIONS) if one is not None)
    below = [one for one in known if one <= version][-1:]
    above = [one for one in known if one > version][:1]
    said: dict[str, list[str]] = {}
    for name in map(str, below + above):
        said.setdefault(REVISIONS[name].thin, []).append(name)
    return "; ".join(f"{', '.join(names)}: {thin}" for thin, names in said.items() if thin)


def _beside(
    name: str, revision: Revision, assumed: list[str], version: Version | None = None
) -> Resolved:
    """Return a kernel beside the nearest one of the list."""

    def far(one: Revision) -> tuple[int, float]:
        other = version_named(one.name)
        apart = abs(other.place - version.place) if other and version else 0.0
        return len(one.patches ^ revision.patches), apart

    nearest = min(REVISIONS.values(), key=far)
    has, lacks = (
        tuple(one for one in PATCHES if one in some)
        for some in (revision.patches - nearest.patches, nearest.patches - revision.patches)
    )
    doubts = [f"{one}: {one.thin}" for one in has + lacks if one.thin]
    if not revision.patches.isdisjoint(OPTIONS):
        doubts.append("histories know no options, and are as with all of them")
    return Resolved(name, revision, nearest.name, has, lacks, (*assumed, *doubts))


def _as_set(name: str) -> Resolved | None:
    """Return a kernel with patches put to it or taken from it; ``None`` where it names no patch."""
    from checker.calls.patch_sets import changed, put_and_taken

    base, parts = _split(name)
    if not parts:
        return None
    put, taken = ([text for sign, text in parts if sign == one] for one in "+-")
    more, fewer = put_and_taken(put, taken)
    found = resolve(base)
    patches = changed(name, found.revision.patches, more, fewer)
    assumed = [*found.assumed]
    assumed += [f"{one} is in {found.name} anyway" for one in more if one in found.revision.patches]
    assumed += [f"{one} is not in {found.name} anyway"
                for one in fewer if one not in found.revision.patches]
    made = f"{found.name}{''.join(sign + text for sign, text in parts)}"
    return _beside(name, Revision(made, patches, found.revision.basis, found.thin), assumed)


def _split(name: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the kernel of a set, and the patches that follow it, each with its sign."""
    parts: list[tuple[str, str]] = []
    rest = name
    while found := re.fullmatch(r"(.+)([+-])(\w+)", rest):
        if not _is_patch(found[3], found[1]):
            break
        rest = found[1]
        parts.insert(0, (found[2], found[3]))
    return rest, parts


def _is_patch(text: str, before: str) -> bool:
    """Return whether a text names a patch, or what can be meant for nothing else.

    That is a name in capitals, and after a kernel that is whole without it any commit id.
    """
    from checker.calls.patch_sets import patches_like

    if text in BY_NAME or re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", text):
        return True
    base, _parts = _split(before)
    whole = base in REVISIONS or version_named(base) is not None
    if re.fullmatch(r"[0-9a-f]{7,40}", text) and whole:
        return True
    return bool(patches_like(text)) and (len(text) > 6 or whole)


def _as_running(name: str) -> Resolved | None:
    """Return a kernel as ``uname -r`` names it; ``None`` for what is none."""
    from checker.calls.distributions import running_named
    from checker.calls.told_kernels import (
        assumed_of_running,
        makers_tree_of,
        patches_of,
        tree_of,
    )

    found = running_named(name)
    if found is None:
        return None
    known = found.version.release == NEWEST.release
    version = found.version if known else min(found.version, NEWEST)
    if found.version < NEWEST:
        _demand_that_it_exists(name, found.version)
    tree = tree_of(found)
    patches = REVISIONS[tree].patches if tree else patches_of(version)
    if found.debian:
        patches |= {DEBIAN_USERNS_SYSCTL}
    read = makers_tree_of(found)
    if read:
        patches |= read.more
    basis = REVISIONS[tree].basis if tree else f"the number in its name: {version}"
    assumed = assumed_of_running(found, version)
    return _beside(name, Revision(name, patches, basis, _thin(version)), assumed, version)


def _as_saved(name: str) -> Resolved | None:
    """Return a kernel that was saved under a name; ``None`` where none was."""
    from checker.calls.own_kernels import kernels_in, saved_file

    file = saved_file(name)
    return None if file is None else _own(name, kernels_in(f"{file}:{name}")[0])


def _own(name: str, own: OwnKernel) -> Resolved:
    """Return a kernel of a file; raise :class:`Problem` for one that is another's, or cannot be."""
    from checker.calls.own_kernels import is_file_of_kernels
    from checker.calls.patch_sets import changed, put_and_taken

    try:
        if own.name == RUNNING or own.name in REVISIONS or version_named(own.name):
            raise Problem("that is the name of a kernel already")
        if is_file_of_kernels(own.base):
            raise Problem("a base stands in no file")
        base = resolve(own.base)
        more, fewer = put_and_taken(own.more, own.fewer)
        patches = changed(own.name, base.revision.patches, more, fewer)
    except Problem as problem:
        raise Problem(f"{own.file}: kernel {own.name!r}: {problem}") from None
    assumed = [f"as {own.file} says: {own.note}"] if own.note else [f"as {own.file} says"]
    made = Revision(own.name, patches, base.revision.basis, base.thin)
    return _beside(name, made, [*assumed, *base.assumed])


_DISTRIBUTION = re.compile(
    r"(rhel|el\d|centos|rocky|alma|oracle|ol\d|fedora|fc\d|amzn|al20|amazon|ubuntu|focal|jammy|"
    r"noble|debian$|debian[ -]?\d+$|bullseye|bookworm|trixie|suse|sles?|opensuse|arch|alpine|nixos|"
    r"gentoo|android|proxmox|pve|cos)", re.IGNORECASE,
)
"""What people call a distribution by."""


def _unknown(name: str) -> Resolved:
    begins = version_named(re.split(r"[+-]", name)[0]) if name else None
    alike = [one for one in REVISIONS if name and one.startswith(name.lower())]
    if alike:
        raise Problem(f"unknown kernel {short(name)}: there is {', '.join(alike[:4])}")
    if _DISTRIBUTION.match(name):
        raise Problem(f"unknown kernel {short(name)}: a distribution's is named as `uname -r` "
                      "writes it there: 5.14.0-427.el9.x86_64, 6.8.0-58-generic, 6.1.0-28-amd64")
    several = name.replace(";", " ").split()
    if len(several) > 1:
        raise Problem(f"unknown kernel {short(name)}: several are joined by commas: "
                      f"{','.join(several)}")
    hint = _closest(begins) if begins else "v6.8, v6.4-rc5, v6.1.55, 6.8.0-58-generic and " \
        "v6.1+KILL_SEQ are names; `cloneproof revisions` lists those that are declared"
    raise Problem(f"unknown kernel {short(name)}: {hint}")
