"""Fetches Debian's kernel source packages and unpacks the files that are read."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from checker.ground.problems import Problem
from checker.ground.scratch import folder_for_a_while
from checker.ground.store import appears_whole
from source.constants import HEADERS
from source.program import READ_IN_TURN, STRUCTURES
from source.trees import source_folder

WANTED = frozenset((*HEADERS, *STRUCTURES, *READ_IN_TURN, "Makefile"))
"""The files that comparing with the model opens."""

COMPILED = (
    "include/",
    "arch/x86/include/",
    "arch/x86/entry/syscalls/",
    "arch/x86/kernel/",
    "arch/arm64/include/",
    "arch/arm64/kernel/",
    "arch/arm64/tools/",
    "kernel/",
    "ipc/",
    "block/",
    "io_uring/",
    "drivers/vhost/",
    "security/",
)
"""The folders that a compiler needs to read a file of task creation, and those files."""

LAYOUT = 3
"""Rises when other files are unpacked than before: what is here is fetched anew."""


def is_wanted(path: str) -> bool:
    """Return whether a file of the sources is unpacked; a path within the tree."""
    return path in WANTED or path.startswith(COMPILED)


class SourceNotFetched(Problem):
    """Sources cannot be had; the message is one line."""


def _run(*command: str, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    except FileNotFoundError:
        raise SourceNotFetched(f"{command[0]} is not installed") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SourceNotFetched(f"{command[0]} {command[1]}: {reason}")
    return done.stdout


def newest(line: str) -> str:
    """Return the newest version of a source package that apt knows."""
    package = f"linux-source-{line}"
    for row in _run("apt-cache", "policy", package).splitlines():
        if row.strip().startswith("Candidate:") and "(none)" not in row:
            return row.split()[-1]
    raise SourceNotFetched(f"apt knows no package {package} (apt-get update?)")


def fetch(line: str) -> tuple[Path, str]:
    """Download a line's newest source package, unless it is here already; return its folder."""
    version = newest(line)
    target = source_folder() / line
    mark = target / "version"
    said = f"{version}, layout {LAYOUT} of {len(WANTED)} files\n"
    if mark.exists() and mark.read_text() == said:
        return target, version
    source_folder().mkdir(parents=True, exist_ok=True)
    with folder_for_a_while("fetch.", source_folder()) as scratch:
        user = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
        _run("apt-get", "download", *user, f"linux-source-{line}={version}", cwd=scratch)
        deb = next(scratch.glob("*.deb"))
        with appears_whole(target) as folder:
            try:
                unpack(deb, folder)
            except tarfile.TarError as damaged:
                raise SourceNotFetched(f"linux-source-{line} is damaged: {damaged}") from None
            (folder / "version").write_text(said)
    return target, version


def unpack(deb: Path, folder: Path) -> None:
    """Unpack the wanted files of a source package, streaming: a tar in a tar in an archive."""
    command = ["dpkg-deb", "--fsys-tarfile", str(deb)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as package:
        assert package.stdout is not None
        found = 0
        for path, stream in _members(package.stdout):
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(stream.read())
            found += 1
        package.stdout.read()
    if not found:
        raise SourceNotFetched(f"{deb.name} holds no kernel source")


def _members(stream: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=stream, mode="r|") as outer:
        for member in outer:
            inner = outer.extractfile(member) if member.name.endswith(".tar.xz") else None
            if inner is None:
                continue
            with tarfile.open(fileobj=inner, mode="r|xz") as sources:
                for file in sources:
                    path = file.name.partition("/")[2]
                    if is_wanted(path) and file.isfile():
                        opened = sources.extractfile(file)
                        assert opened is not None
                        yield path, opened
