"""Compile the races' program; run it here, or as the init of a virtual machine."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from checker.ground.problems import Problem
from checker.ground.scratch import folder_for_a_while
from kernels.machines import build as building
from kernels.machines.build import BuildFailed
from kernels.machines.initramfs import initramfs
from kernels.machines.place import RUNNING, revision_for
from kernels.machines.surroundings import GUEST_RELEASES
from kernels.machines.vm import GuestFailed, find_kernel, qemu_command
from kernels.races.claims import RACES
from kernels.races.told import NotReadable, RaceTried, read_all
from model.revisions import REVISIONS, Revision

SOURCES = Path(__file__).resolve().parent / "source"
START_SECONDS = 90
"""What booting and setting up may take."""


class RacesFailed(Problem):
    """The races could not be run; the message is one line."""


def build() -> Path:
    """Return the path of an up-to-date program, compiled now if it has to be."""
    return building.build("races", SOURCES)


def try_races(where: str, seconds: int) -> tuple[str, Revision, list[RaceTried]]:
    """Return the kernel's release, its revision, and what each race showed."""
    try:
        program = build()
        lines = _live(program, seconds) if where == RUNNING else _guest(program, where, seconds)
        name = platform.release() if where == RUNNING else _release_told(lines)
        return name, _revision(where, name), read_all(lines)
    except (BuildFailed, GuestFailed, NotReadable) as failed:
        raise RacesFailed(str(failed)) from failed


def _revision(where: str, name: str) -> Revision:
    if where in GUEST_RELEASES:
        return REVISIONS[GUEST_RELEASES[where]]
    return revision_for(name)[0]


def _release_told(lines: list[str]) -> str:
    for line in lines:
        if line.startswith("#kernel "):
            return line.removeprefix("#kernel ")
    raise RacesFailed("the guest did not say which kernel it runs")


def _patience(seconds: int) -> int:
    return len(RACES) * 2 * seconds + START_SECONDS


def _live(program: Path, seconds: int) -> list[str]:
    if os.geteuid() != 0:
        raise RacesFailed("the races need root")
    return _lines([str(program), str(seconds), _cgroup2()], _patience(seconds))


def _cgroup2() -> str:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        at, kind = line.split()[1:3]
        if kind == "cgroup2":
            return at
    return "/sys/fs/cgroup"


def _guest(program: Path, where: str, seconds: int) -> list[str]:
    kernel = find_kernel(where)
    with folder_for_a_while("cloneproof-races.") as folder:
        files = {"seconds": f"{seconds}\n".encode()}
        (folder / "initrd").write_bytes(initramfs(program, files, None))
        _lines(qemu_command(program, kernel, folder, processors=2), _patience(seconds))
        lines = (folder / "out").read_text(errors="replace").splitlines()
    if "#end 0" not in lines:
        raise RacesFailed(f"the guest crashed after {len(lines)} lines")
    return lines


def _lines(command: list[str], patience: int) -> list[str]:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=patience
        )
    except FileNotFoundError as missing:
        raise RacesFailed(f"{missing.filename} is not installed") from missing
    except subprocess.TimeoutExpired as late:
        raise RacesFailed(f"no end within {patience} s") from late
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise RacesFailed(said)
    return done.stdout.splitlines()
