"""What came between v3.10 and v5.4: read in trees of both sides of each release, or said so."""

from __future__ import annotations

from properties.landmarks.landmark import NO_SUCH_CALL, call

ROOT = {"uid": 0, "euid": 0, "cap_effective": "all"}
REST = "series, debian-6.1.192, debian-6.12.117"
PENDING = {"nsproxy": {"pid_for_children_is_active": False}, "pid_ns": {"level": 1}}

call(
    "who is to be in a pid namespace set aside could not share memory until v3.12",
    source="e79f525e99b0, v3.12 from memory (pidns: fix vfork() after unshare(CLONE_NEWPID)); "
    "refused in 3.10.4 and 3.11",
    request={"entry": "vfork"},
    current=PENDING,
    gives={"EINVAL": "…v3.11", "0": f"v3.12…, {REST}"},
)
call(
    "who shares signal handlers was made in no new pid namespace from v3.12 to v4.2",
    source="40a0d32d1eaf, v3.12; faf00da54404, v4.3 from memory; sources of 3.10.4, 4.2.8, 4.3",
    request={"entry": "clone", "flags": "CLONE_VM|CLONE_SIGHAND|CLONE_NEWPID"},
    current={"real_cred": ROOT},
    gives={"0": f"…v3.11, v4.3…, {REST}", "EINVAL": "v3.12…v4.2"},
)
call(
    "a process with threads unshares its children's pid namespace since v3.12",
    source="6e556ce209b0, v3.12 (pidns: don't have unshare(CLONE_NEWPID) imply CLONE_THREAD)",
    request={"entry": "unshare", "flags": "CLONE_NEWPID"},
    current={
        "real_cred": ROOT,
        "signal": {"nr_threads": 2},
        "sighand": {"count": 2},
        "mm_users": 2,
    },
    gives={"EINVAL": "…v3.11", "0": f"v3.12…, {REST}"},
)
call(
    "unshare(CLONE_THREAD) asked for memory of one's own until v4.3",
    source="12c641ab8270, v4.3 from memory; check_unshare_flags() of 4.2.8 and 4.3",
    request={"entry": "unshare", "flags": "CLONE_THREAD"},
    current={"mm_users": 2},
    gives={"EINVAL": "…v4.2", "0": f"v4.3…, {REST}"},
)
call(
    "a user namespace is joined while memory is shared since v4.3",
    source="faf00da54404, v4.3 from memory; userns_install() of 4.2.8 and 4.3",
    request={"entry": "setns", "target": {"type": "CLONE_NEWUSER", "user_ns_reach": 2}},
    current={"mm_users": 2},
    gives={"EINVAL": "…v4.2", "0": f"v4.3…, {REST}"},
)
call(
    "a user namespace that could not be unshared kept credentials until v3.11",
    source="6160968cee8b, v3.11 from memory; unshare_userns() of 3.10.4 and 3.11",
    shows="leaks",
    request={"entry": "unshare", "flags": "CLONE_NEWUSER"},
    current={"chrooted": True},
    gives={"cred": "…v3.10", "nothing": f"v3.11…, {REST}"},
)
call(
    "SIGKILL ends a wait for kthreadd since v3.13, with EINTR since v3.16",
    source="786235eeba0e, v3.13; 8fe6929cfd43, v3.16 from memory; sources of 3.11, 3.13, 3.14 "
    "and 3.16",
    request={"entry": "kthread_create"},
    chance={"killed_while_waiting": True},
    gives={"0": "…v3.12", "ENOMEM": "v3.13…v3.15", "EINTR": f"v3.16…, {REST}"},
)
call(
    "SCHED_DEADLINE came with v3.14, and with it that it is not inherited",
    source="aab03e05e8f7, v3.14; sched(7): SCHED_DEADLINE (since Linux 3.14)",
    request={"entry": "fork"},
    current={"deadline": True},
    gives={"0": "…v3.13", "EAGAIN": f"v3.14…, {REST}"},
)
call(
    "exhausted pids were ENOMEM, then EAGAIN, from v4.15 to v4.18 ENOSPC",
    source="35f71bc0a09a, v4.1; 95846ecf9dac, v4.15; f83606f5eb00, v4.19; "
    "alloc_pid() of 3.19, 4.1.19, 4.14.177, 4.16.13, 4.18, 4.19",
    request={"entry": "fork"},
    chance={"fails": "pids_exhausted"},
    gives={
        "ENOMEM": "…v4.0",
        "EAGAIN": f"v4.1…v4.14, v4.19…, {REST}",
        "ENOSPC": "v4.15…v4.18",
    },
)
call(
    "CLONE_NEWCGROUP meant nothing to clone() until v4.6",
    source="a79a908fd2b0, v4.6; cgroup_namespaces(7): since Linux 4.6",
    request={"entry": "clone", "flags": "CLONE_NEWCGROUP"},
    gives={"0": "…v4.5", "EPERM": f"v4.6…, {REST}"},
)
call(
    "unshare() refused CLONE_NEWCGROUP as unknown until v4.6",
    source="a79a908fd2b0, v4.6; check_unshare_flags() of 4.5 and 4.6.2",
    request={"entry": "unshare", "flags": "CLONE_NEWCGROUP"},
    gives={"EINVAL": "…v4.5", "EPERM": f"v4.6…, {REST}"},
)
call(
    "a fork that got no pid kept what copy_thread() had taken until v4.7",
    source="0740aa5f6375, v4.7; copy_process() of 4.6.2 and 4.7.4",
    shows="leaks",
    request={"entry": "fork"},
    chance={"fails": "alloc_pid"},
    gives={"thread state": "…v4.6", "nothing": f"v4.7…, {REST}"},
)
call(
    "namespaces are bounded by sysctls since v4.9",
    source="25f9c0817c53, v4.9; namespaces(7) /proc/sys/user: since Linux 4.9",
    request={"entry": "clone", "flags": "CLONE_NEWUTS"},
    current={"real_cred": ROOT},
    system={"uts_namespaces": {"max": 0}},
    gives={"0": "…v4.8", "ENOSPC": f"v4.9…, {REST}"},
)
call(
    "a pid namespace below the 32nd level was EINVAL until v4.9",
    source="df75e7748bae, v4.9 from memory; create_pid_namespace() of 3.10.4, 4.8.15 and 4.9, "
    "whatever clone(2) says (ENOSPC, since Linux 3.7)",
    request={"entry": "clone", "flags": "CLONE_NEWPID"},
    current={"real_cred": ROOT, "pid_ns": {"level": 32}},
    gives={"EINVAL": "…v4.8", "ENOSPC": f"v4.9…, {REST}"},
)
call(
    "security modules were asked before anything is copied until v4.14",
    source="copy_process() of 4.13.4 and 4.14.177: security_task_create()",
    request={"entry": "fork"},
    current={"signal": {"rlim_nproc": 0}},
    chance={"fails": "security_task_create", "errno": "EACCES"},
    gives={"EACCES": "…v4.13", "EAGAIN": f"v4.14…, {REST}"},
)
call(
    "a child was made in a pid namespace that lost its init meanwhile until v4.12",
    source="3fd372262166, v4.12; copy_process() of 4.11 and 4.12",
    request={"entry": "fork"},
    chance={"pid_ns_dies": True},
    gives={"0": "…v4.11", "ENOMEM": f"v4.12…, {REST}"},
)
call(
    "the root of a joined mount namespace is looked up since v4.12",
    source="4f757f3cbf54, v4.12 from memory; mntns_install() of 4.11 and 4.12",
    request={"entry": "setns", "target": {"type": "CLONE_NEWNS"}},
    current={"real_cred": ROOT},
    chance={"fails": "path_lookup", "errno": "EACCES"},
    gives={"0": "…v4.11", "EACCES": f"v4.12…, {REST}"},
)
call(
    "a pid namespace was nested in a stranger's until v4.14",
    source="a2b426267c56, v4.14 from memory; create_pid_namespace() of 4.13.4 and 4.14.177",
    request={"entry": "clone", "flags": "CLONE_NEWPID"},
    current={"real_cred": ROOT, "pid_ns": {"user_ns_is_ancestor": False}},
    gives={"0": "…v4.13", "EINVAL": f"v4.14…, {REST}"},
)
call(
    "a shortage was told before a pending signal until v4.19",
    source="c3ad2c3b02e9, v4.19 (signal: don't restart fork when signals come in)",
    request={"entry": "fork"},
    current={"signal": {"rlim_nproc": 0}},
    chance={"signal_pending": True},
    gives={"EAGAIN": "…v4.18", "ERESTARTNOINTR": f"v4.19…, {REST}"},
)
call(
    "SIGKILL restarted a fork as any signal did until v4.19",
    source="c3ad2c3b02e9, v4.19; copy_process() of 4.18 and 4.19",
    request={"entry": "fork"},
    chance={"fatal_signal": True},
    gives={"ERESTARTNOINTR": "…v4.18", "EINTR": f"v4.19…, {REST}"},
)
call(
    "CLONE_PIDFD meant nothing until v5.2: no descriptor was asked for",
    source="b3e583825266, v5.2; clone(2): CLONE_PIDFD (since Linux 5.2)",
    request={"entry": "clone", "flags": "CLONE_PIDFD"},
    chance={"fails": "pidfd_prepare", "errno": "EMFILE"},
    gives={"0": "…v5.1", "EMFILE": f"v5.2…, {REST}"},
)
call(
    "a child of a frozen cgroup is frozen since v5.2",
    source="76f969e8948d, v5.2 (cgroup: cgroup v2 freezer)",
    shows="child.starts_frozen",
    request={"entry": "fork"},
    current={"cgroup": {"frozen": True}},
    gives={False: "…v5.1", True: f"v5.2…, {REST}"},
)
call(
    "clone3() came with v5.3",
    source="7f192e3cd316, v5.3; clone(2): clone3() first appeared in Linux 5.3",
    request={"entry": "clone3"},
    gives={NO_SUCH_CALL: "…v5.2", "0": f"v5.3…, {REST}"},
)
call(
    "PF_NO_SETAFFINITY was inherited until v5.14",
    source="a8ea6fc9b089, v5.14; copy_process() of 5.10.262 and 6.1.192",
    shows="child.flags",
    request={"entry": "kernel_thread"},
    current={"mm": False, "flags": "PF_KTHREAD|PF_NO_SETAFFINITY"},
    gives={
        "PF_FORKNOEXEC|PF_KTHREAD|PF_NO_SETAFFINITY": "…v5.13",
        "PF_FORKNOEXEC|PF_KTHREAD": f"v5.14…, {REST}",
    },
)
