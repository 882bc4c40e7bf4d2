"""Fetch, check and unpack kernels for the virtual machines; nothing gets installed."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from checker.ground.json_text import load
from checker.ground.problems import Problem
from checker.ground.scratch import folder_for_a_while
from checker.ground.store import appears_whole, store
from kernels.machines.bzimage import extract_vmlinux
from kernels.machines.modules import collect

LINES = ("6.1", "6.12")
FLAVOUR = "cloud-amd64"
BINARY = re.compile(r"linux-binary-(unsigned-)?")
"""How a package begins that holds an image alone, as from 6.19 on; its modules are in another."""


class KernelNotFetched(Problem):
    """A kernel cannot be had; the message is one line."""


@dataclass(frozen=True)
class StoredKernel:
    """An unpacked kernel: where it lies and what it is."""

    name: str
    release: str
    package: str
    folder: str

    @property
    def vmlinux(self) -> Path:
        """The ELF file that QEMU boots."""
        return Path(self.folder) / "vmlinux"

    @property
    def modules(self) -> Path:
        """The decompressed modules and the file `order`."""
        return Path(self.folder) / "modules"


def _run(*command: str, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    except FileNotFoundError as missing:
        raise KernelNotFetched(f"{command[0]} is not installed") from missing
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise KernelNotFetched(f"{command[0]} {command[1]}: {reason}")
    return done.stdout


def _version(package: str) -> str:
    found = re.search(
        r"^Version: (\S+)", _run("apt-cache", "show", "--no-all-versions", package), re.M
    )
    return found.group(1) if found else "0"


def _compare(one: tuple[str, str], other: tuple[str, str]) -> int:
    """Order versions with their packages; of one version the unsigned package comes last."""
    if one[0] == other[0]:
        return 1 if "unsigned" in one[1] else -1
    lower = subprocess.run(["dpkg", "--compare-versions", one[0], "lt", other[0]], check=False)
    return -1 if lower.returncode == 0 else 1


def newest_package(line: str) -> tuple[str, str]:
    """The newest package with the image of a line such as "6.1", and its version."""
    named = rf"{re.escape(line)}\.[0-9].*{FLAVOUR}"
    pattern = rf"^(linux-image-{named}(-unsigned)?|{BINARY.pattern}{named})$"
    found = _run("apt-cache", "search", "--names-only", pattern).splitlines()
    names = _whole([row.split()[0] for row in found])
    if not names:
        raise KernelNotFetched(f"apt knows no {FLAVOUR} image of {line} (apt-get update?)")
    version, name = max(((_version(n), n) for n in names), key=functools.cmp_to_key(_compare))
    return name, version


def _whole(names: list[str]) -> list[str]:
    """Return the packages that hold an image, and whose modules apt knows.

    Beside a package linux-binary-… one named linux-image-… holds nothing.
    """
    split = {BINARY.sub("linux-image-", name) for name in names if BINARY.match(name)}
    return [name for name in names if name not in split and _is_whole(name)]


def _is_whole(image: str) -> bool:
    """Return whether apt knows the modules of an image, too; of old ones it may not."""
    try:
        return all(_version(one) != "0" for one in _packages(image)[1:])
    except KernelNotFetched:
        return False


def _packages(image: str) -> list[str]:
    """The packages that hold an image and its modules: one, or two."""
    release = BINARY.sub("", image)
    return [image] if release == image else [image, f"linux-modules-{release}"]


def _download(packages: list[str], version: str, folder: Path) -> list[Path]:
    """apt checks the hash of what it downloads against its signed index."""
    user = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
    _run("apt-get", "download", *user, *(f"{one}={version}" for one in packages), cwd=folder)
    return list(folder.glob("*.deb"))


def _modules_of(tree: Path) -> Path:
    """The folder of modules in an unpacked package, wherever it lies there."""
    return next(one for place in ("lib", "usr/lib") for one in tree.glob(f"{place}/modules/*"))


def _image_of(tree: Path) -> Path:
    """The image in an unpacked package: in /boot, or beside its modules."""
    places = ("boot/vmlinuz-*", "usr/lib/modules/*/vmlinuz*")
    return next(one for place in places for one in tree.glob(place))


def unpack(
    image: Path, modules: Path | None, name: str, package: str = "", release: str = ""
) -> StoredKernel:
    """Store a kernel image and module folder under `name`; appears whole or not at all."""
    target = store() / name
    with appears_whole(target) as scratch:
        (scratch / "vmlinux").write_bytes(extract_vmlinux(image.read_bytes()))
        if modules:
            collect(modules, scratch / "modules")
        said = release or (modules.name if modules else name)
        kernel = StoredKernel(name=name, release=said, package=package, folder=str(target))
        (scratch / "kernel.json").write_text(json.dumps(asdict(kernel)) + "\n")
    return kernel


def fetch(line: str) -> StoredKernel:
    """Download the newest kernel of the line, unless it is here already."""
    package, version = newest_package(line)
    here = stored(line)
    if here and here.package == f"{package} {version}":
        return here
    with folder_for_a_while("fetch.", store()) as scratch:
        tree = scratch / "tree"
        for deb in _download(_packages(package), version, scratch):
            _run("dpkg", "-x", str(deb), str(tree))
        return unpack(_image_of(tree), _modules_of(tree), line, f"{package} {version}")


def fetch_tree(line: str) -> tuple[Path, str]:
    """Return all of a line's newest source, fetched unless it is here, and its package."""
    name = f"linux-source-{line}"
    version = _version(name)
    if version == "0":
        raise KernelNotFetched(f"apt knows no package {name} (apt-get update?)")
    target, package = store() / f"tree-{line}", f"{name} {version}"
    mark = target / "package"
    if not mark.exists() or mark.read_text() != package:
        with folder_for_a_while("fetch.", store()) as scratch:
            (deb,) = _download([name], version, scratch)
            _run("dpkg", "-x", str(deb), str(scratch))
            packed = next(scratch.glob("usr/src/*.tar.xz"))
            with appears_whole(target) as tree:
                _run("tar", "-xf", str(packed), "-C", str(tree), "--strip-components=1")
                (tree / "package").write_text(package)
    return target, package


def stored(name: str) -> StoredKernel | None:
    """A kernel fetched or given before."""
    record = store() / name / "kernel.json"
    if not record.exists():
        return None
    try:
        return StoredKernel(**{**load(record), "folder": str(record.parent)})
    except TypeError:
        raise KernelNotFetched(f"{record} is damaged: remove its folder, and fetch again") from None
