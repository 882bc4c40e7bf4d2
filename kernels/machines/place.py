"""A kernel to run things on: the running one, a fetched one, or an image file."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.calls.configurations import as_suffix, as_told
from checker.calls.kernel_names import revision_named
from checker.ground.problems import Problem
from checker.ground.running import configuration
from kernels.machines import live, vm
from kernels.machines.build import BuildFailed
from kernels.machines.fetch import stored
from kernels.machines.surroundings import GUEST_RELEASES, Surroundings, as_built, this_machine
from model.kernel import Kernel
from model.patches import CLONE3_NEWTIME
from model.revisions import REVISIONS, Revision, release

RUNNING = "running"
Row = dict[str, Any]


def revision_for(name: str) -> tuple[Revision, str]:
    """Return the revision that a release is held against, and how far it is one's own."""
    if re.match(r"5\.10\.0-\d+.*amd64", name):
        return revision_named(f"{name}+{CLONE3_NEWTIME}"), ""
    if re.match(r"6\.1\.0-\d+.*amd64", name):
        return REVISIONS["debian-6.1.192"], ""
    if re.match(r"6\.12\.\d+\+deb.*amd64", name):
        return REVISIONS["debian-6.12.117"], ""
    if re.match(r"\d+\.\d+\.(\d+\+deb|0-\d+.*amd64)", name):
        return revision_named(name), ""
    found = re.match(r"(\d+)\.(\d+)", name)
    line = release(f"v{found[1]}.{found[2]}") if found else (0, 0, 0)
    known = [one for one in REVISIONS.values() if one.name.startswith("v")]
    exact = [one for one in known if release(one.name) == line]
    if exact:
        return exact[0], ""
    older = [one for one in known if release(one.name) <= line] or known[:1]
    nearest = max(older, key=lambda one: release(one.name))
    return nearest, f"{name} is not known: held against {nearest.name}, the nearest before it"


def built_as(revision: Revision, packed: bytes) -> Revision:
    """Return a revision as a kernel's /proc/config.gz says that it was built; whole without one."""
    out = as_told(packed, revision.patches)
    return revision_named(revision.name + as_suffix(out)) if out else revision


def held_against(where: str) -> tuple[Revision, str]:
    """Return what a kernel is held against, and how far it is one's own: it is asked itself.

    Of the kernels that are read, :data:`GUEST_RELEASES`, it is known.
    """
    if where in GUEST_RELEASES:
        return REVISIONS[GUEST_RELEASES[where]], ""
    here = where == RUNNING
    said, packed = (platform.release(), configuration()) if here else vm.told_of(where)
    revision, note = revision_for(said)
    return built_as(revision, packed), note


@dataclass(frozen=True)
class Place:
    """A kernel to replay on: where it runs, what it is in the model, what its machine gives."""

    where: str
    revision: Revision
    machine: Surroundings
    note: str = ""

    @property
    def kernel(self) -> Kernel:
        """Return the kernel as the model reads it."""
        return self.revision.kernel


class CannotRun(Problem):
    """Nothing can be run there; the message says why, in one line."""


def place_exists(where: str) -> bool:
    """Return whether a name can mean a kernel at all."""
    known = where == RUNNING or where in GUEST_RELEASES
    return known or Path(where).is_file() or stored(where) is not None


def place(where: str) -> Place:
    """Return the kernel that runs at a place; raise :class:`CannotRun` if none can."""
    reason = live.can_run() if where == RUNNING else vm.can_run(where)
    if reason:
        raise CannotRun(reason)
    try:
        revision, note = held_against(where)
    except (BuildFailed, vm.GuestFailed) as failed:
        raise CannotRun(str(failed)) from failed
    machine = this_machine() if where == RUNNING else Surroundings()
    return Place(where, revision, as_built(machine, revision.patches), note)


def observe(where: str, lines: list[str], *, workers: bool) -> list[Row]:
    """Return the rows of some cases and, if asked for, of all workers; one boot for all."""
    try:
        if where == RUNNING:
            rows = live.run_live(lines) if lines else []
            return rows + (live.run_live_workers() if workers else [])
        files = {"cases": "".join(f"{line}\n" for line in lines).encode()} if lines else {}
        rows = vm.with_retry(vm.find_kernel(where), files | ({"workers": b""} if workers else {}))
    except (BuildFailed, live.ProbeFailed, vm.GuestFailed) as failed:
        raise CannotRun(str(failed)) from failed
    if len([row for row in rows if "kind" not in row]) != len(lines):
        raise CannotRun("the guest did not answer every case")
    return rows
