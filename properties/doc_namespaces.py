"""Namespaces: clone(2), user_namespaces(7), pid_namespaces(7), time_namespaces(7), namespaces(7).

All of man-pages 6.03.
"""

from __future__ import annotations

from functools import partial

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
    signed_below,
)
from model.call import Call
from model.evaluate import Outcome
from model.new_namespaces import Ns
from model.patches import (
    CGROUP_NAMESPACES,
    CHECKPOINT_RESTORE,
    CHROOT_USERNS_GUARD,
    CLONE3_NEWTIME,
    DEBIAN_USERNS_SYSCTL,
    INIT_CHECKED_LATE,
    NAMESPACE_COUNTS,
    NESTING_ENOSPC,
    PARENT_WITH_NEW_NAMESPACES,
    REDHAT_USERNS_OFF_EINVAL,
    SET_TID,
    TIME_NAMESPACES,
    TIMENS_AT_EXEC,
    USERNS_NESTING_LIMIT,
)
from model.request import Entry
from model.rules.pid import child_level, tid_of
from model.state import Reach
from model.words import (
    CAP_CHECKPOINT_RESTORE,
    CAP_FULL_SET,
    CAP_SYS_ADMIN,
    CSIGNAL,
    DETACHED,
    NEWPID,
    NEWTIME,
    NEWUSER,
    THREAD,
    VM,
    Errno,
    Flag,
)
from properties.claim import Claim, Kind, claims, fails, holds
from properties.premises import (
    LISTED,
    NEW_OF,
    asks_for_no_pid,
    below_the_namespace_limits,
    below_the_nesting_limits,
    by,
    effective,
    flags_are_known,
    from_user_space,
    gives,
    has_made_a_task,
    mapped,
    namespaces_are_left,
    no_namespace_waits_for_children,
    not_chrooted,
    otherwise_fine,
    pid_namespace_lives,
    plainly_asked,
    privileged_where_needed,
    struct_is_passed_well,
)

documents = partial(claims, kind=Kind.DOCUMENTATION)
EPERM = "man-pages 6.03, clone(2) ERRORS EPERM"
ENOSPC = "man-pages 6.03, clone(2) ERRORS ENOSPC"
SET_TIDS = "man-pages 6.03, clone(2) ERRORS, set_tid"
USER = "man-pages 6.03, user_namespaces(7)"
PID = "man-pages 6.03, pid_namespaces(7)"
TIME = "man-pages 6.03, time_namespaces(7)"


def new(call: Call, flag: int) -> Truth:
    """Return whether a flag is set."""
    return has(call.args.flags, flag)


@documents("D23", source=ENOSPC, expect=holds(since=NESTING_ENOSPC))
def a_pid_namespace_below_level_32_gives_enospc(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWPID from pid namespace level 32; EINVAL before v4.9, where the page says v3.7."""
    premise = both(
        otherwise_fine(call, below_the_nesting_limits),
        below(call.cred.user_ns.level, 32),
        call.current.pid_ns.level == 32,
        new(call, NEWPID),
    )
    return Claim(premise, gives(outcome, Errno.ENOSPC))


@documents("D68", source=f"{PID}, nesting", expect=holds())
def pid_namespaces_nest_32_deep_at_most(call: Call, outcome: Outcome) -> Claim:
    """No child's pid namespace is deeper than level 32; the initial one is level 0."""
    return Claim(has_made_a_task(call, outcome), at_most(outcome.child.pid_level, 32))


@documents("D24", source=ENOSPC, expect=holds(since=NESTING_ENOSPC))
def a_user_namespace_that_nests_too_deep_gives_enospc(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER from level 33, beyond which none can be, gives ENOSPC, since v4.9."""
    premise = both(_too_deep(call, 33), below(call.current.pid_ns.level, 32))
    return Claim(premise, gives(outcome, Errno.ENOSPC))


def _too_deep(call: Call, level: int) -> Truth:
    return both(
        otherwise_fine(call, below_the_nesting_limits),
        below(call.current.pid_ns.level, 32),
        call.cred.user_ns.level == level,
        new(call, NEWUSER),
    )


@documents("D61", source=f"{USER}, nested namespaces", expect=fails(), truth="D61t")
def user_namespaces_nest_32_deep_at_most(call: Call, outcome: Outcome) -> Claim:
    """Off by one: the parent's level, not the child's, is compared with 32."""
    return Claim(has_made_a_task(call, outcome), implies(
        at_most(call.cred.user_ns.level, 32), at_most(outcome.child.user_ns_level, 32)
    ))


@documents("D61a", source=f"{USER}, nested namespaces", expect=fails(), truth="D61t")
def a_user_namespace_at_level_33_is_refused(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER from level 32 succeeds, though the page allows 32 nested levels."""
    return Claim(_too_deep(call, 32), outcome.errno != 0)


@documents("D61t", source="kernel/user_namespace.c:create_user_ns",
        expect=holds(since=USERNS_NESTING_LIMIT))
def user_namespaces_nest_33_deep_at_most(call: Call, outcome: Outcome) -> Claim:
    """No child's user namespace is deeper than level 33; the initial one is level 0."""
    return Claim(has_made_a_task(call, outcome), at_most(outcome.child.user_ns_level, 33))


@documents("D62", source=f"{USER}, nested namespaces",
        expect=holds(since=USERNS_NESTING_LIMIT, until=NESTING_ENOSPC), truth="D24")
def a_user_namespace_that_nests_too_deep_gives_eusers(call: Call, outcome: Outcome) -> Claim:
    """Stale: EUSERS became ENOSPC in v4.9, as clone(2) itself says."""
    return Claim(_too_deep(call, 33), gives(outcome, Errno.EUSERS))


@documents("D25", source=ENOSPC,
        expect=holds(since=NAMESPACE_COUNTS, until=REDHAT_USERNS_OFF_EINVAL))
def the_sysctl_on_user_namespaces_gives_enospc(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER with user.max_user_namespaces reached gives ENOSPC, for root too.

    Where it is 0 Red Hat's 7 says EINVAL to whoever is in the first user namespace.
    """
    premise = both(
        otherwise_fine(call, below_the_namespace_limits),
        new(call, NEWUSER),
        no(namespaces_are_left(call.system, "user")),
    )
    return Claim(premise, gives(outcome, Errno.ENOSPC))


@documents("D25a", source="man-pages 6.03, namespaces(7) /proc/sys/user",
        expect=holds(since=NAMESPACE_COUNTS))
def the_sysctls_on_other_namespaces_give_enospc(call: Call, outcome: Outcome) -> Claim:
    """Each of the six other kinds that clone() can make, with its limit reached."""
    full = either(
        *(
            both(new(call, flag), no(namespaces_are_left(call.system, kind)))
            for kind, flag in NEW_OF.items()
        )
    )
    return Claim(
        both(otherwise_fine(call, below_the_namespace_limits), full), gives(outcome, Errno.ENOSPC)
    )


@documents("D25p", source="man-pages 6.03, clone(2) ERRORS, ENOSPC before EPERM",
        expect=holds(since=NAMESPACE_COUNTS, until=REDHAT_USERNS_OFF_EINVAL))
def the_user_namespace_limits_win_over_chroot_and_missing_mappings(
    call: Call, outcome: Outcome
) -> Claim:
    """Where both ENOSPC and EPERM apply to CLONE_NEWUSER, it is ENOSPC."""
    premise = both(
        otherwise_fine(call, below_the_namespace_limits, not_chrooted, mapped),
        new(call, NEWUSER),
        no(namespaces_are_left(call.system, "user")),
        either(call.current.chrooted, no(mapped(call))),
    )
    return Claim(premise, gives(outcome, Errno.ENOSPC))


@documents("D26", source=EPERM, expect=fails(), truth="D26t")
def no_listed_namespace_is_made_without_cap_sys_admin(call: Call, outcome: Outcome) -> Claim:
    """The page forgets the caller who makes a user namespace by the same call."""
    premise = both(
        otherwise_fine(call, privileged_where_needed),
        has_any(call.args.flags, LISTED),
        no(effective(call, CAP_SYS_ADMIN)),
    )
    return Claim(premise, gives(outcome, Errno.EPERM))


@documents("D26t", source=EPERM, expect=holds(since=CGROUP_NAMESPACES))
def without_a_new_user_namespace_others_need_cap_sys_admin(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_NEW{NS,UTS,IPC,PID,NET,CGROUP} by the unprivileged without CLONE_NEWUSER: EPERM."""
    premise = both(
        otherwise_fine(call, privileged_where_needed),
        has_any(call.args.flags, LISTED),
        no(new(call, NEWUSER)),
        no(effective(call, CAP_SYS_ADMIN)),
    )
    return Claim(premise, gives(outcome, Errno.EPERM))


@documents("D26u", source=f"{USER}, interaction of user and other namespaces", expect=holds())
def a_new_user_namespace_gives_the_privilege_for_the_others(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_NEWUSER with other CLONE_NEW* flags succeeds for a caller without privilege."""
    premise = both(
        otherwise_fine(call),
        new(call, NEWUSER),
        has_any(call.args.flags, LISTED),
        call.cred.cap_effective == 0,
    )
    return Claim(premise, outcome.ok)


def _clone3_newtime(call: Call) -> Truth:
    """Return whether clone3() asks for a time namespace, alone, and nothing else is wrong."""
    return both(
        call.kernel[TIME_NAMESPACES],
        by(call, Entry.CLONE3),
        call.args.flags == NEWTIME,
        otherwise_fine(call, flags_are_known, privileged_where_needed),
    )


@documents(
    "D26n",
    source=EPERM,
    expect=holds(since=CLONE3_NEWTIME, needs=Flag.NEWTIME),
)
def a_new_time_namespace_needs_cap_sys_admin_too(call: Call, outcome: Outcome) -> Claim:
    """clone3(CLONE_NEWTIME), which the page's list lacks; EINVAL before v6.3."""
    premise = both(_clone3_newtime(call), no(effective(call, CAP_SYS_ADMIN)))
    return Claim(premise, gives(outcome, Errno.EPERM))


@documents("D27", source=EPERM, expect=holds())
def a_creator_without_a_mapping_gets_no_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER with effective uid or gid unmapped in the parent namespace gives EPERM."""
    premise = both(otherwise_fine(call, mapped), new(call, NEWUSER), no(mapped(call)))
    return Claim(premise, gives(outcome, Errno.EPERM))


@documents("D28", source=EPERM, expect=holds(since=CHROOT_USERNS_GUARD))
def a_chrooted_caller_gets_no_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER in a chroot gives EPERM, since v3.9."""
    premise = both(otherwise_fine(call, not_chrooted), new(call, NEWUSER), call.current.chrooted)
    return Claim(premise, gives(outcome, Errno.EPERM))


@documents(
    "D28n",
    source="man-pages 6.03, clone(2) CLONE_NEWUSER",
    expect=fails(since=DEBIAN_USERNS_SYSCTL),
    truth="D28t",
)
def no_privilege_is_needed_for_a_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """True of mainline since v3.8; Debian's kernels can forbid it to the unprivileged."""
    others = both(from_user_space(call), struct_is_passed_well(call))
    premise = both(
        others,
        otherwise_fine(call, plainly_asked),
        new(call, NEWUSER),
        call.cred.cap_effective == 0,
    )
    return Claim(premise, outcome.ok)


@documents("D28t", source="man-pages 6.03, clone(2) CLONE_NEWUSER", expect=holds())
def no_privilege_is_needed_for_a_user_namespace_where_the_sysctl_allows_it(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_NEWUSER by a caller without any capability succeeds."""
    premise = both(otherwise_fine(call), new(call, NEWUSER), call.cred.cap_effective == 0)
    return Claim(premise, outcome.ok)


@documents("D30", source="man-pages 6.03, clone(2) CLONE_NEWPID, CLONE_NEWUSER",
           expect=fails(since=PARENT_WITH_NEW_NAMESPACES), truth="D08a")
def new_pid_and_user_namespaces_are_for_own_children_only(
    call: Call, outcome: Outcome
) -> Claim:
    """The page forbids threads and siblings; siblings are made since v3.13."""
    flags = call.args.flags
    asked = both(has_any(flags, NEWPID | NEWUSER), has_any(flags, THREAD | words.PARENT))
    return Claim(both(from_user_space(call), asked), outcome.errno != 0)


@documents("D63", source=f"{USER}, capabilities", expect=holds())
def the_child_has_every_capability_in_its_new_user_namespace(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_NEWUSER: the effective set is full."""
    premise = both(has_made_a_task(call, outcome), new(call, NEWUSER))
    return Claim(premise, outcome.child.cap_effective == CAP_FULL_SET)


@documents("D63b", source=f"{USER}, capabilities", expect=holds())
def the_child_stands_below_the_parents_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER: one level deeper, so its capabilities never reach the parent namespace."""
    premise = both(has_made_a_task(call, outcome), new(call, NEWUSER))
    below_it = outcome.child.user_ns_level == call.cred.user_ns.level + 1
    return Claim(premise, both(outcome.child.new_user_ns, below_it))


@documents("D64", source=f"{USER}, capabilities", expect=holds(needs=SET_TID))
def the_owner_of_a_user_namespace_has_every_capability_in_it(
    call: Call, outcome: Outcome
) -> Claim:
    """Shown by set_tid: an owner without capabilities chooses pids in what it owns."""
    premise = both(
        _asks_for_one_pid(call),
        _pid_can_be_had(call),
        call.current.pid_ns.user_ns_reach == int(Reach.OWNED),
        call.cred.cap_effective == 0,
    )
    return Claim(premise, outcome.ok)


@documents("D65", source=f"{USER}, nested namespaces", expect=holds())
def a_child_stays_in_the_callers_user_namespace_unless_asked(
    call: Call, outcome: Outcome
) -> Claim:
    """Without CLONE_NEWUSER the child is in the caller's user namespace; with it, not."""
    child = outcome.child
    stays = both(no(child.new_user_ns), child.user_ns_level == call.cred.user_ns.level)
    premise = both(has_made_a_task(call, outcome), no(new(call, NEWUSER)))
    return Claim(premise, stays)


@documents("D67", source=f"{PID}, the namespace init process", expect=holds())
def the_first_task_of_a_pid_namespace_is_its_init(call: Call, outcome: Outcome) -> Claim:
    """With CLONE_NEWPID, or as the first child after unshare(CLONE_NEWPID)."""
    first = either(new(call, NEWPID), no(call.current.pid_ns.child_reaper))
    return Claim(both(has_made_a_task(call, outcome), first), outcome.child.is_child_reaper)


@documents("D82", source=f"{PID}, compatibility of CLONE_NEWPID", expect=holds())
def a_new_pid_namespace_goes_with_shared_memory_and_handlers(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_NEWPID with CLONE_VM and CLONE_SIGHAND succeeds, since v4.3."""
    premise = both(otherwise_fine(call), has(call.args.flags, NEWPID | VM | words.SIGHAND))
    return Claim(premise, outcome.ok)


@documents("D83", source="man-pages 6.03, clone(2) CLONE_NEWPID", expect=fails(), truth="D83t")
def without_newpid_the_child_is_in_the_callers_pid_namespace(
    call: Call, outcome: Outcome
) -> Claim:
    """Not after unshare(CLONE_NEWPID) or setns(2): then it goes where they said."""
    premise = both(has_made_a_task(call, outcome), no(new(call, NEWPID)))
    return Claim(premise, outcome.child.pid_ns == int(Ns.SAME))


@documents("D83t", source=f"{PID}, setns(2) and unshare(2) semantics", expect=holds())
def without_newpid_the_child_is_in_the_pid_namespace_for_children(
    call: Call, outcome: Outcome
) -> Claim:
    """The caller's own, unless the caller set another aside."""
    same = call.current.nsproxy.pid_for_children_is_active
    pid_ns = outcome.child.pid_ns
    expected = either(
        both(same, pid_ns == int(Ns.SAME)), both(no(same), pid_ns == int(Ns.PENDING))
    )
    return Claim(both(has_made_a_task(call, outcome), no(new(call, NEWPID))), expected)


KINDS = (
    ("mnt_ns", words.NEWNS),
    ("uts_ns", words.NEWUTS),
    ("ipc_ns", words.NEWIPC),
    ("net_ns", words.NEWNET),
    ("cgroup_ns", words.NEWCGROUP),
)


@documents("D84", source="man-pages 6.03, clone(2) CLONE_NEW*",
        expect=holds(since=CGROUP_NAMESPACES))
def the_other_namespaces_are_new_exactly_where_asked(call: Call, outcome: Outcome) -> Claim:
    """Mount, UTS, IPC, network and cgroup namespace: new with the flag, else the caller's."""
    right = both(
        *(
            either(
                both(new(call, flag), getattr(outcome.child, field) == int(Ns.NEW)),
                both(no(new(call, flag)), getattr(outcome.child, field) == int(Ns.SAME)),
            )
            for field, flag in KINDS
        )
    )
    return Claim(has_made_a_task(call, outcome), right)


@documents("D85", source=TIME, expect=fails(since=CLONE3_NEWTIME), truth="D85t")
def only_unshare_makes_time_namespaces(call: Call, outcome: Outcome) -> Claim:
    """Stale: clone3() makes them since v6.3."""
    made = outcome.child.time_ns_for_children == int(Ns.NEW)
    return Claim(has_made_a_task(call, outcome), no(made))


@documents("D85t", source=TIME, expect=holds())
def neither_fork_vfork_nor_clone_makes_a_time_namespace(call: Call, outcome: Outcome) -> Claim:
    """The flag's bit belongs to the exit signal there."""
    premise = both(by(call, Entry.FORK, Entry.VFORK, Entry.CLONE), outcome.ok)
    return Claim(premise, no(outcome.child.time_ns_for_children == int(Ns.NEW)))


@documents(
    "D86",
    source=TIME,
    expect=fails(since=TIMENS_AT_EXEC, needs=Flag.NEWTIME),
    truth="D86t",
)
def children_are_placed_in_the_time_namespace_set_aside(call: Call, outcome: Outcome) -> Claim:
    """Since v6.2 a child that shares memory enters it at execve(2) only."""
    premise = both(
        has_made_a_task(call, outcome),
        no(call.current.nsproxy.time_for_children_is_active),
        no(new(call, NEWTIME)),
    )
    return Claim(premise, outcome.child.time_ns == int(Ns.PENDING))


@documents("D86t", source=TIME, expect=holds(needs=Flag.NEWTIME))
def children_with_their_own_memory_are_placed_in_the_time_namespace_set_aside(
    call: Call, outcome: Outcome
) -> Claim:
    """Without CLONE_VM and CLONE_NEWTIME, in every era."""
    premise = both(
        has_made_a_task(call, outcome),
        no(call.current.nsproxy.time_for_children_is_active),
        no(has_any(call.args.flags, NEWTIME | VM)),
    )
    return Claim(premise, outcome.child.time_ns == int(Ns.PENDING))


@documents(
    "D71",
    source="include/uapi/linux/sched.h, struct clone_args",
    expect=holds(since=CLONE3_NEWTIME, needs=Flag.NEWTIME),
)
def clone3_takes_the_flag_that_only_unshare_and_clone3_can_take(
    call: Call, outcome: Outcome
) -> Claim:
    """The header offers CLONE_NEWTIME to clone3(), which refused it until a402f1e35313."""
    premise = both(_clone3_newtime(call), effective(call, CAP_SYS_ADMIN))
    return Claim(premise, outcome.ok)


@documents(
    "D71a",
    source="include/uapi/linux/sched.h, struct clone_args",
    expect=fails(since=CLONE3_NEWTIME, needs=Entry.CLONE3),
    truth="D71t",
)
def clone3_takes_no_flag_of_the_exit_signals_byte(call: Call, outcome: Outcome) -> Claim:
    """The comment excepts CSIGNAL from the valid flags; CLONE_NEWTIME is a bit of it."""
    premise = both(
        plainly_asked(call), by(call, Entry.CLONE3), has_any(call.args.flags, CSIGNAL)
    )
    return Claim(premise, gives(outcome, Errno.EINVAL))


@documents("D71t", source="include/uapi/linux/sched.h, struct clone_args",
        expect=holds(needs=Entry.CLONE3))
def clone3_takes_no_flag_of_the_exit_signals_byte_but_newtime(
    call: Call, outcome: Outcome
) -> Claim:
    """Any other bit of CSIGNAL, and CLONE_DETACHED, give EINVAL."""
    reserved = (CSIGNAL & ~NEWTIME) | DETACHED
    premise = both(
        plainly_asked(call), by(call, Entry.CLONE3), has_any(call.args.flags, reserved)
    )
    return Claim(premise, gives(outcome, Errno.EINVAL))


def _gives_pids(call: Call) -> Truth:
    """Return whether clone3 gets a number of pids, well or not, and all else is fine."""
    fine = otherwise_fine(call, asks_for_no_pid, no_namespace_waits_for_children)
    return both(
        call.kernel[SET_TID], by(call, Entry.CLONE3), fine, call.request.set_tid_size != 0
    )


def _asks_for_pids(call: Call) -> Truth:
    """Return whether clone3 asks for pids, in namespaces that exist, and all else is fine."""
    nsproxy = call.current.nsproxy
    return both(
        _gives_pids(call),
        nsproxy.time_for_children_is_active,
        either(nsproxy.pid_for_children_is_active, no(has_any(call.args.flags, THREAD | NEWPID))),
        call.request.set_tid != 0,
        at_most(call.request.set_tid_size, words.MAX_PID_NS_LEVEL),
    )


def _asks_for_one_pid(call: Call) -> Truth:
    return both(_asks_for_pids(call), call.request.set_tid_size == 1, no(new(call, NEWPID)))


def _in_range(call: Call, tid: Word) -> Truth:
    return both(no(signed_below(tid, 1)), signed_below(tid, call.system.pid_max))


def _has_init_if_needed(call: Call) -> Truth:
    ns = call.current.pid_ns
    return either(ns.child_reaper, tid_of(call, 0) == 1)


def _pid_can_be_had(call: Call) -> Truth:
    """Return whether set_tid[0] is in range, free, and its namespace has an init if it must."""
    ns = call.current.pid_ns
    return both(_in_range(call, tid_of(call, 0)), _has_init_if_needed(call), no(ns.taken))


def _may_choose(call: Call, caps: int) -> Truth:
    """Return whether the caller has one of ``caps`` over its pid namespace's owner."""
    reach = call.current.pid_ns.user_ns_reach
    within = both(reach == int(Reach.WITHIN), has_any(call.cred.cap_effective, caps))
    return either(reach == int(Reach.OWNED), within)


@documents("D16", source=f"{SET_TIDS} (EINVAL)", expect=holds(needs=SET_TID))
def more_pids_than_pid_namespaces_of_the_child_give_einval(
    call: Call, outcome: Outcome
) -> Claim:
    """set_tid_size above the child's nesting: refused before any pid or right is looked at."""
    levels = child_level(call)
    too_many = either(
        *(both(levels == n, below(n + 1, call.request.set_tid_size)) for n in range(33))
    )
    return Claim(both(_gives_pids(call), too_many), gives(outcome, Errno.EINVAL))


@documents(
    "D16a",
    source="man-pages 6.03, clone(2) the set_tid array",
    expect=fails(needs=SET_TID),
    truth="D16",
)
def more_pids_than_current_pid_namespaces_give_einval(call: Call, outcome: Outcome) -> Claim:
    """Of the namespaces "currently nested": CLONE_NEWPID adds one that counts already."""
    level = call.current.pid_ns.level
    too_many = either(
        *(both(level == n, below(n + 1, call.request.set_tid_size)) for n in range(33))
    )
    return Claim(both(_asks_for_pids(call), too_many), gives(outcome, Errno.EINVAL))


def _all_pids_can_be_had(call: Call) -> Truth:
    ns = call.current.pid_ns
    taken = (ns.taken, ns.parent_taken, ns.grandparent_taken)
    reaches = (ns.user_ns_reach, ns.parent_reach, ns.grandparent_reach)
    return both(
        *(_in_range(call, tid_of(call, n)) for n in range(3)),
        *(no(one) for one in taken),
        *(reach == int(Reach.WITHIN) for reach in reaches),
        effective(call, CAP_SYS_ADMIN),
        ns.child_reaper,
        no(new(call, NEWPID)),
    )


def _one_for_each_level(call: Call, deepest: int) -> Truth:
    fine = otherwise_fine(call, asks_for_no_pid, below_the_nesting_limits)
    ns, size = call.current.pid_ns, call.request.set_tid_size
    each = either(*(both(ns.level == n, size == n + 1) for n in range(deepest + 1)))
    return both(
        call.kernel[SET_TID],
        by(call, Entry.CLONE3),
        fine,
        below(call.cred.user_ns.level, 32),
        call.request.set_tid != 0,
        each,
        _all_pids_can_be_had(call),
    )


@documents(
    "D16m",
    source="man-pages 6.03, clone(2) the set_tid array",
    expect=fails(needs=SET_TID),
    truth="D16t",
)
def a_pid_can_be_chosen_in_every_pid_namespace_of_the_child(
    call: Call, outcome: Outcome
) -> Claim:
    """Not at level 32: those are 33 namespaces, and clone3() takes 32 pids at most."""
    return Claim(_one_for_each_level(call, 32), outcome.ok)


@documents(
    "D16t",
    source="man-pages 6.03, clone(2) the set_tid array",
    expect=holds(needs=SET_TID),
)
def a_pid_can_be_chosen_in_every_pid_namespace_above_level_32(
    call: Call, outcome: Outcome
) -> Claim:
    """As many pids as levels, all free and permitted, down to level 31."""
    return Claim(_one_for_each_level(call, 31), outcome.ok)


@documents("D17", source=f"{SET_TIDS} (EINVAL)", expect=holds(needs=SET_TID))
def an_invalid_pid_asked_for_gives_einval(call: Call, outcome: Outcome) -> Claim:
    """set_tid[0] below 1 or not below pid_max, whatever the caller's rights."""
    premise = both(_gives_pids(call), no(_in_range(call, tid_of(call, 0))))
    return Claim(premise, gives(outcome, Errno.EINVAL))


@documents(
    "D17i",
    source="man-pages 6.03, clone(2) the set_tid array",
    expect=holds(until=INIT_CHECKED_LATE, needs=SET_TID),
)
def a_pid_namespace_without_init_takes_only_pid_1(call: Call, outcome: Outcome) -> Claim:
    """The first pid of a namespace is 1 or EINVAL; since v7.1 EPERM wins over that."""
    empty = either(new(call, NEWPID), no(call.current.pid_ns.child_reaper))
    premise = both(_gives_pids(call), empty, tid_of(call, 0) != 1)
    return Claim(premise, gives(outcome, Errno.EINVAL))


@documents(
    "D17a", source=f"{SET_TIDS} (EINVAL)", expect=fails(needs=SET_TID), truth="D17"
)
def an_invalid_pid_anywhere_in_set_tid_gives_einval(call: Call, outcome: Outcome) -> Claim:
    """An inner namespace's EPERM or EEXIST wins over an outer one's EINVAL."""
    premise = both(
        _asks_for_pids(call),
        no(new(call, NEWPID)),
        call.request.set_tid_size == 2,
        no(_in_range(call, tid_of(call, 1))),
    )
    return Claim(premise, gives(outcome, Errno.EINVAL))


@documents("D18", source=f"{SET_TIDS} (EEXIST)", expect=holds(needs=SET_TID))
def a_pid_in_use_gives_eexist(call: Call, outcome: Outcome) -> Claim:
    """set_tid[0] valid and permitted, but taken."""
    premise = both(
        _asks_for_one_pid(call),
        _in_range(call, tid_of(call, 0)),
        _has_init_if_needed(call),
        _may_choose(call, CAP_SYS_ADMIN),
        call.current.pid_ns.taken,
    )
    return Claim(premise, gives(outcome, Errno.EEXIST))


@documents(
    "D19",
    source=f"{SET_TIDS} (EPERM)",
    expect=fails(since=CHECKPOINT_RESTORE, needs=SET_TID),
    truth="D19t",
)
def choosing_a_pid_needs_cap_sys_admin(call: Call, outcome: Outcome) -> Claim:
    """Too strong since v5.9: CAP_CHECKPOINT_RESTORE is enough, as the page says elsewhere."""
    premise = both(
        _asks_for_one_pid(call), _pid_can_be_had(call), no(_may_choose(call, CAP_SYS_ADMIN))
    )
    return Claim(premise, gives(outcome, Errno.EPERM))


@documents("D19t", source=f"{SET_TIDS} (EPERM)", expect=holds(needs=SET_TID))
def choosing_a_pid_needs_cap_sys_admin_or_cap_checkpoint_restore(
    call: Call, outcome: Outcome
) -> Claim:
    """Neither of them over the pid namespace's user namespace: EPERM."""
    caps = CAP_SYS_ADMIN | CAP_CHECKPOINT_RESTORE
    possible = both(_in_range(call, tid_of(call, 0)), _has_init_if_needed(call))
    premise = both(_asks_for_one_pid(call), possible, no(_may_choose(call, caps)))
    return Claim(premise, gives(outcome, Errno.EPERM))


@documents("D41", source="man-pages 6.03, fork(2) ERRORS ENOMEM; pid_namespaces(7)",
           expect=holds())
def a_pid_namespace_whose_init_has_died_gives_enomem(call: Call, outcome: Outcome) -> Claim:
    """fork(), after setns(2) or unshare(2) to a pid namespace that has lost its init."""
    premise = both(
        otherwise_fine(call, pid_namespace_lives, no_namespace_waits_for_children),
        by(call, Entry.FORK),
        no(call.current.pid_ns.adding),
    )
    return Claim(premise, gives(outcome, Errno.ENOMEM))
