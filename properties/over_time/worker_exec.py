"""Workers over time: execve(), core dumps, tries to make one."""

from __future__ import annotations

from model.algebra import both, either, no, signed_below
from model.kernel import Kernel
from model.over_time import coredump, de_thread, io_wq_exit, io_wq_retry
from model.over_time.places import Dump, Execve
from model.over_time.steps import vhost_task
from model.over_time.world import World
from model.patches import (
    EXEC_CANCELS_FIRST,
    EXEC_COUNTS_WORKERS,
    IO_THREAD,
    IO_THREAD_GATE,
    IO_WQ_RETRIES,
    IO_WQ_RETRY_LIMIT,
    WORKER_MASK_KEPT,
    WORKERS_ARE_THREADS,
)
from properties.claim import Claim, fails, holds
from properties.over_time.claim import ends, invariant


@invariant(
    "P60",
    of=de_thread.SYSTEM,
    source="240a1853b4d2; fs/exec.c:de_thread",
    expect=fails(since=WORKERS_ARE_THREADS, until=EXEC_COUNTS_WORKERS),
)
def after_de_thread_no_vhost_thread_of_the_group_lives(_kernel: Kernel, state: World) -> Claim:
    """v6.4 to v6.9 did not wait for it, and it works on until the device is released."""
    working = both(state.vhost_thread, de_thread.vhost_lives(state))
    return Claim(de_thread.alone(state), no(working))


@invariant(
    "P60i",
    of=de_thread.SYSTEM,
    source="016649f2aacf; fs/exec.c:begin_new_exec",
    expect=holds(since=EXEC_CANCELS_FIRST, needs=IO_THREAD),
)
def after_de_thread_no_io_worker_lives(_kernel: Kernel, state: World) -> Claim:
    """Cancelling io_uring runs task work, which may still make one."""
    done = both(de_thread.alone(state), state.cancelled, state.made)
    return Claim(done, no(vhost_task.is_there(state)))


@ends("P60e", of=de_thread.SYSTEM, source="fs/exec.c:de_thread", expect=holds())
def execve_comes_to_an_end(_kernel: Kernel, state: World) -> Claim:
    """Whatever de_thread() waits for ends; its cgroup is not to freeze."""
    begun = both(no(state.execve == int(Execve.NO)), no(state.freeze))
    return Claim(begun, state.execve == int(Execve.DONE))


@ends(
    "P60f",
    of=de_thread.SYSTEM,
    source="016649f2aacf; io_uring/io-wq.c:io_wq_exit_workers",
    expect=fails(since=EXEC_CANCELS_FIRST, needs=IO_THREAD),
)
def execve_comes_to_an_end_though_its_cgroup_is_to_freeze(
    _kernel: Kernel, state: World
) -> Claim:
    """False since io_uring is cancelled first: it waits for a worker that sleeps in the trap.

    Before that de_thread() had killed the worker, and SIGKILL leads out of the trap.
    """
    begun = both(no(state.execve == int(Execve.NO)), state.freeze)
    return Claim(begun, state.execve == int(Execve.DONE))


@invariant(
    "P61",
    of=coredump.SYSTEM,
    source="2d7f0b392219; kernel/exit.c:coredump_task_exit",
    expect=fails(since=IO_THREAD, until=IO_THREAD_GATE),
)
def only_counted_threads_report_to_a_core_dump(kernel: Kernel, state: World) -> Claim:
    """A thread that leaves by exit(2) could make a worker that nobody counted, past its report."""
    dumps = no(state.dump == int(Dump.NO))
    early = both(state.dump == int(Dump.DONE), coredump.a_counted_thread_runs(kernel, state))
    return Claim(dumps, both(no(signed_below(state.awaited, 0)), no(early)))


@ends(
    "P61e",
    of=coredump.SYSTEM,
    source="fd37b884003c; fs/coredump.c:coredump_wait",
    expect=holds(),
)
def a_core_dump_comes_to_an_end(_kernel: Kernel, state: World) -> Claim:
    """Every thread that was counted reports, by the same flags."""
    waits = both(state.dump == int(Dump.WAITS), no(signed_below(state.awaited, 0)))
    return Claim(waits, state.dump == int(Dump.DONE))


@invariant(
    "P56",
    of=coredump.SYSTEM,
    source="cabc249e6560; kernel/ptrace.c:ptrace_request",
    expect=holds(since=WORKER_MASK_KEPT, needs=IO_THREAD),
)
def a_workers_signal_mask_never_changes(_kernel: Kernel, state: World) -> Claim:
    """A tracer could set it as on any thread."""
    return Claim(state.made, state.masked)


@invariant(
    "P62",
    of=coredump.SYSTEM,
    source="cabc249e6560; kernel/signal.c:get_signal",
    expect=holds(since=WORKER_MASK_KEPT, needs=IO_THREAD),
)
def a_worker_never_begins_a_core_dump(_kernel: Kernel, state: World) -> Claim:
    """It takes no signal but SIGKILL and SIGSTOP, as long as its mask stays."""
    return Claim(both(state.made, no(state.dump == int(Dump.NO))), no(state.worker_dumps))


@ends(
    "P67",
    of=io_wq_retry.SYSTEM,
    source="3146cba99aa2; io_uring/io-wq.c:io_should_retry_thread",
    expect=fails(since=IO_WQ_RETRIES, until=IO_WQ_RETRY_LIMIT, needs=IO_THREAD),
)
def making_an_io_worker_comes_to_an_end(_kernel: Kernel, state: World) -> Claim:
    """It is made, or given up; not tried for ever against a full RLIMIT_NPROC."""
    return Claim(state.blocking, either(state.made, state.gave_up))


@ends(
    "P60x",
    of=io_wq_exit.SYSTEM,
    source="io_uring/io-wq.c:io_wq_exit_workers",
    expect=fails(since=IO_THREAD),
)
def a_thread_that_leaves_ends_though_its_io_worker_is_to_freeze(
    _kernel: Kernel, state: World
) -> Claim:
    """False since io workers are threads: it waits, uninterruptibly, for one in the trap."""
    return Claim(state.leaves, state.owner_gone)


@ends("P60k", of=io_wq_exit.SYSTEM, source="kernel/signal.c:get_signal", expect=holds())
def killing_a_process_ends_its_leaving_threads(_kernel: Kernel, state: World) -> Claim:
    """SIGKILL leads the worker out of the trap, frozen or not."""
    return Claim(state.killed, state.owner_gone)
