"""Leaving: a thread with io_uring leaves by exit(2) while its io worker is to freeze.

io_uring/io-wq.c:io_wq_exit_workers waits, uninterruptibly, until every worker is gone.  A
worker in the freezer's trap is woken and goes back into it, unless it was killed.
"""

from __future__ import annotations

from typing import TypeAlias

from model.algebra import both, either, no
from model.system.step import Machine, Move
from model.system.steps import cgroup, io_wq, signal
from model.system.world import World, but, scope

Leaving: TypeAlias = World
"""A thread that is not the last of its process, and its io worker."""

SYSTEM = scope(
    "leaving",
    about="a thread with an io worker leaves while the worker is to freeze",
    facts="made worker_trapped worker_gone freeze killed leaves owner_gone",
    tasks="one thread and one io worker",
    io=True,
    thread=True,
    looks=True,
)
SYSTEM.takes(
    io_wq.a_worker_is_made.called("the thread gets an io worker"),
    cgroup.the_cgroup_is_to_freeze,
    cgroup.the_cgroup_is_to_thaw,
    signal.the_owners_group_gets_SIGKILL.called("the process gets SIGKILL"),
)


@SYSTEM.step(at="kernel/exit.c:do_exit", who="thread")
def the_thread_calls_exit(_machine: Machine, world: World) -> Move:
    """exit(2): io_uring is cancelled, its workers are told to exit and waited for."""
    return Move(no(either(world.leaves, world.owner_gone)), but(world, leaves=True))


SYSTEM.takes(
    signal.the_worker_is_trapped.called("the io worker is trapped"),
    signal.the_worker_leaves_the_trap.called("the io worker leaves the trap"),
    io_wq.the_io_worker_ends,
)


@SYSTEM.step(at="kernel/exit.c:do_exit", who="thread", own=True)
def the_killed_thread_leaves(_machine: Machine, world: World) -> Move:
    """The same way."""
    ready = both(world.killed, no(either(world.leaves, world.owner_gone)))
    return Move(ready, but(world, leaves=True))


@SYSTEM.step(at="io_uring/io-wq.c:io_wq_exit_workers", who="thread", own=True)
def the_thread_ends(_machine: Machine, world: World) -> Move:
    """All its workers are gone."""
    alive = both(world.made, no(world.worker_gone))
    return Move(both(world.leaves, no(alive)), but(world, leaves=False, owner_gone=True))
