"""Workers over time: what a vhost worker has of its owner, then and now."""

from __future__ import annotations

from model.algebra import both, no
from model.kernel import Kernel
from model.over_time import inheritance
from model.over_time.world import World
from model.patches import FORK_OWNER, VHOST_USES_TASK, WORKERS_ARE_THREADS
from properties.claim import Claim, fails, holds
from properties.over_time.claim import invariant

_AS_A_THREAD = holds(since=WORKERS_ARE_THREADS, until=FORK_OWNER)
"""Since workers are threads of their owner, until the kthread path could be chosen again."""


@invariant(
    "P68o",
    of=inheritance.SYSTEM,
    source="kernel/cred.c:copy_creds",
    expect=holds(since=VHOST_USES_TASK, until=FORK_OWNER),
)
def a_worker_keeps_the_credentials_that_its_maker_acted_under(
    _kernel: Kernel, state: World
) -> Claim:
    """The subjective ones, for good: nothing that the owner does later reaches them."""
    return Claim(state.made, state.worker_uid == state.maker)


@invariant(
    "P68u",
    of=inheritance.SYSTEM,
    source="obvious but false; kernel/cred.c:commit_creds",
    expect=fails(),
    truth="P68o",
)
def a_worker_is_charged_to_its_owners_present_user(_kernel: Kernel, state: World) -> Claim:
    """False: set*uid() changes one task, and override_creds() does not change who it is."""
    return Claim(state.made, state.worker_uid == state.uid)


@invariant(
    "P68r",
    of=inheritance.SYSTEM,
    source="f9010dbdce91; kernel/fork.c:copy_signal",
    expect=_AS_A_THREAD,
)
def a_worker_is_under_its_owners_present_rlimits(_kernel: Kernel, state: World) -> Claim:
    """The series' process had a copy and missed every later prlimit(); kthreads have kthreadd's."""
    return Claim(state.made, state.worker_limit == state.limit)


@invariant(
    "P68m",
    of=inheritance.SYSTEM,
    source="kernel/cgroup/cgroup.c:__cgroup_procs_write",
    expect=_AS_A_THREAD,
)
def a_worker_moves_with_its_owners_process(_kernel: Kernel, state: World) -> Claim:
    """cgroup.procs moves all threads of a group; kthreads and the series' process stay behind."""
    whole = both(state.made, no(state.alone))
    return Claim(whole, state.worker_cgroup == state.cgroup)


@invariant(
    "P68y",
    of=inheritance.SYSTEM,
    source="obvious but false; kernel/cgroup/cgroup.c:cgroup_threads_write",
    expect=fails(),
    truth="P68m",
)
def a_worker_is_in_its_owners_cgroup_for_good(_kernel: Kernel, state: World) -> Claim:
    """False: in a threaded subtree the owner's thread may be moved alone."""
    return Claim(state.made, state.worker_cgroup == state.cgroup)


@invariant(
    "P68q",
    of=inheritance.SYSTEM,
    source="f9010dbdce91; kernel/fork.c:ksys_unshare",
    expect=_AS_A_THREAD,
)
def a_worker_and_its_owner_are_in_one_user_namespace(_kernel: Kernel, state: World) -> Claim:
    """A group of more than one thread cannot unshare it; beside a process it could."""
    return Claim(state.made, state.worker_user_ns == state.user_ns)


@invariant(
    "P68z",
    of=inheritance.SYSTEM,
    source="obvious but false; kernel/nsproxy.c:unshare_nsproxy_namespaces",
    expect=fails(),
    truth="P68q",
)
def a_worker_is_in_its_owners_namespaces_for_good(_kernel: Kernel, state: World) -> Claim:
    """False: uts, ipc, network and mount namespaces belong to one task."""
    return Claim(state.made, state.worker_ns == state.ns)
