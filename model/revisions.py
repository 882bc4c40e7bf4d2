"""Named kernels as sets of patches: mainline releases, the series' prefixes, Debian's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

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
    RELEASES,
    RLIMIT_REF_FIRST,
    RUN,
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


@dataclass(frozen=True)
class Revision:
    """A named kernel, the patches it has, how it is known, and where its facts are thin."""

    name: str
    patches: frozenset[Patch]
    basis: str
    thin: str = ""

    def __post_init__(self) -> None:
        declare("kernel", self)

    def __hash__(self) -> int:
        return hash(self.name)

    @cached_property
    def kernel(self) -> Kernel:
        """Return the kernel as the model reads it: one for all revisions that are equal."""
        return _kernel(self)


@cache
def _kernel(revision: Revision) -> Kernel:
    return Kernel.of(revision.name, revision.patches)


@cache
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


def mainline(name: str) -> frozenset[Patch]:
    """Return the patches that landed by a mainline release."""
    return frozenset(patch for patch in PATCHES if _landed(patch) <= release(name))


def _series() -> list[Revision]:
    base = mainline("v6.3-rc1")
    return [
        Revision(f"series-{count}", base | set(SERIES[:count]), "the patch mails")
        for count in range(1, len(SERIES) + 1)
    ]


def _releases(before: bool) -> list[Revision]:
    """Return the releases before the series was merged, or those after."""
    return [
        Revision(one.name, mainline(one.name), one.basis, one.thin)
        for one in RELEASES
        if (release(one.name) < _SERIES_POINT) is before
    ]


def _make() -> list[Revision]:
    return [
        *_releases(before=True),
        *_series(),
        *_releases(before=False),
        Revision(
            "debian-6.1.192",
            mainline("v6.1")
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
            RUN,
        ),
        Revision(
            "debian-6.12.117",
            mainline("v6.12")
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
            RUN,
        ),
    ]


REVISIONS: dict[str, Revision] = {revision.name: revision for revision in _make()}
