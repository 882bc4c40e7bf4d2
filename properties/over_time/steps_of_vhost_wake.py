"""How a worker marks itself, looks at its queue and sleeps, and how it is woken."""

from __future__ import annotations

from dataclasses import replace

from model.kernel import Kernel
from model.over_time.places import Loop
from model.over_time.vhost_wake import SYSTEM
from model.over_time.world import World
from model.patches import VHOST_WAKE_ORDER, WORKERS_ARE_THREADS
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import happens, only

_FN = "kernel/vhost_task.c:vhost_task_fn"
_QUEUE = "drivers/vhost/vhost.c:vhost_worker_queue"


def _looks_first(kernel: Kernel) -> bool:
    """Return whether it looks at its queue before it marks itself, as the first threads did."""
    threads = kernel[WORKERS_ARE_THREADS] is True
    return threads and kernel[VHOST_WAKE_ORDER] is not True


def _in_turn(kernel: Kernel, state: World) -> World:
    """Return what the worker has done when it has done what comes next in its loop."""
    if state.loop == Loop.SECOND:
        return replace(state, loop=int(Loop.ASLEEP if state.marked else Loop.TOP))
    following = int(state.loop) + 1
    looks = (state.loop == Loop.TOP) == _looks_first(kernel)
    if not looks:
        return replace(state, marked=True, loop=following)
    if state.queued:
        return replace(state, queued=False, marked=False, loop=int(Loop.TOP))
    return replace(state, loop=following)


@each_step("Twk1", of=SYSTEM, source="4b13cbef7970; " + _FN, expect=holds())
def a_worker_marks_itself_looks_at_its_queue_and_sleeps_if_it_is_still_marked(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """The first threads looked before they marked themselves."""
    alone = before.wakes == after.wakes
    return Claim(alone, before.loop != Loop.ASLEEP and after == _in_turn(kernel, before))


@each_step("Twk2", of=SYSTEM, source=_QUEUE, expect=holds())
def who_queues_work_wakes_the_worker_afterwards(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Once for what it queued."""
    queues = happens(before, after, "wakes")
    work = happens(before, after, "queued") and only(before, after, "queued", "wakes")
    return Claim(queues, work)


@each_step("Twk3", of=SYSTEM, source="kernel/sched/core.c:try_to_wake_up", expect=holds())
def a_wake_up_unmarks_the_worker_and_moves_it_only_if_it_sleeps(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It goes on at the top of its loop then."""
    wakes = happens(after, before, "wakes")
    place = Loop.TOP if before.loop == Loop.ASLEEP else before.loop
    fine = not after.marked and after.loop == place
    return Claim(wakes, bool(fine) and only(before, after, "wakes", "marked", "loop"))


@some_step("Twk4", of=SYSTEM, source=_FN, expect=holds())
def a_worker_that_does_not_sleep_goes_on(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It waits for nobody."""
    return Claim(before.loop != Loop.ASLEEP, before.wakes == after.wakes and before != after)


@some_step("Twk5", of=SYSTEM, source=_QUEUE, expect=holds())
def work_can_be_queued_wherever_the_worker_is_and_the_wake_up_follows(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """llist_add(), then wake_up_process()."""
    if before.wakes:
        return Claim(True, not after.wakes)
    return Claim(not before.queued, bool(after.queued))
