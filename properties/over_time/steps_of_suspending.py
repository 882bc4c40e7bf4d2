"""What suspend, a flush and a release do to an owner, its worker and who has the file."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.suspending import SYSTEM, Suspending
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import alone, happens, only
from properties.over_time.workers import loops

_FLUSH = "drivers/vhost/vhost.c:__vhost_worker_flush"


def _owner_free(state: Suspending) -> bool:
    """Return whether the owner runs with the device's file, in no flush."""
    busy = state.flushing or state.owner_frozen or state.passed
    return bool(state.made and not busy)


def _catches(before: Suspending, after: Suspending, name: str) -> bool:
    """Return whether only a wait begins, which is noted if the machine is to suspend."""
    caught = bool(after.caught) == bool(before.caught or before.suspend)
    return caught and only(before, after, name, "caught")


@each_step("Tsu2", of=SYSTEM, source=_FLUSH, expect=holds())
def an_owner_flushes_and_gives_its_file_away_while_itloops(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """The file for good; of a flush it is noted if the machine is to suspend."""
    flushes, gives = happens(before, after, "flushing"), before.passed != after.passed
    fine = _catches(before, after, "flushing") if flushes else alone(before, after, "passed")
    back = happens(after, before, "passed")
    return Claim(flushes or gives, _owner_free(before) and fine and not back)


@each_step("Tsu3", of=SYSTEM, source=_FLUSH, expect=holds())
def only_a_worker_that_runs_does_what_is_flushed_or_sees_that_it_is_to_stop(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """In its loop, which it leaves for a release."""
    does, ends = happens(after, before, "flushing"), before.worker_gone != after.worker_gone
    stops = bool(before.closing and after.worker_gone) and alone(before, after, "worker_gone")
    fine = alone(before, after, "flushing") if does else stops
    return Claim(does or ends, loops(before) and fine)


@each_step("Tsu4", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_stop", expect=holds())
def a_release_is_begun_once_by_who_was_given_the_file_and_waits_for_the_worker(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """It runs when it closes the file; it is over when the worker is gone."""
    begins = happens(before, after, "closing")
    able = before.passed and not before.other_frozen
    over = happens(after, before, "closing") or before.closed != after.closed
    done = happens(before, after, "closed") and bool(before.closing and before.worker_gone)
    ended = done and alone(before, after, "closed")
    return Claim(begins or over, bool(ended if over else
                                      able and _catches(before, after, "closing")))


@each_step("Tsu5", of=SYSTEM, source="kernel/power/process.c:freeze_processes", expect=holds())
def a_machine_is_told_to_suspend_once_and_who_waits_for_the_worker_then_is_caught(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """Who begins to wait later as well; nothing else is noted."""
    told = before.suspend != after.suspend
    waits = bool(before.flushing or (before.closing and not before.closed))
    fine = bool(after.suspend) and bool(after.caught) == waits
    return Claim(told, fine and only(before, after, "suspend", "caught"))


@some_step("Tsu8", of=SYSTEM, source=_FLUSH, expect=holds(), cases=("passed", "flushing"))
def an_owner_that_runs_can_flush_and_give_its_file_away(
    _kernel: Kernel, before: Suspending, after: Suspending, what: str
) -> Claim:
    """Before the machine is to suspend, and while it is frozen bit by bit."""
    return Claim(_owner_free(before), happens(before, after, what))


@some_step("Tsu9", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_fn", expect=holds())
def a_worker_that_runs_can_do_what_others_wait_for(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """A flush, or its end for a release."""
    waited = before.flushing or before.closing
    does = not after.flushing if before.flushing else bool(after.worker_gone)
    return Claim(bool(waited) and loops(before), does)


@some_step("Tsua", of=SYSTEM, source="fs/open.c:filp_close", expect=holds())
def who_was_given_the_file_can_close_it_and_comes_back_when_the_worker_is_gone(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """It runs until the refrigerator has it."""
    begins = before.passed and not (before.closing or before.other_frozen)
    able = before.worker_gone and not before.closed if before.closing else begins
    return Claim(bool(able), bool(after.closed if before.closing else after.closing))
