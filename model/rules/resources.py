"""What copy_process() copies or shares: rejections from the scheduler to the registers."""

from __future__ import annotations

from model import words
from model.algebra import Truth, both, has, has_any, no, when
from model.call import Call
from model.patches import (
    EXPLICIT_KTHREAD,
    IDLE_ROOT,
    IO_URING_FORK,
    KTHREAD_STRUCT,
    SCHED_DEADLINE,
    SECURITY_TASK_ALLOC,
    TASK_EXEC_STATE,
    UMH_ROOT,
    WITHOUT_IO_URING,
    WITHOUT_SECURITY,
    WITHOUT_SYSVIPC,
)
from model.rows import rejects
from model.rules.creds import any_error
from model.state import Fallible
from model.words import Errno


def _unless_shared(call: Call, flag: int, step: Fallible) -> Truth:
    return both(no(has(call.args.flags, flag)), call.fails(step))


@rejects(Errno.ENOMEM, at="kernel/exec_state.c:task_exec_state_copy", since=TASK_EXEC_STATE)
def exec_state_cannot_be_copied(call: Call) -> Truth:
    """No memory for the task_exec_state of a child without CLONE_VM."""
    return _unless_shared(call, words.VM, Fallible.EXEC_STATE)


@rejects(
    Errno.ENOMEM,
    at="kernel/fork.c:copy_process",
    since=IO_URING_FORK,
    until=WITHOUT_IO_URING,
)
def io_uring_restrictions_cannot_be_copied(call: Call) -> Truth:
    """No memory for the task's io_uring restrictions (v7.1)."""
    return call.fails(Fallible.IO_URING_FORK)


@rejects(Errno.EAGAIN, at="kernel/fork.c:copy_process", since=KTHREAD_STRUCT)
def kthread_struct_cannot_be_allocated(call: Call) -> Truth:
    """No memory for struct kthread; the errno is left over from the max_threads test.

    v5.17 asked for PF_KTHREAD in the child, which inherits it; v5.19 for args->kthread.
    """
    inherits = has(call.current.flags, words.PF_KTHREAD)
    kthread = when(call.kernel[EXPLICIT_KTHREAD], call.args.kthread, inherits)
    return both(kthread, call.fails(Fallible.KTHREAD_STRUCT))


@rejects(Errno.ENOMEM, at="mm/mempolicy.c:mpol_dup")
def memory_policy_cannot_be_copied(call: Call) -> Truth:
    """No memory for the NUMA policy."""
    return both(call.current.mempolicy, call.fails(Fallible.MPOL_DUP))


@rejects(Errno.EAGAIN, at="kernel/sched/core.c:sched_fork", since=SCHED_DEADLINE)
def deadline_task_forks_without_reset(call: Call) -> Truth:
    """SCHED_DEADLINE without reset-on-fork."""
    return call.current.deadline


@rejects(any_error, at="kernel/events/core.c:perf_event_init_task")
def perf_events_cannot_be_inherited(call: Call) -> Truth:
    """perf_event_init_task() fails."""
    return call.fails(Fallible.PERF_EVENT_INIT_TASK)


@rejects(Errno.ENOMEM, at="kernel/auditsc.c:audit_alloc")
def audit_context_cannot_be_allocated(call: Call) -> Truth:
    """No memory for the audit context."""
    return call.fails(Fallible.AUDIT_ALLOC)


@rejects(
    any_error,
    at="security/security.c:security_task_alloc",
    since=SECURITY_TASK_ALLOC,
    until=WITHOUT_SECURITY,
)
def security_module_refuses_the_task(call: Call) -> Truth:
    """security_task_alloc() says no."""
    return call.fails(Fallible.SECURITY_TASK_ALLOC)


@rejects(Errno.ENOMEM, at="ipc/sem.c:copy_semundo", until=WITHOUT_SYSVIPC)
def undo_list_cannot_be_allocated(call: Call) -> Truth:
    """CLONE_SYSVSEM makes a shared undo list where none was."""
    return both(
        has(call.args.flags, words.SYSVSEM),
        no(call.current.undo_list),
        call.fails(Fallible.COPY_SEMUNDO),
    )


def duplicates_files(call: Call) -> Truth:
    """Return whether dup_fd() is reached."""
    return both(call.current.files, no(call.args.no_files), no(has(call.args.flags, words.FILES)))


@rejects(any_error, at="kernel/fork.c:copy_files")
def file_table_cannot_be_copied(call: Call) -> Truth:
    """dup_fd() fails (ENOMEM or EMFILE)."""
    return both(duplicates_files(call), call.fails(Fallible.DUP_FD))


@rejects(Errno.EINVAL, at="kernel/fork.c:copy_fs", since=UMH_ROOT)
def helper_would_share_the_root_of_init(call: Call) -> Truth:
    """user_mode_thread() with CLONE_FS, or with CLONE_NEWNS, whose mounts init's root is not in."""
    return both(call.args.umh, has_any(call.args.flags, words.FS | words.NEWNS))


@rejects(Errno.EINVAL, at="kernel/fork.c:copy_fs", since=UMH_ROOT)
def helper_is_made_in_a_mount_namespace_of_its_own(call: Call) -> Truth:
    """user_mode_thread() by a caller that is not in init_mnt_ns."""
    return both(call.args.umh, no(call.current.nsproxy.mnt_ns_is_initial))


def idle_tasks_root(call: Call) -> Truth:
    """Return whether the root is init_fs, for an idle task (v7.3)."""
    return both(call.kernel[IDLE_ROOT], call.args.idle, no(call.args.umh))


@rejects(Errno.EAGAIN, at="kernel/fork.c:copy_fs")
def sharer_of_the_root_is_inside_execve(call: Call) -> Truth:
    """CLONE_FS while fs->in_exec of the caller's is set; init_fs never is in execve()."""
    callers = no(idle_tasks_root(call))
    return both(has(call.args.flags, words.FS), callers, call.current.fs_in_exec)


@rejects(Errno.ENOMEM, at="kernel/fork.c:copy_fs")
def fs_struct_cannot_be_copied(call: Call) -> Truth:
    """No memory for fs_struct."""
    return _unless_shared(call, words.FS, Fallible.COPY_FS_STRUCT)


@rejects(Errno.ENOMEM, at="kernel/fork.c:copy_sighand")
def signal_handlers_cannot_be_copied(call: Call) -> Truth:
    """No memory for sighand_struct."""
    return _unless_shared(call, words.SIGHAND, Fallible.COPY_SIGHAND)


@rejects(Errno.ENOMEM, at="kernel/fork.c:copy_signal")
def signal_struct_cannot_be_allocated(call: Call) -> Truth:
    """No memory for signal_struct."""
    return _unless_shared(call, words.THREAD, Fallible.COPY_SIGNAL)


@rejects(Errno.ENOMEM, at="kernel/fork.c:copy_mm")
def address_space_cannot_be_copied(call: Call) -> Truth:
    """dup_mm() fails."""
    return both(call.current.mm, _unless_shared(call, words.VM, Fallible.DUP_MM))


@rejects(Errno.ENOMEM, at="block/blk-ioc.c:__copy_io")
def io_context_cannot_be_allocated(call: Call) -> Truth:
    """The caller's I/O priority cannot be copied."""
    return both(call.current.io_context, _unless_shared(call, words.IO, Fallible.COPY_IO))


@rejects(any_error, at="arch/x86/kernel/process.c:copy_thread")
def registers_cannot_be_set_up(call: Call) -> Truth:
    """copy_thread() fails (CLONE_SETTLS with a bad address, shadow stack, …)."""
    return call.fails(Fallible.COPY_THREAD)
