"""How workers are made, flushed, stopped and killed, said once for every scope of devices."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time import (
    both_freezers,
    cgroup_freezer,
    inheritance,
    io_wq_exit,
    sqpoll,
    suspend,
    vhost_worker,
    worker_signals,
)
from model.over_time.world import WorkerRun, World
from model.patches import KVM_VHOST_TASK, VHOST_SIGKILL
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import alone, changed, happens, only
from properties.over_time.workers import (
    AT_BIRTH,
    IO,
    KINDS,
    KTHREAD,
    WorkerKind,
    awake,
    begins_to_wait,
    has,
    is_a,
    kinds,
    loops,
    says_the_truth,
    worker_was_made,
)

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_FLUSH = "drivers/vhost/vhost.c:__vhost_worker_flush"
_STOP = "kernel/vhost_task.c:vhost_task_stop"
_OPEN = (
    cgroup_freezer.SYSTEM,
    both_freezers.SYSTEM,
    suspend.SYSTEM,
    worker_signals.SYSTEM,
    inheritance.SYSTEM,
    vhost_worker.SYSTEM,
)
_FLUSHED = (cgroup_freezer.SYSTEM, suspend.SYSTEM)
_FIXED = {"io", "kthread", "thread", "deaf", "nofreeze", "kvm", "shares_limits"}


def _is_of_its_time(kernel: Kernel, state: World) -> bool:
    """Return whether a worker is of a kind that is made then; KVM's was a kthread until v6.13."""
    kvms = (KTHREAD,) if state.kvm and kernel[KVM_VHOST_TASK] is not True else ()
    return any(is_a(state, kind) for kind in (*kinds(kernel), *kvms))


@each_step("T82", of=_OPEN, source=_SET_OWNER, expect=holds())
def a_worker_is_made_once_in_the_cgroup_of_an_owner_that_is_awake_as_its_kernel_makes_them(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """A kthread of vhost is moved there; what a worker is never changes afterwards."""
    born = worker_was_made(before) != worker_was_made(after)
    told = born and not happens(before, after, "killed") or changed(before, after) & _FIXED
    once = not worker_was_made(before) and worker_was_made(after)
    waits = has(after, "in_cgroup") and after.kthread and not after.kvm
    home = after.in_cgroup != waits and after.worker_away == before.owner_away
    fine = once and awake(before) and before.file_here and home and _is_of_its_time(kernel, after)
    return Claim(bool(told), bool(fine) and only(before, after, *AT_BIRTH))


@some_step("T8m", of=_OPEN, source="7d9896e9f6d0; " + _SET_OWNER, expect=holds(), cases=KINDS)
def an_owner_that_is_awake_can_have_each_kind_of_worker_that_its_kernel_makes(
    kernel: Kernel, before: World, after: World, kind: WorkerKind
) -> Claim:
    """A kthread before the series, and again if asked for since v6.17 (FORK_OWNER)."""
    known = kind in kinds(kernel) and (kind is not IO or has(before, "io"))
    able = known and awake(before) and before.file_here and not worker_was_made(before)
    return Claim(bool(able), worker_was_made(after) and is_a(after, kind) and not after.kvm)


@each_step("T89", of=_FLUSHED, source=_FLUSH, expect=holds())
def an_owner_flushes_awake_and_waits_until_the_worker_runs(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """For a worker that is there, of a device whose file it has."""
    begins = happens(before, after, "flushing")
    there = before.made and not before.worker_gone and not before.passed and awake(before)
    done = loops(before) and (alone(before, after, "flushing") or after.worker_gone)
    waits = there and begins_to_wait(before, after, "flushing")
    return Claim(before.flushing != after.flushing, bool(waits if begins else done))


@each_step("T8a", of=(*_FLUSHED, io_wq_exit.SYSTEM), source="kernel/signal.c:complete_signal",
           expect=holds())
def SIGKILL_and_giving_the_file_away_change_nothing_else_yet(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Each once; only an owner that is awake passes a file on."""
    told = changed(before, after) & {"killed", "passed"}
    passes = "passed" not in told or (before.made and awake(before) and after.passed)
    kills = "killed" not in told or after.killed
    return Claim(bool(told), bool(passes and kills) and len(changed(before, after)) == 1)


@each_step("T35", of=(vhost_worker.SYSTEM, sqpoll.SYSTEM), source="kernel/signal.c:complete_signal",
           expect=holds())
def SIGKILL_to_the_owner_reaches_a_running_worker_of_its_group_and_no_other(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """The group is killed once; kthreads and the series' process are not of it."""
    reached = bool(before.thread and (before.run == WorkerRun.RUNNING or loops(before)))
    pending = after.pending == (before.pending or reached)
    told = pending and (not has(after, "sent") or after.sent == (before.sent or reached))
    fine = told and after.killed and only(before, after, "killed", "sent", "pending")
    return Claim(before.killed != after.killed, bool(fine))


@some_step(
    "Tbrd",
    of=(sqpoll.SYSTEM, cgroup_freezer.SYSTEM, io_wq_exit.SYSTEM, vhost_worker.SYSTEM),
    source="kernel/signal.c:complete_signal",
    expect=holds(),
)
def a_process_can_be_killed_at_any_time(_kernel: Kernel, before: World, after: World) -> Claim:
    """Once."""
    return Claim(not before.killed, bool(after.killed))


@each_step("T8b", of=_FLUSHED, source="drivers/vhost/vhost.c:vhost_dev_cleanup", expect=holds())
def a_release_begins_when_the_last_who_has_the_file_closes_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A killed owner that has it, out of any ioctl; or the process that it was passed to."""
    mine = before.killed and before.made and not (before.flushing or after.owner_trapped)
    here = "away" if before.owner_away else "home"
    own = mine and only(before, after, "closing", "owner_trapped", f"{here}_says")
    other = not before.other_frozen and begins_to_wait(before, after, "closing")
    fine = after.closing and (other if before.passed else own)
    return Claim(before.closing != after.closing, bool(fine))


@each_step("T8c", of=_FLUSHED, source=_STOP, expect=holds())
def a_release_is_over_when_the_worker_is_gone(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """wait_for_completion()."""
    fine = before.closing and before.worker_gone and after.closed
    return Claim(before.closed != after.closed, bool(fine) and alone(before, after, "closed"))


@each_step("T8d", of=_FLUSHED, source="kernel/vhost_task.c:vhost_task_fn", expect=holds())
def a_worker_ends_out_of_the_trap_stopped_or_killed(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """By SIGKILL as a thread since v6.10; it does what is flushed before it goes."""
    killed = before.killed and before.thread and kernel[VHOST_SIGKILL] is True
    free = loops(before) and bool(before.closing or killed) and after.worker_gone
    here = "away" if before.worker_away else "home"
    said = before.kthread or says_the_truth(after, here)
    quiet = only(before, after, "worker_gone", "flushing", f"{here}_says")
    return Claim(before.worker_gone != after.worker_gone, bool(free and said and quiet))


@some_step("T8i", of=_FLUSHED, source=_SET_OWNER, expect=holds())
def an_owner_that_is_awake_can_open_flush_and_give_away_its_device(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Once a worker is there it can be flushed; before, it can be made."""
    there = before.made and not before.worker_gone
    able = awake(before) and not before.passed and (there or not before.made)
    return Claim(bool(able), bool(after.flushing if there else after.made))


@some_step("T8j", of=_FLUSHED, source="net/core/scm.c:scm_detach_fds", expect=holds())
def an_owner_that_is_awake_can_give_the_file_away(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """While it has it."""
    return Claim(bool(before.made and awake(before) and not before.passed), bool(after.passed))


@some_step("Tsu9", of=_FLUSHED, source="kernel/vhost_task.c:vhost_task_fn", expect=holds())
def a_worker_that_runs_can_do_what_others_wait_for(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A flush, or its end for a release."""
    waited = before.flushing or before.closing
    does = not after.flushing if before.flushing else bool(after.worker_gone)
    return Claim(bool(waited) and loops(before), does)


@some_step("Tsua", of=_FLUSHED, source="fs/open.c:filp_close", expect=holds())
def who_was_given_the_file_can_close_it_and_comes_back_when_the_worker_is_gone(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whatever became of the owner; it runs until the refrigerator has it."""
    begins = before.passed and not (before.closing or before.other_frozen)
    able = before.worker_gone and not before.closed if before.closing else begins
    return Claim(bool(able), bool(after.closed if before.closing else after.closing))
