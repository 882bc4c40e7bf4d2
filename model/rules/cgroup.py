"""Cgroups: what cgroup_can_fork() refuses, and the last tests before publication."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, either, has, no, plus, signed_below
from model.call import Call, choose
from model.patches import (
    CGROUP_PIDS,
    CLONE_INTO_CGROUP,
    FUTEX_HASH,
    FUTEX_HASH_FOR_VFORK,
    FUTEX_HASH_OF_SHARERS,
    PIDNS_DIES_DURING_FORK,
    SCHED_EXT,
    SIGNALS_BEFORE_FORK,
    WITHOUT_CGROUP_PIDS,
    WITHOUT_CGROUPS,
)
from model.rows import rejects
from model.rules.creds import any_error
from model.state import Cgroup, Fallible
from model.words import Errno

_SET_FORK = "kernel/cgroup/cgroup.c:cgroup_css_set_fork"


def into_cgroup(call: Call) -> Truth:
    """Return whether CLONE_INTO_CGROUP means anything on this kernel and is set."""
    kernel = call.kernel
    means = both(kernel[CLONE_INTO_CGROUP], no(kernel[WITHOUT_CGROUPS]))
    return both(means, has(call.args.flags, words.INTO_CGROUP))


def entered(call: Call) -> Cgroup:
    """Return the cgroup that the child starts in."""
    return choose(into_cgroup(call), call.request.cgroup_target.group, call.current.cgroup)


@rejects(Errno.EBADF, at=_SET_FORK)
def cgroup_fd_is_no_cgroup(call: Call) -> Truth:
    """The descriptor is closed or not a cgroup v2 directory."""
    return both(into_cgroup(call), no(call.request.cgroup_target.is_a_cgroup))


@rejects(Errno.ENOENT, at="kernel/cgroup/cgroup.c:css_tryget_online_from_dir")
def cgroup_was_removed(call: Call) -> Truth:
    """The target cgroup was removed; its open directory no longer leads to it."""
    return both(into_cgroup(call), call.request.cgroup_target.dead)


@rejects(Errno.ENODEV, at=_SET_FORK)
def cgroup_is_removed_meanwhile(call: Call) -> Truth:
    """The target cgroup dies between look-up and test."""
    return both(into_cgroup(call), call.fails(Fallible.CGROUP_DIES))


@rejects(Errno.EACCES, at="kernel/cgroup/cgroup.c:cgroup_may_write")
def cgroup_is_not_writable(call: Call) -> Truth:
    """cgroup.procs of the target is not writable for the caller."""
    return both(into_cgroup(call), no(call.request.cgroup_target.writable))


@rejects(Errno.EACCES, at="kernel/cgroup/cgroup.c:cgroup_procs_write_permission")
def common_ancestor_is_not_writable(call: Call) -> Truth:
    """cgroup.procs of the common ancestor is not writable for the caller."""
    return both(into_cgroup(call), no(call.request.cgroup_target.ancestor_writable))


@rejects(Errno.ENOENT, at="kernel/cgroup/cgroup.c:cgroup_procs_write_permission")
def cgroup_lies_outside_the_delegation(call: Call) -> Truth:
    """With nsdelegate, source or target is outside the cgroup namespace."""
    return both(into_cgroup(call), no(call.request.cgroup_target.visible))


@rejects(Errno.EOPNOTSUPP, at="kernel/cgroup/cgroup.c:cgroup_migrate_vet_dst")
def cgroup_is_no_valid_domain(call: Call) -> Truth:
    """The target is a domain that cannot hold processes."""
    return both(into_cgroup(call), no(call.request.cgroup_target.valid_domain))


@rejects(Errno.EBUSY, at="kernel/cgroup/cgroup.c:cgroup_migrate_vet_dst")
def cgroup_controls_its_children(call: Call) -> Truth:
    """The no-internal-process rule: domain controllers are enabled below the target."""
    return both(into_cgroup(call), call.request.cgroup_target.controllers_below)


@rejects(Errno.EOPNOTSUPP, at="kernel/cgroup/cgroup.c:cgroup_attach_permissions")
def thread_would_leave_its_threaded_domain(call: Call) -> Truth:
    """CLONE_THREAD into a cgroup of another threaded domain."""
    return both(
        into_cgroup(call),
        has(call.args.flags, words.THREAD),
        no(call.request.cgroup_target.same_domain),
    )


@rejects(Errno.ENOMEM, at=_SET_FORK)
def css_set_cannot_be_found(call: Call) -> Truth:
    """find_css_set() fails."""
    return both(into_cgroup(call), call.fails(Fallible.FIND_CSS_SET))


def pids_refuse(group: Cgroup) -> Truth:
    """Return whether pids_try_charge() refuses one more task."""
    after: Word = plus(group.pids, 1)
    return either(signed_below(group.pids_max, after), group.ancestor_full)


@rejects(
    Errno.EAGAIN,
    at="kernel/cgroup/pids.c:pids_can_fork",
    since=CGROUP_PIDS,
    until=WITHOUT_CGROUP_PIDS,
)
def cgroup_has_all_the_tasks_it_may(call: Call) -> Truth:
    """pids.max of the child's cgroup, or of an ancestor, is reached; for root too."""
    return pids_refuse(entered(call))


@rejects(any_error, at="kernel/sched/core.c:sched_cgroup_fork", since=SCHED_EXT)
def scheduler_refuses_the_task(call: Call) -> Truth:
    """The sched_ext scheduler refuses the task."""
    return call.fails(Fallible.SCHED_CGROUP_FORK)


def _wants_futex_hash(call: Call) -> Truth:
    """Return whether a private futex hash is asked for: kernel/futex/core.c needs a memory."""
    flags = call.args.flags
    waits = both(has(flags, words.VFORK), no(call.kernel[FUTEX_HASH_FOR_VFORK]))
    sharer = both(call.kernel[FUTEX_HASH_OF_SHARERS], no(waits))
    thread = both(no(call.kernel[FUTEX_HASH_OF_SHARERS]), has(flags, words.THREAD))
    return both(has(flags, words.VM), either(sharer, thread), call.current.mm)


@rejects(Errno.ENOMEM, at="kernel/futex/core.c:futex_hash_allocate_default", since=FUTEX_HASH)
def futex_hash_cannot_be_allocated(call: Call) -> Truth:
    """No memory for a process-private futex hash."""
    return both(_wants_futex_hash(call), call.fails(Fallible.FUTEX_HASH))


@rejects(Errno.ERESTARTNOINTR, at="kernel/fork.c:copy_process", until=SIGNALS_BEFORE_FORK)
def signal_is_pending_before_publication(call: Call) -> Truth:
    """A signal waits for the caller, fatal or not: the last test, and the only one before v4.19."""
    return either(call.chance.signal_pending, call.chance.fatal_signal)


@rejects(Errno.ENOMEM, at="kernel/fork.c:copy_process", since=PIDNS_DIES_DURING_FORK)
def pid_namespace_loses_its_init_meanwhile(call: Call) -> Truth:
    """PIDNS_ADDING is cleared between alloc_pid() and publication."""
    return both(no(call.args.idle), call.chance.pid_ns_dies)


@rejects(Errno.EINTR, at="kernel/fork.c:copy_process", since=SIGNALS_BEFORE_FORK)
def caller_is_killed_before_publication(call: Call) -> Truth:
    """fatal_signal_pending(current)."""
    return call.chance.fatal_signal


INTO_CGROUP = [
    cgroup_fd_is_no_cgroup,
    cgroup_was_removed,
    cgroup_is_removed_meanwhile,
    cgroup_is_not_writable,
    common_ancestor_is_not_writable,
    cgroup_lies_outside_the_delegation,
    cgroup_is_no_valid_domain,
    cgroup_controls_its_children,
    thread_would_leave_its_threaded_domain,
    css_set_cannot_be_found,
]
