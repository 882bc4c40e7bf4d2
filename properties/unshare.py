"""unshare(): what it refuses and what it does to its caller; clauses of unshare(2) 6.03."""

from __future__ import annotations

from model.algebra import (
    LONG_MAX,
    Truth,
    below,
    both,
    either,
    has_any,
    no,
    same,
    signed_below,
)
from model.call import Call
from model.evaluate import Outcome
from model.new_namespaces import Ns
from model.patches import (
    CGROUP_NAMESPACES,
    CHROOT_USERNS_GUARD,
    EMPTY_MNTNS,
    NAMESPACE_COUNTS,
    NESTING_ENOSPC,
    ROOT_NS_UNLIMITED,
    SECURITY_CREATE_USER_NS,
    UCOUNTS_NPROC,
    UNSHARE_CRED_PUT,
    UNSHARE_NEWNS_FS,
    UNSHARE_NSPROXY_PUT,
    UNSHARE_PIDNS_ALONE,
    UNSHARE_THREAD_ALONE,
    USERNS_NESTING_LIMIT,
)
from model.rules import creds
from model.rules.creds import full
from model.rules.unsharing import copies_files, over_its_limits
from model.state import Fallible
from model.unshare import ROOT_MOVED, with_implied_flags
from model.words import (
    CAP_FULL_SET,
    FILES,
    FS,
    MAX_PID_NS_LEVEL,
    MAX_USER_NS_PARENT_LEVEL,
    NEW_NAMESPACES,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
    SIGHAND,
    SYSVSEM,
    THREAD,
    VM,
    Errno,
)
from properties.claim import Claim, Kind, Subject, claims, fails, holds
from properties.outcome import refused_by
from properties.unsharing import (
    DOCUMENTED,
    alone,
    asks,
    below_user_ns_limits,
    debian_allows,
    flags,
    may_create_user_ns,
    no_step_fails,
    nothing_fails,
    only,
    privileged,
    threaded,
)

_MAN = "unshare(2) 6.03"
_C = "kernel/fork.c:ksys_unshare"
_DOC = Kind.DOCUMENTATION
_ABOUT = Subject.UNSHARE

def nothing_changed(outcome: Outcome) -> Truth:
    """Return whether a successful call left its caller as it was."""
    after, task = outcome.after, outcome.call.current
    return both(
        no(either(after.fs_copied, after.files_copied, after.new_user_ns, after.new_nsproxy)),
        same(after.undo_list, task.undo_list),
        after.cap_effective == outcome.call.cred.cap_effective,
    )


@claims(
    "D47", source=f"{_MAN} ERRORS EINVAL: invalid bit", expect=holds(until=EMPTY_MNTNS),
    about=_ABOUT, kind=_DOC, truth="D47t",
)
def a_flag_that_the_manual_does_not_list_is_refused(call: Call, outcome: Outcome) -> Claim:
    """A bit outside the manual's list gives EINVAL; v7.1 knows one more (0x100000)."""
    unlisted = (flags(call) | DOCUMENTED) != DOCUMENTED
    return Claim(
        both(unlisted, debian_allows(call)), outcome.errno == int(Errno.EINVAL)
    )


@claims("D47t", source="kernel/fork.c:check_unshare_flags", expect=holds(), about=_ABOUT)
def a_flag_that_no_kernel_knows_is_refused(call: Call, outcome: Outcome) -> Claim:
    """Any other bit, of the lower or the upper 32, never passes."""
    every = DOCUMENTED | 0x00100000
    return Claim((flags(call) | every) != every, outcome.errno != 0)


@claims("D47n", source=f"{_MAN}: flags is zero", expect=holds(), about=_ABOUT, kind=_DOC)
def no_flags_change_nothing(call: Call, outcome: Outcome) -> Claim:
    """unshare(0) succeeds and does nothing, whoever calls."""
    return Claim(flags(call) == 0, both(outcome.ok, nothing_changed(outcome)))


@claims(
    "D48", source=f"{_MAN} ERRORS EINVAL: caller is multithreaded", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def a_multithreaded_caller_cannot_leave_its_group(call: Call, outcome: Outcome) -> Claim:
    """CLONE_THREAD, CLONE_SIGHAND or CLONE_VM with a second thread gives EINVAL."""
    asked = has_any(flags(call), THREAD | SIGHAND | VM)
    return Claim(
        both(asked, threaded(call), debian_allows(call)), outcome.errno == int(Errno.EINVAL)
    )


@claims(
    "D48n", source=f"{_MAN}: these flags have no effect", expect=holds(), about=_ABOUT, kind=_DOC
)
def leaving_ones_group_alone_changes_nothing(call: Call, outcome: Outcome) -> Claim:
    """CLONE_THREAD, CLONE_SIGHAND and CLONE_VM succeed without effect where nothing is shared."""
    return Claim(
        both(only(call, THREAD | SIGHAND | VM), alone(call)),
        both(outcome.ok, nothing_changed(outcome)),
    )


@claims(
    "D48p", source=f"{_MAN} CLONE_NEWPID: implies CLONE_THREAD",
    expect=fails(since=UNSHARE_PIDNS_ALONE),
    about=_ABOUT, kind=_DOC, truth="D48q",
)
def a_new_pid_namespace_implies_leaving_the_group(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWPID by a multithreaded caller is refused: it is not."""
    return Claim(both(asks(call, NEWPID), threaded(call)), outcome.errno != 0)


@claims("D48q", source=_C, expect=holds(since=UNSHARE_PIDNS_ALONE), about=_ABOUT)
def threads_alone_refuse_no_new_namespace(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWPID alone comes to the same with one thread as with many: never for threads."""
    wanted = both(
        flags(call) == NEWPID, threaded(call), no_step_fails(call),
        privileged(call), call.current.nsproxy.pid_for_children_is_active,
        call.current.pid_ns.user_ns_is_ancestor,
        below(call.current.pid_ns.level, MAX_PID_NS_LEVEL),
        no(full(call.system.pid_namespaces)),
    )
    return Claim(wanted, outcome.ok)


@claims(
    "D49", source=f"{_MAN} ERRORS EINVAL: CLONE_NEWPID again", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def a_second_pid_namespace_is_refused(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWPID while another pid namespace waits for children gives EINVAL (P87)."""
    return Claim(
        both(
            flags(call) == NEWPID, privileged(call), no_step_fails(call),
            no(call.current.nsproxy.pid_for_children_is_active),
        ),
        outcome.errno == int(Errno.EINVAL),
    )


@claims("P87u", source="kernel/pid_namespace.c:copy_pid_ns", expect=holds(), about=_ABOUT)
def no_pid_namespace_is_made_while_one_waits(call: Call, outcome: Outcome) -> Claim:
    """Whatever else is asked for, CLONE_NEWPID never succeeds twice."""
    waiting = no(call.current.nsproxy.pid_for_children_is_active)
    return Claim(both(asks(call, NEWPID), waiting), outcome.errno != 0)


@claims(
    "D50", source=f"{_MAN} ERRORS EPERM: privileges",
    expect=holds(since=CGROUP_NAMESPACES), about=_ABOUT, kind=_DOC
)
def new_namespaces_need_cap_sys_admin(call: Call, outcome: Outcome) -> Claim:
    """Any CLONE_NEW* but CLONE_NEWUSER without CAP_SYS_ADMIN in one's namespace gives EPERM."""
    return Claim(
        both(
            has_any(flags(call), NEW_NAMESPACES & ~NEWTIME),
            only(call, FS | FILES | SYSVSEM | (NEW_NAMESPACES & ~NEWTIME)),
            no(privileged(call)),
            call.chance.fails == int(Fallible.NONE),
        ),
        outcome.errno == int(Errno.EPERM),
    )


@claims("P4Au", source="kernel/nsproxy.c:unshare_nsproxy_namespaces", expect=holds(), about=_ABOUT)
def success_with_a_new_namespace_shows_cap_sys_admin(call: Call, outcome: Outcome) -> Claim:
    """On success the caller had CAP_SYS_ADMIN in its user namespace, or made a new one."""
    new = has_any(flags(call), NEW_NAMESPACES)
    return Claim(
        both(outcome.ok, new), either(asks(call, NEWUSER), privileged(call))
    )


@claims(
    "D50n", source=f"{_MAN} NOTES: with CLONE_NEWUSER no capability is needed",
    expect=holds(since=UNSHARE_THREAD_ALONE), about=_ABOUT, kind=_DOC,
)
def a_new_user_namespace_confers_the_others(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER|CLONE_NEWNET|CLONE_NEWUTS by one without any capability is not EPERM."""
    return Claim(
        both(
            flags(call) == (NEWUSER | NEWNET | NEWUTS), call.cred.cap_effective == 0,
            call.system.unprivileged_userns_clone, no(threaded(call)), nothing_fails(call),
            may_create_user_ns(call), below_user_ns_limits(call),
            no(full(call.system.net_namespaces)), no(full(call.system.uts_namespaces)),
        ),
        outcome.ok,
    )


@claims(
    "D51", source=f"{_MAN} ERRORS ENOSPC: nested user namespaces",
    expect=holds(since=NESTING_ENOSPC),
    about=_ABOUT, kind=_DOC,
)
def user_namespaces_nested_too_deep_are_refused(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER from above level 32 gives ENOSPC (EUSERS before v4.9)."""
    return Claim(
        both(
            flags(call) == NEWUSER, debian_allows(call), no(threaded(call)), no_step_fails(call),
            below(MAX_USER_NS_PARENT_LEVEL, call.cred.user_ns.level),
        ),
        outcome.errno == int(Errno.ENOSPC),
    )


@claims(
    "D51p", source=f"{_MAN} ERRORS ENOSPC: nested pid namespaces",
    expect=holds(since=NESTING_ENOSPC),
    about=_ABOUT, kind=_DOC,
)
def pid_namespaces_nested_too_deep_are_refused(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWPID at level 32 gives ENOSPC."""
    return Claim(
        both(
            flags(call) == NEWPID, privileged(call), no_step_fails(call),
            call.current.nsproxy.pid_for_children_is_active,
            call.current.pid_ns.user_ns_is_ancestor,
            call.current.pid_ns.level == MAX_PID_NS_LEVEL,
        ),
        outcome.errno == int(Errno.ENOSPC),
    )


@claims(
    "D51c", source=f"{_MAN} ERRORS ENOSPC: /proc/sys/user", expect=holds(since=NAMESPACE_COUNTS),
    about=_ABOUT, kind=_DOC,
)
def namespaces_beyond_their_sysctl_are_refused(call: Call, outcome: Outcome) -> Claim:
    """A namespace whose user.max_* is reached gives ENOSPC; shown on the UTS namespace."""
    return Claim(
        both(
            flags(call) == NEWUTS, privileged(call), no_step_fails(call),
            full(call.system.uts_namespaces),
        ),
        outcome.errno == int(Errno.ENOSPC),
    )


@claims(
    "D52", source=f"{_MAN} CLONE_NEWUSER: implies CLONE_THREAD", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def a_multithreaded_caller_gets_no_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER with a second thread, a worker included, gives EINVAL (P6C)."""
    return Claim(
        both(asks(call, NEWUSER), threaded(call), debian_allows(call)),
        outcome.errno == int(Errno.EINVAL),
    )


@claims(
    "D52f", source=f"{_MAN} CLONE_NEWUSER: implies CLONE_FS since 3.9; CLONE_NEWNS implies it",
    expect=holds(), about=_ABOUT, kind=_DOC,
)
def a_new_user_or_mount_namespace_has_its_own_root(call: Call, outcome: Outcome) -> Claim:
    """After CLONE_NEWUSER or CLONE_NEWNS nobody shares the caller's fs_struct (P02)."""
    new = has_any(flags(call), NEWUSER | NEWNS)
    return Claim(both(outcome.ok, new), outcome.after.fs_is_own)


@claims(
    "D52s", source=f"{_MAN} CLONE_FS and CLONE_FILES", expect=holds(), about=_ABOUT, kind=_DOC
)
def unshared_root_and_files_are_shared_with_nobody(call: Call, outcome: Outcome) -> Claim:
    """CLONE_FS and CLONE_FILES do what they say."""
    after = outcome.after
    return Claim(
        outcome.ok,
        both(
            either(no(asks(call, FS)), after.fs_is_own),
            either(no(asks(call, FILES)), after.files_are_own),
        ),
    )


@claims(
    "D53", source=f"{_MAN}: CLONE_VM implies CLONE_SIGHAND", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def leaving_shared_memory_or_handlers_is_refused(call: Call, outcome: Outcome) -> Claim:
    """CLONE_VM while handlers or memory are shared gives EINVAL, one thread or many."""
    task = call.current
    shared = either(task.sighand.count != 1, task.mm_users != 1)
    return Claim(
        both(asks(call, VM), shared, debian_allows(call)), outcome.errno == int(Errno.EINVAL)
    )


@claims(
    "D53i", source=f"{_MAN}: CLONE_THREAD implies CLONE_VM",
    expect=fails(since=UNSHARE_THREAD_ALONE),
    about=_ABOUT, kind=_DOC, truth="D53t",
)
def leaving_the_group_implies_leaving_the_memory(call: Call, outcome: Outcome) -> Claim:
    """CLONE_THREAD where memory is shared with another process is refused: it is not."""
    return Claim(
        both(asks(call, THREAD), call.current.mm_users != 1), outcome.errno != 0
    )


@claims("D53t", source=_C, expect=holds(since=UNSHARE_THREAD_ALONE), about=_ABOUT)
def the_implications_run_from_memory_to_group(call: Call, outcome: Outcome) -> Claim:
    """Alone in its group a caller may pass CLONE_THREAD, whatever else it shares."""
    return Claim(
        both(flags(call) == THREAD, no(threaded(call))), outcome.ok
    )


@claims(
    "D54", source=f"{_MAN} CLONE_SYSVSEM; CLONE_NEWIPC implies it", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def semaphore_adjustments_are_left_behind(call: Call, outcome: Outcome) -> Claim:
    """After CLONE_SYSVSEM or CLONE_NEWIPC the caller has no undo list."""
    left = has_any(flags(call), SYSVSEM | NEWIPC)
    return Claim(both(outcome.ok, left), no(outcome.after.undo_list))


@claims(
    "D55", source=f"{_MAN} CLONE_NEWPID: the caller is not moved", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def a_new_pid_namespace_is_for_children(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWPID leaves the caller's pid namespace and sets its children's."""
    after = outcome.after
    return Claim(
        both(outcome.ok, asks(call, NEWPID)),
        both(after.pid_ns == int(Ns.SAME), after.pid_ns_for_children == int(Ns.NEW)),
    )


@claims(
    "D55t", source=f"{_MAN} CLONE_NEWTIME: the caller is not moved", expect=holds(),
    about=_ABOUT, kind=_DOC,
)
def a_new_time_namespace_is_for_children(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWTIME leaves the caller's time namespace and sets its children's."""
    after = outcome.after
    return Claim(
        outcome.ok,
        both(
            after.time_ns == int(Ns.SAME),
            same(after.time_ns_for_children == int(Ns.NEW), asks(call, NEWTIME)),
        ),
    )


@claims(
    "P35u", source="a98621a0f187", about=_ABOUT,
    expect=holds(since=UNSHARE_CRED_PUT & (~UCOUNTS_NPROC | UNSHARE_NSPROXY_PUT)), truth="P35v",
)
def a_failed_unshare_gives_back_what_it_took(call: Call, outcome: Outcome) -> Claim:
    """No error path keeps a reference or drops one twice; the nsproxy leaked until v7.1."""
    return Claim(
        outcome.errno != 0,
        no(either(*outcome.held.values(), *outcome.freed_twice.values())),
    )


@claims("P35v", source=_C, expect=holds(since=UNSHARE_CRED_PUT), about=_ABOUT)
def only_the_last_failure_of_unshare_leaks(call: Call, outcome: Outcome) -> Claim:
    """Every error path but that of set_cred_ucounts() is balanced on every kernel."""
    early = both(outcome.errno != 0, call.chance.fails != int(Fallible.SET_CRED_UCOUNTS))
    return Claim(early, no(either(*outcome.held.values(), *outcome.freed_twice.values())))


@claims(
    "P35w", source="6c4b2243cb6c", expect=holds(since=UNSHARE_NEWNS_FS), about=_ABOUT,
    truth="P35x",
)
def a_failed_unshare_leaves_its_callers_root_alone(call: Call, outcome: Outcome) -> Claim:
    """Until v7.0 a failure after copy_mnt_ns() left root and cwd in the dying namespace."""
    return Claim(
        outcome.errno != 0, no(outcome.done[ROOT_MOVED])
    )


@claims("P35x", source="kernel/fork.c:unshare_fs", expect=holds(), about=_ABOUT)
def a_shared_root_survives_a_failed_unshare(call: Call, outcome: Outcome) -> Claim:
    """Where fs_struct was shared the work was always done on a copy."""
    return Claim(
        both(outcome.errno != 0, call.current.fs_users != 1),
        no(outcome.done[ROOT_MOVED]),
    )


@claims("P49u", source="kernel/fork.c:check_unshare_flags", expect=holds(), about=_ABOUT)
def no_group_comes_to_span_two_user_or_pid_namespaces(call: Call, outcome: Outcome) -> Claim:
    """A caller that leaves its user namespace has no other thread; none leaves its pid ns."""
    after = outcome.after
    return Claim(
        outcome.ok,
        both(
            either(no(after.new_user_ns), no(threaded(call))), after.pid_ns == int(Ns.SAME)
        ),
    )


@claims("P49f", source="obvious but false", expect=fails(), about=_ABOUT, truth="P49u")
def threads_of_a_group_share_all_namespaces(call: Call, outcome: Outcome) -> Claim:
    """One of several threads can unshare its UTS, IPC, net, cgroup or mount namespace."""
    after = outcome.after
    kept = both(
        *(
            ns == int(Ns.SAME)
            for ns in (after.mnt_ns, after.uts_ns, after.ipc_ns, after.net_ns, after.cgroup_ns)
        )
    )
    return Claim(both(outcome.ok, threaded(call)), kept)


@claims("P6Cu", source="obvious but false", expect=fails(), about=_ABOUT, truth="P6Cv")
def a_shared_root_forbids_new_namespaces(call: Call, outcome: Outcome) -> Claim:
    """setns() refuses a caller whose fs_struct is shared; unshare() copies it instead."""
    return Claim(
        both(has_any(flags(call), NEWUSER | NEWNS), call.current.fs_users != 1),
        outcome.errno != 0,
    )


@claims("P6Cv", source="kernel/fork.c:unshare_fs", expect=holds(), about=_ABOUT)
def a_shared_root_is_copied_for_new_namespaces(call: Call, outcome: Outcome) -> Claim:
    """On success with CLONE_NEWUSER or CLONE_NEWNS a shared fs_struct was copied."""
    new = has_any(flags(call), NEWUSER | NEWNS)
    return Claim(
        both(outcome.ok, new, call.current.fs_users != 1), outcome.after.fs_copied
    )


@claims("P80u", source="kernel/user_namespace.c:create_user_ns",
        expect=holds(since=USERNS_NESTING_LIMIT), about=_ABOUT)
def no_user_namespace_is_deeper_than_33(call: Call, outcome: Outcome) -> Claim:
    """A new user namespace has level 33 at most."""
    deepest = MAX_USER_NS_PARENT_LEVEL + 1
    return Claim(outcome.ok, no(below(deepest, outcome.after.user_ns_level)))


@claims(
    "P80v", source="user_namespaces(7) 6.03: 32 nested levels", expect=fails(), about=_ABOUT,
    kind=_DOC, truth="P80u",
)
def user_namespaces_nest_no_deeper_than_32(call: Call, outcome: Outcome) -> Claim:
    """The parent's level is compared, so the child can be one deeper."""
    return Claim(
        both(outcome.ok, asks(call, NEWUSER)),
        no(below(MAX_USER_NS_PARENT_LEVEL, outcome.after.user_ns_level)),
    )


def _reaches_create_user_ns(call: Call) -> Truth:
    """Return whether CLONE_NEWUSER is asked for and nothing before create_user_ns() fails."""
    earlier = (Fallible.COPY_FS_STRUCT, Fallible.DUP_FD, Fallible.PREPARE_CREDS)
    return both(
        asks(call, NEWUSER), only(call, DOCUMENTED & ~NEWTIME), debian_allows(call),
        alone(call), *(call.chance.fails != int(step) for step in earlier),
    )


@claims("P81u", source="kernel/user_namespace.c:create_user_ns",
        expect=holds(since=NAMESPACE_COUNTS & NESTING_ENOSPC), about=_ABOUT)
def the_depth_of_user_namespaces_is_tested_first(call: Call, outcome: Outcome) -> Claim:
    """ENOSPC for depth or number wins over a chroot, a missing mapping and a security module."""
    return Claim(
        both(_reaches_create_user_ns(call), no(below_user_ns_limits(call))),
        outcome.errno == int(Errno.ENOSPC),
    )


@claims("P81v", source="kernel/user_namespace.c:create_user_ns",
        expect=holds(since=CGROUP_NAMESPACES), about=_ABOUT)
def a_chroot_or_missing_mapping_is_tested_next(call: Call, outcome: Outcome) -> Claim:
    """Within the limits, EPERM for these wins over a security module and over no memory."""
    return Claim(
        both(
            _reaches_create_user_ns(call), below_user_ns_limits(call),
            no(may_create_user_ns(call)),
        ),
        both(
            outcome.errno == int(Errno.EPERM),
            refused_by(
                outcome,
                (
                    creds.chrooted_caller_wants_a_user_namespace,
                    creds.creator_is_not_mapped_in_its_namespace,
                ),
            ),
        ),
    )


@claims(
    "P81w", source="kernel/user_namespace.c:create_user_ns", about=_ABOUT,
    expect=holds(since=SECURITY_CREATE_USER_NS),
)
def a_security_module_is_asked_last(call: Call, outcome: Outcome) -> Claim:
    """Its own errno is seen where nothing else objects (v6.1; no such hook before)."""
    return Claim(
        both(
            _reaches_create_user_ns(call), below_user_ns_limits(call),
            may_create_user_ns(call), call.chance.fails == int(Fallible.SECURITY_CREATE_USER_NS),
        ),
        outcome.errno == call.chance.errno,
    )


@claims("P82u", source=_C, expect=holds(), about=_ABOUT)
def unshare_is_never_refused_for_rlimit_nproc(call: Call, outcome: Outcome) -> Claim:
    """With nothing failing by chance EAGAIN does not occur, however many tasks are charged."""
    return Claim(no_step_fails(call), outcome.errno != int(Errno.EAGAIN))


@claims(
    "P83u", source="3151527ee007; unshare(2) 6.03 ERRORS EPERM", about=_ABOUT, kind=_DOC,
    expect=holds(since=CHROOT_USERNS_GUARD),
)
def a_chrooted_task_makes_no_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER inside a chroot never succeeds."""
    return Claim(both(asks(call, NEWUSER), call.current.chrooted), outcome.errno != 0)


@claims(
    "P83m", source="unshare(2) 6.03 ERRORS EPERM: no mapping", expect=holds(), about=_ABOUT,
    kind=_DOC,
)
def an_unmapped_task_makes_no_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER without a mapping of the effective ids never succeeds."""
    mapped = both(call.cred.euid_mapped, call.cred.egid_mapped)
    return Claim(both(asks(call, NEWUSER), no(mapped)), outcome.errno != 0)


@claims(
    "P84u", source="unshare(2) 6.03 CLONE_NEWUSER; security/commoncap.c:cap_capable",
    expect=holds(), about=_ABOUT, kind=_DOC,
)
def a_new_user_namespace_gives_all_inside_and_none_outside(
    call: Call, outcome: Outcome
) -> Claim:
    """The caller has every capability in it and none in the one it left."""
    after = outcome.after
    return Claim(
        both(outcome.ok, asks(call, NEWUSER)),
        both(after.cap_effective == CAP_FULL_SET, no(after.rules_its_old_user_ns)),
    )


@claims("P84f", source="obvious but false", expect=fails(), about=_ABOUT, truth="P84u")
def unsharing_never_loses_a_capability(call: Call, outcome: Outcome) -> Claim:
    """A privileged caller of CLONE_NEWUSER loses its power over the namespace it leaves."""
    return Claim(both(outcome.ok, privileged(call)), outcome.after.rules_its_old_user_ns)


@claims(
    "P31u", source="0ac983f51203", expect=holds(since=ROOT_NS_UNLIMITED), about=_ABOUT
)
def a_namespace_unshared_by_global_root_is_unbounded(call: Call, outcome: Outcome) -> Claim:
    """Global root in init_user_ns gives its namespace no NPROC bound (v5.17)."""
    cred = call.cred
    return Claim(
        both(outcome.ok, asks(call, NEWUSER), cred.uid == 0, cred.user_ns.level == 0),
        outcome.after.user_ns_nproc_max == LONG_MAX,
    )


@claims(
    "P88u", source="kernel/cred.c:set_cred_ucounts", expect=holds(since=UCOUNTS_NPROC),
    about=_ABOUT,
)
def unshare_says_eagain_for_missing_ucounts(call: Call, outcome: Outcome) -> Claim:
    """set_cred_ucounts() fails: EAGAIN here (since v5.14), EINVAL from setns()."""
    return Claim(
        both(
            flags(call) == NEWUSER, debian_allows(call), no(threaded(call)),
            may_create_user_ns(call), below_user_ns_limits(call),
            call.chance.fails == int(Fallible.SET_CRED_UCOUNTS),
        ),
        outcome.errno == int(Errno.EAGAIN),
    )


def _counted(call: Call) -> Truth:
    """Return whether the caller is counted and its limit is not 0."""
    counted = signed_below(0, call.cred.ucounts.nproc)
    return both(counted, call.current.signal.rlim_nproc != 0)


@claims(
    "P89u", source="obvious but false", expect=fails(since=UCOUNTS_NPROC), about=_ABOUT,
    truth="P89v",
)
def unsharing_keeps_a_caller_within_its_limits(call: Call, outcome: Outcome) -> Claim:
    """The charge moves to (namespace, effective uid) unseen by any limit (v5.14)."""
    return Claim(
        both(outcome.ok, no(over_its_limits(call)), _counted(call)), no(outcome.after.over_limit)
    )


@claims("P89v", source="kernel/cred.c:commit_creds", expect=holds(), about=_ABOUT)
def with_equal_uids_unsharing_keeps_a_caller_within_its_limits(
    call: Call, outcome: Outcome
) -> Claim:
    """Within its limits, with equal real and effective uid and a limit of 1 or more, it stays so.

    The creator counts one level up, where its own limit is the new bound.
    """
    equal = call.cred.uid == call.cred.euid
    return Claim(
        both(outcome.ok, no(over_its_limits(call)), _counted(call), equal),
        no(outcome.after.over_limit),
    )


@claims("D52w", source=_C, expect=fails(), about=_ABOUT, truth="D52x")
def unshared_files_are_always_a_fresh_table(call: Call, outcome: Outcome) -> Claim:
    """CLONE_FILES copies only what is shared."""
    return Claim(both(outcome.ok, asks(call, FILES)), outcome.after.files_copied)


@claims("D52x", source="kernel/fork.c:unshare_fd", expect=holds(), about=_ABOUT)
def files_are_copied_exactly_where_they_are_shared(call: Call, outcome: Outcome) -> Claim:
    """A private table stays, and without CLONE_FILES a shared one too."""
    shared = copies_files(with_implied_flags(call))
    return Claim(outcome.ok, same(outcome.after.files_copied, shared))
