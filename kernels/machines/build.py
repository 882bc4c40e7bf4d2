"""Compile a program for real kernels, statically, once for each state of its sources."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from checker.ground.problems import Problem
from checker.ground.store import appears_whole, store

SOURCES = Path(__file__).resolve().parents[1] / "probe"

FLAGS = [
    *("-static", "-O2", "-D_GNU_SOURCE"),
    *("-Wall", "-Wextra", "-Werror=implicit", "-Wno-missing-field-initializers"),
    *("-fno-stack-protector", "-fcf-protection=none", "-fno-pie", "-no-pie"),
]


class BuildFailed(Problem):
    """A program cannot be compiled here; the message is one line."""


def compiler() -> str:
    """The C compiler to use."""
    wanted = [os.environ.get("CC", ""), "gcc", "cc", "clang"]
    for name in filter(None, wanted):
        found = shutil.which(name)
        if found:
            return found
    raise BuildFailed("no C compiler (install gcc, or name one in CC)")


def _fingerprint(cc: str, sources: list[Path]) -> str:
    digest = hashlib.sha256(" ".join([cc, *FLAGS]).encode())
    for source in sources:
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def build_probe() -> Path:
    """The path of an up-to-date probe, compiled now if it has to be."""
    return build("probe", SOURCES)


def build(name: str, folder: Path) -> Path:
    """The path of an up-to-date program from a folder's C, compiled now if it has to be."""
    cc, sources = compiler(), sorted(folder.glob("*.[ch]"))
    place = store() / f"{name}-{_fingerprint(cc, sources)}"
    if not (place / name).exists():
        with appears_whole(place) as scratch:
            _compile(cc, sources, scratch / name)
    return place / name


def _compile(cc: str, sources: list[Path], target: Path) -> None:
    units = [str(s) for s in sources if s.suffix == ".c"]
    done = subprocess.run(
        [cc, *FLAGS, "-o", str(target), *units], capture_output=True, text=True, check=False
    )
    if done.returncode:
        errors = [
            line for line in done.stderr.splitlines() if "error" in line or "cannot find" in line
        ]
        raise BuildFailed(f"{cc}: {(errors or ['failed'])[0]}")
