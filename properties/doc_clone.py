"""clone(2), ERRORS, man-pages 6.03: what the page says of flags, arguments and privileges.

A sentence that is false as it stands stays, refuted; ``truth`` names the strongest true one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from model import words
from model.algebra import (
    Truth,
    Word,
    below,
    both,
    clear,
    either,
    has,
    has_any,
    is_one_of,
    low_32,
    no,
    same,
)
from model.call import Call
from model.entries import SYSCALLS
from model.evaluate import Outcome, outcome_of
from model.patches import (
    IO_THREAD,
    PARENT_WITH_NEW_NAMESPACES,
    PIDFD_POINTER_CHECK,
    PIDFD_THREAD,
    UCOUNTS_NPROC,
    USERNS_FS_GUARD,
)
from model.predict import call_of
from model.request import Entry
from model.state import Fallible
from model.words import (
    CAP_SYS_ADMIN,
    CLEAR_SIGHAND,
    DETACHED,
    FS,
    NEWIPC,
    NEWNS,
    NEWPID,
    NEWUSER,
    PARENT,
    PARENT_SETTID,
    PIDFD,
    SIGHAND,
    SYSVSEM,
    THREAD,
    VM,
    Errno,
)
from properties.claim import Claim, Kind, claims, fails, holds
from properties.premises import (
    by,
    effective,
    exit_signal_is_valid,
    flags_combine,
    from_user_space,
    gives,
    is_one_step,
    no_signal_comes,
    nothing_fails_by_chance,
    otherwise_fine,
    pidfd_and_tid_have_places_of_their_own,
    plainly_asked,
    privileged_where_needed,
)

documents = partial(claims, kind=Kind.DOCUMENTATION)
EINVAL = "man-pages 6.03, clone(2) ERRORS EINVAL"


def refused(call: Call, outcome: Outcome, condition: Truth) -> Claim:
    """Return that a plainly asked call of this kind fails with EINVAL."""
    return Claim(both(plainly_asked(call), condition), gives(outcome, Errno.EINVAL))


@documents("D01", source=EINVAL, expect=fails(), truth="D01t")
def sharing_and_clearing_handlers_exclude_each_other_in_every_clone_call(
    call: Call, outcome: Outcome
) -> Claim:
    """The error is not marked "clone3() only", but clone() never sees the upper flag."""
    return refused(call, outcome, both(
        by(call, Entry.CLONE, Entry.CLONE3), has(call.request.flags, SIGHAND | CLEAR_SIGHAND)
    ))


@documents("D01t", source=EINVAL, expect=holds())
def clone3_refuses_to_share_and_to_clear_handlers(call: Call, outcome: Outcome) -> Claim:
    """CLONE_SIGHAND with CLONE_CLEAR_SIGHAND gives EINVAL in clone3()."""
    return refused(call, outcome, both(
        by(call, Entry.CLONE3), has(call.args.flags, SIGHAND | CLEAR_SIGHAND)
    ))


@documents("D02", source=EINVAL, expect=holds())
def shared_handlers_need_shared_memory(call: Call, outcome: Outcome) -> Claim:
    """CLONE_SIGHAND without CLONE_VM gives EINVAL."""
    flags = call.args.flags
    return refused(call, outcome, both(has(flags, SIGHAND), no(has(flags, VM))))


@documents("D03", source=EINVAL, expect=holds())
def a_thread_needs_shared_handlers(call: Call, outcome: Outcome) -> Claim:
    """CLONE_THREAD without CLONE_SIGHAND gives EINVAL."""
    flags = call.args.flags
    return refused(call, outcome, both(has(flags, THREAD), no(has(flags, SIGHAND))))


@documents("D04t", source=EINVAL, expect=holds())
def no_thread_is_made_while_another_pid_namespace_waits_for_children(
    call: Call, outcome: Outcome
) -> Claim:
    """The page speaks of past calls; what counts is what they left: see D04 in UNDECIDED."""
    pending = no(call.current.nsproxy.pid_for_children_is_active)
    return refused(call, outcome, both(has(call.args.flags, THREAD), pending))


@documents("D05", source=EINVAL, expect=holds())
def a_new_mount_namespace_excludes_a_shared_root(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWNS with CLONE_FS gives EINVAL."""
    return refused(call, outcome, has(call.args.flags, NEWNS | FS))


@documents("D06", source=EINVAL, expect=holds(since=USERNS_FS_GUARD))
def a_new_user_namespace_excludes_a_shared_root(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWUSER with CLONE_FS gives EINVAL, since v3.9."""
    return refused(call, outcome, has(call.args.flags, NEWUSER | FS))


@documents("D07", source=EINVAL, expect=holds())
def a_new_ipc_namespace_excludes_a_shared_undo_list(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWIPC with CLONE_SYSVSEM gives EINVAL where nothing else is wrong."""
    premise = both(otherwise_fine(call, flags_combine), has(call.args.flags, NEWIPC | SYSVSEM))
    return Claim(premise, gives(outcome, Errno.EINVAL))


@documents("D07a", source=EINVAL, expect=fails(), truth="D07")
def a_shared_undo_list_is_refused_as_early_as_other_flag_pairs(
    call: Call, outcome: Outcome
) -> Claim:
    """The page lists it among the flag errors, but copy_namespaces() comes late."""
    return refused(call, outcome, has(call.args.flags, NEWIPC | SYSVSEM))


@documents("D07p", source="man-pages 6.03, clone(2) ERRORS, EPERM before EINVAL", expect=holds())
def missing_privilege_wins_over_a_shared_undo_list(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWIPC|CLONE_SYSVSEM without CAP_SYS_ADMIN gives EPERM, not EINVAL."""
    flags = call.args.flags
    premise = both(
        otherwise_fine(call, flags_combine, privileged_where_needed),
        flags == NEWIPC | SYSVSEM,
        no(effective(call, CAP_SYS_ADMIN)),
    )
    return Claim(premise, gives(outcome, Errno.EPERM))


@documents("D07s", source=EINVAL, expect=holds())
def an_undo_list_is_never_shared_across_ipc_namespaces(call: Call, outcome: Outcome) -> Claim:
    """Whatever the errno, CLONE_NEWIPC with CLONE_SYSVSEM makes no task."""
    return Claim(has(call.args.flags, NEWIPC | SYSVSEM), outcome.errno != 0)


@documents("D08a", source=EINVAL, expect=holds())
def a_new_pid_or_user_namespace_excludes_a_thread(call: Call, outcome: Outcome) -> Claim:
    """CLONE_THREAD with CLONE_NEWPID or CLONE_NEWUSER gives EINVAL."""
    flags = call.args.flags
    return refused(call, outcome, both(has(flags, THREAD), has_any(flags, NEWPID | NEWUSER)))


@documents(
    "D08b", source=EINVAL, expect=fails(since=PARENT_WITH_NEW_NAMESPACES), truth="D08t"
)
def a_new_pid_namespace_excludes_a_sibling(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PARENT with CLONE_NEWPID: allowed since v3.13."""
    return refused(call, outcome, has(call.args.flags, NEWPID | PARENT))


@documents(
    "D08c", source=EINVAL, expect=fails(since=PARENT_WITH_NEW_NAMESPACES), truth="D08t"
)
def a_new_user_namespace_excludes_a_sibling(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PARENT with CLONE_NEWUSER: allowed since v3.13."""
    return refused(call, outcome, has(call.args.flags, NEWUSER | PARENT))


@documents(
    "D08t",
    source="1f7f4dde5c94; man-pages 6.03, clone(2) ERRORS EINVAL",
    expect=holds(since=PARENT_WITH_NEW_NAMESPACES),
)
def a_sibling_may_have_new_pid_and_user_namespaces(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PARENT with CLONE_NEWPID or CLONE_NEWUSER succeeds where nothing else is wrong."""
    flags = call.args.flags
    asked = both(has(flags, PARENT), has_any(flags, NEWPID | NEWUSER))
    return Claim(both(otherwise_fine(call), asked), outcome.ok)


@documents("D09", source=EINVAL, expect=holds())
def an_init_makes_no_sibling(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PARENT by any thread of a pid namespace's init gives EINVAL, since v2.6.32."""
    init = call.current.signal.unkillable
    return refused(call, outcome, both(has(call.args.flags, PARENT), init))


@documents("D12", source=EINVAL, expect=holds())
def clone3_reserves_detached(call: Call, outcome: Outcome) -> Claim:
    """CLONE_DETACHED gives EINVAL in clone3()."""
    return refused(call, outcome, both(by(call, Entry.CLONE3), has(call.args.flags, DETACHED)))


@documents("D13", source=EINVAL, expect=holds())
def a_pidfd_excludes_detached(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PIDFD with CLONE_DETACHED gives EINVAL in clone(), and in clone3() too."""
    return refused(call, outcome, has(call.args.flags, PIDFD | DETACHED))


def without(call: Call, flag: int) -> Outcome:
    """Return the outcome of the same call without one flag."""
    request = replace(call.request, flags=clear(call.request.flags, flag))
    return outcome_of(call_of(call.kernel, replace(call.start, request=request)))


@documents("D13i", source="man-pages 6.03, clone(2) CLONE_DETACHED", expect=holds())
def clone_ignores_detached_without_a_pidfd(call: Call, outcome: Outcome) -> Claim:
    """CLONE_DETACHED changes neither errno nor exit signal unless CLONE_PIDFD is there."""
    flags = call.args.flags
    other = without(call, DETACHED)
    premise = both(by(call, Entry.CLONE), has(flags, DETACHED), no(has(flags, PIDFD)))
    signals = outcome.child.exit_signal == other.child.exit_signal
    return Claim(premise, both(outcome.errno == other.errno, signals))


@documents("D14", source=EINVAL, expect=holds(until=PIDFD_THREAD), truth="D14t")
def a_pidfd_excludes_a_thread(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PIDFD with CLONE_THREAD gives EINVAL, until v6.9."""
    return refused(call, outcome, has(call.args.flags, PIDFD | THREAD))


@documents(
    "D14l",
    source="man-pages 6.03, clone(2) CLONE_PIDFD",
    expect=holds(until=PIDFD_THREAD),
    truth="D14t",
)
def a_pidfd_always_names_a_thread_group_leader(call: Call, outcome: Outcome) -> Claim:
    """The page draws this from the error above, and it fell with it in v6.9."""
    premise = both(from_user_space(call), outcome.ok, has(call.args.flags, PIDFD))
    return Claim(premise, no(outcome.child.same_thread_group))


@documents("D14t", source="83b290c9e3b5", expect=holds())
def a_pidfd_names_a_thread_only_where_clone_thread_was_asked_for(
    call: Call, outcome: Outcome
) -> Claim:
    """With CLONE_PIDFD the child is a thread exactly if CLONE_THREAD is set, in every era."""
    premise = both(from_user_space(call), outcome.ok, has(call.args.flags, PIDFD))
    return Claim(premise, same(outcome.child.same_thread_group, has(call.args.flags, THREAD)))


@documents("D15", source=EINVAL, expect=holds())
def clone_cannot_store_both_pidfd_and_tid(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PIDFD with CLONE_PARENT_SETTID gives EINVAL in clone(): one pointer for both."""
    return refused(
        call, outcome, both(by(call, Entry.CLONE), has(call.args.flags, PIDFD | PARENT_SETTID))
    )


@documents("D15a", source=EINVAL, expect=fails(since=PIDFD_POINTER_CHECK), truth="D15t")
def clone3_can_always_store_both_pidfd_and_tid(call: Call, outcome: Outcome) -> Claim:
    """The error is marked "clone() only"; clone3() has it too when the pointers are equal."""
    premise = both(
        otherwise_fine(call, pidfd_and_tid_have_places_of_their_own),
        by(call, Entry.CLONE3),
        has(call.args.flags, PIDFD | PARENT_SETTID),
    )
    return Claim(premise, outcome.ok)


@documents("D15t", source=EINVAL, expect=holds())
def clone3_can_store_pidfd_and_tid_in_different_places(call: Call, outcome: Outcome) -> Claim:
    """CLONE_PIDFD with CLONE_PARENT_SETTID succeeds where the two pointers differ."""
    premise = both(
        otherwise_fine(call), by(call, Entry.CLONE3), has(call.args.flags, PIDFD | PARENT_SETTID)
    )
    return Claim(premise, outcome.ok)


@documents("D22", source="man-pages 6.03, clone(2) ERRORS ENOMEM", expect=holds())
def no_memory_for_the_task_structure_gives_enomem(call: Call, outcome: Outcome) -> Claim:
    """dup_task_struct() fails, and nothing else is wrong with the call."""
    premise = both(
        otherwise_fine(call, nothing_fails_by_chance), call.fails(Fallible.DUP_TASK_STRUCT)
    )
    return Claim(premise, gives(outcome, Errno.ENOMEM))


CONTEXT = (
    Fallible.PREPARE_CREDS,
    Fallible.ALLOC_USER_NS,
    Fallible.MPOL_DUP,
    Fallible.PERF_EVENT_INIT_TASK,
    Fallible.AUDIT_ALLOC,
    Fallible.SECURITY_TASK_ALLOC,
    Fallible.COPY_SEMUNDO,
    Fallible.DUP_FD,
    Fallible.COPY_FS_STRUCT,
    Fallible.COPY_SIGHAND,
    Fallible.COPY_SIGNAL,
    Fallible.DUP_MM,
    Fallible.CREATE_NSPROXY,
    Fallible.COPY_MNT_NS,
    Fallible.COPY_UTSNAME,
    Fallible.COPY_IPCS,
    Fallible.CREATE_PID_NAMESPACE,
    Fallible.COPY_CGROUP_NS,
    Fallible.COPY_NET_NS,
    Fallible.COPY_TIME_NS,
    Fallible.COPY_IO,
    Fallible.COPY_THREAD,
    Fallible.ALLOC_PID,
    Fallible.PIDFD_PREPARE,
    Fallible.FIND_CSS_SET,
)
"""Steps that need memory to copy a part of the caller's context."""


def _out_of_memory(call: Call, *steps: Fallible) -> Truth:
    return both(
        otherwise_fine(call, nothing_fails_by_chance),
        is_one_step(call, *steps),
        call.chance.errno == int(Errno.ENOMEM),
    )


@documents(
    "D22a",
    source="man-pages 6.03, clone(2) ERRORS ENOMEM",
    expect=fails(since=UCOUNTS_NPROC),
    truth="D22t",
)
def no_memory_for_any_part_of_the_context_gives_enomem(call: Call, outcome: Outcome) -> Claim:
    """Since v5.14 one part does not: a new user namespace's ucounts give EAGAIN."""
    premise = _out_of_memory(call, *CONTEXT, Fallible.SET_CRED_UCOUNTS)
    return Claim(premise, is_one_of(outcome.errno, (int(Errno.OK), int(Errno.ENOMEM))))


@documents("D22t", source="man-pages 6.03, clone(2) ERRORS ENOMEM", expect=holds())
def no_memory_for_a_copied_part_of_the_context_gives_enomem(
    call: Call, outcome: Outcome
) -> Claim:
    """ENOMEM, or success where the call does not need that part; ucounts excepted."""
    premise = _out_of_memory(call, *CONTEXT)
    return Claim(premise, is_one_of(outcome.errno, (int(Errno.OK), int(Errno.ENOMEM))))


ERRORS = (
    Errno.OK,
    Errno.EACCES,
    Errno.EAGAIN,
    Errno.EBUSY,
    Errno.EEXIST,
    Errno.EINVAL,
    Errno.ENOMEM,
    Errno.ENOSPC,
    Errno.EOPNOTSUPP,
    Errno.EPERM,
    Errno.ERESTARTNOINTR,
    Errno.EUSERS,
)
"""What clone(2) 6.03 lists under ERRORS."""


@documents(
    "D81", source="man-pages 6.03, clone(2) ERRORS", expect=fails(), truth="D81t"
)
def clone_gives_no_error_that_its_page_does_not_list(call: Call, outcome: Outcome) -> Claim:
    """Missing: E2BIG, EFAULT, EMFILE, ENFILE, EBADF, ENODEV, ENOENT; EINTR only the dying get."""
    known = is_one_of(outcome.errno, tuple(int(error) for error in ERRORS))
    premise = both(by(call, Entry.CLONE, Entry.CLONE3), no(call.chance.fatal_signal))
    return Claim(premise, known)


@documents("D81t", source="kernel/fork.c:copy_process", expect=holds())
def clone_gives_a_listed_error_or_one_of_eight_more(call: Call, outcome: Outcome) -> Claim:
    """The page's list completed; what hooks and allocators return is as the model assumes."""
    more = (
        Errno.E2BIG, Errno.EFAULT, Errno.EINTR, Errno.EMFILE, Errno.ENFILE,
        Errno.EBADF, Errno.ENODEV, Errno.ENOENT,
    )
    known = is_one_of(outcome.errno, tuple(int(error) for error in (*ERRORS, *more)))
    return Claim(by(call, Entry.CLONE, Entry.CLONE3), known)


@documents("D29", source="man-pages 6.03, clone(2) ERRORS ERESTARTNOINTR", expect=holds())
def a_pending_signal_restarts_the_call(call: Call, outcome: Outcome) -> Claim:
    """With a signal pending the call ends with ERESTARTNOINTR, to be made again after it."""
    premise = both(otherwise_fine(call, no_signal_comes), call.chance.signal_pending)
    return Claim(premise, gives(outcome, Errno.ERESTARTNOINTR))


@documents(
    "D29a",
    source="man-pages 6.03, clone(2) ERRORS ERESTARTNOINTR",
    expect=fails(since=IO_THREAD),
    truth="D29",
)
def only_a_tracer_ever_sees_the_restart(call: Call, outcome: Outcome) -> Claim:
    """io_uring and vhost get the number itself since v5.12: nobody restarts their call."""
    makers = by(call, *SYSCALLS, Entry.CREATE_IO_THREAD, Entry.VHOST_TASK_CREATE)
    return Claim(both(makers, gives(outcome, Errno.ERESTARTNOINTR)), from_user_space(call))


@documents("D31", source="man-pages 6.03, clone(2) child termination signal", expect=fails(),
           truth="D31t")
def the_child_ends_with_the_signal_that_was_asked_for(call: Call, outcome: Outcome) -> Claim:
    """Threads end silently, and siblings with the signal of the caller's group leader."""
    premise = both(by(call, Entry.CLONE, Entry.CLONE3), outcome.ok)
    return Claim(premise, outcome.child.exit_signal == _signal_asked_for(call))


def _signal_asked_for(call: Call) -> Word:
    return low_32(call.args.exit_signal)


@documents("D31t", source="man-pages 6.03, clone(2) child termination signal", expect=holds())
def an_own_child_ends_with_the_signal_that_was_asked_for(call: Call, outcome: Outcome) -> Claim:
    """Neither CLONE_THREAD nor CLONE_PARENT: the low byte or exit_signal it is."""
    premise = both(
        by(call, Entry.CLONE, Entry.CLONE3),
        outcome.ok,
        no(has_any(call.args.flags, THREAD | PARENT)),
    )
    return Claim(premise, outcome.child.exit_signal == _signal_asked_for(call))


@documents("D31s", source="man-pages 6.03, clone(2) CLONE_PARENT", expect=holds())
def a_sibling_ends_with_the_signal_of_its_makers_group_leader(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_PARENT: the parent that is signalled expects the leader's signal."""
    flags = call.args.flags
    premise = both(from_user_space(call), outcome.ok, has(flags, PARENT), no(has(flags, THREAD)))
    leader = call.current.signal.leader_exit_signal
    return Claim(premise, outcome.child.exit_signal == leader)


@documents("D35", source="man-pages 6.03, clone(2) CLONE_THREAD", expect=holds())
def a_thread_ends_without_a_signal(call: Call, outcome: Outcome) -> Claim:
    """CLONE_THREAD: nobody is sent a termination signal, whatever was asked for."""
    premise = both(from_user_space(call), outcome.ok, has(call.args.flags, THREAD))
    return Claim(premise, outcome.child.exit_signal == -1)


@documents(
    "D35a",
    source="man-pages 6.03, clone(2) equivalence between clone() and clone3() arguments",
    expect=fails(),
    truth="D35t",
)
def clone3_takes_an_exit_signal_wherever_clone_does(call: Call, outcome: Outcome) -> Claim:
    """The table equates the low byte with exit_signal; clone3() refuses it for a thread."""
    premise = both(
        otherwise_fine(call, exit_signal_is_valid),
        by(call, Entry.CLONE, Entry.CLONE3),
        below(call.args.exit_signal, words.SIGNAL_MAX + 1),
    )
    return Claim(premise, outcome.ok)


@documents("D35t", source="kernel/fork.c:clone3_args_valid", expect=holds())
def clone3_refuses_a_signal_for_a_thread_or_sibling_and_clone_ignores_it(
    call: Call, outcome: Outcome
) -> Claim:
    """CLONE_THREAD or CLONE_PARENT with an exit signal: EINVAL in clone3(), fine in clone()."""
    signal = call.args.exit_signal
    premise = both(
        otherwise_fine(call, exit_signal_is_valid),
        by(call, Entry.CLONE, Entry.CLONE3),
        has_any(call.args.flags, THREAD | PARENT),
        signal != 0,
        below(signal, words.SIGNAL_MAX + 1),
    )
    refused_by_clone3 = both(by(call, Entry.CLONE3), gives(outcome, Errno.EINVAL))
    return Claim(premise, either(refused_by_clone3, both(by(call, Entry.CLONE), outcome.ok)))
