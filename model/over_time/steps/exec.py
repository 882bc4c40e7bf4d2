"""fs/exec.c: what execve() leaves of what the owner shared."""

from __future__ import annotations

from model.algebra import both, no
from model.call import choose
from model.over_time.places import Life
from model.over_time.step import Machine, Move, step
from model.over_time.steps import fork
from model.over_time.world import World, but


@step(at="fs/exec.c:de_thread", who="task")
def the_owner_executes(_machine: Machine, world: World) -> Move:
    """Its other threads end; handlers and memory are its own then, but who is ignored stays so."""
    there = world.child == int(Life.ALIVE)
    apart = but(world, child_sighand=False, child_vm=False)
    after = choose(world.child_thread, fork.without_the_child(world), apart)
    return Move(both(there, no(world.made)), after)
