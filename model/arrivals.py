"""Where patches came between two releases: the -rc that first has one, and the point release.

Only what is known; of a patch that is not here it is not said that it came at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.declared import declare
from model.patch import Patch
from model.patches import (
    ACCESS_OK_BY_SIGN,
    ACCESS_OK_EXACT,
    ACCESS_OK_TO_LIMIT,
    BOUND_OF_INNER_NS,
    CGROUP_FREEZE,
    CGROUP_PIDS,
    CLONE3_NEWTIME,
    CLONE_PIDFD,
    COMMIT_CREDS_PAIRED,
    COUNT_BEFORE_TEST,
    EXEC_CANCELS_FIRST,
    EXEC_ID_64,
    EXPLICIT_KTHREAD,
    FILES_AFTER_SCHED,
    FORK_OWNER,
    FUTEX_HASH_FOR_VFORK,
    FUTEX_HASH_OF_SHARERS,
    IO_THREAD_GATE,
    IO_WORKER_FLAG_KEPT,
    IO_WQ_RETRIES,
    IO_WQ_RETRY_LIMIT,
    KERNEL_FLAGS_KEPT,
    KILL_SEQ,
    KILL_SEQ_OF_TARGET,
    KTHREAD_STRUCT,
    KVM_LATE_WORKER,
    KVM_RETRIES,
    KVM_VHOST_TASK,
    LEGACY_LOWER_32,
    MNTNS_ROOT_LOOKUP,
    NAMESPACE_COUNTS,
    NEGATIVE_IS_OVER,
    NESTING_ENOSPC,
    NO_SETAFFINITY_DROPPED,
    PARENT_WITH_NEW_NAMESPACES,
    PID_IDR_EAGAIN,
    PLUG_TIME_DROPPED,
    REAL_UID_KEY,
    REDHAT_KTHREAD_INHERITED,
    REDHAT_TIMENS_AT_FORK,
    REDHAT_USERNS_OFF_EINVAL,
    RLIMIT_REF_FIRST,
    ROOT_NS_UNLIMITED,
    SCHED_DEADLINE,
    SERIES,
    SET_USER_ASKS_CAPABILITIES,
    SET_USER_TESTS_NEW,
    SET_USER_WITHOUT_CAPABILITIES,
    SETNS_SHARED_FS,
    SIBLING_SIGNAL_LOCKED,
    SIGHAND_STAYS,
    SIGNALS_BEFORE_FORK,
    TASK_EXEC_STATE,
    TIME_NAMESPACES,
    TIMENS_AT_EXEC,
    UCOUNTS_GET_LOCKED,
    UCOUNTS_PIN_NS,
    UMH_ROOT,
    UNSHARE_CRED_PUT,
    UNSHARE_PIDNS_ALONE,
    UNSHARE_THREAD_ALONE,
    USER_MODE_THREAD,
    USERNS_NESTING_LIMIT,
    VFORK_BEFORE_PIDNS,
    VHOST_ERR_PTR,
    WORKER_MASK_KEPT,
    WORKERS_ARE_THREADS,
)

FIRST_RC: dict[Patch, int] = {
    LEGACY_LOWER_32: 6,
    SIBLING_SIGNAL_LOCKED: 3,
    UCOUNTS_GET_LOCKED: 4,
    UCOUNTS_PIN_NS: 2,
    BOUND_OF_INNER_NS: 7,
    COUNT_BEFORE_TEST: 5,
    ROOT_NS_UNLIMITED: 8,
    CLONE3_NEWTIME: 2,
    **dict.fromkeys(SERIES, 1),
    WORKERS_ARE_THREADS: 5,
    IO_WORKER_FLAG_KEPT: 7,
    VHOST_ERR_PTR: 5,
    KERNEL_FLAGS_KEPT: 1,
    FUTEX_HASH_OF_SHARERS: 2,
    TASK_EXEC_STATE: 1,
    UMH_ROOT: 1,
}
"""The first release candidate with a patch, of the release that it landed in: by the pull request
that brought it and the candidate that it was based on, or by the date of its commit."""


@dataclass(frozen=True, slots=True)
class Backport:
    """A patch that a stable line has from a point release on."""

    line: str
    """The release that the line follows: ``v5.15``."""
    point: int
    """The first point release with it: 12 for v5.15.12."""
    patch: Patch
    source: str


_REVIEW = "the review of stable's"
_DEBIANS = "what Debian's changelog tells of"
_BY_7_3_1 = "read in 7.3.4; Debian's changelog tells what came with 7.3.2 to 7.3.4, not with 7.3.1"

_OF_UCOUNTS = (
    (UCOUNTS_PIN_NS,),
    (
        COUNT_BEFORE_TEST,
        NEGATIVE_IS_OVER,
        REAL_UID_KEY,
        SET_USER_TESTS_NEW,
        SET_USER_WITHOUT_CAPABILITIES,
    ),
    (ROOT_NS_UNLIMITED,),
)
"""What v5.17 mended of RLIMIT_NPROC, as it came to the lines before, in three point releases."""

_REVIEWED: dict[Patch, dict[str, int]] = {
    CLONE3_NEWTIME: {"v5.10": 175, "v5.15": 103, "v6.1": 20, "v6.2": 7},
    KILL_SEQ: {"v6.1": 129, "v6.6": 79, "v6.12": 16, "v6.13": 4},
    VHOST_ERR_PTR: {"v6.12": 20, "v6.13": 8},
    KVM_LATE_WORKER: {"v6.12": 14, "v6.13": 3},
    KVM_RETRIES: {"v6.12": 44},
}
"""Patches by the point releases of the lines in whose review they were."""

BACKPORTS = (
    Backport("v5.4", 286, LEGACY_LOWER_32,
             "read in 5.4.286 and in Ubuntu's 5.4.0-216, not in 5.4.18: when it came is not known"),
    Backport("v5.15", 12, BOUND_OF_INNER_NS,
             "stable's queue for v5.15 of 25 December 2021, and a report on v5.15.12"),
    *(
        Backport(line, point, one, f"{_REVIEW} {line.removeprefix('v')}.{point}{also}")
        for line, points, also in (
            ("v5.15", (19, 25, 27), "; read in 5.15.148"), ("v5.16", (5, 11, 13), ""),
        )
        for point, some in zip(points, _OF_UCOUNTS, strict=True)
        for one in some
    ),
    *(
        Backport(line, point, one, f"{_REVIEW} {line.removeprefix('v')}.{point}")
        for one, points in _REVIEWED.items()
        for line, point in points.items()
    ),
    Backport("v6.12", 10, KVM_VHOST_TASK,
             "stable's helper: in 6.12.y on 22 January 2025, when 6.12.10 was out"),
    Backport("v6.12", 95, PLUG_TIME_DROPPED, f"{_DEBIANS} 6.12.95"),
    Backport("v6.12", 115, KILL_SEQ_OF_TARGET, f"{_DEBIANS} 6.12.115"),
    Backport("v6.12", 115, FILES_AFTER_SCHED, f"{_DEBIANS} 6.12.115"),
    Backport("v6.12", 115, WORKER_MASK_KEPT, f"{_DEBIANS} 6.12.115"),
    Backport("v6.12", 117, EXEC_CANCELS_FIRST, f"{_DEBIANS} 6.12.117"),
    Backport("v6.12", 117, IO_THREAD_GATE, f"{_DEBIANS} 6.12.117"),
    Backport("v6.12", 117, RLIMIT_REF_FIRST, f"{_DEBIANS} 6.12.117"),
    Backport("v6.12", 117, SETNS_SHARED_FS, f"{_DEBIANS} 6.12.117"),
    Backport("v6.16", 12, FORK_OWNER,
             "seen in Debian's 6.16.12, where it runs: when it came is not known"),
    Backport("v7.1", 3, PLUG_TIME_DROPPED, f"{_DEBIANS} 7.1.3"),
    Backport("v7.2", 8, FUTEX_HASH_FOR_VFORK, f"{_DEBIANS} 7.2.8"),
    Backport("v7.2", 13, KILL_SEQ_OF_TARGET, f"{_DEBIANS} 7.2.13"),
    Backport("v7.3", 1, FILES_AFTER_SCHED, _BY_7_3_1),
    Backport("v7.3", 1, WORKER_MASK_KEPT, _BY_7_3_1),
    Backport("v7.3", 2, EXEC_CANCELS_FIRST, f"{_DEBIANS} 7.3.2"),
    Backport("v7.3", 2, IO_THREAD_GATE, f"{_DEBIANS} 7.3.2"),
    Backport("v7.3", 4, RLIMIT_REF_FIRST, f"{_DEBIANS} 7.3.4"),
    Backport("v7.3", 4, SETNS_SHARED_FS, f"{_DEBIANS} 7.3.4"),
)
"""Backports of which it is known when they came."""

TREES = {"debian-6.1.192": ("v6.1", 192, 56), "debian-6.12.117": ("v6.12", 117, None)}
"""Trees of a distribution that were read: the line and the point release that each follows, and
the number by which Debian names its ABI, where that is how its kernels are named."""


@dataclass(frozen=True, slots=True)
class MakersTree:
    """A tree that somebody builds kernels from, of which it was read what it has."""

    suffix: str
    """How its kernels say whose they are: ``el7`` in 3.10.0-1127.el7."""
    line: str
    build: int
    """The number of the kernel that was read: 1127."""
    more: frozenset[Patch]
    """What it has that the release has not."""

    def __post_init__(self) -> None:
        declare("tree", self)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return what its kernel is called, as far as it matters: ``3.10.0-1127.el7``."""
        return f"{self.line.removeprefix('v')}.0-{self.build}.{self.suffix}"


_EL7 = frozenset(
    {
        USERNS_NESTING_LIMIT,
        UNSHARE_CRED_PUT,
        UNSHARE_PIDNS_ALONE,
        VFORK_BEFORE_PIDNS,
        SIGHAND_STAYS,
        PARENT_WITH_NEW_NAMESPACES,
        SCHED_DEADLINE,
        CGROUP_PIDS,
        UNSHARE_THREAD_ALONE,
        NAMESPACE_COUNTS,
        NESTING_ENOSPC,
        REDHAT_USERNS_OFF_EINVAL,
        MNTNS_ROOT_LOOKUP,
    }
)
_EL8_3 = frozenset({SIGNALS_BEFORE_FORK, PID_IDR_EAGAIN, CGROUP_FREEZE, EXEC_ID_64})
_EL8_4 = _EL8_3 | {TIME_NAMESPACES}
_EL8_5 = _EL8_4 | {SIBLING_SIGNAL_LOCKED}
_EL8_6 = _EL8_5 | {CLONE_PIDFD, NO_SETAFFINITY_DROPPED}
_EL8_8 = _EL8_6 | {TIMENS_AT_EXEC}
_EL9_0 = frozenset({COMMIT_CREDS_PAIRED, UCOUNTS_PIN_NS, BOUND_OF_INNER_NS})
_EL9_1 = _EL9_0 | {
    COUNT_BEFORE_TEST,
    NEGATIVE_IS_OVER,
    REAL_UID_KEY,
    ROOT_NS_UNLIMITED,
    SET_USER_ASKS_CAPABILITIES,
    SET_USER_TESTS_NEW,
    SET_USER_WITHOUT_CAPABILITIES,
}
_EL9_2 = _EL9_1 | {
    IO_WQ_RETRIES,
    KTHREAD_STRUCT,
    EXPLICIT_KTHREAD,
    USER_MODE_THREAD,
    REDHAT_KTHREAD_INHERITED,
    TIMENS_AT_EXEC,
}
_EL9_4 = _EL9_2 | {REDHAT_TIMENS_AT_FORK}
_EL9_5 = _EL9_4 | {ACCESS_OK_BY_SIGN}
_EL9_6 = _EL9_5 | {ACCESS_OK_TO_LIMIT, ACCESS_OK_EXACT, IO_WQ_RETRY_LIMIT}

MAKERS_TREES = (
    MakersTree("el7", "v3.10", 1127, _EL7),
    MakersTree("el7", "v3.10", 1160, _EL7),
    MakersTree("el8", "v4.18", 240, _EL8_3),
    MakersTree("el8", "v4.18", 305, _EL8_4),
    MakersTree("el8", "v4.18", 348, _EL8_5),
    MakersTree("el8", "v4.18", 372, _EL8_6),
    MakersTree("el8", "v4.18", 425, _EL8_6),
    MakersTree("el8", "v4.18", 477, _EL8_8),
    MakersTree("el8", "v4.18", 513, _EL8_8),
    MakersTree("el8", "v4.18", 553, _EL8_8),
    MakersTree("el9", "v5.14", 70, _EL9_0),
    MakersTree("el9", "v5.14", 162, _EL9_1),
    MakersTree("el9", "v5.14", 284, _EL9_2),
    MakersTree("el9", "v5.14", 362, _EL9_2),
    MakersTree("el9", "v5.14", 427, _EL9_4),
    MakersTree("el9", "v5.14", 503, _EL9_5),
    MakersTree("el9", "v5.14", 570, _EL9_6),
    MakersTree("el10", "v6.12", 55, frozenset({ACCESS_OK_EXACT})),
)
"""Red Hat's, whose sources were read in public copies: for each of its releases the first and the
last kernel, between which none of what is read here changed.  What later ones have is not known."""
