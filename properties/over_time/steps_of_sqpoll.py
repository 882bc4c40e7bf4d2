"""What SQPOLL threads, the io workers that they make, and SIGKILL do, step by step."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.places import Sqpoll, Thread
from model.over_time.sqpoll import SYSTEM
from model.over_time.world import World
from model.patches import IO_THREAD, IO_THREAD_GATE, USER_WORKER
from model.words import PF_IO_WORKER, PF_SIGNALED, PF_USER_WORKER
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only, worker

_CREATE = "io_uring/io-wq.c:create_worker_cb"
_CANCEL = "io_uring/io_uring.c:io_uring_cancel_generic"
_SQ = "io_uring/sqpoll.c:io_sq_thread"
_SINCE = holds(needs=IO_THREAD)
_KIND = ("worker_flags", "thread", "masked", "flagged", "made_late")
_BRED = ("task_work", "made", *_KIND)


def _lives(state: World) -> bool:
    """Return whether the io worker runs, killed or not."""
    return worker(state) in (Thread.LIVE, Thread.KILLED)


def _known(kernel: Kernel) -> bool:
    return kernel[IO_THREAD] is True


def _marked(kernel: Kernel, flags: int) -> bool:
    """Return whether a task has the flags of a worker, PF_USER_WORKER where there is such one."""
    user = kernel[USER_WORKER] is not True or bool(flags & PF_USER_WORKER)
    return bool(flags & PF_IO_WORKER) and user


def _refused(kernel: Kernel, state: World) -> bool:
    """Return whether create_io_thread() refuses: a fatal signal, or past one since 2d7f0b392219."""
    pending = state.sq == Sqpoll.LOOPS and bool(state.killed)
    return bool(pending or (state.sq == Sqpoll.LEAVES and kernel[IO_THREAD_GATE] is True))


def _runs_task_work(state: World) -> bool:
    """Return whether the SQPOLL thread runs what is queued, in its loop or as it cancels."""
    leaving = state.sq == Sqpoll.LEAVES and not state.cancelled
    return bool(state.task_work and (state.sq == Sqpoll.LOOPS or leaving))


@each_step("Tbr1", of=SYSTEM, source=_SQ, expect=_SINCE)
def an_SQPOLL_thread_is_made_marked_leaves_killed_and_ends_without_workers(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """get_signal() marks it PF_SIGNALED; it ends once io_uring is cancelled."""
    way = int(before.sq), int(after.sq)
    flags = int(after.sq_flags)
    marked = _marked(kernel, flags) and not flags & PF_SIGNALED
    signaled = flags == int(before.sq_flags) | PF_SIGNALED
    fine = {
        (0, 1): not before.killed and marked and only(before, after, "sq", "sq_flags"),
        (1, 2): before.killed and signaled and only(before, after, "sq", "sq_flags"),
        (2, 3): before.cancelled and not _lives(before) and only(before, after, "sq"),
    }
    told = changed(before, after) & {"sq", "sq_flags"}
    return Claim(bool(told), bool(fine.get(way, False)))


@each_step("Tbr3", of=SYSTEM, source="2d7f0b392219; kernel/fork.c:create_io_thread",
           expect=_SINCE)
def a_worker_is_bred_by_task_work_of_one_that_may_and_is_marked_as_its_maker(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Its flags are its maker's, PF_SIGNALED too; it is late if its maker was on its way out."""
    bred = before.made != after.made
    told = bool(changed(before, after) & set(_KIND))
    able = _runs_task_work(before) and not _refused(kernel, before)
    kind = after.thread and after.masked and after.flagged
    flags = after.worker_flags == before.sq_flags and bool(after.made and kind)
    late = bool(after.made_late) == (before.sq == Sqpoll.LEAVES)
    return Claim(bred or told, bred and able and flags and late and not after.task_work
                 and only(before, after, *_BRED))


@each_step("Tbr4", of=SYSTEM, source=_CREATE, expect=_SINCE)
def what_is_queued_is_bred_refused_or_dropped_by_the_cancel(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """A refusal changes nothing else; io_wq_cancel_tw_create() drops what is left."""
    over = happens(after, before, "task_work")
    bred = happens(before, after, "made")
    refused = _refused(kernel, before) and _runs_task_work(before)
    dropped = happens(before, after, "cancelled")
    return Claim(over, bred or dropped or (refused and changed(before, after) == {"task_work"}))


@each_step("Tbr6", of=SYSTEM, source=_CANCEL, expect=_SINCE)
def an_SQPOLL_thread_cancels_io_uring_once_out_of_its_loop_and_leaves_nothing_queued(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Its io-wq is told to exit."""
    told = before.cancelled != after.cancelled
    fine = before.sq == Sqpoll.LEAVES and after.cancelled and not after.task_work
    return Claim(told, bool(fine) and only(before, after, "cancelled", "task_work"))


@each_step("Tbr7", of=SYSTEM, source="io_uring/io-wq.c:io_wq_worker", expect=_SINCE)
def an_io_worker_ends_killed_or_when_its_queue_exits(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It is bred once."""
    ends = before.worker_gone != after.worker_gone
    told = before.pending or before.cancelled
    took = happens(after, before, "pending")
    fine = _lives(before) and worker(after) is Thread.GONE and told and not after.pending
    return Claim(ends or took, bool(fine) and only(before, after, "worker_gone", "pending"))


@some_step("Tbr8", of=SYSTEM, source=_SQ, expect=_SINCE)
def an_SQPOLL_thread_can_be_made_and_comes_to_its_end_once_killed(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """When io_uring is cancelled and its worker is gone."""
    able = {
        Sqpoll.NONE: not before.killed,
        Sqpoll.LOOPS: bool(before.killed),
        Sqpoll.LEAVES: before.cancelled and not _lives(before),
        Sqpoll.GONE: False,
    }
    place = Sqpoll(int(before.sq))
    return Claim(_known(kernel) and bool(able[place]), after.sq == place + 1)


@some_step("Tbr9", of=SYSTEM, source=_CREATE, expect=_SINCE)
def what_is_queued_is_bred_where_nothing_forbids_it(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """And else refused, so that nobody waits for it."""
    refused = _refused(kernel, before)
    bred = after.made != refused
    done = not after.task_work and not happens(before, after, "cancelled")
    return Claim(_runs_task_work(before), bred and done)


@some_step("Tbrb", of=SYSTEM, source=_CANCEL, expect=_SINCE)
def a_leaving_SQPOLL_thread_can_cancel_io_uring_whatever_is_queued(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Once."""
    able = before.sq == Sqpoll.LEAVES and not before.cancelled
    return Claim(bool(able), bool(after.cancelled))
