"""The child that a successful copy_process() publishes; :mod:`model.effects` decides its fields."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word
from model.records import BOOL, fact


class Share(IntEnum):
    """How the child's resource stands to the caller's."""

    NONE = 0
    SHARED = 1
    COPIED = 2


class Parent(IntEnum):
    """Who a relation of the child points to."""

    CALLER = 0
    CALLERS_PARENT = 1


@dataclass(frozen=True, slots=True)
class Child:
    """The new task (``p``) at the moment it is published."""

    flags: Word = fact(32, 0, "PF_ flags", names="pf")
    named_by_args: Truth = fact(BOOL, False, "comm is args->name, not the caller's")
    set_child_tid: Word = fact(64, 0, "address that gets the pid in the child")
    clear_child_tid: Word = fact(64, 0, "address cleared when the child ends")
    shares_cred: Truth = fact(BOOL, False, "its cred is the caller's very object")
    uid: Word = fact(32, 0, "real uid, objective and subjective")
    euid: Word = fact(32, 0, "effective uid")
    cap_effective: Word = fact(64, 0, "effective capabilities", names="caps")
    new_user_ns: Truth = fact(BOOL, False, "in a user namespace of its own")
    user_ns_level: Word = fact(8, 0, "nesting level of its user namespace")
    user_ns_nproc_max: Word = fact(64, 0, "NPROC bound of its user namespace", signed=True)
    charged_uid: Word = fact(32, 0, "uid it is charged to")
    thread_keyring: Truth = fact(BOOL, False, "has a thread keyring")
    process_keyring: Truth = fact(BOOL, False, "has the caller's process keyring")
    files: Word = fact(8, 0, "file descriptors", names="share")
    fs: Word = fact(8, 0, "root, cwd and umask", names="share")
    fs_of_init: Truth = fact(
        BOOL, False, "they are init's (an idle task's: init_task's), not the caller's"
    )
    sighand: Word = fact(8, 0, "signal handlers", names="share")
    mm: Word = fact(8, 0, "address space", names="share")
    sysvsem: Word = fact(8, 0, "semaphore undo list", names="share")
    io_context: Word = fact(8, 0, "I/O context", names="share")
    same_thread_group: Truth = fact(BOOL, False, "a thread of the caller's group")
    rlim_nproc: Word = fact(64, 0, "soft RLIMIT_NPROC")
    rlimits_shared: Truth = fact(BOOL, False, "its rlimits are the caller's own, not a copy")
    ignored: Word = fact(64, 0, "ignored signals", names="signals")
    caught: Word = fact(64, 0, "caught signals", names="signals")
    blocked: Word = fact(64, 0, "blocked signals", names="signals")
    altstack: Truth = fact(BOOL, False, "keeps the alternate signal stack")
    exit_signal: Word = fact(32, 0, "signal to the parent; -1 for a thread", signed=True)
    real_parent: Word = fact(8, 0, "parent", names="parent")
    parent_exec_id: Word = fact(8, 0, "whose exec id it remembers", names="parent")
    nsproxy_shared: Truth = fact(BOOL, False, "uses the caller's nsproxy")
    mnt_ns: Word = fact(8, 0, "mount namespace", names="ns")
    uts_ns: Word = fact(8, 0, "UTS namespace", names="ns")
    ipc_ns: Word = fact(8, 0, "IPC namespace", names="ns")
    pid_ns: Word = fact(8, 0, "active pid namespace", names="ns")
    cgroup_ns: Word = fact(8, 0, "cgroup namespace", names="ns")
    net_ns: Word = fact(8, 0, "network namespace", names="ns")
    time_ns: Word = fact(8, 0, "time namespace", names="ns")
    time_ns_for_children: Word = fact(8, 0, "time namespace of its children", names="ns")
    pid_level: Word = fact(8, 0, "nesting level of its pid namespace")
    is_child_reaper: Truth = fact(BOOL, False, "pid 1 of its namespace: SIGNAL_UNKILLABLE")
    has_pid: Truth = fact(BOOL, True, "is in the process tree (not an idle task)")
    pidfd_in_child: Truth = fact(BOOL, False, "the new pidfd is in its own table too")
    no_new_privs: Truth = fact(BOOL, False, "no_new_privs")
    seccomp_mode: Word = fact(8, 0, "seccomp mode")
    in_target_cgroup: Truth = fact(BOOL, False, "starts in the cgroup named by the call")
    starts_frozen: Truth = fact(BOOL, False, "trapped by the cgroup freezer at once")
    born_killed: Truth = fact(BOOL, False, "gets SIGKILL from cgroup.kill at once")
    starts_in_kernel: Truth = fact(BOOL, False, "runs args->fn, not user code")
    autoreap: Truth = fact(BOOL, False, "is reaped automatically")
    autokill: Truth = fact(BOOL, False, "is killed when its pidfd is closed")
    reports_to_tracer: Truth = fact(BOOL, False, "the caller's tracer gets an event")
    traced: Truth = fact(BOOL, False, "is traced from birth")
    not_throttled: Truth = fact(BOOL, False, "exempt from reclaim throttling")
    oom_score_adj: Word = fact(16, 0, "oom_score_adj", signed=True)
    parent_tid_stored: Truth = fact(BOOL, False, "its pid was stored at parent_tid")
    vfork_wait: Truth = fact(BOOL, False, "the caller waits until it execs or ends")
