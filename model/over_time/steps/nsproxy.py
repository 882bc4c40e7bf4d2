"""kernel/nsproxy.c, kernel/fork.c: the owner leaves the namespaces that it shares."""

from __future__ import annotations

from model.algebra import both, no
from model.over_time import calls
from model.over_time.caller import sharing_caller
from model.over_time.step import Machine, Move, step
from model.over_time.world import World, but
from model.words import NEWUSER


@step(at="kernel/nsproxy.c:unshare_nsproxy_namespaces", who="owner")
def the_owner_unshares_its_namespaces(_machine: Machine, world: World) -> Move:
    """unshare() of uts, ipc, net, …: the nsproxy of one task."""
    return Move(world.ns == 1, but(world, ns=2))


@step(at="kernel/fork.c:ksys_unshare", who="owner")
def the_owner_unshares_its_user_namespace(machine: Machine, world: World) -> Move:
    """CLONE_NEWUSER: refused in a group of more than one thread; it takes a root of its own."""
    errno, own = machine.ask(calls.unshare, sharing_caller(world), NEWUSER)
    fresh = both(world.user_ns == 0, world.acting == world.uid)
    after = but(
        world,
        user_ns=1,
        child_fs=both(world.child_fs, no(own)),
        worker_fs=both(world.worker_fs, no(own)),
    )
    return Move(both(fresh, errno == 0), after)
