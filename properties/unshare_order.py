"""unshare(): the order in which faults are told, and that nothing else refuses a call.

unshare(2) 6.03 ERRORS says what is wrong with a call; which of two faults is told is the
order of kernel/fork.c:ksys_unshare, stage by stage.  Allocations exclude one another here,
since chance lets one step fail at most.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no, when
from model.call import Call
from model.evaluate import Outcome
from model.patches import (
    CGROUP_NAMESPACES,
    DEBIAN_USERNS_SYSCTL,
    EMPTY_MNTNS,
    TIME_NAMESPACES,
    UCOUNTS_NPROC,
    UNSHARE_NEWNS_FS,
    UNSHARE_PIDNS_ALONE,
    UNSHARE_THREAD_ALONE,
)
from model.state import Fallible
from model.words import (
    FILES,
    FS,
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
from properties.order import Fault, FaultOrder, any_failure, no_memory
from properties.order_of_namespaces import (
    Requested,
    mounts_to_ipc,
    pid_to_time,
    unprivileged,
    user_namespace,
)
from properties.unsharing import (
    DOCUMENTED,
    asks,
    asks_any,
    asks_for_mounts,
    asks_for_time,
    debian_allows,
    shares_files,
    shares_fs,
    threaded,
)

_ABOUT = Subject.UNSHARE
EPERM, EINVAL, EAGAIN = int(Errno.EPERM), int(Errno.EINVAL), int(Errno.EAGAIN)


def _unknown(call: Call) -> Truth:
    """Return whether a flag is passed that this kernel's unshare() does not know."""
    listed = DOCUMENTED & ~NEWTIME
    stranger = asks_any(call, 2**64 - 1 & ~(listed | NEWTIME | UNSHARE_EMPTY_MNTNS))
    time = both(asks(call, NEWTIME), no(call.kernel[TIME_NAMESPACES]))
    empty = both(asks(call, UNSHARE_EMPTY_MNTNS), no(call.kernel[EMPTY_MNTNS]))
    cgroup = both(asks(call, NEWCGROUP), no(call.kernel[CGROUP_NAMESPACES]))
    return either(stranger, cgroup, time, empty)


def _leaves_what_others_use(call: Call) -> Truth:
    """Return whether group, handlers or memory would be left to others (implied ones too).

    Before v4.3 each of them asked for memory of one's own; a new pid namespace did until v3.12.
    """
    task, kernel = call.current, call.kernel
    group = asks_any(call, THREAD | SIGHAND | VM | NEWUSER)
    pids = both(no(kernel[UNSHARE_PIDNS_ALONE]), asks(call, NEWPID))
    old = both(either(group, pids), task.mm_users != 1)
    new = either(
        both(group, threaded(call)),
        both(asks_any(call, SIGHAND | VM), task.sighand.count != 1),
        both(asks(call, VM), task.mm_users != 1),
    )
    return when(kernel[UNSHARE_THREAD_ALONE], new, old)


def _needs_an_fs_struct(call: Call) -> Truth:
    """Return whether root, cwd and umask are to be one's own and are not (v7.0: mounts always)."""
    wanted = either(asks_any(call, FS | NEWUSER), asks_for_mounts(call))
    always = both(call.kernel[UNSHARE_NEWNS_FS], asks_for_mounts(call))
    return both(wanted, either(shares_fs(call), always))


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
    files = both(asks(call, FILES), shares_files(call))
    return [
        no_memory(call, Fallible.COPY_FS_STRUCT, _needs_an_fs_struct(call)),
        any_failure(call, Fallible.DUP_FD, files),
        no_memory(call, Fallible.PREPARE_CREDS, asks(call, NEWUSER)),
    ]


def _asked(call: Call) -> Requested:
    return Requested(
        user=asks(call, NEWUSER),
        mounts=asks_for_mounts(call),
        uts=asks(call, NEWUTS),
        ipc=asks(call, NEWIPC),
        pid=asks(call, NEWPID),
        cgroup=asks(call, NEWCGROUP),
        net=asks(call, NEWNET),
        time=asks_for_time(call),
    )


def _user_namespace(call: Call) -> list[Fault]:
    """Return what create_user_ns() refuses."""
    return user_namespace(call, asks(call, NEWUSER))


def _rights_to_ipc(call: Call) -> list[Fault]:
    """Return what fails up to the IPC namespace."""
    asked = _asked(call)
    nsproxy = no_memory(call, Fallible.CREATE_NSPROXY, asked.any_but_user)
    return [unprivileged(call, asked), nsproxy, *mounts_to_ipc(call, asked)]


def _pid_to_time(call: Call) -> list[Fault]:
    """Return what fails from the pid namespace on."""
    return pid_to_time(call, _asked(call))


def _ucounts(call: Call) -> list[Fault]:
    """Return the last fault: the charge in the new user namespace cannot be had (v5.14)."""
    user = both(call.kernel[UCOUNTS_NPROC], asks(call, NEWUSER))
    return [Fault(EAGAIN, both(user, call.fails(Fallible.SET_CRED_UCOUNTS)))]


ORDER = FaultOrder(
    (
        _at_once,
        _copies,
        _user_namespace,
        _rights_to_ipc,
        _pid_to_time,
        _ucounts,
    )
)
"""What ksys_unshare() refuses, in its order."""


@claims("U20", source="kernel/fork.c:ksys_unshare; unshare(2) 6.03 ERRORS", expect=holds(),
        about=_ABOUT)
def an_unshare_with_nothing_wrong_succeeds(call: Call, outcome: Outcome) -> Claim:
    """No fault of the list below: success, for everybody and with any flags."""
    return ORDER.succeeds(call, outcome)


@claims("U21", source="kernel/fork.c:check_unshare_flags", expect=holds(), about=_ABOUT)
def what_unshare_refuses_at_once_is_told_before_all_else(call: Call, outcome: Outcome) -> Claim:
    """Debian's sysctl (EPERM), then unknown flags and what others still use (EINVAL)."""
    return ORDER.told(call, outcome, 0)


@claims("U22", source="kernel/fork.c:unshare_fs, unshare_fd; kernel/user_namespace.c:"
        "unshare_userns", expect=holds(), about=_ABOUT)
def copies_that_fail_are_told_before_any_limit_of_namespaces(
    call: Call, outcome: Outcome
) -> Claim:
    """fs_struct and credentials: ENOMEM; the file table: dup_fd()'s own error."""
    return ORDER.told(call, outcome, 1)


@claims("U23", source="kernel/user_namespace.c:create_user_ns; unshare(2) 6.03 ERRORS EPERM, "
        "ENOSPC", expect=holds(), about=_ABOUT)
def the_user_namespace_is_refused_before_any_other(call: Call, outcome: Outcome) -> Claim:
    """ENOSPC for depth or number, EPERM for a chroot or no mapping, the LSM's error, ENOMEM."""
    return ORDER.told(call, outcome, 2)


@claims("U24", source="kernel/nsproxy.c:unshare_nsproxy_namespaces, create_new_namespaces",
        expect=holds(), about=_ABOUT)
def privilege_is_tested_first_then_mounts_then_names_then_ipc(
    call: Call, outcome: Outcome
) -> Claim:
    """EPERM, then for each namespace ENOSPC at its sysctl and the error of its making."""
    return ORDER.told(call, outcome, 3)


@claims("U25", source="kernel/nsproxy.c:create_new_namespaces; kernel/pid_namespace.c:copy_pid_ns",
        expect=holds(), about=_ABOUT)
def pid_cgroup_net_and_time_namespaces_are_refused_in_this_order(
    call: Call, outcome: Outcome
) -> Claim:
    """A second or a stranger's pid namespace EINVAL, ENOSPC for depth and every sysctl."""
    return ORDER.told(call, outcome, 4)


@claims("U26", source="kernel/cred.c:set_cred_ucounts", about=_ABOUT,
        expect=holds(needs=UCOUNTS_NPROC))
def the_charge_of_a_new_user_namespace_is_tested_last(call: Call, outcome: Outcome) -> Claim:
    """alloc_ucounts() fails: EAGAIN, where nothing else was wrong (v5.14)."""
    return ORDER.told(call, outcome, 5)
