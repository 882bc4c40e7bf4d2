"""io_uring/io-wq.c: workers that are threads of their owner."""

from __future__ import annotations

from model.algebra import both, either, no
from model.over_time import worker_calls
from model.over_time.step import Machine, Move, step
from model.over_time.steps import cgroup, vhost_task
from model.over_time.steps.signal import owner_is_awake
from model.over_time.world import World, but
from model.patches import IO_THREAD


@step(at="kernel/fork.c:create_io_thread", who="owner", since=IO_THREAD)
def a_worker_is_made(machine: Machine, world: World) -> Move:
    """create_io_thread(): a worker of io-wq or an SQPOLL thread, whose loop calls get_signal()."""
    made = machine.ask(worker_calls.io_thread, 0, False)
    after = but(world, made=True, io=True, thread=made.thread, looks=True, masked=made.blocks)
    free = both(no(world.made), no(world.leaves), owner_is_awake(world))
    return Move(both(free, made.errno == 0), after)


@step(at="io_uring/io-wq.c:io_wq_worker", who="io worker", own=True, since=IO_THREAD)
def the_io_worker_ends(_machine: Machine, world: World) -> Move:
    """Told by a thread that leaves, or killed."""
    told = either(world.leaves, world.killed)
    return Move(both(told, vhost_task.runs(world)), cgroup.without_the_worker(world))


@step(at="io_uring/io-wq.c:io_wq_exit_workers", who="thread", own=True)
def the_thread_ends(_machine: Machine, world: World) -> Move:
    """All its workers are gone."""
    alive = both(world.made, no(world.worker_gone))
    return Move(both(world.leaves, no(alive)), but(world, leaves=False, owner_gone=True))
