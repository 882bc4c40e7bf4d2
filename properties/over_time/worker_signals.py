"""Workers over time: the signals that they take, and what workers make."""

from __future__ import annotations

from model.algebra import both, no
from model.kernel import Kernel
from model.over_time import sqpoll, worker_signals
from model.over_time.places import Sqpoll
from model.over_time.world import World
from model.patches import (
    FORK_OWNER,
    IO_THREAD,
    IO_THREAD_GATE,
    WORKER_MASK_KEPT,
    WORKERS_ARE_THREADS,
)
from properties.claim import Claim, fails, holds
from properties.over_time.claim import ends, invariant

_TRACED = fails(since=IO_THREAD, until=WORKER_MASK_KEPT)
"""Since a worker may be traced, until ptrace() leaves its mask alone."""


@invariant(
    "P53",
    of=worker_signals.SYSTEM,
    source="kernel/signal.c:get_signal; cabc249e6560",
    expect=_TRACED,
)
def a_worker_takes_no_signal_but_SIGKILL_and_SIGSTOP(
    _kernel: Kernel, state: World
) -> Claim:
    """It blocks or ignores them, or never looks; unless a tracer changed its mask."""
    return Claim(state.made, no(state.took))


@ends(
    "P53h",
    of=worker_signals.SYSTEM,
    source="kernel/signal.c:get_signal; cabc249e6560",
    expect=_TRACED,
)
def a_signal_that_a_process_handles_is_handled_whatever_workers_it_has(
    _kernel: Kernel, state: World
) -> Claim:
    """A worker that took it ran no handler: the signal was lost."""
    return Claim(both(state.signalled, no(state.sigstop)), state.handled)


@ends(
    "P53s",
    of=worker_signals.SYSTEM,
    source="f9010dbdce91; kernel/signal.c:do_signal_stop",
    expect=holds(since=WORKERS_ARE_THREADS, until=FORK_OWNER),
)
def stopping_a_process_stops_its_vhost_worker(_kernel: Kernel, state: World) -> Claim:
    """Kthreads and the series' process are not of the group."""
    vhost = both(state.made, no(state.io), state.sigstop, no(state.took), no(state.closing))
    return Claim(vhost, both(state.main_stopped, state.worker_stopped))


@ends(
    "P53c",
    of=worker_signals.SYSTEM,
    source="f9010dbdce91; kernel/vhost_task.c:vhost_task_stop",
    expect=fails(since=WORKERS_ARE_THREADS),
)
def releasing_a_device_ends_though_its_owner_is_stopped(_kernel: Kernel, state: World) -> Claim:
    """False since v6.4: the worker stops with its process, and the closer waits for SIGCONT."""
    return Claim(both(state.closing, no(state.took)), state.worker_gone)


@invariant(
    "P57H",
    of=sqpoll.SYSTEM,
    source="kernel/fork.c:create_io_thread; io_uring/sqpoll.c",
    expect=holds(needs=IO_THREAD),
)
def what_a_worker_makes_is_a_worker(_kernel: Kernel, state: World) -> Claim:
    """An SQPOLL thread makes io workers: marked, masked, threads, whatever flags it has."""
    return Claim(state.made, both(state.flagged, state.masked, state.thread))


@invariant(
    "P57s",
    of=sqpoll.SYSTEM,
    source="2d7f0b392219; kernel/fork.c:create_io_thread",
    expect=fails(since=IO_THREAD, until=IO_THREAD_GATE),
)
def a_worker_past_its_fatal_signal_makes_no_worker(_kernel: Kernel, state: World) -> Claim:
    """get_signal() took SIGKILL, so fatal_signal_pending() is false: cancelling made one."""
    return Claim(True, no(state.made_late))


@ends(
    "P57e",
    of=sqpoll.SYSTEM,
    source="io_uring/io_uring.c:io_uring_cancel_generic",
    expect=holds(needs=IO_THREAD),
)
def a_killed_SQPOLL_thread_and_all_its_workers_end(
    _kernel: Kernel, state: World
) -> Claim:
    """A late worker has no SIGKILL of its own; its queue tells it to exit."""
    alive = no(state.sq == int(Sqpoll.NONE))
    return Claim(both(state.killed, alive), sqpoll.over(state))
