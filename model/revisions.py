"""Named kernels as sets of patches: mainline releases, the series' prefixes, Debian's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from model.declared import declare
from model.kernel import Kernel
from model.patch import Patch
from model.patches import (
    ACCESS_OK_EXACT,
    CLONE3_NEWTIME,
    CLONE_FLAGS_U64,
    DEBIAN_USERNS_SYSCTL,
    EXEC_CANCELS_FIRST,
    FILES_AFTER_SCHED,
    FORK_OWNER,
    IO_THREAD_GATE,
    IO_WQ_RETRY_LIMIT,
    KILL_SEQ,
    KILL_SEQ_OF_TARGET,
    KVM_LATE_WORKER,
    KVM_RETRIES,
    KVM_VHOST_TASK,
    KVM_WAKES_LIVE,
    PATCHES,
    PLUG_TIME_DROPPED,
    RLIMIT_REF_FIRST,
    SERIES,
    SETNS_SHARED_FS,
    UNSHARE_NEWNS_FS,
    UNSHARE_NSPROXY_PUT,
    VHOST_ERR_PTR,
    VHOST_TASK_REF,
    WORKER_MASK_KEPT,
)

_SERIES_POINT = (6, 4, 0)
"""Where the series stands among releases: merged for v6.4-rc1."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A named kernel, the patches it has, how it is known, and where its facts are thin."""

    name: str
    patches: frozenset[Patch]
    basis: str
    thin: str = ""

    def __post_init__(self) -> None:
        declare("kernel", self)

    @property
    def kernel(self) -> Kernel:
        """Return the kernel as the model reads it."""
        return _kernel(self)


@cache
def _kernel(revision: Revision) -> Kernel:
    return Kernel.of(revision.name, revision.patches)


def release(name: str) -> tuple[int, int, int]:
    """Return the order of a mainline release: ``v6.3-rc1`` < ``v6.3`` (rc 99) < ``v6.4``."""
    found = re.fullmatch(r"v(\d+)\.(\d+)(?:\.\d+)?(?:-rc(\d+))?", name)
    if not found:
        return (99, 0, 0)
    major, minor, rc = found.groups()
    return int(major), int(minor), int(rc) if rc else 99


def _landed(patch: Patch) -> tuple[int, int, int]:
    if patch.landed.startswith("series-"):
        return _SERIES_POINT
    return release(patch.landed)


def _mainline(name: str) -> frozenset[Patch]:
    return frozenset(patch for patch in PATCHES if _landed(patch) <= release(name))


_READ = "source read"
_NOTES = "commits and changelogs"
_RUN = "source read, and a running kernel"
_V1 = "kthread workers reach the owner's cgroup in v1 hierarchies only, which is not in the rules"
_V7 = "setns() into a pid namespace without an init is not in the rules"


def _make() -> list[Revision]:
    base = _mainline("v6.3-rc1")
    found = [
        Revision("v5.4", _mainline("v5.4"), _NOTES, f"read in a 5.4.y tree only; {_V1}"),
        Revision("v5.10", _mainline("v5.10"), _NOTES, f"no tree read; {_V1}"),
        Revision("v5.14", _mainline("v5.14"), _RUN, _V1),
        Revision("v5.15", _mainline("v5.15"), _NOTES, _V1),
        Revision("v5.17", _mainline("v5.17"), _NOTES, "no tree read"),
        Revision("v6.1", _mainline("v6.1"), _READ),
        Revision("v6.3-rc1", base, "6.1 source and the series' context lines"),
    ]
    for count in range(1, len(SERIES) + 1):
        name = f"series-{count}"
        found.append(Revision(name, base | set(SERIES[:count]), "the patch mails"))
    found += [
        Revision("v6.4", _mainline("v6.4"), _READ),
        Revision("v6.6", _mainline("v6.6"), _RUN),
        Revision("v6.9", _mainline("v6.9"), _NOTES),
        Revision("v6.10", _mainline("v6.10"), _NOTES),
        Revision("v6.12", _mainline("v6.12"), _READ),
        Revision("v6.13", _mainline("v6.13"), _NOTES),
        Revision("v6.14", _mainline("v6.14"), _NOTES),
        Revision("v6.17", _mainline("v6.17"), _NOTES),
        Revision("v6.18", _mainline("v6.18"), "a running kernel"),
        Revision("v7.1", _mainline("v7.1"), _RUN, _V7),
        Revision(
            "debian-6.1.192",
            _mainline("v6.1")
            | {
                CLONE3_NEWTIME,
                KILL_SEQ,
                KILL_SEQ_OF_TARGET,
                CLONE_FLAGS_U64,
                UNSHARE_NEWNS_FS,
                UNSHARE_NSPROXY_PUT,
                IO_WQ_RETRY_LIMIT,
                DEBIAN_USERNS_SYSCTL,
            },
            _RUN,
        ),
        Revision(
            "debian-6.12.117",
            _mainline("v6.12")
            | {
                FORK_OWNER,
                VHOST_ERR_PTR,
                IO_THREAD_GATE,
                EXEC_CANCELS_FIRST,
                WORKER_MASK_KEPT,
                KVM_VHOST_TASK,
                KVM_LATE_WORKER,
                KVM_WAKES_LIVE,
                ACCESS_OK_EXACT,
                KVM_RETRIES,
                VHOST_TASK_REF,
                FILES_AFTER_SCHED,
                KILL_SEQ,
                KILL_SEQ_OF_TARGET,
                CLONE_FLAGS_U64,
                SETNS_SHARED_FS,
                PLUG_TIME_DROPPED,
                RLIMIT_REF_FIRST,
                UNSHARE_NEWNS_FS,
                UNSHARE_NSPROXY_PUT,
                DEBIAN_USERNS_SYSCTL,
            },
            _RUN,
        ),
    ]
    return found


REVISIONS: dict[str, Revision] = {revision.name: revision for revision in _make()}
