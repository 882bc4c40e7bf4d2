"""kernel/exit.c: who is killed or calls exit(2) closes its files, waits for workers, and ends."""

from __future__ import annotations

from model.algebra import both, either, no, when_word
from model.over_time.step import Machine, Move, step
from model.over_time.steps import cgroup
from model.over_time.world import Run, World, but, is_at
from model.patches import VHOST_TASK_REF


@step(at="kernel/exit.c:exit_files", who="owner", own=True)
def the_killed_owner_closes_its_files(_machine: Machine, world: World) -> Move:
    """It has left the trap; the last reference of the device is released before it goes on."""
    mine = both(world.made, no(world.passed), no(world.closing), no(world.flushing))
    out = but(world, owner_trapped=False, closing=True)
    return Move(both(world.killed, mine), cgroup.updated_where(out, world.owner_away))


@step(at="kernel/cgroup/cgroup.c:cgroup_exit", who="owner", own=True)
def the_killed_owner_dies(_machine: Machine, world: World) -> Move:
    """After exit_files(), so after any release that it had to wait for."""
    gone = but(world, owner_gone=True, owner_trapped=False)
    free = either(no(world.made), world.passed, world.closed)
    ready = both(world.killed, no(world.owner_gone), no(world.flushing), free)
    return Move(ready, cgroup.updated_where(gone, world.owner_away))


@step(at="kernel/exit.c:do_exit", who="thread")
def the_thread_calls_exit(_machine: Machine, world: World) -> Move:
    """exit(2): io_uring is cancelled, its workers are told to exit and waited for."""
    return Move(no(either(world.leaves, world.owner_gone)), but(world, leaves=True))


@step(at="kernel/exit.c:do_exit", who="thread", own=True)
def the_killed_thread_leaves(_machine: Machine, world: World) -> Move:
    """The same way."""
    ready = both(world.killed, no(either(world.leaves, world.owner_gone)))
    return Move(ready, but(world, leaves=True))


@step(at="kernel/exit.c:exit_files", who="owner", own=True)
def the_killed_owner_closes_its_files_and_dies(_machine: Machine, world: World) -> Move:
    """do_exit(); the file goes with the table that the group shares."""
    last = both(world.file_here, no(world.file_there))
    after = but(world, owner_gone=True, file_here=False, closer_is_owner=last)
    return Move(both(world.killed, no(world.owner_gone)), after)


@step(at="kernel/exit.c:exit_notify", who="worker", own=True)
def the_worker_ends(machine: Machine, world: World) -> Move:
    """A thread is released at once, and freed unless somebody holds it; a process waits."""
    held = either(world.kthread, machine[VHOST_TASK_REF])
    alone = both(world.thread, no(held))
    where = when_word(8, alone, int(Run.FREED), int(Run.ZOMBIE))
    return Move(is_at(world, Run.SAID), but(world, run=where))
