"""What the caller of VHOST_ATTACH_VRING_WORKER and a killed worker do, each under the mutex."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.places import Flush
from model.over_time.vhost_flush import SYSTEM
from model.over_time.world import World
from model.patches import VHOST_FLUSH_UNLOCKED, VHOST_NEW_WORKER, VHOST_SIGKILL
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, goes, happens, only

_ATTACH = "drivers/vhost/vhost.c:__vhost_vq_attach_worker"
_FLUSH = "drivers/vhost/vhost.c:__vhost_worker_flush"
_KILLED = "drivers/vhost/vhost.c:vhost_worker_killed"
_SINCE = holds(needs=VHOST_NEW_WORKER)
_KILL = holds(needs=VHOST_SIGKILL)


def _caller_holds(state: World) -> bool:
    """Return whether the caller has the worker's mutex."""
    waits = state.flush == Flush.WAITS and not state.unlocked
    return bool(state.flush == Flush.HOLDS or waits)


def _cleans(state: World) -> bool:
    """Return whether the worker is marked killed, and has its mutex until it is gone."""
    return bool(state.worker_killed and not state.worker_gone)


@each_step("Tfl1", of=SYSTEM, source="ba704ff4e142; " + _FLUSH, expect=_SINCE)
def a_caller_flushes_a_worker_that_was_not_killed_and_drops_its_mutex_since_v6_10(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Under the mutex; the flush is in the queue before anybody waits."""
    waits = goes(before, after, "flush", Flush.HOLDS, Flush.WAITS)
    dropped = bool(after.unlocked) == (kernel[VHOST_FLUSH_UNLOCKED] is True)
    fine = not before.worker_killed and after.flushing and dropped
    return Claim(waits, bool(fine) and only(before, after, "flush", "flushing", "unlocked"))


@each_step("Tfl2", of=SYSTEM, source=_ATTACH, expect=_SINCE)
def a_caller_takes_the_mutex_then_flushes_and_is_done_when_the_flush_is(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Done at once with a worker that was killed; never while the worker has the mutex."""
    way = int(before.flush), int(after.flush)
    free = not _cleans(before)
    again = before.unlocked and _cleans(before)
    fine = {
        (0, 1): free and only(before, after, "flush"),
        (1, 2): True,
        (1, 3): before.worker_killed and only(before, after, "flush"),
        (2, 3): not before.flushing and not again and only(before, after, "flush"),
    }
    return Claim(before.flush != after.flush, bool(fine.get(way, False)))


@each_step("Tfl3", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_fn", expect=_KILL)
def a_worker_leaves_killed_takes_its_mutex_to_clean_up_and_is_gone(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It is marked under the mutex, and its queue is empty when it lets go of that."""
    marks = before.left and not before.worker_gone and not _caller_holds(before)
    fine = {
        "left": before.killed and changed(before, after) == {"left"},
        "worker_killed": marks and changed(before, after) == {"worker_killed"},
        "worker_gone": _cleans(before) and only(before, after, "worker_gone", "flushing")
        and not after.flushing,
    }
    told = [name for name in fine if getattr(before, name) != getattr(after, name)]
    return Claim(bool(told), all(happens(before, after, one) and fine[one] for one in told))


@each_step("Tfl4", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_run_work_list", expect=_SINCE)
def a_flush_is_done_by_a_worker_in_its_loop_or_by_a_killed_one_that_cleans_up(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Queued by the caller alone."""
    done = happens(after, before, "flushing")
    loops = not before.left and changed(before, after) == {"flushing"}
    cleans = _cleans(before) and happens(before, after, "worker_gone")
    queued = happens(before, after, "flushing")
    calls = goes(before, after, "flush", Flush.HOLDS, Flush.WAITS)
    return Claim(done or queued, (loops or cleans) if done else calls)


@each_step("Tfl5", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=_SINCE)
def SIGKILL_changes_nothing_else_yet_and_nobody_is_unmarked(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """The worker takes it in its loop, where it looks at signals; killed is set once."""
    told = before.killed != after.killed
    sent = happens(before, after, "killed") and changed(before, after) == {"killed"}
    marked = before.worker_killed != after.worker_killed
    marks = happens(before, after, "worker_killed")
    unlocks = before.unlocked != after.unlocked
    waits = goes(before, after, "flush", Flush.HOLDS, Flush.WAITS)
    fine = (sent or not told) and (marks or not marked) and (waits or not unlocks)
    return Claim(told or marked or unlocks, fine)


@some_step("Tfl6", of=SYSTEM, source=_ATTACH, expect=_SINCE)
def a_caller_that_waits_for_nobody_goes_on(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """With the mutex; to get it, and after its flush, unless the worker has it."""
    known = kernel[VHOST_NEW_WORKER] is True
    cleans = _cleans(before)
    able = {
        Flush.NO: not cleans,
        Flush.HOLDS: True,
        Flush.WAITS: not before.flushing and not (before.unlocked and cleans),
    }
    goes_on = bool(able.get(Flush(int(before.flush)), False))
    return Claim(known and goes_on, int(after.flush) > int(before.flush))


@some_step("Tfl7", of=SYSTEM, source=_KILLED, expect=_KILL)
def a_killed_worker_goes_on_unless_the_caller_has_its_mutex(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Out of its loop, into vhost_worker_killed(), to its end."""
    known = kernel[VHOST_SIGKILL] is True
    way = ("left", "worker_killed", "worker_gone")
    following = next((one for one in way if not getattr(before, one)), "")
    waits = following == "worker_killed" and _caller_holds(before)
    able = before.killed and following and not waits
    return Claim(known and bool(able), bool(following) and happens(before, after, following))


@some_step("Tfl8", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_run_work_list", expect=_SINCE)
def a_worker_in_its_loop_can_do_what_is_queued(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Whether SIGKILL is pending for it or not."""
    known = kernel[VHOST_NEW_WORKER] is True
    able = not before.left and before.flushing
    return Claim(known and bool(able), not after.flushing and not after.left)


@some_step("Tfl9", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=_SINCE)
def SIGKILL_may_come_at_any_time(kernel: Kernel, before: World, after: World) -> Claim:
    """Once."""
    known = kernel[VHOST_NEW_WORKER] is True
    return Claim(known and not before.killed, bool(after.killed))
