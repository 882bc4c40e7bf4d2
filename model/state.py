"""The state a task-creating call starts from, field by field under the kernel's names.

Defaults describe an ordinary single-threaded process of uid 1000 in the initial
namespaces, with no limit near and nothing failing by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word
from model.records import BOOL, fact, part
from model.words import (
    ALL_SIGNALS,
    CAP_FULL_SET,
    PF_KTHREAD,
    PF_NOFREEZE,
    RLIM_INFINITY,
    SIGCHLD,
)

USER = 1000
PLENTY = 1_000_000


class Reach(IntEnum):
    """How a user namespace stands to the caller's: what ``cap_capable()`` walks."""

    OUTSIDE = 0
    """An ancestor or a stranger: no capability reaches it."""
    WITHIN = 1
    """The caller's own, or a descendant not owned by it: the caller's effective set decides."""
    OWNED = 2
    """A descendant whose owner is the caller's euid, in the caller's namespace: all of them."""


@dataclass(frozen=True, slots=True)
class UserNamespace:
    """struct user_namespace of a credential, with its parents as far as limits go."""

    level: Word = fact(8, 0, "nesting level; 0 is init_user_ns", most=33)
    nproc_max: Word = fact(
        64, 2**63 - 1, "rlimit_max[NPROC] of this namespace, a snapshot", signed=True
    )
    nproc_max_parent: Word = fact(
        64, 2**63 - 1, "rlimit_max[NPROC] of the parent namespace", signed=True
    )


@dataclass(frozen=True, slots=True)
class Ucounts:
    """The chain task_ucounts() … init_user_ns: tasks charged per (namespace, uid)."""

    nproc: Word = fact(64, 1, "tasks charged to (user_ns, real uid)", signed=True)
    nproc_of_euid: Word = fact(
        64,
        1,
        "tasks charged to (user_ns, effective uid), where euid is not the real uid",
        signed=True,
    )
    nproc_parent: Word = fact(64, 1, "tasks charged to user_ns->ucounts, one level up", signed=True)
    nproc_grandparent: Word = fact(64, 1, "tasks charged two levels up", signed=True)
    beyond_is_over: Truth = fact(BOOL, False, "a level further up is over its namespace's bound")
    user_processes: Word = fact(
        64, 1, "user_struct.processes of the real uid (the counter before v5.14)", signed=True
    )


@dataclass(frozen=True, slots=True)
class Cred:
    """struct cred."""

    uid: Word = fact(32, USER, "real uid as a kuid; 0 means user is INIT_USER")
    euid: Word = fact(32, USER, "effective uid as a kuid")
    euid_mapped: Truth = fact(BOOL, True, "euid has a mapping in user_ns")
    egid_mapped: Truth = fact(BOOL, True, "egid has a mapping in user_ns")
    cap_effective: Word = fact(64, 0, "effective capabilities", names="caps", most=CAP_FULL_SET)
    thread_keyring: Truth = fact(BOOL, False, "a thread keyring is present")
    process_keyring: Truth = fact(BOOL, False, "a process keyring is present")
    user_ns: UserNamespace = part(UserNamespace)
    ucounts: Ucounts = part(Ucounts)


@dataclass(frozen=True, slots=True)
class Signal:
    """struct signal_struct: what a thread group shares."""

    rlim_nproc: Word = fact(64, RLIM_INFINITY, "soft RLIMIT_NPROC, in tasks")
    unkillable: Truth = fact(BOOL, False, "SIGNAL_UNKILLABLE: the init of a pid namespace")
    nr_threads: Word = fact(32, 1, "live threads of the group")
    leader_exit_signal: Word = fact(32, SIGCHLD, "group_leader->exit_signal", signed=True)
    autoreap: Truth = fact(BOOL, False, "created with CLONE_AUTOREAP (v7.1)")
    oom_score_adj: Word = fact(16, 0, "oom_score_adj", signed=True)
    child_subreaper: Truth = fact(BOOL, False, "is or has a child subreaper above")


@dataclass(frozen=True, slots=True)
class Sighand:
    """struct sighand_struct: dispositions as signal sets (bit n-1 is signal n)."""

    ignored: Word = fact(64, 0, "signals whose action is SIG_IGN", names="signals")
    caught: Word = fact(64, 0, "signals with a handler", names="signals")
    count: Word = fact(32, 1, "tasks that share this table")


@dataclass(frozen=True, slots=True)
class Nsproxy:
    """The namespaces of the caller, as far as creation looks at them."""

    pid_for_children_is_active: Truth = fact(
        BOOL, True, "pid_ns_for_children == task_active_pid_ns(current)"
    )
    time_for_children_is_active: Truth = fact(BOOL, True, "time_ns_for_children == time_ns")
    mnt_ns_is_initial: Truth = fact(BOOL, True, "mnt_ns == &init_mnt_ns")


@dataclass(frozen=True, slots=True)
class PidNamespace:
    """nsproxy->pid_ns_for_children and its parents."""

    level: Word = fact(8, 0, "nesting level of pid_ns_for_children", most=32)
    child_reaper: Truth = fact(BOOL, True, "it has (or had) an init: pid 1 was given out")
    adding: Truth = fact(BOOL, True, "PIDNS_ADDING: its init has not died")
    user_ns_reach: Word = fact(8, Reach.WITHIN, "how its owning user namespace stands", most=2)
    parent_reach: Word = fact(8, Reach.WITHIN, "the same of the parent pid namespace", most=2)
    grandparent_reach: Word = fact(8, Reach.WITHIN, "the same two levels up", most=2)
    taken: Truth = fact(BOOL, False, "the pid asked for in it is in use")
    parent_taken: Truth = fact(BOOL, False, "the pid asked for in the parent is in use")
    grandparent_taken: Truth = fact(BOOL, False, "the pid asked for two levels up is in use")
    user_ns_is_ancestor: Truth = fact(
        BOOL, True, "its user namespace is an ancestor of, or the same as, the caller's"
    )


@dataclass(frozen=True, slots=True)
class Cgroup:
    """A cgroup as the pids controller, the freezer and cgroup.kill see it."""

    pids: Word = fact(64, 1, "pids.current: tasks charged", signed=True)
    pids_max: Word = fact(64, 2**62, "pids.max, in tasks", signed=True)
    ancestor_full: Truth = fact(BOOL, False, "an ancestor is at its pids.max")
    frozen: Truth = fact(BOOL, False, "cgroup.freeze is 1")
    kill_seq: Word = fact(32, 0, "how often cgroup.kill was written before the call began")


@dataclass(frozen=True, slots=True)
class TargetCgroup:
    """The cgroup that clone3's ``cgroup`` file descriptor names."""

    is_a_cgroup: Truth = fact(BOOL, True, "the fd is open on a cgroup v2 directory")
    dead: Truth = fact(BOOL, False, "the cgroup was removed")
    writable: Truth = fact(BOOL, True, "its cgroup.procs is writable for the caller")
    ancestor_writable: Truth = fact(BOOL, True, "the common ancestor's cgroup.procs is")
    visible: Truth = fact(BOOL, True, "source and target lie inside the cgroup namespace")
    valid_domain: Truth = fact(BOOL, True, "it can hold processes (not domain invalid)")
    controllers_below: Truth = fact(BOOL, False, "domain controllers enabled for its children")
    same_domain: Truth = fact(BOOL, True, "it has the caller's threaded domain")
    group: Cgroup = part(Cgroup)


@dataclass(frozen=True, slots=True)
class Task:
    """struct task_struct of the caller (``current``)."""

    flags: Word = fact(32, 0, "PF_ flags", names="pf")
    overridden: Truth = fact(
        BOOL, False, "inside override_creds(): the subjective cred is not real_cred"
    )
    real_cred: Cred = part(Cred)
    cred: Cred = part(Cred)
    signal: Signal = part(Signal)
    sighand: Sighand = part(Sighand)
    blocked: Word = fact(64, 0, "blocked signals", names="signals")
    mm: Truth = fact(BOOL, True, "has a user address space")
    mm_users: Word = fact(32, 1, "tasks that share the address space")
    files: Truth = fact(BOOL, True, "has a file descriptor table")
    files_count: Word = fact(32, 1, "tasks that share the file descriptor table")
    fs_users: Word = fact(32, 1, "tasks that share the fs_struct")
    fs_in_exec: Truth = fact(BOOL, False, "fs->in_exec: a sharer is inside execve")
    undo_list: Truth = fact(BOOL, False, "has a System V semaphore undo list")
    io_context: Truth = fact(BOOL, False, "has an io_context whose I/O priority was set")
    mempolicy: Truth = fact(BOOL, False, "has a NUMA memory policy")
    nsproxy: Nsproxy = part(Nsproxy)
    pid_ns: PidNamespace = part(PidNamespace)
    cgroup: Cgroup = part(Cgroup)
    chrooted: Truth = fact(BOOL, False, "its root is not the root of its mount namespace")
    no_new_privs: Truth = fact(BOOL, False, "no_new_privs is set")
    seccomp_mode: Word = fact(8, 0, "seccomp mode: 0 none, 1 strict, 2 filter", most=2)
    altstack: Truth = fact(BOOL, False, "an alternate signal stack is set")
    deadline: Truth = fact(BOOL, False, "SCHED_DEADLINE without reset-on-fork")
    traced: Truth = fact(BOOL, False, "a tracer asked for fork, vfork and clone events")


@dataclass(frozen=True, slots=True)
class Limit:
    """A per-user-namespace count with its sysctl (user.max_*), at its tightest level."""

    count: Word = fact(32, 0, "namespaces charged", signed=True)
    max: Word = fact(32, PLENTY, "the sysctl's value", signed=True)


@dataclass(frozen=True, slots=True)
class System:
    """What the whole machine shares."""

    nr_threads: Word = fact(32, 100, "tasks that exist", signed=True)
    max_threads: Word = fact(32, PLENTY, "kernel.threads-max", signed=True)
    pid_max: Word = fact(32, 4194304, "kernel.pid_max", signed=True)
    pid_max_was_lowered: Truth = fact(
        BOOL, False, "tasks have pids from before kernel.pid_max was lowered, at it or above"
    )
    unprivileged_userns_clone: Truth = fact(
        BOOL, True, "Debian's sysctl kernel.unprivileged_userns_clone"
    )
    long_is_32_bit: Truth = fact(BOOL, False, "a 32-bit machine: unsigned long has 32 bits")
    kernel_rlim_nproc: Word = fact(64, PLENTY // 2, "kthreadd's RLIMIT_NPROC (max_threads / 2)")
    user_namespaces: Limit = part(Limit)
    pid_namespaces: Limit = part(Limit)
    uts_namespaces: Limit = part(Limit)
    ipc_namespaces: Limit = part(Limit)
    net_namespaces: Limit = part(Limit)
    mnt_namespaces: Limit = part(Limit)
    cgroup_namespaces: Limit = part(Limit)
    time_namespaces: Limit = part(Limit)


class Fallible(IntEnum):
    """The steps that may fail by chance; ``NONE`` for a call on which nothing does."""

    NONE = 0
    COPY_CLONE_ARGS = 1
    COPY_SET_TID = 2
    DUP_TASK_STRUCT = 3
    PREPARE_CREDS = 4
    SECURITY_CREATE_USER_NS = 5
    ALLOC_USER_NS = 6
    SET_CRED_UCOUNTS = 7
    KTHREAD_STRUCT = 8
    MPOL_DUP = 9
    PERF_EVENT_INIT_TASK = 10
    AUDIT_ALLOC = 11
    SECURITY_TASK_ALLOC = 12
    COPY_SEMUNDO = 13
    DUP_FD = 14
    COPY_FS_STRUCT = 15
    COPY_SIGHAND = 16
    COPY_SIGNAL = 17
    DUP_MM = 18
    CREATE_NSPROXY = 19
    COPY_MNT_NS = 20
    COPY_UTSNAME = 21
    COPY_IPCS = 22
    CREATE_PID_NAMESPACE = 23
    COPY_CGROUP_NS = 24
    COPY_NET_NS = 25
    COPY_TIME_NS = 26
    COPY_IO = 27
    COPY_THREAD = 28
    ALLOC_PID = 29
    OUTER_SET_TID = 30
    PIDS_EXHAUSTED = 31
    PIDFD_PREPARE = 32
    PUT_PIDFD = 33
    FIND_CSS_SET = 34
    SCHED_CGROUP_FORK = 35
    FUTEX_HASH = 36
    IO_URING_FORK = 37
    PUT_PARENT_TID = 38
    VHOST_TASK_STRUCT = 39
    VHOST_WORKER_STRUCT = 40
    VHOST_IOVECS = 41
    VHOST_XARRAY = 42
    VHOST_ATTACH_CGROUPS = 43
    KTHREAD_CREATE_INFO = 44
    KTHREAD_FULL_NAME = 45
    PIDS_CSS_CHARGE = 46
    PATH_LOOKUP = 47
    CGROUP_DIES = 48
    EXEC_STATE = 49
    SECURITY_TASK_CREATE = 50


@dataclass(frozen=True, slots=True)
class Chance:
    """What may happen by chance during the call: an explicit choice of the environment."""

    fails: Word = fact(8, Fallible.NONE, "the step that fails", names="step", most=max(Fallible))
    errno: Word = fact(
        16,
        12,
        "the error of a failing step that has no single one (ENOMEM by default)",
        names="errno",
        most=513,
    )
    signal_pending: Truth = fact(BOOL, False, "TIF_SIGPENDING is set when the call begins")
    notify_signal: Truth = fact(BOOL, False, "TIF_NOTIFY_SIGNAL is set when the call begins")
    fatal_signal: Truth = fact(BOOL, False, "SIGKILL arrives before the child is published")
    pid_ns_dies: Truth = fact(BOOL, False, "the child's pid namespace loses its init meanwhile")
    killed_while_waiting: Truth = fact(
        BOOL, False, "SIGKILL arrives while kthread_create() waits for kthreadd"
    )
    cgroup_killed: Word = fact(
        8,
        0,
        "cgroup.kill since cgroup_can_fork() counted kills: 0 no, 1 walking at the end, 2 done",
        most=2,
    )
    lsm_denies: Word = fact(
        64, 0, "capabilities that a security module denies", names="caps", most=CAP_FULL_SET
    )


KTHREADD = Task(
    flags=PF_KTHREAD | PF_NOFREEZE,
    real_cred=Cred(uid=0, euid=0, cap_effective=CAP_FULL_SET),
    cred=Cred(uid=0, euid=0, cap_effective=CAP_FULL_SET),
    sighand=Sighand(ignored=ALL_SIGNALS),
    mm=False,
)
"""kthreadd as kernel/kthread.c:kthreadd() sets itself up: init_cred, no mm, all ignored."""
