"""kernel/vhost_task.c: the loop of a worker, and who stops it.

What a worker's loop does with signals stands here and nowhere else.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no
from model.patches import VHOST_SIGKILL, WORKERS_ARE_THREADS
from model.system.step import Machine, Move, step
from model.system.steps import cgroup
from model.system.world import Run, World, but

FN = "kernel/vhost_task.c:vhost_task_fn"
STOP = "kernel/vhost_task.c:vhost_task_stop"
ENDS_WHEN_KILLED = VHOST_SIGKILL
"""Since db5247d9bf5c a worker that takes SIGKILL leaves its loop and ends.

From v6.4 to v6.9 it only remembered that it was dead, looked at signals no more, and worked on
until the device was released.
"""


def calls_get_signal(machine: Machine, kthread: Truth) -> Truth:
    """Return whether a worker's loop calls get_signal(): the threads of f9010dbdce91 do.

    A kthread's never does, nor did the series' process.
    """
    return both(no(kthread), machine[WORKERS_ARE_THREADS])


def leaves_for_a_signal(machine: Machine, io: Truth) -> Truth:
    """Return whether a loop ends on what get_signal() returns; one of io_uring's always does."""
    return either(io, machine[ENDS_WHEN_KILLED])


def is_there(world: World) -> Truth:
    """Return whether the worker has its loop still to leave."""
    return both(world.made, no(world.worker_gone), no(world.left))


def runs(world: World) -> Truth:
    """Return whether the worker goes round in its loop, and sleeps in no trap, freezer or stop."""
    sleeps = either(world.worker_trapped, world.worker_frozen, world.worker_stopped)
    return both(is_there(world), no(sleeps))


def there_is_no_worker(world: World) -> Truth:
    """Return whether no worker was made yet."""
    return both(no(world.made), world.run == int(Run.NONE))


@step(at=FN, who="worker", own=True)
def the_worker_sees_that_it_is_to_stop(_machine: Machine, world: World) -> Move:
    """In its loop; while it sleeps in a trap, a freezer or a stop it sees nothing."""
    return Move(both(world.closing, runs(world)), cgroup.without_the_worker(world))


@step(at=FN, who="worker", own=True, since=ENDS_WHEN_KILLED)
def the_killed_worker_ends(_machine: Machine, world: World) -> Move:
    """Its queue done, what is flushed as well."""
    hit = both(world.killed, world.thread, runs(world))
    return Move(hit, but(cgroup.without_the_worker(world), flushing=False))


@step(at=STOP, who="closer", own=True)
def the_release_is_over(_machine: Machine, world: World) -> Move:
    """wait_for_completion() returned."""
    over = both(world.closing, world.worker_gone, no(world.closed))
    return Move(over, but(world, closed=True))
