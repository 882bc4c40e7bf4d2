"""VHOST_NEW_WORKER: two vhost devices of one owner, several workers each, under its limits.

drivers/vhost/vhost.c:vhost_dev_set_owner and vhost_worker_ioctl (v6.5).  A device's workers
are all of one kind; where it was asked for kthreads, VHOST_NEW_WORKER is refused.  Devices of
other drivers than vhost_scsi have one worker each.
"""

from __future__ import annotations

from model.algebra import Truth, Word, both, no, signed_below, when, when_word
from model.call import choose
from model.over_time.step import Machine, Move
from model.over_time.steps import vhost
from model.over_time.steps.vhost import SET_OWNER
from model.over_time.world import World, but, scope
from model.patches import FORK_OWNER, VHOST_NEW_WORKER
from model.words import Errno

_IOCTL = "drivers/vhost/vhost.c:vhost_worker_ioctl"
BOTH = ("A", "B")
MOST = 3
"""Workers of one device, so that a device alone can reach the limit."""


SYSTEM = scope(
    "vhost_new_worker",
    about="two devices of one owner, with several workers each, under its limits",
    facts="a b a_kthread b_kthread in_cgroup tasks pids limit pids_max asked of_kthreads refused",
    tasks="one owner, two devices, up to 3 workers each",
    limit=4,
    pids_max=4,
)


def _workers(world: World, device: str) -> Word:
    return world.a if device == "A" else world.b


def _kthread(world: World, device: str) -> Truth:
    return world.a_kthread if device == "A" else world.b_kthread


def _with(world: World, device: str, workers: Word, kthread: Truth) -> World:
    if device == "A":
        return but(world, a=workers, a_kthread=kthread)
    return but(world, b=workers, b_kthread=kthread)


def _makes(machine: Machine, world: World, device: str, fork_owner: bool) -> tuple[Truth, World]:
    """One more worker, if the rules let it be made; a kthread is moved to the cgroup at once."""
    made, asked = vhost.asks(machine, world, fork_owner)
    ok, workers = made.errno == 0, _workers(world, device)
    kthread = when(ok, made.by_kthreadd, _kthread(world, device))
    moved = but(vhost.moved_by_its_owner(asked), asked=False, of_kthreads=False)
    more = workers + when_word(8, ok, 1, 0)
    return signed_below(workers, MOST), _with(moved, device, more, kthread)


@SYSTEM.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_owner_gets_narrower_limits(_machine: Machine, world: World) -> Move:
    """Room for one worker only, before there is any."""
    ready = both(world.limit == 4, world.a == 0, world.b == 0)
    return Move(ready, but(world, limit=2, pids_max=2))


@SYSTEM.step(at=SET_OWNER, who="owner", each=BOTH)
def the_owner_opens_device_X(machine: Machine, world: World, device: str) -> Move:
    """VHOST_SET_OWNER, by the kernel's own way; a kthread is moved to the cgroup at once."""
    _, after = _makes(machine, world, device, True)
    return Move(_workers(world, device) == 0, after)


@SYSTEM.step(at=SET_OWNER, who="owner", each=BOTH, since=FORK_OWNER)
def the_owner_opens_device_X_with_a_kthread(machine: Machine, world: World, device: str) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD, then VHOST_SET_OWNER (v6.17)."""
    _, after = _makes(machine, world, device, False)
    return Move(_workers(world, device) == 0, after)


@SYSTEM.step(at=_IOCTL, who="owner", each=BOTH, since=VHOST_NEW_WORKER)
def the_owner_asks_for_one_more_worker_of_device_X(
    machine: Machine, world: World, device: str
) -> Move:
    """VHOST_NEW_WORKER; EFAULT on a device with a kthread."""
    room, made = _makes(machine, world, device, True)
    kthread = _kthread(world, device)
    refused = but(world, refused=int(Errno.EFAULT))
    after = choose(kthread, refused, made)
    owned = signed_below(0, _workers(world, device))
    return Move(both(owned, room), but(after, asked=True, of_kthreads=kthread))


def _ends(world: World, device: str, number: Word) -> World:
    """So many workers of a device end, and whoever was charged is charged no more."""
    kthread = _kthread(world, device)
    left = _workers(world, device) - number
    return but(
        _with(world, device, left, both(kthread, no(left == 0))),
        tasks=world.tasks - when_word(64, kthread, 0, _wide(number)),
        pids=world.pids - _wide(number),
        asked=False,
        of_kthreads=False,
        refused=0,
    )


def _wide(number: Word) -> Word:
    """Return a small count as a 64-bit word."""
    total: Word = 0
    for each in range(1, MOST + 1):
        total = total + when_word(64, number == each, each, 0)
    return total


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_free_worker", who="owner", each=BOTH,
             since=VHOST_NEW_WORKER)
def the_owner_frees_a_worker_of_device_X(_machine: Machine, world: World, device: str) -> Move:
    """VHOST_FREE_WORKER of one that no ring is attached to; the last one keeps the rings."""
    return Move(signed_below(1, _workers(world, device)), _ends(world, device, 1))


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_workers_free", who="owner", each=BOTH)
def the_owner_closes_device_X(_machine: Machine, world: World, device: str) -> Move:
    """All workers of the device are stopped and released, made by whichever call."""
    workers = _workers(world, device)
    return Move(signed_below(0, workers), _ends(world, device, workers))


def tasks_in_all(world: World) -> Word:
    """Return the owner and all workers."""
    return 1 + _wide(world.a) + _wide(world.b)
