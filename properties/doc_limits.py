"""Limits: fork(2) ERRORS, setrlimit(2) RLIMIT_NPROC, cgroups(7) pids.max, man-pages 6.03."""

from __future__ import annotations

from functools import partial

from model.algebra import Truth, Word, both, capped, either, has, no, signed_below, when
from model.call import Call
from model.evaluate import Outcome
from model.patches import (
    CGROUP_PIDS,
    COUNT_BEFORE_TEST,
    PID_ERRNO_KEPT,
    PID_IDR,
    PID_IDR_EAGAIN,
    SCHED_DEADLINE,
    UCOUNTS_NPROC,
)
from model.request import Entry
from model.state import Fallible
from model.words import CAP_SYS_ADMIN, CAP_SYS_RESOURCE, RLIM_INFINITY, THREAD, Errno
from properties.claim import Claim, Kind, claims, fails, holds
from properties.premises import (
    below_its_process_limits,
    below_pids_max,
    below_threads_max,
    by,
    effective,
    from_user_space,
    gives,
    identity_is_its_own,
    is_one_step,
    no_deadline_policy,
    no_signal_comes,
    nothing_fails_by_chance,
    otherwise_fine,
    pids_are_left,
)

documents = partial(claims, kind=Kind.DOCUMENTATION)
EAGAIN = "man-pages 6.03, fork(2) ERRORS EAGAIN"
SETRLIMIT = "man-pages 6.03, setrlimit(2) RLIMIT_NPROC"



def processes(call: Call) -> Word:
    """Return the tasks of the caller's real user id, in its user namespace since v5.14."""
    ucounts = call.cred.ucounts
    return when(call.kernel[UCOUNTS_NPROC], ucounts.nproc, ucounts.user_processes)


def soft_limit(call: Call) -> Word:
    """Return the caller's RLIMIT_NPROC as a signed number."""
    return capped(call.current.signal.rlim_nproc)


def limited(call: Call) -> Truth:
    """Return whether there is a limit, and a count that is none below zero."""
    counted = no(signed_below(processes(call), 0))
    return both(call.current.signal.rlim_nproc != RLIM_INFINITY, counted)


def reached(call: Call) -> Truth:
    """Return whether the user has as many tasks as RLIMIT_NPROC, or more."""
    return both(limited(call), no(signed_below(processes(call), soft_limit(call))))


def exceeded(call: Call) -> Truth:
    """Return whether the user has more tasks than RLIMIT_NPROC."""
    return both(limited(call), signed_below(soft_limit(call), processes(call)))


def unprivileged(call: Call) -> Truth:
    """Return whether the caller is not root and has neither exempting capability."""
    return both(
        call.cred.uid != 0,
        no(effective(call, CAP_SYS_ADMIN)),
        no(effective(call, CAP_SYS_RESOURCE)),
    )


def ends_at_the_process_limit(call: Call) -> Truth:
    """Return whether nothing but RLIMIT_NPROC can be in the way of a fork()."""
    return both(by(call, Entry.FORK), otherwise_fine(call, below_its_process_limits))


@documents(
    "D36",
    source=EAGAIN,
    expect=fails(since=UCOUNTS_NPROC, until=COUNT_BEFORE_TEST),
    truth="D36t",
)
def fork_fails_once_rlimit_nproc_is_reached(call: Call, outcome: Outcome) -> Claim:
    """EAGAIN; v5.14 to v5.16 let one task more through."""
    premise = both(ends_at_the_process_limit(call), unprivileged(call), reached(call))
    return Claim(premise, gives(outcome, Errno.EAGAIN))


@documents("D36t", source=EAGAIN, expect=holds())
def fork_fails_once_rlimit_nproc_is_exceeded(call: Call, outcome: Outcome) -> Claim:
    """With more tasks than the limit, EAGAIN in every era."""
    premise = both(ends_at_the_process_limit(call), unprivileged(call), exceeded(call))
    return Claim(premise, gives(outcome, Errno.EAGAIN))


@documents("D43", source=SETRLIMIT, expect=fails(), truth="D36t")
def nobody_forks_beyond_rlimit_nproc(call: Call, outcome: Outcome) -> Claim:
    """The sentence alone, without the exemptions that the next one makes."""
    return Claim(both(ends_at_the_process_limit(call), exceeded(call)), outcome.errno != 0)


@documents("D43n", source=SETRLIMIT, expect=fails(since=UCOUNTS_NPROC), truth="D36t")
def processes_of_the_user_outside_its_user_namespace_count(
    call: Call, outcome: Outcome
) -> Claim:
    """Since v5.14 they meet the namespace's own bound only, a snapshot from its creation."""
    ucounts = call.cred.ucounts
    outside = when(call.kernel[UCOUNTS_NPROC], ucounts.nproc_parent, ucounts.user_processes)
    premise = both(
        ends_at_the_process_limit(call),
        unprivileged(call),
        call.cred.user_ns.level == 1,
        limited(call),
        signed_below(soft_limit(call), outside),
    )
    return Claim(premise, gives(outcome, Errno.EAGAIN))


def _over_with(call: Call, cap: int) -> Truth:
    """Return whether a caller over only its own RLIMIT_NPROC has a capability."""
    return both(
        ends_at_the_process_limit(call), call.cred.uid != 0, exceeded(call), effective(call, cap)
    )


@documents("D44a", source=SETRLIMIT, expect=fails(), truth="D44t")
def cap_sys_resource_lifts_the_process_limit(call: Call, outcome: Outcome) -> Claim:
    """Not when held in another than the initial user namespace."""
    return Claim(_over_with(call, CAP_SYS_RESOURCE), outcome.ok)


@documents("D44b", source=SETRLIMIT, expect=fails(), truth="D44t")
def cap_sys_admin_lifts_the_process_limit(call: Call, outcome: Outcome) -> Claim:
    """Not when held in another than the initial user namespace."""
    return Claim(_over_with(call, CAP_SYS_ADMIN), outcome.ok)


@documents("D44t", source=f"{SETRLIMIT}; kernel/fork.c:copy_process", expect=holds())
def either_capability_in_the_initial_user_namespace_lifts_the_process_limit(
    call: Call, outcome: Outcome
) -> Claim:
    """CAP_SYS_RESOURCE or CAP_SYS_ADMIN, effective, in init_user_ns."""
    capable = both(
        call.cred.user_ns.level == 0,
        (call.cred.cap_effective & (CAP_SYS_ADMIN | CAP_SYS_RESOURCE)) != 0,
    )
    return Claim(both(ends_at_the_process_limit(call), exceeded(call), capable), outcome.ok)


@documents("D44r", source=SETRLIMIT, expect=holds())
def global_root_has_no_process_limit(call: Call, outcome: Outcome) -> Claim:
    """Real user id 0 outside every user namespace: no capability is needed."""
    premise = both(ends_at_the_process_limit(call), exceeded(call), call.cred.uid == 0)
    return Claim(premise, outcome.ok)


@documents(
    "D45",
    source=SETRLIMIT,
    expect=fails(since=UCOUNTS_NPROC, until=COUNT_BEFORE_TEST),
    truth="D45t",
)
def a_thread_is_refused_once_rlimit_nproc_is_reached(call: Call, outcome: Outcome) -> Claim:
    """Threads count like processes: CLONE_THREAD gives EAGAIN too; eras as for fork."""
    return Claim(_makes_a_thread(call, reached(call)), gives(outcome, Errno.EAGAIN))


@documents("D45t", source=SETRLIMIT, expect=holds())
def a_thread_is_refused_once_rlimit_nproc_is_exceeded(call: Call, outcome: Outcome) -> Claim:
    """With more tasks than the limit, EAGAIN in every era."""
    return Claim(_makes_a_thread(call, exceeded(call)), gives(outcome, Errno.EAGAIN))


def _makes_a_thread(call: Call, limit: Truth) -> Truth:
    return both(
        otherwise_fine(call, below_its_process_limits),
        has(call.args.flags, THREAD),
        unprivileged(call),
        limit,
    )


@documents("D37", source=EAGAIN, expect=holds())
def nobody_gets_a_task_beyond_threads_max(call: Call, outcome: Outcome) -> Claim:
    """kernel.threads-max reached: EAGAIN, for root and any capability too."""
    premise = both(otherwise_fine(call, below_threads_max), no(below_threads_max(call)))
    return Claim(premise, gives(outcome, Errno.EAGAIN))


@documents("D38", source=EAGAIN, expect=holds(since=PID_ERRNO_KEPT & (~PID_IDR | PID_IDR_EAGAIN)))
def nobody_gets_a_task_without_a_pid(call: Call, outcome: Outcome) -> Claim:
    """No pid below kernel.pid_max left: EAGAIN, for certain once there are as many tasks."""
    none_left = both(
        call.system.nr_threads == call.system.pid_max - 1, no(call.system.pid_max_was_lowered)
    )
    premise = both(
        otherwise_fine(call, nothing_fails_by_chance, pids_are_left),
        is_one_step(call, Fallible.NONE, Fallible.PIDS_EXHAUSTED),
        either(call.fails(Fallible.PIDS_EXHAUSTED), none_left),
    )
    return Claim(premise, gives(outcome, Errno.EAGAIN))


@documents("D39", source=EAGAIN, expect=holds(since=CGROUP_PIDS))
def nobody_gets_a_task_beyond_pids_max(call: Call, outcome: Outcome) -> Claim:
    """pids.max of the caller's cgroup, or of one above it: EAGAIN, for root too."""
    group = call.current.cgroup
    full = no(both(signed_below(group.pids, group.pids_max), no(group.ancestor_full)))
    premise = both(otherwise_fine(call, below_pids_max), by(call, Entry.FORK), full)
    return Claim(premise, gives(outcome, Errno.EAGAIN))


@documents("D70", source="man-pages 6.03, cgroups(7); cgroup-v2.rst PID controller",
           expect=holds(since=CGROUP_PIDS))
def a_cgroup_that_is_over_pids_max_gets_no_more_tasks_by_fork(
    call: Call, outcome: Outcome
) -> Claim:
    """Migration may have brought it there; fork() still gives EAGAIN."""
    group = call.current.cgroup
    premise = both(
        otherwise_fine(call, below_pids_max),
        by(call, Entry.FORK),
        signed_below(group.pids_max, group.pids),
    )
    return Claim(premise, gives(outcome, Errno.EAGAIN))


@documents("D40", source=EAGAIN, expect=holds(since=SCHED_DEADLINE))
def a_deadline_task_forks_only_with_reset_on_fork(call: Call, outcome: Outcome) -> Claim:
    """SCHED_DEADLINE without the reset-on-fork flag: EAGAIN."""
    premise = both(otherwise_fine(call, no_deadline_policy), call.current.deadline)
    return Claim(premise, gives(outcome, Errno.EAGAIN))


@documents("D21", source="man-pages 6.03, clone(2) ERRORS EAGAIN; fork(2)", expect=fails(),
           truth="D21t")
def eagain_means_that_a_documented_limit_is_reached(call: Call, outcome: Outcome) -> Claim:
    """Undocumented: CLONE_FS while a sharer of the root is inside execve(2) gives EAGAIN too."""
    return Claim(_again(call, outcome), _documented_limit(call))


def _again(call: Call, outcome: Outcome) -> Truth:
    """Return whether a user's call gives EAGAIN, and chance has no part in it."""
    return both(
        from_user_space(call),
        gives(outcome, Errno.EAGAIN),
        nothing_fails_by_chance(call),
        no_signal_comes(call),
        identity_is_its_own(call),
    )


def _documented_limit(call: Call) -> Truth:
    return no(
        both(
            below_its_process_limits(call),
            below_threads_max(call),
            pids_are_left(call),
            below_pids_max(call),
            no_deadline_policy(call),
        )
    )


@documents("D21t", source="kernel/fork.c:copy_process", expect=holds())
def eagain_means_a_limit_or_a_sharer_inside_execve(call: Call, outcome: Outcome) -> Claim:
    """Where nothing fails by chance and the caller runs with its own credentials."""
    return Claim(_again(call, outcome), either(_documented_limit(call), call.current.fs_in_exec))
