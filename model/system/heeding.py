"""Heeding: which signals a worker takes, and what becomes of those meant for its process.

kernel/signal.c:complete_signal and get_signal, kernel/vhost_task.c:vhost_task_fn,
io_uring/io-wq.c:io_wq_worker, io_uring/sqpoll.c:io_sqd_handle_event.  A loop that gets a
signal from get_signal() ends; vhost's of v6.4 to v6.9 goes on, and never looks again.  None of
them sets up a handler's frame.
"""

from __future__ import annotations

from typing import TypeAlias

from model.algebra import both, either, no
from model.patches import WORKER_MASK_KEPT
from model.system.step import Machine, Move
from model.system.steps import io_wq, vhost, vhost_task
from model.system.steps.signal import GET
from model.system.world import World, but, scope

_SEND = "kernel/signal.c:send_signal_locked"

Heeding: TypeAlias = World
"""A process with a handler for one signal, and one worker, of vhost or of io_uring."""

SYSTEM = scope(
    "heeding",
    about="the signals that a worker takes",
    facts="made io kthread thread looks masked deaf signalled signal_pending handled poked took "
    "left sigstop main_stopped worker_stopped closing worker_gone",
    tasks="one process with a main thread and one worker",
)
SYSTEM.takes(
    vhost.the_owner_opens_the_device.called("the process opens a vhost device"),
    vhost.the_owner_opens_the_device_and_asks_for_a_kthread.called(
        "the process opens a vhost device with a kthread"
    ),
    io_wq.a_worker_is_made.called("the process makes an io uring worker"),
)


@SYSTEM.step(at="kernel/ptrace.c:ptrace_request", who="tracer", until=WORKER_MASK_KEPT)
def a_tracer_empties_the_workers_mask(_machine: Machine, world: World) -> Move:
    """PTRACE_SETSIGMASK, by who may trace the process; a kernel thread is not attached to."""
    there = both(vhost_task.is_there(world), no(world.kthread))
    return Move(both(there, world.masked), but(world, masked=False))


@SYSTEM.step(at=_SEND, who="user")
def the_process_gets_a_signal_that_it_handles(_machine: Machine, world: World) -> Move:
    """kill(2)."""
    return Move(no(world.signalled), but(world, signalled=True, signal_pending=True))


@SYSTEM.step(at=_SEND, who="user")
def the_worker_alone_gets_the_signal(_machine: Machine, world: World) -> Move:
    """tgkill(2), or kill(2) of a worker that is a process."""
    ready = both(vhost_task.is_there(world), no(world.poked))
    return Move(ready, but(world, poked=no(world.deaf)))


@SYSTEM.step(at=GET, who="main", own=True)
def the_main_thread_takes_the_signal(_machine: Machine, world: World) -> Move:
    """Its handler runs on the way to user space."""
    ready = both(world.signal_pending, no(world.main_stopped))
    return Move(ready, but(world, signal_pending=False, handled=True))


@SYSTEM.step(at=GET, who="worker", own=True)
def the_worker_takes_a_signal(machine: Machine, world: World) -> Move:
    """If its loop looks and its mask lets it through; a thread takes the process's as well."""
    open_to = both(vhost_task.runs(world), world.looks, no(world.masked))
    shared = both(world.thread, world.signal_pending)
    leaves = vhost_task.leaves_for_a_signal(machine, world.io)
    after = but(
        world,
        took=True,
        left=leaves,
        looks=leaves,
        poked=False,
        signal_pending=both(world.signal_pending, no(shared)),
    )
    return Move(both(open_to, either(shared, world.poked)), after)


@SYSTEM.step(at=_SEND, who="user")
def the_process_gets_SIGSTOP(_machine: Machine, world: World) -> Move:
    """For the group, whoever takes it."""
    return Move(no(world.sigstop), but(world, sigstop=True))


@SYSTEM.step(at="kernel/signal.c:do_signal_stop", who="main", own=True)
def the_main_thread_stops(_machine: Machine, world: World) -> Move:
    """It takes SIGSTOP, or takes part in the stop."""
    return Move(both(world.sigstop, no(world.main_stopped)), but(world, main_stopped=True))


@SYSTEM.step(at="kernel/signal.c:do_signal_stop", who="worker", own=True)
def the_worker_stops(_machine: Machine, world: World) -> Move:
    """A thread of the group whose loop calls get_signal()."""
    ready = both(world.sigstop, vhost_task.runs(world), world.thread, world.looks)
    return Move(ready, but(world, worker_stopped=True))


@SYSTEM.step(at=vhost_task.STOP, who="another process")
def another_process_releases_the_device(_machine: Machine, world: World) -> Move:
    """The owner gave it the file; it waits, uninterruptibly, for the worker's end."""
    ready = both(vhost_task.is_there(world), no(world.io), no(world.closing))
    return Move(ready, but(world, closing=True))


SYSTEM.takes(
    vhost_task.the_worker_sees_that_it_is_to_stop.called("the worker sees that it is to end")
)
