"""vhost devices: one owner opens vhost devices under RLIMIT_NPROC and pids.max.

drivers/vhost/vhost.c:vhost_dev_set_owner.  A kthread worker is made by kthreadd and moved
into the owner's cgroup afterwards, so there is a moment between; a vhost task starts there.
"""

from __future__ import annotations

from model.algebra import Truth, both, no, signed_below, when_word
from model.over_time.step import Machine, Move
from model.over_time.steps import vhost
from model.over_time.steps.vhost import SET_OWNER
from model.over_time.world import World, but, scope
from model.patches import FORK_OWNER

_CLEANUP = "drivers/vhost/vhost.c:vhost_dev_cleanup"
MOST = 3


SYSTEM = scope(
    "vhost_devices",
    about="an unprivileged owner opens vhost devices under RLIMIT_NPROC and pids.max",
    facts="opened tasks kernel_tasks limit pids pids_max in_cgroup refused",
    tasks="one owner and up to 3 devices",
    limit=2,
    pids_max=2,
)


def _opens(machine: Machine, world: World, fork_owner: bool) -> Move:
    room = signed_below(world.opened, MOST)
    return Move(both(world.in_cgroup, room), vhost.asks(machine, world, fork_owner)[1])


@SYSTEM.step(at=SET_OWNER, who="owner")
def the_owner_opens_a_device(machine: Machine, world: World) -> Move:
    """VHOST_SET_OWNER, by the kernel's own way of making workers."""
    return _opens(machine, world, True)


@SYSTEM.step(at=SET_OWNER, who="owner", since=FORK_OWNER)
def the_owner_opens_a_device_and_asks_for_a_kthread(machine: Machine, world: World) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD, then VHOST_SET_OWNER (v6.17)."""
    return _opens(machine, world, False)


SYSTEM.takes(
    vhost.the_kthread_is_moved_to_the_owners_cgroup.called(
        "the new kthread is moved to the owners cgroup"
    )
)


@SYSTEM.step(at=_CLEANUP, who="owner")
def the_owner_closes_a_device(_machine: Machine, world: World) -> Move:
    """Its worker ends; one that is charged to the owner, if there is any."""
    by_owner = signed_below(1, world.tasks)
    after = but(
        world,
        opened=world.opened - 1,
        tasks=when_word(64, by_owner, world.tasks - 1, world.tasks),
        kernel_tasks=when_word(64, by_owner, world.kernel_tasks, world.kernel_tasks - 1),
        pids=world.pids - 1,
        refused=0,
    )
    return Move(both(signed_below(0, world.opened), world.in_cgroup), after)


@SYSTEM.step(at=_CLEANUP, who="owner", since=FORK_OWNER)
def the_owner_closes_a_device_with_a_kthread(_machine: Machine, world: World) -> Move:
    """While others have a worker that is charged to the owner."""
    mixed = both(signed_below(1, world.tasks), signed_below(1, world.kernel_tasks))
    after = but(
        world,
        opened=world.opened - 1,
        kernel_tasks=world.kernel_tasks - 1,
        pids=world.pids - 1,
        refused=0,
    )
    return Move(both(mixed, world.in_cgroup), after)


def workers_are_within_the_limit(world: World) -> Truth:
    """Return whether the owner and all its workers are no more than RLIMIT_NPROC."""
    return no(signed_below(world.limit, 1 + world.opened))
