"""setns(): the order in which faults are told, and that nothing else refuses a call.

setns(2) 6.03 ERRORS says what is wrong with a call; which of two faults is told is the order
of kernel/nsproxy.c: setns, prepare_nsset, validate_nsset and of the namespaces' install
operations, stage by stage.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no, when
from model.call import Call
from model.evaluate import Outcome
from model.patches import (
    MNTNS_ROOT_LOOKUP,
    SETNS_PIDFD,
    SETNS_SHARED_FS,
    THREADS_STAY,
    UCOUNTS_NPROC,
)
from model.request import NsFile
from model.rules.nsset import installed, nstype
from model.state import Fallible
from model.words import (
    CAP_SYS_ADMIN,
    CAP_SYS_CHROOT,
    NEW_NAMESPACES,
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
    Errno,
)
from properties.claim import Claim, Subject, claims, holds
from properties.joining import (
    allowed_to_join,
    is_open_on,
    joins,
    rules_there,
    shares_fs,
    threaded,
)
from properties.order import Fault, FaultOrder, any_failure, no_memory

_ABOUT = Subject.SETNS
EPERM, EINVAL, ESRCH, EBADF, EUSERS = (
    int(one) for one in (Errno.EPERM, Errno.EINVAL, Errno.ESRCH, Errno.EBADF, Errno.EUSERS)
)


def _descriptor(call: Call) -> list[Fault]:
    """Return what is wrong with fd and nstype themselves."""
    known, asked = NEW_NAMESPACES | NEWUSER, nstype(call)
    other = both(asked != 0, asked != call.request.target.type)
    names_none = either(asked == 0, (asked | known) != known)
    return [
        Fault(EBADF, is_open_on(call, NsFile.CLOSED)),
        Fault(EINVAL, both(is_open_on(call, NsFile.NAMESPACE), other)),
        Fault(
            EINVAL,
            both(
                is_open_on(call, NsFile.PIDFD), either(no(call.kernel[SETNS_PIDFD]), names_none)
            ),
        ),
        Fault(EINVAL, is_open_on(call, NsFile.OTHER)),
    ]


def _with_others(call: Call) -> Truth:
    """Return whether a mount namespace is joined together with another namespace (v5.8)."""
    return both(call.kernel[SETNS_PIDFD], joins(call, NEWNS), installed(call) != NEWNS)


def _preparation(call: Call) -> list[Fault]:
    """Return what cannot be allocated beforehand; credentials since v5.8."""
    early = both(call.kernel[SETNS_PIDFD], joins(call, NEWUSER))
    return [
        no_memory(call, Fallible.CREATE_NSPROXY, True),
        no_memory(call, Fallible.PREPARE_CREDS, early),
        no_memory(call, Fallible.COPY_FS_STRUCT, _with_others(call)),
    ]


def _task(call: Call) -> list[Fault]:
    """Return what is wrong with the task that a pidfd names."""
    target, pidfd = call.request.target, is_open_on(call, NsFile.PIDFD)
    return [
        Fault(ESRCH, both(pidfd, no(target.alive))),
        Fault(EPERM, both(pidfd, no(target.ptrace_allowed))),
        Fault(ESRCH, both(pidfd, target.exited)),
    ]


def _user(call: Call) -> list[Fault]:
    """Return what userns_install() refuses."""
    target, user = call.request.target, joins(call, NEWUSER)
    late = both(no(call.kernel[SETNS_PIDFD]), user)
    charged = both(call.kernel[UCOUNTS_NPROC], user)
    others = when(call.kernel[THREADS_STAY], threaded(call), call.current.mm_users != 1)
    return [
        Fault(EINVAL, both(user, either(target.own_user_ns, others, shares_fs(call)))),
        Fault(EPERM, both(user, no(call.capable_at(target.user_ns_reach, CAP_SYS_ADMIN)))),
        no_memory(call, Fallible.PREPARE_CREDS, late),
        Fault(EINVAL, both(charged, call.fails(Fallible.SET_CRED_UCOUNTS))),
    ]


def _mount(call: Call) -> list[Fault]:
    """Return what mntns_install() refuses."""
    mounts = joins(call, NEWNS)
    allowed = both(allowed_to_join(call, NEWNS), rules_there(call, CAP_SYS_CHROOT))
    overlooked = both(_with_others(call), no(call.kernel[SETNS_SHARED_FS]))
    return [
        Fault(EPERM, both(mounts, no(allowed))),
        Fault(EINVAL, both(mounts, call.request.target.anonymous_mnt_ns)),
        Fault(EINVAL, both(mounts, shares_fs(call), no(overlooked))),
        any_failure(call, Fallible.PATH_LOOKUP, both(mounts, call.kernel[MNTNS_ROOT_LOOKUP])),
    ]


def _forbidden(call: Call, flag: int) -> Fault:
    return Fault(EPERM, both(joins(call, flag), no(allowed_to_join(call, flag))))


def _others(call: Call) -> list[Fault]:
    """Return what the remaining install operations refuse."""
    target, alone = call.request.target, both(no(threaded(call)), call.current.mm_users == 1)
    return [
        _forbidden(call, NEWUTS),
        _forbidden(call, NEWIPC),
        _forbidden(call, NEWPID),
        Fault(EINVAL, both(joins(call, NEWPID), no(target.descendant_pid_ns))),
        _forbidden(call, NEWCGROUP),
        _forbidden(call, NEWNET),
        Fault(EUSERS, both(joins(call, NEWTIME), no(alone))),
        _forbidden(call, NEWTIME),
    ]


ORDER = FaultOrder(
    (
        _descriptor,
        _preparation,
        _task,
        _user,
        _mount,
        _others,
    )
)
"""What setns() refuses, in its order."""


@claims("J20", source="kernel/nsproxy.c:setns; setns(2) 6.03 ERRORS", expect=holds(), about=_ABOUT)
def a_setns_with_nothing_wrong_succeeds(call: Call, outcome: Outcome) -> Claim:
    """No fault of the list below: success, by file or pidfd, for one namespace or several."""
    return ORDER.succeeds(call, outcome)


@claims("J21", source="kernel/nsproxy.c:setns, check_setns_flags", expect=holds(), about=_ABOUT)
def what_fd_and_nstype_are_is_looked_at_first(call: Call, outcome: Outcome) -> Claim:
    """EBADF for no file; EINVAL for no namespace, another type, a pidfd without namespaces."""
    return ORDER.told(call, outcome, 0)


@claims("J22", source="kernel/nsproxy.c:prepare_nsset", expect=holds(), about=_ABOUT)
def without_memory_to_prepare_setns_looks_at_nothing_else(call: Call, outcome: Outcome) -> Claim:
    """nsproxy, credentials and fs_struct to commit later: ENOMEM before any permission."""
    return ORDER.told(call, outcome, 1)


@claims("J23", source="kernel/nsproxy.c:validate_nsset", about=_ABOUT,
        expect=holds(needs=SETNS_PIDFD))
def the_task_of_a_pidfd_is_looked_at_before_its_namespaces(call: Call, outcome: Outcome) -> Claim:
    """Reaped ESRCH, not to be inspected EPERM, a zombie ESRCH: in this order."""
    return ORDER.told(call, outcome, 2)


@claims("J24", source="kernel/user_namespace.c:userns_install; setns(2) 6.03 ERRORS",
        expect=holds(), about=_ABOUT)
def the_user_namespace_is_joined_before_any_other(call: Call, outcome: Outcome) -> Claim:
    """EINVAL for one's own, threads or a shared root, then EPERM, then what its charge needs."""
    return ORDER.told(call, outcome, 3)


@claims("J25", source="fs/namespace.c:mntns_install; setns(2) 6.03 ERRORS", expect=holds(),
        about=_ABOUT)
def the_mount_namespace_is_joined_next(call: Call, outcome: Outcome) -> Claim:
    """EPERM, then EINVAL if it is anonymous or the root shared, then what the look-up says."""
    return ORDER.told(call, outcome, 4)


@claims("J26", source="kernel/nsproxy.c:validate_nsset; kernel/pid_namespace.c:pidns_install; "
        "kernel/time/namespace.c:timens_install", expect=holds(), about=_ABOUT)
def the_other_namespaces_are_joined_in_the_kernels_order(call: Call, outcome: Outcome) -> Claim:
    """UTS, IPC, pid, cgroup, network, time: EPERM each; pid EINVAL after, time EUSERS before."""
    return ORDER.told(call, outcome, 5)
