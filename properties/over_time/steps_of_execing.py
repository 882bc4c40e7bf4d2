"""What execve() does to worker threads, half-step by half-step."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.execing import SYSTEM, Exec, Execing, Thread
from model.patches import (
    EXEC_CANCELS_FIRST,
    EXEC_COUNTS_WORKERS,
    IO_THREAD,
    VHOST_SIGKILL,
    WORKERS_ARE_THREADS,
)
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only

_EXEC = "fs/exec.c:begin_new_exec"
_IO = holds(needs=IO_THREAD)


@each_step("T70", of=SYSTEM, source=_EXEC, expect=holds())
def execve_goes_through_its_half_steps_in_order(
    kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """io_uring is cancelled on the way: before de_thread() kills since 2024, after it before."""
    moved = before.phase != after.phase
    first = kernel[EXEC_CANCELS_FIRST] is not True or before.cancelled
    counted = not before.worker_counted and not before.io_counted
    needs = {
        Exec.NO: changed(before, after) == {"phase"},
        Exec.BEGUN: bool(first),
        Exec.WAITS: counted and changed(before, after) == {"phase"},
        Exec.ALONE: bool(before.cancelled) and changed(before, after) == {"phase"},
    }
    return Claim(moved, after.phase == before.phase + 1 and needs[Exec(int(before.phase))])


@each_step("T71", of=SYSTEM, source="kernel/signal.c:zap_other_threads", expect=holds())
def de_thread_kills_each_thread_of_the_group_and_waits_for_whom_it_counts(
    kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """v6.4 to v6.9 did not count vhost workers; a kthread is no thread of the group."""
    zaps = before.phase == Exec.BEGUN and after.phase == Exec.WAITS
    thread = before.worker == Thread.LIVE and bool(before.worker_is_thread)
    io = before.io == Thread.LIVE
    counts = kernel[EXEC_COUNTS_WORKERS] is True or kernel[WORKERS_ARE_THREADS] is not True
    worker = after.worker == (Thread.KILLED if thread else before.worker)
    fine = worker and after.io == (Thread.KILLED if io else before.io)
    counted = after.worker_counted == (thread and counts) and after.io_counted == io
    rest = ("phase", "worker", "worker_counted", "io", "io_counted")
    return Claim(zaps, bool(fine and counted) and only(before, after, *rest))


@each_step("T72", of=SYSTEM, source="io_uring/io_uring.c:__io_uring_cancel", expect=holds())
def io_uring_is_cancelled_once_by_execve_and_leaves_nothing_queued(
    kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """Task work that was queued runs and may make a worker; it waits for one in the trap."""
    cancels = before.cancelled != after.cancelled
    when = Exec.BEGUN if kernel[EXEC_CANCELS_FIRST] is True else Exec.ALONE
    asleep = before.io == Thread.LIVE and before.io_trapped
    left = after.ring or after.wanted
    late = before.wanted and before.io == Thread.NONE
    io = after.io == (Thread.LIVE if late else before.io)
    alone = only(before, after, "cancelled", "ring", "wanted", "io")
    fine = before.phase == when and after.cancelled and not asleep and not left and io
    return Claim(cancels, bool(fine) and alone)


@each_step("T73", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_fn", expect=holds())
def a_worker_thread_lives_is_killed_and_is_gone(
    kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """Gone is gone: it is counted no more and sleeps nowhere."""
    moved = [
        (int(getattr(before, name)), int(getattr(after, name)), name)
        for name in ("worker", "io")
        if getattr(before, name) != getattr(after, name)
    ]
    told = before.io == Thread.LIVE and before.cancelled
    steps = {(0, 1): True, (1, 2): before.phase == Exec.BEGUN, (2, 3): True, (1, 3): told}
    fine = all(bool(steps.get((old, new), False)) for old, new, _ in moved)
    ended = [name for _, new, name in moved if new == Thread.GONE]
    counted = any(getattr(after, f"{name}_counted") for name in ended)
    trapped = "io" in ended and bool(after.io_trapped)
    alone = not ended or (
        len(moved) == 1 and only(before, after, "worker", "worker_counted")
    ) or only(before, after, "io", "io_counted", "io_trapped")
    return Claim(bool(moved), fine and not counted and not trapped and alone)


@each_step("T74", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds())
def a_vhost_worker_is_made_once_by_a_process_that_does_not_execute(
    kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """A thread since v6.4; what it is does not change."""
    made = before.worker != after.worker == Thread.LIVE
    fine = before.worker == Thread.NONE and before.phase == Exec.NO
    thread = after.worker_is_thread == (kernel[WORKERS_ARE_THREADS] is True)
    kept = only(before, after, "worker", "worker_is_thread")
    return Claim(made or before.worker_is_thread != after.worker_is_thread,
                 made and fine and thread and kept)


@each_step("T75", of=SYSTEM, source="io_uring/io-wq.c:io_queue_worker_create", expect=_IO)
def io_wq_wants_a_worker_only_for_work_that_was_submitted_before_the_cancelling(
    _kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """And while it has none; submitting is the process's own, before it executes."""
    ring, wants = happens(before, after, "ring"), happens(before, after, "wanted")
    fine = before.phase == Exec.NO if ring else (
        before.ring and not before.cancelled and before.io == Thread.NONE
    )
    return Claim(ring or wants, bool(fine) and len(changed(before, after)) == 1)


@each_step("T76", of=SYSTEM, source="io_uring/io-wq.c:create_worker_cb", expect=_IO)
def an_io_worker_comes_of_queued_task_work_which_is_done_then(
    _kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """On the way back to user space, or in the cancelling."""
    made = before.io != after.io == Thread.LIVE
    user = before.phase == Exec.NO and changed(before, after) == {"io", "wanted"}
    cancels = happens(before, after, "cancelled")
    fine = before.wanted and not after.wanted and before.io == Thread.NONE
    return Claim(made, bool(fine) and (user or cancels))


@each_step("T77", of=SYSTEM, source="kernel/signal.c:do_freezer_trap", expect=_IO)
def an_io_worker_is_trapped_alive_in_a_cgroup_that_freezes(
    _kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """Not once io_uring was cancelled: it is told to exit."""
    trapped = happens(before, after, "io_trapped")
    fine = before.freeze and before.io == Thread.LIVE and not before.cancelled
    return Claim(trapped, bool(fine) and changed(before, after) == {"io_trapped"})


@each_step("T78", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_freeze", expect=_IO)
def telling_the_cgroup_to_freeze_changes_nothing_else(
    _kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """Here it is never thawed."""
    told = before.freeze != after.freeze
    return Claim(told, bool(after.freeze) and changed(before, after) == {"freeze"})


@some_step("T79", of=SYSTEM, source="io_uring/io-wq.c:io_wq_worker", expect=_IO)
def an_io_worker_that_is_killed_or_told_to_exit_can_end(
    _kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """In the trap or out of it, whatever else is under way."""
    told = before.io == Thread.LIVE and bool(before.cancelled)
    return Claim(before.io == Thread.KILLED or told, after.io == Thread.GONE)


@some_step("T7a", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_fn",
           expect=holds(needs=VHOST_SIGKILL))
def a_vhost_worker_that_de_thread_killed_can_end(
    kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """Since v6.10 it takes SIGKILL."""
    killed = before.worker == Thread.KILLED and kernel[VHOST_SIGKILL] is True
    return Claim(killed, after.worker == Thread.GONE)


@some_step("T7b", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds())
def a_process_that_does_not_execute_can_open_a_device_and_execute(
    _kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """In either order, with work in io_uring or without."""
    fresh = before.phase == Exec.NO and before.worker == Thread.NONE
    return Claim(fresh, after.worker == Thread.LIVE)


@some_step("T7c", of=SYSTEM, source="io_uring/io_uring.c:io_submit_sqes", expect=_IO,
           cases=("ring", "freeze"))
def work_can_be_submitted_and_the_cgroup_frozen_at_any_time_before(
    kernel: Kernel, before: Execing, after: Execing, name: str
) -> Claim:
    """Until the process executes."""
    free = before.phase == Exec.NO and not getattr(before, name)
    return Claim(free and kernel[IO_THREAD] is True, bool(getattr(after, name)))


@some_step("T7d", of=SYSTEM, source="io_uring/io-wq.c:io_queue_worker_create", expect=_IO)
def a_worker_can_be_wanted_while_there_is_work_and_none(
    _kernel: Kernel, before: Execing, after: Execing
) -> Claim:
    """Though the process executes, until io_uring is cancelled."""
    free = before.ring and not before.wanted and not before.cancelled
    return Claim(bool(free) and before.io == Thread.NONE, bool(after.wanted))
