"""Calls that touch nothing that the model speaks of, and where pointers that they yield lead."""

from __future__ import annotations

from source.configuration import listed

ELSEWHERE = listed(
    """
    sigemptyset INIT_HLIST_NODE INIT_LIST_HEAD INIT_HLIST_HEAD recalc_sigpending
    ftrace_graph_init_task rt_mutex_init_task lockdep_assert_irqs_enabled rcu_copy_process
    spin_lock_init init_sigpending prev_cputime_init seqcount_init task_io_accounting_init
    acct_clear_integrals posix_cputimers_init tick_dep_init_task audit_set_context cgroup_fork
    seqcount_spinlock_init shm_init_task random_kstack_task_init
    stackleak_task_init futex_init_task user_disable_single_step clear_task_syscall_work
    clear_tsk_latency_tracing clear_posix_cputimers_work ktime_get_ns ktime_get_boottime_ns
    klp_copy_process sched_core_fork rv_task_fork rseq_fork init_task_pid_links
    init_task_pid task_pgrp task_session tty_kref_get list_add_tail list_add_tail_rcu
    __this_cpu_inc atomic_set refcount_set task_join_group_stop syscall_tracepoint_update
    proc_fork_connector sched_post_fork perf_event_fork
    trace_task_newtask uprobe_copy_process user_events_fork sched_core_free
    lockdep_free_task exit_task_stack_account put_task_stack ns_of_pid
    mm_clear_owner kdebug alter_cred_subscribers read_cred_subscribers validate_creds key_put
    INIT_WORK init_rwsem mutex_init cap_raised sched_mm_cid_fork init_waitqueue_head
    seqlock_init hrtimer_init posix_cpu_timers_init_group tty_audit_fork sched_autogroup_fork
    add_latent_entropy trace_sched_process_fork get_task_pid init_completion get_task_struct
    lru_gen_add_mm wake_up_new_task ptrace_event_pid put_pid wait_for_vfork_done
    perf_event_namespaces exit_shm init_idle_pids init_idle cpu_to_node LIST_HEAD_INIT kfree
    DEBUG_LOCKS_WARN_ON lockdep_init_task switch_task_namespaces atomic_long_set
    task_pid_nr assert_spin_locked get_seccomp_filter set_task_syscall_work set_bit
    task_set_jobctl_pending sigaddset cgroup_lock cgroup_unlock cgroup_threadgroup_change_begin
    cgroup_threadgroup_change_end get_css_set put_css_set cgroup_put cgroup_css_set_put_fork
    WARN_ON_ONCE encode_frame_pointer clear_tsk_thread_flag current_save_fsgs savesegment fpu_clone
    pkru_get_init_value read_pkru test_tsk_thread_flag io_bitmap_share task_pt_regs container_of
    current_pt_regs ss->fork likely unlikely
    BUG_ON uid_eq gid_eq cred_cap_issubset set_dumpable smp_wmb key_fsuid_changed key_fsgid_changed
    proc_id_connector vmacache_flush put_io_context get_pid set_tsk_thread_flag
    ns_tree_add get_cred_namespaces switch_cred_namespaces exit_cred_namespaces
    nsproxy_ns_active_get nsproxy_ns_active_put sched_cache_fork sched_cache_fork_cleanup
    hrtimer_setup mm_flags_set raw_spin_lock_init unwind_task_init ASSERT_EXCLUSIVE_WRITER
    io_uring_free VFS_WARN_ON_ONCE down_read_nested up_read task_exec_state_set_dumpable
    guard(task_lock) guard(mount_writer) path_put mntget mntput dget next_mnt skip_mnt_tree
    mnt_add_to_ns
    """
)
"""Calls that touch nothing that the model speaks of at this point (lists, statistics, hooks)."""


_LEADS_TO = {
    "ns_of_pid": "ns_of_pid(pid)",
    "task_pt_regs": "the child's registers",
    "current_pt_regs": "its registers",
    "container_of": "a fork_frame",
    "next_mnt": "a mount",
    "skip_mnt_tree": "a mount",
}


def is_harmless(name: str) -> bool:
    """Return whether a call touches nothing that the model speaks of."""
    return name in ELSEWHERE


def leads_to(name: str) -> str:
    """Return what the pointer that a harmless call yields leads to."""
    return _LEADS_TO.get(name, "")
