"""What steps hand through that can fail in many ways: the errors that their C can give there.

The model lets such a step fail with any error.  Here each has those that it can have, as read in
the kernel; ``needs`` is a flag without which it has none of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, both, either, has, implies, is_one_of, no
from model.call import Call
from model.state import Fallible
from model.words import SETTLS, TASK_SIZE_MAX, Errno

_ANY = (
    Errno.EPERM, Errno.EINTR, Errno.EAGAIN, Errno.ENOMEM, Errno.EACCES, Errno.EEXIST,
    Errno.EINVAL, Errno.ENFILE, Errno.EMFILE, Errno.ENOSPC,
)


@dataclass(frozen=True, slots=True)
class Handed:
    """A step, errors that it can give, who gives them, where to look, and the C."""

    step: Fallible
    errors: tuple[Errno, ...]
    who: str
    look: str
    source: str
    needs: int = 0
    foreign: bool = False
    """Somebody else than task creation decides: a module, a program, another subsystem."""


HANDED: tuple[Handed, ...] = (
    Handed(
        Fallible.SECURITY_CREATE_USER_NS, _ANY,
        "a security module: AppArmor, SELinux, or a BPF program on userns_create",
        "dmesg, auditd: apparmor=\"DENIED\", avc: denied; bpftool prog; "
        "/sys/kernel/security/lsm",
        "security/security.c:security_create_user_ns",
        foreign=True,
    ),
    Handed(
        Fallible.SECURITY_TASK_ALLOC, _ANY,
        "a security module: SELinux's fork of class process (EACCES), no memory for its part of "
        "the task, or a BPF program on task_alloc",
        "/sys/kernel/security/lsm; ausearch -m avc; bpftool prog",
        "security/security.c:security_task_alloc",
        foreign=True,
    ),
    Handed(
        Fallible.SECURITY_TASK_CREATE, _ANY,
        "a security module, before v4.14: SELinux's fork of class process (EACCES)",
        "ausearch -m avc; getenforce",
        "security/security.c:security_task_create",
        foreign=True,
    ),
    Handed(
        Fallible.PERF_EVENT_INIT_TASK,
        (Errno.ENOMEM, Errno.EPERM, Errno.EACCES, Errno.EINVAL, Errno.ENOSPC),
        "a perf event that children inherit: no slot for its breakpoint (ENOSPC), a kernel "
        "breakpoint (EPERM) or kprobe (EACCES) whose owner has since dropped its privileges",
        "ls -l /proc/*/fd | grep perf_event",
        "kernel/events/core.c:inherit_event, kernel/events/hw_breakpoint.c:hw_breakpoint_parse, "
        "kernel/events/core.c:perf_kprobe_event_init",
        foreign=True,
    ),
    Handed(
        Fallible.DUP_FD, (Errno.ENOMEM, Errno.EMFILE),
        "the copy of the descriptor table: no memory, or more descriptors than fs.nr_open",
        "ls /proc/PID/fd | wc -l; /proc/sys/fs/nr_open",
        "fs/file.c:dup_fd",
    ),
    Handed(
        Fallible.COPY_MNT_NS, (Errno.ENOMEM, Errno.ENOSPC),
        "the copy of the mounts: no memory, or no number left for a mount",
        "wc -l /proc/PID/mountinfo; free memory",
        "fs/namespace.c:copy_mnt_ns",
    ),
    Handed(
        Fallible.COPY_IPCS, (Errno.ENOMEM, Errno.ENOSPC),
        "the new IPC namespace: no memory, or no number left for it",
        "free memory; lsns -t ipc",
        "ipc/namespace.c:create_ipc_ns",
    ),
    Handed(
        Fallible.COPY_NET_NS, (Errno.ENOMEM, Errno.EINTR, Errno.ENOSPC, Errno.EEXIST),
        "the set-up of the network namespace: no memory, SIGKILL while it waits, or one of the "
        "network's own modules",
        "dmesg; free memory; lsns -t net",
        "net/core/net_namespace.c:copy_net_ns, setup_net",
    ),
    Handed(
        Fallible.COPY_THREAD, (Errno.ENOMEM,),
        "the set-up of registers: no memory for a shadow stack",
        "x86_Thread_features: in /proc/PID/status",
        "arch/x86/kernel/process.c:copy_thread",
    ),
    Handed(
        Fallible.COPY_THREAD, (Errno.EPERM, Errno.EINVAL),
        "the tls argument: an address outside user memory (EPERM), or a bad descriptor of a "
        "32-bit caller (EINVAL)",
        "tls= in the line of strace",
        "arch/x86/kernel/process_64.c:do_arch_prctl_64, arch/x86/kernel/tls.c",
        needs=SETTLS,
    ),
    Handed(
        Fallible.OUTER_SET_TID, (Errno.EINVAL, Errno.EPERM, Errno.EEXIST),
        "an element of set_tid beyond the third: out of range, not permitted, or in use",
        "set_tid= in the line of strace",
        "kernel/pid.c:alloc_pid",
    ),
    Handed(
        Fallible.PIDFD_PREPARE, (Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM),
        "the pidfd: RLIMIT_NOFILE (EMFILE), fs.file-max (ENFILE), or memory",
        "Max open files in /proc/PID/limits; ls /proc/PID/fd | wc -l; /proc/sys/fs/file-nr",
        "kernel/fork.c:pidfd_prepare",
    ),
    Handed(
        Fallible.SCHED_CGROUP_FORK, _ANY,
        "a sched_ext scheduler: its BPF program's init_task",
        "/sys/kernel/sched_ext/state",
        "kernel/sched/ext.c:scx_fork",
        foreign=True,
    ),
    Handed(
        Fallible.PATH_LOOKUP, (Errno.ENOMEM, Errno.EACCES),
        "the root of the joined mount namespace, which cannot be looked up",
        "ls / from inside it: nsenter",
        "fs/namespace.c:mntns_install",
    ),
    Handed(
        Fallible.VHOST_ATTACH_CGROUPS, _ANY,
        "the move of the worker into its owner's cgroups",
        "/proc/PID/cgroup; dmesg",
        "kernel/cgroup/cgroup-v1.c:cgroup_attach_task_all",
    ),
)


FOREIGN = tuple(sorted({one.step for one in HANDED if one.foreign}))
"""The steps at which somebody else decides."""


def gives(call: Call, tls: int | None = None) -> Truth:
    """Return that a step that fails by chance has an error which it can give to this call.

    ``tls`` is the argument of that name, where it is known: the model has no fact of it.
    """
    steps = {one.step for one in HANDED}
    return both(*(implies(call.fails(step), _error_of(call, step, tls)) for step in sorted(steps)))


def _error_of(call: Call, step: Fallible, tls: int | None) -> Truth:
    return either(
        *(
            both(_can(call, one, tls), is_one_of(call.chance.errno, tuple(map(int, one.errors))))
            for one in HANDED
            if one.step is step
        )
    )


def _can(call: Call, one: Handed, tls: int | None) -> Truth:
    """Return whether a row is about the call: by the flag that it needs, and its address."""
    if not one.needs:
        return True
    if tls is not None and tls < TASK_SIZE_MAX:
        return False
    return has(call.args.flags, one.needs)


def no_foreign(call: Call) -> Truth:
    """Return that nothing fails where somebody else decides."""
    return no(either(*(call.fails(step) for step in FOREIGN)))


def who_hands(step: int, errno: int) -> Handed | None:
    """Return who gives an error at a step; ``None`` for a step with one error only."""
    known = [one for one in HANDED if int(one.step) == step]
    found = (one for one in known if errno in [int(error) for error in one.errors])
    return next(found, known[0] if known else None)
