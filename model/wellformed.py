"""What every real state satisfies: the assumptions under which calls are considered.

Each assumption is one named function; a proof rests on all of them, so they are few and
each says why it holds.
"""

from __future__ import annotations

from collections.abc import Callable

from model import words
from model.algebra import (
    Truth,
    Word,
    at_most,
    below,
    both,
    either,
    has,
    implies,
    is_one_of,
    no,
    signed_below,
)
from model.built import AS_BUILT
from model.call import Situation
from model.due import truth
from model.entries import CREATORS, SYSCALLS, args_of, available, from_one_of, initialised
from model.kernel import Kernel
from model.patches import (
    CGROUP_NAMESPACES,
    CLONE_AUTOREAP,
    CLONE_INTO_CGROUP,
    EXPLICIT_KTHREAD,
    IO_THREAD,
    PLUG_TIME,
    TIF_NOTIFY_SIGNAL,
    TIME_NAMESPACES,
    USER_WORKER,
)
from model.request import Entry
from model.state import Cred, Reach

Assumption = Callable[[Kernel, Situation], Truth]

ASSUMPTIONS: list[Assumption] = []

_DEADLY = words.ALL_SIGNALS & ~words.WORKER_BLOCKED
_NAMESPACE_TYPES = tuple(
    int(bit) for bit in words.Flag if bit & (words.NEW_NAMESPACES | words.NEWUSER)
)


def assumes(function: Assumption) -> Assumption:
    """Register an assumption."""
    ASSUMPTIONS.append(function)
    return function


@assumes
def the_kernel_has_the_entry_point(kernel: Kernel, start: Situation) -> Truth:
    """create_io_thread() cannot be called before v5.12, and so on."""
    return available(kernel, start.request)


@assumes
def numbers_are_within_their_range(_kernel: Kernel, start: Situation) -> Truth:
    """Enumerations hold one of their values; capability sets only capabilities."""
    task, chance = start.current, start.chance
    ns = task.pid_ns
    reaches = (ns.user_ns_reach, ns.parent_reach, ns.grandparent_reach)
    target = start.request.target
    return both(
        at_most(target.file, 3),
        *(at_most(reach, 2) for reach in (*reaches, target.user_ns_reach)),
        at_most(chance.cgroup_killed, 2),
        at_most(task.seccomp_mode, 2),
        at_most(ns.level, words.MAX_PID_NS_LEVEL),
        _sane_cred(task.real_cred),
        _sane_cred(task.cred),
    )


def _sane_cred(cred: Cred) -> Truth:
    initial = cred.user_ns.level == 0
    return both(
        at_most(cred.cap_effective, words.CAP_FULL_SET),
        at_most(cred.user_ns.level, words.MAX_USER_NS_PARENT_LEVEL + 1),
        implies(initial, both(cred.euid_mapped, cred.egid_mapped)),
        implies(initial, cred.user_ns.nproc_max == 2**63 - 1),
        implies(at_most(cred.user_ns.level, 1), cred.user_ns.nproc_max_parent == 2**63 - 1),
    )


@assumes
def flags_of_tasks_exist_in_the_kernel(kernel: Kernel, start: Situation) -> Truth:
    """PF_BLOCK_TS came with 06b23f92af87 (v6.9), TIF_NOTIFY_SIGNAL with 12db8b690010 (v5.11)."""
    return both(
        implies(has(start.current.flags, words.PF_BLOCK_TS), kernel[PLUG_TIME]),
        implies(start.chance.notify_signal, kernel[TIF_NOTIFY_SIGNAL]),
    )


@assumes
def no_kill_goes_on_during_a_fork_into_a_cgroup(kernel: Kernel, start: Situation) -> Truth:
    """cgroup_css_set_fork() takes cgroup_mutex for CLONE_INTO_CGROUP, before it counts kills.

    cgroup_post_fork() gives it back; cgroup_kill_write() holds it, too (kernel/cgroup/cgroup.c).
    """
    into = has(args_of(kernel, start.request).flags, words.INTO_CGROUP)
    return implies(both(kernel[CLONE_INTO_CGROUP], into), start.chance.cgroup_killed == 0)


@assumes
def a_failing_step_has_an_error_it_can_have(_kernel: Kernel, start: Situation) -> Truth:
    """Hooks and allocations fail with these errors."""
    errors = (
        words.Errno.EPERM,
        words.Errno.EINTR,
        words.Errno.EAGAIN,
        words.Errno.ENOMEM,
        words.Errno.EACCES,
        words.Errno.EEXIST,
        words.Errno.EINVAL,
        words.Errno.ENFILE,
        words.Errno.EMFILE,
        words.Errno.ENOSPC,
    )
    return is_one_of(start.chance.errno, tuple(int(error) for error in errors))


@assumes
def system_calls_come_from_user_tasks(_kernel: Kernel, start: Situation) -> Truth:
    """A kernel thread, an idle task or a worker never makes a system call."""
    workers = words.PF_KTHREAD | words.PF_USER_WORKER | words.PF_IO_WORKER | words.PF_IDLE
    task = start.current
    quiet = both(
        (task.flags & workers) == 0,
        task.mm,
        task.files,
        (task.flags & (words.PF_SIGNALED | words.PF_POSTCOREDUMP)) == 0,
        (task.sighand.ignored & _DEADLY) == 0,
        (task.sighand.caught & _DEADLY) == 0,
        (task.blocked & _DEADLY) == 0,
    )
    user = from_one_of(start.request, (*SYSCALLS, Entry.UNSHARE, Entry.SETNS))
    return implies(user, quiet)


@assumes
def workers_are_made_by_user_tasks(_kernel: Kernel, start: Situation) -> Truth:
    """io_uring and vhost create workers for a process with memory and killable as any."""
    makers = from_one_of(
        start.request,
        (Entry.CREATE_IO_THREAD, Entry.VHOST_TASK_CREATE, Entry.VHOST_SET_OWNER),
    )
    task = start.current
    return implies(
        makers,
        both(
            no(has(task.flags, words.PF_KTHREAD)),
            task.mm,
            ((task.sighand.ignored | task.sighand.caught) & _DEADLY) == 0,
        ),
    )


@assumes
def worker_flags_are_as_old_as_the_kernel(kernel: Kernel, start: Situation) -> Truth:
    """PF_IO_WORKER came with v5.12, PF_USER_WORKER with the series; then io workers have both."""
    flags = start.current.flags
    io_worker = has(flags, words.PF_IO_WORKER)
    user_worker = has(flags, words.PF_USER_WORKER)
    return both(
        either(no(io_worker), kernel[IO_THREAD]),
        either(no(user_worker), kernel[USER_WORKER]),
        implies(both(kernel[USER_WORKER], io_worker), user_worker),
    )


@assumes
def an_idle_task_is_no_thread(kernel: Kernel, start: Situation) -> Truth:
    """Only fork_idle() passes init_struct_pid, for and from a kernel thread, while booting."""
    request = start.request
    flags = words.THREAD | words.PARENT | words.NEWPID | words.PIDFD
    generic = both(request.entry == int(Entry.COPY_PROCESS), request.idle)
    made = either(no(kernel[EXPLICIT_KTHREAD]), initialised(kernel, request.kthread))
    return both(
        implies(
            either(generic, request.entry == int(Entry.FORK_IDLE)),
            has(start.current.flags, words.PF_KTHREAD),
        ),
        implies(generic, both((request.flags & flags) == 0, made)),
    )


@assumes
def handlers_are_ignored_or_caught_not_both(_kernel: Kernel, start: Situation) -> Truth:
    """A signal has one disposition."""
    sighand = start.current.sighand
    return (sighand.ignored & sighand.caught) == 0


@assumes
def sharers_include_the_threads(_kernel: Kernel, start: Situation) -> Truth:
    """Threads of a group share handlers and memory; every count includes the caller."""
    task = start.current
    threads = task.signal.nr_threads
    return both(
        at_most(1, threads),
        at_most(threads, task.sighand.count),
        either(no(task.mm), at_most(task.sighand.count, task.mm_users)),
        at_most(1, task.fs_users),
        at_most(1, task.files_count),
    )


@assumes
def inits_have_their_namespace(_kernel: Kernel, start: Situation) -> Truth:
    """A caller lives in a pid namespace whose init was made and, if active, has not died."""
    task = start.current
    ns = task.pid_ns
    active = task.nsproxy.pid_for_children_is_active
    return both(
        implies(active, both(ns.child_reaper, ns.adding)),
        implies(no(ns.adding), ns.child_reaper),
        implies(no(active), below(0, ns.level)),
    )


@assumes
def targets_of_setns_are_consistent(kernel: Kernel, start: Situation) -> Truth:
    """A namespace file has one type; one's own namespaces are within reach.

    Nothing lies outside init_user_ns.
    """
    target, level = start.request.target, start.current.real_cred.user_ns.level
    outside = either(target.user_ns_reach == int(Reach.OUTSIDE), target.owners_outside != 0)
    return both(
        is_one_of(target.type, _NAMESPACE_TYPES),
        either(target.type != words.NEWTIME, kernel[TIME_NAMESPACES]),
        either(target.type != words.NEWCGROUP, kernel[CGROUP_NAMESPACES]),
        implies(target.active_pid_ns, target.descendant_pid_ns),
        implies(level == 0, no(outside)),
    )


@assumes
def credentials_are_changed_outside_override_creds(_kernel: Kernel, start: Situation) -> Truth:
    """commit_creds() BUGs where the subjective cred is not the objective one."""
    changes = from_one_of(start.request, (Entry.UNSHARE, Entry.SETNS))
    return implies(changes, no(start.current.overridden))


@assumes
def only_new_kernels_have_autoreaped_callers(kernel: Kernel, start: Situation) -> Truth:
    """signal->autoreap came with CLONE_AUTOREAP."""
    return implies(start.current.signal.autoreap, kernel[CLONE_AUTOREAP])


@assumes
def only_kernels_with_time_namespaces_have_pending_ones(kernel: Kernel, start: Situation) -> Truth:
    """unshare(CLONE_NEWTIME) needs v5.6."""
    return either(start.current.nsproxy.time_for_children_is_active, kernel[TIME_NAMESPACES])


@assumes
def limits_are_not_negative(_kernel: Kernel, start: Situation) -> Truth:
    """Counts of namespaces, threads and pids never leave the positive range.

    Of the limits that they are compared with nothing is assumed.
    """
    system, group = start.system, start.current.cgroup
    counts = [system.nr_threads]
    for name in ("user", "pid", "uts", "ipc", "net", "mnt", "cgroup", "time"):
        counts.append(getattr(system, f"{name}_namespaces").count)
    target = start.request.cgroup_target.group
    return both(
        *(no(signed_below(count, 0)) for count in counts),
        *(_small(one) for one in (group.pids, target.pids)),
        no(signed_below(start.current.signal.leader_exit_signal, 0)),
    )


def _small(count: Word) -> Truth:
    return both(no(signed_below(count, 0)), no(signed_below(2**62, count)))


ASSUMPTIONS += AS_BUILT


def well_formed(kernel: Kernel, start: Situation) -> Truth:
    """Return whether a call can be made at all from this state on this kernel."""
    held = []
    for assumption in kernel.read(ASSUMPTIONS):
        holds = assumption(kernel, start)
        if holds is False:
            return False
        if holds is not True:
            held.append(truth(holds, assumption, "an assumption"))
    return both(*held)


def creates(start: Situation) -> Truth:
    """Return whether the request is one of the entry points into copy_process()."""
    return from_one_of(start.request, CREATORS)
