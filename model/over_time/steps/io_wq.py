"""io_uring/io-wq.c: workers that are threads of their owner."""

from __future__ import annotations

from model.algebra import Truth, Word, both, either, no, when, when_word
from model.over_time import worker_calls
from model.over_time.places import Dump, Execve, Thread
from model.over_time.step import Machine, Move, step
from model.over_time.steps import cgroup, vhost_task
from model.over_time.steps.exit import a_worker_of_io_uring_reports, one_is_awaited_less
from model.over_time.steps.signal import owner_is_awake
from model.over_time.world import World, but
from model.patches import IO_THREAD

QUEUE = "io_uring/io-wq.c:io_queue_worker_create"
TASK_WORK = "io_uring/io-wq.c:create_worker_cb"


def asks(
    machine: Machine, world: World, flags: Word = 0, fatal: Truth = False
) -> tuple[Truth, World]:
    """Ask for create_io_thread() by a task with these PF_ flags, perhaps killed just now.

    Return whether it is given one, and the world then: the loop of a worker of io-wq, as that
    of an SQPOLL thread, calls get_signal().
    """
    made = machine.ask(worker_calls.io_thread, flags, fatal, world.full)
    ok = made.errno == 0
    after = but(
        world,
        made=either(world.made, ok),
        io=either(world.io, ok),
        looks=either(world.looks, ok),
        thread=when(ok, made.thread, world.thread),
        masked=when(ok, made.blocks, world.masked),
        flagged=when(ok, made.marked, world.flagged),
        worker_flags=when_word(32, ok, made.flags, world.worker_flags),
    )
    return ok, after


@step(at="kernel/fork.c:create_io_thread", who="owner", since=IO_THREAD)
def a_worker_is_made(machine: Machine, world: World) -> Move:
    """A worker of io-wq or an SQPOLL thread, for a task in good health."""
    ok, after = asks(machine, world)
    free = both(no(world.made), no(world.leaves), owner_is_awake(world))
    return Move(both(free, ok), after)


@step(at="io_uring/io_uring.c:io_submit_sqes", who="owner", since=IO_THREAD)
def work_that_blocks_is_submitted(_machine: Machine, world: World) -> Move:
    """io-wq may want a worker for it, now or later."""
    return Move(both(owner_is_awake(world), no(world.blocking)), but(world, blocking=True))


def queues_the_making_of_a_worker(world: World, there: Truth) -> Move:
    """While who submitted what blocks is there, and has not cancelled io_uring."""
    ready = both(there, world.blocking, no(world.cancelled), no(world.task_work))
    return Move(both(ready, no(world.made)), but(world, task_work=True))


@step(at=QUEUE, who="io-wq", since=IO_THREAD)
def io_wq_queues_the_making_of_a_worker(_machine: Machine, world: World) -> Move:
    """Task work for the main thread, or for the second one."""
    return queues_the_making_of_a_worker(world, no(world.second == int(Thread.GONE)))


def runs_the_task_work(
    machine: Machine, world: World, flags: Word = 0, fatal: Truth = False
) -> Move:
    """create_worker_cb(): a worker is made, or refused; who runs it is the caller's to say."""
    _, after = asks(machine, world, flags, fatal)
    return Move(both(world.task_work, no(world.made)), but(after, task_work=False))


@step(at=TASK_WORK, who="owner", since=IO_THREAD)
def the_owner_runs_the_task_work(machine: Machine, world: World) -> Move:
    """On its way back to user space."""
    runs = runs_the_task_work(machine, world)
    return Move(both(runs.when, owner_is_awake(world)), runs.then)


def cancelled(world: World) -> World:
    """io_wq_exit_start(), io_wq_cancel_tw_create(): what is still queued is dropped."""
    return but(world, cancelled=True, task_work=False, blocking=False)


def sleeps_in_the_trap(world: World) -> Truth:
    """Return whether a worker cannot hear that it is to exit; SIGKILL would lead it out."""
    return both(vhost_task.is_alive(world), world.worker_trapped)


@step(at="io_uring/io-wq.c:io_wq_worker", who="io worker", own=True, since=IO_THREAD)
def the_io_worker_ends(_machine: Machine, world: World) -> Move:
    """Told by a thread that leaves, or killed."""
    told = either(world.leaves, world.killed)
    return Move(both(told, vhost_task.runs(world)), cgroup.without_the_worker(world))


@step(at="io_uring/io-wq.c:io_wq_worker", who="io worker", own=True, since=IO_THREAD)
def the_io_worker_ends_wherever_it_sleeps(machine: Machine, world: World) -> Move:
    """On SIGKILL, or because its io-wq exits: who made it cancelled io_uring, or leaves."""
    exits = both(world.dump == int(Dump.WAITS), no(world.worker_dumps))
    told = either(world.pending, world.cancelled, exits)
    counted = both(world.pending, world.execve == int(Execve.WAITS))
    counted = either(counted, a_worker_of_io_uring_reports(machine, world))
    gone = but(cgroup.without_the_worker(world), pending=False, worker_trapped=False)
    return Move(both(told, vhost_task.is_there(world)), one_is_awaited_less(gone, counted))


@step(at="io_uring/io-wq.c:io_wq_exit_workers", who="thread", own=True)
def the_thread_ends(_machine: Machine, world: World) -> Move:
    """All its workers are gone."""
    alive = both(world.made, no(world.worker_gone))
    return Move(both(world.leaves, no(alive)), but(world, leaves=False, owner_gone=True))
