"""setns(): what it refuses and what it does to its caller; clauses of setns(2) 6.03."""

from __future__ import annotations

from model.algebra import Truth, both, either, has_any, no, same, signed_below
from model.call import Call
from model.evaluate import Outcome
from model.patches import SETNS_PIDFD, SETNS_SHARED_FS, THREADS_STAY, UCOUNTS_NPROC
from model.request import NsFile
from model.rows import Rejection
from model.rules.nsset import (
    caller_is_in_the_user_namespace_already,
    installed,
    may_join,
    nstype,
    pid_namespace_is_no_descendant,
    root_would_be_shared_across_user_namespaces,
    rules_its_next_user_ns,
    threads_would_be_in_two_user_namespaces,
    ucounts_of_the_user_namespace_cannot_be_had,
)
from model.rules.unsharing import over_its_limits
from model.setns import with_installed_flags
from model.state import Fallible, Reach
from model.ucounts import rlimit
from model.words import (
    CAP_FULL_SET,
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
    Flag,
)
from properties.claim import Claim, Kind, Subject, claims, fails, holds
from properties.joining import file_of, is_open_on, joins, nothing_fails, shares_fs, threaded
from properties.outcome import refused_by

_MAN = "setns(2) 6.03"
_C = "kernel/nsproxy.c:setns"
_USER = "kernel/user_namespace.c:userns_install"
_DOC = Kind.DOCUMENTATION
_ABOUT = Subject.SETNS


def _may_join(call: Call, flag: int) -> Truth:
    return may_join(with_installed_flags(call), flag)


_NOT_ENTERED = (
    caller_is_in_the_user_namespace_already,
    threads_would_be_in_two_user_namespaces,
    root_would_be_shared_across_user_namespaces,
)
"""What userns_install() refuses whatever the caller's privilege, in its order."""


def _einval_by(outcome: Outcome, *rows: Rejection) -> Truth:
    """Return whether the call fails with EINVAL for one of the reasons, not for another."""
    return both(outcome.errno == int(Errno.EINVAL), refused_by(outcome, rows))


@claims("D56", source=f"{_MAN} ERRORS EINVAL: ancestor", expect=holds(), about=_ABOUT, kind=_DOC)
def an_ancestor_pid_namespace_is_refused(call: Call, outcome: Outcome) -> Claim:
    """A pid namespace file that is not the active one or below it gives EINVAL."""
    return Claim(
        both(
            file_of(call, NEWPID), _may_join(call, NEWPID), call.chance.fails == int(Fallible.NONE),
            no(call.request.target.descendant_pid_ns),
        ),
        _einval_by(outcome, pid_namespace_is_no_descendant),
    )


@claims(
    "D56d", source=f"{_MAN} PID namespaces: target is a descendant or the same", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def only_descendant_pid_namespaces_are_joined(call: Call, outcome: Outcome) -> Claim:
    """On success the pid namespace is the active one or below it."""
    return Claim(
        both(outcome.ok, joins(call, NEWPID)), call.request.target.descendant_pid_ns
    )


@claims(
    "D56c", source=f"{_MAN} PID namespaces: only children are placed in it", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def joining_a_pid_namespace_moves_children_only(call: Call, outcome: Outcome) -> Claim:
    """The caller's own pid namespace stays; its children's is the one joined."""
    after = outcome.after
    return Claim(
        both(outcome.ok, joins(call, NEWPID)), both(no(after.pid_ns), after.pid_ns_for_children)
    )


@claims(
    "D57", source=f"{_MAN} ERRORS EINVAL: own user namespace", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def ones_own_user_namespace_cannot_be_joined(call: Call, outcome: Outcome) -> Claim:
    """It would restore dropped capabilities: EINVAL, whatever the caller's privilege."""
    return Claim(
        both(
            file_of(call, NEWUSER), call.request.target.own_user_ns,
            call.chance.fails == int(Fallible.NONE),
        ),
        _einval_by(outcome, caller_is_in_the_user_namespace_already),
    )


@claims(
    "D58", source=f"{_MAN} ERRORS EINVAL: CLONE_FS state shared", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def a_shared_root_forbids_joining_a_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """A user namespace file while fs_struct is shared gives EINVAL (P6C)."""
    return Claim(
        both(file_of(call, NEWUSER), shares_fs(call), call.chance.fails == int(Fallible.NONE)),
        _einval_by(outcome, *_NOT_ENTERED),
    )


@claims(
    "D58m", source=f"{_MAN} Mount namespaces: CLONE_FS attributes shared",
    expect=fails(since=SETNS_PIDFD, until=SETNS_SHARED_FS), about=_ABOUT, kind=_DOC, truth="D58n",
)
def a_shared_root_forbids_joining_a_mount_namespace(call: Call, outcome: Outcome) -> Claim:
    """Since v5.8 one passes who joins another namespace of a pidfd at the same time."""
    return Claim(both(joins(call, NEWNS), shares_fs(call)), outcome.errno != 0)


@claims("D58n", source="fs/namespace.c:mntns_install", expect=holds(), about=_ABOUT)
def a_shared_root_forbids_joining_a_mount_namespace_alone(
    call: Call, outcome: Outcome
) -> Claim:
    """A mount namespace, and nothing else, is never joined while fs_struct is shared."""
    return Claim(both(installed(call) == NEWNS, shares_fs(call)), outcome.errno != 0)


@claims("D58u", source=_USER, expect=holds(), about=_ABOUT)
def joining_a_user_namespace_leaves_no_root_shared(call: Call, outcome: Outcome) -> Claim:
    """After any success with CLONE_NEWUSER neither fs_struct nor group is shared (P02, P49)."""
    return Claim(
        both(outcome.ok, joins(call, NEWUSER)), no(either(shares_fs(call), threaded(call)))
    )


@claims(
    "P02s", source="mount: refuse setns() with a shared fs_struct again", about=_ABOUT,
    expect=fails(since=SETNS_PIDFD, until=SETNS_SHARED_FS), truth="P02r",
)
def setns_moves_no_other_tasks_root(call: Call, outcome: Outcome) -> Claim:
    """Through a pidfd the root of every sharer moved, but only the caller's mount namespace."""
    return Claim(outcome.ok, no(outcome.after.sharers_root_moved))


@claims("P02r", source="fs/namespace.c:mntns_install", expect=holds(), about=_ABOUT)
def setns_of_one_namespace_moves_no_other_tasks_root(call: Call, outcome: Outcome) -> Claim:
    """A single namespace, by file or pidfd, never moves the root of another task."""
    single = either(*(installed(call) == flag for flag in _EACH))
    return Claim(both(outcome.ok, single), no(outcome.after.sharers_root_moved))


_EACH = (NEWNS, NEWUTS, NEWIPC, NEWPID, NEWCGROUP, NEWNET, NEWTIME, NEWUSER)


@claims(
    "D59", source=f"{_MAN} ERRORS EINVAL: multithreaded", expect=holds(), about=_ABOUT, kind=_DOC
)
def a_second_thread_forbids_joining_a_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """A user namespace file with a second thread, a worker included, gives EINVAL (P6C)."""
    return Claim(
        both(file_of(call, NEWUSER), threaded(call), call.chance.fails == int(Fallible.NONE)),
        _einval_by(outcome, *_NOT_ENTERED),
    )


@claims(
    "D59t", source="kernel/time/namespace.c:timens_install", about=_ABOUT,
    expect=holds(needs=Flag.NEWTIME),
)
def a_second_thread_forbids_joining_a_time_namespace(call: Call, outcome: Outcome) -> Claim:
    """EUSERS, an errno that setns(2) does not list, wins over a missing capability (P6C)."""
    return Claim(
        both(
            file_of(call, NEWTIME), either(threaded(call), call.current.mm_users != 1),
            call.chance.fails == int(Fallible.NONE),
        ),
        outcome.errno == int(Errno.EUSERS),
    )


@claims("D60", source=f"{_MAN} ERRORS EPERM", expect=holds(), about=_ABOUT, kind=_DOC)
def joining_needs_the_capability_on_both_sides(call: Call, outcome: Outcome) -> Claim:
    """Without CAP_SYS_ADMIN over the namespace or in one's own user namespace: EPERM."""
    kinds = (NEWUTS, NEWIPC, NEWNET, NEWCGROUP, NEWPID, NEWNS)
    forbidden = either(*(both(file_of(call, one), no(_may_join(call, one))) for one in kinds))
    return Claim(
        both(forbidden, call.chance.fails == int(Fallible.NONE)), outcome.errno == int(Errno.EPERM)
    )


@claims(
    "D60c", source=f"{_MAN} Mount namespaces: CAP_SYS_CHROOT", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def joining_a_mount_namespace_needs_cap_sys_chroot(call: Call, outcome: Outcome) -> Claim:
    """A mount namespace file without CAP_SYS_CHROOT in one's user namespace gives EPERM."""
    return Claim(
        both(
            file_of(call, NEWNS), no(call.capable_in_own_ns(CAP_SYS_CHROOT)),
            call.chance.fails == int(Fallible.NONE),
        ),
        outcome.errno == int(Errno.EPERM),
    )


@claims(
    "D60u", source=f"{_MAN} User namespaces: CAP_SYS_ADMIN in the target", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def joining_a_user_namespace_needs_power_over_it(call: Call, outcome: Outcome) -> Claim:
    """On success the caller had CAP_SYS_ADMIN in it; so it is no ancestor and no stranger."""
    target = call.request.target
    return Claim(
        both(outcome.ok, joins(call, NEWUSER)),
        both(
            call.capable_at(target.user_ns_reach, CAP_SYS_ADMIN),
            target.user_ns_reach != int(Reach.OUTSIDE),
            no(target.own_user_ns),
        ),
    )


@claims(
    "D60j", source=f"{_MAN} User namespaces: granted all capabilities", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def a_joined_user_namespace_gives_all_capabilities(call: Call, outcome: Outcome) -> Claim:
    """After joining a user namespace the effective set is full; otherwise it is as before."""
    full_set = outcome.after.cap_effective == CAP_FULL_SET
    kept = outcome.after.cap_effective == call.cred.cap_effective
    joined = joins(call, NEWUSER)
    return Claim(
        outcome.ok, both(either(no(joined), full_set), either(joined, kept))
    )


@claims(
    "P4As", source=f"{_MAN}: CAP_SYS_ADMIN in one's own user namespace", about=_ABOUT, kind=_DOC,
    expect=fails(since=SETNS_PIDFD), truth="P4At",
)
def joining_any_other_namespace_needs_ones_own_capability(
    call: Call, outcome: Outcome
) -> Claim:
    """Where a user namespace is joined at the same time, that one counts (v5.8)."""
    other = has_any(installed(call), NEW_NAMESPACES)
    return Claim(both(outcome.ok, other), call.capable_in_own_ns(CAP_SYS_ADMIN))


@claims("P4At", source="kernel/nsproxy.c:validate_nsset", expect=holds(), about=_ABOUT)
def joining_needs_the_capability_where_the_caller_will_be(
    call: Call, outcome: Outcome
) -> Claim:
    """On success the caller had CAP_SYS_ADMIN in the user namespace it ends up in."""
    held = rules_its_next_user_ns(with_installed_flags(call), CAP_SYS_ADMIN)
    return Claim(outcome.ok, held)


@claims("D60e", source=f"{_MAN} ERRORS EBADF", expect=holds(), about=_ABOUT, kind=_DOC)
def a_closed_descriptor_gives_ebadf(call: Call, outcome: Outcome) -> Claim:
    """Whatever the flags."""
    return Claim(is_open_on(call, NsFile.CLOSED), outcome.errno == int(Errno.EBADF))


@claims(
    "D60t", source=f"{_MAN} ERRORS EINVAL: type does not match", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def a_namespace_of_another_type_is_refused(call: Call, outcome: Outcome) -> Claim:
    """A namespace file and a nonzero nstype that is not its type give EINVAL."""
    asked = nstype(call)
    other = both(asked != 0, asked != call.request.target.type)
    return Claim(
        both(is_open_on(call, NsFile.NAMESPACE), other), outcome.errno == int(Errno.EINVAL)
    )


@claims(
    "D60z", source=f"{_MAN} ERRORS EINVAL: pidfd and nstype is 0", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def a_pidfd_needs_namespaces_to_be_named(call: Call, outcome: Outcome) -> Claim:
    """A pidfd with nstype 0, or with a bit that is no namespace, gives EINVAL."""
    every = NEW_NAMESPACES | NEWUSER
    asked = nstype(call)
    return Claim(
        both(is_open_on(call, NsFile.PIDFD), either(asked == 0, (asked | every) != every)),
        outcome.errno == int(Errno.EINVAL),
    )


@claims(
    "D60p", source=f"{_MAN}: since Linux 5.8 fd may be a pidfd", about=_ABOUT, kind=_DOC,
    expect=holds(until=SETNS_PIDFD),
)
def a_pidfd_never_joins_anything(call: Call, outcome: Outcome) -> Claim:
    """True before v5.8, where it gave EINVAL."""
    return Claim(is_open_on(call, NsFile.PIDFD), outcome.errno != 0)


@claims(
    "D60r", source=f"{_MAN} ERRORS ESRCH: terminated and waited on", about=_ABOUT, kind=_DOC,
    expect=holds(since=SETNS_PIDFD),
)
def a_pidfd_of_a_reaped_task_gives_esrch(call: Call, outcome: Outcome) -> Claim:
    """Before anything about the caller is tested (v5.8)."""
    every = NEW_NAMESPACES | NEWUSER
    asked = nstype(call)
    return Claim(
        both(
            is_open_on(call, NsFile.PIDFD), asked != 0, (asked | every) == every,
            no(call.request.target.alive), call.chance.fails == int(Fallible.NONE),
        ),
        outcome.errno == int(Errno.ESRCH),
    )


@claims("D60s", source="kernel/nsproxy.c:validate_nsset", expect=holds(), about=_ABOUT)
def only_a_living_task_that_may_be_inspected_is_followed(
    call: Call, outcome: Outcome
) -> Claim:
    """A pidfd leads somewhere only if its task has namespaces and may be ptraced."""
    target = call.request.target
    followed = both(target.alive, no(target.exited), target.ptrace_allowed)
    pidfd = is_open_on(call, NsFile.PIDFD)
    return Claim(
        either(both(pidfd, no(followed)), is_open_on(call, NsFile.OTHER)), outcome.errno != 0
    )


@claims(
    "D60a", source=f"{_MAN}: other memberships are left unchanged", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def exactly_the_named_namespaces_are_joined(call: Call, outcome: Outcome) -> Claim:
    """A success joins those that fd and nstype name, all of them and no other."""
    after = outcome.after
    fields = (
        (after.user_ns, NEWUSER), (after.mnt_ns, NEWNS), (after.uts_ns, NEWUTS),
        (after.ipc_ns, NEWIPC), (after.pid_ns_for_children, NEWPID),
        (after.cgroup_ns, NEWCGROUP), (after.net_ns, NEWNET), (after.time_ns, NEWTIME),
    )
    return Claim(outcome.ok, both(*(same(there, joins(call, flag)) for there, flag in fields)))


@claims(
    "P35s", source="kernel/nsproxy.c:prepare_nsset", expect=fails(since=SETNS_PIDFD),
    about=_ABOUT, truth="P35st",
)
def a_failed_setns_gives_back_what_it_took(call: Call, outcome: Outcome) -> Claim:
    """With user and mount namespace of a pidfd a failing copy_fs_struct() leaks credentials."""
    return Claim(
        outcome.errno != 0,
        no(either(*outcome.held.values(), *outcome.freed_twice.values())),
    )


@claims("P35st", source="kernel/nsproxy.c:put_nsset", expect=holds(), about=_ABOUT)
def only_a_failing_fs_copy_makes_setns_leak(call: Call, outcome: Outcome) -> Claim:
    """Every other error path is balanced on every kernel."""
    other = both(outcome.errno != 0, call.chance.fails != int(Fallible.COPY_FS_STRUCT))
    return Claim(other, no(either(*outcome.held.values(), *outcome.freed_twice.values())))


@claims("P83s", source="obvious but false", expect=fails(), about=_ABOUT, truth="P83u")
def a_chrooted_task_enters_no_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """It can make none, but join one."""
    return Claim(both(joins(call, NEWUSER), call.current.chrooted), outcome.errno != 0)


@claims("P83r", source="fs/namespace.c:mntns_install", expect=holds(), about=_ABOUT)
def joining_a_mount_namespace_leaves_a_chroot(call: Call, outcome: Outcome) -> Claim:
    """Root and cwd become the top of the mount namespace."""
    after = outcome.after
    return Claim(
        both(outcome.ok, joins(call, NEWNS)), both(after.root_moved, no(after.chrooted))
    )


@claims("P87", source="obvious but false", expect=fails(), about=_ABOUT, truth="P87t")
def a_pending_pid_namespace_stays_pending(call: Call, outcome: Outcome) -> Claim:
    """Joining one's own active pid namespace clears it: threads can be made again."""
    pending = no(call.current.nsproxy.pid_for_children_is_active)
    return Claim(both(outcome.ok, pending), no(outcome.after.pid_for_children_is_active))


@claims("P87t", source="kernel/pid_namespace.c:pidns_install", expect=holds(), about=_ABOUT)
def only_the_active_pid_namespace_clears_a_pending_one(call: Call, outcome: Outcome) -> Claim:
    """A pending pid namespace is cleared exactly by joining the active one."""
    pending = no(call.current.nsproxy.pid_for_children_is_active)
    cleared = both(joins(call, NEWPID), call.request.target.active_pid_ns)
    return Claim(
        both(outcome.ok, pending), same(outcome.after.pid_for_children_is_active, cleared)
    )


def _may_enter(call: Call) -> Truth:
    """Return whether the userns_install() tests that come before the ucounts all pass."""
    target = call.request.target
    return both(
        file_of(call, NEWUSER), no(target.own_user_ns), no(threaded(call)),
        no(shares_fs(call)), call.capable_at(target.user_ns_reach, CAP_SYS_ADMIN),
    )


@claims(
    "P88s", source=_USER, expect=holds(since=UCOUNTS_NPROC), about=_ABOUT
)
def setns_says_einval_for_missing_ucounts(call: Call, outcome: Outcome) -> Claim:
    """set_cred_ucounts() fails: EINVAL here (since v5.14), EAGAIN from unshare() and clone()."""
    return Claim(
        both(_may_enter(call), call.chance.fails == int(Fallible.SET_CRED_UCOUNTS)),
        _einval_by(outcome, ucounts_of_the_user_namespace_cannot_be_had),
    )


@claims("P89", source=_USER, expect=holds(since=THREADS_STAY), about=_ABOUT)
def entering_a_user_namespace_ignores_process_limits(call: Call, outcome: Outcome) -> Claim:
    """However many tasks are charged there, one who may enter enters."""
    target = call.request.target
    crowded = no(signed_below(target.nproc, rlimit(call)))
    full = either(crowded, target.outer_is_over)
    return Claim(both(_may_enter(call), nothing_fails(call), full), outcome.ok)


@claims(
    "P89s", source="obvious but false", expect=fails(since=UCOUNTS_NPROC), about=_ABOUT,
    truth="P89t",
)
def setns_keeps_a_caller_within_its_limits(call: Call, outcome: Outcome) -> Claim:
    """commit_creds() moves the charge without a limit and without PF_NPROC_EXCEEDED (v5.14)."""
    return Claim(
        both(outcome.ok, no(over_its_limits(call)), call.current.signal.rlim_nproc != 0),
        no(outcome.after.over_limit),
    )


@claims("P89t", source="kernel/cred.c:commit_creds", expect=holds(), about=_ABOUT)
def only_a_user_namespace_moves_the_charge(call: Call, outcome: Outcome) -> Claim:
    """Joining anything else leaves the caller as far within its limits as it was."""
    after = outcome.after
    return Claim(
        both(outcome.ok, no(joins(call, NEWUSER))),
        both(no(after.nproc_moved), same(after.over_limit, over_its_limits(call))),
    )


@claims(
    "P55s", source="kernel/time/namespace.c:timens_install", about=_ABOUT,
    expect=holds(needs=Flag.NEWTIME),
)
def joining_a_time_namespace_moves_the_caller_too(call: Call, outcome: Outcome) -> Claim:
    """Unlike unshare(CLONE_NEWTIME): afterwards no time namespace waits for children."""
    after = outcome.after
    return Claim(
        both(outcome.ok, joins(call, NEWTIME)),
        both(after.time_ns, after.time_for_children_is_active),
    )


@claims(
    "D54s", source="kernel/nsproxy.c:commit_nsset", expect=holds(), about=_ABOUT
)
def joining_an_ipc_namespace_leaves_semaphore_adjustments(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_NEWIPC drops the undo list, nothing else does."""
    kept = both(call.current.undo_list, no(joins(call, NEWIPC)))
    return Claim(outcome.ok, same(outcome.after.undo_list, kept))
