"""Flushing: a ring moves from one worker of a device to another while the old one is killed.

drivers/vhost/vhost.c:__vhost_worker_flush and vhost_worker_killed.  Whoever flushes queues a
piece of work and waits until the worker has done it; a killed worker takes its mutex before
it does what is left of its queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, either, no
from model.over_time.step import Machine, Move, System, but
from model.over_time.steps.vhost_task import ENDS_WHEN_KILLED
from model.patches import VHOST_FLUSH_UNLOCKED, VHOST_NEW_WORKER
from model.records import BOOL, fact

_ATTACH = "drivers/vhost/vhost.c:__vhost_vq_attach_worker"
_FLUSH = "drivers/vhost/vhost.c:__vhost_worker_flush"
_KILLED = "drivers/vhost/vhost.c:vhost_worker_killed"


class Flush(IntEnum):
    """Where VHOST_ATTACH_VRING_WORKER is."""

    NO = 0
    HOLDS = 1
    """It holds the old worker's mutex."""
    WAITS = 2
    """The flush is queued; it waits for its completion."""
    DONE = 3


class Run(IntEnum):
    """Where the old worker is."""

    WORKS = 0
    LEAVING = 1
    """Out of its loop after SIGKILL; it wants its mutex."""
    CLEANS = 2
    """In vhost_worker_killed(), with the mutex."""
    GONE = 3


@dataclass(frozen=True, slots=True)
class Flushing:
    """The old worker, and who moves its ring to another."""

    flush: Word = fact(8, 0, "where the caller is", names="flush")
    worker: Word = fact(8, 0, "where the old worker is", names="worker_run")
    pending: Truth = fact(BOOL, False, "SIGKILL is pending for the worker")
    queued: Truth = fact(BOOL, False, "the flush is in the worker's queue")
    killed: Truth = fact(BOOL, False, "worker->killed is set")
    unlocked: Truth = fact(BOOL, False, "the caller dropped the mutex while it waits")


SYSTEM = System(
    name="flushing",
    about="a ring moves to another worker while its worker is killed",
    record=Flushing,
    tasks="one device with two workers, one caller",
    start=lambda _machine: Flushing(),
)


def _caller_holds(state: Flushing) -> Truth:
    waits = both(state.flush == int(Flush.WAITS), no(state.unlocked))
    return either(state.flush == int(Flush.HOLDS), waits)


@SYSTEM.step(at="kernel/signal.c:complete_signal", who="user", since=VHOST_NEW_WORKER)
def the_group_gets_SIGKILL_by_another_thread(_machine: Machine, state: Flushing) -> Move:
    """The caller is in an uninterruptible wait, and must end it before it can die."""
    return Move(no(state.pending), but(state, pending=True))


@SYSTEM.step(at=_ATTACH, who="caller", since=VHOST_NEW_WORKER)
def the_caller_takes_the_old_workers_mutex(_machine: Machine, state: Flushing) -> Move:
    """VHOST_ATTACH_VRING_WORKER has put the new worker in its place."""
    free = no(state.worker == int(Run.CLEANS))
    ready = both(state.flush == int(Flush.NO), free)
    return Move(ready, but(state, flush=int(Flush.HOLDS)))


@SYSTEM.step(at=_FLUSH, who="caller", own=True, since=VHOST_NEW_WORKER)
def the_caller_sees_that_the_worker_was_killed(_machine: Machine, state: Flushing) -> Move:
    """Nothing to flush."""
    ready = both(state.flush == int(Flush.HOLDS), state.killed)
    return Move(ready, but(state, flush=int(Flush.DONE)))


@SYSTEM.step(at=_FLUSH, who="caller", own=True, since=VHOST_NEW_WORKER)
def the_caller_queues_a_flush_and_waits(machine: Machine, state: Flushing) -> Move:
    """Since v6.10 it drops the mutex meanwhile."""
    ready = both(state.flush == int(Flush.HOLDS), no(state.killed))
    after = but(
        state, flush=int(Flush.WAITS), queued=True, unlocked=machine[VHOST_FLUSH_UNLOCKED]
    )
    return Move(ready, after)


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_run_work_list", who="worker", own=True,
             since=VHOST_NEW_WORKER)
def the_worker_does_its_work(_machine: Machine, state: Flushing) -> Move:
    """In its loop, before it looks at signals again."""
    ready = both(state.worker == int(Run.WORKS), state.queued)
    return Move(ready, but(state, queued=False))


@SYSTEM.step(at="kernel/vhost_task.c:vhost_task_fn", who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_worker_takes_SIGKILL(_machine: Machine, state: Flushing) -> Move:
    """It leaves its loop, whatever is queued."""
    ready = both(state.worker == int(Run.WORKS), state.pending)
    return Move(ready, but(state, worker=int(Run.LEAVING)))


@SYSTEM.step(at=_KILLED, who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_killed_worker_takes_its_mutex(_machine: Machine, state: Flushing) -> Move:
    """To mark itself killed and take itself off its rings."""
    ready = both(state.worker == int(Run.LEAVING), no(_caller_holds(state)))
    return Move(ready, but(state, worker=int(Run.CLEANS), killed=True))


@SYSTEM.step(at=_KILLED, who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_killed_worker_does_what_is_left_and_ends(_machine: Machine, state: Flushing) -> Move:
    """Flushes that came before it was marked."""
    ready = state.worker == int(Run.CLEANS)
    return Move(ready, but(state, worker=int(Run.GONE), queued=False))


@SYSTEM.step(at=_FLUSH, who="caller", own=True, since=VHOST_NEW_WORKER)
def the_flush_is_complete(_machine: Machine, state: Flushing) -> Move:
    """It takes the mutex again, if it dropped it."""
    busy = both(state.unlocked, state.worker == int(Run.CLEANS))
    ready = both(state.flush == int(Flush.WAITS), no(state.queued), no(busy))
    return Move(ready, but(state, flush=int(Flush.DONE)))
