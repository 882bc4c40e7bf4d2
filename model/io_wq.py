"""How many io workers a task may have: io_uring/io-wq.c:io_wq_create, io_wq_max_workers.

Bounded workers serve what ends by itself (files, block devices), unbounded ones all other work.
A task has one io-wq for all its rings, which its first ring makes.  Each worker is made by
create_io_thread() besides, whose limits refuse it as any task.
"""

from __future__ import annotations

from dataclasses import dataclass

INFINITE = 2**64 - 1
_INT = 2**31
A_CPU = 4
"""Bounded workers a CPU, unless the ring has fewer entries."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many workers there may be, as unsigned int."""

    bounded: int
    unbounded: int


def first(entries: int, cpus: int, nproc: int) -> Bounds:
    """Return the bounds that a task's first ring sets; ``nproc`` is its soft RLIMIT_NPROC then."""
    return Bounds(min(entries, A_CPU * cpus), nproc % 2**32)


def registered(before: Bounds, asked: Bounds, nproc: int) -> Bounds:
    """Return the bounds after IORING_REGISTER_IOWQ_MAX_WORKERS (v5.15): 0 leaves one as it is.

    More than RLIMIT_NPROC now is cut to that.
    """
    one, other = (min(number, nproc) for number in (asked.bounded, asked.unbounded))
    return Bounds(one or before.bounded, other or before.unbounded)


def told(bounds: Bounds) -> Bounds:
    """Return what that call says the bounds were: 0 for one that is no positive int."""
    return Bounds(*(one if one < _INT else 0 for one in (bounds.bounded, bounds.unbounded)))
