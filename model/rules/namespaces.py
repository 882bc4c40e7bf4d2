"""Namespaces of the nsproxy: what copy_namespaces() and its helpers refuse."""

from __future__ import annotations

from model import words
from model.algebra import Truth, below, both, either, has, has_any, no, when
from model.call import Call
from model.patches import (
    CGROUP_NAMESPACES,
    NAMESPACE_COUNTS,
    NESTING_ENOSPC,
    PIDNS_OF_STRANGERS,
    TIME_NAMESPACES,
    TIMENS_AT_EXEC,
    WITHOUT_CGROUPS,
    WITHOUT_IPC_NS,
    WITHOUT_NET_NS,
    WITHOUT_PID_NS,
    WITHOUT_TIME_NS,
    WITHOUT_UTS_NS,
)
from model.rows import rejects
from model.rules.creds import any_error, full
from model.state import Fallible
from model.ucounts import new_user_ns
from model.words import Errno

_COPY = "kernel/nsproxy.c:copy_namespaces"
_PID = "kernel/pid_namespace.c:create_pid_namespace"


def wants_time_ns(call: Call) -> Truth:
    """Return whether CLONE_NEWTIME means anything on this kernel and is set."""
    return both(call.kernel[TIME_NAMESPACES], has(call.args.flags, words.NEWTIME))


def wants_cgroup_ns(call: Call) -> Truth:
    """Return whether CLONE_NEWCGROUP means anything on this kernel and is set."""
    return both(call.kernel[CGROUP_NAMESPACES], has(call.args.flags, words.NEWCGROUP))


def wants_namespaces(call: Call) -> Truth:
    """Return whether a new namespace of the nsproxy is asked for."""
    always = words.NEW_NAMESPACES & ~(words.NEWTIME | words.NEWCGROUP)
    return either(
        has_any(call.args.flags, always), wants_cgroup_ns(call), wants_time_ns(call)
    )


def time_ns_is_pending(call: Call) -> Truth:
    """Return whether time_ns_for_children differs from time_ns."""
    return both(call.kernel[TIME_NAMESPACES], no(call.current.nsproxy.time_for_children_is_active))


def shares_nsproxy(call: Call) -> Truth:
    """Return whether the child simply takes a reference on the caller's nsproxy."""
    stays = both(call.kernel[TIMENS_AT_EXEC], has(call.args.flags, words.VM))
    return both(no(wants_namespaces(call)), either(no(time_ns_is_pending(call)), stays))


def rules_the_childs_namespace(call: Call, cap: int) -> Truth:
    """Return ns_capable() on the child's user namespace, by the caller's credentials.

    Over a namespace made by this very call the caller, being its owner, has every capability.
    """
    owned = (call.chance.lsm_denies & cap) == 0
    return when(new_user_ns(call), owned, call.capable_in_own_ns(cap))


def _making(call: Call, flag: int, condition: Truth) -> Truth:
    return both(has(call.args.flags, flag), condition)


@rejects(Errno.EPERM, at=_COPY)
def new_namespace_without_cap_sys_admin(call: Call) -> Truth:
    """A CLONE_NEW* flag without CAP_SYS_ADMIN in the child's user namespace."""
    return both(wants_namespaces(call), no(rules_the_childs_namespace(call, words.CAP_SYS_ADMIN)))


@rejects(Errno.EINVAL, at=_COPY)
def undo_list_is_shared_across_ipc_namespaces(call: Call) -> Truth:
    """CLONE_NEWIPC with CLONE_SYSVSEM."""
    return has(call.args.flags, words.NEWIPC | words.SYSVSEM)


@rejects(Errno.ENOMEM, at="kernel/nsproxy.c:create_new_namespaces")
def nsproxy_cannot_be_allocated(call: Call) -> Truth:
    """No memory for struct nsproxy."""
    return both(no(shares_nsproxy(call)), call.fails(Fallible.CREATE_NSPROXY))


@rejects(Errno.ENOSPC, at="fs/namespace.c:alloc_mnt_ns", since=NAMESPACE_COUNTS)
def too_many_mount_namespaces(call: Call) -> Truth:
    """user.max_mnt_namespaces is reached."""
    return _making(call, words.NEWNS, full(call.system.mnt_namespaces))


@rejects(any_error, at="fs/namespace.c:copy_mnt_ns")
def mount_namespace_cannot_be_copied(call: Call) -> Truth:
    """copy_mnt_ns() fails."""
    return _making(call, words.NEWNS, call.fails(Fallible.COPY_MNT_NS))


@rejects(Errno.EINVAL, at="include/linux/utsname.h:copy_utsname", since=WITHOUT_UTS_NS)
def kernel_has_no_uts_namespaces(call: Call) -> Truth:
    """CLONE_NEWUTS without CONFIG_UTS_NS."""
    return has(call.args.flags, words.NEWUTS)


@rejects(Errno.ENOSPC, at="kernel/utsname.c:clone_uts_ns", since=NAMESPACE_COUNTS)
def too_many_uts_namespaces(call: Call) -> Truth:
    """user.max_uts_namespaces is reached."""
    return _making(call, words.NEWUTS, full(call.system.uts_namespaces))


@rejects(Errno.ENOMEM, at="kernel/utsname.c:clone_uts_ns")
def uts_namespace_cannot_be_allocated(call: Call) -> Truth:
    """No memory for the UTS namespace."""
    return _making(call, words.NEWUTS, call.fails(Fallible.COPY_UTSNAME))


@rejects(Errno.EINVAL, at="include/linux/ipc_namespace.h:copy_ipcs", since=WITHOUT_IPC_NS)
def kernel_has_no_ipc_namespaces(call: Call) -> Truth:
    """CLONE_NEWIPC without CONFIG_IPC_NS."""
    return has(call.args.flags, words.NEWIPC)


@rejects(Errno.ENOSPC, at="ipc/namespace.c:create_ipc_ns", since=NAMESPACE_COUNTS)
def too_many_ipc_namespaces(call: Call) -> Truth:
    """user.max_ipc_namespaces is reached."""
    return _making(call, words.NEWIPC, full(call.system.ipc_namespaces))


@rejects(any_error, at="ipc/namespace.c:create_ipc_ns")
def ipc_namespace_cannot_be_made(call: Call) -> Truth:
    """create_ipc_ns() fails."""
    return _making(call, words.NEWIPC, call.fails(Fallible.COPY_IPCS))


@rejects(Errno.EINVAL, at="include/linux/pid_namespace.h:copy_pid_ns", since=WITHOUT_PID_NS)
def kernel_has_no_pid_namespaces(call: Call) -> Truth:
    """CLONE_NEWPID without CONFIG_PID_NS."""
    return has(call.args.flags, words.NEWPID)


@rejects(Errno.EINVAL, at="kernel/pid_namespace.c:copy_pid_ns")
def second_pid_namespace_before_the_first_has_a_child(call: Call) -> Truth:
    """CLONE_NEWPID while pid_ns_for_children is not the active pid namespace."""
    return _making(call, words.NEWPID, no(call.current.nsproxy.pid_for_children_is_active))


@rejects(Errno.EINVAL, at=_PID, since=PIDNS_OF_STRANGERS)
def pid_namespace_of_a_stranger_would_be_nested(call: Call) -> Truth:
    """The parent pid namespace's user namespace is no ancestor of the new one's."""
    return _making(call, words.NEWPID, no(call.current.pid_ns.user_ns_is_ancestor))


def _pid_ns_is_too_deep(call: Call) -> Truth:
    return _making(call, words.NEWPID, no(below(call.current.pid_ns.level, words.MAX_PID_NS_LEVEL)))


@rejects(Errno.EINVAL, at=_PID, until=NESTING_ENOSPC)
def pid_namespaces_nest_invalidly_deep(call: Call) -> Truth:
    """The new level would be above MAX_PID_NS_LEVEL (32): EINVAL before v4.9."""
    return _pid_ns_is_too_deep(call)


@rejects(Errno.ENOSPC, at=_PID, since=NESTING_ENOSPC)
def pid_namespaces_nest_too_deep(call: Call) -> Truth:
    """The new level would be above MAX_PID_NS_LEVEL (32)."""
    return _pid_ns_is_too_deep(call)


@rejects(Errno.ENOSPC, at="kernel/pid_namespace.c:inc_pid_namespaces", since=NAMESPACE_COUNTS)
def too_many_pid_namespaces(call: Call) -> Truth:
    """user.max_pid_namespaces is reached."""
    return _making(call, words.NEWPID, full(call.system.pid_namespaces))


@rejects(Errno.ENOMEM, at=_PID)
def pid_namespace_cannot_be_allocated(call: Call) -> Truth:
    """No memory for the pid namespace."""
    return _making(call, words.NEWPID, call.fails(Fallible.CREATE_PID_NAMESPACE))


@rejects(
    Errno.ENOSPC,
    at="kernel/cgroup/namespace.c:copy_cgroup_ns",
    since=NAMESPACE_COUNTS,
    until=WITHOUT_CGROUPS,
)
def too_many_cgroup_namespaces(call: Call) -> Truth:
    """user.max_cgroup_namespaces is reached."""
    return both(wants_cgroup_ns(call), full(call.system.cgroup_namespaces))


@rejects(Errno.ENOMEM, at="kernel/cgroup/namespace.c:copy_cgroup_ns", until=WITHOUT_CGROUPS)
def cgroup_namespace_cannot_be_allocated(call: Call) -> Truth:
    """No memory for the cgroup namespace."""
    return both(wants_cgroup_ns(call), call.fails(Fallible.COPY_CGROUP_NS))


@rejects(Errno.EINVAL, at="include/net/net_namespace.h:copy_net_ns", since=WITHOUT_NET_NS)
def kernel_has_no_network_namespaces(call: Call) -> Truth:
    """CLONE_NEWNET without CONFIG_NET_NS."""
    return has(call.args.flags, words.NEWNET)


@rejects(Errno.ENOSPC, at="net/core/net_namespace.c:copy_net_ns", since=NAMESPACE_COUNTS)
def too_many_network_namespaces(call: Call) -> Truth:
    """user.max_net_namespaces is reached."""
    return _making(call, words.NEWNET, full(call.system.net_namespaces))


@rejects(any_error, at="net/core/net_namespace.c:copy_net_ns")
def network_namespace_cannot_be_set_up(call: Call) -> Truth:
    """copy_net_ns() fails (ENOMEM, or EINTR under SIGKILL)."""
    return _making(call, words.NEWNET, call.fails(Fallible.COPY_NET_NS))


@rejects(Errno.EINVAL, at="include/linux/time_namespace.h:copy_time_ns", since=WITHOUT_TIME_NS)
def kernel_has_no_time_namespaces(call: Call) -> Truth:
    """CLONE_NEWTIME without CONFIG_TIME_NS."""
    return wants_time_ns(call)


@rejects(Errno.ENOSPC, at="kernel/time/namespace.c:clone_time_ns")
def too_many_time_namespaces(call: Call) -> Truth:
    """user.max_time_namespaces is reached."""
    return both(wants_time_ns(call), full(call.system.time_namespaces))


@rejects(Errno.ENOMEM, at="kernel/time/namespace.c:clone_time_ns")
def time_namespace_cannot_be_allocated(call: Call) -> Truth:
    """No memory for the time namespace."""
    return both(wants_time_ns(call), call.fails(Fallible.COPY_TIME_NS))
