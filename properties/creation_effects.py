"""Creation: what a child is that no flag word alone decides, field by field."""

from __future__ import annotations

from model.algebra import (
    LONG_MAX,
    Truth,
    Word,
    both,
    capped,
    either,
    has,
    has_any,
    no,
    same,
    when,
    when_word,
)
from model.call import Call
from model.copy_process import FORGETS_EXCESS, UNDO_LIST_MADE
from model.entries import through_kernel_clone
from model.evaluate import Outcome
from model.new_namespaces import Ns
from model.patches import (
    CGROUP_FREEZE,
    CGROUP_KILL,
    CGROUP_NAMESPACES,
    CLONE_AUTOREAP,
    CLONE_INTO_CGROUP,
    CLONE_NNP,
    COPY_PROCESS_NAME,
    KILL_SEQ,
    PIDFD_AUTOKILL,
    REDHAT_TIMENS_AT_FORK,
    ROOT_NS_UNLIMITED,
    TIME_NAMESPACES,
    TIMENS_AT_EXEC,
    USER_WORKER,
)
from model.request import Entry
from model.rules.creds import machine_has_all_the_threads_it_may
from model.state import Fallible
from model.words import (
    AUTOREAP,
    INTO_CGROUP,
    NEW_NAMESPACES,
    NEWTIME,
    NEWUSER,
    NNP,
    PARENT_SETTID,
    PF_IO_WORKER,
    PF_KTHREAD,
    PF_USER_WORKER,
    PTRACE,
    SYSVSEM,
    THREAD,
    UNTRACED,
    VFORK,
    VM,
)
from model.words import PIDFD_AUTOKILL as PIDFD_AUTOKILL_FLAG
from properties.claim import Claim, claims, holds
from properties.outcome import from_user_space, refused_by, through

_COPY = "kernel/fork.c:copy_process"


def _asks(call: Call, flag: int) -> Truth:
    return has(call.args.flags, flag)


@claims("C01", source="cf587db2ee02; kernel/fork.c:copy_process", expect=holds())
def a_name_given_with_the_request_is_borne_from_birth(call: Call, outcome: Outcome) -> Claim:
    """comm is args->name where kernel code passes one (patch 2), the caller's for all others."""
    named = both(
        call.kernel[COPY_PROCESS_NAME],
        no(from_user_space(call)),
        either(call.request.name, through(call, Entry.VHOST_TASK_CREATE)),
        no(through(call, *_UNNAMED)),
    )
    return Claim(outcome.ok, same(outcome.child.named_by_args, named))


_UNNAMED = (Entry.USER_MODE_THREAD, Entry.CREATE_IO_THREAD, Entry.FORK_IDLE)
"""The entry points of kernel code that pass no name."""


@claims("C02", source="kernel/fork.c:copy_signal; proc(5) oom_score_adj", expect=holds())
def a_child_is_as_likely_to_be_killed_for_memory_as_its_maker(
    call: Call, outcome: Outcome
) -> Claim:
    """oom_score_adj is inherited by processes and, with the signal_struct, by threads."""
    return Claim(
        outcome.ok, outcome.child.oom_score_adj == call.current.signal.oom_score_adj
    )


@claims("C03", source="kernel/fork.c:copy_signal; setrlimit(2)", expect=holds())
def rlimits_are_shared_by_the_threads_of_a_group_only(call: Call, outcome: Outcome) -> Claim:
    """Their values are the caller's; a process gets a copy of its own."""
    child, limit = outcome.child, call.current.signal.rlim_nproc
    return Claim(
        outcome.ok, both(same(child.rlimits_shared, _asks(call, THREAD)), child.rlim_nproc == limit)
    )


@claims("C04", source="kernel/fork.c:kernel_clone; clone(2) CLONE_PARENT_SETTID", expect=holds())
def the_pid_is_stored_for_the_parent_exactly_where_asked(call: Call, outcome: Outcome) -> Claim:
    """At a good address, by kernel_clone() alone; a bad one is ignored."""
    good = no(call.fails(Fallible.PUT_PARENT_TID))
    asked = both(through_kernel_clone(call.request), _asks(call, PARENT_SETTID))
    return Claim(outcome.ok, same(outcome.child.parent_tid_stored, both(asked, good)))


@claims("C05", source="kernel/fork.c:kernel_clone; vfork(2)", expect=holds())
def the_caller_waits_exactly_in_kernel_clone_with_vfork(call: Call, outcome: Outcome) -> Claim:
    """Workers and idle tasks, which go past it, are never waited for."""
    waits = both(through_kernel_clone(call.request), _asks(call, VFORK))
    return Claim(outcome.ok, same(outcome.child.vfork_wait, waits))


@claims("C06", source="kernel/fork.c:kernel_clone; include/linux/ptrace.h:ptrace_init_task",
        expect=holds())
def a_tracer_gets_the_child_by_its_event_or_by_clone_ptrace(
    call: Call, outcome: Outcome
) -> Claim:
    """The event only of kernel_clone() without CLONE_UNTRACED; idle tasks are never traced."""
    task, child = call.current, outcome.child
    event = both(task.traced, through_kernel_clone(call.request), no(_asks(call, UNTRACED)))
    attached = either(event, both(task.traced, _asks(call, PTRACE)))
    return Claim(
        outcome.ok,
        both(
            same(child.reports_to_tracer, event),
            same(child.traced, both(attached, no(call.args.idle))),
        ),
    )


@claims("C07", source="kernel/cred.c:copy_creds; keyrings(7)", expect=holds())
def keyrings_of_thread_and_process_end_with_their_thread_and_process(
    call: Call, outcome: Outcome
) -> Claim:
    """A new thread has a thread keyring where its maker had one; other children have neither."""
    thread, cred, child = _asks(call, THREAD), call.cred, outcome.child
    return Claim(
        outcome.ok,
        both(
            same(child.thread_keyring, both(thread, cred.thread_keyring)),
            same(child.process_keyring, both(thread, cred.process_keyring)),
        ),
    )


def _waits(call: Call) -> Truth:
    """Return whether a time namespace was set aside for the caller's children."""
    return no(call.current.nsproxy.time_for_children_is_active)


def _asks_for_time(call: Call) -> Truth:
    return both(call.kernel[TIME_NAMESPACES], _asks(call, NEWTIME))


@claims("C08", source="kernel/nsproxy.c:copy_namespaces; 2b5f9dad32ed",
        expect=holds(since=CGROUP_NAMESPACES))
def the_nsproxy_is_shared_unless_a_namespace_differs(call: Call, outcome: Outcome) -> Claim:
    """New namespaces need another, and one set aside for children does unless memory is shared.

    Before v6.2 shared memory made no difference.
    """
    stays = both(call.kernel[TIMENS_AT_EXEC], _asks(call, VM))
    new = either(has_any(call.args.flags, NEW_NAMESPACES & ~NEWTIME), _asks_for_time(call))
    differs = either(new, both(_waits(call), no(stays)))
    return Claim(outcome.ok, same(outcome.child.nsproxy_shared, no(differs)))


def _time_for_children(call: Call) -> Word:
    kept = when_word(8, _waits(call), int(Ns.PENDING), int(Ns.SAME))
    return when_word(8, _asks_for_time(call), int(Ns.NEW), kept)


@claims("C09", source="kernel/time/namespace.c:copy_time_ns, timens_on_fork; time_namespaces(7)",
        expect=holds(until=REDHAT_TIMENS_AT_FORK))
def a_child_enters_the_time_namespace_of_its_makers_children(
    call: Call, outcome: Outcome
) -> Claim:
    """At once with memory of its own (and before v6.2), else at execve(2).

    On Red Hat's 9.4 to 9.6 at once with its maker's memory, too, if another namespace is new.
    """
    child, there = outcome.child, _time_for_children(call)
    waits = both(call.kernel[TIMENS_AT_EXEC], _asks(call, VM))
    now = when_word(8, either(waits, child.nsproxy_shared), int(Ns.SAME), there)
    return Claim(outcome.ok, both(child.time_ns_for_children == there, child.time_ns == now))


@claims("C10", source="kernel/user_namespace.c:create_user_ns; 0ac983f51203", expect=holds())
def a_cloned_user_namespace_is_bound_by_its_creators_process_limit(
    call: Call, outcome: Outcome
) -> Claim:
    """As in unshare(); without CLONE_NEWUSER the bound is that of the caller's namespace."""
    cred = call.cred
    root = both(call.kernel[ROOT_NS_UNLIMITED], cred.uid == 0, cred.user_ns.level == 0)
    made = when_word(64, root, LONG_MAX, capped(call.current.signal.rlim_nproc))
    bound = when_word(64, _asks(call, NEWUSER), made, cred.user_ns.nproc_max)
    return Claim(outcome.ok, outcome.child.user_ns_nproc_max == bound)


def _kernel_thread(outcome: Outcome) -> Truth:
    return has(outcome.child.flags, PF_KTHREAD)


@claims("C11", source="kernel/cgroup/cgroup.c:cgroup_post_fork; cgroups(7) freezer",
        expect=holds(since=CGROUP_FREEZE))
def whoever_is_born_in_a_frozen_cgroup_is_frozen_but_kernel_threads(
    call: Call, outcome: Outcome
) -> Claim:
    """Trapped before its first instruction; kernel threads and idle tasks are left alone."""
    into = both(call.kernel[CLONE_INTO_CGROUP], _asks(call, INTO_CGROUP))
    frozen = when(into, call.request.cgroup_target.group.frozen, call.current.cgroup.frozen)
    exempt = either(call.args.idle, _kernel_thread(outcome))
    return Claim(outcome.ok, same(outcome.child.starts_frozen, both(frozen, no(exempt))))


@claims(
    "C12",
    source="kernel/cgroup/cgroup.c:cgroup_post_fork; 661ee6280931; b69bb476dee9",
    expect=holds(needs=CGROUP_KILL),
)
def a_kill_that_still_walks_its_cgroup_reaches_the_child(call: Call, outcome: Outcome) -> Claim:
    """And one that is done already since v6.14; kernel threads are spared."""
    killed, done = call.chance.cgroup_killed != 0, call.chance.cgroup_killed == 2
    seen = both(killed, either(call.kernel[KILL_SEQ], no(done)))
    return Claim(
        both(outcome.ok, call.kernel[CGROUP_KILL], seen),
        same(outcome.child.born_killed, no(_kernel_thread(outcome))),
    )


@claims("C13", source="kernel/cgroup/cgroup.c:cgroup_post_fork; 661ee6280931", expect=holds())
def without_cgroup_kill_nobody_is_born_killed_in_its_makers_cgroup(
    call: Call, outcome: Outcome
) -> Claim:
    """Nor in one that was killed as often, nor before v5.14; of all others see P71."""
    target, own = call.request.cgroup_target.group, call.current.cgroup
    into = both(call.kernel[CLONE_INTO_CGROUP], _asks(call, INTO_CGROUP))
    crossed = both(into, target.kill_seq != own.kill_seq)
    killed = both(call.kernel[CGROUP_KILL], call.chance.cgroup_killed != 0)
    return Claim(both(outcome.ok, no(either(crossed, killed))), no(outcome.child.born_killed))


@claims("C14", source=f"{_COPY}; kernel/fork.c:fork_idle", expect=holds())
def every_task_but_an_idle_one_has_a_pid(call: Call, outcome: Outcome) -> Claim:
    """init_struct_pid is no number in the process tree."""
    return Claim(outcome.ok, same(outcome.child.has_pid, no(call.args.idle)))


@claims("C15", source="arch/x86/kernel/process.c:copy_thread", expect=holds())
def a_task_made_by_kernel_code_starts_there(call: Call, outcome: Outcome) -> Claim:
    """args->fn: kernel threads, workers, idle tasks; a system call's child returns from it."""
    return Claim(outcome.ok, same(outcome.child.starts_in_kernel, no(from_user_space(call))))


@claims("C16", source="mm/vmscan.c:reclaim_throttle; 54e6842d0775", expect=holds())
def only_kernel_threads_and_workers_are_not_throttled_in_reclaim(
    call: Call, outcome: Outcome
) -> Claim:
    """io workers before the series, user workers since."""
    workers = when_word(32, call.kernel[USER_WORKER], PF_USER_WORKER, PF_IO_WORKER)
    flags = outcome.child.flags
    exempt = either((flags & workers) != 0, _kernel_thread(outcome))
    return Claim(outcome.ok, same(outcome.child.not_throttled, exempt))


@claims("C42", source="12ae2c81b21c; c8134b5f13ae", expect=holds())
def who_is_reaped_or_killed_unasked_was_made_so(call: Call, outcome: Outcome) -> Claim:
    """CLONE_AUTOREAP and CLONE_PIDFD_AUTOKILL (v7.1); a thread is reaped as its group is.

    An idle task never ends; nothing marks it.
    """
    child, kernel = outcome.child, call.kernel
    asked = both(kernel[CLONE_AUTOREAP], _asks(call, AUTOREAP), no(call.args.idle))
    reaped = when(_asks(call, THREAD), call.current.signal.autoreap, asked)
    killed = both(kernel[PIDFD_AUTOKILL], _asks(call, PIDFD_AUTOKILL_FLAG))
    return Claim(
        outcome.ok, both(same(child.autoreap, reaped), same(child.autokill, killed))
    )


@claims("C43", source="24baca56fafc; kernel/fork.c:copy_seccomp", expect=holds())
def no_new_privs_is_inherited_or_asked_for(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NNP sets it (v7.1); nothing else confines a child more than its maker."""
    asked = both(call.kernel[CLONE_NNP], _asks(call, NNP))
    return Claim(
        outcome.ok,
        same(outcome.child.no_new_privs, either(call.current.no_new_privs, asked)),
    )


@claims("C44", source="ipc/sem.c:copy_semundo, get_undo_list", expect=holds())
def sharing_an_undo_list_gives_the_caller_one_too(call: Call, outcome: Outcome) -> Claim:
    """CLONE_SYSVSEM makes one where none was; nothing else does."""
    return Claim(outcome.ok, same(outcome.done[UNDO_LIST_MADE], _asks(call, SYSVSEM)))


@claims("C45", source=f"{_COPY}; 8f2f9c4d82f2", expect=holds())
def who_is_within_its_limit_is_told_so_before_threads_max(call: Call, outcome: Outcome) -> Claim:
    """PF_NPROC_EXCEEDED is cleared on the caller even if the machine then refuses the task."""
    refused = refused_by(outcome, [machine_has_all_the_threads_it_may])
    return Claim(refused, outcome.done[FORGETS_EXCESS])
