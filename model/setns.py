"""setns(): what it refuses, what its error paths give back, and what it does to its caller.

kernel/nsproxy.c: setns, prepare_nsset, validate_nsset, put_nsset, and each namespace's
install operation.  A namespace file joins one namespace; a pidfd (since v5.8) the set of
them that the flags name, installed in the kernel's order, committed all or none.
Its conditions stand in model/rules/nsset.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.algebra import (
    Truth,
    Word,
    both,
    either,
    no,
    plus,
    signed_below,
    when,
    when_word,
)
from model.call import Call
from model.evaluate import Outcome, outcome_of
from model.patches import NEGATIVE_IS_OVER, SETNS_PIDFD, UCOUNTS_NPROC
from model.records import BOOL, fact
from model.request import Args
from model.rows import (
    Effect,
    GivenBack,
    Rejection,
    Row,
    decides,
    gives_back,
    takes,
)
from model.rules import nsset
from model.rules.nsset import copies_fs, installed, joins
from model.rules.unsharing import over_its_limits
from model.ucounts import new_user_ns, rlimit
from model.words import (
    CAP_FULL_SET,
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
)

_PREPARE = "kernel/nsproxy.c:prepare_nsset"
_MNT = "fs/namespace.c:mntns_install"
_PID = "kernel/pid_namespace.c:pidns_install"
_TIME = "kernel/time/namespace.c:timens_install"

INSTALL: list[Rejection] = [
    nsset.caller_is_in_the_user_namespace_already,
    nsset.threads_would_be_in_two_user_namespaces,
    nsset.root_would_be_shared_across_user_namespaces,
    nsset.user_namespace_is_not_the_callers_to_join,
    nsset.credentials_cannot_be_copied_at_last,
    nsset.ucounts_of_the_user_namespace_cannot_be_had,
    nsset.mount_namespace_is_not_the_callers_to_join,
    nsset.mount_namespace_is_anonymous,
    nsset.root_would_be_shared_across_mount_namespaces,
    nsset.root_of_the_mount_namespace_cannot_be_found,
    nsset.uts_namespace,
    nsset.ipc_namespace,
    nsset.pid_namespace,
    nsset.pid_namespace_is_no_descendant,
    nsset.cgroup_namespace,
    nsset.net_namespace,
    nsset.other_tasks_would_see_the_time_change,
    nsset.time_namespace,
]
"""The install operations in the order of validate_nsset()."""

TABLE: list[Row] = [
    nsset.descriptor_is_closed,
    nsset.namespace_is_of_another_type,
    nsset.pidfd_without_known_namespaces,
    nsset.pidfd_is_no_namespace_file,
    nsset.file_is_neither_namespace_nor_pidfd,
    nsset.nsproxy_to_join_with_cannot_be_allocated,
    takes("nsproxy", at=_PREPARE),
    nsset.credentials_to_join_with_cannot_be_copied.to("prepare_nsset.out"),
    takes("cred", at=_PREPARE, condition=new_user_ns, since=SETNS_PIDFD),
    nsset.fs_struct_to_join_with_cannot_be_copied.to("prepare_nsset.out"),
    takes("fs", at=_PREPARE, condition=copies_fs, since=SETNS_PIDFD),
    nsset.task_of_the_pidfd_was_reaped.to("put_nsset"),
    nsset.task_of_the_pidfd_may_not_be_inspected.to("put_nsset"),
    nsset.task_of_the_pidfd_is_a_zombie.to("put_nsset"),
    *(row.to("put_nsset") for row in INSTALL),
]
"""Every step of setns() that can refuse or take, in the kernel's order."""

LADDERS: dict[str, list[tuple[str, list[GivenBack]]]] = {
    "prepare_nsset": [("out", [gives_back("nsproxy")])],
    "setns": [
        (
            "put_nsset",
            [
                gives_back("cred", if_held=True),
                gives_back("fs", if_held=True),
                gives_back("nsproxy"),
            ],
        )
    ],
}
"""What put_nsset() releases.

prepare_nsset() calls it before nsset->flags is set, so there it sees no CLONE_NEWUSER and
keeps the credentials that a failing copy_fs_struct() leaves behind.
"""


@dataclass(frozen=True, slots=True)
class Joined:
    """The caller after a successful setns()."""

    user_ns: Truth = fact(BOOL, False, "joined the user namespace")
    mnt_ns: Truth = fact(BOOL, False, "joined the mount namespace")
    uts_ns: Truth = fact(BOOL, False, "joined the UTS namespace")
    ipc_ns: Truth = fact(BOOL, False, "joined the IPC namespace")
    cgroup_ns: Truth = fact(BOOL, False, "joined the cgroup namespace")
    net_ns: Truth = fact(BOOL, False, "joined the network namespace")
    time_ns: Truth = fact(BOOL, False, "joined the time namespace, and so will its children")
    time_for_children_is_active: Truth = fact(BOOL, False, "no time namespace waits for children")
    pid_ns: Truth = fact(BOOL, False, "moved to another active pid namespace")
    pid_ns_for_children: Truth = fact(BOOL, False, "its children will be in the pid namespace")
    pid_for_children_is_active: Truth = fact(BOOL, False, "no pid namespace waits for children")
    cap_effective: Word = fact(64, 0, "effective capabilities", names="caps")
    nproc_moved: Truth = fact(BOOL, False, "is charged to another (namespace, uid) than before")
    over_limit: Truth = fact(BOOL, False, "its charge is over RLIMIT_NPROC or a namespace's bound")
    undo_list: Truth = fact(BOOL, False, "still has its semaphore undo list")
    root_moved: Truth = fact(BOOL, False, "root and cwd are the joined mount namespace's root")
    sharers_root_moved: Truth = fact(BOOL, False, "so are those of tasks that share its fs_struct")
    chrooted: Truth = fact(BOOL, False, "its root is not the root of its mount namespace")


def _joined(field: str, flag: int) -> Effect:
    def value(call: Call) -> Truth:
        return joins(call, flag)

    value.__doc__ = "The namespace installed."
    return decides(field, at="kernel/nsproxy.c:commit_nsset")(value)


JOINED = [
    _joined("user_ns", NEWUSER),
    _joined("mnt_ns", NEWNS),
    _joined("uts_ns", NEWUTS),
    _joined("ipc_ns", NEWIPC),
    _joined("cgroup_ns", NEWCGROUP),
    _joined("net_ns", NEWNET),
    _joined("time_ns", NEWTIME),
    _joined("pid_ns_for_children", NEWPID),
    _joined("root_moved", NEWNS),
]


@decides("pid_ns", at=_PID)
def pid_ns(_call: Call) -> Truth:
    """A task's own pid namespace never changes."""
    return False


@decides("pid_for_children_is_active", at=_PID)
def pid_for_children_is_active(call: Call) -> Truth:
    """Choosing the active pid namespace again undoes an unshare(CLONE_NEWPID)."""
    now = call.current.nsproxy.pid_for_children_is_active
    return when(joins(call, NEWPID), call.request.target.active_pid_ns, now)


@decides("time_for_children_is_active", at=_TIME)
def time_for_children_is_active(call: Call) -> Truth:
    """A joined time namespace is the caller's and its children's."""
    return either(joins(call, NEWTIME), call.current.nsproxy.time_for_children_is_active)


@decides("cap_effective", at="kernel/user_namespace.c:set_cred_user_ns")
def cap_effective(call: Call) -> Word:
    """All of them inside a joined user namespace."""
    return when_word(64, joins(call, NEWUSER), CAP_FULL_SET, call.cred.cap_effective)


@decides("nproc_moved", at="kernel/cred.c:commit_creds")
def nproc_moved(call: Call) -> Truth:
    """commit_creds() moves the charge to the joined (namespace, uid) (v5.14)."""
    return both(call.kernel[UCOUNTS_NPROC], joins(call, NEWUSER))


@decides("over_limit", at="kernel/ucount.c:is_rlimit_overlimit")
def over_limit(call: Call) -> Truth:
    """No limit is tested on the way, so it may be."""
    target = call.request.target
    count = plus(target.nproc, 1)
    wrapped = both(call.kernel[NEGATIVE_IS_OVER], signed_below(count, 0))
    there = either(signed_below(rlimit(call), count), wrapped, target.outer_is_over)
    return when(nproc_moved.value(call), there, over_its_limits(call))


@decides("undo_list", at="ipc/sem.c:exit_sem")
def undo_list(call: Call) -> Truth:
    """Joining an IPC namespace leaves it, as exit does."""
    return both(call.current.undo_list, no(joins(call, NEWIPC)))


@decides("sharers_root_moved", at="kernel/nsproxy.c:commit_nsset")
def sharers_root_moved(call: Call) -> Truth:
    """The root is set in the caller's fs_struct, whoever shares it."""
    return both(joins(call, NEWNS), call.current.fs_users != 1)


@decides("chrooted", at=_MNT)
def chrooted(call: Call) -> Truth:
    """The root of a joined mount namespace is its top; a chroot is left."""
    return both(call.current.chrooted, no(joins(call, NEWNS)))


EFFECTS: list[Effect] = [
    *JOINED,
    *(item for item in list(globals().values()) if isinstance(item, Effect)),
]


def with_installed_flags(call: Call) -> Call:
    """Return the call with the namespaces to install where rules look for flags."""
    return replace(call, args=Args(flags=installed(call)))


def setns_outcome(call: Call) -> Outcome:
    """Return what setns(fd, request.flags) comes to; ``after`` is a :class:`Joined`."""
    made = with_installed_flags(call)
    return outcome_of(made, TABLE, effects=EFFECTS, ladders=LADDERS, record=Joined)
