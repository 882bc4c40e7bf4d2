"""Flag combinations that kernel_clone() and copy_process() refuse before touching anything."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, below, both, either, has, has_any, no, when_word
from model.call import Call
from model.entries import through_kernel_clone
from model.patches import (
    CLONE_AUTOREAP,
    CLONE_NNP,
    CLONE_PIDFD,
    DEBIAN_USERNS_SYSCTL,
    EXIT_SIGNAL_CHECK,
    NO_SIBLINGS_OF_INIT,
    PARENT_WITH_NEW_NAMESPACES,
    PIDFD_AUTOKILL,
    PIDFD_POINTER_CHECK,
    PIDFD_THREAD,
    SIGHAND_STAYS,
    THREADS_STAY,
    TIME_NAMESPACES,
    TIMENS_AT_EXEC,
    USERNS_FS_GUARD,
    VFORK_BEFORE_PIDNS,
    WITHOUT_USER_NS,
)
from model.rows import rejects
from model.words import Errno

_CLONE = "kernel/fork.c:kernel_clone"
_COPY = "kernel/fork.c:copy_process"


@rejects(Errno.EINVAL, at=_CLONE, since=PIDFD_POINTER_CHECK)
def pidfd_and_parent_tid_share_one_address(call: Call) -> Truth:
    """CLONE_PIDFD and CLONE_PARENT_SETTID would write to the same place."""
    return both(
        through_kernel_clone(call.request),
        has(call.args.flags, words.PIDFD | words.PARENT_SETTID),
        call.args.pidfd == call.args.parent_tid,
    )


@rejects(Errno.EINVAL, at=_CLONE, since=EXIT_SIGNAL_CHECK)
def exit_signal_is_no_signal(call: Call) -> Truth:
    """The exit signal is above 64, whichever call it came from."""
    return both(through_kernel_clone(call.request), below(words.SIGNAL_MAX, call.args.exit_signal))


@rejects(Errno.EINVAL, at=_COPY)
def root_directory_is_shared_across_mount_namespaces(call: Call) -> Truth:
    """CLONE_NEWNS with CLONE_FS."""
    return has(call.args.flags, words.NEWNS | words.FS)


@rejects(Errno.EINVAL, at=_COPY, since=USERNS_FS_GUARD)
def root_directory_is_shared_across_user_namespaces(call: Call) -> Truth:
    """CLONE_NEWUSER with CLONE_FS: the child could chroot a root its parent uses."""
    return has(call.args.flags, words.NEWUSER | words.FS)


@rejects(Errno.EPERM, at=_COPY, since=DEBIAN_USERNS_SYSCTL)
def debian_forbids_unprivileged_user_namespaces(call: Call) -> Truth:
    """CLONE_NEWUSER without CAP_SYS_ADMIN while unprivileged_userns_clone is 0.

    Without CONFIG_USER_NS it is a constant 0.
    """
    granted = both(call.system.unprivileged_userns_clone, no(call.kernel[WITHOUT_USER_NS]))
    return both(
        has(call.args.flags, words.NEWUSER),
        no(granted),
        no(call.capable(words.CAP_SYS_ADMIN)),
    )


@rejects(Errno.EINVAL, at=_COPY)
def thread_does_not_share_signal_handlers(call: Call) -> Truth:
    """CLONE_THREAD without CLONE_SIGHAND."""
    flags = call.args.flags
    return both(has(flags, words.THREAD), no(has(flags, words.SIGHAND)))


@rejects(Errno.EINVAL, at=_COPY)
def shared_handlers_without_shared_memory(call: Call) -> Truth:
    """CLONE_SIGHAND without CLONE_VM."""
    flags = call.args.flags
    return both(has(flags, words.SIGHAND), no(has(flags, words.VM)))


def _pid_ns_is_pending(call: Call) -> Truth:
    return no(call.current.nsproxy.pid_for_children_is_active)


@rejects(Errno.EINVAL, at=_COPY, until=PARENT_WITH_NEW_NAMESPACES)
def sibling_in_a_new_pid_or_user_namespace(call: Call) -> Truth:
    """CLONE_PARENT with CLONE_NEWPID or CLONE_NEWUSER (before v3.13).

    v3.12 refused a sibling in a pending pid namespace, too.
    """
    flags = call.args.flags
    waits = both(call.kernel[SIGHAND_STAYS], _pid_ns_is_pending(call))
    return both(
        has(flags, words.PARENT), either(has_any(flags, words.NEWPID | words.NEWUSER), waits)
    )


@rejects(Errno.EINVAL, at=_COPY, since=NO_SIBLINGS_OF_INIT)
def init_makes_itself_a_sibling(call: Call) -> Truth:
    """CLONE_PARENT by the init of a pid namespace (SIGNAL_UNKILLABLE)."""
    return both(has(call.args.flags, words.PARENT), call.current.signal.unkillable)


def _stays_in_new_namespaces(call: Call) -> Word:
    """Return the flag whose owner stays in its pid and user namespace: 64 bits."""
    sharer = both(call.kernel[SIGHAND_STAYS], no(call.kernel[THREADS_STAY]))
    return when_word(64, sharer, words.SIGHAND, words.THREAD)


def _stays_while_one_waits(call: Call) -> Word:
    """Return the flags of which none goes with a pid namespace that waits for children: 64 bits.

    Before v3.12 CLONE_VM or CLONE_NEWPID; a second pid namespace is refused later, anyway.
    """
    sharer = when_word(64, call.kernel[VFORK_BEFORE_PIDNS], words.SIGHAND, words.VM)
    return when_word(
        64, call.kernel[SIGHAND_STAYS], _stays_in_new_namespaces(call), sharer | words.NEWPID
    )


@rejects(Errno.EINVAL, at=_COPY)
def thread_enters_another_pid_or_user_namespace(call: Call) -> Truth:
    """CLONE_THREAD with CLONE_NEWUSER, CLONE_NEWPID or a pending pid namespace.

    From v3.12 to v4.2 so did CLONE_SIGHAND, and before CLONE_VM where a pid namespace is pending.
    """
    flags = call.args.flags
    new = both(
        (flags & _stays_in_new_namespaces(call)) != 0,
        has_any(flags, words.NEWUSER | words.NEWPID),
    )
    return either(
        new, both((flags & _stays_while_one_waits(call)) != 0, _pid_ns_is_pending(call))
    )


@rejects(Errno.EINVAL, at=_COPY, since=TIME_NAMESPACES, until=TIMENS_AT_EXEC)
def shared_memory_across_time_namespaces(call: Call) -> Truth:
    """CLONE_THREAD or CLONE_VM while another time namespace waits for children."""
    return both(
        has_any(call.args.flags, words.THREAD | words.VM),
        no(call.current.nsproxy.time_for_children_is_active),
    )


@rejects(Errno.EINVAL, at=_COPY, since=CLONE_PIDFD)
def pidfd_with_detached(call: Call) -> Truth:
    """CLONE_PIDFD with CLONE_DETACHED."""
    return has(call.args.flags, words.PIDFD | words.DETACHED)


@rejects(Errno.EINVAL, at=_COPY, since=CLONE_PIDFD, until=PIDFD_THREAD)
def pidfd_of_a_thread(call: Call) -> Truth:
    """CLONE_PIDFD with CLONE_THREAD (until v6.9)."""
    return has(call.args.flags, words.PIDFD | words.THREAD)


@rejects(Errno.EINVAL, at=_COPY, since=CLONE_AUTOREAP)
def autoreap_of_what_is_not_an_own_child(call: Call) -> Truth:
    """CLONE_AUTOREAP with CLONE_THREAD, CLONE_PARENT or an exit signal."""
    flags = call.args.flags
    return both(
        has(flags, words.AUTOREAP),
        either(has_any(flags, words.THREAD | words.PARENT), call.args.exit_signal != 0),
    )


@rejects(Errno.EINVAL, at=_COPY, since=CLONE_AUTOREAP)
def autoreaped_task_makes_a_sibling(call: Call) -> Truth:
    """CLONE_PARENT by a caller that is itself reaped automatically."""
    return both(has(call.args.flags, words.PARENT), call.current.signal.autoreap)


@rejects(Errno.EINVAL, at=_COPY, since=CLONE_NNP)
def no_new_privs_for_a_thread(call: Call) -> Truth:
    """CLONE_NNP with CLONE_THREAD."""
    return has(call.args.flags, words.NNP | words.THREAD)


@rejects(Errno.EINVAL, at=_COPY, since=PIDFD_AUTOKILL)
def autokill_without_pidfd_and_autoreap(call: Call) -> Truth:
    """CLONE_PIDFD_AUTOKILL needs CLONE_PIDFD and CLONE_AUTOREAP and no CLONE_THREAD."""
    flags = call.args.flags
    return both(
        has(flags, words.PIDFD_AUTOKILL),
        either(no(has(flags, words.PIDFD | words.AUTOREAP)), has(flags, words.THREAD)),
    )


@rejects(Errno.EPERM, at=_COPY, since=PIDFD_AUTOKILL)
def autokill_by_the_unprivileged_without_no_new_privs(call: Call) -> Truth:
    """CLONE_PIDFD_AUTOKILL without CLONE_NNP needs CAP_SYS_ADMIN in the caller's namespace."""
    flags = call.args.flags
    return both(
        has(flags, words.PIDFD_AUTOKILL),
        no(has(flags, words.NNP)),
        no(call.capable_in_own_ns(words.CAP_SYS_ADMIN)),
    )


KERNEL_CLONE = [pidfd_and_parent_tid_share_one_address, exit_signal_is_no_signal]

FLAGS = [
    root_directory_is_shared_across_mount_namespaces,
    root_directory_is_shared_across_user_namespaces,
    debian_forbids_unprivileged_user_namespaces,
    thread_does_not_share_signal_handlers,
    shared_handlers_without_shared_memory,
    init_makes_itself_a_sibling,
    sibling_in_a_new_pid_or_user_namespace,
    thread_enters_another_pid_or_user_namespace,
    shared_memory_across_time_namespaces,
    pidfd_with_detached,
    pidfd_of_a_thread,
    autoreap_of_what_is_not_an_own_child,
    autoreaped_task_makes_a_sibling,
    no_new_privs_for_a_thread,
    autokill_without_pidfd_and_autoreap,
    autokill_by_the_unprivileged_without_no_new_privs,
]
