"""Credentials and limits: signals before the copy, copy_creds, RLIMIT_NPROC, max_threads."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, below, both, either, no, signed_below
from model.call import Call
from model.patches import (
    CHROOT_USERNS_GUARD,
    COUNT_BEFORE_TEST,
    FORK_DESPITE_NOTIFY_SIGNAL,
    NAMESPACE_COUNTS,
    NESTING_ENOSPC,
    REDHAT_USERNS_OFF_EINVAL,
    SECURITY_CREATE_USER_NS,
    SECURITY_TASK_CREATE_GONE,
    SIGNALS_BEFORE_FORK,
    UCOUNTS_NPROC,
    USERNS_NESTING_LIMIT,
    WITHOUT_SECURITY,
    WITHOUT_USER_NS,
)
from model.request import Entry
from model.rows import rejects
from model.state import Fallible, Limit
from model.ucounts import (
    caller_is_over,
    child_is_over,
    exempt,
    new_user_ns,
    shares_its_creators_cred,
)
from model.words import Errno

_COPY = "kernel/fork.c:copy_process"
_CREDS = "kernel/cred.c:copy_creds"
_USER_NS = "kernel/user_namespace.c:create_user_ns"


def any_error(call: Call) -> Word:
    """Return the error that chance chose for a step with many."""
    return call.chance.errno


def full(limit: Limit) -> Truth:
    """Return whether inc_ucount() refuses: the sysctl is reached."""
    return no(signed_below(limit.count, limit.max))


@rejects(
    any_error,
    at="security/security.c:security_task_create",
    until=SECURITY_TASK_CREATE_GONE | WITHOUT_SECURITY,
)
def security_module_refuses_to_fork(call: Call) -> Truth:
    """security_task_create() says no, before anything is tested but flags (before v4.14)."""
    return call.fails(Fallible.SECURITY_TASK_CREATE)


@rejects(Errno.ERESTARTNOINTR, at=_COPY, since=SIGNALS_BEFORE_FORK)
def signal_is_pending_before_the_fork(call: Call) -> Truth:
    """A signal waits for the caller: deliver it first, then restart."""
    notified = both(no(call.kernel[FORK_DESPITE_NOTIFY_SIGNAL]), call.chance.notify_signal)
    return either(call.chance.signal_pending, notified)


@rejects(Errno.ENOMEM, at="kernel/fork.c:dup_task_struct")
def task_struct_cannot_be_allocated(call: Call) -> Truth:
    """No memory for the task or its stack."""
    return call.fails(Fallible.DUP_TASK_STRUCT)


@rejects(Errno.EAGAIN, at=_COPY, until=COUNT_BEFORE_TEST)
def caller_is_over_its_process_limit(call: Call) -> Truth:
    """RLIMIT_NPROC, tested on the caller's user before the child is counted (before v5.17)."""
    return both(caller_is_over(call), no(exempt(call)))


def _own_cred(call: Call, condition: Truth) -> Truth:
    return both(no(shares_its_creators_cred(call)), condition)


@rejects(Errno.ENOMEM, at="kernel/cred.c:prepare_creds")
def credentials_cannot_be_copied(call: Call) -> Truth:
    """No memory for struct cred."""
    return _own_cred(call, call.fails(Fallible.PREPARE_CREDS))


def wants_user_ns(call: Call) -> Truth:
    """Return whether create_user_ns() is reached: CLONE_NEWUSER and a cred of one's own.

    unshare_userns() always makes one; the short cut is copy_creds()'s alone.
    """
    unshares = call.request.entry == int(Entry.UNSHARE)
    return both(either(unshares, no(shares_its_creators_cred(call))), new_user_ns(call))


@rejects(
    Errno.EINVAL, at="include/linux/user_namespace.h:create_user_ns", since=WITHOUT_USER_NS
)
def kernel_has_no_user_namespaces(call: Call) -> Truth:
    """CLONE_NEWUSER without CONFIG_USER_NS."""
    return wants_user_ns(call)


def _user_ns_is_too_deep(call: Call) -> Truth:
    return both(wants_user_ns(call), below(words.MAX_USER_NS_PARENT_LEVEL, call.cred.user_ns.level))


@rejects(Errno.EUSERS, at=_USER_NS, since=USERNS_NESTING_LIMIT, until=NESTING_ENOSPC)
def user_namespaces_nest_too_deep_for_users(call: Call) -> Truth:
    """The parent namespace's level is above 32; v3.11 to v4.8 called it EUSERS."""
    return _user_ns_is_too_deep(call)


@rejects(Errno.ENOSPC, at=_USER_NS, since=NESTING_ENOSPC)
def user_namespaces_nest_too_deep(call: Call) -> Truth:
    """The parent namespace's level is above 32."""
    return _user_ns_is_too_deep(call)


@rejects(Errno.ENOSPC, at="kernel/user_namespace.c:inc_user_namespaces", since=NAMESPACE_COUNTS)
def too_many_user_namespaces(call: Call) -> Truth:
    """user.max_user_namespaces is reached, here or in an ancestor."""
    return both(wants_user_ns(call), full(call.system.user_namespaces))


@rejects(Errno.EINVAL, at=_USER_NS, since=REDHAT_USERNS_OFF_EINVAL)
def user_namespaces_are_turned_off(call: Call) -> Truth:
    """user.max_user_namespaces of the first namespace is 0, as RHEL 7 begins: it keeps its errno.

    Asked of whoever is in that namespace itself; the sysctl's bound refuses it in any case.
    """
    first = call.cred.user_ns.level == 0
    off = both(first, call.system.user_namespaces.max == 0)
    return both(too_many_user_namespaces.condition(call), off)


@rejects(Errno.EPERM, at=_USER_NS, since=CHROOT_USERNS_GUARD)
def chrooted_caller_wants_a_user_namespace(call: Call) -> Truth:
    """The caller's root is not its mount namespace's root."""
    return both(wants_user_ns(call), call.current.chrooted)


@rejects(Errno.EPERM, at=_USER_NS)
def creator_is_not_mapped_in_its_namespace(call: Call) -> Truth:
    """The effective uid or gid has no mapping in the parent namespace."""
    cred = call.cred
    return both(wants_user_ns(call), no(both(cred.euid_mapped, cred.egid_mapped)))


@rejects(
    any_error, at=_USER_NS, since=SECURITY_CREATE_USER_NS, until=WITHOUT_SECURITY
)
def security_module_refuses_the_user_namespace(call: Call) -> Truth:
    """security_create_user_ns() says no."""
    return both(wants_user_ns(call), call.fails(Fallible.SECURITY_CREATE_USER_NS))


@rejects(Errno.ENOMEM, at=_USER_NS)
def user_namespace_cannot_be_allocated(call: Call) -> Truth:
    """No memory for struct user_namespace."""
    return both(wants_user_ns(call), call.fails(Fallible.ALLOC_USER_NS))


@rejects(Errno.EAGAIN, at="kernel/cred.c:set_cred_ucounts", since=UCOUNTS_NPROC)
def ucounts_of_the_new_namespace_cannot_be_had(call: Call) -> Truth:
    """alloc_ucounts() fails."""
    return both(wants_user_ns(call), call.fails(Fallible.SET_CRED_UCOUNTS))


@rejects(Errno.EAGAIN, at=_COPY, since=COUNT_BEFORE_TEST)
def child_would_exceed_a_process_limit(call: Call) -> Truth:
    """RLIMIT_NPROC, or a namespace's snapshot of it, tested with the child counted."""
    return both(child_is_over(call), no(exempt(call)))


@rejects(Errno.EAGAIN, at=_COPY)
def machine_has_all_the_threads_it_may(call: Call) -> Truth:
    """nr_threads has reached max_threads; for root and kernel threads too."""
    return no(signed_below(call.system.nr_threads, call.system.max_threads))
