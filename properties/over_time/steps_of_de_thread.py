"""What execve() does to worker threads, half-step by half-step."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.de_thread import SYSTEM
from model.over_time.places import Execve, Thread
from model.over_time.world import World
from model.patches import (
    EXEC_CANCELS_FIRST,
    IO_THREAD,
    VHOST_SIGKILL,
    WORKERS_ARE_THREADS,
)
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only, worker
from properties.over_time.workers import vhost_is_counted

_EXEC = "fs/exec.c:begin_new_exec"
_IO = holds(needs=IO_THREAD)


@each_step("T70", of=SYSTEM, source=_EXEC, expect=holds())
def execve_goes_through_its_half_steps_in_order(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """io_uring is cancelled on the way: before de_thread() kills since 2024, after it before."""
    moved = before.execve != after.execve
    first = kernel[EXEC_CANCELS_FIRST] is not True or before.cancelled
    counted = before.awaited == 0
    needs = {
        Execve.NO: changed(before, after) == {"execve"},
        Execve.BEGUN: bool(first),
        Execve.WAITS: counted and changed(before, after) == {"execve"},
        Execve.ALONE: bool(before.cancelled) and changed(before, after) == {"execve"},
    }
    return Claim(moved, after.execve == before.execve + 1 and needs[Execve(int(before.execve))])


@each_step("T72", of=SYSTEM, source="io_uring/io_uring.c:__io_uring_cancel", expect=holds())
def io_uring_is_cancelled_once_by_execve_and_leaves_nothing_queued(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Task work that was queued runs and may make a worker; it waits for one in the trap."""
    cancels = before.cancelled != after.cancelled
    when = Execve.BEGUN if kernel[EXEC_CANCELS_FIRST] is True else Execve.ALONE
    asleep = worker(before) is Thread.LIVE and before.worker_trapped
    left = after.blocking or after.task_work
    io = bool(after.made) == bool(before.made or before.task_work)
    alone = only(before, after, "cancelled", "blocking", "task_work", "made")
    fine = before.execve == when and after.cancelled and not asleep and not left and io
    return Claim(cancels, bool(fine) and alone)


def _ends(kernel: Kernel, before: World, after: World, name: str) -> bool:
    """Return whether a worker ends by itself, awaited no more if it was counted."""
    vhost = name == "vhost"
    counted = vhost_is_counted(kernel) if vhost else bool(before.pending)
    gone = ("vhost",) if vhost else ("worker_gone", "pending", "worker_trapped")
    left = not vhost and (after.pending or after.worker_trapped)
    fine = after.awaited == before.awaited - counted and not left
    return bool(fine) and only(before, after, "awaited", *gone)


@each_step("T73", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_fn", expect=holds())
def a_worker_thread_lives_is_killed_and_is_gone(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Gone is gone: it is counted no more and sleeps nowhere."""
    ways = {
        "vhost": (int(before.vhost), int(after.vhost)),
        "io": (int(worker(before)), int(worker(after))),
    }
    moved = {name: way for name, way in ways.items() if way[0] != way[1]}
    told = worker(before) is Thread.LIVE and before.cancelled
    steps = {(0, 1): True, (1, 2): before.execve == Execve.BEGUN, (2, 3): True, (1, 3): told}
    fine = all(bool(steps.get(way, False)) for way in moved.values())
    ends = [name for name, (_, new) in moved.items() if new == Thread.GONE]
    return Claim(bool(moved), fine and all(_ends(kernel, before, after, one) for one in ends))


@each_step("T74", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds())
def a_vhost_worker_is_made_once_by_a_process_that_does_not_execute(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """A thread since v6.4; what it is does not change."""
    made = before.vhost != after.vhost == Thread.LIVE
    fine = before.vhost == Thread.NONE and before.execve == Execve.NO
    thread = after.vhost_thread == (kernel[WORKERS_ARE_THREADS] is True)
    kept = only(before, after, "vhost", "vhost_thread")
    return Claim(made or before.vhost_thread != after.vhost_thread,
                 made and fine and thread and kept)


@each_step("T76", of=SYSTEM, source="io_uring/io-wq.c:create_worker_cb", expect=_IO)
def an_io_worker_comes_of_queued_task_work_which_is_done_then(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """On the way back to user space, or in the cancelling."""
    made = before.made != after.made
    user = before.execve == Execve.NO and changed(before, after) == {"made", "task_work"}
    cancels = happens(before, after, "cancelled")
    fine = before.task_work and not after.task_work and after.made
    return Claim(made, bool(fine) and (user or cancels))


@each_step("T78", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_freeze", expect=_IO)
def telling_the_cgroup_to_freeze_changes_nothing_else(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Here it is never thawed."""
    told = before.freeze != after.freeze
    return Claim(told, bool(after.freeze) and changed(before, after) == {"freeze"})


@some_step("T7a", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_fn",
           expect=holds(needs=VHOST_SIGKILL))
def a_vhost_worker_that_de_thread_killed_can_end(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Since v6.10 it takes SIGKILL."""
    killed = before.vhost == Thread.KILLED and kernel[VHOST_SIGKILL] is True
    return Claim(killed, after.vhost == Thread.GONE)


@some_step("T7b", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds())
def a_process_that_does_not_execute_can_open_a_device_and_execute(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """In either order, with work in io_uring or without."""
    fresh = before.execve == Execve.NO and before.vhost == Thread.NONE
    return Claim(fresh, after.vhost == Thread.LIVE)


@some_step("T7c", of=SYSTEM, source="io_uring/io_uring.c:io_submit_sqes", expect=_IO,
           cases=("blocking", "freeze"))
def work_can_be_submitted_and_the_cgroup_frozen_at_any_time_before(
    kernel: Kernel, before: World, after: World, name: str
) -> Claim:
    """Until the process executes."""
    free = before.execve == Execve.NO and not getattr(before, name)
    return Claim(free and kernel[IO_THREAD] is True, bool(getattr(after, name)))
