"""kernel/cgroup/freezer.c and cgroup.c: who is in which cgroup, and what cgroup.events says.

CGRP_FROZEN, what cgroup.events tells, is brought up to date at certain places only; a kernel
thread that enters or leaves a cgroup is not one of them.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no, when, when_word
from model.over_time.step import Machine, Move, step
from model.over_time.world import World, but

FREEZE = "kernel/cgroup/freezer.c:cgroup_do_freeze"
MIGRATE = "kernel/cgroup/freezer.c:cgroup_freezer_migrate_task"
PROCS = "kernel/cgroup/cgroup.c:__cgroup_procs_write"
CGROUPS = ("home", "away")


def _of(cgroup: str, away: Truth) -> Truth:
    return away if cgroup == "away" else no(away)


def owner_in(world: World, cgroup: str) -> Truth:
    """Return whether the owner is a living member of a cgroup."""
    return both(no(world.owner_gone), _of(cgroup, world.owner_away))


def worker_in(world: World, cgroup: str) -> Truth:
    """Return whether the worker is a living member of a cgroup."""
    return both(world.made, no(world.worker_gone), _of(cgroup, world.worker_away))


def all_trapped(world: World, cgroup: str) -> Truth:
    """Return whether every member sleeps in the trap."""
    return both(
        either(no(owner_in(world, cgroup)), world.owner_trapped),
        either(no(worker_in(world, cgroup)), world.worker_trapped),
    )


def freezes(world: World, cgroup: str) -> Truth:
    """Return CGRP_FREEZE; the second cgroup was frozen when it was empty."""
    return world.freeze if cgroup == "home" else True


def says(world: World, cgroup: str) -> Truth:
    """Return CGRP_FROZEN, as cgroup.events shows it."""
    return world.home_says if cgroup == "home" else world.away_says


def told_to_freeze(world: World, away: Truth) -> Truth:
    """Return CGRP_FREEZE of the cgroup that a task is in."""
    return either(away, world.freeze)


def _true(world: World, cgroup: str) -> Truth:
    return both(freezes(world, cgroup), all_trapped(world, cgroup))


def updated(world: World, home: Truth = True, away: Truth = True) -> World:
    """cgroup_update_frozen() of one cgroup, or of both."""
    return but(
        world,
        home_says=when(home, _true(world, "home"), world.home_says),
        away_says=when(away, _true(world, "away"), world.away_says),
    )


def updated_where(world: World, away: Truth) -> World:
    """cgroup_update_frozen() of the cgroup that a task is in."""
    return updated(world, no(away), away)


def without_the_worker(world: World) -> World:
    """cgroup_exit() of the worker: it looks at the freezer for user tasks only."""
    counted, away = no(world.kthread), world.worker_away
    gone = but(world, worker_gone=True)
    return updated(gone, both(counted, no(away)), both(counted, away))


@step(at=FREEZE, who="administrator")
def the_cgroup_is_to_freeze(_machine: Machine, world: World) -> Move:
    """1 is written to cgroup.freeze: JOBCTL_TRAP_FREEZE for every task that is no kernel thread."""
    return Move(no(world.freeze), updated(but(world, freeze=True), away=False))


@step(at=FREEZE, who="administrator")
def the_cgroup_is_to_thaw(_machine: Machine, world: World) -> Move:
    """0 is written to cgroup.freeze; who sleeps in the trap is woken."""
    return Move(world.freeze, but(world, freeze=False, home_says=False))


@step(at=MIGRATE, who="administrator")
def the_process_is_moved_to_the_other_cgroup(_machine: Machine, world: World) -> Move:
    """cgroup.procs: the owner's whole group, a worker only if it is a thread of it."""
    after = but(
        world,
        owner_away=no(world.owner_away),
        worker_away=when(world.thread, no(world.worker_away), world.worker_away),
    )
    return Move(no(either(world.owner_gone, world.killed)), updated(after))


@step(at=MIGRATE, who="administrator")
def the_worker_alone_is_moved_to_the_other_cgroup(_machine: Machine, world: World) -> Move:
    """cgroup.procs with the pid of a worker that is no thread; a kthread changes no count."""
    counted = no(world.kthread)
    after = updated(but(world, worker_away=no(world.worker_away)), counted, counted)
    return Move(both(world.made, no(world.thread), no(world.worker_gone)), after)


@step(at=PROCS, who="administrator")
def the_owner_is_moved_by_cgroup_procs(_machine: Machine, world: World) -> Move:
    """Every thread of its group, and nobody else."""
    along = both(world.made, world.thread)
    after = but(world, cgroup=2, worker_cgroup=when_word(8, along, 2, world.worker_cgroup))
    return Move(world.cgroup == 1, after)


@step(at=PROCS, who="administrator")
def the_owners_thread_alone_is_moved_by_cgroup_threads(
    _machine: Machine, world: World
) -> Move:
    """In a threaded subtree."""
    ready = both(world.made, world.cgroup == 1)
    return Move(ready, but(world, cgroup=2, alone=True))
