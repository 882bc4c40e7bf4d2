"""kernel/pid_namespace.c: a pid namespace for the owner's children, and the end of its init."""

from __future__ import annotations

from model.algebra import Truth, both, either, no, when_word
from model.call import choose
from model.over_time import calls
from model.over_time.caller import ASIDE, caller
from model.over_time.places import Init, Life
from model.over_time.step import Machine, Move, step
from model.over_time.steps import exit, vhost
from model.over_time.world import World, but
from model.words import NEWPID

SETNS = "kernel/pid_namespace.c:pidns_install"
ZAP = "kernel/pid_namespace.c:zap_pid_ns_processes"


def inside(world: World) -> Truth:
    """Return whether the child lives in the other pid namespace."""
    return both(world.child == int(Life.ALIVE), world.child_pid_ns == ASIDE)


def worker_inside(world: World) -> Truth:
    """Return whether the worker does."""
    return both(world.made, world.worker_pid_ns == ASIDE)


@step(at="kernel/pid_namespace.c:copy_pid_ns", who="task")
def the_owner_sets_a_pid_namespace_aside(machine: Machine, world: World) -> Move:
    """unshare(CLONE_NEWPID): for its children, not for itself; once."""
    errno, _ = machine.ask(calls.unshare, caller(world), NEWPID)
    ready = both(no(world.pid_ns_made), errno == 0)
    return Move(ready, but(world, pid_ns_made=True, for_children=True))


@step(at=SETNS, who="task")
def the_owner_chooses_its_own_pid_namespace_again(machine: Machine, world: World) -> Move:
    """setns() into the active one; a namespace without an init is freed then."""
    errno = machine.ask(calls.join_pid_ns, caller(world), True)
    kept = both(world.pid_ns_made, no(world.child_reaper == int(Init.NONE)))
    after = but(world, for_children=False, pid_ns_made=kept)
    return Move(both(world.for_children, errno == 0), after)


@step(at=SETNS, who="task")
def the_owner_chooses_the_other_pid_namespace_again(machine: Machine, world: World) -> Move:
    """setns() into the descendant that it made, by a file that is there once it has an init."""
    errno = machine.ask(calls.join_pid_ns, caller(world), False)
    ready = both(world.pid_ns_made, no(world.for_children), errno == 0)
    return Move(ready, but(world, for_children=True))


def ignoring_SIGCHLD(world: World) -> World:
    """An init that ends ignores SIGCHLD, so that whom it kills is reaped; so does who shares."""
    shared = both(world.child_init, world.child_sighand)
    return but(world, ignores_child=either(world.ignores_child, shared))


def ended(world: World) -> World:
    """Return the world whose other namespace's init ends, with whoever lives there.

    It waits where a worker inside ignores SIGKILL.
    """
    within = worker_inside(world)
    waits = both(within, world.deaf)
    over = but(world, child_reaper=when_word(8, waits, int(Init.ENDING), int(Init.GONE)))
    with_child = exit.without_the_child(ignoring_SIGCHLD(over))
    alone = choose(inside(world), with_child, over)
    return choose(both(within, no(waits)), vhost.without_the_worker(alone), alone)


@step(at=ZAP, who="init")
def the_init_begins_to_end(_machine: Machine, world: World) -> Move:
    """disable_pid_allocation(), then SIGKILL to all that are there."""
    alive = world.child_reaper == int(Init.ALIVE)
    return Move(alive, but(world, child_reaper=int(Init.ENDING)))


@step(at=ZAP, who="init")
def the_init_of_the_other_namespace_ends(_machine: Machine, world: World) -> Move:
    """With it whoever lives there; nobody can be made in it any more.  Not where it is a worker."""
    process = both(world.child_reaper == int(Init.ALIVE), no(world.worker_init))
    return Move(process, ended(world))


@step(at=ZAP, who="init", own=True)
def the_init_that_waited_is_gone(_machine: Machine, world: World) -> Move:
    """Nobody else is left."""
    alone = both(world.child_reaper == int(Init.ENDING), no(worker_inside(world)))
    return Move(alone, but(world, child_reaper=int(Init.GONE)))
