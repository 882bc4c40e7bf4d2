"""unshare(): the order in which faults are told, and that nothing else refuses a call.

unshare(2) 6.03 ERRORS says what is wrong with a call; which of two faults is told is the
order of kernel/fork.c:ksys_unshare, stage by stage.  Allocations exclude one another here,
since chance lets one step fail at most.
"""

from __future__ import annotations

from model.algebra import Truth, below, both, either, has, no, signed_below, when
from model.call import Call
from model.evaluate import Outcome
from model.patches import (
    CHROOT_USERNS_GUARD,
    DEBIAN_USERNS_SYSCTL,
    EMPTY_MNTNS,
    SECURITY_CREATE_USER_NS,
    TIME_NAMESPACES,
    UCOUNTS_NPROC,
    UNSHARE_NEWNS_FS,
)
from model.state import Limit, Step
from model.words import (
    CAP_SYS_ADMIN,
    FILES,
    FS,
    MAX_PID_NS_LEVEL,
    MAX_USER_NS_PARENT_LEVEL,
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
    SIGHAND,
    THREAD,
    UNSHARE_EMPTY_MNTNS,
    VM,
    Errno,
)
from properties.claim import Claim, Subject, claims, holds
from properties.order import Fault, any_failure, no_memory, told_in_order, wrong
from properties.unsharing import (
    DOCUMENTED,
    asks,
    asks_any,
    asks_for_mounts,
    asks_for_namespaces,
    asks_for_time,
    debian_allows,
    privileged,
    threaded,
)

_ABOUT = Subject.UNSHARE
EPERM, EINVAL, ENOSPC, EAGAIN = (
    int(one) for one in (Errno.EPERM, Errno.EINVAL, Errno.ENOSPC, Errno.EAGAIN)
)


def _unknown(call: Call) -> Truth:
    """Return whether a flag is passed that this kernel's unshare() does not know."""
    listed = DOCUMENTED & ~NEWTIME
    stranger = asks_any(call, 2**64 - 1 & ~(listed | NEWTIME | UNSHARE_EMPTY_MNTNS))
    time = both(asks(call, NEWTIME), no(call.kernel[TIME_NAMESPACES]))
    empty = both(asks(call, UNSHARE_EMPTY_MNTNS), no(call.kernel[EMPTY_MNTNS]))
    return either(stranger, time, empty)


def _leaves_what_others_use(call: Call) -> Truth:
    """Return whether group, handlers or memory would be left to others (implied ones too)."""
    task = call.current
    return either(
        both(asks_any(call, THREAD | SIGHAND | VM | NEWUSER), threaded(call)),
        both(asks_any(call, SIGHAND | VM), task.sighand.count != 1),
        both(asks(call, VM), task.mm_users != 1),
    )


def _needs_an_fs_struct(call: Call) -> Truth:
    """Return whether root, cwd and umask are to be one's own and are not (v7.0: mounts always)."""
    wanted = either(asks_any(call, FS | NEWUSER), asks_for_mounts(call))
    always = both(call.kernel[UNSHARE_NEWNS_FS], asks_for_mounts(call))
    return both(wanted, either(call.current.fs_users != 1, always))


def _at_once(call: Call) -> list[Fault]:
    """Return what is refused before anything is copied."""
    forbidden = both(call.kernel[DEBIAN_USERNS_SYSCTL], asks(call, NEWUSER))
    return [
        Fault(EPERM, both(forbidden, no(debian_allows(call)))),
        Fault(EINVAL, _unknown(call)),
        Fault(EINVAL, _leaves_what_others_use(call)),
    ]


def _copies(call: Call) -> list[Fault]:
    """Return what fails of the caller's own copies."""
    files = both(asks(call, FILES), call.current.files_count != 1)
    return [
        no_memory(call, Step.COPY_FS_STRUCT, _needs_an_fs_struct(call)),
        any_failure(call, Step.DUP_FD, files),
        no_memory(call, Step.PREPARE_CREDS, asks(call, NEWUSER)),
    ]


def _full(limit: Limit) -> Truth:
    """Return whether a sysctl user.max_* leaves no room for one more."""
    return no(signed_below(limit.count, limit.max))


def _user_namespace(call: Call) -> list[Fault]:
    """Return what create_user_ns() refuses."""
    user, cred, kernel = asks(call, NEWUSER), call.cred, call.kernel
    deep = below(MAX_USER_NS_PARENT_LEVEL, cred.user_ns.level)
    chrooted = both(kernel[CHROOT_USERNS_GUARD], call.current.chrooted)
    hook = both(user, kernel[SECURITY_CREATE_USER_NS])
    return [
        Fault(ENOSPC, both(user, either(deep, _full(call.system.user_namespaces)))),
        Fault(EPERM, both(user, chrooted)),
        Fault(EPERM, both(user, no(both(cred.euid_mapped, cred.egid_mapped)))),
        any_failure(call, Step.SECURITY_CREATE_USER_NS, hook),
        no_memory(call, Step.ALLOC_USER_NS, user),
    ]


def _unprivileged(call: Call) -> Truth:
    """Return whether CAP_SYS_ADMIN is missing where the new namespaces will be owned."""
    denied = has(call.chance.lsm_denies, CAP_SYS_ADMIN)
    missing = when(asks(call, NEWUSER), denied, no(privileged(call)))
    return both(asks_for_namespaces(call), missing)


def _before_the_pid_namespace(call: Call) -> list[Fault]:
    """Return what fails up to the IPC namespace."""
    mounts, uts, ipc = asks_for_mounts(call), asks(call, NEWUTS), asks(call, NEWIPC)
    system = call.system
    return [
        Fault(EPERM, _unprivileged(call)),
        no_memory(call, Step.CREATE_NSPROXY, asks_for_namespaces(call)),
        Fault(ENOSPC, both(mounts, _full(system.mnt_namespaces))),
        any_failure(call, Step.COPY_MNT_NS, mounts),
        Fault(ENOSPC, both(uts, _full(system.uts_namespaces))),
        no_memory(call, Step.COPY_UTSNAME, uts),
        Fault(ENOSPC, both(ipc, _full(system.ipc_namespaces))),
        any_failure(call, Step.COPY_IPCS, ipc),
    ]


def _pid_namespace_and_after(call: Call) -> list[Fault]:
    """Return what fails from the pid namespace on."""
    pid, cgroup, net, time = (
        asks(call, NEWPID), asks(call, NEWCGROUP), asks(call, NEWNET), asks_for_time(call)
    )
    system, here = call.system, call.current.pid_ns
    deep = no(below(here.level, MAX_PID_NS_LEVEL))
    return [
        Fault(EINVAL, both(pid, no(call.current.nsproxy.pid_for_children_is_active))),
        Fault(EINVAL, both(pid, no(here.user_ns_is_ancestor))),
        Fault(ENOSPC, both(pid, either(deep, _full(system.pid_namespaces)))),
        no_memory(call, Step.CREATE_PID_NAMESPACE, pid),
        Fault(ENOSPC, both(cgroup, _full(system.cgroup_namespaces))),
        no_memory(call, Step.COPY_CGROUP_NS, cgroup),
        Fault(ENOSPC, both(net, _full(system.net_namespaces))),
        any_failure(call, Step.COPY_NET_NS, net),
        Fault(ENOSPC, both(time, _full(system.time_namespaces))),
        no_memory(call, Step.COPY_TIME_NS, time),
    ]


def _ucounts(call: Call) -> list[Fault]:
    """Return the last fault: the charge in the new user namespace cannot be had (v5.14)."""
    user = both(call.kernel[UCOUNTS_NPROC], asks(call, NEWUSER))
    return [Fault(EAGAIN, both(user, call.fails(Step.SET_CRED_UCOUNTS)))]


STAGES = (
    _at_once,
    _copies,
    _user_namespace,
    _before_the_pid_namespace,
    _pid_namespace_and_after,
    _ucounts,
)
"""What ksys_unshare() refuses, in its order."""


def _before(call: Call, stage: int) -> list[Fault]:
    return [fault for faults in STAGES[:stage] for fault in faults(call)]


def _stage(call: Call, outcome: Outcome, stage: int) -> Claim:
    return told_in_order(outcome, _before(call, stage), STAGES[stage](call))


@claims("U20", source="kernel/fork.c:ksys_unshare; unshare(2) 6.03 ERRORS", expect=holds(),
        about=_ABOUT)
def an_unshare_with_nothing_wrong_succeeds(call: Call, outcome: Outcome) -> Claim:
    """No fault of the list below: success, for everybody and with any flags."""
    return Claim(no(wrong(_before(call, len(STAGES)))), outcome.ok)


@claims("U21", source="kernel/fork.c:check_unshare_flags", expect=holds(), about=_ABOUT)
def what_unshare_refuses_at_once_is_told_before_all_else(call: Call, outcome: Outcome) -> Claim:
    """Debian's sysctl (EPERM), then unknown flags and what others still use (EINVAL)."""
    return _stage(call, outcome, 0)


@claims("U22", source="kernel/fork.c:unshare_fs, unshare_fd; kernel/user_namespace.c:"
        "unshare_userns", expect=holds(), about=_ABOUT)
def copies_that_fail_are_told_before_any_limit_of_namespaces(
    call: Call, outcome: Outcome
) -> Claim:
    """fs_struct and credentials: ENOMEM; the file table: dup_fd()'s own error."""
    return _stage(call, outcome, 1)


@claims("U23", source="kernel/user_namespace.c:create_user_ns; unshare(2) 6.03 ERRORS EPERM, "
        "ENOSPC", expect=holds(), about=_ABOUT)
def the_user_namespace_is_refused_before_any_other(call: Call, outcome: Outcome) -> Claim:
    """ENOSPC for depth or number, EPERM for a chroot or no mapping, the LSM's error, ENOMEM."""
    return _stage(call, outcome, 2)


@claims("U24", source="kernel/nsproxy.c:unshare_nsproxy_namespaces, create_new_namespaces",
        expect=holds(), about=_ABOUT)
def privilege_is_tested_first_then_mounts_then_names_then_ipc(
    call: Call, outcome: Outcome
) -> Claim:
    """EPERM, then for each namespace ENOSPC at its sysctl and the error of its making."""
    return _stage(call, outcome, 3)


@claims("U25", source="kernel/nsproxy.c:create_new_namespaces; kernel/pid_namespace.c:copy_pid_ns",
        expect=holds(), about=_ABOUT)
def pid_cgroup_net_and_time_namespaces_are_refused_in_this_order(
    call: Call, outcome: Outcome
) -> Claim:
    """A second or a stranger's pid namespace EINVAL, ENOSPC for depth and every sysctl."""
    return _stage(call, outcome, 4)


@claims("U26", source="kernel/cred.c:set_cred_ucounts", about=_ABOUT,
        expect=holds().vacuous(until=UCOUNTS_NPROC))
def the_charge_of_a_new_user_namespace_is_tested_last(call: Call, outcome: Outcome) -> Claim:
    """alloc_ucounts() fails: EAGAIN, where nothing else was wrong (v5.14)."""
    return _stage(call, outcome, 5)
