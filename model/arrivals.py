"""Where patches came between two releases: the -rc that first has one, and the point release.

Only what is known; of a patch that is not here it is not said that it came at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.patch import Patch
from model.patches import (
    BOUND_OF_INNER_NS,
    CLONE3_NEWTIME,
    COUNT_BEFORE_TEST,
    IO_WORKER_FLAG_KEPT,
    LEGACY_LOWER_32,
    ROOT_NS_UNLIMITED,
    SERIES,
    SIBLING_SIGNAL_LOCKED,
    UCOUNTS_GET_LOCKED,
    UCOUNTS_PIN_NS,
    VHOST_ERR_PTR,
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


BACKPORTS = (
    Backport("v5.15", 12, BOUND_OF_INNER_NS,
             "stable's queue for v5.15 of 25 December 2021, and a report on v5.15.12"),
)
"""Backports of which it is known when they came."""

TREES = {"debian-6.1.192": ("v6.1", 192, 56), "debian-6.12.117": ("v6.12", 117, None)}
"""Trees of a distribution that were read: the line and the point release that each follows, and
the number by which Debian names its ABI, where that is how its kernels are named."""

NEWCOMERS = (("clone3()", "v5.3"), ("CLONE_PIDFD", "v5.2"), ("cgroup namespaces", "v4.6"))
"""What every kernel of the list has, and since when there is one."""
