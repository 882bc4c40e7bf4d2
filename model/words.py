"""The kernel's words and their values: flags, error numbers, capabilities, PF_ bits, signals.

Sources: include/uapi/linux/sched.h, include/uapi/asm-generic/errno*.h,
include/uapi/linux/capability.h, include/linux/sched.h (x86-64 values).
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class Flag(IntFlag):
    """CLONE_* bits of ``kernel_clone_args.flags`` (and UNSHARE_*), include/uapi/linux/sched.h."""

    NEWTIME = 0x00000080
    VM = 0x00000100
    FS = 0x00000200
    FILES = 0x00000400
    SIGHAND = 0x00000800
    PIDFD = 0x00001000
    PTRACE = 0x00002000
    VFORK = 0x00004000
    PARENT = 0x00008000
    THREAD = 0x00010000
    NEWNS = 0x00020000
    SYSVSEM = 0x00040000
    SETTLS = 0x00080000
    PARENT_SETTID = 0x00100000
    CHILD_CLEARTID = 0x00200000
    DETACHED = 0x00400000
    UNTRACED = 0x00800000
    CHILD_SETTID = 0x01000000
    NEWCGROUP = 0x02000000
    NEWUTS = 0x04000000
    NEWIPC = 0x08000000
    NEWUSER = 0x10000000
    NEWPID = 0x20000000
    NEWNET = 0x40000000
    IO = 0x80000000
    CLEAR_SIGHAND = 1 << 32
    INTO_CGROUP = 1 << 33
    AUTOREAP = 1 << 34
    NNP = 1 << 35
    PIDFD_AUTOKILL = 1 << 36
    EMPTY_MNTNS = 1 << 37


NEWTIME = int(Flag.NEWTIME)
VM = int(Flag.VM)
FS = int(Flag.FS)
FILES = int(Flag.FILES)
SIGHAND = int(Flag.SIGHAND)
PIDFD = int(Flag.PIDFD)
PTRACE = int(Flag.PTRACE)
VFORK = int(Flag.VFORK)
PARENT = int(Flag.PARENT)
THREAD = int(Flag.THREAD)
NEWNS = int(Flag.NEWNS)
SYSVSEM = int(Flag.SYSVSEM)
SETTLS = int(Flag.SETTLS)
PARENT_SETTID = int(Flag.PARENT_SETTID)
CHILD_CLEARTID = int(Flag.CHILD_CLEARTID)
DETACHED = int(Flag.DETACHED)
UNTRACED = int(Flag.UNTRACED)
CHILD_SETTID = int(Flag.CHILD_SETTID)
NEWCGROUP = int(Flag.NEWCGROUP)
NEWUTS = int(Flag.NEWUTS)
NEWIPC = int(Flag.NEWIPC)
NEWUSER = int(Flag.NEWUSER)
NEWPID = int(Flag.NEWPID)
NEWNET = int(Flag.NEWNET)
IO = int(Flag.IO)
CLEAR_SIGHAND = int(Flag.CLEAR_SIGHAND)
INTO_CGROUP = int(Flag.INTO_CGROUP)
AUTOREAP = int(Flag.AUTOREAP)
NNP = int(Flag.NNP)
PIDFD_AUTOKILL = int(Flag.PIDFD_AUTOKILL)
EMPTY_MNTNS = int(Flag.EMPTY_MNTNS)

CSIGNAL = 0xFF
LEGACY_FLAGS = 0xFFFFFFFF
UNSHARE_EMPTY_MNTNS = 0x00100000
NEW_NAMESPACES = NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET | NEWCGROUP | NEWTIME
"""The namespaces that live in the nsproxy: all but the user namespace."""

CLONE_ARGS_SIZE_VER0 = 64
CLONE_ARGS_SIZE_VER1 = 80
CLONE_ARGS_SIZE_VER2 = 88
PAGE_SIZE = 4096
MAX_PID_NS_LEVEL = 32
MAX_USER_NS_PARENT_LEVEL = 32
INT_MAX = 2**31 - 1
TASK_SIZE_MAX = 0x7FFFFFFFF000
RLIM_INFINITY = 2**64 - 1


class Errno(IntEnum):
    """Error numbers a task-creating call can return; ``OK`` is success."""

    OK = 0
    EPERM = 1
    ENOENT = 2
    ESRCH = 3
    EINTR = 4
    E2BIG = 7
    EBADF = 9
    EAGAIN = 11
    ENOMEM = 12
    EACCES = 13
    EFAULT = 14
    EBUSY = 16
    EEXIST = 17
    ENODEV = 19
    EINVAL = 22
    ENFILE = 23
    EMFILE = 24
    ENOSPC = 28
    ENOSYS = 38
    EUSERS = 87
    EOPNOTSUPP = 95
    ERESTARTNOINTR = 513


class Cap(IntEnum):
    """Capability numbers, include/uapi/linux/capability.h."""

    CHOWN = 0
    SETGID = 6
    SETUID = 7
    SYS_CHROOT = 18
    SYS_ADMIN = 21
    SYS_RESOURCE = 24
    CHECKPOINT_RESTORE = 40


CAP_SYS_CHROOT = 1 << Cap.SYS_CHROOT
CAP_SYS_ADMIN = 1 << Cap.SYS_ADMIN
CAP_SYS_RESOURCE = 1 << Cap.SYS_RESOURCE
CAP_CHECKPOINT_RESTORE = 1 << Cap.CHECKPOINT_RESTORE
CAP_FULL_SET = (1 << 41) - 1


class PF(IntFlag):
    """Per-process flags ``task_struct.flags``, include/linux/sched.h."""

    IDLE = 0x00000002
    EXITING = 0x00000004
    POSTCOREDUMP = 0x00000008
    IO_WORKER = 0x00000010
    WQ_WORKER = 0x00000020
    FORKNOEXEC = 0x00000040
    SUPERPRIV = 0x00000100
    DUMPCORE = 0x00000200
    SIGNALED = 0x00000400
    MEMALLOC = 0x00000800
    NPROC_EXCEEDED = 0x00001000
    USER_WORKER = 0x00004000
    NOFREEZE = 0x00008000
    KTHREAD = 0x00200000
    NO_SETAFFINITY = 0x04000000
    BLOCK_TS = 0x20000000


PF_IDLE = int(PF.IDLE)
PF_POSTCOREDUMP = int(PF.POSTCOREDUMP)
PF_IO_WORKER = int(PF.IO_WORKER)
PF_WQ_WORKER = int(PF.WQ_WORKER)
PF_FORKNOEXEC = int(PF.FORKNOEXEC)
PF_SUPERPRIV = int(PF.SUPERPRIV)
PF_SIGNALED = int(PF.SIGNALED)
PF_NPROC_EXCEEDED = int(PF.NPROC_EXCEEDED)
PF_USER_WORKER = int(PF.USER_WORKER)
PF_NOFREEZE = int(PF.NOFREEZE)
PF_KTHREAD = int(PF.KTHREAD)
PF_NO_SETAFFINITY = int(PF.NO_SETAFFINITY)
PF_BLOCK_TS = int(PF.BLOCK_TS)

SIGHUP = 1
SIGKILL = 9
SIGUSR1 = 10
SIGCHLD = 17
SIGSTOP = 19
SIGNAL_MAX = 64
ALL_SIGNALS = 2**64 - 1


def sigmask(signal: int) -> int:
    """Return the bit of ``signal`` (1..64) in a 64-bit signal set."""
    return 1 << (signal - 1)


WORKER_BLOCKED = ALL_SIGNALS & ~(sigmask(SIGKILL) | sigmask(SIGSTOP))
"""The blocked mask of a user worker: all but SIGKILL and SIGSTOP."""


_CLONE_NAMES = tuple((int(flag), f"CLONE_{flag.name}") for flag in Flag)
_PF_NAMES = tuple((int(flag), f"PF_{flag.name}") for flag in PF)


def flag_names(flags: int) -> str:
    """Return flags as ``CLONE_VM|CLONE_FS``; unknown bits in hex; ``0`` for none."""
    return _bit_names(_CLONE_NAMES, int(flags))


def pf_names(flags: int) -> str:
    """Return task flags as ``PF_KTHREAD|…``; unknown bits in hex; ``0`` for none."""
    return _bit_names(_PF_NAMES, int(flags))


def _bit_names(known: tuple[tuple[int, str], ...], bits: int) -> str:
    names, rest = [], bits
    for bit, name in known:
        if bits & bit:
            names.append(name)
            rest &= ~bit
    if rest:
        names.append(hex(rest))
    return "|".join(names) or "0"


def cap_names(mask: int) -> str:
    """Return a capability mask as names; ``all`` for the full set; ``none`` for nothing."""
    if mask == 0:
        return "none"
    if mask & CAP_FULL_SET == CAP_FULL_SET:
        return "all"
    names = [f"CAP_{cap.name}" for cap in Cap if mask >> cap & 1]
    rest = mask & ~sum(1 << cap for cap in Cap)
    if rest:
        names.append(hex(rest))
    return "|".join(names)


_SIGNALS = (
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT "
    "STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
)
SIGNAL_NAMES = dict(enumerate(_SIGNALS.split(), start=1))
"""Names of signals 1 to 31 (x86), without SIG."""


def signal_names(signals: int) -> str:
    """Return a signal set as names; ``none``, ``all`` or ``all but …`` where shorter."""
    if signals == 0:
        return "none"
    if signals == ALL_SIGNALS:
        return "all"
    if signals.bit_count() > 32:
        return "all but " + signal_names(ALL_SIGNALS & ~signals)
    numbers = [number for number in range(1, SIGNAL_MAX + 1) if signals & sigmask(number)]
    return "|".join(
        f"SIG{SIGNAL_NAMES[number]}" if number in SIGNAL_NAMES else str(number)
        for number in numbers
    )


def errno_name(errno: int) -> str:
    """Return ``EINVAL`` for 22, ``0`` for success, the number where the name is unknown."""
    if errno == 0:
        return "0"
    try:
        return Errno(errno).name
    except ValueError:
        return str(errno)
