"""Creation: the order in which faults are told, and that nothing else refuses a call.

clone(2) 6.03 ERRORS says what is wrong with a call; which of two faults is told is the order
of kernel/fork.c: clone3, kernel_clone, copy_process, stage by stage.  Allocations exclude
one another here, since chance lets one step fail at most.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, has, has_any, no, signed_below, when
from model.call import Call
from model.evaluate import Outcome
from model.patches import (
    CGROUP_NAMESPACES,
    COUNT_BEFORE_TEST,
    EXPLICIT_KTHREAD,
    FORK_DESPITE_NOTIFY_SIGNAL,
    FUTEX_HASH,
    FUTEX_HASH_FOR_VFORK,
    FUTEX_HASH_OF_SHARERS,
    IDLE_ROOT,
    IO_THREAD_GATE,
    IO_URING_FORK,
    KTHREAD_STRUCT,
    PIDNS_DIES_DURING_FORK,
    SCHED_DEADLINE,
    SCHED_EXT,
    SECURITY_TASK_ALLOC,
    SECURITY_TASK_CREATE_GONE,
    SIGNALS_BEFORE_FORK,
    TASK_EXEC_STATE,
    TIME_NAMESPACES,
    TIMENS_AT_EXEC,
    UCOUNTS_NPROC,
)
from model.request import Entry
from model.state import Fallible
from model.ucounts import caller_is_over, child_is_over, exempt
from model.words import (
    FILES,
    FS,
    IO,
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
    PF_KTHREAD,
    PF_POSTCOREDUMP,
    PF_SIGNALED,
    SIGHAND,
    SYSVSEM,
    THREAD,
    VFORK,
    VM,
    Errno,
    Flag,
)
from properties.claim import Claim, claims, holds
from properties.order import Fault, FaultOrder, any_failure, no_memory
from properties.order_of_arguments import clone3_struct, clone3_values, flags
from properties.order_of_namespaces import (
    Requested,
    mounts_to_ipc,
    pid_to_time,
    unprivileged,
    user_namespace,
)
from properties.order_of_pids import cgroup_descriptor, chosen_pids, pid_and_pidfd, pids_max
from properties.outcome import through

_COPY = "kernel/fork.c:copy_process"
EINVAL, EAGAIN, EINTR, ENOMEM = (
    int(one) for one in (Errno.EINVAL, Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM)
)


def _asks(call: Call, flag: int) -> Truth:
    return has(call.args.flags, flag)


def _owner(call: Call) -> list[Fault]:
    """Return what stops a worker's owner before it clones."""
    past = has_any(call.current.flags, PF_SIGNALED | PF_POSTCOREDUMP)
    gate = both(call.kernel[IO_THREAD_GATE], through(call, Entry.CREATE_IO_THREAD))
    return [
        Fault(EINTR, both(gate, past)),
        no_memory(call, Fallible.VHOST_TASK_STRUCT, through(call, Entry.VHOST_TASK_CREATE)),
    ]


def _task(call: Call) -> list[Fault]:
    """Return what is told before credentials are looked at."""
    chance, tested = call.chance, no(call.kernel[COUNT_BEFORE_TEST])
    notified = both(no(call.kernel[FORK_DESPITE_NOTIFY_SIGNAL]), chance.notify_signal)
    restart = both(call.kernel[SIGNALS_BEFORE_FORK], either(chance.signal_pending, notified))
    hook = no(call.kernel[SECURITY_TASK_CREATE_GONE])
    own_memory = no(_asks(call, VM))
    return [
        any_failure(call, Fallible.SECURITY_TASK_CREATE, hook),
        Fault(int(Errno.ERESTARTNOINTR), restart),
        no_memory(call, Fallible.DUP_TASK_STRUCT, True),
        no_memory(call, Fallible.EXEC_STATE, both(call.kernel[TASK_EXEC_STATE], own_memory)),
        Fault(EAGAIN, both(tested, caller_is_over(call), no(exempt(call)))),
    ]


def _credentials(call: Call) -> list[Fault]:
    """Return what copy_creds() tells, and the limits that are tested after it."""
    user, counted = _asks(call, NEWUSER), call.kernel[COUNT_BEFORE_TEST]
    own = either(no(_asks(call, THREAD)), call.cred.thread_keyring)
    charge = both(call.kernel[UCOUNTS_NPROC], user, call.fails(Fallible.SET_CRED_UCOUNTS))
    room = signed_below(call.system.nr_threads, call.system.max_threads)
    return [
        no_memory(call, Fallible.PREPARE_CREDS, own),
        *user_namespace(call, user),
        Fault(EAGAIN, charge),
        Fault(EAGAIN, both(counted, child_is_over(call), no(exempt(call)))),
        Fault(EAGAIN, no(room)),
    ]


def _kernel_thread(call: Call) -> Truth:
    """Return whether the child is a kernel thread: asked for, and before v5.19 inherited."""
    inherits = has(call.current.flags, PF_KTHREAD)
    return when(call.kernel[EXPLICIT_KTHREAD], call.args.kthread, inherits)


def _scheduler_to_files(call: Call) -> list[Fault]:
    """Return what is told from the scheduler to the file table."""
    kernel, task = call.kernel, call.current
    struct_fails = call.fails(Fallible.KTHREAD_STRUCT)
    kthread = both(kernel[KTHREAD_STRUCT], _kernel_thread(call), struct_fails)
    undo = both(_asks(call, SYSVSEM), no(task.undo_list))
    files = both(task.files, no(call.args.no_files), no(_asks(call, FILES)))
    return [
        no_memory(call, Fallible.IO_URING_FORK, kernel[IO_URING_FORK]),
        Fault(EAGAIN, kthread),
        no_memory(call, Fallible.MPOL_DUP, task.mempolicy),
        Fault(EAGAIN, both(kernel[SCHED_DEADLINE], task.deadline)),
        any_failure(call, Fallible.PERF_EVENT_INIT_TASK, True),
        no_memory(call, Fallible.AUDIT_ALLOC, True),
        any_failure(call, Fallible.SECURITY_TASK_ALLOC, kernel[SECURITY_TASK_ALLOC]),
        no_memory(call, Fallible.COPY_SEMUNDO, undo),
        any_failure(call, Fallible.DUP_FD, files),
    ]


def _root_to_memory(call: Call) -> list[Fault]:
    """Return what is told from fs_struct to the address space."""
    task, helper = call.current, call.args.umh
    idle = both(call.kernel[IDLE_ROOT], call.args.idle)
    return [
        Fault(EINVAL, both(helper, has_any(call.args.flags, FS | NEWNS))),
        Fault(EINVAL, both(helper, no(task.nsproxy.mnt_ns_is_initial))),
        Fault(EAGAIN, both(_asks(call, FS), task.fs_in_exec, no(idle))),
        no_memory(call, Fallible.COPY_FS_STRUCT, no(_asks(call, FS))),
        no_memory(call, Fallible.COPY_SIGHAND, no(_asks(call, SIGHAND))),
        no_memory(call, Fallible.COPY_SIGNAL, no(_asks(call, THREAD))),
        no_memory(call, Fallible.DUP_MM, both(task.mm, no(_asks(call, VM)))),
    ]


def _asked(call: Call) -> Requested:
    return Requested(
        user=_asks(call, NEWUSER),
        mounts=_asks(call, NEWNS),
        uts=_asks(call, NEWUTS),
        ipc=_asks(call, NEWIPC),
        pid=_asks(call, NEWPID),
        cgroup=both(call.kernel[CGROUP_NAMESPACES], _asks(call, NEWCGROUP)),
        net=_asks(call, NEWNET),
        time=both(call.kernel[TIME_NAMESPACES], _asks(call, NEWTIME)),
    )


def _namespaces(call: Call) -> list[Fault]:
    """Return what copy_namespaces() tells up to the IPC namespace."""
    asked = _asked(call)
    stays = both(call.kernel[TIMENS_AT_EXEC], _asks(call, VM))
    pending = no(call.current.nsproxy.time_for_children_is_active)
    needed = either(asked.any_but_user, both(pending, no(stays)))
    return [
        unprivileged(call, asked),
        Fault(EINVAL, both(_asks(call, NEWIPC), _asks(call, SYSVSEM))),
        no_memory(call, Fallible.CREATE_NSPROXY, needed),
        *mounts_to_ipc(call, asked),
    ]


def _more_namespaces(call: Call) -> list[Fault]:
    """Return what copy_namespaces() tells from the pid namespace on."""
    return pid_to_time(call, _asked(call))


def _registers_and_pids(call: Call) -> list[Fault]:
    """Return what is told of I/O context, registers and the pids asked for."""
    io = both(call.current.io_context, no(_asks(call, IO)))
    return [
        no_memory(call, Fallible.COPY_IO, io),
        any_failure(call, Fallible.COPY_THREAD, True),
        *chosen_pids(call),
    ]


def _hashed(call: Call) -> Truth:
    """Return whether a sharer of memory has a futex hash made: a thread, since v7.1 others."""
    others = either(no(_asks(call, VFORK)), call.kernel[FUTEX_HASH_FOR_VFORK])
    return when(call.kernel[FUTEX_HASH_OF_SHARERS], others, _asks(call, THREAD))


def _publication(call: Call) -> list[Fault]:
    """Return what is told last: pids.max, the scheduler, and what happened meanwhile."""
    kernel, chance = call.kernel, call.chance
    shared = both(kernel[FUTEX_HASH], call.current.mm, _asks(call, VM), _hashed(call))
    late = no(kernel[SIGNALS_BEFORE_FORK])
    restart = both(late, either(chance.signal_pending, chance.fatal_signal))
    dies = both(kernel[PIDNS_DIES_DURING_FORK], no(call.args.idle), chance.pid_ns_dies)
    return [
        pids_max(call),
        any_failure(call, Fallible.SCHED_CGROUP_FORK, kernel[SCHED_EXT]),
        no_memory(call, Fallible.FUTEX_HASH, shared),
        Fault(int(Errno.ERESTARTNOINTR), restart),
        Fault(ENOMEM, dies),
        Fault(EINTR, chance.fatal_signal),
    ]


ORDER = FaultOrder(
    (
        clone3_struct,
        clone3_values,
        _owner,
        flags,
        _task,
        _credentials,
        _scheduler_to_files,
        _root_to_memory,
        _namespaces,
        _more_namespaces,
        _registers_and_pids,
        pid_and_pidfd,
        cgroup_descriptor,
        _publication,
    )
)
"""What refuses a creating call, in the kernel's order."""


@claims("C20", source=f"{_COPY}; clone(2) 6.03 ERRORS", expect=holds())
def a_creation_with_nothing_wrong_succeeds(call: Call, outcome: Outcome) -> Claim:
    """No fault of the list below: success, by every entry point, for everybody."""
    return ORDER.succeeds(call, outcome)


@claims("C21", source="kernel/fork.c:copy_clone_args_from_user; clone(2) 6.03 ERRORS",
        expect=holds(needs=Entry.CLONE3))
def the_struct_of_clone3_is_read_before_all_else(call: Call, outcome: Outcome) -> Claim:
    """Its size E2BIG or EINVAL, unknown bytes E2BIG, EFAULT, then its values, then set_tid."""
    return ORDER.told(call, outcome, 0)


@claims("C22", source="kernel/fork.c:clone3_args_valid", expect=holds(needs=Entry.CLONE3))
def values_that_clone3_does_not_take_are_einval(call: Call, outcome: Outcome) -> Claim:
    """Unknown and reserved flags, an exit signal in vain, a stack outside user memory."""
    return ORDER.told(call, outcome, 1)


@claims("C23", source="kernel/fork.c:create_io_thread; kernel/vhost_task.c:vhost_task_create",
        expect=holds(needs=Entry.VHOST_TASK_CREATE))
def a_worker_needs_a_living_owner_and_its_struct_first(call: Call, outcome: Outcome) -> Claim:
    """EINTR past the fatal signal (io workers, v7.4), ENOMEM without struct vhost_task."""
    return ORDER.told(call, outcome, 2)


@claims("C24", source=f"kernel/fork.c:kernel_clone; {_COPY}; clone(2) 6.03 ERRORS", expect=holds())
def flags_that_do_not_go_together_are_told_before_anything_is_copied(
    call: Call, outcome: Outcome
) -> Claim:
    """EINVAL; EPERM of Debian's sysctl after the shared root, of autokill after all others."""
    return ORDER.told(call, outcome, 3)


@claims("C25", source=_COPY, expect=holds())
def a_signal_is_told_before_any_shortage(call: Call, outcome: Outcome) -> Claim:
    """ERESTARTNOINTR, ENOMEM for the task and its exec state, (before v5.17) the limit: EAGAIN."""
    return ORDER.told(call, outcome, 4)


@claims("C26", source=f"kernel/cred.c:copy_creds; {_COPY}; 8f2f9c4d82f2", expect=holds())
def credentials_are_told_of_before_the_limits_of_tasks(call: Call, outcome: Outcome) -> Claim:
    """ENOMEM, the new user namespace, its charge EAGAIN; RLIMIT_NPROC, threads-max: EAGAIN."""
    return ORDER.told(call, outcome, 5)


@claims("C27", source=_COPY, expect=holds())
def what_is_copied_first_is_told_first(call: Call, outcome: Outcome) -> Claim:
    """Kthread struct EAGAIN, policy, deadline EAGAIN, perf, audit, security, undo list, files."""
    return ORDER.told(call, outcome, 6)


@claims("C28", source="kernel/fork.c:copy_fs, copy_sighand, copy_signal, copy_mm", expect=holds())
def root_handlers_signals_and_memory_are_told_next(call: Call, outcome: Outcome) -> Claim:
    """EINVAL for a helper (v7.3), EAGAIN for a sharer inside execve(2); ENOMEM without memory."""
    return ORDER.told(call, outcome, 7)


@claims("C29", source="kernel/nsproxy.c:copy_namespaces, create_new_namespaces", expect=holds())
def the_right_to_new_namespaces_is_tested_once_memory_is_copied(
    call: Call, outcome: Outcome
) -> Claim:
    """EPERM, EINVAL for a shared undo list, then mount, UTS and IPC namespace."""
    return ORDER.told(call, outcome, 8)


@claims("C30", source="kernel/nsproxy.c:create_new_namespaces", expect=holds())
def pid_cgroup_net_and_time_namespaces_are_made_in_this_order(
    call: Call, outcome: Outcome
) -> Claim:
    """As in unshare(): EINVAL, ENOSPC for depth and every sysctl, ENOMEM or the step's error."""
    return ORDER.told(call, outcome, 9)


@claims("C31", source="kernel/pid.c:alloc_pid; clone(2) 6.03 the set_tid array", expect=holds())
def pids_asked_for_are_told_of_innermost_first(call: Call, outcome: Outcome) -> Claim:
    """EINVAL, EPERM, EEXIST for each; since v7.0 all are looked at before one is taken."""
    return ORDER.told(call, outcome, 10)


@claims("C32", source=f"kernel/pid.c:alloc_pid; {_COPY}", expect=holds())
def a_pid_is_had_before_its_pidfd(call: Call, outcome: Outcome) -> Claim:
    """EAGAIN without a free one, ENOMEM without an init, then the pidfd's error or EFAULT."""
    return ORDER.told(call, outcome, 11)


@claims("C33", source="kernel/cgroup/cgroup.c:cgroup_css_set_fork; clone(2) 6.03 ERRORS",
        expect=holds(needs=Flag.INTO_CGROUP))
def a_cgroup_is_found_then_permitted_then_fit(call: Call, outcome: Outcome) -> Claim:
    """EBADF, ENOENT, ENODEV; EACCES, ENOENT; EOPNOTSUPP, EBUSY, EOPNOTSUPP; ENOMEM."""
    return ORDER.told(call, outcome, 12)


@claims("C34", source=f"{_COPY}; kernel/cgroup/pids.c:pids_can_fork", expect=holds())
def what_happened_meanwhile_is_told_last(call: Call, outcome: Outcome) -> Claim:
    """pids.max EAGAIN, the scheduler, the futex hash; a dying namespace ENOMEM, SIGKILL EINTR."""
    return ORDER.told(call, outcome, 13)
