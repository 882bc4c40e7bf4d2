"""Who else can have said so: what answers before the call, beside it, or makes something of it.

None of this is in the model; each row is declared with the errors that it gives, the calls that
it gives them to, since when, where to look, and the source that it was read in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.why.asked import Asked
from model.entries import ENTRIES
from model.kernel import Kernel
from model.patch import Patch
from model.patches import DEBIAN_USERNS_SYSCTL, REDHAT_USERNS_OFF_EINVAL
from model.request import Entry
from model.words import (
    INTO_CGROUP,
    NEW_NAMESPACES,
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWPID,
    NEWTIME,
    NEWUSER,
    NEWUTS,
    THREAD,
    VFORK,
    VM,
)

CALLS = tuple(one.entry for one in ENTRIES.values() if one.by_user)
SYSCALLS = (*CALLS, Entry.VHOST_SET_OWNER)
CLONES = (Entry.CLONE, Entry.CLONE3)
MAKERS = (*CLONES, Entry.UNSHARE)
TASKS = (Entry.FORK, Entry.VFORK, *CLONES)

ANY = "any"
SUCCESS = "0"

BEFORE, BUILT, MODULE, LIBRARY, AFTERWARDS = (
    "before the call", "not built", "a security module", "a library", "afterwards"
)


@dataclass(frozen=True, slots=True)
class Outside:
    """A row: who, by which errors (names; ``any``, or ``0`` where the call succeeds), to what.

    ``some`` are flags of which the call has one, if it is meant at all; ``unless`` is a fact and
    its value that rules it out.  ``gone_with`` is a patch with which the model's own rules say
    it.
    """

    who: str
    kind: str
    errors: tuple[str, ...]
    calls: tuple[Entry, ...]
    says: str
    since: str
    look: str
    source: str
    some: int = 0
    unless: tuple[str, Any] | None = None
    gone_with: Patch | None = None


_NO_FILTER = ("current.seccomp_mode", 0)
_CONFIG = "zgrep {0} /proc/config.gz, or /boot/config-$(uname -r); ls /proc/self/ns"


def _not_built(option: str, flag: int, source: str, since: str = "always") -> Outside:
    return Outside(
        f"a kernel without {option}", BUILT, ("EINVAL",), MAKERS,
        "the kernel was built without it: what stands in its place refuses the flag",
        since, _CONFIG.format(option), source, some=flag,
    )


OUTSIDE: tuple[Outside, ...] = (
    Outside(
        "the vhost device itself, which has an owner already", BEFORE, ("EBUSY",),
        (Entry.VHOST_SET_OWNER,),
        "VHOST_SET_OWNER was made on this descriptor before, by this process or by another that "
        "has the file, and no VHOST_RESET_OWNER since",
        "always", "ls -l /proc/*/fd | grep vhost; strace -f -e trace=ioctl from the start",
        "drivers/vhost/vhost.c:vhost_dev_set_owner, drivers/vhost/net.c:vhost_net_set_owner",
    ),
    Outside(
        "a seccomp filter", BEFORE, ("EPERM", "ENOSYS", "EACCES"), SYSCALLS,
        "a filter answers before the call begins, with any errno that it likes, or ends the "
        "caller with SIGSYS",
        "v3.5", "Seccomp: 2 and Seccomp_filters: in /proc/PID/status",
        "kernel/seccomp.c:__seccomp_filter", unless=_NO_FILTER,
    ),
    Outside(
        "a container's default profile (Docker, Podman, containerd)", BEFORE, ("ENOSYS",),
        (Entry.CLONE3,),
        "without CAP_SYS_ADMIN clone3() is answered with ENOSYS, for a filter cannot see into its "
        "struct; glibc then takes clone()",
        "profiles since 2021", "docker run --security-opt seccomp=…; Seccomp: in "
        "/proc/PID/status",
        "moby profiles/seccomp/default_linux.go", unless=_NO_FILTER,
    ),
    Outside(
        "a container's profile that does not know clone3() (before 2021)", BEFORE, ("EPERM",),
        (Entry.CLONE3,),
        "what a profile does not list is answered with EPERM, which glibc 2.34 and later take for "
        "an error: no thread can be made; newer profiles say ENOSYS",
        "profiles before 2021", "docker version; libseccomp's version; Seccomp: in "
        "/proc/PID/status",
        "moby profiles/seccomp/default_linux.go (DefaultErrnoRet)", unless=_NO_FILTER,
    ),
    Outside(
        "a container's default profile (Docker, Podman, containerd)", BEFORE, ("EPERM",),
        (Entry.CLONE,),
        "without CAP_SYS_ADMIN clone() with a namespace flag is answered with EPERM",
        "profiles since 2015", "--cap-add, --security-opt seccomp=…; Seccomp: in "
        "/proc/PID/status",
        "moby profiles/seccomp/default_linux.go",
        some=NEWUSER | NEW_NAMESPACES & ~NEWTIME, unless=_NO_FILTER,
    ),
    Outside(
        "a container's default profile (Docker, Podman, containerd)", BEFORE, ("EPERM",),
        (Entry.UNSHARE, Entry.SETNS),
        "without CAP_SYS_ADMIN unshare() and setns() are answered with EPERM",
        "profiles since 2015", "--cap-add, --security-opt seccomp=…; Seccomp: in "
        "/proc/PID/status",
        "moby profiles/seccomp/default_linux.go", unless=_NO_FILTER,
    ),
    Outside(
        "systemd's RestrictNamespaces=", BEFORE, ("EPERM",),
        (Entry.CLONE, Entry.UNSHARE, Entry.SETNS),
        "a service that may not make such namespaces gets EPERM",
        "systemd 233", "systemctl show -p RestrictNamespaces UNIT",
        "systemd src/shared/seccomp-util.c:seccomp_restrict_namespaces",
        some=NEWUSER | NEW_NAMESPACES, unless=_NO_FILTER,
    ),
    Outside(
        "systemd's RestrictNamespaces=", BEFORE, ("ENOSYS",), (Entry.CLONE3,),
        "a service that may not make namespaces gets ENOSYS from clone3(), whatever its flags",
        "systemd 251", "systemctl show -p RestrictNamespaces UNIT",
        "systemd src/shared/seccomp-util.c:seccomp_restrict_namespaces", unless=_NO_FILTER,
    ),
    Outside(
        "a tracer", BEFORE, (ANY,), SYSCALLS,
        "PTRACE_SYSEMU, a seccomp listener or strace -e inject= put an answer in its place",
        "always", "TracerPid: in /proc/PID/status; (INJECTED) in the line of strace",
        "kernel/entry/common.c:syscall_trace_enter", unless=("current.traced", False),
    ),
    Outside(
        "a kernel without clone3()", BEFORE, ("ENOSYS",), (Entry.CLONE3,),
        "there is no such call: Linux before v5.3, an architecture that never got it, WSL 1, "
        "qemu-user, or a sandbox that plays the kernel (gVisor)",
        "before v5.3", "uname -a; dmesg", "kernel/sys_ni.c; kernel/fork.c "
        "(__ARCH_BROKEN_SYS_CLONE3)",
    ),
    Outside(
        "something that plays the kernel: WSL 1, qemu-user, gVisor", BEFORE, ("EINVAL", "ENOSYS"),
        MAKERS,
        "it knows some sets of flags only, and refuses others, namespaces above all",
        "always", "uname -a; dmesg; /proc/version", "qemu linux-user/syscall.c:do_fork",
        some=NEWUSER | NEW_NAMESPACES | THREAD | VM,
    ),
    _not_built("CONFIG_USER_NS", NEWUSER, "include/linux/user_namespace.h:create_user_ns"),
    _not_built("CONFIG_PID_NS", NEWPID, "include/linux/pid_namespace.h:copy_pid_ns"),
    _not_built("CONFIG_UTS_NS", NEWUTS, "include/linux/utsname.h:copy_utsname"),
    _not_built("CONFIG_IPC_NS", NEWIPC, "include/linux/ipc_namespace.h:copy_ipcs"),
    _not_built("CONFIG_NET_NS", NEWNET, "include/net/net_namespace.h:copy_net_ns"),
    _not_built(
        "CONFIG_TIME_NS", NEWTIME, "include/linux/time_namespace.h:copy_time_ns", "v5.6"
    ),
    Outside(
        "a kernel without CONFIG_CGROUPS", AFTERWARDS, (SUCCESS,), MAKERS,
        "the flag is taken, and nothing comes of it: no cgroup namespace is made, no cgroup "
        "entered",
        "v4.6", _CONFIG.format("CONFIG_CGROUPS"),
        "include/linux/cgroup_namespace.h:copy_cgroup_ns, include/linux/cgroup.h:cgroup_can_fork",
        some=NEWCGROUP | INTO_CGROUP,
    ),
    Outside(
        "a reader of /proc/PID, before v4.3", AFTERWARDS, ("EINVAL",), (Entry.UNSHARE,),
        "whoever reads /proc/PID/status or the like just then counts as a sharer of the memory, "
        "and a sharer was enough to be refused",
        "before v4.3", "uname -r; who watches the process: ps, a monitor, a container's runtime",
        "kernel/fork.c:check_unshare_flags (12c641ab8270)", some=NEWUSER,
    ),
    Outside(
        "Red Hat Enterprise Linux 7, user.max_user_namespaces", AFTERWARDS, ("EINVAL",), MAKERS,
        "0 there, as it is when nobody sets it, is told EINVAL, not ENOSPC, in the first user "
        "namespace",
        "RHEL 7.4", "/proc/sys/user/max_user_namespaces; uname -r",
        "kernel/user_namespace.c:create_user_ns (read in 3.10.0-1127.el7)", some=NEWUSER,
        gone_with=REDHAT_USERNS_OFF_EINVAL,
    ),
    Outside(
        "AppArmor, kernel.apparmor_restrict_unprivileged_userns (Ubuntu)", MODULE,
        ("EACCES", "EPERM"), MAKERS,
        "a program without a profile that allows userns is refused, or moved to a profile in "
        "which every capability is denied",
        "Ubuntu 23.10; AppArmor's own rule userns: v6.7",
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns; dmesg | grep apparmor; "
        "/proc/PID/attr/current",
        "security/apparmor/lsm.c:apparmor_userns_create", some=NEWUSER,
    ),
    Outside(
        "AppArmor, kernel.apparmor_restrict_unprivileged_userns (Ubuntu)", AFTERWARDS,
        (SUCCESS,), MAKERS,
        "made, but powerless: the namespace is there, and each capability in it is denied, so "
        "that uid_map, mount(), setgroups() and further namespaces fail with EACCES or EPERM",
        "Ubuntu 24.04",
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns; "
        "/proc/PID/attr/current: unprivileged_userns; dmesg | grep apparmor",
        "security/apparmor/lsm.c:apparmor_userns_create (Ubuntu's change of profile)",
        some=NEWUSER,
    ),
    Outside(
        "kernel.unprivileged_userns_clone (Debian, Arch linux-hardened)", MODULE, ("EPERM",),
        MAKERS,
        "with this distribution's patch, and 0 there, CLONE_NEWUSER takes CAP_SYS_ADMIN; "
        "other kernels have no such sysctl",
        "Debian 3.10", "/proc/sys/kernel/unprivileged_userns_clone",
        "debian/patches: kernel/fork.c:copy_process", some=NEWUSER,
        gone_with=DEBIAN_USERNS_SYSCTL,
    ),
    Outside(
        "SELinux", MODULE, ("EACCES",), MAKERS,
        "the domain lacks create of class user_namespace",
        "v6.1", "ausearch -m avc; getenforce; /proc/PID/attr/current",
        "security/selinux/hooks.c:selinux_userns_create", some=NEWUSER,
    ),
    Outside(
        "musl's pthread_create()", LIBRARY, ("EAGAIN",), CLONES,
        "every failure of clone() becomes EAGAIN: strace shows what the kernel said",
        "musl 0.5", "strace -f -e trace=clone,clone3; ldd PROGRAM",
        "musl src/thread/pthread_create.c", some=THREAD,
    ),
    Outside(
        "glibc's pthread_create()", LIBRARY, ("EAGAIN",), CLONES,
        "ENOMEM becomes EAGAIN, that of its own mmap() of the stack, too",
        "glibc 2.0", "strace -f -e trace=clone,clone3,mmap; ulimit -v; "
        "/proc/sys/vm/max_map_count",
        "glibc nptl/pthread_create.c", some=THREAD,
    ),
    Outside(
        "glibc's fall-back", LIBRARY, ("ENOSYS",), (Entry.CLONE3,),
        "nothing is lost: after ENOSYS pthread_create() and fork() take clone()",
        "glibc 2.34", "the next line of strace", "glibc sysdeps/unix/sysv/linux/clone-internal.c",
    ),
    Outside(
        "glibc's posix_spawn()", LIBRARY, ("ENOSYS", "EINVAL"), (Entry.CLONE3,),
        "nothing is lost: after ENOSYS or EINVAL (CLONE_CLEAR_SIGHAND is of v5.5) it takes "
        "clone(); with a cgroup it cannot, and says EOPNOTSUPP after ENOSYS",
        "glibc 2.38", "the next line of strace", "glibc sysdeps/unix/sysv/linux/spawni.c",
        some=VFORK,
    ),
    Outside(
        "the kernel itself, again", AFTERWARDS, ("ERESTARTNOINTR",), TASKS,
        "the program never sees it: once the signal is delivered the call begins anew; before "
        "v4.19 each signal during the copy did that, so that a big process under a fast timer "
        "never came to an end",
        "always", "--- SIG… --- in the next line of strace",
        "kernel/fork.c:copy_process (c3ad2c3b02e9)",
    ),
)


FILTERS = frozenset(one.who for one in OUTSIDE if one.unless == _NO_FILTER)
"""Who answers by a filter."""


def who_else(asked: Asked, kernel: Kernel, errno: int, error: str, *, alone: bool) -> list[Outside]:
    """Return who else can have given an errno; ``alone`` if no rule of the call can.

    A filter can give any errno: unless it is one of those that filters give it is told only where
    nobody else can be.
    """
    name = SUCCESS if errno == 0 else error
    return [one for one in OUTSIDE if _meant(one, asked, kernel) and _gives(one, name, alone=alone)]


def _gives(one: Outside, name: str, *, alone: bool) -> bool:
    if name in one.errors:
        return True
    if name == SUCCESS or not alone:
        return False
    return ANY in one.errors or one.who == "a seccomp filter"


def _meant(one: Outside, asked: Asked, kernel: Kernel) -> bool:
    """Return whether a row is about the call, as far as it is known."""
    if asked.entry not in one.calls:
        return False
    if one.gone_with is not None and kernel[one.gone_with] is True:
        return False
    flags = asked.given.get("request.flags")
    flags = asked.given.get("request.target.type") if asked.entry is Entry.SETNS else flags
    if asked.entry is Entry.VFORK:
        flags = VFORK | VM
    if asked.entry is Entry.FORK:
        flags = 0
    if one.some and flags is not None and not int(flags) & one.some:
        return False
    if one.unless is None:
        return True
    path, value = one.unless
    return asked.given.get(path) != value or path not in asked.given
