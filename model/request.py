"""What is asked of the kernel: entry points, their raw arguments, and kernel_clone_args."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word
from model.records import BOOL, fact, part
from model.state import Reach, TargetCgroup


class Entry(IntEnum):
    """The ways into task creation (and the two calls that prepare it): :mod:`model.entries`."""

    FORK = 0
    VFORK = 1
    CLONE = 2
    CLONE3 = 3
    KERNEL_THREAD = 4
    USER_MODE_THREAD = 5
    CREATE_IO_THREAD = 6
    VHOST_TASK_CREATE = 7
    FORK_IDLE = 8
    COPY_PROCESS = 9
    KTHREAD_CREATE = 10
    VHOST_SET_OWNER = 11
    UNSHARE = 12
    SETNS = 13



class NsFile(IntEnum):
    """What the file descriptor given to setns() is open on."""

    CLOSED = 0
    NAMESPACE = 1
    PIDFD = 2
    OTHER = 3


@dataclass(frozen=True, slots=True)
class Target:
    """The namespaces that setns() is asked to join, as they stand to the caller."""

    file: Word = fact(8, NsFile.NAMESPACE, "what the fd is open on", most=3)
    type: Word = fact(64, 0x04000000, "CLONE_NEW* bit of a namespace file", names="flags")
    alive: Truth = fact(BOOL, True, "the pidfd's task was not reaped")
    exited: Truth = fact(BOOL, False, "the pidfd's task has given up its namespaces: a zombie")
    ptrace_allowed: Truth = fact(BOOL, True, "PTRACE_MODE_READ_REALCREDS on the pidfd's task")
    own_user_ns: Truth = fact(BOOL, False, "the user namespace is the caller's own")
    user_ns_reach: Word = fact(
        8, Reach.WITHIN, "how the user namespace stands to the caller's", most=2
    )
    owners_outside: Word = fact(
        64,
        0,
        "the other namespaces, by CLONE_NEW* bit, whose owner no capability reaches",
        names="flags",
    )
    owners_owned: Word = fact(
        64,
        0,
        "those whose owning user namespace belongs to the caller (else it stands WITHIN)",
        names="flags",
    )
    nproc: Word = fact(
        64, 0, "tasks charged to (the user namespace, the caller's real uid)", signed=True
    )
    outer_is_over: Truth = fact(
        BOOL, False, "with the caller in it, a level above the user namespace is over its bound"
    )
    descendant_pid_ns: Truth = fact(
        BOOL, True, "the pid namespace is the caller's active one or below it"
    )
    active_pid_ns: Truth = fact(BOOL, False, "the pid namespace is the caller's active one")
    anonymous_mnt_ns: Truth = fact(BOOL, False, "the mount namespace is anonymous")


@dataclass(frozen=True, slots=True)
class Request:
    """The raw arguments of an entry point, before anything is checked or masked."""

    entry: Word = fact(8, Entry.FORK, "entry point", names="entry", most=max(Entry))
    flags: Word = fact(64, 0, "flags argument (clone: with the CSIGNAL byte)", names="flags")
    exit_signal: Word = fact(64, 0, "clone_args.exit_signal")
    pidfd: Word = fact(64, 0, "clone_args.pidfd (address)")
    parent_tid: Word = fact(64, 0, "parent_tid (address)")
    child_tid: Word = fact(64, 0, "child_tid (address)")
    stack: Word = fact(64, 0, "stack (address)")
    stack_size: Word = fact(64, 0, "clone_args.stack_size, in bytes")
    set_tid: Word = fact(64, 0, "clone_args.set_tid (address)")
    set_tid_size: Word = fact(64, 0, "clone_args.set_tid_size, in elements")
    tid0: Word = fact(32, 0, "set_tid[0]: the pid in the child's own pid namespace", signed=True)
    tid1: Word = fact(32, 0, "set_tid[1]: the pid one level up", signed=True)
    tid2: Word = fact(32, 0, "set_tid[2]: the pid two levels up", signed=True)
    cgroup: Word = fact(64, 0, "clone_args.cgroup (file descriptor)")
    usize: Word = fact(64, 88, "size argument of clone3, in bytes")
    tail: Truth = fact(BOOL, False, "a byte beyond the 88th is not zero")
    name: Truth = fact(BOOL, False, "a kernel caller gives the thread's name")
    kthread: Word = fact(32, 0, "initialiser of kernel_clone_args.kthread")
    io_thread: Word = fact(32, 0, "initialiser of kernel_clone_args.io_thread")
    user_worker: Word = fact(32, 0, "initialiser of kernel_clone_args.user_worker")
    no_files: Word = fact(32, 0, "initialiser of kernel_clone_args.no_files")
    ignore_signals: Word = fact(32, 0, "initialiser of kernel_clone_args.ignore_signals")
    umh: Word = fact(32, 0, "initialiser of kernel_clone_args.umh")
    idle: Truth = fact(BOOL, False, "pid is &init_struct_pid: an idle task")
    fork_owner: Truth = fact(BOOL, True, "VHOST_SET_FORK_FROM_OWNER: TASK, not KTHREAD (v6.17)")
    has_owner: Truth = fact(BOOL, False, "the vhost device already has an owner")
    target: Target = part(Target)
    cgroup_target: TargetCgroup = part(TargetCgroup)


@dataclass(frozen=True, slots=True)
class Args:
    """struct kernel_clone_args, as an entry point fills it."""

    flags: Word = fact(64, 0, "flags", names="flags")
    exit_signal: Word = fact(64, 0, "exit_signal")
    pidfd: Word = fact(64, 0, "address for the pidfd")
    parent_tid: Word = fact(64, 0, "address for the child's pid in the parent")
    child_tid: Word = fact(64, 0, "address for the child's pid in the child")
    set_tid_size: Word = fact(64, 0, "elements of set_tid")
    cgroup: Word = fact(64, 0, "cgroup file descriptor")
    name: Truth = fact(BOOL, False, "name is not NULL")
    fn: Truth = fact(BOOL, False, "fn is not NULL: the child starts in the kernel")
    kthread: Truth = fact(BOOL, False, "kthread")
    io_thread: Truth = fact(BOOL, False, "io_thread")
    user_worker: Truth = fact(BOOL, False, "user_worker")
    no_files: Truth = fact(BOOL, False, "no_files")
    ignore_signals: Truth = fact(BOOL, False, "ignore_signals")
    umh: Truth = fact(BOOL, False, "umh: made by user_mode_thread()")
    idle: Truth = fact(BOOL, False, "pid is &init_struct_pid")
