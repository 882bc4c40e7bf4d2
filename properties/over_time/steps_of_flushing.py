"""What the caller of VHOST_ATTACH_VRING_WORKER and a killed worker do, each under the mutex."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.flushing import SYSTEM, Flush, Flushing, Run
from model.patches import VHOST_FLUSH_UNLOCKED, VHOST_NEW_WORKER, VHOST_SIGKILL
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, goes, happens, only

_ATTACH = "drivers/vhost/vhost.c:__vhost_vq_attach_worker"
_FLUSH = "drivers/vhost/vhost.c:__vhost_worker_flush"
_KILLED = "drivers/vhost/vhost.c:vhost_worker_killed"
_SINCE = holds(needs=VHOST_NEW_WORKER)
_KILL = holds(needs=VHOST_SIGKILL)


def _caller_holds(state: Flushing) -> bool:
    """Return whether the caller has the worker's mutex."""
    waits = state.flush == Flush.WAITS and not state.unlocked
    return bool(state.flush == Flush.HOLDS or waits)


@each_step("Tfl1", of=SYSTEM, source="ba704ff4e142; " + _FLUSH, expect=_SINCE)
def a_caller_flushes_a_worker_that_was_not_killed_and_drops_its_mutex_since_v6_10(
    kernel: Kernel, before: Flushing, after: Flushing
) -> Claim:
    """Under the mutex; the flush is in the queue before anybody waits."""
    waits = goes(before, after, "flush", Flush.HOLDS, Flush.WAITS)
    dropped = bool(after.unlocked) == (kernel[VHOST_FLUSH_UNLOCKED] is True)
    fine = not before.killed and after.queued and dropped
    return Claim(waits, bool(fine) and only(before, after, "flush", "queued", "unlocked"))


@each_step("Tfl2", of=SYSTEM, source=_ATTACH, expect=_SINCE)
def a_caller_takes_the_mutex_then_flushes_and_is_done_when_the_flush_is(
    _kernel: Kernel, before: Flushing, after: Flushing
) -> Claim:
    """Done at once with a worker that was killed; never while the worker has the mutex."""
    way = int(before.flush), int(after.flush)
    free = before.worker != Run.CLEANS
    again = before.unlocked and before.worker == Run.CLEANS
    fine = {
        (0, 1): free and only(before, after, "flush"),
        (1, 2): True,
        (1, 3): before.killed and only(before, after, "flush"),
        (2, 3): not before.queued and not again and only(before, after, "flush"),
    }
    return Claim(before.flush != after.flush, bool(fine.get(way, False)))


@each_step("Tfl3", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_fn", expect=_KILL)
def a_worker_leaves_killed_takes_its_mutex_to_clean_up_and_is_gone(
    _kernel: Kernel, before: Flushing, after: Flushing
) -> Claim:
    """It is marked under the mutex, and its queue is empty when it lets go of that."""
    way = int(before.worker), int(after.worker)
    marks = happens(before, after, "killed") and not _caller_holds(before)
    fine = {
        (0, 1): before.pending and only(before, after, "worker"),
        (1, 2): marks and only(before, after, "worker", "killed"),
        (2, 3): not after.queued and only(before, after, "worker", "queued"),
    }
    return Claim(before.worker != after.worker, bool(fine.get(way, False)))


@each_step("Tfl4", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_run_work_list", expect=_SINCE)
def a_flush_is_done_by_a_worker_in_its_loop_or_by_a_killed_one_that_cleans_up(
    _kernel: Kernel, before: Flushing, after: Flushing
) -> Claim:
    """Queued by the caller alone."""
    done = happens(after, before, "queued")
    loops = before.worker == Run.WORKS and changed(before, after) == {"queued"}
    cleans = goes(before, after, "worker", Run.CLEANS, Run.GONE)
    queued = happens(before, after, "queued")
    calls = goes(before, after, "flush", Flush.HOLDS, Flush.WAITS)
    return Claim(done or queued, (loops or cleans) if done else calls)


@each_step("Tfl5", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=_SINCE)
def SIGKILL_changes_nothing_else_yet_and_nobody_is_unmarked(
    _kernel: Kernel, before: Flushing, after: Flushing
) -> Claim:
    """The worker takes it in its loop, where it looks at signals; killed is set once."""
    told = before.pending != after.pending
    sent = happens(before, after, "pending") and changed(before, after) == {"pending"}
    marked = before.killed != after.killed
    takes = goes(before, after, "worker", Run.LEAVING, Run.CLEANS)
    unlocks = before.unlocked != after.unlocked
    waits = goes(before, after, "flush", Flush.HOLDS, Flush.WAITS)
    fine = (sent or not told) and (takes or not marked) and (waits or not unlocks)
    return Claim(told or marked or unlocks, fine)


@some_step("Tfl6", of=SYSTEM, source=_ATTACH, expect=_SINCE)
def a_caller_that_waits_for_nobody_goes_on(
    kernel: Kernel, before: Flushing, after: Flushing
) -> Claim:
    """With the mutex; to get it, and after its flush, unless the worker has it."""
    known = kernel[VHOST_NEW_WORKER] is True
    cleans = before.worker == Run.CLEANS
    able = {
        Flush.NO: not cleans,
        Flush.HOLDS: True,
        Flush.WAITS: not before.queued and not (before.unlocked and cleans),
    }
    goes_on = bool(able.get(Flush(int(before.flush)), False))
    return Claim(known and goes_on, int(after.flush) > int(before.flush))


@some_step("Tfl7", of=SYSTEM, source=_KILLED, expect=_KILL)
def a_killed_worker_goes_on_unless_the_caller_has_its_mutex(
    kernel: Kernel, before: Flushing, after: Flushing
) -> Claim:
    """Out of its loop, into vhost_worker_killed(), to its end."""
    known = kernel[VHOST_SIGKILL] is True
    waits = before.worker == Run.LEAVING and _caller_holds(before)
    able = before.pending and before.worker != Run.GONE and not waits
    return Claim(known and bool(able), after.worker == before.worker + 1)


@some_step("Tfl8", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_run_work_list", expect=_SINCE)
def a_worker_in_its_loop_can_do_what_is_queued(
    kernel: Kernel, before: Flushing, after: Flushing
) -> Claim:
    """Whether SIGKILL is pending for it or not."""
    known = kernel[VHOST_NEW_WORKER] is True
    able = before.worker == Run.WORKS and before.queued
    return Claim(known and bool(able), not after.queued and after.worker == Run.WORKS)


@some_step("Tfl9", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=_SINCE)
def SIGKILL_may_come_at_any_time(kernel: Kernel, before: Flushing, after: Flushing) -> Claim:
    """Once."""
    known = kernel[VHOST_NEW_WORKER] is True
    return Claim(known and not before.pending, bool(after.pending))
