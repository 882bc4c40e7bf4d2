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


class Asker(IntEnum):
    """Who called VHOST_NEW_WORKER last."""

    NOBODY = 0
    OWNER = 1
    CHILD = 2
    """One that shares the owner's memory."""
    STRANGER = 3


class ReturnedPointer(IntEnum):
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


class Life(IntEnum):
    """Where a task is in its life."""

    NONE = 0
    ALIVE = 1
    ZOMBIE = 2
    GONE = 3


class Parentage(IntEnum):
    """Whose child the owner's child is."""

    CALLER = 0
    GRANDPARENT = 1
    REAPER = 2


class ForkStage(IntEnum):
    """How far copy_process() got."""

    NO = 0
    LISTED = 1
    """On the multiprocess list: signals to the group are noted for the child."""
    CHARGED = 2
    """cgroup_can_fork() sampled the kill sequence and charged the cgroup."""
    TESTED = 3
    """Past the last look at pending signals, where a scope takes that apart from what follows."""
    DONE = 4
    FAILED = 5


class Init(IntEnum):
    """What became of the init of the pid namespace that the owner's children are made in."""

    NONE = 0
    """Nobody was made in it yet."""
    ALIVE = 1
    ENDING = 2
    """Past disable_pid_allocation(): it kills whoever is in it, and waits for their end."""
    GONE = 3


class Thread(IntEnum):
    """Where a thread is on its way out."""

    NONE = 0
    LIVE = 1
    KILLED = 2
    """SIGKILL is pending."""
    GONE = 3
    """Past coredump_task_exit(): it has reported if it was to, and waits if it was signalled."""


class Execve(IntEnum):
    """How far execve() got."""

    NO = 0
    BEGUN = 1
    WAITS = 2
    """de_thread() waits for the threads that it counted."""
    ALONE = 3
    """de_thread() is done: the caller takes itself for the only thread."""
    DONE = 4


class Dump(IntEnum):
    """How far the dump got."""

    NO = 0
    WAITS = 1
    """For as many threads as zap_process() counted."""
    DONE = 2


class Sqpoll(IntEnum):
    """Where an SQPOLL thread is."""

    NONE = 0
    LOOPS = 1
    LEAVES = 2
    """It took SIGKILL and is out of its loop."""
    GONE = 3


class CgroupKill(IntEnum):
    """How far a write to cgroup.kill got."""

    NO = 0
    WALKS = 1
    DONE = 2


class Maker(IntEnum):
    """Who makes the child."""

    USER = 0
    """A user without capabilities."""
    ROOT = 1
    """Root in init_user_ns."""
    NS_ROOT = 2
    """A user in a user namespace of its own, where only its own uid is mapped."""
