"""The new task: kernel threads, flags, handlers, exit signals, and what may fail on the way."""

from __future__ import annotations

from properties.landmarks.landmark import NO_SUCH_CALL, call, history

DEBIAN = "debian-6.1.192, debian-6.12.117"

call(
    "a kernel thread is one by request, not by inheritance, since v5.19",
    source="753550eb0ce1, v5.19 from memory (fork: Explicitly set PF_KTHREAD)",
    shows="child.flags",
    request={"entry": "kernel_thread"},
    gives={
        "PF_FORKNOEXEC": "…v5.18",
        "PF_FORKNOEXEC|PF_KTHREAD": f"v5.19…, series, {DEBIAN}",
    },
)
call(
    "user_mode_thread() came with v5.19",
    source="343f4c49f243, v5.19 from memory (Don't allocate kthread_struct for init and umh)",
    request={"entry": "user_mode_thread"},
    gives={NO_SUCH_CALL: "…v5.18", "0": f"v5.19…, series, {DEBIAN}"},
)
call(
    "a kernel thread without its struct kthread is not made, since v5.17",
    source="40966e316f86, v5.17 from memory (Ensure struct kthread is present for all kthreads): "
    "copy_process() tests p->flags & PF_KTHREAD; args->kthread since 343f4c49f243 of v5.19",
    request={"entry": "kthread_create"},
    chance={"fails": "kthread_struct"},
    gives={"0": "…v5.16", "EAGAIN": f"v5.17…, series, {DEBIAN}"},
)
call(
    "create_io_thread() came with v5.12",
    source="cc440e8738e5, v5.12 (kernel: provide create_io_thread() helper)",
    request={"entry": "create_io_thread"},
    gives={NO_SUCH_CALL: "…v5.11", "0": f"v5.12…, series, {DEBIAN}"},
)
call(
    "a process that dumps core made io threads, but in Debian's 6.12.117",
    source="2d7f0b392219 (fork: move the coredump and exec checks into create_io_thread()), "
    "queued in 2026; source of Debian's 6.12.117",
    request={"entry": "create_io_thread"},
    current={"flags": "PF_POSTCOREDUMP"},
    gives={
        NO_SUCH_CALL: "…v5.11",
        "0": "v5.12…v7.3, series, debian-6.1.192",
        "EINTR": "debian-6.12.117",
    },
)
call(
    "sched_cgroup_fork() may fail since v6.12",
    source="304b3f2bc07b, v6.12 from memory (sched: Allow sched_cgroup_fork() to fail)",
    request={"entry": "fork"},
    chance={"fails": "sched_cgroup_fork"},
    gives={
        "0": "…v6.11, series, debian-6.1.192",
        "ENOMEM": "v6.12…, debian-6.12.117",
    },
)
call(
    "a futex hash is made for a thread since v6.16",
    source="7c4f75a21f63, v6.16 from memory "
    "(futex: Allow automatic allocation of process wide futex hash)",
    request={"entry": "clone", "flags": "CLONE_VM|CLONE_SIGHAND|CLONE_THREAD"},
    chance={"fails": "futex_hash"},
    gives={"0": f"…v6.15, series, {DEBIAN}", "ENOMEM": "v6.16…"},
)
call(
    "a task's io_uring restrictions are copied since v7.0",
    source="9fd99788f3e5 (io_uring: add task fork hook), in linux-next before v7.0 from memory",
    request={"entry": "fork"},
    chance={"fails": "io_uring_fork"},
    gives={"0": f"…v6.19, series, {DEBIAN}", "ENOMEM": "v7.0…"},
)
call(
    "a child inherited PF_BLOCK_TS, which came with v6.9, until v7.2",
    source="fd38b75c4b43 (clear PF_BLOCK_TS in copy_process()), io_uring-7.2, "
    "queued for 7.1.y, 6.18.y and 6.12.y by their maintainers",
    shows="child.flags",
    request={"entry": "fork"},
    current={"flags": "PF_BLOCK_TS"},
    gives={
        NO_SUCH_CALL: "…v6.8, series, debian-6.1.192",
        "PF_FORKNOEXEC|PF_BLOCK_TS": "v6.9…v7.1",
        "PF_FORKNOEXEC": "v7.2…, debian-6.12.117",
    },
)
call(
    "TIF_NOTIFY_SIGNAL came with v5.11, and restarts no fork since v5.13",
    source="12db8b690010 (entry: Add support for TIF_NOTIFY_SIGNAL), 66ae0d1e2d9f",
    request={"entry": "fork"},
    chance={"notify_signal": True},
    gives={NO_SUCH_CALL: "…v5.10", "0": f"v5.13…, series, {DEBIAN}"},
)
call(
    "a fork leaves files, fs, handlers and memory copied",
    source="fork(2): the child is a duplicate of the calling process",
    shows="child.mm",
    request={"entry": "fork"},
    gives={"copied": "everywhere"},
)
call(
    "a vfork shares memory",
    source="vfork(2): CLONE_VM | CLONE_VFORK | SIGCHLD",
    shows="child.mm",
    request={"entry": "vfork"},
    gives={"shared": "everywhere"},
)
history(
    "exec ids of 32 bits wrapped: a child chose its privileged parent's signal (CVE-2020-12826)",
    of="P46",
    source="d1e7fd6462ca (signal: Extend exec_id to 64bits), stable; v5.7 from memory",
    gives={"REFUTED": "…v5.6", "PROVED": f"v5.7…, series, {DEBIAN}"},
)
history(
    "an orphaned sibling sent a stale signal to its new parent (CVE-2020-35508)",
    of="P45",
    source="b4e00444cab4 (fix copy_process(CLONE_PARENT) race with the exiting ->real_parent), "
    "November 2020, v5.10",
    gives={"REFUTED": "…v5.9", "PROVED": f"v5.10…, series, {DEBIAN}"},
)
call(
    "CLONE_SYSVSEM shares the list of semaphore adjustments",
    source="clone(2) CLONE_SYSVSEM (since Linux 2.5.10)",
    shows="child.sysvsem",
    request={"entry": "clone", "flags": "CLONE_SYSVSEM"},
    gives={"shared": "everywhere"},
)
call(
    "a thread of a task with a thread keyring gets one of its own",
    source="thread-keyring(7): a thread keyring is not inherited; kernel/cred.c:copy_creds",
    shows="child.thread_keyring",
    request={"entry": "clone", "flags": "CLONE_VM|CLONE_SIGHAND|CLONE_THREAD"},
    current={"real_cred": {"thread_keyring": True}},
    gives={True: "everywhere"},
)
call(
    "filters are inherited",
    source="seccomp(2): a child of fork(2) or clone(2) has its parent's filters",
    shows="child.seccomp_mode",
    request={"entry": "fork"},
    current={"seccomp_mode": 2},
    gives={2: "everywhere"},
)
call(
    "a security module may refuse a task",
    source="e4e55b47ed9a, v4.12; security/security.c:security_task_alloc, asked by copy_process()",
    request={"entry": "fork"},
    chance={"fails": "security_task_alloc", "errno": "EACCES"},
    gives={"0": "…v4.11", "EACCES": "v4.12…, series, debian-6.1.192, debian-6.12.117"},
)
call(
    "only a kernel thread makes idle tasks",
    source="kernel/smpboot.c:idle_threads_init; fork_idle() is __init",
    request={"entry": "fork_idle"},
    gives={NO_SUCH_CALL: "everywhere"},
)
call(
    "who passes init_struct_pid asks for a kernel thread",
    source="kernel/fork.c:fork_idle: .kthread = 1, .idle = 1 in 6.1.192 and 7.3.4",
    request={"entry": "copy_process", "idle": True},
    current={"flags": "PF_KTHREAD"},
    gives={NO_SUCH_CALL: "everywhere"},
)
call(
    "an idle task is put in no cgroup",
    source="cgroup_post_fork() of 6.12.117 and 7.3.4: only a child with a pid is put anywhere",
    shows="child.in_target_cgroup",
    request={"entry": "copy_process", "flags": "CLONE_INTO_CGROUP", "kthread": 1, "idle": True},
    current={"flags": "PF_KTHREAD"},
    gives={
        NO_SUCH_CALL: "…v6.3, series-1…series-7, debian-6.1.192",
        False: "v6.4…, series-8…, debian-6.12.117",
    },
)
