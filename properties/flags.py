"""Flag guards: combinations that never make a task."""

from __future__ import annotations

from model.algebra import both, has, has_any, no
from model.call import Call
from model.evaluate import Outcome
from model.patches import PIDFD_THREAD, USERNS_FS_GUARD
from model.words import FS, NEWNS, NEWUSER, PIDFD, THREAD, SIGHAND, VM, Errno
from properties.claim import Claim, claims, fails, holds


@claims("P01", source="kernel/fork.c:copy_process; clone(2)", expect=holds())
def a_new_mount_namespace_never_shares_its_root(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWNS with CLONE_FS never makes a task."""
    return Claim(has(call.args.flags, NEWNS | FS), outcome.errno != 0)


@claims("P02", source="e66eded8309e (CVE-2013-1858)", expect=holds(since=USERNS_FS_GUARD))
def a_new_user_namespace_never_shares_its_root(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER with CLONE_FS never makes a task."""
    return Claim(has(call.args.flags, NEWUSER | FS), outcome.errno != 0)


@claims("P03", source="kernel/fork.c:copy_process", expect=holds())
def a_thread_shares_handlers_and_memory(call: Call, outcome: Outcome) -> Claim:
    """On success CLONE_THREAD implies CLONE_SIGHAND and CLONE_VM."""
    flags = call.args.flags
    return Claim(both(outcome.ok, has(flags, THREAD)), has(flags, SIGHAND | VM))


@claims("P04", source="obvious but false", expect=fails(), truth="P04t")
def tasks_that_share_handlers_are_threads_of_one_group(call: Call, outcome: Outcome) -> Claim:
    """CLONE_SIGHAND without CLONE_THREAD is legal."""
    flags = call.args.flags
    return Claim(both(outcome.ok, has(flags, SIGHAND)), has(flags, THREAD))


@claims("P11", source="clone(2); 83b290c9e3b5", expect=holds(until=PIDFD_THREAD))
def a_pidfd_is_never_of_a_thread(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PIDFD with CLONE_THREAD is refused, until v6.9."""
    return Claim(has(call.args.flags, PIDFD | THREAD), outcome.errno == int(Errno.EINVAL))
