"""Namespaces: who may make or join one, with clone(), unshare() and setns()."""

from __future__ import annotations

from properties.landmarks.landmark import NO_SUCH_CALL, call

ROOT = {"uid": 0, "euid": 0, "cap_effective": "all"}
DEBIAN = "debian-6.1.192, debian-6.12.117"

call(
    "a chrooted task gets no user namespace from clone()",
    source="3151527ee007, v3.9; clone(2) EPERM (since Linux 3.9)",
    request={"entry": "clone", "flags": "CLONE_NEWUSER"},
    current={"chrooted": True},
    gives={"EPERM": "everywhere"},
)
call(
    "a chrooted task gets no user namespace from unshare()",
    source="3151527ee007, v3.9; unshare(2) EPERM (since Linux 3.9)",
    request={"entry": "unshare", "flags": "CLONE_NEWUSER"},
    current={"chrooted": True},
    gives={"EPERM": "everywhere"},
)
call(
    "Debian's sysctl forbids user namespaces to the unprivileged, mainline has none",
    source="kernel.unprivileged_userns_clone, in Debian's patches and changelog only",
    request={"entry": "clone", "flags": "CLONE_NEWUSER"},
    system={"unprivileged_userns_clone": False},
    gives={"0": "v3.10…, series", "EPERM": DEBIAN},
)
call(
    "Debian's sysctl holds for unshare() too",
    source="kernel.unprivileged_userns_clone, in Debian's patches and changelog only",
    request={"entry": "unshare", "flags": "CLONE_NEWUSER"},
    system={"unprivileged_userns_clone": False},
    gives={"0": "v3.10…, series", "EPERM": DEBIAN},
)
call(
    "security modules are asked about new user namespaces since v6.1",
    source="7cd4c5c2101c, v6.1: security_create_user_ns()",
    request={"entry": "clone", "flags": "CLONE_NEWUSER"},
    chance={"fails": "security_create_user_ns", "errno": "EPERM"},
    gives={"0": "…v6.0", "EPERM": f"v6.1…, series, {DEBIAN}"},
)
call(
    "security modules are asked about unshare(CLONE_NEWUSER) since v6.1",
    source="7cd4c5c2101c, v6.1: security_create_user_ns()",
    request={"entry": "unshare", "flags": "CLONE_NEWUSER"},
    chance={"fails": "security_create_user_ns", "errno": "EPERM"},
    gives={"0": "…v6.0", "EPERM": f"v6.1…, series, {DEBIAN}"},
)
call(
    "the 33rd level of user namespaces is the last",
    source="clone(2) ENOSPC (since Linux 4.9); kernel/user_namespace.c: level > 32 is tested",
    request={"entry": "clone", "flags": "CLONE_NEWUSER"},
    current={"real_cred": {"user_ns": {"level": 33}}},
    gives={
        "0": "…v3.10",
        "EUSERS": "v3.11…v4.8",
        "ENOSPC": f"v4.9…, series, {DEBIAN}",
    },
)
call(
    "where the sysctl allows no user namespace there are too many of them",
    source="25f9c0817c53, v4.9; namespaces(7) /proc/sys/user; only RHEL 7 says EINVAL, as read",
    request={"entry": "clone", "flags": "CLONE_NEWUSER"},
    system={"user_namespaces": {"max": 0}},
    gives={"0": "…v4.8", "ENOSPC": f"v4.9…, series, {DEBIAN}"},
)
call(
    "new namespaces beside a new user namespace need no privilege",
    source="user_namespaces(7): CLONE_NEWUSER along with other CLONE_NEW* flags",
    request={"entry": "clone", "flags": "CLONE_NEWUSER|CLONE_NEWNET"},
    gives={"0": "everywhere"},
)
call(
    "a new network namespace alone needs CAP_SYS_ADMIN",
    source="clone(2) EPERM: CLONE_NEWNET by an unprivileged process",
    request={"entry": "clone", "flags": "CLONE_NEWNET"},
    gives={"EPERM": "everywhere"},
)
call(
    "unshare() makes time namespaces since v5.6",
    source="769071ac9f20, v5.6; time_namespaces(7): since Linux 5.6",
    request={"entry": "unshare", "flags": "CLONE_NEWTIME"},
    current={"real_cred": ROOT},
    gives={"EINVAL": "…v5.5", "0": f"v5.6…, series, {DEBIAN}"},
)
call(
    "there is no cgroup namespace to join before v4.6",
    source="a79a908fd2b0, v4.6; cgroup_namespaces(7): since Linux 4.6",
    request={"entry": "setns", "target": {"type": "CLONE_NEWCGROUP"}},
    current={"real_cred": ROOT},
    gives={NO_SUCH_CALL: "…v4.5", "0": f"v4.6…, series, {DEBIAN}"},
)
call(
    "setns() takes a pidfd since v5.8",
    source="303cc571d107, v5.8-rc1; setns(2): a PID file descriptor (since Linux 5.8)",
    request={"entry": "setns", "flags": "CLONE_NEWUTS", "target": {"file": 2}},
    current={"real_cred": ROOT},
    gives={"EINVAL": "…v5.7", "0": f"v5.8…, series, {DEBIAN}"},
)
call(
    "setns() of several namespaces forgot that the root may be shared",
    source="303cc571d107, v5.8-rc1; refused again in Debian's 6.12.117 source, not in its 6.1.192",
    request={"entry": "setns", "flags": "CLONE_NEWNS|CLONE_NEWUTS", "target": {"file": 2}},
    current={"real_cred": ROOT, "fs_users": 2},
    gives={
        "EINVAL": "…v5.7, debian-6.12.117",
        "0": "v5.8…, series, debian-6.1.192",
    },
)
call(
    "one's own user namespace is not joined again",
    source="setns(2) EINVAL: the caller is in that user namespace",
    request={"entry": "setns", "target": {"type": "CLONE_NEWUSER", "own_user_ns": True}},
    current={"real_cred": ROOT},
    gives={"EINVAL": "everywhere"},
)
call(
    "unshare(CLONE_NEWNS) works on a copy of fs_struct since v7.0",
    source="6c4b2243cb6c, v7.0 from memory (unshare: fix unshare_fs() handling), stable; "
    "changelog of linux 6.1.170-1 (Debian)",
    shows="after.fs_copied",
    request={"entry": "unshare", "flags": "CLONE_NEWNS"},
    current={"real_cred": ROOT},
    gives={False: "…v6.19, series", True: f"v7.0…, {DEBIAN}"},
)
call(
    "an unshare() that fails late leaked its nsproxy until v7.1",
    source="a98621a0f187, v7.1, stable; changelog of linux 6.1.176-1 (Debian); "
    "set_cred_ucounts() came with v5.14",
    shows="leaks",
    request={"entry": "unshare", "flags": "CLONE_NEWUSER|CLONE_NEWUTS"},
    chance={"fails": "set_cred_ucounts"},
    gives={
        "nothing": f"…v5.13, v7.1…, {DEBIAN}",
        "nsproxy": "v5.14…v7.0, series",
    },
)
call(
    "a process with threads cannot leave its user namespace",
    source="unshare(2) EINVAL: CLONE_NEWUSER (implies CLONE_THREAD) and multithreaded",
    request={"entry": "unshare", "flags": "CLONE_NEWUSER"},
    current={"signal": {"nr_threads": 2}, "sighand": {"count": 2}, "mm_users": 2},
    gives={"EINVAL": "everywhere"},
)
call(
    "root may have an IPC namespace",
    source="clone(2) CLONE_NEWIPC (since Linux 2.6.19)",
    shows="child.ipc_ns",
    request={"entry": "clone", "flags": "CLONE_NEWIPC"},
    current={"real_cred": ROOT},
    gives={"new": "everywhere"},
)
