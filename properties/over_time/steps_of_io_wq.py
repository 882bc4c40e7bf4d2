"""When io-wq wants a worker, and when that ends, said once for each scope of io_uring."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time import coredump, de_thread, sqpoll
from model.over_time.places import Execve, Sqpoll, Thread
from model.over_time.world import World
from model.patches import IO_THREAD
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, worker
from properties.over_time.workers import has

_QUEUE = "io_uring/io-wq.c:io_queue_worker_create"
_QUEUED = (de_thread.SYSTEM, coredump.SYSTEM, sqpoll.SYSTEM)
_SINCE = holds(needs=IO_THREAD)


def _may_be_wanted(state: World) -> bool:
    """Return whether there is work that blocks, no worker, and who could make one."""
    sq = not has(state, "sq") or state.sq in (Sqpoll.LOOPS, Sqpoll.LEAVES)
    there = sq and state.second != Thread.GONE and not state.cancelled
    return bool(state.blocking and not state.made and there)


@each_step("T75", of=_QUEUED, source=_QUEUE, expect=_SINCE)
def io_wq_wants_a_worker_only_for_work_that_was_submitted_before_the_cancelling(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """And while it has none; submitting is the process's own, before it executes."""
    submits, wants = happens(before, after, "blocking"), happens(before, after, "task_work")
    fine = before.execve == Execve.NO if submits else _may_be_wanted(before)
    return Claim(submits or wants, bool(fine) and len(changed(before, after)) == 1)


@some_step("T7d", of=_QUEUED, source=_QUEUE, expect=_SINCE)
def a_worker_can_be_wanted_while_there_is_work_and_none(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Whoever executes, dumps or leaves, until io_uring is cancelled."""
    able = kernel[IO_THREAD] is True and _may_be_wanted(before)
    return Claim(able and not before.task_work, bool(after.task_work))


@some_step("Tbrc", of=(sqpoll.SYSTEM, de_thread.SYSTEM), source="io_uring/io-wq.c:io_wq_worker",
           expect=_SINCE)
def an_io_worker_that_is_killed_or_told_to_exit_ends(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """In the trap or out of it; one that was made late is told."""
    lives = worker(before) in (Thread.LIVE, Thread.KILLED)
    return Claim(bool(lives and (before.pending or before.cancelled)), bool(after.worker_gone))
