"""Where the kernel's code has come to, and what it was given: the words of scopes."""

from __future__ import annotations

from enum import IntEnum


class Loop(IntEnum):
    """Where a worker is in its loop."""

    TOP = 0
    FIRST = 1
    """Past the first of the two: mark, look."""
    SECOND = 2
    """Past both; schedule() follows."""
    ASLEEP = 3


class Flush(IntEnum):
    """Where VHOST_ATTACH_VRING_WORKER is."""

    NO = 0
    HOLDS = 1
    """It holds the old worker's mutex."""
    WAITS = 2
    """The flush is queued; it waits for its completion."""
    DONE = 3


class Returned(IntEnum):
    """What a pointer that was returned is."""

    NONE = 0
    """Nothing was returned yet."""
    NULL = 1
    ERROR = 2
    """A small negative number made a pointer."""
    TASK = 3


class Vcpu(IntEnum):
    """Where a vCPU's thread is in KVM_RUN."""

    OUT = 0
    LOOKED = 1
    """It saw that call_once() has not completed."""
    INSIDE = 2
    """It holds the mutex of call_once()."""
    RESTARTS = 3
    """ERESTARTNOINTR: once the signal is handled, it calls again by itself."""
