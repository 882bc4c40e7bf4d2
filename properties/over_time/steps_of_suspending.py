"""What suspend, a flush and a release do to an owner, its worker and who has the file."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.suspending import SYSTEM, Suspending
from model.patches import FORK_OWNER, VHOST_USES_TASK, WORKERS_ARE_THREADS
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only

_FLUSH = "drivers/vhost/vhost.c:__vhost_worker_flush"
_FREEZE = "kernel/freezer.c:__refrigerator"
_MADE = ("made", "nofreeze", "looks")
_FROZEN = ("owner_frozen", "other_frozen", "worker_frozen")
Kind = tuple[bool, bool]
KTHREAD: Kind = (True, False)
PROCESS: Kind = (False, False)
THREAD: Kind = (False, True)


def _own_kind(kernel: Kernel) -> Kind:
    """Return (PF_NOFREEZE, looks at signals) of the workers that a kernel makes by itself."""
    if kernel[WORKERS_ARE_THREADS] is True:
        return THREAD
    return PROCESS if kernel[VHOST_USES_TASK] is True else KTHREAD


def _kinds(kernel: Kernel) -> tuple[Kind, ...]:
    return (_own_kind(kernel), KTHREAD) if kernel[FORK_OWNER] is True else (_own_kind(kernel),)


def _owner_free(state: Suspending) -> bool:
    """Return whether the owner runs with the device's file, in no flush."""
    busy = state.flushing or state.owner_frozen or state.passed
    return bool(state.made and not busy)


def _runs(state: Suspending) -> bool:
    return bool(state.made and not state.worker_gone and not state.worker_frozen)


def _alone(before: Suspending, after: Suspending, name: str) -> bool:
    return changed(before, after) == {name}


def _catches(before: Suspending, after: Suspending, name: str) -> bool:
    """Return whether only a wait begins, which is noted if the machine is to suspend."""
    caught = bool(after.caught) == bool(before.caught or before.suspend)
    return caught and only(before, after, name, "caught")


@each_step("Tsu1", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_worker_create", expect=holds())
def a_worker_is_a_kthread_not_to_freeze_or_a_thread_that_looks_at_signals(
    kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """The series' process was neither; made once, by an owner that runs."""
    made = changed(before, after) & set(_MADE)
    kind = (bool(after.nofreeze), bool(after.looks)) in _kinds(kernel)
    once = happens(before, after, "made") and not before.owner_frozen
    return Claim(bool(made), kind and once and only(before, after, *_MADE))


@each_step("Tsu2", of=SYSTEM, source=_FLUSH, expect=holds())
def an_owner_flushes_and_gives_its_file_away_while_it_runs(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """The file for good; of a flush it is noted if the machine is to suspend."""
    flushes, gives = happens(before, after, "flushing"), before.passed != after.passed
    fine = _catches(before, after, "flushing") if flushes else _alone(before, after, "passed")
    back = happens(after, before, "passed")
    return Claim(flushes or gives, _owner_free(before) and fine and not back)


@each_step("Tsu3", of=SYSTEM, source=_FLUSH, expect=holds())
def only_a_worker_that_runs_does_what_is_flushed_or_sees_that_it_is_to_stop(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """In its loop, which it leaves for a release."""
    does, ends = happens(after, before, "flushing"), before.worker_gone != after.worker_gone
    stops = bool(before.closing and after.worker_gone) and _alone(before, after, "worker_gone")
    fine = _alone(before, after, "flushing") if does else stops
    return Claim(does or ends, _runs(before) and fine)


@each_step("Tsu4", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_stop", expect=holds())
def a_release_is_begun_once_by_who_was_given_the_file_and_waits_for_the_worker(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """It runs when it closes the file; it is over when the worker is gone."""
    begins = happens(before, after, "closing")
    able = before.passed and not before.other_frozen
    over = happens(after, before, "closing") or before.closed != after.closed
    done = happens(before, after, "closed") and bool(before.closing and before.worker_gone)
    ended = done and _alone(before, after, "closed")
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


@each_step("Tsu6", of=SYSTEM, source=_FREEZE, expect=holds())
def who_waits_for_the_worker_is_not_frozen_nor_a_worker_that_does_not_look(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """Each alone, once the machine is to suspend; nobody thaws here."""
    told = changed(before, after) & set(_FROZEN)
    able = {
        "owner_frozen": not before.flushing,
        "other_frozen": not before.closing or before.closed,
        "worker_frozen": _runs(before) and before.looks and not before.nofreeze,
    }
    freezes = all(able[name] and happens(before, after, name) for name in told)
    alone = len(changed(before, after)) == 1
    return Claim(bool(told), bool(before.suspend and freezes) and alone)


@some_step("Tsu7", of=SYSTEM, source="7d9896e9f6d0; drivers/vhost/vhost.c:vhost_worker_create",
           expect=holds(), cases=(KTHREAD, PROCESS, THREAD))
def an_owner_that_runs_can_have_each_kind_of_worker_that_its_kernel_makes(
    kernel: Kernel, before: Suspending, after: Suspending, kind: Kind
) -> Claim:
    """A kthread besides since v6.17."""
    able = kind in _kinds(kernel) and not before.made and not before.owner_frozen
    made = bool(after.made) and (bool(after.nofreeze), bool(after.looks)) == kind
    return Claim(able, made)


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
    return Claim(bool(waited) and _runs(before), does)


@some_step("Tsua", of=SYSTEM, source="fs/open.c:filp_close", expect=holds())
def who_was_given_the_file_can_close_it_and_comes_back_when_the_worker_is_gone(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """It runs until the refrigerator has it."""
    begins = before.passed and not (before.closing or before.other_frozen)
    able = before.worker_gone and not before.closed if before.closing else begins
    return Claim(bool(able), bool(after.closed if before.closing else after.closing))


@some_step("Tsub", of=SYSTEM, source=_FREEZE, expect=holds(), cases=_FROZEN)
def who_is_told_to_freeze_and_waits_for_nobody_freezes(
    _kernel: Kernel, before: Suspending, after: Suspending, who: str
) -> Claim:
    """A worker that looks at signals as well."""
    able = {
        "owner_frozen": not before.flushing,
        "other_frozen": not before.closing or before.closed,
        "worker_frozen": _runs(before) and before.looks and not before.nofreeze,
    }
    told = before.suspend and not getattr(before, who)
    return Claim(bool(told and able[who]), bool(getattr(after, who)))


@some_step("Tsuc", of=SYSTEM, source="kernel/power/process.c:freeze_processes", expect=holds())
def a_machine_can_be_told_to_suspend_at_any_time(
    _kernel: Kernel, before: Suspending, after: Suspending
) -> Claim:
    """Whoever waits for whom."""
    return Claim(not before.suspend, bool(after.suspend))
