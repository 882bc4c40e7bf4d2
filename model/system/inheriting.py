"""Inheriting: what a vhost worker has of its owner, at its creation and later.

kernel/cred.c:copy_creds and override_creds, kernel/fork.c:copy_signal, kernel/nsproxy.c,
kernel/cgroup/cgroup.c.  Credentials belong to a task, rlimits to a thread group, a cgroup to a
task that is moved alone or with its group, namespaces to a task.
"""

from __future__ import annotations

from typing import TypeAlias

from model.algebra import Word, both, no, when_word
from model.system import calls
from model.system.step import Machine, Move
from model.system.steps import vhost
from model.system.world import World, but, scope

_PRLIMIT = "kernel/sys.c:do_prlimit"
_CGROUP = "kernel/cgroup/cgroup.c:__cgroup_procs_write"
ONE, OTHER = 1000, 1001
LESS, MORE = 10, 20

Inheriting: TypeAlias = World
"""An owner in a container, and its worker."""

SYSTEM = scope(
    "inheriting",
    about="what a worker has of its owner, at its creation and later",
    facts="uid acting limit cgroup ns user_ns made kthread thread maker worker_uid shares_limits "
    "worker_limit worker_cgroup worker_ns worker_user_ns alone",
    tasks="one owner and one worker",
    limit=LESS,
)
SYSTEM.takes(
    vhost.the_owner_opens_the_device,
    vhost.the_owner_opens_the_device_and_asks_for_a_kthread,
)


@SYSTEM.step(at="kernel/cred.c:override_creds", who="owner")
def the_owner_begins_to_act_under_anothers_credentials(
    _machine: Machine, world: World
) -> Move:
    """Subjective credentials only; who it is, and what it is charged to, stay."""
    return Move(world.acting == world.uid, but(world, acting=_other(world.uid)))


@SYSTEM.step(at="kernel/cred.c:revert_creds", who="owner")
def the_owner_acts_under_its_own_credentials_again(
    _machine: Machine, world: World
) -> Move:
    """The worker, if one was made meanwhile, keeps what it got."""
    return Move(no(world.acting == world.uid), but(world, acting=world.uid))


def _other(uid: Word) -> Word:
    return when_word(32, uid == ONE, OTHER, ONE)


@SYSTEM.step(at="kernel/sys.c:__sys_setresuid", who="owner")
def the_owner_becomes_another_user(_machine: Machine, world: World) -> Move:
    """Of the calling task alone; a C library does it for each thread that it made."""
    ready = both(world.uid == ONE, world.acting == ONE)
    return Move(ready, but(world, uid=OTHER, acting=OTHER))


@SYSTEM.step(at=_PRLIMIT, who="administrator")
def the_owners_limit_is_changed(_machine: Machine, world: World) -> Move:
    """prlimit() of the process; rlimits are in signal_struct."""
    worker = when_word(64, world.shares_limits, MORE, world.worker_limit)
    return Move(world.limit == LESS, but(world, limit=MORE, worker_limit=worker))


@SYSTEM.step(at=_PRLIMIT, who="administrator")
def the_workers_limit_is_changed(_machine: Machine, world: World) -> Move:
    """prlimit() with the worker's pid; for a thread it is its owner's."""
    owners = when_word(64, world.shares_limits, MORE, world.limit)
    ready = both(world.made, no(world.worker_limit == MORE))
    return Move(ready, but(world, worker_limit=MORE, limit=owners))


@SYSTEM.step(at=_CGROUP, who="administrator")
def the_owner_is_moved_by_cgroup_procs(_machine: Machine, world: World) -> Move:
    """Every thread of its group, and nobody else."""
    along = both(world.made, world.thread)
    after = but(world, cgroup=2, worker_cgroup=when_word(8, along, 2, world.worker_cgroup))
    return Move(world.cgroup == 1, after)


@SYSTEM.step(at=_CGROUP, who="administrator")
def the_owners_thread_alone_is_moved_by_cgroup_threads(
    _machine: Machine, world: World
) -> Move:
    """In a threaded subtree."""
    ready = both(world.made, world.cgroup == 1)
    return Move(ready, but(world, cgroup=2, alone=True))


@SYSTEM.step(at="kernel/nsproxy.c:unshare_nsproxy_namespaces", who="owner")
def the_owner_unshares_its_namespaces(_machine: Machine, world: World) -> Move:
    """unshare() of uts, ipc, net, …: the nsproxy of one task."""
    return Move(world.ns == 1, but(world, ns=2))


@SYSTEM.step(at="kernel/fork.c:ksys_unshare", who="owner")
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


