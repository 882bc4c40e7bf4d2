"""unshare(): what a success changes of its caller, and what it leaves as it was."""

from __future__ import annotations

from model.algebra import (
    LONG_MAX,
    Truth,
    Word,
    both,
    capped,
    either,
    no,
    same,
    when_word,
)
from model.call import Call
from model.evaluate import Outcome
from model.new_namespaces import Ns
from model.patches import (
    NAMESPACE_COUNTS,
    ROOT_NS_UNLIMITED,
    UCOUNTS_NPROC,
    UNSHARE_NEWNS_FS,
    UNSHARE_NSPROXY_PUT,
)
from model.rules.unsharing import over_its_limits
from model.state import Fallible
from model.words import (
    CAP_SYS_ADMIN,
    FILES,
    FS,
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWPID,
    NEWUSER,
    NEWUTS,
    SIGHAND,
    SYSVSEM,
    THREAD,
    VM,
    Errno,
)
from properties.claim import Claim, Kind, Subject, claims, holds
from properties.unsharing import (
    asks,
    asks_any,
    asks_for_mounts,
    asks_for_namespaces,
    asks_for_time,
    only,
    shares_files,
    shares_fs,
)

_MAN = "unshare(2) 6.03"
_ABOUT = Subject.UNSHARE


def _new_or_kept(namespace: Word, new: Truth, kept: Truth = True) -> Truth:
    """Return whether a namespace is new exactly where it should be, and else the one kept."""
    old = when_word(8, kept, int(Ns.SAME), int(Ns.PENDING))
    return namespace == when_word(8, new, int(Ns.NEW), old)


@claims("U01", source=f"{_MAN} CLONE_NEWNS, NEWUTS, NEWIPC, NEWCGROUP, NEWNET", expect=holds(),
        about=_ABOUT, kind=Kind.DOCUMENTATION)
def the_caller_is_in_a_new_namespace_exactly_where_it_asked(
    call: Call, outcome: Outcome
) -> Claim:
    """Mount, UTS, IPC, cgroup and network namespace: new with the flag, else as before."""
    after = outcome.after
    new = (
        (after.mnt_ns, asks_for_mounts(call)),
        (after.uts_ns, asks(call, NEWUTS)),
        (after.ipc_ns, asks(call, NEWIPC)),
        (after.cgroup_ns, asks(call, NEWCGROUP)),
        (after.net_ns, asks(call, NEWNET)),
    )
    return Claim(outcome.ok, both(*(_new_or_kept(there, asked) for there, asked in new)))


@claims("U02", source="kernel/pid_namespace.c:copy_pid_ns; kernel/time/namespace.c:copy_time_ns",
        expect=holds(), about=_ABOUT)
def what_waits_for_children_is_replaced_only_where_asked(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWPID and CLONE_NEWTIME set one aside; without them the one set aside stays.

    The caller itself stays in its pid and its time namespace.
    """
    after, had = outcome.after, call.current.nsproxy
    return Claim(
        outcome.ok,
        both(
            _new_or_kept(
                after.pid_ns_for_children, asks(call, NEWPID), had.pid_for_children_is_active
            ),
            _new_or_kept(
                after.time_ns_for_children, asks_for_time(call), had.time_for_children_is_active
            ),
            after.pid_ns == int(Ns.SAME),
            after.time_ns == int(Ns.SAME),
        ),
    )


@claims("U03", source="kernel/nsproxy.c:unshare_nsproxy_namespaces", expect=holds(), about=_ABOUT)
def the_nsproxy_is_replaced_for_new_namespaces_only(call: Call, outcome: Outcome) -> Claim:
    """Any CLONE_NEW* but CLONE_NEWUSER; the flags of what is shared leave it alone."""
    return Claim(outcome.ok, same(outcome.after.new_nsproxy, asks_for_namespaces(call)))


@claims("U04", source=f"{_MAN} CLONE_FS, CLONE_NEWNS, CLONE_NEWUSER; 6c4b2243cb6c",
        expect=holds(), about=_ABOUT)
def the_root_is_copied_exactly_where_it_has_to_be_ones_own(
    call: Call, outcome: Outcome
) -> Claim:
    """Asked for or implied, and shared; since v7.0 a new mount namespace always copies it."""
    mounts, shared = asks_for_mounts(call), shares_fs(call)
    own = either(asks_any(call, FS | NEWUSER), mounts)
    always = both(call.kernel[UNSHARE_NEWNS_FS], mounts)
    copied = both(own, either(shared, always))
    after = outcome.after
    return Claim(
        outcome.ok,
        both(same(after.fs_copied, copied), same(after.fs_is_own, either(copied, no(shared)))),
    )


@claims("U05", source=f"{_MAN} CLONE_FILES", expect=holds(), about=_ABOUT,
        kind=Kind.DOCUMENTATION)
def descriptors_are_copied_with_clone_files_only(call: Call, outcome: Outcome) -> Claim:
    """And only where they are shared; new namespaces leave them as they were."""
    shared = shares_files(call)
    copied = both(asks(call, FILES), shared)
    after = outcome.after
    return Claim(
        outcome.ok,
        both(
            same(after.files_copied, copied), same(after.files_are_own, either(copied, no(shared)))
        ),
    )


@claims("U06", source=f"{_MAN} CLONE_SYSVSEM, CLONE_NEWIPC", expect=holds(), about=_ABOUT,
        kind=Kind.DOCUMENTATION)
def the_undo_list_stays_unless_it_is_left(call: Call, outcome: Outcome) -> Claim:
    """CLONE_SYSVSEM and CLONE_NEWIPC leave it; nothing else does, and none is made."""
    kept = both(call.current.undo_list, no(asks_any(call, SYSVSEM | NEWIPC)))
    return Claim(outcome.ok, same(outcome.after.undo_list, kept))


@claims("U07", source=f"{_MAN} CLONE_NEWUSER; kernel/user_namespace.c:create_user_ns",
        expect=holds(), about=_ABOUT)
def a_new_user_namespace_is_one_level_deeper(call: Call, outcome: Outcome) -> Claim:
    """With CLONE_NEWUSER; the caller is charged there alone (v5.14)."""
    after = outcome.after
    moved = call.kernel[UCOUNTS_NPROC]
    return Claim(
        both(outcome.ok, asks(call, NEWUSER)),
        both(
            after.new_user_ns,
            after.user_ns_level == call.cred.user_ns.level + 1,
            same(after.nproc_moved, moved),
        ),
    )


@claims("U08", source="kernel/user_namespace.c:create_user_ns; 0ac983f51203", expect=holds(),
        about=_ABOUT)
def a_new_user_namespace_is_bound_by_its_creators_process_limit(
    call: Call, outcome: Outcome
) -> Claim:
    """A snapshot of RLIMIT_NPROC; none (since v5.17) where global root made it."""
    cred = call.cred
    root = both(call.kernel[ROOT_NS_UNLIMITED], cred.uid == 0, cred.user_ns.level == 0)
    limit = capped(call.current.signal.rlim_nproc)
    bound = when_word(64, root, LONG_MAX, limit)
    return Claim(
        both(outcome.ok, asks(call, NEWUSER)), outcome.after.user_ns_nproc_max == bound
    )


@claims("U09", source=f"{_MAN}; kernel/cred.c:commit_creds", expect=holds(), about=_ABOUT)
def without_clone_newuser_credentials_and_charge_stay(call: Call, outcome: Outcome) -> Claim:
    """User namespace, its bound, capabilities, and how far the caller is within its limits."""
    after, cred = outcome.after, call.current.real_cred
    return Claim(
        both(outcome.ok, no(asks(call, NEWUSER))),
        both(
            no(after.new_user_ns),
            after.user_ns_level == cred.user_ns.level,
            after.user_ns_nproc_max == cred.user_ns.nproc_max,
            after.cap_effective == cred.cap_effective,
            same(after.rules_its_old_user_ns, call.capable_in_own_ns(CAP_SYS_ADMIN)),
            no(after.nproc_moved),
            same(after.over_limit, over_its_limits(call)),
        ),
    )


@claims("U10", source="kernel/cred.c:commit_creds; kernel/ucount.c:inc_rlimit_ucounts",
        expect=holds(needs=UCOUNTS_NPROC), about=_ABOUT)
def with_a_limit_of_0_whoever_is_charged_anew_is_over_it(call: Call, outcome: Outcome) -> Claim:
    """One task, the caller, is charged in the new namespace (v5.14), and no limit is tested."""
    anew = both(call.kernel[UCOUNTS_NPROC], asks(call, NEWUSER))
    return Claim(
        both(outcome.ok, anew, call.current.signal.rlim_nproc == 0), outcome.after.over_limit
    )


@claims("U11", source="kernel/fork.c:check_unshare_flags", expect=holds(), about=_ABOUT)
def whoever_has_its_memory_for_itself_has_all_of_it(call: Call, outcome: Outcome) -> Claim:
    """Threads share handlers, and handlers memory: alone in it, one may leave all three."""
    return Claim(
        both(only(call, THREAD | SIGHAND | VM), call.current.mm_users == 1), outcome.ok
    )


@claims("U12", source="kernel/ucount.c:inc_ucount; namespaces(7) /proc/sys/user",
        expect=holds(since=NAMESPACE_COUNTS),
        about=_ABOUT)
def a_sysctl_of_0_forbids_its_namespaces(call: Call, outcome: Outcome) -> Claim:
    """user.max_*_namespaces of each kind, for everybody."""
    system = call.system
    kinds = (
        (asks(call, NEWUSER), system.user_namespaces),
        (asks(call, NEWPID), system.pid_namespaces),
        (asks(call, NEWUTS), system.uts_namespaces),
        (asks(call, NEWIPC), system.ipc_namespaces),
        (asks(call, NEWNET), system.net_namespaces),
        (asks_for_mounts(call), system.mnt_namespaces),
        (asks(call, NEWCGROUP), system.cgroup_namespaces),
        (asks_for_time(call), system.time_namespaces),
    )
    return Claim(either(*(both(asked, limit.max == 0) for asked, limit in kinds)), no(outcome.ok))


@claims("U13", source="a98621a0f187; kernel/fork.c:ksys_unshare",
        expect=holds(needs=UCOUNTS_NPROC), about=_ABOUT)
def a_charge_that_cannot_be_had_leaks_the_nsproxy_just_made(call: Call, outcome: Outcome) -> Claim:
    """Whatever namespaces it holds, from v5.14 until the mend of v7.1; and nothing else."""
    last = both(call.kernel[UCOUNTS_NPROC], call.fails(Fallible.SET_CRED_UCOUNTS))
    leaks = both(no(call.kernel[UNSHARE_NSPROXY_PUT]), asks_for_namespaces(call))
    others = (kept for name, kept in outcome.held.items() if name != "nsproxy")
    return Claim(
        both(last, outcome.errno == int(Errno.EAGAIN)),
        both(same(outcome.held.get("nsproxy", False), leaks), no(either(*others))),
    )
