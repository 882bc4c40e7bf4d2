"""What is told of new namespaces, in the kernel's order; clone() and unshare() have it in common.

kernel/user_namespace.c:create_user_ns and kernel/nsproxy.c:create_new_namespaces, as their
callers see them: user.max_* sysctls (ENOSPC), depth (ENOSPC), rights (EPERM), memory (ENOMEM).
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, below, both, either, has, no, signed_below, when, when_word
from model.call import Call
from model.patches import (
    CHROOT_USERNS_GUARD,
    NAMESPACE_COUNTS,
    NESTING_ENOSPC,
    PIDNS_OF_STRANGERS,
    REDHAT_USERNS_OFF_EINVAL,
    SECURITY_CREATE_USER_NS,
    USERNS_NESTING_LIMIT,
)
from model.state import Fallible, Limit
from model.words import CAP_SYS_ADMIN, MAX_PID_NS_LEVEL, MAX_USER_NS_PARENT_LEVEL, Errno
from properties.order import Fault, any_failure, no_memory

EPERM, EINVAL, ENOSPC, EUSERS = (
    int(one) for one in (Errno.EPERM, Errno.EINVAL, Errno.ENOSPC, Errno.EUSERS)
)


@dataclass(frozen=True, slots=True)
class Requested:
    """Which namespaces a call asks for, implied ones and the kernel's age considered."""

    user: Truth
    mounts: Truth
    uts: Truth
    ipc: Truth
    pid: Truth
    cgroup: Truth
    net: Truth
    time: Truth

    @property
    def any_but_user(self) -> Truth:
        """Return whether one of the nsproxy's namespaces is asked for."""
        return either(
            self.mounts, self.uts, self.ipc, self.pid, self.cgroup, self.net, self.time
        )


def full(call: Call, limit: Limit) -> Truth:
    """Return whether a sysctl user.max_* leaves no room for one more (v4.9)."""
    return both(call.kernel[NAMESPACE_COUNTS], no(signed_below(limit.count, limit.max)))


def user_namespace(call: Call, asked: Truth) -> list[Fault]:
    """Return what create_user_ns() refuses."""
    cred, kernel = call.cred, call.kernel
    deep = both(
        kernel[USERNS_NESTING_LIMIT], below(MAX_USER_NS_PARENT_LEVEL, cred.user_ns.level)
    )
    too_deep = when_word(16, kernel[NESTING_ENOSPC], ENOSPC, EUSERS)
    off = both(cred.user_ns.level == 0, call.system.user_namespaces.max == 0)
    too_many = when_word(16, both(kernel[REDHAT_USERNS_OFF_EINVAL], off), EINVAL, ENOSPC)
    chrooted = both(kernel[CHROOT_USERNS_GUARD], call.current.chrooted)
    mapped = both(cred.euid_mapped, cred.egid_mapped)
    hook = both(asked, kernel[SECURITY_CREATE_USER_NS])
    return [
        Fault(too_deep, both(asked, deep)),
        Fault(too_many, both(asked, full(call, call.system.user_namespaces))),
        Fault(EPERM, both(asked, either(chrooted, no(mapped)))),
        any_failure(call, Fallible.SECURITY_CREATE_USER_NS, hook),
        no_memory(call, Fallible.ALLOC_USER_NS, asked),
    ]


def unprivileged(call: Call, asked: Requested) -> Fault:
    """Return that CAP_SYS_ADMIN is missing over the user namespace that is to own them.

    Over one made by this very call it is had, unless a security module denies it.
    """
    denied = has(call.chance.lsm_denies, CAP_SYS_ADMIN)
    missing = when(asked.user, denied, no(call.capable_in_own_ns(CAP_SYS_ADMIN)))
    return Fault(EPERM, both(asked.any_but_user, missing))


def mounts_to_ipc(call: Call, asked: Requested) -> list[Fault]:
    """Return what create_new_namespaces() refuses up to the IPC namespace."""
    system = call.system
    return [
        Fault(ENOSPC, both(asked.mounts, full(call, system.mnt_namespaces))),
        any_failure(call, Fallible.COPY_MNT_NS, asked.mounts),
        Fault(ENOSPC, both(asked.uts, full(call, system.uts_namespaces))),
        no_memory(call, Fallible.COPY_UTSNAME, asked.uts),
        Fault(ENOSPC, both(asked.ipc, full(call, system.ipc_namespaces))),
        any_failure(call, Fallible.COPY_IPCS, asked.ipc),
    ]


def pid_to_time(call: Call, asked: Requested) -> list[Fault]:
    """Return what create_new_namespaces() refuses from the pid namespace on."""
    system, here = call.system, call.current.pid_ns
    waiting = no(call.current.nsproxy.pid_for_children_is_active)
    deep = no(below(here.level, MAX_PID_NS_LEVEL))
    stranger = both(call.kernel[PIDNS_OF_STRANGERS], no(here.user_ns_is_ancestor))
    too_deep = when_word(16, call.kernel[NESTING_ENOSPC], ENOSPC, EINVAL)
    return [
        Fault(EINVAL, both(asked.pid, either(waiting, stranger))),
        Fault(too_deep, both(asked.pid, deep)),
        Fault(ENOSPC, both(asked.pid, full(call, system.pid_namespaces))),
        no_memory(call, Fallible.CREATE_PID_NAMESPACE, asked.pid),
        Fault(ENOSPC, both(asked.cgroup, full(call, system.cgroup_namespaces))),
        no_memory(call, Fallible.COPY_CGROUP_NS, asked.cgroup),
        Fault(ENOSPC, both(asked.net, full(call, system.net_namespaces))),
        any_failure(call, Fallible.COPY_NET_NS, asked.net),
        Fault(ENOSPC, both(asked.time, full(call, system.time_namespaces))),
        no_memory(call, Fallible.COPY_TIME_NS, asked.time),
    ]
