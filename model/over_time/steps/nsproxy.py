"""kernel/nsproxy.c, kernel/fork.c: the owner leaves the namespaces that it shares."""

from __future__ import annotations

from model.algebra import both, no, when_word
from model.over_time import calls
from model.over_time.step import Machine, Move, step
from model.over_time.world import World, but


@step(at="kernel/nsproxy.c:unshare_nsproxy_namespaces", who="owner")
def the_owner_unshares_its_namespaces(_machine: Machine, world: World) -> Move:
    """unshare() of uts, ipc, net, …: the nsproxy of one task."""
    return Move(world.ns == 1, but(world, ns=2))


@step(at="kernel/fork.c:ksys_unshare", who="owner")
def the_owner_unshares_its_user_namespace(machine: Machine, world: World) -> Move:
    """CLONE_NEWUSER: refused in a group of more than one thread."""
    plain = machine.ask(calls.unshare_user_beside, 1, 1)[0]
    beside = machine.ask(calls.unshare_user_beside, 2, 1)[0]
    threaded = machine.ask(calls.unshare_user_beside, 2, 2)[0]
    task = both(world.made, no(world.kthread))
    errno = when_word(16, task, beside, plain)
    errno = when_word(16, both(world.made, world.thread), threaded, errno)
    fresh = both(world.user_ns == 0, world.acting == world.uid)
    return Move(both(fresh, errno == 0), but(world, user_ns=1))
