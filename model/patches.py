"""Patches as Booleans: every commit that changes what this model speaks of.

A kernel is a set of patches (:mod:`model.revisions`).  A rule or effect names the patch
that brought it (``since``) or took it away (``until``).  Patches are joined by ``&``, ``|``
and ``~``: ``since=A & B``, ``until=A | ~B``.  ``requires`` are the patches without which one
cannot stand; together they say which sets are admissible.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.mistake import Mistake, here
from model.patch import Patch
from model.words import Flag

PATCHES: list[Patch] = []


def _patch(
    name: str,
    commit: str,
    landed: str,
    title: str,
    *requires: Patch,
    thin: str = "",
    brings: Flag | None = None,
) -> Patch:
    made = Patch(name, commit, title, landed, requires, thin, brings)
    PATCHES.append(made)
    return made


NO_SIBLINGS_OF_INIT = _patch(
    "NO_SIBLINGS_OF_INIT", "123be07b0b39", "v2.6.32", "CLONE_PARENT by an init is refused"
)
USERNS_FS_GUARD = _patch(
    "USERNS_FS_GUARD", "e66eded8309e", "v3.9", "CLONE_NEWUSER with CLONE_FS is refused"
)
CHROOT_USERNS_GUARD = _patch(
    "CHROOT_USERNS_GUARD", "3151527ee007", "v3.9", "a chrooted task gets no user namespace"
)
USERNS_NESTING_LIMIT = _patch(
    "USERNS_NESTING_LIMIT",
    "8742f229b635",
    "v3.11",
    "user namespaces nest no deeper than 33 levels (EUSERS)",
    thin="commit id from memory; read in 3.11 and 3.10.65, not in 3.10.4",
)
UNSHARE_CRED_PUT = _patch(
    "UNSHARE_CRED_PUT",
    "6160968cee8b",
    "v3.11",
    "unshare() puts its credentials when the user namespace cannot be made",
    thin="commit id from memory; read in 3.11 and 3.10.65, not in 3.10.4",
)
UNSHARE_PIDNS_ALONE = _patch(
    "UNSHARE_PIDNS_ALONE",
    "6e556ce209b0",
    "v3.12",
    "unshare(CLONE_NEWPID) does not imply CLONE_THREAD",
)
VFORK_BEFORE_PIDNS = _patch(
    "VFORK_BEFORE_PIDNS",
    "e79f525e99b0",
    "v3.12",
    "CLONE_VM is allowed while a new pid namespace waits for children",
    thin="commit id from memory; read in 3.10.65 and 3.13, not in 3.10.4 and 3.11",
)
SIGHAND_STAYS = _patch(
    "SIGHAND_STAYS",
    "40a0d32d1eaf",
    "v3.12",
    "whoever shares handlers or a parent stays in its pid and user namespace",
    VFORK_BEFORE_PIDNS,
)
PARENT_WITH_NEW_NAMESPACES = _patch(
    "PARENT_WITH_NEW_NAMESPACES",
    "1f7f4dde5c94",
    "v3.13",
    "CLONE_PARENT is allowed with a new pid or user namespace",
    SIGHAND_STAYS,
)
KTHREAD_CREATE_KILLABLE = _patch(
    "KTHREAD_CREATE_KILLABLE", "786235eeba0e", "v3.13", "SIGKILL ends the wait for kthreadd"
)
SCHED_DEADLINE = _patch("SCHED_DEADLINE", "aab03e05e8f7", "v3.14", "SCHED_DEADLINE")
KTHREAD_KILLED_EINTR = _patch(
    "KTHREAD_KILLED_EINTR",
    "8fe6929cfd43",
    "v3.16",
    "who is killed while it waits for kthreadd is told EINTR, not ENOMEM",
    KTHREAD_CREATE_KILLABLE,
    thin="commit id from memory; read in 3.16, not in 3.14",
)
PID_ERRNO_KEPT = _patch(
    "PID_ERRNO_KEPT",
    "35f71bc0a09a",
    "v4.1",
    "exhausted pids are told from exhausted memory: EAGAIN",
)
CGROUP_PIDS = _patch("CGROUP_PIDS", "49b786ea146f", "v4.3", "the pids controller: pids.max")
THREADS_STAY = _patch(
    "THREADS_STAY",
    "faf00da54404",
    "v4.3",
    "threads stay in their pid and user namespace, sharers of handlers or memory need not",
    SIGHAND_STAYS,
    thin="commit id from memory; read in 4.3, not in 4.2",
)
UNSHARE_THREAD_ALONE = _patch(
    "UNSHARE_THREAD_ALONE",
    "12c641ab8270",
    "v4.3",
    "unshare(CLONE_THREAD) asks for no other threads, not for memory of one's own",
    UNSHARE_PIDNS_ALONE,
    thin="commit id from memory; read in 4.3, not in 4.2",
)
CGROUP_NAMESPACES = _patch(
    "CGROUP_NAMESPACES", "a79a908fd2b0", "v4.6", "cgroup namespaces", brings=Flag.NEWCGROUP
)
EXIT_THREAD = _patch(
    "EXIT_THREAD", "0740aa5f6375", "v4.7", "a failing fork gives back what copy_thread() took"
)
NAMESPACE_COUNTS = _patch(
    "NAMESPACE_COUNTS",
    "25f9c0817c53",
    "v4.9",
    "namespaces are counted per user: user.max_*_namespaces",
    USERNS_NESTING_LIMIT,
)
NESTING_ENOSPC = _patch(
    "NESTING_ENOSPC",
    "df75e7748bae",
    "v4.9",
    "namespaces that nest too deep are told ENOSPC",
    USERNS_NESTING_LIMIT,
    thin="commit id from memory; read in 4.9, not in 4.8",
)
SECURITY_TASK_ALLOC = _patch(
    "SECURITY_TASK_ALLOC", "e4e55b47ed9a", "v4.12", "security_task_alloc() is asked for each child"
)
PIDNS_DIES_DURING_FORK = _patch(
    "PIDNS_DIES_DURING_FORK",
    "3fd372262166",
    "v4.12",
    "no child is published in a pid namespace whose init died during the fork",
)
MNTNS_ROOT_LOOKUP = _patch(
    "MNTNS_ROOT_LOOKUP",
    "4f757f3cbf54",
    "v4.12",
    "setns() looks the root of a mount namespace up, which may fail",
    thin="commit id from memory; read in 4.12, not in 4.11",
)
SECURITY_TASK_CREATE_GONE = _patch(
    "SECURITY_TASK_CREATE_GONE",
    "-",
    "v4.14",
    "security_task_create() is asked no more, before anything is copied",
    SECURITY_TASK_ALLOC,
    thin="commit id unknown; read in 4.14, not in 4.13",
)
PIDNS_OF_STRANGERS = _patch(
    "PIDNS_OF_STRANGERS",
    "a2b426267c56",
    "v4.14",
    "a pid namespace is nested only in one of the same user namespace or of an ancestor",
    thin="commit id from memory; read in 4.14.177 and 4.15, not in 4.13.4",
)
PID_IDR = _patch(
    "PID_IDR",
    "95846ecf9dac",
    "v4.15",
    "pids come from an IDR, whose ENOSPC is told",
    PID_ERRNO_KEPT,
)
SIGNALS_BEFORE_FORK = _patch(
    "SIGNALS_BEFORE_FORK",
    "c3ad2c3b02e9",
    "v4.19",
    "a fork asks for pending signals before it begins; at its end only a fatal one stops it",
)
PID_IDR_EAGAIN = _patch(
    "PID_IDR_EAGAIN", "f83606f5eb00", "v4.19", "exhausted pids are told EAGAIN again", PID_IDR
)
CLONE_PIDFD = _patch("CLONE_PIDFD", "b3e583825266", "v5.2", "CLONE_PIDFD", brings=Flag.PIDFD)
CGROUP_FREEZE = _patch("CGROUP_FREEZE", "76f969e8948d", "v5.2", "cgroup.freeze")
CLONE3 = _patch("CLONE3", "7f192e3cd316", "v5.3", "clone3()", CLONE_PIDFD, CGROUP_NAMESPACES)
CLONE3_EXIT_SIGNAL = _patch(
    "CLONE3_EXIT_SIGNAL", "a0eb9abd8af9", "v5.3", "clone3 validates exit_signal", CLONE3
)
CLONE3_STACK = _patch(
    "CLONE3_STACK",
    "fa729c4df558",
    "v5.4",
    "clone3 validates the stack",
    CLONE3,
)
CLEAR_SIGHAND = _patch(
    "CLEAR_SIGHAND",
    "b612e5df4587",
    "v5.5",
    "CLONE_CLEAR_SIGHAND",
    CLONE3,
    brings=Flag.CLEAR_SIGHAND,
)
SET_TID = _patch("SET_TID", "49cb2fc42ce4", "v5.5", "clone3 can ask for pids (set_tid)", CLONE3)
TIME_NAMESPACES = _patch(
    "TIME_NAMESPACES", "769071ac9f20", "v5.6", "time namespaces", brings=Flag.NEWTIME
)
LEGACY_LOWER_32 = _patch(
    "LEGACY_LOWER_32", "3f2c788a1314", "v5.7", "legacy clone keeps only the lower 32 bits"
)
EXEC_ID_64 = _patch(
    "EXEC_ID_64", "d1e7fd6462ca", "v5.7", "exec ids have 64 bits (CVE-2020-12826)"
)
CLONE_INTO_CGROUP = _patch(
    "CLONE_INTO_CGROUP",
    "ef2c41cf38a7",
    "v5.7",
    "CLONE_INTO_CGROUP",
    SET_TID,
    brings=Flag.INTO_CGROUP,
)
SETNS_PIDFD = _patch(
    "SETNS_PIDFD",
    "303cc571d107",
    "v5.8",
    "setns() takes a pidfd and several namespaces at once",
    CLONE_PIDFD,
    MNTNS_ROOT_LOOKUP,
    CGROUP_NAMESPACES,
)
CHECKPOINT_RESTORE = _patch(
    "CHECKPOINT_RESTORE",
    "1caef81da05a",
    "v5.9",
    "set_tid is allowed by CAP_CHECKPOINT_RESTORE",
    SET_TID,
)
PIDFD_POINTER_CHECK = _patch(
    "PIDFD_POINTER_CHECK",
    "3af8588c7715",
    "v5.9",
    "the pidfd and parent_tid pointers are compared for every caller",
    CLONE3,
    thin="commit id from memory; \"fork: fold legacy_clone_args_valid() into _do_fork()\" of the "
    "pull request fork-v5.9",
)
SIBLING_SIGNAL_LOCKED = _patch(
    "SIBLING_SIGNAL_LOCKED",
    "b4e00444cab4",
    "v5.10",
    "the exit signal of a CLONE_PARENT child is read under tasklist_lock",
)
TIF_NOTIFY_SIGNAL = _patch(
    "TIF_NOTIFY_SIGNAL", "12db8b690010", "v5.11", "TIF_NOTIFY_SIGNAL, which signal_pending() tests"
)
FORK_DESPITE_NOTIFY_SIGNAL = _patch(
    "FORK_DESPITE_NOTIFY_SIGNAL",
    "66ae0d1e2d9f",
    "v5.13",
    "TIF_NOTIFY_SIGNAL no longer restarts a fork",
    TIF_NOTIFY_SIGNAL,
)
IO_THREAD = _patch("IO_THREAD", "cc440e8738e5", "v5.12", "create_io_thread(), PF_IO_WORKER")
UCOUNTS_NPROC = _patch(
    "UCOUNTS_NPROC",
    "21d1c5e386bc",
    "v5.14",
    "RLIMIT_NPROC is counted in ucounts, per namespace",
    NAMESPACE_COUNTS,
)
CGROUP_KILL = _patch("CGROUP_KILL", "661ee6280931", "v5.14", "cgroup.kill", CGROUP_FREEZE)
NO_SETAFFINITY_DROPPED = _patch(
    "NO_SETAFFINITY_DROPPED",
    "a8ea6fc9b089",
    "v5.14",
    "a child no longer inherits PF_NO_SETAFFINITY",
)
UCOUNTS_GET_LOCKED = _patch(
    "UCOUNTS_GET_LOCKED",
    "345daff2e994",
    "v5.14",
    "a ucounts is found and referenced, and dropped for the last time, under one lock",
    UCOUNTS_NPROC,
)
COMMIT_CREDS_PAIRED = _patch(
    "COMMIT_CREDS_PAIRED",
    "629715adc62b",
    "v5.15",
    "commit_creds() takes from the old count whenever it adds to the new one",
    UCOUNTS_NPROC,
)
SET_USER_ASKS_CAPABILITIES = _patch(
    "SET_USER_ASKS_CAPABILITIES",
    "2863643fb8b9",
    "v5.15",
    "set_user() marks nobody who has CAP_SYS_RESOURCE or CAP_SYS_ADMIN",
    UCOUNTS_NPROC,
)
IO_WQ_RETRIES = _patch(
    "IO_WQ_RETRIES",
    "3146cba99aa2",
    "v5.15",
    "io-wq tries again to make a worker after EAGAIN and after signals",
    IO_THREAD,
)
UCOUNTS_PIN_NS = _patch(
    "UCOUNTS_PIN_NS",
    "f9d87929d451",
    "v5.17",
    "a ucounts keeps its user namespace (CVE-2022-24122)",
    UCOUNTS_NPROC,
)
BOUND_OF_INNER_NS = _patch(
    "BOUND_OF_INNER_NS",
    "59ec71575ab4",
    "v5.16",
    "a namespace's NPROC bound holds its creator's count above, not the counts inside",
    UCOUNTS_NPROC,
)
COUNT_BEFORE_TEST = _patch(
    "COUNT_BEFORE_TEST",
    "8f2f9c4d82f2",
    "v5.17",
    "the child is counted, in its own ucounts, before the limit is tested",
    BOUND_OF_INNER_NS,
)
NEGATIVE_IS_OVER = _patch(
    "NEGATIVE_IS_OVER",
    "0cbae9e24fa7",
    "v5.17",
    "a wrapped (negative) count is over every limit",
    UCOUNTS_NPROC,
)
REAL_UID_KEY = _patch(
    "REAL_UID_KEY",
    "a55d07294f1e",
    "v5.17",
    "set_cred_ucounts() keys on the real uid",
    UCOUNTS_NPROC,
)
ROOT_NS_UNLIMITED = _patch(
    "ROOT_NS_UNLIMITED",
    "0ac983f51203",
    "v5.17",
    "a namespace made by global root gets no NPROC bound",
    UCOUNTS_NPROC,
)
SET_USER_TESTS_NEW = _patch(
    "SET_USER_TESTS_NEW",
    "c923a8e7edb0",
    "v5.17",
    "set*uid() tests the limit of the user it changes to, not of the old one",
    UCOUNTS_NPROC,
)
SET_USER_WITHOUT_CAPABILITIES = _patch(
    "SET_USER_WITHOUT_CAPABILITIES",
    "c16bdeb5a39f",
    "v5.17",
    "set*uid() marks whoever exceeds the limit, whatever it was capable of before",
    SET_USER_ASKS_CAPABILITIES,
)
KTHREAD_STRUCT = _patch(
    "KTHREAD_STRUCT", "40966e316f86", "v5.17", "copy_process() allocates struct kthread"
)
EXPLICIT_KTHREAD = _patch(
    "EXPLICIT_KTHREAD", "753550eb0ce1", "v5.19", "PF_KTHREAD is set from kernel_clone_args.kthread"
)
USER_MODE_THREAD = _patch(
    "USER_MODE_THREAD", "343f4c49f243", "v5.19", "user_mode_thread()", EXPLICIT_KTHREAD
)
SECURITY_CREATE_USER_NS = _patch(
    "SECURITY_CREATE_USER_NS", "7cd4c5c2101c", "v6.1", "LSM hook for new user namespaces"
)
TIMENS_AT_EXEC = _patch(
    "TIMENS_AT_EXEC",
    "2b5f9dad32ed",
    "v6.2",
    "CLONE_VM children enter the pending time namespace at exec",
    TIME_NAMESPACES,
)
CLONE3_NEWTIME = _patch(
    "CLONE3_NEWTIME", "a402f1e35313", "v6.3", "clone3 accepts CLONE_NEWTIME", TIME_NAMESPACES
)

CSKY = _patch("CSKY", "e0a98139c162", "series-1", "csky: Remove kernel_thread declaration")
COPY_PROCESS_NAME = _patch(
    "COPY_PROCESS_NAME",
    "cf587db2ee02",
    "series-2",
    "kernel: Allow a kernel thread's name to be set in copy_process",
    CSKY,
)
KTHREAD_NAME = _patch(
    "KTHREAD_NAME",
    "73e0c116594d",
    "series-3",
    "kthread: Pass in the thread's name during creation",
    COPY_PROCESS_NAME,
)
BIT_FIELDS = _patch(
    "BIT_FIELDS",
    "c81cc5819faf",
    "series-4",
    "kernel: Make io_thread and kthread bit fields",
    EXPLICIT_KTHREAD,
    IO_THREAD,
)
USER_WORKER = _patch(
    "USER_WORKER",
    "54e6842d0775",
    "series-5",
    "fork/vm: Move common PF_IO_WORKER behavior to new flag",
    BIT_FIELDS,
)
NO_FILES = _patch(
    "NO_FILES",
    "11f3f500ec8a",
    "series-6",
    "fork: add kernel_clone_args flag to not dup/clone files",
    BIT_FIELDS,
)
IGNORE_SIGNALS = _patch(
    "IGNORE_SIGNALS",
    "094717586bf7",
    "series-7",
    "fork: Add kernel_clone_args flag to ignore signals",
    BIT_FIELDS,
)
COPY_PROCESS_PUBLIC = _patch(
    "COPY_PROCESS_PUBLIC",
    "89c8e98d8cfb",
    "series-8",
    "fork: allow kernel code to call copy_process",
)
VHOST_TASK = _patch(
    "VHOST_TASK",
    "e297cd54b3f8",
    "series-9",
    "vhost_task: Allow vhost layer to use copy_process",
    COPY_PROCESS_NAME,
    USER_WORKER,
    NO_FILES,
    IGNORE_SIGNALS,
    COPY_PROCESS_PUBLIC,
)
VHOST_WORKER_STRUCT = _patch(
    "VHOST_WORKER_STRUCT",
    "1a5f8090c6de",
    "series-10",
    "vhost: move worker thread fields to new struct",
)
VHOST_USES_TASK = _patch(
    "VHOST_USES_TASK",
    "6e890c5d5021",
    "series-11",
    "vhost: use vhost_tasks for worker threads",
    VHOST_TASK,
    VHOST_WORKER_STRUCT,
)
SERIES = tuple(PATCHES[-11:])
"""The 11 patches of v6.4/kernel.user_worker, in order."""

WORKERS_ARE_THREADS = _patch(
    "WORKERS_ARE_THREADS",
    "f9010dbdce91",
    "v6.4",
    "vhost workers are threads of their owner; every user worker blocks all but KILL and STOP",
    VHOST_USES_TASK,
)
VHOST_WAKE_ORDER = _patch(
    "VHOST_WAKE_ORDER",
    "4b13cbef7970",
    "v6.4",
    "a vhost worker says that it sleeps before it looks at its queue",
    WORKERS_ARE_THREADS,
)
IO_WORKER_FLAG_KEPT = _patch(
    "IO_WORKER_FLAG_KEPT",
    "fd37b884003c",
    "v6.4",
    "an exiting io worker keeps PF_IO_WORKER",
    WORKERS_ARE_THREADS,
)
ACCESS_OK_BY_SIGN = _patch(
    "ACCESS_OK_BY_SIGN",
    "6014bc27561f",
    "v6.4",
    "access_ok() on x86-64 takes every address below 2**63",
)
VHOST_NEW_WORKER = _patch(
    "VHOST_NEW_WORKER",
    "c1ecd8e95007",
    "v6.5",
    "VHOST_NEW_WORKER: a device may have several workers",
    WORKERS_ARE_THREADS,
)
PIDFD_THREAD = _patch(
    "PIDFD_THREAD", "83b290c9e3b5", "v6.9", "CLONE_PIDFD with CLONE_THREAD", CLONE_PIDFD
)
VHOST_FLUSH_UNLOCKED = _patch(
    "VHOST_FLUSH_UNLOCKED",
    "ba704ff4e142",
    "v6.10",
    "vhost drops the mutex of a worker while it waits for its flush",
    VHOST_NEW_WORKER,
)
VHOST_SIGKILL = _patch(
    "VHOST_SIGKILL",
    "db5247d9bf5c",
    "v6.10",
    "a vhost task ends on SIGKILL, and tells its owner under a mutex",
    WORKERS_ARE_THREADS,
)
EXEC_COUNTS_WORKERS = _patch(
    "EXEC_COUNTS_WORKERS",
    "240a1853b4d2",
    "v6.10",
    "execve() and core dumps wait for vhost tasks as for any thread",
    VHOST_SIGKILL,
)
IO_WQ_RETRY_LIMIT = _patch(
    "IO_WQ_RETRY_LIMIT",
    "0453aad676ff",
    "v6.11",
    "io-wq gives up making a worker after a few tries",
    IO_WQ_RETRIES,
)
SCHED_EXT = _patch(
    "SCHED_EXT",
    "304b3f2bc07b",
    "v6.12",
    "sched_cgroup_fork() and sched_fork() may be undone",
)
ACCESS_OK_TO_LIMIT = _patch(
    "ACCESS_OK_TO_LIMIT",
    "86e6b1547b3d",
    "v6.12",
    "access_ok() on x86-64 stops below the end of user memory, one byte too early",
    ACCESS_OK_BY_SIGN,
)
ACCESS_OK_EXACT = _patch(
    "ACCESS_OK_EXACT",
    "573f45a9f9a4",
    "v6.13",
    "access_ok() on x86-64 takes a buffer up to the last byte of user memory",
    ACCESS_OK_TO_LIMIT,
)
KVM_VHOST_TASK = _patch(
    "KVM_VHOST_TASK",
    "d96c77bd4eeb",
    "v6.13",
    "KVM's recovery thread is a vhost task, not a kthread in the owner's cgroup",
    VHOST_SIGKILL,
)
KILL_SEQ = _patch(
    "KILL_SEQ", "b69bb476dee9", "v6.14", "cgroup.kill is noticed by sequence number", CGROUP_KILL
)
VHOST_ERR_PTR = _patch(
    "VHOST_ERR_PTR",
    "cb380909ae3b",
    "v6.14",
    "vhost_task_create() returns an error pointer",
    VHOST_TASK,
)
KVM_LATE_WORKER = _patch(
    "KVM_LATE_WORKER",
    "931656b9e2ff",
    "v6.14",
    "KVM makes its recovery thread in the first KVM_RUN, not in KVM_CREATE_VM",
    KVM_VHOST_TASK,
)
KVM_WAKES_LIVE = _patch(
    "KVM_WAKES_LIVE",
    "43fb96ae7855",
    "v6.14",
    "KVM wakes its recovery thread only if there is one",
    KVM_LATE_WORKER,
)
KVM_RETRIES = _patch(
    "KVM_RETRIES",
    "916b7f42b3b3",
    "v6.14",
    "KVM tries again to make its recovery thread, and tells the errno",
    KVM_LATE_WORKER,
    VHOST_ERR_PTR,
)
EXEC_SECUREBITS = _patch(
    "EXEC_SECUREBITS", "a0623b2a1db6", "v6.14",
    "two securebits about what interpreters run, which anybody may set and lock",
    thin="commit id from memory; read in 7.2.13, not in 6.12.117",
)
UCOUNTS_RCUREF = _patch(
    "UCOUNTS_RCUREF",
    "b4dc0bee2a74",
    "v6.15",
    "a ucounts is looked up without the lock; a dead one gives no reference",
    UCOUNTS_GET_LOCKED,
)
FUTEX_HASH = _patch(
    "FUTEX_HASH",
    "7c4f75a21f63",
    "v6.16",
    "a process-private futex hash may be allocated",
)
FUTEX_HASH_OF_SHARERS = _patch(
    "FUTEX_HASH_OF_SHARERS",
    "ee9dce44362b",
    "v7.1",
    "whoever shares memory may want a futex hash, thread or not, but for vfork()",
    FUTEX_HASH,
)
FUTEX_HASH_FOR_VFORK = _patch(
    "FUTEX_HASH_FOR_VFORK",
    "b61b6f95d672",
    "v7.3",
    "vfork() may want a futex hash, too",
    FUTEX_HASH_OF_SHARERS,
)
FORK_OWNER = _patch(
    "FORK_OWNER",
    "7d9896e9f6d0",
    "v6.17",
    "vhost: the kthread path can be chosen again",
    VHOST_USES_TASK,
)
PLUG_TIME = _patch(
    "PLUG_TIME", "06b23f92af87", "v6.9", "PF_BLOCK_TS: a task's plug has a time that gets stale"
)
VHOST_TASK_REF = _patch(
    "VHOST_TASK_REF", "afe16653e05d", "v6.17",
    "struct vhost_task holds a reference on its task", VHOST_SIGKILL,
)
EXEC_KEEPS_EUID = _patch(
    "EXEC_KEEPS_EUID", "337490f0007f", "v6.17",
    "an effective uid that execve() leaves as it was is no change that a shared root forbids",
)
CLONE_FLAGS_U64 = _patch(
    "CLONE_FLAGS_U64", "04ff48239f46", "v6.18", "copy_sighand() gets all 64 flag bits"
)
KERNEL_FLAGS_KEPT = _patch(
    "KERNEL_FLAGS_KEPT",
    "f7071db2fe3d",
    "v6.18",
    "kernel_thread() and user_mode_thread() keep flags above 32 bits again",
    LEGACY_LOWER_32,
)
UNSHARE_NEWNS_FS = _patch(
    "UNSHARE_NEWNS_FS",
    "6c4b2243cb6c",
    "v7.0",
    "unshare(CLONE_NEWNS) always works on a copy of its fs_struct",
)
PIDS_CHECKED_FIRST = _patch(
    "PIDS_CHECKED_FIRST",
    "6d864a1b1825",
    "v7.0",
    "alloc_pid() checks every pid asked for before it allocates one",
    SET_TID,
)
INIT_CHECKED_LATE = _patch(
    "INIT_CHECKED_LATE",
    "39c8806e2d88",
    "v7.1",
    "alloc_pid() sees that a namespace has no init once it has allocated the pid",
    PIDS_CHECKED_FIRST,
)
UNBORN_PID_NS_SHOWN = _patch(
    "UNBORN_PID_NS_SHOWN",
    "a3bdc23ba8ea",
    "v7.1",
    "pid_for_children can be opened before the namespace has an init",
)
CLONE_AUTOREAP = _patch(
    "CLONE_AUTOREAP", "12ae2c81b21c", "v7.1", "CLONE_AUTOREAP", CLONE3, brings=Flag.AUTOREAP
)
CLONE_NNP = _patch("CLONE_NNP", "24baca56fafc", "v7.1", "CLONE_NNP", CLONE3, brings=Flag.NNP)
PIDFD_AUTOKILL = _patch(
    "PIDFD_AUTOKILL",
    "c8134b5f13ae",
    "v7.1",
    "CLONE_PIDFD_AUTOKILL",
    CLONE_AUTOREAP,
    CLONE_NNP,
    brings=Flag.PIDFD_AUTOKILL,
)
EMPTY_MNTNS = _patch(
    "EMPTY_MNTNS",
    "9d4e752a24f7",
    "v7.1",
    "CLONE_EMPTY_MNTNS implies CLONE_NEWNS",
    brings=Flag.EMPTY_MNTNS,
)
EXIT_SIGNAL_CHECK = _patch(
    "EXIT_SIGNAL_CHECK",
    "09e7827e7857",
    "v7.1",
    "kernel_clone() validates exit_signal for all",
    CLONE3_EXIT_SIGNAL,
)
UNSHARE_NSPROXY_PUT = _patch(
    "UNSHARE_NSPROXY_PUT",
    "a98621a0f187",
    "v7.1",
    "unshare() puts its nsproxy when set_cred_ucounts() fails",
)
TASK_EXEC_STATE = _patch(
    "TASK_EXEC_STATE",
    "b092062cb6d7",
    "v7.2",
    "a child that shares no memory needs a struct task_exec_state of its own",
)
UMH_ROOT = _patch(
    "UMH_ROOT",
    "ed4b16725290",
    "v7.3",
    "user_mode_thread() copies the root of init, and may not share it",
    USER_MODE_THREAD,
)
IDLE_ROOT = _patch(
    "IDLE_ROOT",
    "-",
    "v7.3",
    "an idle task shares init_fs, whoever makes it",
    UMH_ROOT,
    thin="commit unknown; read in 7.3.4, not in 7.2.13",
)
IO_URING_FORK = _patch(
    "IO_URING_FORK", "9fd99788f3e5", "v7.0", "io_uring task restrictions are copied"
)
FILES_AFTER_SCHED = _patch(
    "FILES_AFTER_SCHED",
    "296a98c1fa50",
    "v7.4",
    "the files of a failed fork are released after sched_cancel_fork()",
    SCHED_EXT,
    thin="commit id of the queued branch (October 2026); 6.12.115 and 7.3.4 have it",
)
IO_THREAD_GATE = _patch(
    "IO_THREAD_GATE",
    "2d7f0b392219",
    "v7.4",
    "create_io_thread() refuses a creator past its fatal signal",
    IO_THREAD,
    thin="commit id of one rebase of a queued branch; 6.12.117 and 7.3.2 have it",
)
EXEC_CANCELS_FIRST = _patch(
    "EXEC_CANCELS_FIRST", "016649f2aacf", "v7.4",
    "execve() cancels io_uring before de_thread(), not after it", IO_THREAD,
    thin="commit id of one rebase of a queued branch; 6.12.117 and 7.3.2 have it",
)
WORKER_MASK_KEPT = _patch(
    "WORKER_MASK_KEPT", "cabc249e6560", "v7.4",
    "ptrace() does not set the signal mask of a user worker", USER_WORKER,
    thin="commit id of one rebase of a queued branch; 6.12.115 and 7.3.4 have it",
)
KILL_SEQ_OF_TARGET = _patch(
    "KILL_SEQ_OF_TARGET",
    "8e3599202166",
    "v7.3",
    "the kill sequence is sampled from the cgroup the child enters",
    KILL_SEQ,
)
SETNS_SHARED_FS = _patch(
    "SETNS_SHARED_FS",
    "-",
    "v7.4",
    "setns() refuses a mount namespace with a shared fs_struct again",
    SETNS_PIDFD,
    thin="commit id unknown: \"mount: refuse setns() with a shared fs_struct again\"; 6.12.117 and "
    "7.3.4 have it, 6.1.192, 7.1.5 and 7.2.13 have not",
)
RLIMIT_REF_FIRST = _patch(
    "RLIMIT_REF_FIRST",
    "-",
    "v7.4",
    "who counts a signal first takes the reference before the bound can refuse it",
    UCOUNTS_NPROC,
    thin="commit id unknown: \"ucount: take the rlimit reference before checking the limit\"; "
    "6.12.117 and 7.3.4 have it, 6.1.192, 7.1.5 and 7.2.13 have not",
)
PLUG_TIME_DROPPED = _patch(
    "PLUG_TIME_DROPPED",
    "fd38b75c4b43",
    "v7.2",
    "a child no longer inherits PF_BLOCK_TS",
    PLUG_TIME,
)
DEBIAN_USERNS_SYSCTL = _patch(
    "DEBIAN_USERNS_SYSCTL",
    "-",
    "debian",
    "kernel.unprivileged_userns_clone guards CLONE_NEWUSER (Debian only)",
)
REDHAT_USERNS_OFF_EINVAL = _patch(
    "REDHAT_USERNS_OFF_EINVAL",
    "-",
    "redhat",
    "where user.max_user_namespaces is 0 CLONE_NEWUSER is EINVAL, as on older RHEL, not ENOSPC",
    NAMESPACE_COUNTS,
    thin="read in 3.10.0-1127.el7 and 3.10.0-1160.el7, not in 4.18.0-240.el8",
)
REDHAT_KTHREAD_INHERITED = _patch(
    "REDHAT_KTHREAD_INHERITED",
    "-",
    "redhat",
    "a child inherits PF_KTHREAD, whatever kernel_clone_args.kthread says",
    EXPLICIT_KTHREAD,
    thin="read in 5.14.0-284.30.1.el9_2 to 5.14.0-570.32.1.el9_6",
)
REDHAT_TIMENS_AT_FORK = _patch(
    "REDHAT_TIMENS_AT_FORK",
    "-",
    "redhat",
    "a child enters the pending time namespace at once, whether it shares memory or not",
    TIMENS_AT_EXEC,
    thin="read in 5.14.0-427.13.1.el9_4 to 5.14.0-570.32.1.el9_6, not in 5.14.0-362.24.1.el9_3",
)

MAKERS_OWN = (REDHAT_USERNS_OFF_EINVAL, REDHAT_KTHREAD_INHERITED, REDHAT_TIMENS_AT_FORK)
"""What stands on no kernel of the list, but on trees of a maker (model/arrivals.py): a change of
its own, or what its backport lost.  Any set of patches may have one, as it may any other."""

CONFIGURED = "config"
"""Where an option "landed": in nobody's release, but in a kernel's configuration."""


def _without(option: str, means: str, *requires: Patch) -> Patch:
    """Return a kernel's being built without an option, as one of the patches of a set."""
    return _patch(f"WITHOUT_{option}", "-", CONFIGURED, f"no CONFIG_{option}: {means}", *requires)


WITHOUT_USER_NS = _without("USER_NS", "CLONE_NEWUSER is refused")
WITHOUT_PID_NS = _without("PID_NS", "CLONE_NEWPID is refused")
WITHOUT_UTS_NS = _without("UTS_NS", "CLONE_NEWUTS is refused")
WITHOUT_IPC_NS = _without("IPC_NS", "CLONE_NEWIPC is refused")
WITHOUT_NET_NS = _without("NET_NS", "CLONE_NEWNET is refused")
WITHOUT_TIME_NS = _without("TIME_NS", "CLONE_NEWTIME is refused", TIME_NAMESPACES)
WITHOUT_CGROUP_PIDS = _without("CGROUP_PIDS", "no cgroup bounds its tasks")
WITHOUT_CGROUPS = _without(
    "CGROUPS", "CLONE_NEWCGROUP and CLONE_INTO_CGROUP mean nothing", WITHOUT_CGROUP_PIDS
)
WITHOUT_SYSVIPC = _without("SYSVIPC", "there are no undo lists")
WITHOUT_KEYS = _without("KEYS", "there are no keyrings")
WITHOUT_SECCOMP = _without("SECCOMP", "there are no filters")
WITHOUT_SECURITY = _without("SECURITY", "no security module is asked")
WITHOUT_IO_URING = _without("IO_URING", "nobody makes io workers")

OPTIONS = tuple(patch for patch in PATCHES if patch.landed == CONFIGURED)
"""What a configuration may leave out; every kernel that is listed has all of it."""

COMMITS = tuple(patch for patch in PATCHES if patch.landed != CONFIGURED)
"""What somebody can apply to a tree, or take from it."""

BY_NAME = {patch.name: patch for patch in PATCHES}

READ = "source read"
NOTES = "commits and changelogs"
RUN = "source read, and a running kernel"
_V1 = "kthread workers reach the owner's cgroup in v1 hierarchies only, which is not in the rules"
_OLD = "what histories do between calls is as on v5.4: read for single calls alone"
_NO_INIT = "setns() into a pid namespace without an init is not in the rules"


@dataclass(frozen=True, slots=True)
class Release:
    """A mainline release that is spoken of: all patches that landed by then, and no other."""

    name: str
    basis: str
    """How it is known."""
    thin: str = ""
    """Where its facts are thin."""


RELEASES = (
    Release("v3.10", READ, f"read in 3.10.4; {_OLD}; {_V1}"),
    Release("v4.4", READ, f"{_OLD}; {_V1}"),
    Release("v4.9", READ, f"{_OLD}; {_V1}"),
    Release("v4.14", READ, f"read in 4.14.177; {_OLD}; {_V1}"),
    Release("v4.18", READ, f"{_OLD}; {_V1}"),
    Release("v4.19", READ, f"{_OLD}; {_V1}"),
    Release("v5.3", READ, f"{_OLD}; {_V1}"),
    Release("v5.4", NOTES, f"read in a 5.4.y tree only; {_V1}"),
    Release("v5.10", NOTES, f"no tree read; {_V1}"),
    Release("v5.14", RUN, _V1),
    Release("v5.15", NOTES, _V1),
    Release("v5.17", NOTES, "no tree read"),
    Release("v6.1", READ),
    Release("v6.3-rc1", "6.1 source and the series' context lines"),
    Release("v6.4", READ),
    Release("v6.6", RUN),
    Release("v6.9", NOTES),
    Release("v6.10", NOTES),
    Release("v6.12", READ),
    Release("v6.13", NOTES),
    Release("v6.14", NOTES),
    Release("v6.17", NOTES),
    Release("v6.18", "a running kernel"),
    Release("v7.1", RUN, _NO_INIT),
    Release("v7.2", RUN, _NO_INIT),
    Release("v7.3", RUN, _NO_INIT),
)
"""The mainline releases that are asked about, oldest first."""


def brought_by(flag: Flag) -> Patch:
    """Return the patch that brought a flag; raise :class:`Mistake` if every kernel here has it."""
    for patch in PATCHES:
        if patch.brings == flag:
            return patch
    raise Mistake(f"{here()}: no patch brings CLONE_{flag.name}: every kernel here has it")


SHOWN_ONLY = (UNBORN_PID_NS_SHOWN, EXEC_KEEPS_EUID, EXEC_SECUREBITS)
"""Patches of which no rule, effect, step or property speaks: what /proc says, seen only where a
running kernel is compared, and what only calls round the making of tasks ask for."""
