"""net/core/scm.c, fs/open.c: who has the file of a device, and who closes it last."""

from __future__ import annotations

from model.algebra import both, either, no
from model.over_time.step import Machine, Move, step
from model.over_time.steps.signal import owner_is_awake
from model.over_time.world import WorkerRun, World, but, is_at

PASS = "net/core/scm.c:scm_detach_fds"
CLOSE = "fs/open.c:filp_close"


@step(at=PASS, who="owner")
def the_owner_gives_the_file_away(_machine: Machine, world: World) -> Move:
    """It passes the file to another process and closes its own."""
    ready = both(world.made, owner_is_awake(world), no(world.passed))
    return Move(ready, but(world, passed=True))


@step(at=CLOSE, who="other process")
def the_other_process_closes_the_file(_machine: Machine, world: World) -> Move:
    """The last reference: it waits in vhost_task_stop() or kthread_stop()."""
    ready = both(world.passed, no(world.closing), no(world.other_frozen))
    return Move(ready, but(world, closing=True, caught=either(world.caught, world.suspend)))


@step(at=PASS, who="owner")
def the_owner_passes_the_file_with_or_without_a_worker(_machine: Machine, world: World) -> Move:
    """SCM_RIGHTS, or a child that inherited it."""
    ready = both(world.file_here, no(world.killed), no(world.file_there))
    return Move(ready, but(world, file_there=True))


@step(at=PASS, who="owner")
def the_owner_passes_the_file_to_another_process(machine: Machine, world: World) -> Move:
    """Once there is a worker."""
    any_time = the_owner_passes_the_file_with_or_without_a_worker.move(machine, world)
    return Move(both(no(is_at(world, WorkerRun.NONE)), any_time.when), any_time.then)


@step(at=CLOSE, who="owner")
def the_owner_closes_the_file(_machine: Machine, world: World) -> Move:
    """close(2)."""
    last = no(world.file_there)
    ready = both(world.file_here, no(world.killed), no(is_at(world, WorkerRun.NONE)))
    return Move(ready, but(world, file_here=False, closer_is_owner=last))


@step(at=CLOSE, who="other process")
def the_other_process_closes_its_file(_machine: Machine, world: World) -> Move:
    """close(2), or its end."""
    return Move(world.file_there, but(world, file_there=False))
