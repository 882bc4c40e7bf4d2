"""The eleven patches of v6.4/kernel.user_worker, one by one, and the promise they make.

The first, "csky: Remove kernel_thread declaration", changes no call.  The fourth, "Make
io_thread and kthread bit fields", changes none that these kernels can make: fork.c only ever
gives 1, and others can call copy_process() from the eighth on.
"""

from __future__ import annotations

from properties.landmarks.landmark import NO_SUCH_CALL, call, verdict

DEBIAN_61, DEBIAN_612 = "debian-6.1.192", "debian-6.12.117"
MERGED = f"v6.4…, {DEBIAN_612}"
WITHOUT = f"…v6.3, v6.3-rc1, {DEBIAN_61}"
PLAIN_IO = "PF_IO_WORKER|PF_FORKNOEXEC"

call(
    "2: a kernel thread bears its name from its first instant",
    source="cf587db2ee02 (Allow a kernel thread's name to be set in copy_process), v6.4",
    shows="child.named_by_args",
    request={"entry": "kernel_thread", "name": True},
    gives={False: f"{WITHOUT}, series-1", True: f"series-2…, {MERGED}"},
)
call(
    "3: a name that cannot be allocated stops a kernel thread",
    source="73e0c116594d (kthread: Pass in the thread's name during creation), v6.4",
    request={"entry": "kthread_create"},
    chance={"fails": "kthread_full_name"},
    gives={"0": f"{WITHOUT}, …series-2", "ENOMEM": f"series-3…, {MERGED}"},
)
call(
    "5: an io worker is a user worker",
    source="54e6842d0775 (fork/vm: Move common PF_IO_WORKER behavior to new flag), v6.4",
    shows="child.flags",
    request={"entry": "create_io_thread"},
    gives={
        NO_SUCH_CALL: "…v5.11",
        PLAIN_IO: f"v5.12…v6.3, v6.3-rc1, …series-4, {DEBIAN_61}",
        f"{PLAIN_IO}|PF_USER_WORKER": f"series-5…, {MERGED}",
    },
)
call(
    "6: no_files leaves a worker without file descriptors",
    source="11f3f500ec8a (fork: add kernel_clone_args flag to not dup/clone files), v6.4",
    shows="child.files",
    request={"entry": "copy_process", "no_files": 1},
    gives={NO_SUCH_CALL: f"{WITHOUT}, …series-7", "none": f"series-8…, {MERGED}"},
)
call(
    "7: ignore_signals ignores all, SIGKILL too, until v6.4 takes it out again",
    source="094717586bf7 (fork: Add kernel_clone_args flag to ignore signals), "
    "gone with f9010dbdce91, v6.4",
    shows="child.ignored",
    request={"entry": "copy_process", "ignore_signals": 1},
    gives={
        NO_SUCH_CALL: f"{WITHOUT}, …series-7",
        "all": "series-8…series-11",
        "none": MERGED,
    },
)
call(
    "8: kernel code may call copy_process()",
    source="89c8e98d8cfb (fork: allow kernel code to call copy_process), v6.4",
    request={"entry": "copy_process"},
    gives={NO_SUCH_CALL: f"{WITHOUT}, …series-7", "0": f"series-8…, {MERGED}"},
)
call(
    "9: there is a vhost_task",
    source="e297cd54b3f8 (vhost_task: Allow vhost layer to use copy_process), v6.4",
    request={"entry": "vhost_task_create"},
    gives={NO_SUCH_CALL: f"{WITHOUT}, …series-8", "0": f"series-9…, {MERGED}"},
)
call(
    "10: a vhost worker needs a struct of its own",
    source="1a5f8090c6de (vhost: move worker thread fields to new struct), v6.4",
    request={"entry": "vhost_set_owner"},
    chance={"fails": "vhost_worker_struct"},
    gives={"0": f"{WITHOUT}, …series-9", "ENOMEM": f"series-10…, {MERGED}"},
)
call(
    "11: the owner makes the worker, not kthreadd",
    source="6e890c5d5021 (vhost: use vhost_tasks for worker threads), v6.4",
    shows="worker.by_kthreadd",
    request={"entry": "vhost_set_owner"},
    gives={True: f"{WITHOUT}, …series-10", False: f"series-11, {MERGED}"},
)
call(
    "the promise: an unprivileged owner at its RLIMIT_NPROC gets no worker",
    source="pull request v6.4/kernel.user_worker; under qemu: 12 of 12 devices on 6.1, 0 on 6.12",
    request={"entry": "vhost_set_owner"},
    current={"signal": {"rlim_nproc": 1}},
    gives={"0": f"{WITHOUT}, …series-10", "ENOMEM": f"series-11, {MERGED}"},
)
call(
    "the promise is not kept for root",
    source="under qemu: root with RLIMIT_NPROC 5 owns 12 of 12 devices on 6.1 and on 6.12",
    request={"entry": "vhost_set_owner"},
    current={
        "signal": {"rlim_nproc": 1},
        "real_cred": {"uid": 0, "euid": 0, "cap_effective": "all"},
    },
    gives={"0": "everywhere"},
)
call(
    "the promise for pids.max: the owner's cgroup bounds its workers",
    source="pull request v6.4/kernel.user_worker; before, kthreadd's own cgroup was charged",
    request={"entry": "vhost_set_owner"},
    current={"cgroup": {"pids": 5, "pids_max": 5}},
    gives={"0": f"{WITHOUT}, …series-10", "ENOMEM": f"series-11, {MERGED}"},
)
verdict(
    "the headline in its true form: vhost tasks of plain owners never exceed the limit",
    of="V01t",
    source="pull request v6.4/kernel.user_worker; make claim on 6.1 and 6.12",
    gives={"REFUTED": f"{WITHOUT}, …series-10", "PROVED": f"series-11, {MERGED}"},
)
verdict(
    "the headline as literally written is false on every kernel",
    of="V01",
    source="setrlimit(2): RLIMIT_NPROC is not enforced for real user ID 0; make claim, as root",
    gives={"REFUTED": "everywhere"},
)
