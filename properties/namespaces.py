"""Namespaces and privilege: who may make them, how deep, and which error wins; pids."""

from __future__ import annotations

from model import words
from model.algebra import (
    Truth,
    Word,
    at_most,
    below,
    both,
    either,
    has,
    has_any,
    implies,
    no,
    same,
    signed_below,
    when,
    when_word,
)
from model.call import Call
from model.entries import SYSCALLS
from model.evaluate import Outcome
from model.new_namespaces import Ns
from model.patches import (
    CGROUP_NAMESPACES,
    CHECKPOINT_RESTORE,
    CHROOT_USERNS_GUARD,
    NAMESPACE_COUNTS,
    NESTING_ENOSPC,
    PIDNS_OF_STRANGERS,
    SET_TID,
    TIME_NAMESPACES,
    USERNS_NESTING_LIMIT,
)
from model.rules import creds, pid
from model.state import Fallible
from model.words import NEW_NAMESPACES, NEWPID, NEWUSER, Errno
from properties.claim import Claim, claims, fails, holds
from properties.outcome import failed, kept, made, refused_by

_ALLOC = "kernel/pid.c:alloc_pid"
_USER_NS = "kernel/user_namespace.c:create_user_ns"


@claims("P15", source=f"{_ALLOC}; b26ebfe12f34", expect=holds())
def a_pid_that_cannot_be_had_is_an_error_and_leaves_none(call: Call, outcome: Outcome) -> Claim:
    """Every failure of alloc_pid() is an errno, and no number stays allocated."""
    refused = refused_by(outcome, pid.ALLOC_PID)
    return Claim(refused, both(outcome.errno != 0, no(kept(outcome, "pid"))))


@claims("P15l", source=f"{_ALLOC}; b26ebfe12f34", expect=holds())
def a_failed_call_leaves_no_pid(call: Call, outcome: Outcome) -> Claim:
    """Nor does any later failure keep the pid."""
    return Claim(failed(outcome), no(kept(outcome, "pid")))


@claims("P16", source=f"{_ALLOC}; pid_namespaces(7)", expect=holds())
def a_pid_namespace_gets_its_init_with_its_first_task(call: Call, outcome: Outcome) -> Claim:
    """And only the first: a new namespace, or one set aside that never had a task."""
    first = either(has(call.args.flags, NEWPID), no(call.current.pid_ns.child_reaper))
    return Claim(
        both(outcome.ok, outcome.child.has_pid), same(outcome.child.is_child_reaper, first)
    )


@claims("P16s", source=_ALLOC, expect=holds(needs=SET_TID))
def set_tid_gives_an_init_no_other_pid_than_1(call: Call, outcome: Outcome) -> Claim:
    """Asked for another pid in a namespace without an init, the call fails."""
    asked = below(0, call.args.set_tid_size)
    return Claim(both(outcome.ok, outcome.child.is_child_reaper, asked), call.request.tid0 == 1)


@claims("P49", source="kernel/fork.c:copy_process", expect=holds())
def a_thread_group_is_in_one_user_and_one_pid_namespace(call: Call, outcome: Outcome) -> Claim:
    """A new thread is in its creator's."""
    child = outcome.child
    here = both(no(child.new_user_ns), child.pid_ns == int(Ns.SAME))
    return Claim(both(outcome.ok, child.same_thread_group), here)


@claims("P49d", source="obvious but false", expect=fails(), truth="P49")
def a_thread_group_is_in_one_namespace_of_each_kind(call: Call, outcome: Outcome) -> Claim:
    """False: CLONE_THREAD goes with new mount, UTS, IPC, network and cgroup namespaces."""
    child = outcome.child
    kinds = (child.mnt_ns, child.uts_ns, child.ipc_ns, child.net_ns, child.cgroup_ns)
    return Claim(
        both(outcome.ok, child.same_thread_group), both(*(one == int(Ns.SAME) for one in kinds))
    )


def _has_new_namespace(outcome: Outcome) -> Truth:
    child = outcome.child
    kinds = (
        child.mnt_ns,
        child.uts_ns,
        child.ipc_ns,
        child.pid_ns,
        child.net_ns,
        child.cgroup_ns,
        child.time_ns_for_children,
    )
    return both(outcome.ok, either(*(one == int(Ns.NEW) for one in kinds)))


def _privileged_before(call: Call) -> Truth:
    return call.capable_in_own_ns(words.CAP_SYS_ADMIN)


@claims("P4A", source="kernel/nsproxy.c:copy_namespaces", expect=holds())
def a_new_namespace_needs_cap_sys_admin_over_the_childs_user_namespace(
    call: Call, outcome: Outcome
) -> Claim:
    """Held already, or had by making that user namespace in the same call."""
    owner = outcome.child.new_user_ns
    return Claim(_has_new_namespace(outcome), either(owner, _privileged_before(call)))


@claims(
    "P4Af",
    source="obvious but false",
    expect=fails(since=TIME_NAMESPACES),
    truth="P4A",
)
def a_new_nsproxy_needs_cap_sys_admin(call: Call, outcome: Outcome) -> Claim:
    """False: for a pending time namespace the child gets a private nsproxy unasked."""
    own = no(outcome.child.nsproxy_shared)
    return Claim(
        both(outcome.ok, own), either(outcome.child.new_user_ns, _privileged_before(call))
    )


@claims("P80", source=_USER_NS, expect=holds(since=USERNS_NESTING_LIMIT))
def user_namespaces_are_never_nested_deeper_than_33(call: Call, outcome: Outcome) -> Claim:
    """The parent may be at level 32: the manual's 32 is off by one."""
    return Claim(outcome.ok, at_most(outcome.child.user_ns_level, 33))


@claims("P80f", source="user_namespaces(7), clone(2)", expect=fails(), truth="P80")
def user_namespaces_are_never_nested_deeper_than_32(call: Call, outcome: Outcome) -> Claim:
    """False: see there."""
    new = both(outcome.ok, outcome.child.new_user_ns)
    return Claim(new, at_most(outcome.child.user_ns_level, 32))


@claims("P80e", source=_USER_NS, expect=holds(since=USERNS_NESTING_LIMIT))
def a_user_namespace_below_level_33_is_never_made(call: Call, outcome: Outcome) -> Claim:
    """From level 33 CLONE_NEWUSER fails, with ENOSPC if it gets that far."""
    deep = both(has(call.args.flags, NEWUSER), below(32, call.cred.user_ns.level))
    refused = refused_by(outcome, [creds.user_namespaces_nest_too_deep])
    error = implies(refused, outcome.errno == int(Errno.ENOSPC))
    return Claim(deep, both(failed(outcome), error))


_CREATE_USER_NS = (
    creds.user_namespaces_nest_too_deep,
    creds.too_many_user_namespaces,
    creds.chrooted_caller_wants_a_user_namespace,
    creds.creator_is_not_mapped_in_its_namespace,
    creds.security_module_refuses_the_user_namespace,
    creds.user_namespace_cannot_be_allocated,
)


@claims("P81", source=_USER_NS,
        expect=holds(since=CHROOT_USERNS_GUARD & NAMESPACE_COUNTS & NESTING_ENOSPC))
def limits_then_chroot_and_mapping_then_the_rest_forbid_a_user_namespace(
    call: Call, outcome: Outcome
) -> Claim:
    """ENOSPC before EPERM before a security module's error before ENOMEM."""
    limits = either(*(row.condition(call) for row in _CREATE_USER_NS[:2]))
    rights = either(*(row.condition(call) for row in _CREATE_USER_NS[2:4]))
    last = refused_by(outcome, _CREATE_USER_NS[4:])
    errno = outcome.errno
    return Claim(
        refused_by(outcome, _CREATE_USER_NS),
        both(
            implies(limits, errno == int(Errno.ENOSPC)),
            implies(both(no(limits), rights), errno == int(Errno.EPERM)),
            either(limits, rights, last),
        ),
    )


@claims("P83", source="3151527ee007; clone(2) EPERM", expect=holds(since=CHROOT_USERNS_GUARD))
def a_chrooted_task_clones_no_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """It could leave its root with the capabilities it would gain."""
    return Claim(both(has(call.args.flags, NEWUSER), call.current.chrooted), failed(outcome))


@claims("P84", source="kernel/user_namespace.c:set_cred_user_ns", expect=holds())
def a_new_user_namespace_gives_every_capability_in_itself_only(
    call: Call, outcome: Outcome
) -> Claim:
    """All of them, one level below the caller's namespace: out of reach of every ancestor."""
    child = outcome.child
    return Claim(
        both(outcome.ok, has(call.args.flags, NEWUSER)),
        both(
            child.new_user_ns,
            child.cap_effective == words.CAP_FULL_SET,
            child.user_ns_level == call.cred.user_ns.level + 1,
        ),
    )


@claims("P85", source="security/commoncap.c:cap_capable", expect=fails(), truth="P4A")
def no_new_namespace_is_made_without_privilege_beforehand(
    call: Call, outcome: Outcome
) -> Claim:
    """False: the maker of a user namespace owns it, and has every capability over it."""
    return Claim(_has_new_namespace(outcome), _privileged_before(call))


def _may_choose(call: Call, reach: Word) -> Truth:
    restore = call.capable_at(reach, words.CAP_CHECKPOINT_RESTORE)
    return either(restore, call.capable_at(reach, words.CAP_SYS_ADMIN))


def _named(call: Call) -> list[tuple[Truth, Word]]:
    """Return, per pid namespace above the child's new one, whether set_tid names it.

    The model follows set_tid to its third element.
    """
    ns, size = call.current.pid_ns, call.args.set_tid_size
    reaches = (ns.user_ns_reach, ns.parent_reach, ns.grandparent_reach)
    new = has(call.args.flags, NEWPID)
    named = []
    for element, reach in enumerate(reaches):
        followed = True if element < 2 else no(new)
        asked = below(when_word(64, new, element + 1, element), size)
        named.append((both(followed, asked), reach))
    return named


@claims("P86", source=f"{_ALLOC}; clone(2) EPERM", expect=holds(needs=SET_TID))
def who_chooses_pids_rules_every_namespace_named(call: Call, outcome: Outcome) -> Claim:
    """CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN over the owner of each (to the third level)."""
    named = [implies(asked, _may_choose(call, reach)) for asked, reach in _named(call)]
    asked = both(below(0, call.args.set_tid_size), outcome.child.has_pid)
    return Claim(both(outcome.ok, asked), both(*named))


@claims(
    "P86f",
    source="clone(2) EPERM",
    expect=fails(since=CHECKPOINT_RESTORE, needs=SET_TID),
    truth="P86",
)
def who_chooses_pids_has_cap_sys_admin(call: Call, outcome: Outcome) -> Claim:
    """False since v5.9: CAP_CHECKPOINT_RESTORE is enough."""
    ns = call.current.pid_ns
    chosen = both(below(0, call.args.set_tid_size), no(has(call.args.flags, NEWPID)))
    user = made(call, outcome, *SYSCALLS)
    return Claim(both(user, chosen), call.capable_at(ns.user_ns_reach, words.CAP_SYS_ADMIN))


@claims("P49n", source="kernel/nsproxy.c:create_new_namespaces",
        expect=holds(since=CGROUP_NAMESPACES))
def a_namespace_is_new_exactly_where_its_flag_says_so(call: Call, outcome: Outcome) -> Claim:
    """Each of the flags on its own; the pid namespace included."""
    child, flags = outcome.child, call.args.flags
    kinds = (
        (words.NEWNS, child.mnt_ns),
        (words.NEWUTS, child.uts_ns),
        (words.NEWIPC, child.ipc_ns),
        (words.NEWPID, child.pid_ns),
        (words.NEWNET, child.net_ns),
        (words.NEWCGROUP, child.cgroup_ns),
    )
    agree = [same(has(flags, flag), kind == int(Ns.NEW)) for flag, kind in kinds]
    own = implies(has_any(flags, NEW_NAMESPACES & ~words.NEWTIME), no(child.nsproxy_shared))
    return Claim(outcome.ok, both(own, *agree))


@claims("P16d", source="kernel/pid_namespace.c:create_pid_namespace", expect=holds())
def pid_namespaces_are_never_nested_deeper_than_32(call: Call, outcome: Outcome) -> Claim:
    """MAX_PID_NS_LEVEL, here without an off by one."""
    return Claim(outcome.ok, at_most(outcome.child.pid_level, words.MAX_PID_NS_LEVEL))


@claims("P87c", source="kernel/pid_namespace.c:copy_pid_ns", expect=holds())
def no_pid_namespace_is_made_beside_one_set_aside(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWPID while children go to another pid namespace already."""
    pending = no(call.current.nsproxy.pid_for_children_is_active)
    return Claim(both(has(call.args.flags, NEWPID), pending), failed(outcome))


@claims("P84p", source="kernel/pid_namespace.c:create_pid_namespace",
        expect=holds(since=PIDNS_OF_STRANGERS))
def a_pid_namespace_is_nested_in_ones_own_kin_only(call: Call, outcome: Outcome) -> Claim:
    """Its parent's user namespace is an ancestor of its own, or the same."""
    stranger = no(call.current.pid_ns.user_ns_is_ancestor)
    return Claim(both(has(call.args.flags, NEWPID), stranger), failed(outcome))


@claims("P86t", source=_ALLOC, expect=holds(needs=SET_TID))
def a_pid_that_was_chosen_is_free_and_possible(call: Call, outcome: Outcome) -> Claim:
    """Between 1 and pid_max, used by nobody, one for each level at most."""
    ns, request = call.current.pid_ns, call.request
    size, new = call.args.set_tid_size, has(call.args.flags, NEWPID)
    tids = (request.tid0, request.tid1, request.tid2)
    taken = (
        both(no(new), ns.taken),
        when(new, ns.taken, ns.parent_taken),
        when(new, ns.parent_taken, ns.grandparent_taken),
    )
    good = []
    for element, (tid, used) in enumerate(zip(tids, taken, strict=True)):
        possible = both(no(signed_below(tid, 1)), signed_below(tid, call.system.pid_max))
        good.append(implies(below(element, size), both(possible, no(used))))
    further = implies(below(3, size), no(call.fails(Fallible.OUTER_SET_TID)))
    levels = [implies(outcome.child.pid_level == n, at_most(size, n + 1)) for n in range(33)]
    asked = both(below(0, size), outcome.child.has_pid)
    return Claim(both(outcome.ok, asked), both(further, *good, *levels))


@claims("P86i", source=_ALLOC, expect=holds(needs=SET_TID))
def no_pid_is_chosen_in_a_namespace_without_an_init(call: Call, outcome: Outcome) -> Claim:
    """Until pid 1 is given out, no other number is: for the child's and for its parent's."""
    request, size = call.request, call.args.set_tid_size
    new, reaper = has(call.args.flags, NEWPID), call.current.pid_ns.child_reaper
    own = implies(either(new, no(reaper)), request.tid0 == 1)
    outer = implies(both(below(1, size), new, no(reaper)), request.tid1 == 1)
    asked = both(below(0, size), outcome.child.has_pid)
    return Claim(both(outcome.ok, asked), both(own, outer))
