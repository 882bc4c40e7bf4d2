"""Workers over time: suspend and the freezer of cgroup v2."""

from __future__ import annotations

from model.algebra import both, either, implies, no
from model.kernel import Kernel
from model.over_time import both_freezers, cgroup_freezer, suspend
from model.over_time.steps import cgroup
from model.over_time.world import World
from model.patches import (
    FORK_OWNER,
    KVM_VHOST_TASK,
    VHOST_SIGKILL,
    VHOST_USES_TASK,
    WORKERS_ARE_THREADS,
)
from properties.claim import Claim, fails, holds
from properties.over_time.claim import ends, invariant


@ends(
    "P58",
    of=both_freezers.SYSTEM,
    source="f9010dbdce91; kernel/freezer.c",
    expect=fails(since=VHOST_USES_TASK, until=WORKERS_ARE_THREADS),
)
def suspend_ends(_kernel: Kernel, state: World) -> Claim:
    """The series' worker was to freeze and never looked; kthreads need not; nobody waits (P58f)."""
    return Claim(both(state.suspend, no(state.killed)), both_freezers.suspended(state))


@ends(
    "P58k",
    of=both_freezers.SYSTEM,
    source="db5247d9bf5c; kernel/vhost_task.c:vhost_task_fn",
    expect=fails(since=VHOST_USES_TASK, until=VHOST_SIGKILL),
)
def suspend_ends_with_a_worker_whose_process_was_killed(
    _kernel: Kernel, state: World
) -> Claim:
    """v6.4 to v6.9: a worker that knows it is dead calls get_signal() no more, nor ends.

    Seen on v6.6: EBUSY after 20 seconds; then the worker spins until the device is released.
    """
    return Claim(both(state.suspend, state.killed), both_freezers.suspended(state))


@ends(
    "P59",
    of=both_freezers.SYSTEM,
    source="kernel/cgroup/freezer.c:cgroup_update_frozen",
    expect=holds(since=WORKERS_ARE_THREADS, until=FORK_OWNER),
)
def freezing_the_owners_cgroup_ends(_kernel: Kernel, state: World) -> Claim:
    """A kthread counts and is never trapped; the series' worker was told and never looked.

    Not while the machine suspends: who is in the refrigerator is trapped after resume.
    """
    asked = both(no(state.kvm), state.freeze, no(state.killed), no(state.suspend))
    return Claim(asked, both_freezers.frozen(state))


@ends(
    "P59k",
    of=both_freezers.SYSTEM,
    source="d96c77bd4eeb",
    expect=holds(since=KVM_VHOST_TASK),
)
def freezing_the_cgroup_of_a_virtual_machine_ends(_kernel: Kernel, state: World) -> Claim:
    """Until v6.13 KVM's recovery thread was a kthread in it."""
    asked = both(state.kvm, state.freeze, no(state.killed), no(state.suspend))
    return Claim(asked, both_freezers.frozen(state))


@invariant(
    "P59s",
    of=cgroup_freezer.SYSTEM,
    source="kernel/cgroup/freezer.c:cgroup_freezer_migrate_task",
    expect=holds(since=VHOST_USES_TASK, until=FORK_OWNER),
)
def a_cgroup_that_says_frozen_has_nobody_who_runs(_kernel: Kernel, state: World) -> Claim:
    """A kthread that is moved in runs on, and cgroup.events is not brought up to date."""
    said = either(*(cgroup.says(state, one) for one in cgroup.CGROUPS))
    true = (
        implies(cgroup.says(state, one), cgroup.all_trapped(state, one)) for one in cgroup.CGROUPS
    )
    return Claim(said, both(*true))


@ends(
    "P59t",
    of=cgroup_freezer.SYSTEM,
    source="kernel/cgroup/freezer.c:cgroup_leave_frozen",
    expect=holds(),
)
def nobody_stays_in_the_trap_of_a_cgroup_that_is_not_to_freeze(
    _kernel: Kernel, state: World
) -> Claim:
    """After a thaw, or a move to another cgroup, owner and worker leave by themselves."""
    owner = both(state.owner_trapped, no(cgroup.told_to_freeze(state, state.owner_away)))
    worker = both(state.worker_trapped, no(cgroup.told_to_freeze(state, state.worker_away)))
    return Claim(either(owner, worker), no(either(owner, worker)))


@ends(
    "P59m",
    of=cgroup_freezer.SYSTEM,
    source="kernel/cgroup/freezer.c:cgroup_freezer_migrate_task",
    expect=holds(since=WORKERS_ARE_THREADS, until=FORK_OWNER),
)
def a_process_that_is_moved_to_a_frozen_cgroup_freezes_with_its_worker(
    _kernel: Kernel, state: World
) -> Claim:
    """The worker moves with it if it is a thread of it; no ioctl is under way (see P59g)."""
    there = both(state.owner_away, no(state.killed), no(state.flushing))
    worker = either(state.worker_gone, state.worker_trapped)
    return Claim(both(there, state.made), both(state.owner_trapped, worker))


@ends(
    "P59x",
    of=cgroup_freezer.SYSTEM,
    source="db5247d9bf5c; kernel/signal.c:get_signal",
    expect=fails(since=WORKERS_ARE_THREADS, until=VHOST_SIGKILL),
)
def SIGKILL_ends_a_frozen_process_and_its_threads(
    _kernel: Kernel, state: World
) -> Claim:
    """v6.4 to v6.9: the worker left the trap and worked on, in a cgroup that was to be frozen."""
    threads = either(no(state.thread), state.worker_gone)
    return Claim(both(state.killed, state.freeze), both(state.owner_gone, threads))


@ends(
    "P59c",
    of=cgroup_freezer.SYSTEM,
    source="kernel/vhost_task.c:vhost_task_stop; kernel/signal.c:do_freezer_trap",
    expect=fails(since=WORKERS_ARE_THREADS),
)
def releasing_a_device_ends_though_its_owners_cgroup_is_frozen(
    _kernel: Kernel, state: World
) -> Claim:
    """False since v6.4: the closer waits, unkillably, for a worker that sleeps in the trap."""
    return Claim(state.closing, state.closed)


@ends(
    "P59d",
    of=cgroup_freezer.SYSTEM,
    source="kernel/cgroup/cgroup.c:cgroup_exit",
    expect=holds(since=VHOST_USES_TASK, until=FORK_OWNER),
)
def a_cgroup_freezes_once_its_worker_has_ended(_kernel: Kernel, state: World) -> Claim:
    """A kthread's end is not noticed: the cgroup does not say frozen although all others are."""
    waits = both(state.freeze, state.closed, no(state.killed), no(state.owner_away))
    return Claim(waits, state.home_says)


@ends(
    "P59f",
    of=cgroup_freezer.SYSTEM,
    source="obvious but false; drivers/vhost/vhost.c:__vhost_worker_flush",
    expect=fails(),
    truth="P59",
)
def freezing_a_cgroup_ends_whatever_its_owner_is_doing(_kernel: Kernel, state: World) -> Claim:
    """False: an owner inside an ioctl that flushes a worker that was trapped first."""
    there = both(state.made, no(state.owner_away), no(state.worker_away), no(state.killed))
    return Claim(both(there, state.freeze), state.home_says)


@ends(
    "P59g",
    of=cgroup_freezer.SYSTEM,
    source="f9010dbdce91; drivers/vhost/vhost.c:__vhost_worker_flush",
    expect=fails(since=WORKERS_ARE_THREADS),
)
def an_ioctl_that_flushes_a_worker_ends_though_its_cgroup_is_to_freeze(
    _kernel: Kernel, state: World
) -> Claim:
    """False since v6.4: it waits, uninterruptibly, for a worker that sleeps in the trap."""
    return Claim(state.flushing, no(state.flushing))


@ends(
    "P58f",
    of=suspend.SYSTEM,
    source="f9010dbdce91; kernel/power/process.c:try_to_freeze_tasks",
    expect=fails(since=VHOST_USES_TASK),
)
def suspend_ends_though_somebody_waits_for_a_worker(
    _kernel: Kernel, state: World
) -> Claim:
    """False since v6.4: a flush or a release waits for a worker that froze first; suspend fails.

    The series' worker never froze at all.
    """
    return Claim(both(state.suspend, state.caught), suspend.suspended(state))
