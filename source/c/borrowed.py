"""Headers that a build makes, borrowed: from a built tree, or from a headers package at hand."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from checker.ground.problems import Problem
from source.c.architecture import Architecture, Building

HEADERS = "CLONEPROOF_HEADERS"
"""The environment's name for a folder of a headers package (or several, divided by colons)."""

MARK = "include/generated/autoconf.h"
"""What a folder holds that headers can be borrowed from."""

_BUILT = ("X86_64", "X86_32", "ARM64", "ARM", "RISCV", "S390", "PPC", "MIPS", "LOONGARCH", "SPARC")
OPTIONS = frozenset(f"CONFIG_{name}" for name in _BUILT)
"""The options of a configuration that say what it is built for."""

_MOST = 200
_SET = re.compile(r"^#define (CONFIG_\w+) 1$", re.MULTILINE)
_VERSION = re.compile(r"^(VERSION|PATCHLEVEL)\s*=\s*(\d+)\s*$", re.MULTILINE)
_RELEASE = re.compile(r'UTS_RELEASE\s+"(\d+)\.(\d+)')


def version(makefile: str) -> str:
    """Return a tree's version and patch level as its Makefile says, ``6.12``, or nothing."""
    said = dict(_VERSION.findall(makefile))
    return ".".join(said[word] for word in ("VERSION", "PATCHLEVEL")) if len(said) == 2 else ""


def release(folder: Path) -> str:
    """Return the version and patch level that a package's headers are of, or nothing."""
    try:
        text = (folder / "include/generated/utsrelease.h").read_text(errors="replace")
    except OSError:
        return ""
    found = _RELEASE.search(text)
    return ".".join(found.groups()) if found else ""


def _given(of: Architecture) -> list[Path]:
    said = os.environ.get(HEADERS, "")
    return [_usable(Path(each), of) for each in said.split(":") if each]


def _usable(place: Path, of: Architecture) -> Path:
    inner = sorted(place.glob("usr/src/*")) if place.is_dir() else []
    held = [each for each in (place, *inner) if (each / MARK).is_file()]
    if not held:
        raise Problem(f"{place} holds no {MARK}: give the folder of an unpacked headers package")
    others = {each: _built_for(each) - {of.option} for each in held}
    for each in held:
        if not others[each]:
            return each.resolve()
    told = ", ".join(sorted(others[held[0]]))
    raise Problem(f"{place} is built for another architecture than {of.name}: it has {told}")


def _built_for(folder: Path) -> set[str]:
    """Return the options for architectures that a folder's configuration sets."""
    text = (folder / MARK).read_text(errors="replace")
    return {option for option in _SET.findall(text) if option in OPTIONS}


def _candidates(root: Path) -> Iterator[Path]:
    for pattern in ("*headers*", "*headers*/usr/src/*", "*headers*/src/*"):
        yield from list(root.parent.glob(pattern))[:_MOST]
    yield from list(Path("/usr/src").glob("*headers*"))[:_MOST]


def _fits(folder: Path, of: Architecture) -> bool:
    return (folder / MARK).is_file() and (folder / of.generated).is_dir()


def found(root: Path, makefile: str, building: Building) -> list[Path]:
    """Return the folders that generated headers are borrowed from; none where none fits.

    First the given one or those that the environment names, then the tree itself if it is built,
    then a package of the same version and patch level unpacked beside the tree or installed;
    what is not named counts only if it is built for the architecture.
    Raises ``Problem`` where one that is named holds no such headers, or another architecture's.
    """
    given, of = building.headers, building.architecture
    named = _given(of) if given is None else [_usable(given, of)]
    if named or _fits(root, of):
        return named or [root]
    wanted = version(makefile)
    fit = (each for each in _candidates(root) if _fits(each, of))
    first = next((each for each in fit if wanted and release(each) == wanted), None)
    return [] if first is None else [first.resolve()]
