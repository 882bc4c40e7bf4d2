"""A step that is taken and fails ends the call: no half-made task is published."""

from __future__ import annotations

from model import words
from model.algebra import Truth, both, either, has, has_any, no, signed_below, when
from model.call import Call
from model.evaluate import Outcome
from model.kernel import Kernel
from model.patch import Patch
from model.patches import (
    CGROUP_NAMESPACES,
    CLONE_PIDFD,
    FORK_DESPITE_NOTIFY_SIGNAL,
    FUTEX_HASH,
    FUTEX_HASH_FOR_VFORK,
    FUTEX_HASH_OF_SHARERS,
    IO_URING_FORK,
    KTHREAD_STRUCT,
    NAMESPACE_COUNTS,
    REDHAT_KTHREAD_INHERITED,
    SCHED_DEADLINE,
    SCHED_EXT,
    SECURITY_CREATE_USER_NS,
    SECURITY_TASK_ALLOC,
    TASK_EXEC_STATE,
    TIF_NOTIFY_SIGNAL,
    TIME_NAMESPACES,
    UCOUNTS_NPROC,
)
from model.request import Entry
from model.state import Fallible
from properties.claim import Claim, claims, holds
from properties.outcome import failed, through

_COPY = "kernel/fork.c:copy_process"


def _fails_at(call: Call, *steps: Fallible) -> Truth:
    return either(*(call.fails(step) for step in steps))


def _on(kernel: Kernel, patch: Patch, truth: Truth) -> Truth:
    return both(kernel[patch], truth)


@claims("P35f", source=_COPY, expect=holds(since=SECURITY_TASK_ALLOC))
def a_step_that_every_creation_takes_must_succeed(call: Call, outcome: Outcome) -> Claim:
    """task_struct, perf, audit, security blob, registers: no task without them."""
    steps = _fails_at(
        call,
        Fallible.DUP_TASK_STRUCT,
        Fallible.PERF_EVENT_INIT_TASK,
        Fallible.AUDIT_ALLOC,
        Fallible.SECURITY_TASK_ALLOC,
        Fallible.COPY_THREAD,
    )
    newer = either(
        _on(call.kernel, IO_URING_FORK, call.fails(Fallible.IO_URING_FORK)),
        _on(call.kernel, SCHED_EXT, call.fails(Fallible.SCHED_CGROUP_FORK)),
    )
    return Claim(either(steps, newer), failed(outcome))


@claims("P35r", source=_COPY, expect=holds())
def a_resource_that_cannot_be_copied_ends_the_call(call: Call, outcome: Outcome) -> Claim:
    """What is neither shared nor absent has to be copied."""
    task, args = call.current, call.args

    def own(flag: int, step: Fallible) -> Truth:
        return both(no(has(args.flags, flag)), call.fails(step))

    undo = both(
        has(args.flags, words.SYSVSEM), no(task.undo_list), call.fails(Fallible.COPY_SEMUNDO)
    )
    lent = both(has(args.flags, words.VFORK), no(call.kernel[FUTEX_HASH_FOR_VFORK]))
    sharer = when(call.kernel[FUTEX_HASH_OF_SHARERS], no(lent), has(args.flags, words.THREAD))
    hash_of_shared_mm = both(
        task.mm, has(args.flags, words.VM), sharer, call.fails(Fallible.FUTEX_HASH)
    )
    return Claim(
        either(
            both(task.files, no(args.no_files), own(words.FILES, Fallible.DUP_FD)),
            own(words.FS, Fallible.COPY_FS_STRUCT),
            own(words.SIGHAND, Fallible.COPY_SIGHAND),
            own(words.THREAD, Fallible.COPY_SIGNAL),
            both(task.mm, own(words.VM, Fallible.DUP_MM)),
            both(task.io_context, own(words.IO, Fallible.COPY_IO)),
            both(task.mempolicy, call.fails(Fallible.MPOL_DUP)),
            own(words.THREAD, Fallible.PREPARE_CREDS),
            undo,
            _on(call.kernel, TASK_EXEC_STATE, own(words.VM, Fallible.EXEC_STATE)),
            _on(call.kernel, FUTEX_HASH, hash_of_shared_mm),
        ),
        failed(outcome),
    )


@claims("P35n", source="kernel/nsproxy.c:create_new_namespaces",
        expect=holds(since=CGROUP_NAMESPACES))
def a_namespace_that_cannot_be_made_ends_the_call(call: Call, outcome: Outcome) -> Claim:
    """No task starts in fewer new namespaces than were asked for."""
    flags = call.args.flags
    steps = (
        (words.NEWNS, Fallible.COPY_MNT_NS),
        (words.NEWUTS, Fallible.COPY_UTSNAME),
        (words.NEWIPC, Fallible.COPY_IPCS),
        (words.NEWPID, Fallible.CREATE_PID_NAMESPACE),
        (words.NEWCGROUP, Fallible.COPY_CGROUP_NS),
        (words.NEWNET, Fallible.COPY_NET_NS),
        (words.NEWUSER, Fallible.ALLOC_USER_NS),
    )
    failing = [both(has(flags, flag), call.fails(step)) for flag, step in steps]
    time = both(has(flags, words.NEWTIME), call.fails(Fallible.COPY_TIME_NS))
    user = has(flags, words.NEWUSER)
    hook = both(user, call.fails(Fallible.SECURITY_CREATE_USER_NS))
    charge = both(user, call.fails(Fallible.SET_CRED_UCOUNTS))
    listed = words.NEW_NAMESPACES & ~words.NEWTIME
    return Claim(
        either(
            *failing,
            both(has_any(flags, listed), call.fails(Fallible.CREATE_NSPROXY)),
            _on(call.kernel, TIME_NAMESPACES, time),
            _on(call.kernel, SECURITY_CREATE_USER_NS, hook),
            _on(call.kernel, UCOUNTS_NPROC, charge),
        ),
        failed(outcome),
    )


@claims("P4An", source="kernel/ucount.c:inc_ucount", expect=holds(since=NAMESPACE_COUNTS))
def the_sysctls_of_namespaces_bound_every_creation(call: Call, outcome: Outcome) -> Claim:
    """user.max_*_namespaces: privileged or not, at the limit none is made."""
    flags, system = call.args.flags, call.system
    limits = (
        (words.NEWUSER, system.user_namespaces),
        (words.NEWPID, system.pid_namespaces),
        (words.NEWUTS, system.uts_namespaces),
        (words.NEWIPC, system.ipc_namespaces),
        (words.NEWNET, system.net_namespaces),
        (words.NEWNS, system.mnt_namespaces),
        (words.NEWCGROUP, system.cgroup_namespaces),
    )
    full = [
        both(has(flags, flag), no(signed_below(limit.count, limit.max))) for flag, limit in limits
    ]
    time = both(
        has(flags, words.NEWTIME),
        no(signed_below(system.time_namespaces.count, system.time_namespaces.max)),
    )
    return Claim(either(*full, _on(call.kernel, TIME_NAMESPACES, time)), failed(outcome))


@claims("P81m", source="kernel/user_namespace.c:create_user_ns", expect=holds())
def an_unmapped_creator_makes_no_user_namespace(call: Call, outcome: Outcome) -> Claim:
    """Its ids would have no name in the parent namespace."""
    cred = call.cred
    unmapped = no(both(cred.euid_mapped, cred.egid_mapped))
    return Claim(both(has(call.args.flags, words.NEWUSER), unmapped), failed(outcome))


@claims("P4Bp", source="kernel/fork.c:pidfd_prepare, copy_process", expect=holds(since=CLONE_PIDFD))
def a_pidfd_that_cannot_be_had_or_stored_ends_the_call(call: Call, outcome: Outcome) -> Claim:
    """No task without the descriptor that its maker asked for."""
    failing = _fails_at(call, Fallible.PIDFD_PREPARE, Fallible.PUT_PIDFD)
    return Claim(both(has(call.args.flags, words.PIDFD), failing), failed(outcome))


@claims("P15e", source="kernel/pid.c:alloc_pid", expect=holds())
def without_a_free_pid_no_task_is_made(call: Call, outcome: Outcome) -> Claim:
    """But for idle tasks, which have none; one that set_tid names is not looked for."""
    searched = both(call.fails(Fallible.PIDS_EXHAUSTED), call.args.set_tid_size == 0)
    failing = either(call.fails(Fallible.ALLOC_PID), searched)
    return Claim(both(no(call.args.idle), failing), failed(outcome))


@claims(
    "P96s",
    source="40966e316f86; kernel/kthread.c:set_kthread_struct",
    expect=holds(since=KTHREAD_STRUCT, until=REDHAT_KTHREAD_INHERITED),
)
def a_kernel_thread_has_its_struct(call: Call, outcome: Outcome) -> Claim:
    """copy_process() allocates struct kthread for each kernel thread (v5.17).

    By Red Hat's from 9.2 to 9.6 a helper is a kernel thread until it executes, and has none.
    """
    kthread = has(outcome.child.flags, words.PF_KTHREAD)
    return Claim(both(kthread, call.fails(Fallible.KTHREAD_STRUCT)), failed(outcome))


@claims("P4Dc", source=f"{_COPY}; c3ad2c3b02e9", expect=holds())
def a_signal_is_delivered_before_the_fork(call: Call, outcome: Outcome) -> Claim:
    """Pending at the beginning: no task, whoever asks; also task work before v5.11."""
    notified = both(no(call.kernel[FORK_DESPITE_NOTIFY_SIGNAL]), call.chance.notify_signal)
    return Claim(either(call.chance.signal_pending, notified), failed(outcome))


@claims(
    "P4Dn",
    source="66ae0d1e2d9f; 12db8b690010",
    expect=holds(since=FORK_DESPITE_NOTIFY_SIGNAL, needs=TIF_NOTIFY_SIGNAL),
)
def task_work_restarts_no_fork(call: Call, outcome: Outcome) -> Claim:
    """TIF_NOTIFY_SIGNAL is no signal: nobody has to handle one before the fork."""
    chance = call.chance
    alone = both(chance.notify_signal, no(chance.signal_pending))
    return Claim(alone, outcome.errno != int(words.Errno.ERESTARTNOINTR))


@claims("P43e", source="e426b64c412a; kernel/fork.c:copy_fs", expect=holds())
def nobody_joins_an_fs_struct_during_execve(call: Call, outcome: Outcome) -> Claim:
    """check_unsafe_exec() has counted its users; an idle task joins another one (v7.3)."""
    shared = has(call.args.flags, words.FS)
    other = outcome.child.fs_of_init
    return Claim(both(shared, call.current.fs_in_exec), either(failed(outcome), other))


@claims("P6Ad", source="kernel/sched/core.c:sched_fork", expect=holds(since=SCHED_DEADLINE))
def a_deadline_task_makes_no_task_without_reset_on_fork(call: Call, outcome: Outcome) -> Claim:
    """Bandwidth is admitted per task."""
    return Claim(call.current.deadline, failed(outcome))


@claims("P4Ai", source="kernel/nsproxy.c:copy_namespaces", expect=holds())
def no_task_shares_an_undo_list_from_another_ipc_namespace(call: Call, outcome: Outcome) -> Claim:
    """CLONE_NEWIPC with CLONE_SYSVSEM never makes a task."""
    return Claim(has(call.args.flags, words.NEWIPC | words.SYSVSEM), failed(outcome))


@claims(
    "P65v",
    source="kernel/vhost_task.c:vhost_task_create",
    expect=holds(needs=Entry.VHOST_TASK_CREATE),
)
def without_its_struct_no_vhost_task_is_made(call: Call, outcome: Outcome) -> Claim:
    """Nothing is created before there is something to return."""
    asked = both(through(call, Entry.VHOST_TASK_CREATE), call.fails(Fallible.VHOST_TASK_STRUCT))
    return Claim(asked, failed(outcome))
