"""The life of workers: what they are at birth, how they end, and whom they held up meanwhile."""

from __future__ import annotations

from properties.landmarks.landmark import NO_SUCH_CALL, call, history

DEBIAN_61, DEBIAN_612 = "debian-6.1.192", "debian-6.12.117"
DEBIAN = f"{DEBIAN_61}, {DEBIAN_612}"
NO_TASKS_YET = f"…v6.3, v6.3-rc1, …series-10, {DEBIAN_61}"
BEFORE_64 = f"…v6.3, v6.3-rc1, series, {DEBIAN_61}"
FROM_512 = "v5.12…v6.3, v6.3-rc1, series"

call(
    "a vhost worker is a thread of its owner since v6.4",
    source="f9010dbdce91, v6.4 (Use CLONE_THREAD to fix freezer/ps regression)",
    shows="worker.thread_of_owner",
    request={"entry": "vhost_set_owner"},
    gives={False: BEFORE_64, True: f"v6.4…, {DEBIAN_612}"},
)
call(
    "as the series stood, a vhost worker was a child process of its owner",
    source="f9010dbdce91, v6.4: the regression seen in ps",
    shows="worker.child_of_owner",
    request={"entry": "vhost_set_owner"},
    gives={False: f"{NO_TASKS_YET}, v6.4…, {DEBIAN_612}", True: "series-11"},
)
call(
    "a vhost task blocks all signals but two since v6.4",
    source="f9010dbdce91, v6.4: the mask goes with user_worker",
    shows="child.blocked",
    request={"entry": "vhost_task_create"},
    gives={
        NO_SUCH_CALL: f"…v6.3, v6.3-rc1, …series-8, {DEBIAN_61}",
        "none": "series-9…series-11",
        "all but SIGKILL|SIGSTOP": f"v6.4…, {DEBIAN_612}",
    },
)
call(
    "an io worker has blocked all signals but two ever since v5.12",
    source="cc440e8738e5, v5.12 (create_io_thread: only SIGKILL and SIGSTOP)",
    shows="child.blocked",
    request={"entry": "create_io_thread"},
    gives={
        NO_SUCH_CALL: "…v5.11",
        "all but SIGKILL|SIGSTOP": f"v5.12…, series, {DEBIAN}",
    },
)
call(
    "an owner may have a kthread again since v6.17",
    source="7d9896e9f6d0, v6.17 from memory "
    "(vhost: Reintroduce kthread API and add mode selection); "
    "source of Debian's 6.12.117",
    shows="worker.by_kthreadd",
    request={"entry": "vhost_set_owner", "fork_owner": False},
    gives={
        True: f"{NO_TASKS_YET}, v6.17…, {DEBIAN_612}",
        False: "series-11, v6.4…v6.16",
    },
)
history(
    "as the series stood, suspend never ended with a vhost worker",
    of="P58",
    source="f9010dbdce91, v6.4: the freezer regression of 6e890c5d5021",
    gives={"PROVED": f"{NO_TASKS_YET}, v6.4…, {DEBIAN_612}", "REFUTED": "series-11"},
)
history(
    "as the series stood, stopping a worker left a zombie",
    of="P6E",
    source="f9010dbdce91, v6.4: the worker is no process of its own any more",
    gives={"PROVED": f"{NO_TASKS_YET}, v6.4…, {DEBIAN_612}", "REFUTED": "series-11"},
)
history(
    "work that is queued for a vhost worker is done",
    of="P64w",
    source="4b13cbef7970, v6.4 (vhost: Fix worker hangs due to missed wake up calls)",
    gives={"PROVED": "everywhere"},
)
history(
    "a core dump ends, whatever io worker leaves meanwhile",
    of="P61e",
    source="fd37b884003c, v6.4-rc7 (io_uring/io-wq: don't clear PF_IO_WORKER on exit)",
    gives={"PROVED": "everywhere"},
)
history(
    "a device has one worker until v6.4",
    of="P66o",
    source="c1ecd8e95007 (vhost: allow userspace to create workers), v6.5 from memory",
    gives={"VACUOUS": f"…v6.4, series, {DEBIAN_61}", "PROVED": f"v6.5…, {DEBIAN_612}"},
)
history(
    "moving a ring from a worker that is killed comes to an end",
    of="P64d",
    source="ba704ff4e142, v6.10 from memory (vhost: Release worker mutex during flushes)",
    gives={"VACUOUS": f"…v6.4, series, {DEBIAN_61}", "PROVED": f"v6.5…, {DEBIAN_612}"},
)
history(
    "a vhost task that is sent SIGKILL ends since v6.10",
    of="P52k",
    source="db5247d9bf5c, v6.10 from memory "
    "(vhost_task: Handle SIGKILL by flushing work and exiting)",
    gives={
        "VACUOUS": NO_TASKS_YET,
        "REFUTED": "series-11, v6.4…v6.9",
        "PROVED": f"v6.10…, {DEBIAN_612}",
    },
)
history(
    "killing the owner's group ends its vhost tasks since v6.10",
    of="P52",
    source="db5247d9bf5c, v6.10 from memory "
    "(vhost_task: Handle SIGKILL by flushing work and exiting)",
    gives={
        "VACUOUS": NO_TASKS_YET,
        "REFUTED": "series-11, v6.4…v6.9",
        "PROVED": f"v6.10…, {DEBIAN_612}",
    },
)
history(
    "execve() and core dumps wait for vhost tasks as for any thread since v6.10",
    of="P60",
    source="240a1853b4d2, v6.10 from memory (kernel: Remove signal hacks for vhost_tasks)",
    gives={"PROVED": f"{BEFORE_64}, v6.10…, {DEBIAN_612}", "REFUTED": "v6.4…v6.9"},
)
history(
    "vhost woke a task that might be gone, until it ended on SIGKILL itself",
    of="P63",
    source="db5247d9bf5c, v6.10 from memory; CVE-2025-40024 names v6.4 as the first affected",
    gives={"PROVED": f"{BEFORE_64}, v6.10…, {DEBIAN_612}", "REFUTED": "v6.4…v6.9"},
)
history(
    "KVM woke its recovery thread after it was freed (CVE-2025-40024)",
    of="P63k",
    source="afe16653e05d, v6.17 and 6.12.50 (Take a reference on the task in struct vhost_task)",
    gives={
        "VACUOUS": f"…v6.12, series, {DEBIAN_61}",
        "REFUTED": "v6.13…v6.16",
        "PROVED": f"v6.17…, {DEBIAN_612}",
    },
)
history(
    "the cgroup of a virtual machine freezes since v6.13",
    of="P59k",
    source="d96c77bd4eeb (KVM: x86: switch hugepage recovery thread to vhost_task), "
    "v6.13 from memory; source of Debian's 6.12.117",
    gives={"REFUTED": f"…v6.12, series, {DEBIAN_61}", "PROVED": f"v6.13…, {DEBIAN_612}"},
)
history(
    "creating a virtual machine made a process multithreaded in v6.13",
    of="P66l",
    source="931656b9e2ff, v6.14 (kvm: defer huge page recovery vhost task to later)",
    gives={"PROVED": f"…v6.12, series, v6.14…, {DEBIAN}", "REFUTED": "v6.13"},
)
history(
    "waking KVM's recovery thread finds one",
    of="P63n",
    source="43fb96ae7855, v6.14 (Ensure NX huge page recovery thread is alive before waking)",
    gives={"PROVED": "everywhere"},
)
history(
    "a signal alone made KVM fail in v6.13",
    of="P66n",
    source="916b7f42b3b3, v6.14-rc (kvm: retry nx_huge_page_recovery_thread creation)",
    gives={"PROVED": f"…v6.12, series, v6.14…, {DEBIAN}", "REFUTED": "v6.13"},
)
history(
    "KVM tells why it could not make its recovery thread since v6.14",
    of="P66e",
    source="cb380909ae3b, v6.14 (vhost: return task creation error instead of NULL)",
    gives={
        "VACUOUS": f"…v6.12, series, {DEBIAN_61}",
        "REFUTED": "v6.13",
        "PROVED": f"v6.14…, {DEBIAN_612}",
    },
)
history(
    "making an io worker was tried for ever from v5.15 to v6.10",
    of="P67",
    source="3146cba99aa2, v5.15; 0453aad676ff, v6.11 from memory, stable; "
    "changelog of linux 6.1.106-1 (Debian)",
    gives={
        "VACUOUS": "…v5.11",
        "PROVED": f"v5.12…v5.14, v6.11…, {DEBIAN}",
        "REFUTED": "v5.15…v6.10, series",
    },
)
history(
    "execve() left io workers behind, but in Debian's 6.12.117",
    of="P60i",
    source="016649f2aacf (exec: cancel io_uring requests before de_thread()), queued in 2026; "
    "source of Debian's 6.12.117",
    gives={
        "VACUOUS": "…v5.11",
        "REFUTED": f"{FROM_512}, v6.4…v7.3, {DEBIAN_61}",
        "PROVED": DEBIAN_612,
    },
)
history(
    "a tracer could unblock signals of a worker, but in Debian's 6.12.117",
    of="P56",
    source="cabc249e6560 and its series (coredump & signals), queued in 2026; "
    "source of Debian's 6.12.117",
    gives={
        "VACUOUS": "…v5.11",
        "REFUTED": f"{FROM_512}, v6.4…v7.3, {DEBIAN_61}",
        "PROVED": DEBIAN_612,
    },
)
