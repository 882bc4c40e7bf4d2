"""kernel/sys.c: rlimits belong to a thread group."""

from __future__ import annotations

from model.algebra import both, no, when_word
from model.over_time.step import Machine, Move, step
from model.over_time.world import World, but

_PRLIMIT = "kernel/sys.c:do_prlimit"
LESS, MORE = 10, 20



@step(at=_PRLIMIT, who="administrator")
def the_owners_limit_is_changed(_machine: Machine, world: World) -> Move:
    """prlimit() of the process; rlimits are in signal_struct."""
    worker = when_word(64, world.shares_limits, MORE, world.worker_limit)
    return Move(world.limit == LESS, but(world, limit=MORE, worker_limit=worker))


@step(at=_PRLIMIT, who="administrator")
def the_workers_limit_is_changed(_machine: Machine, world: World) -> Move:
    """prlimit() with the worker's pid; for a thread it is its owner's."""
    owners = when_word(64, world.shares_limits, MORE, world.limit)
    ready = both(world.made, no(world.worker_limit == MORE))
    return Move(ready, but(world, worker_limit=MORE, limit=owners))


@step(at=_PRLIMIT, who="user")
def the_limit_is_reached(_machine: Machine, world: World) -> Move:
    """Other tasks of the user, or prlimit(); here before io-wq wants a worker."""
    return Move(both(no(world.full), no(world.blocking)), but(world, full=True))


@step(at=_PRLIMIT, who="user")
def there_is_room_again(_machine: Machine, world: World) -> Move:
    """Tasks ended, or the limit was raised."""
    return Move(world.full, but(world, full=False))
