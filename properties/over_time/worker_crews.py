"""Workers over time: several workers of one device, and who may have them made (v6.5)."""

from __future__ import annotations

from model.algebra import both, implies, no, signed_below
from model.kernel import Kernel
from model.over_time import vhost_flush, vhost_new_worker, vhost_ownership
from model.over_time.places import Asker, Flush, Life
from model.over_time.steps.vhost import no_worker_lives
from model.over_time.world import World
from model.patches import (
    FORK_OWNER,
    VHOST_FLUSH_UNLOCKED,
    VHOST_NEW_WORKER,
    VHOST_SIGKILL,
    VHOST_USES_TASK,
)
from model.words import Errno
from properties.claim import Claim, fails, holds
from properties.over_time.claim import ends, invariant

_BY_THE_OWNER = holds(since=VHOST_USES_TASK, until=FORK_OWNER)


@invariant(
    "P32m",
    of=vhost_new_worker.SYSTEM,
    source="drivers/vhost/vhost.c:vhost_new_worker; kernel/fork.c:copy_process",
    expect=_BY_THE_OWNER,
)
def an_owner_and_the_workers_of_all_its_devices_are_never_more_than_its_limit(
    _kernel: Kernel, state: World
) -> Claim:
    """In any mix of SET_OWNER, NEW_WORKER, FREE_WORKER and close; kthreads are not counted."""
    return Claim(True, no(signed_below(state.limit, vhost_new_worker.tasks_in_all(state))))


@invariant(
    "P69m",
    of=vhost_new_worker.SYSTEM,
    source="kernel/cgroup/pids.c:pids_can_fork and pids_can_attach",
    expect=_BY_THE_OWNER,
)
def an_owner_and_the_workers_of_all_its_devices_are_never_more_than_pids_max(
    _kernel: Kernel, state: World
) -> Claim:
    """Moving a kthread into the cgroup charges and does not test."""
    return Claim(True, no(signed_below(state.pids_max, state.pids)))


@invariant(
    "P32e",
    of=vhost_new_worker.SYSTEM,
    source="7d9896e9f6d0; drivers/vhost/vhost.c:vhost_worker_ioctl",
    expect=holds(needs=FORK_OWNER),
)
def a_device_with_a_kthread_gets_no_second_worker(_kernel: Kernel, state: World) -> Claim:
    """EFAULT: so a kthread escapes the limits, but only one per device."""
    told = implies(state.of_kthreads, state.refused == int(Errno.EFAULT))
    single = both(
        implies(state.a_kthread, no(signed_below(1, state.a))),
        implies(state.b_kthread, no(signed_below(1, state.b))),
    )
    return Claim(both(state.asked, state.of_kthreads), both(told, single))


@invariant(
    "P66m",
    of=vhost_new_worker.SYSTEM,
    source="obvious but false; drivers/vhost/vhost.c:vhost_new_worker",
    expect=fails(needs=VHOST_NEW_WORKER),
)
def a_refused_VHOST_NEW_WORKER_tells_that_a_limit_was_reached(
    _kernel: Kernel, state: World
) -> Claim:
    """False in every version: ENOMEM, although vhost_task_create() tells the errno since v6.14."""
    refused = both(state.asked, no(state.of_kthreads), no(state.refused == 0))
    return Claim(refused, state.refused == int(Errno.EAGAIN))


@invariant(
    "P66o",
    of=vhost_ownership.SYSTEM,
    source="drivers/vhost/vhost.c:vhost_dev_check_owner",
    expect=holds(needs=VHOST_NEW_WORKER),
)
def only_who_shares_the_owners_memory_gets_one_more_worker(
    _kernel: Kernel, state: World
) -> Claim:
    """Another process that has the file is told EPERM, or EINVAL while there is no owner."""
    stranger = state.asker == int(Asker.STRANGER)
    return Claim(stranger, no(state.answer == 0))


@invariant(
    "P32u",
    of=vhost_ownership.SYSTEM,
    source="obvious but false since v6.5; drivers/vhost/vhost.c:vhost_dev_check_owner",
    expect=holds(since=VHOST_USES_TASK, until=VHOST_NEW_WORKER),
)
def every_worker_of_a_device_is_charged_to_the_user_who_opened_it(
    _kernel: Kernel, state: World
) -> Claim:
    """A child with CLONE_VM that became another user may ask as well, and pays itself."""
    return Claim(state.made, no(signed_below(0, state.elsewhere)))


@ends(
    "P52m",
    of=vhost_ownership.SYSTEM,
    source="obvious but false; kernel/signal.c:complete_signal",
    expect=fails(),
    truth="P52p",
)
def killing_the_process_that_opened_a_device_ends_all_its_workers(
    _kernel: Kernel, state: World
) -> Claim:
    """False in every version; since v6.10 for a worker that a child with CLONE_VM asked for."""
    return Claim(both(state.made, state.killed), no_worker_lives(state))


@ends(
    "P52p",
    of=vhost_ownership.SYSTEM,
    source="db5247d9bf5c; kernel/vhost_task.c:vhost_task_fn",
    expect=holds(since=VHOST_SIGKILL),
)
def killing_every_process_that_asked_for_workers_ends_them(
    _kernel: Kernel, state: World
) -> Claim:
    """The strongest true version."""
    owners = both(state.made, state.killed)
    killed = both(owners, implies(state.child_asked, state.child == int(Life.ZOMBIE)))
    return Claim(killed, no_worker_lives(state))


@ends(
    "P64d",
    of=vhost_flush.SYSTEM,
    source="ba704ff4e142; drivers/vhost/vhost.c:__vhost_worker_flush",
    expect=holds(needs=VHOST_NEW_WORKER),
)
def moving_a_ring_from_a_worker_that_is_killed_comes_to_an_end(
    _kernel: Kernel, state: World
) -> Claim:
    """The waiter holds no mutex that the dying worker needs."""
    return Claim(no(state.flush == int(Flush.NO)), state.flush == int(Flush.DONE))


@invariant(
    "P64u",
    of=vhost_flush.SYSTEM,
    source="ba704ff4e142; drivers/vhost/vhost.c:__vhost_worker_flush",
    expect=holds(until=VHOST_FLUSH_UNLOCKED, needs=VHOST_NEW_WORKER),
)
def who_waits_for_a_flush_holds_the_workers_mutex(_kernel: Kernel, state: World) -> Claim:
    """Until a killed worker needed it; since v6.10 it is dropped and taken again."""
    return Claim(state.flush == int(Flush.WAITS), no(state.unlocked))
