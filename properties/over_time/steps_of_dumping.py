"""Who is counted by a core dump, who reports, and what each report does."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.dumping import SYSTEM, Dump, Dumping, Thread
from model.patches import (
    IO_THREAD,
    IO_THREAD_GATE,
    VHOST_SIGKILL,
    WORKER_MASK_KEPT,
    WORKERS_ARE_THREADS,
)
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only

_THREADS = ("main", "second", "vhost", "io")
_ZAP = "fs/coredump.c:zap_process"
_EXIT = "kernel/exit.c:coredump_task_exit"


def _went(before: Dumping, after: Dumping, old: Thread, new: Thread) -> list[str]:
    """Return which threads went from one state to another."""
    return [
        name
        for name in _THREADS
        if getattr(before, name) == old and getattr(after, name) == new
    ]


@each_step("T60", of=SYSTEM, source=_ZAP, expect=holds())
def a_dump_begins_once_and_counts_whom_it_kills(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """SIGKILL for every other living thread, but for vhost workers from v6.4 to v6.9."""
    begins = before.phase == Dump.NO != after.phase
    killed = _went(before, after, Thread.LIVE, Thread.KILLED)
    counts = after.phase == Dump.WAITS and after.remaining == len(killed)
    rest = ("phase", "remaining", "worker_dumps", *killed)
    return Claim(begins, bool(counts) and only(before, after, *rest))


@each_step("T61", of=SYSTEM, source=_ZAP, expect=holds())
def a_dump_kills_every_living_thread_but_the_one_that_dumps(
    kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """The main thread, unless a worker whose mask a tracer changed took the signal."""
    begins = before.phase == Dump.NO != after.phase
    dumper = "io" if happens(before, after, "worker_dumps") else "main"
    able = dumper == "main" or (before.worker_unmasked and before.io == Thread.LIVE)
    spared = {dumper} | ({"vhost"} if after.vhost != Thread.KILLED else set())
    lives = [name for name in _THREADS if getattr(before, name) == Thread.LIVE]
    all_ = all(getattr(after, name) == Thread.KILLED for name in lives if name not in spared)
    return Claim(begins, bool(able) and all_ and getattr(after, dumper) == Thread.LIVE)


@each_step("T62", of=SYSTEM, source=_EXIT, expect=holds())
def only_who_was_killed_by_the_dump_reports_and_each_once(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """A report is one less to wait for, and the thread is parked."""
    waits = before.phase == Dump.WAITS and before.remaining != after.remaining
    parked = changed(before, after) & set(_THREADS)
    one = before.remaining - after.remaining == 1 and len(parked) == 1
    there = all(
        getattr(before, name) != Thread.NONE and getattr(after, name) == Thread.PARKED
        for name in parked
    )
    return Claim(waits, one and there and only(before, after, "remaining", *parked))


@each_step("T63", of=SYSTEM, source=_EXIT, expect=holds())
def a_thread_that_parks_was_killed_or_left_by_itself(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """Before any dump only by exit(2), and nobody counts it; a late io worker ends untold."""
    parked = [
        name for name in _THREADS
        if getattr(before, name) != getattr(after, name) == Thread.PARKED
    ]
    left = before.leaving and before.phase == Dump.NO and before.second == Thread.LIVE
    fine = all(
        getattr(before, name) == Thread.KILLED
        or (name == "second" and left)
        or (
            name == "io"
            and before.io == Thread.LIVE
            and before.phase == Dump.WAITS
            and not before.worker_dumps
        )
        for name in parked
    )
    alone = len(parked) == 1 and only(before, after, "remaining", *parked)
    return Claim(bool(parked), fine and alone)


@each_step("T64", of=SYSTEM, source="fs/coredump.c:coredump_wait", expect=holds())
def the_core_is_written_when_nobody_is_awaited_any_more(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """And a process dumps once."""
    written = before.phase not in (Dump.NO, after.phase)
    fine = after.phase == Dump.DONE and before.phase == Dump.WAITS and before.remaining == 0
    return Claim(written, fine and changed(before, after) == {"phase"})


@each_step("T65", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def the_second_thread_leaves_once_and_while_it_lives(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """exit(2) makes it no signal, and is never undone."""
    leaves = before.leaving != after.leaving
    alone = changed(before, after) == {"leaving"}
    return Claim(leaves, before.second == Thread.LIVE and alone and bool(after.leaving))


@each_step("T66", of=SYSTEM, source="io_uring/io-wq.c:create_io_worker",
           expect=holds(needs=IO_THREAD))
def an_io_worker_is_made_by_a_task_in_good_health_or_by_queued_task_work(
    kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """The work that was queued is done with it; past its report only until v6.12's gate."""
    made = before.io != after.io and (after.io == Thread.LIVE or before.io == Thread.NONE)
    healthy = before.phase == Dump.NO and changed(before, after) == {"io"}
    late = before.queued and not after.queued and before.leaving
    gone = before.second == Thread.PARKED and kernel[IO_THREAD_GATE] is not True
    worked = late and gone and only(before, after, "io", "queued")
    alive = before.io == Thread.NONE and after.io == Thread.LIVE
    return Claim(bool(made), alive and bool(healthy or worked))


@each_step("T67", of=SYSTEM, source="io_uring/io-wq.c:io_queue_worker_create",
           expect=holds(needs=IO_THREAD))
def task_work_for_a_worker_is_queued_to_a_thread_that_still_runs(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """While there is no worker yet."""
    queued = happens(before, after, "queued")
    runs = before.second in (Thread.LIVE, Thread.KILLED) and before.io == Thread.NONE
    return Claim(queued, runs and changed(before, after) == {"queued"})


@each_step("T68", of=SYSTEM, source="kernel/ptrace.c:ptrace_request",
           expect=holds(needs=IO_THREAD & ~WORKER_MASK_KEPT))
def a_mask_is_changed_only_of_a_living_worker(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """PTRACE_SETSIGMASK, until ptrace() leaves workers alone."""
    changed_mask = before.worker_unmasked != after.worker_unmasked
    alone = changed(before, after) == {"worker_unmasked"}
    return Claim(changed_mask, before.io == Thread.LIVE and alone)


@each_step("T69", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner",
           expect=holds(needs=WORKERS_ARE_THREADS))
def a_vhost_worker_is_made_once_and_before_any_dump(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """As a thread of the process it is one that the dump meets."""
    made = before.vhost != after.vhost and after.vhost not in (Thread.KILLED, Thread.PARKED)
    fine = before.vhost == Thread.NONE and before.phase == Dump.NO
    return Claim(made, fine and after.vhost == Thread.LIVE and only(before, after, "vhost"))


@some_step("T6a", of=SYSTEM, source="fs/coredump.c:do_coredump", expect=holds())
def a_process_can_dump_core_at_any_time_once(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """By a signal that its main thread takes."""
    return Claim(before.phase == Dump.NO, after.phase == Dump.WAITS and not after.worker_dumps)


@some_step("T6b", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def a_leaving_thread_goes_past_its_report_while_nothing_dumps(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """PF_POSTCOREDUMP, which a later dump leaves out."""
    leaves = before.leaving and before.second == Thread.LIVE and before.phase == Dump.NO
    return Claim(bool(leaves), after.second == Thread.PARKED)


@some_step("T6c", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner",
           expect=holds(needs=WORKERS_ARE_THREADS))
def a_process_in_good_health_can_open_a_vhost_device(
    kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """Its worker is a thread since v6.4."""
    able = before.phase == Dump.NO and before.vhost == Thread.NONE
    return Claim(able and kernel[WORKERS_ARE_THREADS] is True, after.vhost == Thread.LIVE)


@some_step("T6d", of=SYSTEM, source=_EXIT, expect=holds(), cases=_THREADS)
def every_thread_that_was_killed_comes_to_its_report(
    kernel: Kernel, before: Dumping, after: Dumping, name: str
) -> Claim:
    """A vhost worker since v6.10, when it takes SIGKILL."""
    able = name != "vhost" or kernel[VHOST_SIGKILL] is True
    return Claim(able and getattr(before, name) == Thread.KILLED,
                 getattr(after, name) == Thread.PARKED)


@some_step("T6e", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def the_second_thread_can_call_exit_while_it_lives(
    _kernel: Kernel, before: Dumping, after: Dumping
) -> Claim:
    """exit(2) of one thread."""
    able = before.second == Thread.LIVE and not before.leaving
    return Claim(able, bool(after.leaving))
