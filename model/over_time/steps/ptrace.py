"""kernel/ptrace.c: a tracer sets the mask of a thread."""

from __future__ import annotations

from model.algebra import both, no
from model.over_time.step import Machine, Move, step
from model.over_time.steps import vhost_task
from model.over_time.world import World, but
from model.patches import WORKER_MASK_KEPT


@step(at="kernel/ptrace.c:ptrace_request", who="tracer", until=WORKER_MASK_KEPT)
def a_tracer_empties_the_workers_mask(_machine: Machine, world: World) -> Move:
    """PTRACE_SETSIGMASK, by who may trace the process; a kernel thread is not attached to.

    Nor can a stop be kept once SIGKILL is pending (ptrace_freeze_traced()).
    """
    there = both(vhost_task.is_alive(world), no(world.kthread))
    return Move(both(there, world.masked), but(world, masked=False))
