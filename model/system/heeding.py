"""Heeding: which signals a worker takes, and what becomes of those meant for its process.

kernel/signal.c:complete_signal and get_signal, kernel/vhost_task.c:vhost_task_fn,
io_uring/io-wq.c:io_wq_worker, io_uring/sqpoll.c:io_sqd_handle_event.  A loop that gets a
signal from get_signal() ends; vhost's of v6.4 to v6.9 goes on, and never looks again.  None of
them sets up a handler's frame.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, both, either, no
from model.patches import (
    FORK_OWNER,
    IO_THREAD,
    VHOST_SIGKILL,
    WORKER_MASK_KEPT,
    WORKERS_ARE_THREADS,
)
from model.records import BOOL, fact
from model.system import calls, worker_calls
from model.system.step import Machine, Move, System, but

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_SEND = "kernel/signal.c:send_signal_locked"
_GET = "kernel/signal.c:get_signal"


@dataclass(frozen=True, slots=True)
class Heeding:
    """A process with a handler for one signal, and one worker, of vhost or of io_uring."""

    made: Truth = fact(BOOL, False, "there is a worker")
    io: Truth = fact(BOOL, False, "it is io_uring's")
    user: Truth = fact(BOOL, False, "it is no kernel thread")
    thread: Truth = fact(BOOL, False, "it is a thread of the process")
    looks: Truth = fact(BOOL, False, "its loop calls get_signal()")
    masked: Truth = fact(BOOL, False, "it blocks all but SIGKILL and SIGSTOP")
    deaf: Truth = fact(BOOL, False, "it ignores every signal")
    pending: Truth = fact(BOOL, False, "the signal is pending for the process")
    sent: Truth = fact(BOOL, False, "the signal was sent to the process")
    handled: Truth = fact(BOOL, False, "the handler ran")
    poked: Truth = fact(BOOL, False, "the signal is pending for the worker alone")
    took: Truth = fact(BOOL, False, "the worker took the signal")
    left: Truth = fact(BOOL, False, "the worker left its loop for a signal")
    stop: Truth = fact(BOOL, False, "SIGSTOP was sent to the process")
    main_stopped: Truth = fact(BOOL, False, "the main thread stopped")
    worker_stopped: Truth = fact(BOOL, False, "the worker stopped")
    closing: Truth = fact(BOOL, False, "another process released the device and waits")
    gone: Truth = fact(BOOL, False, "the worker saw that it is to end")


SYSTEM = System(
    name="heeding",
    about="the signals that a worker takes",
    record=Heeding,
    tasks="one process with a main thread and one worker",
    start=lambda _machine: Heeding(),
)


def _vhost(machine: Machine, state: Heeding, fork_owner: bool) -> Move:
    made = machine.ask(calls.vhost_worker, fork_owner, *calls.ORDINARY)
    user = no(made.by_kthreadd)
    after = but(
        state,
        made=True,
        user=user,
        thread=made.thread,
        looks=both(user, machine[WORKERS_ARE_THREADS]),
        masked=both(user, made.blocks),
        deaf=made.ignores_kill,
    )
    return Move(both(no(state.made), no(state.stop), made.errno == 0), after)


@SYSTEM.step(at=_SET_OWNER, who="owner")
def the_process_opens_a_vhost_device(machine: Machine, state: Heeding) -> Move:
    """VHOST_SET_OWNER."""
    return _vhost(machine, state, True)


@SYSTEM.step(at=_SET_OWNER, who="owner", since=FORK_OWNER)
def the_process_opens_a_vhost_device_with_a_kthread(machine: Machine, state: Heeding) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD (v6.17)."""
    return _vhost(machine, state, False)


@SYSTEM.step(at="kernel/fork.c:create_io_thread", who="owner", since=IO_THREAD)
def the_process_makes_an_io_uring_worker(machine: Machine, state: Heeding) -> Move:
    """A worker of io-wq or an SQPOLL thread."""
    made = machine.ask(worker_calls.io_thread, 0, False)
    after = but(
        state,
        made=True,
        io=True,
        user=True,
        thread=made.thread,
        looks=True,
        masked=made.blocks,
    )
    return Move(both(no(state.made), no(state.stop), made.errno == 0), after)


def _works(state: Heeding) -> Truth:
    """Whether there is a worker in its loop."""
    return both(state.made, no(state.left), no(state.gone))


@SYSTEM.step(at="kernel/ptrace.c:ptrace_request", who="tracer", until=WORKER_MASK_KEPT)
def a_tracer_empties_the_workers_mask(_machine: Machine, state: Heeding) -> Move:
    """PTRACE_SETSIGMASK, by who may trace the process; a kernel thread is not attached to."""
    return Move(both(_works(state), state.user, state.masked), but(state, masked=False))


@SYSTEM.step(at=_SEND, who="user")
def the_process_gets_a_signal_that_it_handles(_machine: Machine, state: Heeding) -> Move:
    """kill(2)."""
    return Move(no(state.sent), but(state, sent=True, pending=True))


@SYSTEM.step(at=_SEND, who="user")
def the_worker_alone_gets_the_signal(_machine: Machine, state: Heeding) -> Move:
    """tgkill(2), or kill(2) of a worker that is a process."""
    ready = both(_works(state), no(state.poked))
    return Move(ready, but(state, poked=no(state.deaf)))


@SYSTEM.step(at=_GET, who="main", own=True)
def the_main_thread_takes_the_signal(_machine: Machine, state: Heeding) -> Move:
    """Its handler runs on the way to user space."""
    ready = both(state.pending, no(state.main_stopped))
    return Move(ready, but(state, pending=False, handled=True))


@SYSTEM.step(at=_GET, who="worker", own=True)
def the_worker_takes_a_signal(machine: Machine, state: Heeding) -> Move:
    """If its loop looks and its mask lets it through; a thread takes the process's as well."""
    open_to = both(_works(state), state.looks, no(state.masked))
    shared = both(state.thread, state.pending)
    goes_on = both(no(state.io), no(machine[VHOST_SIGKILL]))
    after = but(
        state,
        took=True,
        left=no(goes_on),
        looks=no(goes_on),
        poked=False,
        pending=both(state.pending, no(shared)),
    )
    return Move(both(open_to, either(shared, state.poked), no(state.worker_stopped)), after)


@SYSTEM.step(at=_SEND, who="user")
def the_process_gets_SIGSTOP(_machine: Machine, state: Heeding) -> Move:
    """For the group, whoever takes it."""
    return Move(no(state.stop), but(state, stop=True))


@SYSTEM.step(at="kernel/signal.c:do_signal_stop", who="main", own=True)
def the_main_thread_stops(_machine: Machine, state: Heeding) -> Move:
    """It takes SIGSTOP, or takes part in the stop."""
    return Move(both(state.stop, no(state.main_stopped)), but(state, main_stopped=True))


@SYSTEM.step(at="kernel/signal.c:do_signal_stop", who="worker", own=True)
def the_worker_stops(_machine: Machine, state: Heeding) -> Move:
    """A thread of the group whose loop calls get_signal()."""
    ready = both(state.stop, _works(state), state.thread, state.looks, no(state.worker_stopped))
    return Move(ready, but(state, worker_stopped=True))


@SYSTEM.step(at="kernel/vhost_task.c:vhost_task_stop", who="another process")
def another_process_releases_the_device(_machine: Machine, state: Heeding) -> Move:
    """The owner gave it the file; it waits, uninterruptibly, for the worker's end."""
    ready = both(_works(state), no(state.io), no(state.closing))
    return Move(ready, but(state, closing=True))


@SYSTEM.step(at="kernel/vhost_task.c:vhost_task_fn", who="worker", own=True)
def the_worker_sees_that_it_is_to_end(_machine: Machine, state: Heeding) -> Move:
    """In its loop; while it is stopped it sees nothing."""
    ready = both(state.closing, _works(state), no(state.worker_stopped))
    return Move(ready, but(state, gone=True))
