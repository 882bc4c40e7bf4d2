"""What v7.1 brought: CLONE_AUTOREAP, CLONE_NNP, CLONE_PIDFD_AUTOKILL, CLONE_EMPTY_MNTNS; and what
v7.2 and v7.3 did: exec states, futex hashes, the root of what the kernel makes for itself.
"""

from __future__ import annotations

from properties.landmarks.landmark import NO_SUCH_CALL, call, history

ROOT = {"uid": 0, "euid": 0, "cap_effective": "all"}
DEBIANS = "debian-6.1.192, debian-6.12.117"
OLDER = "…v7.0, series, debian-6.1.192, debian-6.12.117"
OF_CLONE3 = "v5.3…v7.0, series, debian-6.1.192, debian-6.12.117"
PULL = "pull request vfs-7.1-rc1.pidfs (07c3ef58223e)"
AUTOKILL = "CLONE_PIDFD|CLONE_PIDFD_AUTOKILL|CLONE_AUTOREAP"

call(
    "a child that reaps itself can be made since v7.1",
    source=f"12ae2c81b21c, v7.1; {PULL}",
    shows="child.autoreap",
    request={"entry": "clone3", "flags": "CLONE_AUTOREAP"},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": OF_CLONE3,
        True: "v7.1…",
    },
)
call(
    "a child that reaps itself has no exit signal",
    source=f"12ae2c81b21c, v7.1; {PULL}: exit_signal must be zero",
    request={"entry": "clone3", "flags": "CLONE_AUTOREAP", "exit_signal": 17},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "no_new_privs can be given at birth since v7.1",
    source=f"24baca56fafc, v7.1; {PULL}",
    shows="child.no_new_privs",
    request={"entry": "clone3", "flags": "CLONE_NNP"},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": OF_CLONE3,
        True: "v7.1…",
    },
)
call(
    "a child that its pidfd's closing kills can be made since v7.1",
    source=f"c8134b5f13ae, v7.1; {PULL}",
    shows="child.autokill",
    request={"entry": "clone3", "flags": f"{AUTOKILL}|CLONE_NNP"},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": OF_CLONE3,
        True: "v7.1…",
    },
)
call(
    "a child that its pidfd's closing kills needs no_new_privs or privilege",
    source=f"c8134b5f13ae, v7.1; {PULL}",
    request={"entry": "clone3", "flags": AUTOKILL},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": OF_CLONE3,
        "EPERM": "v7.1…",
    },
)
call(
    "an empty mount namespace can be asked of clone3() since v7.1",
    source="9d4e752a24f7 (namespace: allow creating empty mount namespaces), v7.1",
    request={"entry": "clone3", "flags": "CLONE_EMPTY_MNTNS"},
    current={"real_cred": ROOT},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": OF_CLONE3,
        "0": "v7.1…",
    },
)
call(
    "an empty mount namespace can be asked of unshare() since v7.1",
    source="9d4e752a24f7, v7.1: UNSHARE_EMPTY_MNTNS is 0x100000",
    request={"entry": "unshare", "flags": 0x100000},
    current={"real_cred": ROOT},
    gives={"EINVAL": OLDER,
        "0": "v7.1…"},
)
history(
    "who gained privilege is killed only through a pidfd that root made",
    of="P18t",
    source=f"c8134b5f13ae, v7.1; {PULL}",
    gives={"VACUOUS": OLDER, "PROVED": "v7.1…"},
)
call(
    "an idle task is never reaped: CLONE_AUTOREAP marks none",
    source="12ae2c81b21c, v7.1; read in 7.2.13 and 7.3.4: only a child with a pid is marked",
    shows="child.autoreap",
    request={"entry": "copy_process", "flags": "CLONE_AUTOREAP", "kthread": 1, "idle": True},
    current={"flags": "PF_KTHREAD"},
    gives={
        NO_SUCH_CALL: "…v6.3, series-1…series-7, debian-6.1.192",
        False: "v6.4…, series-8…, debian-6.12.117",
    },
)
call(
    "a child that shares no memory needs an exec state since v7.2",
    source="b092062cb6d7 (exec: introduce struct task_exec_state), "
    "branch kernel-7.2.task_exec_state",
    request={"entry": "fork"},
    chance={"fails": "exec_state"},
    gives={"0": f"…v7.1, series, {DEBIANS}", "ENOMEM": "v7.2…"},
)
call(
    "a child that shares memory and is no thread has a futex hash made since v7.1",
    source="ee9dce44362b (futex: Drop CLONE_THREAD requirement for private default hash alloc), "
    "May 2026, with v7.1-rc2",
    request={"entry": "clone", "flags": "CLONE_VM"},
    chance={"fails": "futex_hash"},
    gives={"0": f"…v7.0, series, {DEBIANS}", "ENOMEM": "v7.1…"},
)
call(
    "a child of vfork() has a futex hash made since v7.3",
    source="b61b6f95d672 (futex: Also allocate private hash on vfork()), September 2026; 7.2.8",
    request={"entry": "vfork"},
    chance={"fails": "futex_hash"},
    gives={"0": f"…v7.2, series, {DEBIANS}", "ENOMEM": "v7.3…"},
)
call(
    "a helper may not share a root since v7.3",
    source="ed4b16725290 (fs: add umh argument to struct kernel_clone_args), merged August 2026",
    request={"entry": "user_mode_thread", "flags": "CLONE_FS"},
    gives={NO_SUCH_CALL: "…v5.18", "0": f"v5.19…v7.2, series, {DEBIANS}", "EINVAL": "v7.3…"},
)
call(
    "a helper is made from the initial mount namespace only since v7.3",
    source="ed4b16725290, v7.3",
    request={"entry": "user_mode_thread"},
    current={"nsproxy": {"mnt_ns_is_initial": False}},
    gives={NO_SUCH_CALL: "…v5.18", "0": f"v5.19…v7.2, series, {DEBIANS}", "EINVAL": "v7.3…"},
)
call(
    "an idle task shares a root since v7.3",
    source="read in 7.3.4 and 7.2.13",
    shows="child.fs",
    request={"entry": "fork_idle"},
    current={"flags": "PF_KTHREAD"},
    gives={"copied": f"…v7.2, series, {DEBIANS}", "shared": "v7.3…"},
)
call(
    "kernel_thread() keeps flags above 32 bits since v6.18",
    source="f7071db2fe3d (fork: kill the pointless lower_32_bits()), pull request for 6.18-rc1",
    shows="child.in_target_cgroup",
    request={"entry": "kernel_thread", "flags": "CLONE_INTO_CGROUP"},
    gives={False: f"…v6.17, series, {DEBIANS}", True: "v6.18…"},
)
