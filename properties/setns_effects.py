"""setns(): what a success changes of its caller, and what it leaves as it was."""

from __future__ import annotations

from model.algebra import (
    LONG_MAX,
    both,
    capped,
    either,
    has,
    no,
    same,
    signed_below,
    when,
    when_word,
)
from model.call import Call
from model.evaluate import Outcome
from model.patches import NEGATIVE_IS_OVER, THREADS_STAY, UCOUNTS_NPROC
from model.state import Reach
from model.words import (
    CAP_FULL_SET,
    CAP_SYS_ADMIN,
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
)
from properties.claim import Claim, Kind, Subject, claims, holds
from properties.joining import (
    allowed_to_join,
    file_of,
    joins,
    nothing_fails,
    shares_fs,
    threaded,
)

_MAN = "setns(2) 6.03"
_ABOUT = Subject.SETNS


@claims("J01", source="kernel/nsproxy.c:commit_nsset; fs/namespace.c:mntns_install",
        expect=holds(), about=_ABOUT)
def root_and_cwd_move_with_a_mount_namespace_only(call: Call, outcome: Outcome) -> Claim:
    """To its top, out of a chroot, in the fs_struct and so for whoever shares it."""
    after, moved = outcome.after, joins(call, NEWNS)
    return Claim(
        outcome.ok,
        both(
            same(after.root_moved, moved),
            same(after.chrooted, both(call.current.chrooted, no(moved))),
            same(after.sharers_root_moved, both(moved, shares_fs(call))),
        ),
    )


@claims("J02", source=f"{_MAN} PID namespaces; kernel/pid_namespace.c:pidns_install",
        expect=holds(), about=_ABOUT, kind=Kind.DOCUMENTATION)
def a_pid_namespace_waits_for_children_unless_it_is_the_active_one(
    call: Call, outcome: Outcome
) -> Claim:
    """The caller never moves; without CLONE_NEWPID what waited for children waits still."""
    after, had = outcome.after, call.current.nsproxy.pid_for_children_is_active
    active = when(joins(call, NEWPID), call.request.target.active_pid_ns, had)
    return Claim(outcome.ok, both(no(after.pid_ns), same(after.pid_for_children_is_active, active)))


@claims("J03", source="kernel/time/namespace.c:timens_install", expect=holds(), about=_ABOUT)
def a_time_namespace_set_aside_waits_until_another_is_joined(
    call: Call, outcome: Outcome
) -> Claim:
    """Joining one replaces both time_ns and time_ns_for_children; nothing else touches them."""
    had = call.current.nsproxy.time_for_children_is_active
    active = either(joins(call, NEWTIME), had)
    return Claim(outcome.ok, same(outcome.after.time_for_children_is_active, active))


@claims("J04", source="kernel/cred.c:commit_creds", expect=holds(), about=_ABOUT)
def whoever_joins_a_user_namespace_is_charged_there(call: Call, outcome: Outcome) -> Claim:
    """With all capabilities; joining others changes neither (one count per user before v5.14)."""
    after, had, user = outcome.after, call.current.real_cred, joins(call, NEWUSER)
    kept = when_word(64, user, CAP_FULL_SET, had.cap_effective)
    moved = both(call.kernel[UCOUNTS_NPROC], user)
    return Claim(outcome.ok, both(same(after.nproc_moved, moved), after.cap_effective == kept))


@claims("J05", source="kernel/cred.c:commit_creds; kernel/ucount.c:is_rlimit_overlimit",
        expect=holds(needs=UCOUNTS_NPROC), about=_ABOUT)
def a_joined_user_namespace_counts_its_new_member(call: Call, outcome: Outcome) -> Claim:
    """Over a limit afterwards exactly where its user filled it before, there or further out."""
    target, limit = call.request.target, capped(call.current.signal.rlim_nproc)
    counted = both(no(signed_below(target.nproc, 0)), signed_below(target.nproc, LONG_MAX))
    filled = either(no(signed_below(target.nproc, limit)), target.outer_is_over)
    return Claim(
        both(outcome.ok, call.kernel[UCOUNTS_NPROC], joins(call, NEWUSER), counted),
        same(outcome.after.over_limit, filled),
    )


@claims("J09", source="0cbae9e24fa7; kernel/ucount.c:is_rlimit_overlimit",
        expect=holds(needs=UCOUNTS_NPROC), about=_ABOUT)
def a_count_that_wrapped_is_over_every_limit_since_v5_17(call: Call, outcome: Outcome) -> Claim:
    """Where it is negative with the caller in it; before v5.17 such a count was below all."""
    target = call.request.target
    strange = either(signed_below(target.nproc, 0), target.nproc == LONG_MAX)
    wrapped = both(call.kernel[NEGATIVE_IS_OVER], target.nproc != -1)
    joined = both(call.kernel[UCOUNTS_NPROC], joins(call, NEWUSER), no(target.outer_is_over))
    return Claim(both(outcome.ok, joined, strange), same(outcome.after.over_limit, wrapped))


@claims("J06", source="kernel/pid_namespace.c:pidns_install", expect=holds(), about=_ABOUT)
def ones_active_pid_namespace_can_always_be_chosen_again(call: Call, outcome: Outcome) -> Claim:
    """Whoever has the capability may undo an unshare(CLONE_NEWPID)."""
    active = both(file_of(call, NEWPID), call.request.target.active_pid_ns)
    return Claim(
        both(active, allowed_to_join(call, NEWPID), nothing_fails(call)), outcome.ok
    )


_PLAIN = (NEWUTS, NEWIPC, NEWCGROUP, NEWNET)


@claims("J07", source="kernel/utsname.c:utsns_install and its like; capabilities(7)",
        expect=holds(), about=_ABOUT)
def root_of_the_initial_user_namespace_joins_any_namespace(
    call: Call, outcome: Outcome
) -> Claim:
    """CAP_SYS_ADMIN there reaches the owner of every UTS, IPC, cgroup and network namespace."""
    cred = call.cred
    root = both(cred.user_ns.level == 0, has(cred.cap_effective, CAP_SYS_ADMIN))
    asked = either(*(file_of(call, flag) for flag in _PLAIN))
    return Claim(both(asked, root, nothing_fails(call)), outcome.ok)


@claims("J08", source="kernel/user_namespace.c:userns_install; user_namespaces(7)",
        expect=holds(since=THREADS_STAY), about=_ABOUT)
def with_every_capability_any_user_namespace_within_reach_is_joined(
    call: Call, outcome: Outcome
) -> Claim:
    """All but one's own, one's ancestors' and strangers', by a caller that shares nothing."""
    target, reach = call.request.target, call.request.target.user_ns_reach
    apart = no(either(threaded(call), shares_fs(call), target.own_user_ns))
    able = both(call.cred.cap_effective == CAP_FULL_SET, nothing_fails(call))
    return Claim(
        both(file_of(call, NEWUSER), apart, able, reach != int(Reach.OUTSIDE)), outcome.ok
    )
