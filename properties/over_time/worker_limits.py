"""Workers over time: the owner's limits and its cgroup."""

from __future__ import annotations

from model.algebra import no, signed_below
from model.kernel import Kernel
from model.over_time import vhost_devices
from model.over_time.world import World
from model.patches import FORK_OWNER, VHOST_USES_TASK
from properties.claim import Claim, holds
from properties.over_time.claim import invariant

_BY_THE_OWNER = holds(since=VHOST_USES_TASK, until=FORK_OWNER)
"""Since the series, until the kthread path could be chosen again."""


@invariant(
    "P32H",
    of=vhost_devices.SYSTEM,
    source="the series' cover letter",
    expect=_BY_THE_OWNER,
    truth="P32tH",
)
def an_owner_and_its_workers_are_never_more_than_its_limit(
    _kernel: Kernel, state: World
) -> Claim:
    """RLIMIT_NPROC of an unprivileged owner; kthreads were charged to root instead."""
    return Claim(True, vhost_devices.workers_are_within_the_limit(state))


@invariant("P32tH", of=vhost_devices.SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def tasks_charged_to_an_owner_are_never_more_than_its_limit(
    _kernel: Kernel, state: World
) -> Claim:
    """The strongest true version for all kernels: of those that are charged to it."""
    return Claim(True, no(signed_below(state.limit, state.tasks)))


@invariant("P69H", of=vhost_devices.SYSTEM, source="kernel/cgroup/pids.c", expect=_BY_THE_OWNER)
def an_owner_and_its_workers_are_never_more_than_pids_max(
    _kernel: Kernel, state: World
) -> Claim:
    """Moving a kthread into the cgroup charges and does not test."""
    return Claim(True, no(signed_below(state.pids_max, state.pids)))


@invariant(
    "P68H", of=vhost_devices.SYSTEM, source="drivers/vhost/vhost.c:vhost_attach_cgroups",
    expect=_BY_THE_OWNER,
)
def no_worker_ever_runs_outside_its_owners_cgroup(_kernel: Kernel, state: World) -> Claim:
    """A kthread does, between its start and the move."""
    return Claim(signed_below(0, state.opened), state.in_cgroup)
