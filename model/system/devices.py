"""Devices: one owner opens vhost devices under RLIMIT_NPROC and pids.max.

drivers/vhost/vhost.c:vhost_dev_set_owner.  A kthread worker is made by kthreadd and moved
into the owner's cgroup afterwards, so there is a moment between; a vhost task starts there.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, Word, both, no, signed_below, when_word
from model.patches import FORK_OWNER
from model.records import BOOL, fact
from model.state import USER, Cgroup, Cred, Signal, Task, Ucounts
from model.system import calls
from model.system.step import Machine, Move, System, but

_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"
_ATTACH = "drivers/vhost/vhost.c:vhost_attach_cgroups"
DEVICES = 3


@dataclass(frozen=True, slots=True)
class Devices:
    """An unprivileged owner, its devices, and who is charged for their workers."""

    opened: Word = fact(64, 0, "devices with a worker", signed=True)
    tasks: Word = fact(64, 1, "tasks charged to the owner's user", signed=True)
    kernel_tasks: Word = fact(64, 1, "tasks charged to root that kthreadd made", signed=True)
    limit: Word = fact(64, 2, "the owner's RLIMIT_NPROC", signed=True)
    pids: Word = fact(64, 1, "pids.current of the owner's cgroup", signed=True)
    pids_max: Word = fact(64, 2, "pids.max of the owner's cgroup", signed=True)
    astray: Truth = fact(BOOL, False, "a worker runs and is not in its owner's cgroup yet")
    refused: Word = fact(16, 0, "errno of the last VHOST_SET_OWNER", names="errno")


SYSTEM = System(
    name="devices",
    about="an unprivileged owner opens vhost devices under RLIMIT_NPROC and pids.max",
    record=Devices,
    tasks="one owner and up to 3 devices",
    start=lambda _machine: Devices(),
)


def _sets_owner(machine: Machine, state: Devices, fork_owner: bool) -> Move:
    counts = Ucounts(
        nproc=state.tasks, nproc_of_euid=state.tasks, user_processes=state.tasks
    )
    cgroup = Cgroup(pids=state.pids, pids_max=state.pids_max)
    cred = Cred(ucounts=counts)
    owner = Task(
        real_cred=cred, cred=cred, signal=Signal(rlim_nproc=state.limit), cgroup=cgroup
    )
    made = machine.ask(calls.vhost_worker, fork_owner, owner)
    ok = made.errno == 0
    owners = both(ok, made.charged_uid == USER)
    placed = both(ok, made.in_cgroup)
    after = but(
        state,
        opened=state.opened + when_word(64, ok, 1, 0),
        tasks=state.tasks + when_word(64, owners, 1, 0),
        kernel_tasks=state.kernel_tasks + when_word(64, both(ok, no(owners)), 1, 0),
        pids=state.pids + when_word(64, placed, 1, 0),
        astray=both(ok, no(made.in_cgroup)),
        refused=made.errno,
    )
    room = signed_below(state.opened, DEVICES)
    return Move(both(no(state.astray), room), after)


@SYSTEM.step(at=_SET_OWNER, who="owner")
def the_owner_opens_a_device(machine: Machine, state: Devices) -> Move:
    """VHOST_SET_OWNER, by the kernel's own way of making workers."""
    return _sets_owner(machine, state, True)


@SYSTEM.step(at=_SET_OWNER, who="owner", since=FORK_OWNER)
def the_owner_opens_a_device_and_asks_for_a_kthread(machine: Machine, state: Devices) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD, then VHOST_SET_OWNER (v6.17)."""
    return _sets_owner(machine, state, False)


@SYSTEM.step(at=_ATTACH, who="owner", own=True)
def the_new_kthread_is_moved_to_the_owners_cgroup(_machine: Machine, state: Devices) -> Move:
    """cgroup_attach_task_all(); pids_can_attach() charges and tests nothing."""
    return Move(state.astray, but(state, astray=False, pids=state.pids + 1))


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_cleanup", who="owner")
def the_owner_closes_a_device(_machine: Machine, state: Devices) -> Move:
    """Its worker ends; one that is charged to the owner, if there is any."""
    by_owner = signed_below(1, state.tasks)
    after = but(
        state,
        opened=state.opened - 1,
        tasks=when_word(64, by_owner, state.tasks - 1, state.tasks),
        kernel_tasks=when_word(64, by_owner, state.kernel_tasks, state.kernel_tasks - 1),
        pids=state.pids - 1,
        refused=0,
    )
    return Move(both(signed_below(0, state.opened), no(state.astray)), after)


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_cleanup", who="owner", since=FORK_OWNER)
def the_owner_closes_a_device_with_a_kthread(_machine: Machine, state: Devices) -> Move:
    """While others have a worker that is charged to the owner."""
    mixed = both(signed_below(1, state.tasks), signed_below(1, state.kernel_tasks))
    after = but(
        state,
        opened=state.opened - 1,
        kernel_tasks=state.kernel_tasks - 1,
        pids=state.pids - 1,
        refused=0,
    )
    return Move(both(mixed, no(state.astray)), after)


def workers_are_within_the_limit(state: Devices) -> Truth:
    """Return whether the owner and all its workers are no more than RLIMIT_NPROC."""
    return no(signed_below(state.limit, 1 + state.opened))
