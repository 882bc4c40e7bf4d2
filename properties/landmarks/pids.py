"""Pids that the caller chooses: clone3()'s set_tid, who may use it, and in which order it fails."""

from __future__ import annotations

from properties.landmarks.landmark import NO_SUCH_CALL, call

DEBIAN = "debian-6.1.192, debian-6.12.117"
ONE = {"entry": "clone3", "set_tid": 1, "set_tid_size": 1}

call(
    "a pid may be chosen with CAP_CHECKPOINT_RESTORE since v5.9",
    source="pid: use checkpoint_restore_ns_capable() for set_tid, v5.9; "
    "capabilities(7): CAP_CHECKPOINT_RESTORE (since Linux 5.9)",
    request={**ONE, "tid0": 77},
    current={"real_cred": {"cap_effective": "CAP_CHECKPOINT_RESTORE"}},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "E2BIG": "v5.3…v5.4",
        "EPERM": "v5.5…v5.8",
        "0": f"v5.9…, series, {DEBIAN}",
    },
)
call(
    "a pid may be chosen with CAP_SYS_ADMIN since v5.5",
    source="49cb2fc42ce4, v5.5; clone(2): set_tid (since Linux 5.5)",
    request={**ONE, "tid0": 77},
    current={"real_cred": {"cap_effective": "CAP_SYS_ADMIN"}},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "E2BIG": "v5.3…v5.4",
        "0": f"v5.5…, series, {DEBIAN}",
    },
)
call(
    "a pid is not chosen without a capability",
    source="49cb2fc42ce4, v5.5; clone(2) EPERM: set_tid without CAP_SYS_ADMIN",
    request={**ONE, "tid0": 77},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "E2BIG": "v5.3…v5.4",
        "EPERM": f"v5.5…, series, {DEBIAN}",
    },
)
call(
    "more pids than nested pid namespaces are not chosen",
    source="49cb2fc42ce4, v5.5; clone(2) EINVAL: set_tid_size above the nested namespaces",
    request={"entry": "clone3", "set_tid": 1, "set_tid_size": 2, "tid0": 77, "tid1": 77},
    current={"real_cred": {"cap_effective": "CAP_SYS_ADMIN"}},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "E2BIG": "v5.3…v5.4",
        "EINVAL": f"v5.5…, series, {DEBIAN}",
    },
)
call(
    "since v7.0 each pid is tested before the first is taken",
    source="6d864a1b1825 (pid: only take pidmap_lock once on alloc), "
    "in linux-next before v7.0 from memory",
    request={"entry": "clone3", "set_tid": 1, "set_tid_size": 2, "tid0": 77, "tid1": 0},
    current={
        "real_cred": {"cap_effective": "CAP_SYS_ADMIN"},
        "pid_ns": {"level": 1, "taken": True},
    },
    gives={
        NO_SUCH_CALL: "…v5.2",
        "E2BIG": "v5.3…v5.4",
        "EEXIST": f"v5.5…v6.19, series, {DEBIAN}",
        "EINVAL": "v7.0…",
    },
)
call(
    "since v7.1 the right to choose is tested before the missing init",
    source="39c8806e2d88, v7.1 (pid: check init is created first after idr alloc)",
    request={**ONE, "tid0": 2},
    current={
        "nsproxy": {"pid_for_children_is_active": False},
        "pid_ns": {"level": 1, "child_reaper": False},
    },
    gives={
        NO_SUCH_CALL: "…v5.2",
        "E2BIG": "v5.3…v5.4",
        "EINVAL": f"v5.5…v7.0, series, {DEBIAN}",
        "EPERM": "v7.1…",
    },
)
call(
    "nobody is born into a pid namespace whose init has died",
    source="pid_namespaces(7): fork() fails with ENOMEM once the init has terminated",
    request={"entry": "fork"},
    current={
        "nsproxy": {"pid_for_children_is_active": False},
        "pid_ns": {"level": 1, "adding": False},
    },
    gives={"ENOMEM": "everywhere"},
)
