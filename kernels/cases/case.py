"""A case: one call and its caller, in the words of the probe (probe/PROTOCOL.md).

A case is a record of facts like the model's own, so that a solver can vary it; every
case is one line for the probe, and the line says nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word
from model.entries import ENTRIES as BY_ENTRY
from model.records import BOOL, fact, part
from model.request import Entry

UNSET = 255
"""A limit that the case leaves alone."""

STACK_SIZE = 65536


class Ptr(IntEnum):
    """How a pointer argument is made."""

    NULL = 0
    OK = 1
    BAD = 2
    SAME = 3
    """The address given for the pidfd."""


class PidNs(IntEnum):
    """How the caller stands to pid namespaces."""

    NONE = 0
    PENDING = 1
    LIVE = 2
    DEAD = 3
    BACK = 4
    INIT = 5
    MEMBER = 6
    STRANGER = 7
    """The second process of one that belongs to a child's user namespace."""


class CgroupFd(IntEnum):
    """What clone_args.cgroup is open on."""

    NONE = 0
    BAD = 1
    DIR = 2
    NOTCGROUP = 3
    DEAD = 4
    THREADED = 5
    INVALID = 6
    BUSY = 7
    OPEN = 8
    """Writable for everybody, in a folder that is not."""
    HUGE = 9
    """A number above INT_MAX."""


class NsFd(IntEnum):
    """What setns() is given."""

    OWN = 0
    OUTER = 1
    CHILD = 2
    KIN = 3
    OTHER = 4
    PIDFD_SELF = 5
    PIDFD_CHILD = 6
    PIDFD_OTHER = 7
    PIDFD_ZOMBIE = 8
    PIDFD_REAPED = 9
    FILE = 10
    BAD = 11


class NsKind(IntEnum):
    """The kinds of namespaces, in the probe's order."""

    MNT = 0
    UTS = 1
    IPC = 2
    PID = 3
    NET = 4
    CGROUP = 5
    TIME = 6
    USER = 7


@dataclass(frozen=True, slots=True)
class Called:
    """The call."""

    entry: Word = fact(8, Entry.FORK, "entry point", names="entry", most=max(Entry))
    flags: Word = fact(64, 0, "flags argument; nstype of setns", names="flags")
    exit_signal: Word = fact(64, 0, "clone_args.exit_signal")
    pidfd: Word = fact(8, Ptr.NULL, "pidfd pointer", most=2)
    parent_tid: Word = fact(8, Ptr.NULL, "parent_tid pointer", most=3)
    child_tid: Word = fact(8, Ptr.NULL, "child_tid pointer", most=2)
    stack_ok: Truth = fact(BOOL, False, "a stack of the probe's")
    stack: Word = fact(64, 0, "the stack's address otherwise")
    stack_size: Word = fact(64, 0, "clone_args.stack_size")
    set_tid: Word = fact(8, Ptr.NULL, "set_tid pointer", most=2)
    set_tid_size: Word = fact(64, 0, "clone_args.set_tid_size")
    tid0: Word = fact(32, 0, "set_tid[0]", signed=True)
    tid1: Word = fact(32, 0, "set_tid[1]", signed=True)
    tid2: Word = fact(32, 0, "set_tid[2]", signed=True)
    cgroup: Word = fact(8, CgroupFd.NONE, "what the cgroup fd is open on", most=9)
    usize: Word = fact(64, 88, "size argument of clone3")
    tail: Truth = fact(BOOL, False, "a byte beyond the 88th is not zero")
    args_bad: Truth = fact(BOOL, False, "the clone_args pointer faults")
    nsfd: Word = fact(8, NsFd.OWN, "what setns() is given", most=11)
    kind: Word = fact(8, NsKind.UTS, "the namespace that it is given", most=7)
    made: Word = fact(64, 0, "namespaces of its own that a pidfd's task has", names="flags")


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller's state, where it differs from the probe's plain caller."""

    ruid_u: Truth = fact(BOOL, False, "real uid and gid are the case's own")
    euid_u: Truth = fact(BOOL, False, "effective uid and gid are")
    has_caps: Truth = fact(BOOL, False, "exact capabilities")
    caps: Word = fact(64, 0, "those", names="caps")
    userns: Word = fact(8, 0, "user namespaces, nested", most=33)
    by_user: Truth = fact(BOOL, False, "made after the uid was taken")
    no_uid_map: Truth = fact(BOOL, False, "the innermost has no uid map")
    no_gid_map: Truth = fact(BOOL, False, "the innermost has no gid map")
    userns_room: Word = fact(8, UNSET, "room in the innermost's bound of RLIMIT_NPROC")
    max0: Word = fact(8, 0, "user.max_*_namespaces that are 0, by kind")
    pidns: Word = fact(8, PidNs.NONE, "pid namespaces", most=7)
    pid_level: Word = fact(8, 0, "more pid namespaces above the caller", most=31)
    cgroup_ns: Truth = fact(BOOL, False, "a cgroup namespace made inside the pids cgroup")
    timens: Truth = fact(BOOL, False, "unshare(CLONE_NEWTIME) done")
    threads: Word = fact(8, 0, "further threads", most=2)
    with_fs: Truth = fact(BOOL, False, "a child shares fs")
    with_files: Truth = fact(BOOL, False, "a child shares files")
    with_sighand: Truth = fact(BOOL, False, "a child shares sighand (and vm)")
    with_vm: Truth = fact(BOOL, False, "a child shares vm")
    with_undo: Truth = fact(BOOL, False, "a child shares the undo list")
    chroot: Truth = fact(BOOL, False, "chrooted")
    nproc_room: Word = fact(8, UNSET, "room below RLIMIT_NPROC")
    pids_room: Word = fact(8, UNSET, "room below pids.max")
    sigign: Word = fact(64, 0, "ignored signals", names="signals")
    sigcgt: Word = fact(64, 0, "caught signals", names="signals")
    sigblk: Word = fact(64, 0, "blocked signals", names="signals")
    altstack: Truth = fact(BOOL, False, "alternate signal stack")
    nnp: Truth = fact(BOOL, False, "no_new_privs")
    seccomp: Truth = fact(BOOL, False, "a seccomp filter")
    oom500: Truth = fact(BOOL, False, "oom_score_adj is 500")
    deadline: Truth = fact(BOOL, False, "SCHED_DEADLINE")
    exit_signal: Word = fact(8, 17, "the caller's own exit signal", most=64)
    ioctx: Truth = fact(BOOL, False, "an I/O priority")
    semundo: Truth = fact(BOOL, False, "a semaphore undo list")
    threadkey: Truth = fact(BOOL, False, "a thread keyring")
    no_threads_left: Truth = fact(BOOL, False, "kernel.threads-max is reached (virtual machine)")
    no_userns_clone: Truth = fact(
        BOOL, False, "kernel.unprivileged_userns_clone is 0 (virtual machine)"
    )


@dataclass(frozen=True, slots=True)
class Case:
    """One call from one caller."""

    call: Called = part(Called)
    caller: Caller = part(Caller)


ENTRIES = {entry: entry.name.lower() for entry in Entry if BY_ENTRY[entry].by_user}
"""The entry points that user space has."""
