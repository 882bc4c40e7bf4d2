"""Waking: work is queued for a vhost worker just when it finds nothing to do and goes to sleep.

kernel/vhost_task.c:vhost_task_fn, drivers/vhost/vhost.c:vhost_worker_queue.  A wake-up of a
task that is still TASK_RUNNING does nothing, so the task must be marked as sleeping before it
looks at its queue for the last time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, no, when, when_word
from model.over_time.step import Machine, Move, System, but
from model.patches import VHOST_WAKE_ORDER, WORKERS_ARE_THREADS
from model.records import BOOL, fact

_FN = "kernel/vhost_task.c:vhost_task_fn"
_QUEUE = "drivers/vhost/vhost.c:vhost_worker_queue"


class Loop(IntEnum):
    """Where the worker is in its loop."""

    TOP = 0
    FIRST = 1
    """Past the first of the two: mark, look."""
    SECOND = 2
    """Past both; schedule() follows."""
    ASLEEP = 3


@dataclass(frozen=True, slots=True)
class Waking:
    """A worker, and one who queues work."""

    place: Word = fact(8, 0, "where the worker is", names="loop")
    marked: Truth = fact(BOOL, False, "it is TASK_INTERRUPTIBLE")
    queued: Truth = fact(BOOL, False, "its list has work")
    wakes: Truth = fact(BOOL, False, "who queued it has yet to wake the worker")


SYSTEM = System(
    name="waking",
    about="work is queued while its worker goes to sleep",
    record=Waking,
    tasks="one worker and one who queues work",
    start=lambda _machine: Waking(),
)


def _marks_first(machine: Machine) -> Truth:
    """Kthreads always did; the thread of f9010dbdce91 looked first, until 4b13cbef7970."""
    if machine[WORKERS_ARE_THREADS] is True:
        return machine[VHOST_WAKE_ORDER]
    return True


@SYSTEM.step(at=_QUEUE, who="who has work")
def work_is_queued(_machine: Machine, state: Waking) -> Move:
    """llist_add(); the wake-up follows."""
    ready = both(no(state.queued), no(state.wakes))
    return Move(ready, but(state, queued=True, wakes=True))


@SYSTEM.step(at=_QUEUE, who="who has work", own=True)
def the_worker_is_woken(_machine: Machine, state: Waking) -> Move:
    """wake_up_process(): it is TASK_RUNNING, and off it goes if it slept."""
    asleep = state.place == int(Loop.ASLEEP)
    place = when_word(8, asleep, int(Loop.TOP), state.place)
    return Move(state.wakes, but(state, wakes=False, marked=False, place=place))


@SYSTEM.step(at=_FN, who="worker", own=True)
def the_worker_marks_itself_as_sleeping(machine: Machine, state: Waking) -> Move:
    """set_current_state(TASK_INTERRUPTIBLE)."""
    first = _marks_first(machine)
    here = when_word(8, first, int(Loop.TOP), int(Loop.FIRST))
    there = when_word(8, first, int(Loop.FIRST), int(Loop.SECOND))
    return Move(state.place == here, but(state, marked=True, place=there))


@SYSTEM.step(at=_FN, who="worker", own=True)
def the_worker_looks_at_its_queue(machine: Machine, state: Waking) -> Move:
    """It does what there is and begins anew, or finds nothing."""
    first = _marks_first(machine)
    here = when_word(8, first, int(Loop.FIRST), int(Loop.TOP))
    there = when_word(8, first, int(Loop.SECOND), int(Loop.FIRST))
    after = but(
        state,
        queued=False,
        marked=when(state.queued, False, state.marked),
        place=when_word(8, state.queued, int(Loop.TOP), there),
    )
    return Move(state.place == here, after)


@SYSTEM.step(at=_FN, who="worker", own=True)
def the_worker_calls_schedule(_machine: Machine, state: Waking) -> Move:
    """It sleeps if it is still marked."""
    place = when_word(8, state.marked, int(Loop.ASLEEP), int(Loop.TOP))
    return Move(state.place == int(Loop.SECOND), but(state, place=place))
