"""What a machine gives the probe to begin with, as far as predictions depend on it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from model.patch import Patch
from model.patches import OPTIONS, WITHOUT_CGROUPS, WITHOUT_PID_NS
from model.words import CAP_FULL_SET

GUEST_RELEASES = {"6.1": "debian-6.1.192", "6.12": "debian-6.12.117"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The probe's surroundings.

    ``free_pids`` are in use neither in the pid namespace that the probe starts in nor, once
    some hundred pids were given out, in the one it makes: pids below 300 are given out once.
    """

    root_caps: int = CAP_FULL_SET
    pid_level: int = 1
    """The nesting level of the pid namespace that the probe makes for itself."""
    guest: bool = True
    domain_controllers: bool = True
    pids_of_its_own: bool = False
    """The pids controller has a hierarchy of its own (v1), which CLONE_INTO_CGROUP ignores."""
    free_pids: tuple[int, ...] = (291, 293, 297)
    pid_max: int = 32768
    left_out: tuple[str, ...] = ()
    """What the kernel was built without: names of patches such as ``WITHOUT_USER_NS``."""

    def __getitem__(self, patch: Patch) -> bool:
        """Return whether the kernel was built without an option, as of a kernel of the model."""
        return patch.name in self.left_out


def as_built(machine: Surroundings, patches: Collection[Patch]) -> Surroundings:
    """Return what a machine gives the probe on a kernel with these patches.

    Without pid namespaces the probe stays in the first one, which only a guest can stand.
    """
    out = tuple(one.name for one in OPTIONS if one in patches)
    made = replace(machine, left_out=out)
    return replace(
        made,
        pid_level=0 if made[WITHOUT_PID_NS] else machine.pid_level,
        domain_controllers=machine.domain_controllers and not made[WITHOUT_CGROUPS],
    )


def _capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return CAP_FULL_SET


def _has_memory_controller() -> bool:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        at, kind = line.split()[1:3]
        if kind == "cgroup2":
            with contextlib.suppress(OSError):
                return "memory" in (Path(at) / "cgroup.controllers").read_text().split()
    return False


def _has_pids_v1() -> bool:
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return any(mount[2] == "cgroup" and "pids" in mount[3].split(",") for mount in mounts)


def this_machine() -> Surroundings:
    """Return what the running machine gives to a probe started from here."""
    free = [pid for pid in range(299, 200, -1) if not Path(f"/proc/{pid}").exists()]
    return Surroundings(
        root_caps=_capabilities(),
        guest=False,
        domain_controllers=_has_memory_controller(),
        pids_of_its_own=_has_pids_v1(),
        free_pids=tuple(free[:3]),
        pid_max=int(Path("/proc/sys/kernel/pid_max").read_text()),
    )
