"""Dumping: the rendezvous of a core dump, the flags it counts by, and who may begin one.

fs/coredump.c:zap_process, kernel/exit.c:coredump_task_exit, kernel/ptrace.c.  The process
has a main thread that dumps, a second thread, a vhost worker and an io worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, either, no, when_word
from model.over_time import calls, worker_calls
from model.over_time.step import Machine, Move, System, but
from model.over_time.steps.signal import spares_vhost_workers
from model.over_time.steps.vhost_task import ENDS_WHEN_KILLED
from model.patches import (
    IO_THREAD,
    IO_WORKER_FLAG_KEPT,
    VHOST_USES_TASK,
    WORKER_MASK_KEPT,
)
from model.records import BOOL, fact
from model.state import Task
from model.words import PF_POSTCOREDUMP

_ZAP = "fs/coredump.c:zap_process"
_EXIT = "kernel/exit.c:coredump_task_exit"


class Thread(IntEnum):
    """A thread of the dumping process."""

    NONE = 0
    LIVE = 1
    KILLED = 2
    """SIGKILL is pending."""
    PARKED = 3
    """Past coredump_task_exit(): it has reported if it was to, and waits if it was signalled."""


class Dump(IntEnum):
    """How far the dump got."""

    NO = 0
    WAITS = 1
    """For as many threads as zap_process() counted."""
    DONE = 2


@dataclass(frozen=True, slots=True)
class Dumping:
    """One process that dumps core."""

    phase: Word = fact(8, 0, "how far the dump got", names="dump")
    remaining: Word = fact(8, 0, "core_state->nr_threads: reports still awaited", signed=True)
    main: Word = fact(8, 1, "the main thread", names="thread")
    second: Word = fact(8, 1, "the second thread", names="thread")
    leaving: Truth = fact(BOOL, False, "the second thread called exit(2) by itself")
    vhost: Word = fact(8, 0, "the vhost worker", names="thread")
    io: Word = fact(8, 0, "the io worker", names="thread")
    queued: Truth = fact(BOOL, False, "task work to make an io worker waits for the second thread")
    worker_unmasked: Truth = fact(BOOL, False, "a tracer changed the mask of the io worker")
    worker_dumps: Truth = fact(BOOL, False, "a worker began the core dump")


SYSTEM = System(
    name="dumping",
    about="a core dump in a process with workers",
    record=Dumping,
    tasks="one process with two threads, a vhost worker and an io worker",
    start=lambda _machine: Dumping(),
)


def _is(thread: Word, *states: Thread) -> Truth:
    return either(*(thread == int(state) for state in states))


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_set_owner", who="main", since=VHOST_USES_TASK)
def the_process_opens_a_vhost_device(machine: Machine, state: Dumping) -> Move:
    """Only a worker that is a thread of the process matters here."""
    made = machine.ask(calls.vhost_worker, True, Task())
    ready = both(state.phase == int(Dump.NO), _is(state.vhost, Thread.NONE))
    return Move(both(ready, made.errno == 0, made.thread), but(state, vhost=int(Thread.LIVE)))


@SYSTEM.step(at="io_uring/io-wq.c:create_io_worker", who="second", since=IO_THREAD)
def the_process_makes_an_io_worker(machine: Machine, state: Dumping) -> Move:
    """create_io_thread() by a task in good health."""
    made = machine.ask(worker_calls.io_thread, 0, False).errno == 0
    ready = both(state.phase == int(Dump.NO), _is(state.io, Thread.NONE))
    return Move(both(ready, made), but(state, io=int(Thread.LIVE)))


@SYSTEM.step(at="io_uring/io-wq.c:io_queue_worker_create", who="io-wq", since=IO_THREAD)
def io_wq_queues_the_making_of_a_worker(_machine: Machine, state: Dumping) -> Move:
    """For the second thread, which submitted the work."""
    ready = both(_is(state.io, Thread.NONE), _is(state.second, Thread.LIVE, Thread.KILLED))
    return Move(both(ready, no(state.queued)), but(state, queued=True))


@SYSTEM.step(
    at="kernel/ptrace.c:ptrace_request", who="tracer", since=IO_THREAD, until=WORKER_MASK_KEPT
)
def a_tracer_sets_the_io_workers_mask(_machine: Machine, state: Dumping) -> Move:
    """PTRACE_SETSIGMASK, as on any thread."""
    ready = both(_is(state.io, Thread.LIVE), no(state.worker_unmasked))
    return Move(ready, but(state, worker_unmasked=True))


def _zap(machine: Machine, state: Dumping, dumper_is_io: Truth) -> Dumping:
    """Count and kill every thread but the dumper; v6.4 to v6.9 spared vhost workers."""
    second = _is(state.second, Thread.LIVE)
    io = both(_is(state.io, Thread.LIVE), no(dumper_is_io))
    vhost = _is(state.vhost, Thread.LIVE)
    counted_vhost = both(vhost, no(spares_vhost_workers(machine)))
    one = sum_of(second, io, counted_vhost, dumper_is_io)
    return but(
        state,
        phase=int(Dump.WAITS),
        remaining=one,
        main=when_word(8, dumper_is_io, int(Thread.KILLED), state.main),
        second=when_word(8, second, int(Thread.KILLED), state.second),
        io=when_word(8, io, int(Thread.KILLED), state.io),
        vhost=when_word(8, counted_vhost, int(Thread.KILLED), state.vhost),
        worker_dumps=either(state.worker_dumps, dumper_is_io),
    )


def sum_of(*truths: Truth) -> Word:
    """Return how many hold, as an 8-bit word."""
    total: Word = 0
    for truth in truths:
        total = total + when_word(8, truth, 1, 0)
    return total


@SYSTEM.step(at=_ZAP, who="main")
def the_main_thread_dumps_core(machine: Machine, state: Dumping) -> Move:
    """A signal whose default is to dump core."""
    return Move(state.phase == int(Dump.NO), _zap(machine, state, False))


@SYSTEM.step(at="kernel/signal.c:get_signal", who="io worker", since=IO_THREAD)
def the_io_worker_takes_a_signal_and_dumps_core(machine: Machine, state: Dumping) -> Move:
    """Only if its mask lets one through; main is then one of those that must report."""
    ready = both(state.phase == int(Dump.NO), state.worker_unmasked, _is(state.io, Thread.LIVE))
    return Move(ready, _zap(machine, state, True))


def _reports(state: Dumping, counted: Truth) -> Word:
    return state.remaining - when_word(8, counted, 1, 0)


@SYSTEM.step(at="kernel/exit.c:do_exit", who="second")
def the_second_thread_calls_exit(_machine: Machine, state: Dumping) -> Move:
    """exit(2): no signal, so it will not wait for the dump's end."""
    ready = both(_is(state.second, Thread.LIVE), no(state.leaving))
    return Move(ready, but(state, leaving=True))


@SYSTEM.step(at=_EXIT, who="second", own=True)
def the_second_thread_leaves_before_any_dump(_machine: Machine, state: Dumping) -> Move:
    """PF_POSTCOREDUMP: a dump that begins later does not count it."""
    ready = both(_is(state.second, Thread.LIVE), state.leaving, state.phase == int(Dump.NO))
    return Move(ready, but(state, second=int(Thread.PARKED)))


@SYSTEM.step(at=_EXIT, who="second", own=True)
def the_second_thread_reports(_machine: Machine, state: Dumping) -> Move:
    """It parks until the dump is over, unless it was leaving by itself."""
    after = but(state, second=int(Thread.PARKED), remaining=_reports(state, True))
    return Move(_is(state.second, Thread.KILLED), after)


@SYSTEM.step(at="io_uring/io-wq.c:create_worker_cb", who="second", since=IO_THREAD)
def the_leaving_second_thread_runs_task_work_and_makes_an_io_worker(
    machine: Machine, state: Dumping
) -> Move:
    """Past its report, cancelling io_uring; refused where create_io_thread() looks at flags."""
    made = machine.ask(worker_calls.io_thread, PF_POSTCOREDUMP, False).errno == 0
    past = both(state.leaving, _is(state.second, Thread.PARKED))
    ready = both(state.queued, past, _is(state.io, Thread.NONE))
    after = but(state, io=int(Thread.LIVE), queued=False)
    return Move(both(ready, made), after)


@SYSTEM.step(at=_EXIT, who="io worker", own=True, since=IO_THREAD)
def the_io_worker_exits(machine: Machine, state: Dumping) -> Move:
    """It reports, unless its flags make it look like a vhost worker (6.4 before fd37b884003c)."""
    dying = either(
        _is(state.io, Thread.KILLED),
        both(_is(state.io, Thread.LIVE), state.phase == int(Dump.WAITS), no(state.worker_dumps)),
    )
    looks_like_vhost = both(spares_vhost_workers(machine), no(machine[IO_WORKER_FLAG_KEPT]))
    counts = both(state.phase == int(Dump.WAITS), no(looks_like_vhost))
    after = but(state, io=int(Thread.PARKED), remaining=_reports(state, counts))
    return Move(dying, after)


@SYSTEM.step(at=_EXIT, who="vhost worker", own=True, since=ENDS_WHEN_KILLED)
def the_vhost_worker_exits(machine: Machine, state: Dumping) -> Move:
    """Since v6.10 it ends on SIGKILL, and reports as any thread."""
    counts = no(spares_vhost_workers(machine))
    after = but(state, vhost=int(Thread.PARKED), remaining=_reports(state, counts))
    return Move(_is(state.vhost, Thread.KILLED), after)


@SYSTEM.step(at=_EXIT, who="main", own=True)
def the_main_thread_reports_to_a_worker(_machine: Machine, state: Dumping) -> Move:
    """Where a worker dumps, main is a thread like any other."""
    after = but(state, main=int(Thread.PARKED), remaining=_reports(state, True))
    return Move(_is(state.main, Thread.KILLED), after)


@SYSTEM.step(at="fs/coredump.c:coredump_wait", who="dumper", own=True)
def the_core_is_written(_machine: Machine, state: Dumping) -> Move:
    """All that were counted have reported."""
    ready = both(state.phase == int(Dump.WAITS), state.remaining == 0)
    return Move(ready, but(state, phase=int(Dump.DONE)))


def a_counted_thread_runs(state: Dumping) -> Truth:
    """Return whether a thread that the dump counted has not reported yet."""
    threads = (state.main, state.second, state.vhost, state.io)
    return either(*(_is(thread, Thread.KILLED) for thread in threads))
