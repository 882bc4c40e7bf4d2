"""Flags that clone() and fork() refuse, and since when: clone(2) ERRORS and the commits behind."""

from __future__ import annotations

from properties.landmarks.landmark import NO_SUCH_CALL, UNSAID, call

ROOT = {"uid": 0, "euid": 0, "cap_effective": "all"}

call(
    "a new user namespace never shares its root with the old one (CVE-2013-1858)",
    source="e66eded8309e, v3.9; clone(2) EINVAL (since Linux 3.9)",
    request={"entry": "clone", "flags": "CLONE_NEWUSER|CLONE_FS"},
    gives={"EINVAL": "everywhere"},
)
call(
    "nor does clone3() let it (CVE-2013-1858)",
    source="e66eded8309e, v3.9; clone(2) EINVAL (since Linux 3.9)",
    request={"entry": "clone3", "flags": "CLONE_NEWUSER|CLONE_FS"},
    current={"real_cred": ROOT},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "a new mount namespace never shares its root with the old one",
    source="clone(2) EINVAL: both CLONE_FS and CLONE_NEWNS",
    request={"entry": "clone", "flags": "CLONE_NEWNS|CLONE_FS"},
    current={"real_cred": ROOT},
    gives={"EINVAL": "everywhere"},
)
call(
    "the init of a pid namespace makes itself no sibling",
    source="123be07b0b39, v2.6.32; clone(2) EINVAL (since Linux 2.6.32)",
    request={"entry": "clone", "flags": "CLONE_PARENT"},
    current={"signal": {"unkillable": True}},
    gives={"EINVAL": "everywhere"},
)
call(
    "a sibling may be made in a new user namespace",
    source="1f7f4dde5c94, v3.13 (a regression of v3.12, as LXC's sources tell)",
    request={"entry": "clone", "flags": "CLONE_PARENT|CLONE_NEWUSER"},
    gives={"EINVAL": "…v3.12", "0": "v3.13…, series, debian-6.1.192, debian-6.12.117"},
)
call(
    "a sibling may be made in a new pid namespace",
    source="1f7f4dde5c94, v3.13 (a regression of v3.12, as LXC's sources tell)",
    request={"entry": "clone", "flags": "CLONE_PARENT|CLONE_NEWPID"},
    current={"real_cred": ROOT},
    gives={"EINVAL": "…v3.12", "0": "v3.13…, series, debian-6.1.192, debian-6.12.117"},
)
call(
    "a thread shares its creator's signal handlers",
    source="clone(2) EINVAL: CLONE_THREAD without CLONE_SIGHAND (since Linux 2.5.35)",
    request={"entry": "clone", "flags": "CLONE_THREAD|CLONE_VM"},
    gives={"EINVAL": "everywhere"},
)
call(
    "who shares signal handlers shares memory",
    source="clone(2) EINVAL: CLONE_SIGHAND without CLONE_VM (since Linux 2.6.0)",
    request={"entry": "clone", "flags": "CLONE_SIGHAND"},
    gives={"EINVAL": "everywhere"},
)
call(
    "no thread enters another pid namespace than its group",
    source="clone(2) EINVAL: CLONE_NEWPID or CLONE_NEWUSER with CLONE_THREAD",
    request={"entry": "clone", "flags": "CLONE_VM|CLONE_SIGHAND|CLONE_THREAD|CLONE_NEWPID"},
    current={"real_cred": ROOT},
    gives={"EINVAL": "everywhere"},
)
call(
    "a pidfd of a new thread can be had since v6.9",
    source="83b290c9e3b5, v6.9 (man-pages: available since Linux 6.9); no stable series has it",
    request={"entry": "clone", "flags": "CLONE_VM|CLONE_SIGHAND|CLONE_THREAD|CLONE_PIDFD"},
    gives={
        UNSAID: "…v5.1",
        "EINVAL": "v5.2…v6.8, series, debian-6.1.192",
        "0": "v6.9…, debian-6.12.117",
    },
)
call(
    "a pidfd and the child's pid are not written to one address, by clone3() neither",
    source="pull request fork-v5.9: legacy_clone_args_valid() is folded into _do_fork()",
    request={"entry": "clone3", "flags": "CLONE_PIDFD|CLONE_PARENT_SETTID"},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "0": "v5.3…v5.8",
        "EINVAL": "v5.9…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "clone() has one pointer for the pidfd and the child's pid",
    source="b3e583825266, v5.2; clone(2) EINVAL: CLONE_PIDFD with CLONE_PARENT_SETTID",
    request={"entry": "clone", "flags": "CLONE_PIDFD|CLONE_PARENT_SETTID"},
    gives={
        "0": "…v5.1",
        "EINVAL": "v5.2…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "CLONE_DETACHED is refused beside CLONE_PIDFD",
    source="clone(2) EINVAL: CLONE_PIDFD with CLONE_DETACHED",
    request={"entry": "clone", "flags": "CLONE_PIDFD|CLONE_DETACHED"},
    gives={
        "0": "…v5.1",
        "EINVAL": "v5.2…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "bits above the 32nd mean nothing to legacy clone()",
    source="3f2c788a1314, pulled as for-linus-2020-05-13 for v5.7: accidental clone3 features",
    shows="child.in_target_cgroup",
    request={"entry": "clone", "flags": "CLONE_INTO_CGROUP"},
    gives={False: "everywhere"},
)
call(
    "legacy clone() takes an exit signal that is none, until v7.1",
    source="09e7827e7857, v7.1; its author's objection to stable: no such material",
    request={"entry": "clone", "flags": "0x44"},
    gives={
        "0": "…v7.0, series, debian-6.1.192, debian-6.12.117",
        "EINVAL": "v7.1…",
    },
)
call(
    "CLONE_VM with a pending time namespace is refused until exec switches it",
    source="769071ac9f20, v5.6; 2b5f9dad32ed, v6.2 from memory "
    "(fs/exec: switch timens when a task gets a new mm)",
    request={"entry": "clone", "flags": "CLONE_VM"},
    current={"nsproxy": {"time_for_children_is_active": False}},
    gives={
        NO_SUCH_CALL: "…v5.5",
        "EINVAL": "v5.6…v6.1, debian-6.1.192",
        "0": "v6.2…, series, debian-6.12.117",
    },
)
call(
    "a child that shares memory stays in its maker's time namespace, whatever else is new",
    source="2b5f9dad32ed, v6.2 from memory; time_namespaces(7); lost in 5.14.0-427.el9, as read",
    shows="child.time_ns",
    request={"entry": "clone", "flags": "CLONE_VM|CLONE_NEWIPC"},
    current={"real_cred": ROOT, "nsproxy": {"time_for_children_is_active": False}},
    gives={
        NO_SUCH_CALL: "…v5.5",
        "EINVAL": "v5.6…v6.1, debian-6.1.192",
        "same": "v6.2…, series, debian-6.12.117",
    },
)
call(
    "TIF_NOTIFY_SIGNAL no longer stops a fork",
    source="66ae0d1e2d9f, v5.13 from memory; the flag itself came with v5.11",
    request={"entry": "fork"},
    chance={"notify_signal": True},
    gives={
        UNSAID: "…v5.10",
        "0": "v5.13…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "a signal that waits is delivered before a fork",
    source="4a2c7a7837da, v2.6.17; clone(2) ERESTARTNOINTR",
    request={"entry": "fork"},
    chance={"signal_pending": True},
    gives={"ERESTARTNOINTR": "everywhere"},
)
