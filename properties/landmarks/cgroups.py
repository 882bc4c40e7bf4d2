"""Cgroups: pids.max, cgroup.kill and its races, the cgroup that a child is put into."""

from __future__ import annotations

from properties.landmarks.landmark import NO_SUCH_CALL, call, history

DEBIAN = "debian-6.1.192, debian-6.12.117"

call(
    "pids.max holds root as well",
    source="49b786ea146f, v4.3; Documentation/admin-guide/cgroup-v2.rst, PID: fork() fails with "
    "-EAGAIN",
    request={"entry": "fork"},
    current={
        "real_cred": {"uid": 0, "euid": 0, "cap_effective": "all"},
        "cgroup": {"pids": 5, "pids_max": 5},
    },
    gives={"0": "…v4.2", "EAGAIN": f"v4.3…, series, {DEBIAN}"},
)
call(
    "a cgroup.kill that walks its tasks reaches a child in the making since v5.14",
    source="661ee6280931, v5.14 (cgroup: introduce cgroup.kill)",
    shows="child.born_killed",
    request={"entry": "fork"},
    chance={"cgroup_killed": 1},
    gives={False: "…v5.13", True: f"v5.14…, series, {DEBIAN}"},
)
call(
    "a fork escaped a cgroup.kill that was done before it ended, until v6.14",
    source="b69bb476dee9, for-6.14-fixes, stable v5.14+; changelog of linux 6.1.129-1 (Debian)",
    shows="child.born_killed",
    request={"entry": "fork"},
    chance={"cgroup_killed": 2},
    gives={False: "…v6.13, series", True: f"v6.14…, {DEBIAN}"},
)
call(
    "the kill sequence was taken from the caller's cgroup: a spurious SIGKILL until v7.3",
    source="8e3599202166 (fix spurious SIGKILL of CLONE_INTO_CGROUP children), August 2026; "
    "sources of Debian's 6.1.192 and 6.12.117",
    shows="child.born_killed",
    request={"entry": "clone3", "flags": "CLONE_INTO_CGROUP"},
    current={"cgroup": {"kill_seq": 1}},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…v5.6",
        False: f"v5.7…v6.13, series, {DEBIAN}, v7.3…",
        True: "v6.14…v7.2",
    },
)
call(
    "a cgroup that controls its children takes no child",
    source="ef2c41cf38a7, v5.7; clone(2) EBUSY: a domain controller is enabled",
    request={
        "entry": "clone3",
        "flags": "CLONE_INTO_CGROUP",
        "cgroup_target": {"controllers_below": True},
    },
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…v5.6",
        "EBUSY": f"v5.7…, series, {DEBIAN}",
    },
)
history(
    "a fork that began before a cgroup.kill left a survivor until v6.14",
    of="P70H",
    source="b69bb476dee9, for-6.14-fixes, stable v5.14+; 661ee6280931, v5.14",
    gives={
        "VACUOUS": "…v5.13",
        "REFUTED": "v5.14…v6.13, series",
        "PROVED": f"v6.14…, {DEBIAN}",
    },
)
history(
    "a child was killed though nobody killed its cgroup, from v6.14 to v7.2",
    of="P71H",
    source="8e3599202166 (fix spurious SIGKILL of CLONE_INTO_CGROUP children), August 2026",
    gives={"PROVED": f"…v6.13, series, {DEBIAN}, v7.3…", "REFUTED": "v6.14…v7.2"},
)
