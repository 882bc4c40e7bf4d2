"""Who shares a root or a thread group across user namespaces."""

from __future__ import annotations

from model.algebra import either, no
from model.kernel import Kernel
from model.over_time import userns_sharing
from model.over_time.world import World
from model.patches import USERNS_FS_GUARD, VHOST_USES_TASK
from properties.claim import Claim, fails, holds
from properties.over_time.claim import invariant


@invariant(
    "P02H",
    of=userns_sharing.SYSTEM,
    source="e66eded8309e (CVE-2013-1858)",
    expect=holds(since=USERNS_FS_GUARD),
)
def tasks_that_share_a_root_are_in_one_user_namespace(_kernel: Kernel, state: World) -> Claim:
    """However clone(), unshare(), setns() and workers follow one another."""
    shared = either(state.child_fs, state.worker_fs)
    return Claim(shared, userns_sharing.one_root_one_namespace(state))


@invariant("P49H", of=userns_sharing.SYSTEM, source="kernel/fork.c:copy_process", expect=holds())
def threads_of_a_group_are_in_one_user_namespace(_kernel: Kernel, state: World) -> Claim:
    """A group of more than one neither unshares nor joins."""
    threads = either(state.child_thread, state.thread)
    return Claim(threads, userns_sharing.one_group_one_namespace(state))


@invariant(
    "P6C",
    of=userns_sharing.SYSTEM,
    source="kernel/user_namespace.c:userns_install",
    expect=fails(since=VHOST_USES_TASK),
)
def opening_a_vhost_device_changes_no_later_setns(_kernel: Kernel, state: World) -> Claim:
    """False since the series: the worker shares the root, so setns() says EINVAL."""
    return Claim(True, no(state.worker_in_the_way))
