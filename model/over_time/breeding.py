"""Breeding: what a worker makes is a worker, and a worker past its fatal signal makes none.

io_uring/sqpoll.c:io_sq_thread is itself a worker and runs the task work that makes workers of
io-wq (create_worker_cb), in its loop and once more while it cancels io_uring on its way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, either, no, when, when_word
from model.over_time import worker_calls
from model.over_time.step import Machine, Move, System, but
from model.patches import IO_THREAD
from model.records import BOOL, fact
from model.words import PF_SIGNALED

_CREATE = "io_uring/io-wq.c:create_worker_cb"


class Place(IntEnum):
    """Where a worker is."""

    NONE = 0
    LOOPS = 1
    LEAVES = 2
    """It took SIGKILL and is out of its loop."""
    GONE = 3


@dataclass(frozen=True, slots=True)
class Breeding:
    """A process with an SQPOLL thread and a worker that this thread makes."""

    sq: Word = fact(8, 0, "the SQPOLL thread", names="breed")
    sq_flags: Word = fact(32, 0, "its PF_ flags", names="pf")
    io: Word = fact(8, 0, "the io worker", names="breed")
    io_flags: Word = fact(32, 0, "its PF_ flags", names="pf")
    io_is_worker: Truth = fact(BOOL, False, "it is marked, masked and a thread as every worker")
    io_late: Truth = fact(BOOL, False, "its maker was past its fatal signal")
    queued: Truth = fact(BOOL, False, "task work to make an io worker waits")
    killed: Truth = fact(BOOL, False, "SIGKILL was sent to the group")
    io_pending: Truth = fact(BOOL, False, "SIGKILL is pending for the io worker")
    cancelled: Truth = fact(BOOL, False, "the SQPOLL thread has cancelled io_uring")


SYSTEM = System(
    name="breeding",
    about="workers that workers make",
    record=Breeding,
    tasks="one process, its SQPOLL thread and one io worker of this",
    start=lambda _machine: Breeding(),
)


def _at(place: Word, *places: Place) -> Truth:
    return either(*(place == int(one) for one in places))


@SYSTEM.step(at="io_uring/sqpoll.c:io_sq_offload_create", who="main", since=IO_THREAD)
def the_process_makes_a_ring_with_an_SQPOLL_thread(machine: Machine, state: Breeding) -> Move:
    """io_uring_setup() with IORING_SETUP_SQPOLL."""
    made = machine.ask(worker_calls.io_thread, 0, False)
    after = but(state, sq=int(Place.LOOPS), sq_flags=made.flags)
    ready = both(_at(state.sq, Place.NONE), no(state.killed))
    return Move(both(ready, made.errno == 0, made.marked), after)


@SYSTEM.step(at="io_uring/io-wq.c:io_queue_worker_create", who="io-wq", since=IO_THREAD)
def io_wq_wants_a_worker(_machine: Machine, state: Breeding) -> Move:
    """Task work for the SQPOLL thread, which submitted what blocks."""
    alive = _at(state.sq, Place.LOOPS, Place.LEAVES)
    ready = both(alive, no(state.queued), no(state.cancelled), _at(state.io, Place.NONE))
    return Move(ready, but(state, queued=True))


def _makes(machine: Machine, state: Breeding) -> Breeding:
    fatal = both(state.killed, _at(state.sq, Place.LOOPS))
    made = machine.ask(worker_calls.io_thread, state.sq_flags, fatal)
    ok = made.errno == 0
    worker = both(made.marked, made.blocks, made.thread)
    return but(
        state,
        queued=False,
        io=when_word(8, ok, int(Place.LOOPS), state.io),
        io_flags=when_word(32, ok, made.flags, state.io_flags),
        io_is_worker=when(ok, worker, state.io_is_worker),
        io_late=either(state.io_late, both(ok, _at(state.sq, Place.LEAVES))),
    )


@SYSTEM.step(at=_CREATE, who="SQPOLL thread", own=True, since=IO_THREAD)
def the_SQPOLL_thread_runs_the_task_work(machine: Machine, state: Breeding) -> Move:
    """create_io_thread() in a worker; refused while SIGKILL is pending."""
    ready = both(state.queued, _at(state.sq, Place.LOOPS))
    return Move(ready, _makes(machine, state))


@SYSTEM.step(at="kernel/signal.c:complete_signal", who="user")
def the_group_gets_SIGKILL(_machine: Machine, state: Breeding) -> Move:
    """Every thread that it has by now."""
    lives = _at(state.io, Place.LOOPS)
    return Move(no(state.killed), but(state, killed=True, io_pending=lives))


@SYSTEM.step(at="io_uring/sqpoll.c:io_sqd_handle_event", who="SQPOLL thread", own=True,
             since=IO_THREAD)
def the_SQPOLL_thread_takes_SIGKILL(_machine: Machine, state: Breeding) -> Move:
    """get_signal() marks it PF_SIGNALED, and nothing is pending for it any more."""
    ready = both(state.killed, _at(state.sq, Place.LOOPS))
    flags = state.sq_flags | PF_SIGNALED
    return Move(ready, but(state, sq=int(Place.LEAVES), sq_flags=flags))


@SYSTEM.step(at="io_uring/io_uring.c:io_uring_cancel_generic", who="SQPOLL thread", own=True,
             since=IO_THREAD)
def the_leaving_SQPOLL_thread_runs_the_task_work(machine: Machine, state: Breeding) -> Move:
    """Cancelling runs what is queued."""
    ready = both(state.queued, _at(state.sq, Place.LEAVES), no(state.cancelled))
    return Move(ready, _makes(machine, state))


@SYSTEM.step(at="io_uring/io_uring.c:io_uring_cancel_generic", who="SQPOLL thread", own=True,
             since=IO_THREAD)
def the_leaving_SQPOLL_thread_has_cancelled_io_uring(_machine: Machine, state: Breeding) -> Move:
    """Its io-wq is told to exit; what is still queued is dropped (io_wq_cancel_tw_create)."""
    ready = both(_at(state.sq, Place.LEAVES), no(state.cancelled))
    return Move(ready, but(state, cancelled=True, queued=False))


@SYSTEM.step(at="io_uring/io-wq.c:io_wq_worker", who="io worker", own=True, since=IO_THREAD)
def the_io_worker_ends(_machine: Machine, state: Breeding) -> Move:
    """On SIGKILL, or because its io-wq exits."""
    ready = both(_at(state.io, Place.LOOPS), either(state.io_pending, state.cancelled))
    return Move(ready, but(state, io=int(Place.GONE), io_pending=False))


@SYSTEM.step(at="io_uring/sqpoll.c:io_sq_thread", who="SQPOLL thread", own=True, since=IO_THREAD)
def the_SQPOLL_thread_ends(_machine: Machine, state: Breeding) -> Move:
    """do_exit(), once its io-wq is gone."""
    waits = _at(state.io, Place.LOOPS)
    ready = both(_at(state.sq, Place.LEAVES), state.cancelled, no(waits))
    return Move(ready, but(state, sq=int(Place.GONE)))


def over(state: Breeding) -> Truth:
    """Return whether no worker is left."""
    return both(
        _at(state.sq, Place.NONE, Place.GONE), _at(state.io, Place.NONE, Place.GONE)
    )
