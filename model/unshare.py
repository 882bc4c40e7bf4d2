"""unshare(): what it refuses, what its error paths give back, and what it does to its caller.

kernel/fork.c:ksys_unshare, kernel/user_namespace.c:unshare_userns,
kernel/nsproxy.c:unshare_nsproxy_namespaces.  Conditions of create_user_ns() and of
create_new_namespaces() are those of task creation; they read the implied flags.
Its conditions stand in model/rules/unsharing.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model import words
from model.algebra import (
    Truth,
    Word,
    both,
    either,
    has,
    has_any,
    no,
    plus,
    when,
    when_word,
)
from model.call import Call
from model.evaluate import Outcome, outcome_of
from model.new_namespaces import BACK_OUT, NAMED_BY_FLAGS, Ns, making_namespaces
from model.patches import NAMESPACE_COUNTS, UCOUNTS_NPROC, UNSHARE_CRED_PUT
from model.patches import UNSHARE_NSPROXY_PUT as NSPROXY_PUT
from model.records import BOOL, fact
from model.request import Args
from model.rows import (
    Effect,
    GivenBack,
    Rejection,
    Row,
    decides,
    gives_back,
    hands_over,
    happens,
    takes,
)
from model.rules import creds, flags, namespaces, unsharing
from model.rules.namespaces import wants_namespaces
from model.rules.unsharing import copies_files, copies_fs, implied, over_its_limits
from model.ucounts import (
    Element,
    Level,
    any_over,
    charged_to_euid,
    compared,
    elements_of,
    enforced_nproc_rlimit,
    new_user_ns,
    rlimit,
)
from model.words import (
    NEWIPC,
    NEWNS,
    SYSVSEM,
)

_UNSHARE = "kernel/fork.c:ksys_unshare"
_USERNS = "kernel/user_namespace.c:create_user_ns"
_NSPROXY = "kernel/nsproxy.c:create_new_namespaces"

ROOT_MOVED = "the caller's root and cwd are in the new mount namespace"


def _moves_the_callers_own_root(call: Call) -> Truth:
    return both(has(call.args.flags, NEWNS), no(copies_fs(call)))


def _at(row: Rejection, place: str) -> Rejection:
    return replace(row, at=place)


_ERROR_PUT = ("unshare_userns.put_cred", "bad_unshare_cleanup_fd")
_FAIL_DEC = ("create_user_ns.fail_dec", *_ERROR_PUT)

TABLE: list[Row] = [
    _at(flags.debian_forbids_unprivileged_user_namespaces, _UNSHARE),
    unsharing.flag_is_unknown_to_unshare,
    unsharing.caller_would_leave_its_thread_group,
    unsharing.caller_would_leave_its_signal_handlers,
    unsharing.caller_would_leave_its_address_space,
    unsharing.caller_would_leave_whoever_shares_its_memory,
    unsharing.own_fs_struct_cannot_be_allocated,
    takes("fs", at="kernel/fork.c:unshare_fs", condition=copies_fs),
    unsharing.own_file_table_cannot_be_made.to("bad_unshare_cleanup_fs"),
    takes("files", at="kernel/fork.c:unshare_fd", condition=copies_files),
    _at(
        creds.kernel_has_no_user_namespaces, "include/linux/user_namespace.h:unshare_userns"
    ).to("bad_unshare_cleanup_fd"),
    unsharing.own_credentials_cannot_be_copied.to("bad_unshare_cleanup_fd"),
    takes("cred", at="kernel/user_namespace.c:unshare_userns", condition=new_user_ns),
    creds.user_namespaces_nest_too_deep_for_users.to(*_ERROR_PUT),
    creds.user_namespaces_nest_too_deep.to(*_ERROR_PUT),
    creds.user_namespaces_are_turned_off.to(*_ERROR_PUT),
    creds.too_many_user_namespaces.to(*_ERROR_PUT),
    takes("user namespace count", at=_USERNS, condition=new_user_ns, since=NAMESPACE_COUNTS),
    creds.chrooted_caller_wants_a_user_namespace.to(*_FAIL_DEC),
    creds.creator_is_not_mapped_in_its_namespace.to(*_FAIL_DEC),
    creds.security_module_refuses_the_user_namespace.to(*_FAIL_DEC),
    creds.user_namespace_cannot_be_allocated.to(*_FAIL_DEC),
    hands_over("user namespace count", at=_USERNS),
    takes("user namespace", at=_USERNS, condition=new_user_ns),
    _at(
        namespaces.new_namespace_without_cap_sys_admin,
        "kernel/nsproxy.c:unshare_nsproxy_namespaces",
    ).to("bad_unshare_cleanup_cred"),
    unsharing.own_nsproxy_cannot_be_allocated.to("bad_unshare_cleanup_cred"),
    *making_namespaces(
        wants_namespaces,
        on_error="bad_unshare_cleanup_cred",
        mounted=happens(
            ROOT_MOVED, at="fs/namespace.c:copy_mnt_ns", condition=_moves_the_callers_own_root
        ),
    ),
    takes(
        "nsproxy",
        at="kernel/nsproxy.c:unshare_nsproxy_namespaces",
        condition=wants_namespaces,
    ),
    creds.ucounts_of_the_new_namespace_cannot_be_had.to("bad_unshare_cleanup_nsproxy"),
]
"""Every step of ksys_unshare() that can refuse or take, in the kernel's order."""

LADDERS: dict[str, list[tuple[str, list[GivenBack]]]] = {
    "create_user_ns": [("fail_dec", [gives_back("user namespace count", since=NAMESPACE_COUNTS)])],
    "unshare_userns": [("put_cred", [gives_back("cred", since=UNSHARE_CRED_PUT)])],
    "create_new_namespaces": BACK_OUT,
    "ksys_unshare": [
        (
            "bad_unshare_cleanup_nsproxy",
            [gives_back("nsproxy", if_held=True, since=NSPROXY_PUT)],
        ),
        (
            "bad_unshare_cleanup_cred",
            [gives_back("user namespace", if_held=True), gives_back("cred", if_held=True)],
        ),
        ("bad_unshare_cleanup_fd", [gives_back("files", if_held=True)]),
        ("bad_unshare_cleanup_fs", [gives_back("fs", if_held=True)]),
    ],
}
"""Error labels by function, in the order they fall through.

Labels carry their newest names: before a98621a0f187 a failing set_cred_ucounts() jumped to
bad_unshare_cleanup_cred, past the nsproxy.
"""


@dataclass(frozen=True, slots=True)
class Unshared:
    """The caller after a successful unshare()."""

    fs_copied: Truth = fact(BOOL, False, "has a new fs_struct")
    fs_is_own: Truth = fact(BOOL, False, "shares its root, cwd and umask with nobody")
    files_copied: Truth = fact(BOOL, False, "has a new file descriptor table")
    files_are_own: Truth = fact(BOOL, False, "shares its file descriptors with nobody")
    undo_list: Truth = fact(BOOL, False, "still has its semaphore undo list")
    new_user_ns: Truth = fact(BOOL, False, "is in a user namespace of its own")
    user_ns_level: Word = fact(8, 0, "nesting level of its user namespace")
    user_ns_nproc_max: Word = fact(64, 0, "NPROC bound of its user namespace", signed=True)
    cap_effective: Word = fact(64, 0, "effective capabilities", names="caps")
    rules_its_old_user_ns: Truth = fact(
        BOOL, False, "has CAP_SYS_ADMIN in the user namespace it was in before"
    )
    nproc_moved: Truth = fact(BOOL, False, "is charged to another (namespace, uid) than before")
    over_limit: Truth = fact(BOOL, False, "its charge is over RLIMIT_NPROC or a namespace's bound")
    new_nsproxy: Truth = fact(BOOL, False, "has a new nsproxy")
    mnt_ns: Word = fact(8, 0, "mount namespace", names="ns")
    uts_ns: Word = fact(8, 0, "UTS namespace", names="ns")
    ipc_ns: Word = fact(8, 0, "IPC namespace", names="ns")
    cgroup_ns: Word = fact(8, 0, "cgroup namespace", names="ns")
    net_ns: Word = fact(8, 0, "network namespace", names="ns")
    pid_ns: Word = fact(8, 0, "active pid namespace", names="ns")
    pid_ns_for_children: Word = fact(8, 0, "pid namespace of its children", names="ns")
    time_ns: Word = fact(8, 0, "time namespace", names="ns")
    time_ns_for_children: Word = fact(8, 0, "time namespace of its children", names="ns")


@decides("fs_copied", at="kernel/fork.c:unshare_fs")
def fs_copied(call: Call) -> Truth:
    """CLONE_FS, asked for or implied, where it is shared (CLONE_NEWNS: always, since v7.0)."""
    return copies_fs(call)


@decides("fs_is_own", at=_UNSHARE)
def fs_is_own(call: Call) -> Truth:
    """Nobody shared it, or it was copied."""
    return either(copies_fs(call), call.current.fs_users == 1)


@decides("files_copied", at="kernel/fork.c:unshare_fd")
def files_copied(call: Call) -> Truth:
    """CLONE_FILES where the table is shared."""
    return copies_files(call)


@decides("files_are_own", at=_UNSHARE)
def files_are_own(call: Call) -> Truth:
    """Nobody shared the table, or it was copied."""
    return either(copies_files(call), call.current.files_count == 1)


@decides("undo_list", at="ipc/sem.c:exit_sem")
def undo_list(call: Call) -> Truth:
    """CLONE_SYSVSEM and CLONE_NEWIPC leave it, as exit does."""
    return both(call.current.undo_list, no(has_any(call.args.flags, SYSVSEM | NEWIPC)))


@decides("new_user_ns", at="kernel/user_namespace.c:unshare_userns")
def in_new_user_ns(call: Call) -> Truth:
    """CLONE_NEWUSER."""
    return new_user_ns(call)


@decides("user_ns_level", at=_USERNS)
def user_ns_level(call: Call) -> Word:
    """One deeper with CLONE_NEWUSER."""
    level = call.cred.user_ns.level
    return when_word(8, new_user_ns(call), level + 1, level)


@decides("user_ns_nproc_max", at=_USERNS)
def user_ns_nproc_max(call: Call) -> Word:
    """A new namespace's bound is a snapshot of the creator's RLIMIT_NPROC."""
    made, had = enforced_nproc_rlimit(call), call.cred.user_ns.nproc_max
    return when_word(64, new_user_ns(call), made, had)


@decides("cap_effective", at="kernel/user_namespace.c:set_cred_user_ns")
def cap_effective(call: Call) -> Word:
    """All of them inside a new user namespace."""
    return when_word(64, new_user_ns(call), words.CAP_FULL_SET, call.cred.cap_effective)


@decides("rules_its_old_user_ns", at="security/commoncap.c:cap_capable")
def rules_its_old_user_ns(call: Call) -> Truth:
    """Capabilities never reach an ancestor namespace."""
    return both(no(new_user_ns(call)), call.capable_in_own_ns(words.CAP_SYS_ADMIN))


@decides("nproc_moved", at="kernel/cred.c:commit_creds")
def nproc_moved(call: Call) -> Truth:
    """commit_creds() moves the charge to the new namespace's (namespace, uid) (v5.14)."""
    return both(call.kernel[UCOUNTS_NPROC], new_user_ns(call))


def _moved_chain(call: Call) -> list[Level]:
    """Return the chain after the move: out of (namespace, uid), in above (namespace, euid).

    Levels further out lose one and gain one.
    """
    cred = call.cred
    left = when_word(64, cred.uid == cred.euid, 0, 1)
    above = Element(plus(charged_to_euid(cred), left), cred.user_ns.nproc_max, True)
    chain = [Element(1, enforced_nproc_rlimit(call), True), above, *elements_of(cred)[1:]]
    return compared(call.kernel, chain, rlimit(call))


@decides("over_limit", at="kernel/ucount.c:is_rlimit_overlimit")
def over_limit(call: Call) -> Truth:
    """No limit is tested on the way, so it may be."""
    moved = any_over(call, _moved_chain(call), call.cred)
    return when(nproc_moved.value(call), moved, over_its_limits(call))


@decides("new_nsproxy", at="kernel/nsproxy.c:switch_task_namespaces")
def new_nsproxy(call: Call) -> Truth:
    """Any CLONE_NEW* flag but CLONE_NEWUSER."""
    return wants_namespaces(call)


@decides("pid_ns", at="kernel/pid.c:task_active_pid_ns")
def pid_ns(_call: Call) -> Word:
    """A task's own pid namespace never changes."""
    return int(Ns.SAME)


@decides("pid_ns_for_children", at="kernel/pid_namespace.c:copy_pid_ns")
def pid_ns_for_children(call: Call) -> Word:
    """CLONE_NEWPID, else what was set aside before."""
    active = call.current.nsproxy.pid_for_children_is_active
    kept = when_word(8, active, int(Ns.SAME), int(Ns.PENDING))
    return when_word(8, has(call.args.flags, words.NEWPID), int(Ns.NEW), kept)


@decides("time_ns", at=_NSPROXY)
def time_ns(_call: Call) -> Word:
    """unshare() leaves the caller in its time namespace."""
    return int(Ns.SAME)


@decides("time_ns_for_children", at="kernel/time/namespace.c:copy_time_ns")
def time_ns_for_children(call: Call) -> Word:
    """CLONE_NEWTIME, else what was set aside before."""
    active = call.current.nsproxy.time_for_children_is_active
    kept = when_word(8, active, int(Ns.SAME), int(Ns.PENDING))
    return when_word(8, has(call.args.flags, words.NEWTIME), int(Ns.NEW), kept)


EFFECTS: list[Effect] = [
    *NAMED_BY_FLAGS,
    *(item for item in list(globals().values()) if isinstance(item, Effect)),
]


def with_implied_flags(call: Call) -> Call:
    """Return the call with the implied flags where rules look for flags."""
    return replace(call, args=Args(flags=implied(call.kernel, call.request.flags)))


def unshare_outcome(call: Call) -> Outcome:
    """Return what unshare(request.flags) comes to; ``after`` is an :class:`Unshared`."""
    made = with_implied_flags(call)
    return outcome_of(made, TABLE, effects=EFFECTS, ladders=LADDERS, record=Unshared)
