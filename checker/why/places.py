"""Where a person looks for a fact: one place for each fact that a cause can name.

The arguments of a call are in the call.  A path that ends in a dot stands for all facts below it.
"""

from __future__ import annotations

_KINDS = ("user", "pid", "uts", "ipc", "net", "mnt", "cgroup", "time")

_CRED = {
    "uid": "Uid: in /proc/PID/status, first number",
    "euid": "Uid: in /proc/PID/status, second number",
    "euid_mapped": "/proc/PID/uid_map: is the effective uid (Uid: in /proc/PID/status) in it",
    "egid_mapped": "/proc/PID/gid_map: is the effective gid (Gid: in /proc/PID/status) in it",
    "cap_effective": "CapEff: in /proc/PID/status (capsh --decode=…)",
    "thread_keyring": "keyctl show @t, from the thread itself; /proc/keys",
    "process_keyring": "keyctl show @p, from the process itself; /proc/keys",
    "user_ns.level": "lsns -t user --tree; count the steps of ioctl(NS_GET_PARENT) on "
    "/proc/PID/ns/user",
    "user_ns.nproc_max": "RLIMIT_NPROC of whoever made the user namespace, when it did "
    "(/proc/CREATOR/limits)",
    "user_ns.nproc_max_parent": "RLIMIT_NPROC of whoever made the parent user namespace, when it "
    "did",
    "ucounts.nproc": "threads of the uid: ps -L -U UID | wc -l, in every container with that uid",
    "ucounts.nproc_of_euid": "threads of the effective uid: ps -L -U EUID | wc -l",
    "ucounts.nproc_parent": "threads below the owner of the user namespace, one level up: "
    "ps -L -U OWNER | wc -l outside",
    "ucounts.nproc_grandparent": "the same, two levels up",
    "ucounts.beyond_is_over": "the same, at each level further up",
    "ucounts.user_processes": "threads of the uid: ps -L -U UID | wc -l, in every container with "
    "that uid",
}

_CGROUP = {
    "pids": "pids.current in the cgroup of /proc/PID/cgroup",
    "pids_max": "pids.max in the cgroup of /proc/PID/cgroup (systemd: TasksMax=)",
    "ancestor_full": "pids.max and pids.current, pids.events of every cgroup above it",
    "frozen": "cgroup.freeze in the cgroup of /proc/PID/cgroup",
    "kill_seq": "who writes cgroup.kill",
}

_TARGET_CGROUP = {
    "is_a_cgroup": "ls -l /proc/PID/fd/FD; stat -f: is it cgroup2fs",
    "dead": "ls -l /proc/PID/fd/FD: (deleted)",
    "writable": "ls -l cgroup.procs in the target cgroup",
    "ancestor_writable": "ls -l cgroup.procs in the cgroup above both",
    "visible": "nsdelegate in the options of /proc/mounts; readlink /proc/PID/ns/cgroup",
    "valid_domain": "cgroup.type in the target cgroup: domain invalid?",
    "controllers_below": "cgroup.subtree_control in the target cgroup",
    "same_domain": "cgroup.type in the target cgroup and the caller's: threaded?",
}

_SETNS = {
    "file": "ls -l /proc/PID/fd/FD, or strace -y",
    "type": "readlink /proc/PID/fd/FD: user:[…], mnt:[…] and so on",
    "alive": "Pid: in /proc/PID/fdinfo/FD is -1 once the task was reaped",
    "exited": "State: in /proc/TARGET/status: Z",
    "ptrace_allowed": "uids and capabilities of both in /proc/PID/status; "
    "/proc/sys/kernel/yama/ptrace_scope",
    "own_user_ns": "readlink /proc/PID/ns/user and the target's: the same?",
    "user_ns_reach": "lsns -t user --tree; who owns it: ioctl(NS_GET_OWNER_UID)",
    "owners_outside": "ioctl(NS_GET_USERNS) on the namespace: which user namespace owns it",
    "owners_owned": "ioctl(NS_GET_USERNS) on the namespace: which user namespace owns it",
    "nproc": "threads of the uid in the target's user namespace",
    "outer_is_over": "threads of the owners of the user namespaces above it",
    "descendant_pid_ns": "lsns -t pid --tree: is it below the caller's",
    "active_pid_ns": "readlink /proc/PID/ns/pid and the target's: the same?",
    "anonymous_mnt_ns": "whether it was made by open_tree() or fsmount(): it is then no "
    "/proc/PID/ns/mnt",
}

_TASK = {
    "flags": "flags in /proc/PID/stat (field 9)",
    "overridden": "nowhere: inside the kernel only",
    "signal.rlim_nproc": "ulimit -u; Max processes in /proc/PID/limits",
    "signal.unkillable": "NSpid: in /proc/PID/status: does it end in 1",
    "signal.nr_threads": "Threads: in /proc/PID/status",
    "signal.leader_exit_signal": "exit_signal in /proc/PID/stat (field 38)",
    "signal.autoreap": "whether it was made with CLONE_AUTOREAP",
    "signal.oom_score_adj": "/proc/PID/oom_score_adj",
    "signal.child_subreaper": "prctl(PR_GET_CHILD_SUBREAPER)",
    "sighand.ignored": "SigIgn: in /proc/PID/status",
    "sighand.caught": "SigCgt: in /proc/PID/status",
    "sighand.count": "Threads: in /proc/PID/status; who else was made with CLONE_SIGHAND",
    "blocked": "SigBlk: in /proc/PID/status",
    "mm": "VmSize: in /proc/PID/status: kernel threads have none",
    "mm_users": "Threads: in /proc/PID/status; who else was made with CLONE_VM (vfork, "
    "posix_spawn)",
    "files": "/proc/PID/fd",
    "files_count": "who was made with CLONE_FILES: kcmp(KCMP_FILES)",
    "fs_users": "who was made with CLONE_FS: kcmp(KCMP_FS)",
    "fs_in_exec": "a thread or sharer inside execve() just then: strace -f -e execve",
    "undo_list": "semop() with SEM_UNDO in its past",
    "io_context": "ionice -p PID",
    "mempolicy": "numactl --show; /proc/PID/numa_maps",
    "nsproxy.pid_for_children_is_active": "readlink /proc/PID/ns/pid and "
    "/proc/PID/ns/pid_for_children: the same? (unshare --pid without --fork)",
    "nsproxy.time_for_children_is_active": "readlink /proc/PID/ns/time and "
    "/proc/PID/ns/time_for_children: the same?",
    "nsproxy.mnt_ns_is_initial": "readlink /proc/PID/ns/mnt and /proc/2/ns/mnt: the same?",
    "pid_ns.level": "NSpid: in /proc/PID/status: numbers less one",
    "pid_ns.child_reaper": "/proc/PID/ns/pid_for_children: nothing there, no init yet",
    "pid_ns.adding": "does pid 1 of /proc/PID/ns/pid_for_children live: lsns -t pid",
    "pid_ns.user_ns_reach": "ioctl(NS_GET_USERNS) on /proc/PID/ns/pid: which user namespace owns "
    "it; CapEff:",
    "pid_ns.parent_reach": "ioctl(NS_GET_PARENT) on /proc/PID/ns/pid, and its owner",
    "pid_ns.grandparent_reach": "the same, two levels up",
    "pid_ns.taken": "/proc/TID: a zombie, a session's and a process group's number count, too",
    "pid_ns.parent_taken": "/proc/TID as seen one pid namespace up",
    "pid_ns.grandparent_taken": "/proc/TID as seen two pid namespaces up",
    "pid_ns.user_ns_is_ancestor": "ioctl(NS_GET_USERNS) on /proc/PID/ns/pid and "
    "lsns -t user --tree",
    "chrooted": "readlink /proc/PID/root; is / a mount point in /proc/PID/mountinfo",
    "no_new_privs": "NoNewPrivs: in /proc/PID/status",
    "seccomp_mode": "Seccomp: in /proc/PID/status",
    "altstack": "sigaltstack()",
    "deadline": "chrt -p PID: SCHED_DEADLINE; reset-on-fork in its flags",
    "traced": "TracerPid: in /proc/PID/status",
}

_SYSTEM = {
    "nr_threads": "threads in /proc/loadavg, behind the slash",
    "max_threads": "/proc/sys/kernel/threads-max",
    "pid_max": "/proc/sys/kernel/pid_max (since v6.14 one of each pid namespace)",
    "pid_max_was_lowered": "pids at or above kernel.pid_max: ps -eLo tid",
    "unprivileged_userns_clone": "/proc/sys/kernel/unprivileged_userns_clone",
    "long_is_32_bit": "uname -m",
    "kernel_rlim_nproc": "/proc/2/limits, Max processes",
}

_CHANCE = {
    "fails": "dmesg; free memory, memory.events of the cgroup, sysctl vm.overcommit_memory",
    "errno": "the step that failed: perf trace, bpftrace kretprobe",
    "signal_pending": "SigPnd: and ShdPnd: in /proc/PID/status; strace shows --- SIG… ---",
    "notify_signal": "io_uring or task_work of the caller",
    "fatal_signal": "+++ killed by SIGKILL +++; dmesg (the OOM killer)",
    "pid_ns_dies": "whether pid 1 of the pid namespace was ending just then",
    "killed_while_waiting": "+++ killed by SIGKILL +++; dmesg (the OOM killer)",
    "cgroup_killed": "who writes cgroup.kill",
    "lsm_denies": "dmesg and auditd: apparmor=\"DENIED\", avc: denied; /proc/PID/attr/current",
}


def _limit(kind: str) -> dict[str, str]:
    sysctl = f"/proc/sys/user/max_{kind}_namespaces"
    shown = "lsns" if kind == "time" else f"lsns -t {kind}"
    above = "read in the user namespace of the caller and of each one above it"
    return {
        f"system.{kind}_namespaces.count": f"{shown} as root; those that only a file or a mount "
        "keeps are not in it",
        f"system.{kind}_namespaces.max": f"{sysctl}, {above}",
    }


def _below(prefix: str, places: dict[str, str]) -> dict[str, str]:
    return {f"{prefix}.{name}": place for name, place in places.items()}


PLACES: dict[str, str] = {
    **_below("current", _TASK),
    **_below("current.real_cred", _CRED),
    **_below("current.cred", _CRED),
    **_below("current.cgroup", _CGROUP),
    **_below("request.cgroup_target", _TARGET_CGROUP),
    **{
        path: place.replace("the cgroup of /proc/PID/cgroup", "the target cgroup")
        for path, place in _below("request.cgroup_target.group", _CGROUP).items()
    },
    **_below("request.target", _SETNS),
    **_below("system", _SYSTEM),
    **{path: place for kind in _KINDS for path, place in _limit(kind).items()},
    **_below("chance", _CHANCE),
}


def place_of(path: str) -> str:
    """Return where to look for a fact; nothing for an argument, which is in the call."""
    return PLACES.get(path, "")
