"""RLIMIT_NPROC in its three eras: user_struct (to v5.13), ucounts, ucounts mended (v5.17)."""

from __future__ import annotations

from properties.landmarks.landmark import UNSAID, call, history, verdict

DEBIAN = "debian-6.1.192, debian-6.12.117"
MENDED = f"v5.17…, series, {DEBIAN}"
NO_NAMESPACE_BOUND = 2**63 - 1

call(
    "exactly RLIMIT_NPROC tasks fit, but for v5.14 to v5.16, where one more did",
    source="21d1c5e386bc, v5.14; 8f2f9c4d82f2, v5.17 "
    "(Enforce RLIMIT_NPROC not RLIMIT_NPROC+1); setrlimit(2)",
    request={"entry": "fork"},
    current={"signal": {"rlim_nproc": 1}},
    gives={"EAGAIN": f"…v5.13, {MENDED}", "0": "v5.14…v5.16"},
)
call(
    "beyond RLIMIT_NPROC nobody forks",
    source="setrlimit(2) RLIMIT_NPROC; fork(2) EAGAIN",
    request={"entry": "fork"},
    current={
        "signal": {"rlim_nproc": 1},
        "real_cred": {"ucounts": {"nproc": 2, "user_processes": 2}},
    },
    gives={"EAGAIN": "everywhere"},
)
call(
    "RLIMIT_NPROC does not hold root",
    source="setrlimit(2): not enforced for real user ID 0",
    request={"entry": "fork"},
    current={"signal": {"rlim_nproc": 0}, "real_cred": {"uid": 0}},
    gives={"0": "everywhere"},
)
call(
    "RLIMIT_NPROC does not hold who has CAP_SYS_RESOURCE",
    source="setrlimit(2): not enforced for processes with CAP_SYS_RESOURCE",
    request={"entry": "fork"},
    current={"signal": {"rlim_nproc": 0}, "real_cred": {"cap_effective": "CAP_SYS_RESOURCE"}},
    gives={"0": "everywhere"},
)
call(
    "threads-max holds root as well",
    source="fork(2) EAGAIN: the system-wide limit on the number of threads",
    request={"entry": "fork"},
    current={"real_cred": {"uid": 0, "euid": 0, "cap_effective": "all"}},
    system={"nr_threads": 100, "max_threads": 100},
    gives={"EAGAIN": "everywhere"},
)
call(
    "tasks inside weigh on the bound that their namespace's creator had, since v5.16",
    source="59ec71575ab4 (ucounts: Fix rlimit max values check), ucount-rlimit-fixes-for-v5.16, "
    "in v5.16-rc7",
    request={"entry": "fork"},
    current={
        "real_cred": {
            "user_ns": {"level": 1, "nproc_max": 1},
            "ucounts": {"nproc": 1, "nproc_parent": 2},
        }
    },
    gives={"0": "…v5.15", "EAGAIN": f"v5.16…, series, {DEBIAN}"},
)
call(
    "a count that wrapped is over every limit since v5.17",
    source="0cbae9e24fa7, ucount-rlimit-fixes-for-v5.17 "
    "(ucounts: Handle wrapping in is_ucounts_overlimit)",
    request={"entry": "fork"},
    current={"real_cred": {"ucounts": {"nproc": -5}}},
    gives={"0": "…v5.16", "EAGAIN": MENDED},
)
call(
    "a child is charged to its real uid, but for v5.14 to v5.16, by its effective one",
    source="a55d07294f1e, v5.17 (Base set_cred_ucounts changes on the real user)",
    shows="child.charged_uid",
    request={"entry": "clone", "flags": "CLONE_NEWUSER"},
    current={"real_cred": {"uid": 1000, "euid": 2000}},
    gives={1000: f"…v5.13, {MENDED}", 2000: "v5.14…v5.16"},
)
call(
    "a namespace that global root makes has no bound since v5.17",
    source="0ac983f51203, v5.17 (Fix systemd LimitNPROC with private users regression); "
    "before v5.14 no namespace had one",
    shows="after.user_ns_nproc_max",
    request={"entry": "unshare", "flags": "CLONE_NEWUSER"},
    current={"real_cred": {"uid": 0, "euid": 0}, "signal": {"rlim_nproc": 7}},
    gives={UNSAID: "…v5.13", 7: "v5.14…v5.16", NO_NAMESPACE_BOUND: MENDED},
)
call(
    "unshare(CLONE_NEWUSER) moves the caller's charge since v5.14",
    source="21d1c5e386bc, v5.14 (Reimplement RLIMIT_NPROC on top of ucounts)",
    shows="after.nproc_moved",
    request={"entry": "unshare", "flags": "CLONE_NEWUSER"},
    gives={False: "…v5.13", True: f"v5.14…, series, {DEBIAN}"},
)
verdict(
    "workers of plain owners are within every limit of their chain since v5.17",
    of="P32t",
    source="8f2f9c4d82f2, v5.17; cc440e8738e5, v5.12 (create_io_thread)",
    gives={"VACUOUS": "…v5.11", "REFUTED": "v5.12…v5.16", "PROVED": MENDED},
)
history(
    "commit_creds() took from the old count on other terms than it added to the new one",
    of="P24",
    source="629715adc62b, v5.15-rc7 (Pair inc_rlimit_ucounts with dec_rlimit_ucoutns)",
    gives={"PROVED": f"…v5.13, v5.15…, series, {DEBIAN}", "REFUTED": "v5.14"},
)
history(
    "seteuid() moved nobody's charge before v5.14, and moves none since v5.17",
    of="P25H",
    source="a55d07294f1e, v5.17 (Base set_cred_ucounts changes on the real user)",
    gives={"PROVED": f"…v5.13, {MENDED}", "REFUTED": "v5.14…v5.16"},
)
history(
    "set*uid() tested the user that it left",
    of="P27",
    source="c923a8e7edb0, v5.17 (Move RLIMIT_NPROC handling after set_user)",
    gives={"PROVED": f"…v5.13, {MENDED}", "REFUTED": "v5.14…v5.16"},
)
history(
    "a set-user-ID-root program that gives up root escaped its user's limit",
    of="P28",
    source="c16bdeb5a39f, v5.17; Solar Designer on 2863643fb8b9 (suexec of Apache httpd)",
    gives={"PROVED": f"…v5.13, {MENDED}", "REFUTED": "v5.14…v5.16"},
)
history(
    "v5.15 marked nobody who has a capability, and so whom it should have",
    of="P30H",
    source="2863643fb8b9, v5.15; c16bdeb5a39f, v5.17 takes it back",
    gives={
        "REFUTED": f"…v5.14, {MENDED}",
        "PROVED": "v5.15…v5.16",
    },
)
history(
    "set*uid() to a user within its limit leaves no mark since v5.15",
    of="P27x",
    source="2863643fb8b9, v5.15 (set_user: add capability check when rlimit(RLIMIT_NPROC) exceeds)",
    gives={"REFUTED": "…v5.14", "PROVED": f"v5.15…, series, {DEBIAN}"},
)
history(
    "a ucounts kept no user namespace (CVE-2022-24122)",
    of="P37n",
    source="f9d87929d451, ucount-rlimit-fixes-for-v5.17-rc2",
    gives={"VACUOUS": "…v5.13", "REFUTED": "v5.14…v5.16", "PROVED": MENDED},
)
history(
    "a ucounts is found and dropped for the last time under one lock",
    of="P37f",
    source="345daff2e994, v5.14 (Fix race condition between alloc_ucounts and put_ucounts)",
    gives={"VACUOUS": "…v5.13", "PROVED": f"v5.14…, series, {DEBIAN}"},
)
history(
    "who counts a signal first took its reference after the bound",
    of="P37a",
    source="source of Debian's 6.12.117: the reference first; not in its 6.1.192",
    gives={
        "PROVED": "…v5.13, debian-6.12.117",
        "REFUTED": "v5.14…, series, debian-6.1.192",
    },
)
