"""kernel/fork.c:copy_process() as one ordered table, and its ladder of error labels.

Read this beside the C: rejections and acquisitions stand in the kernel's order; the order
decides which errno wins and what an error path must give back.
"""

from __future__ import annotations

from model.algebra import Truth, both, has, has_any, no
from model.call import Call
from model.new_namespaces import BACK_OUT, making_namespaces
from model.patches import (
    COUNT_BEFORE_TEST,
    EXIT_THREAD,
    FILES_AFTER_SCHED,
    IO_THREAD_GATE,
    NAMESPACE_COUNTS,
    SCHED_EXT,
    SIGNALS_BEFORE_FORK,
)
from model.request import Entry
from model.rows import (
    Condition,
    GivenBack,
    Row,
    gives_back,
    hands_over,
    happens,
    rejects,
    takes,
)
from model.rules import cgroup, clone3, creds, flags, namespaces, pid, resources
from model.state import Fallible
from model.words import PF_POSTCOREDUMP, PF_SIGNALED, SIGHAND, SYSVSEM, THREAD, Errno

_COPY = "kernel/fork.c:copy_process"
_USER = "kernel/user_namespace.c:create_user_ns"


@rejects(Errno.EINTR, at="kernel/fork.c:create_io_thread", since=IO_THREAD_GATE)
def creator_of_an_io_thread_is_past_its_fatal_signal(call: Call) -> Truth:
    """create_io_thread() by a task that is dying or was counted for a core dump."""
    return both(
        call.request.entry == int(Entry.CREATE_IO_THREAD),
        has_any(call.current.flags, PF_SIGNALED | PF_POSTCOREDUMP),
    )


@rejects(Errno.ENOMEM, at="kernel/vhost_task.c:vhost_task_create")
def vhost_task_struct_cannot_be_allocated(call: Call) -> Truth:
    """vhost_task_create() has no memory for its struct vhost_task."""
    return both(
        call.request.entry == int(Entry.VHOST_TASK_CREATE), call.fails(Fallible.VHOST_TASK_STRUCT)
    )


def _own(flag: int) -> Condition:
    def condition(call: Call) -> Truth:
        return no(has(call.args.flags, flag))

    return condition


def _asked(flag: int) -> Condition:
    def condition(call: Call) -> Truth:
        return has(call.args.flags, flag)

    return condition


def _has_files(call: Call) -> Truth:
    return both(call.current.files, no(call.args.no_files))


def _has_mm(call: Call) -> Truth:
    return call.current.mm


def _has_io_context(call: Call) -> Truth:
    return call.current.io_context


def _own_nsproxy(call: Call) -> Truth:
    return no(namespaces.shares_nsproxy(call))


def _has_user_ns(call: Call) -> Truth:
    return creds.wants_user_ns(call)


CHARGE = "nproc charge"
FORGETS_EXCESS = "PF_NPROC_EXCEEDED is cleared on the caller"
IGNORES_SHARED = "the handlers that the caller shares with the child are set to SIG_IGN"
PIDFD_STORED = "the pidfd's number is in the caller's memory"
UNDO_LIST_MADE = "the caller has an undo list"


def _counts_before_testing(call: Call) -> Truth:
    return call.kernel[COUNT_BEFORE_TEST]


def _tests_before_counting(call: Call) -> Truth:
    return no(call.kernel[COUNT_BEFORE_TEST])


def _ignores_shared(call: Call) -> Truth:
    return both(call.args.ignore_signals, has(call.args.flags, SIGHAND))


_FAIL_DEC = ("create_user_ns.fail_dec", "copy_creds.error_put", "bad_fork_free")
_ERROR_PUT = ("copy_creds.error_put", "bad_fork_free")

TABLE: list[Row] = [
    *clone3.CLONE3,
    creator_of_an_io_thread_is_past_its_fatal_signal,
    vhost_task_struct_cannot_be_allocated,
    *flags.KERNEL_CLONE,
    *flags.FLAGS,
    creds.security_module_refuses_to_fork,
    takes("delayed signals", at=_COPY, condition=_own(THREAD), since=SIGNALS_BEFORE_FORK),
    creds.signal_is_pending_before_the_fork.to("fork_out"),
    creds.task_struct_cannot_be_allocated.to("fork_out"),
    takes("task_struct", at="kernel/fork.c:dup_task_struct"),
    resources.exec_state_cannot_be_copied.to("bad_fork_free"),
    creds.caller_is_over_its_process_limit.to("bad_fork_free"),
    happens(FORGETS_EXCESS, at=_COPY, condition=_tests_before_counting),
    creds.credentials_cannot_be_copied.to("bad_fork_free"),
    takes("cred", at="kernel/cred.c:prepare_creds"),
    creds.kernel_has_no_user_namespaces.to(*_ERROR_PUT),
    creds.user_namespaces_nest_too_deep_for_users.to(*_ERROR_PUT),
    creds.user_namespaces_nest_too_deep.to(*_ERROR_PUT),
    creds.user_namespaces_are_turned_off.to(*_ERROR_PUT),
    creds.too_many_user_namespaces.to(*_ERROR_PUT),
    takes("user namespace count", at=_USER, condition=_has_user_ns, since=NAMESPACE_COUNTS),
    creds.chrooted_caller_wants_a_user_namespace.to(*_FAIL_DEC),
    creds.creator_is_not_mapped_in_its_namespace.to(*_FAIL_DEC),
    creds.security_module_refuses_the_user_namespace.to(*_FAIL_DEC),
    creds.user_namespace_cannot_be_allocated.to(*_FAIL_DEC),
    hands_over("user namespace count", at=_USER),
    takes("user namespace", at=_USER, condition=_has_user_ns),
    creds.ucounts_of_the_new_namespace_cannot_be_had.to(*_ERROR_PUT),
    takes(CHARGE, at="kernel/cred.c:copy_creds"),
    creds.child_would_exceed_a_process_limit.to("bad_fork_cleanup_count"),
    happens(FORGETS_EXCESS, at=_COPY, condition=_counts_before_testing),
    creds.machine_has_all_the_threads_it_may.to("bad_fork_cleanup_count"),
    takes("delay accounting", at=_COPY),
    resources.io_uring_restrictions_cannot_be_copied.to("bad_fork_cleanup_delayacct"),
    resources.kthread_struct_cannot_be_allocated.to("bad_fork_cleanup_delayacct"),
    resources.memory_policy_cannot_be_copied.to("bad_fork_cleanup_delayacct"),
    takes("memory policy", at=_COPY),
    resources.deadline_task_forks_without_reset.to("bad_fork_cleanup_policy"),
    takes("scheduler hook", at="kernel/sched/core.c:sched_fork", since=SCHED_EXT),
    resources.perf_events_cannot_be_inherited.to("bad_fork_sched_cancel_fork"),
    takes("perf events", at=_COPY),
    resources.audit_context_cannot_be_allocated.to("bad_fork_cleanup_perf"),
    takes("audit context", at=_COPY),
    resources.security_module_refuses_the_task.to("bad_fork_cleanup_audit"),
    takes("security blob", at=_COPY),
    resources.undo_list_cannot_be_allocated.to("bad_fork_cleanup_security"),
    takes("undo list", at="ipc/sem.c:copy_semundo", condition=_asked(SYSVSEM)),
    happens(UNDO_LIST_MADE, at="ipc/sem.c:get_undo_list", condition=_asked(SYSVSEM)),
    resources.file_table_cannot_be_copied.to("bad_fork_cleanup_semundo"),
    takes("files", at="kernel/fork.c:copy_files", condition=_has_files),
    resources.helper_would_share_the_root_of_init.to("bad_fork_cleanup_files"),
    resources.helper_is_made_in_a_mount_namespace_of_its_own.to("bad_fork_cleanup_files"),
    resources.sharer_of_the_root_is_inside_execve.to("bad_fork_cleanup_files"),
    resources.fs_struct_cannot_be_copied.to("bad_fork_cleanup_files"),
    takes("fs", at="kernel/fork.c:copy_fs"),
    resources.signal_handlers_cannot_be_copied.to("bad_fork_cleanup_fs"),
    takes("sighand", at="kernel/fork.c:copy_sighand"),
    resources.signal_struct_cannot_be_allocated.to("bad_fork_cleanup_sighand"),
    takes("signal", at="kernel/fork.c:copy_signal", condition=_own(THREAD)),
    resources.address_space_cannot_be_copied.to("bad_fork_cleanup_signal"),
    takes("mm", at="kernel/fork.c:copy_mm", condition=_has_mm),
    namespaces.new_namespace_without_cap_sys_admin.to("bad_fork_cleanup_mm"),
    namespaces.undo_list_is_shared_across_ipc_namespaces.to("bad_fork_cleanup_mm"),
    namespaces.nsproxy_cannot_be_allocated.to("bad_fork_cleanup_mm"),
    *making_namespaces(_own_nsproxy, on_error="bad_fork_cleanup_mm"),
    takes("nsproxy", at="kernel/nsproxy.c:copy_namespaces"),
    resources.io_context_cannot_be_allocated.to("bad_fork_cleanup_namespaces"),
    takes("io_context", at="block/blk-ioc.c:__copy_io", condition=_has_io_context),
    resources.registers_cannot_be_set_up.to("bad_fork_cleanup_io"),
    takes("thread state", at="arch/x86/kernel/process.c:copy_thread"),
    happens(IGNORES_SHARED, at="kernel/signal.c:ignore_signals", condition=_ignores_shared),
    *(row.to("bad_fork_cleanup_thread") for row in pid.ALLOC_PID),
    takes("pid", at="kernel/pid.c:alloc_pid", condition=pid.gets_a_pid),
    pid.pidfd_cannot_be_prepared.to("bad_fork_free_pid"),
    takes("pidfd", at=_COPY, condition=pid.wants_pidfd),
    pid.pidfd_cannot_be_stored.to("bad_fork_put_pidfd"),
    happens(PIDFD_STORED, at=_COPY, condition=pid.wants_pidfd),
    *(row.to("bad_fork_put_pidfd") for row in cgroup.INTO_CGROUP),
    cgroup.cgroup_has_all_the_tasks_it_may.to("bad_fork_put_pidfd"),
    takes("cgroup charge", at="kernel/cgroup/cgroup.c:cgroup_can_fork"),
    cgroup.scheduler_refuses_the_task.to("bad_fork_cancel_cgroup"),
    cgroup.futex_hash_cannot_be_allocated.to("bad_fork_cancel_cgroup"),
    takes("tasklist_lock", at=_COPY),
    cgroup.signal_is_pending_before_publication.to("bad_fork_core_free"),
    cgroup.pid_namespace_loses_its_init_meanwhile.to("bad_fork_core_free"),
    cgroup.caller_is_killed_before_publication.to("bad_fork_core_free"),
]
"""Every step that can refuse or take, in the kernel's order."""

LADDERS: dict[str, list[tuple[str, list[GivenBack]]]] = {
    "create_user_ns": [("fail_dec", [gives_back("user namespace count", since=NAMESPACE_COUNTS)])],
    "copy_creds": [("error_put", [gives_back("user namespace", if_held=True), gives_back("cred")])],
    "create_new_namespaces": BACK_OUT,
    "copy_process": [
        ("bad_fork_core_free", [gives_back("tasklist_lock")]),
        ("bad_fork_cancel_cgroup", [gives_back("cgroup charge")]),
        ("bad_fork_put_pidfd", [gives_back("pidfd", pid.wants_pidfd)]),
        ("bad_fork_free_pid", [gives_back("pid", pid.gets_a_pid)]),
        ("bad_fork_cleanup_thread", [gives_back("thread state", since=EXIT_THREAD)]),
        ("bad_fork_cleanup_io", [gives_back("io_context", _has_io_context)]),
        ("bad_fork_cleanup_namespaces", [gives_back("nsproxy")]),
        ("bad_fork_cleanup_mm", [gives_back("mm", _has_mm)]),
        ("bad_fork_cleanup_signal", [gives_back("signal", _own(THREAD))]),
        ("bad_fork_cleanup_sighand", [gives_back("sighand")]),
        ("bad_fork_cleanup_fs", [gives_back("fs")]),
        ("bad_fork_cleanup_files", [gives_back("files", _has_files, until=FILES_AFTER_SCHED)]),
        ("bad_fork_cleanup_semundo", [gives_back("undo list", _asked(SYSVSEM))]),
        ("bad_fork_cleanup_security", [gives_back("security blob")]),
        ("bad_fork_cleanup_audit", [gives_back("audit context")]),
        ("bad_fork_cleanup_perf", [gives_back("perf events")]),
        (
            "bad_fork_sched_cancel_fork",
            [
                gives_back("scheduler hook", since=SCHED_EXT),
                gives_back("files", if_held=True, since=FILES_AFTER_SCHED),
            ],
        ),
        ("bad_fork_cleanup_policy", [gives_back("memory policy")]),
        ("bad_fork_cleanup_delayacct", [gives_back("delay accounting")]),
        (
            "bad_fork_cleanup_count",
            [
                gives_back(CHARGE),
                gives_back("user namespace", _has_user_ns),
                gives_back("cred"),
            ],
        ),
        ("bad_fork_free", [gives_back("task_struct")]),
        ("fork_out", [gives_back("delayed signals", _own(THREAD), since=SIGNALS_BEFORE_FORK)]),
    ],
}
"""Error labels by function, in the order they fall through.

Labels carry their v6.12 names.  Before v6.12 the locks were dropped at
bad_fork_cancel_cgroup and the two last tests jumped there; since 6bf254804df7 a failing
copy_fs() jumps to bad_fork_cleanup_semundo.  Neither changes what is given back.
"""
