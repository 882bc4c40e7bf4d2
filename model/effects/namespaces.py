"""The child's namespaces and its pid (copy_namespaces, alloc_pid)."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, either, has, no, when_word
from model.call import Call
from model.child import Share
from model.effects import sharing
from model.new_namespaces import Ns
from model.patches import REDHAT_TIMENS_AT_FORK, TIMENS_AT_EXEC
from model.rows import decides
from model.rules.namespaces import shares_nsproxy, time_ns_is_pending, wants_time_ns
from model.rules.pid import child_level, new_pid_ns, wants_pidfd

_COPY = "kernel/fork.c:copy_process"
_AT_EXEC_ONLY = TIMENS_AT_EXEC & ~REDHAT_TIMENS_AT_FORK


@decides("nsproxy_shared", at="kernel/nsproxy.c:copy_namespaces")
def nsproxy_shared(call: Call) -> Truth:
    """No new namespace, and no pending time namespace (or CLONE_VM since v6.2)."""
    return shares_nsproxy(call)


@decides("pid_ns", at="kernel/pid.c:alloc_pid")
def pid_ns(call: Call) -> Word:
    """CLONE_NEWPID, else what the caller set aside for its children."""
    pending = when_word(
        8,
        call.current.nsproxy.pid_for_children_is_active,
        int(Ns.SAME),
        int(Ns.PENDING),
    )
    return when_word(8, new_pid_ns(call), int(Ns.NEW), pending)


@decides("time_ns_for_children", at="kernel/time/namespace.c:copy_time_ns")
def time_ns_for_children(call: Call) -> Word:
    """CLONE_NEWTIME, else the caller's pending one, else the caller's."""
    pending = when_word(8, time_ns_is_pending(call), int(Ns.PENDING), int(Ns.SAME))
    return when_word(8, wants_time_ns(call), int(Ns.NEW), pending)


@decides("time_ns", at="kernel/time/namespace.c:timens_on_fork")
def time_ns(call: Call) -> Word:
    """The child enters it at once, unless it shares memory (v6.2): then at exec.

    Red Hat's 9.4 to 9.6 lack that exception, and share the nsproxy as v6.2 does.
    """
    waits = both(call.kernel.stands(_AT_EXEC_ONLY), has(call.args.flags, words.VM))
    return when_word(
        8,
        either(shares_nsproxy(call), waits),
        int(Ns.SAME),
        time_ns_for_children.value(call),
    )


@decides("pid_level", at="kernel/pid_namespace.c:create_pid_namespace")
def pid_level(call: Call) -> Word:
    """One deeper with CLONE_NEWPID."""
    return child_level(call)


@decides("is_child_reaper", at=_COPY)
def is_child_reaper(call: Call) -> Truth:
    """The first task of a pid namespace gets pid 1 and is its init."""
    first = either(new_pid_ns(call), no(call.current.pid_ns.child_reaper))
    return both(no(call.args.idle), first)


@decides("has_pid", at=_COPY)
def has_pid(call: Call) -> Truth:
    """Idle tasks keep init_struct_pid."""
    return no(call.args.idle)


@decides("pidfd_in_child", at=_COPY)
def pidfd_in_child(call: Call) -> Truth:
    """The pidfd is reserved after copy_files(), so only a shared table shows it."""
    return both(wants_pidfd(call), sharing.files.value(call) == int(Share.SHARED))
