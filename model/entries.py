"""The entry points, one row each: which arguments it takes, how it fills kernel_clone_args,
which function it ends in, and since when there is one.

The rules, ladders and effects of what an entry point ends in are in :mod:`model.tables`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from model import words
from model.algebra import Truth, Word, at_most, below, both, either, has_any, no, when, when_word
from model.call import choose
from model.kernel import Kernel
from model.mistake import Mistake, here
from model.patch import ALWAYS, Patches
from model.patches import (
    BIT_FIELDS,
    CLONE3,
    CLONE_INTO_CGROUP,
    COPY_PROCESS_NAME,
    COPY_PROCESS_PUBLIC,
    EMPTY_MNTNS,
    EXPLICIT_KTHREAD,
    IDLE_ROOT,
    IGNORE_SIGNALS,
    IO_THREAD,
    KERNEL_FLAGS_KEPT,
    LEGACY_LOWER_32,
    NO_FILES,
    SET_TID,
    UMH_ROOT,
    USER_MODE_THREAD,
    USER_WORKER,
    VHOST_TASK,
    WORKERS_ARE_THREADS,
)
from model.request import Args, Entry, Request
from model.words import (
    CSIGNAL,
    FILES,
    FS,
    IO,
    LEGACY_FLAGS,
    NEWNS,
    SIGCHLD,
    SIGHAND,
    THREAD,
    UNTRACED,
    VFORK,
    VM,
)


class Ends(Enum):
    """The function of the kernel that an entry point ends in, on behalf of ``current``."""

    COPY_PROCESS = "copy_process()"
    UNSHARE = "unshare()"
    SETNS = "setns()"
    VHOST = "VHOST_SET_OWNER"
    """Somebody asks for a kernel task and waits: kthread_create_on_node() alone, too."""


Fill: TypeAlias = "Callable[[Kernel, Request], Args]"


@dataclass(frozen=True, slots=True, eq=False)
class EntryPoint:
    """An entry point: where it stands in the C, what it takes, and what it makes of it."""

    entry: Entry
    at: str
    takes: tuple[str, ...]
    """The fields of :class:`~model.request.Request` that it gets; no other changes a thing."""
    ends: Ends
    by_user: bool
    """It is a system call."""
    kernel_clone: bool
    """It goes through kernel_clone()."""
    since: Patches
    fills: Fill

    @property
    def function(self) -> str:
        """Return the name of its function in the C."""
        return self.at.rpartition(":")[2]


ENTRIES: dict[Entry, EntryPoint] = {}
"""Every entry point, in the order in which they stand below."""


def enters(
    entry: Entry,
    *,
    at: str,
    takes: tuple[str, ...] = (),
    ends: Ends = Ends.COPY_PROCESS,
    by_user: bool = False,
    kernel_clone: bool = False,
    since: Patches = ALWAYS,
) -> Callable[[Fill], EntryPoint]:
    """Declare an entry point; the decorated function returns kernel_clone_args as it fills them."""

    def made(fills: Fill) -> EntryPoint:
        if entry in ENTRIES:
            raise Mistake(f"{here()}: {entry.name} has a row already")
        one = EntryPoint(entry, at, takes, ends, by_user, kernel_clone, since, fills)
        ENTRIES[entry] = one
        return one

    return made


@enters(Entry.FORK, at="kernel/fork.c:sys_fork", by_user=True, kernel_clone=True)
def _fork(_kernel: Kernel, _request: Request) -> Args:
    """Nothing but SIGCHLD."""
    return Args(exit_signal=SIGCHLD)


@enters(Entry.VFORK, at="kernel/fork.c:sys_vfork", by_user=True, kernel_clone=True)
def _vfork(_kernel: Kernel, _request: Request) -> Args:
    """The caller waits, and lends its memory."""
    return Args(flags=VFORK | VM, exit_signal=SIGCHLD)


@enters(
    Entry.CLONE,
    at="kernel/fork.c:sys_clone",
    takes=("flags", "parent_tid", "child_tid", "stack"),
    by_user=True,
    kernel_clone=True,
)
def _clone(kernel: Kernel, request: Request) -> Args:
    """One argument holds the flags and the exit signal."""
    kept = when_word(64, kernel[LEGACY_LOWER_32], LEGACY_FLAGS, 2**64 - 1)
    return Args(
        flags=request.flags & kept & (2**64 - 1 - CSIGNAL),
        exit_signal=request.flags & CSIGNAL,
        pidfd=request.parent_tid,
        parent_tid=request.parent_tid,
        child_tid=request.child_tid,
    )


def visible(word: Word, usize: Word, offset: int) -> Word:
    """Return the part of a clone_args field at ``offset`` that ``usize`` bytes cover."""
    if at_most(offset + 8, usize) is True:
        return word
    if at_most(usize, offset) is True:
        return word & 0
    seen: Word = word
    for covered in range(7, -1, -1):
        short = below(usize, offset + covered + 1)
        seen = when(short, word & (256**covered - 1), seen)
    return seen


_STRUCT = (
    "flags",
    "exit_signal",
    "pidfd",
    "parent_tid",
    "child_tid",
    "set_tid_size",
    "tid0",
    "tid1",
    "tid2",
    "cgroup",
    "cgroup_target",
)
"""Fields of struct kernel_clone_args that a caller may choose."""


@enters(
    Entry.CLONE3,
    at="kernel/fork.c:sys_clone3",
    takes=(*_STRUCT, "set_tid", "stack", "stack_size", "usize", "tail"),
    by_user=True,
    kernel_clone=True,
    since=CLONE3,
)
def _clone3(kernel: Kernel, request: Request) -> Args:
    """kernel/fork.c:copy_clone_args_from_user; fields that usize does not cover are zero."""
    set_tid_size = visible(request.set_tid_size, request.usize, 72)
    cgroup = visible(request.cgroup, request.usize, 80)
    return Args(
        flags=request.flags,
        exit_signal=request.exit_signal,
        pidfd=request.pidfd,
        parent_tid=request.parent_tid,
        child_tid=request.child_tid,
        set_tid_size=when_word(64, kernel[SET_TID], set_tid_size, 0),
        cgroup=when_word(64, kernel[CLONE_INTO_CGROUP], cgroup, 0),
    )


def _kernel_flags(kernel: Kernel, flags: Word) -> Word:
    """Return what a kernel's thread is made of: 64 bits before v5.7, and again since v6.18."""
    lower = both(kernel[LEGACY_LOWER_32], no(kernel[KERNEL_FLAGS_KEPT]))
    kept = when_word(64, lower, LEGACY_FLAGS, 2**64 - 1)
    return ((flags & kept) | VM | UNTRACED) & (2**64 - 1 - CSIGNAL)


@enters(
    Entry.KERNEL_THREAD,
    at="kernel/fork.c:kernel_thread",
    takes=("flags", "name", "cgroup_target"),
    kernel_clone=True,
)
def _kernel_thread(kernel: Kernel, request: Request) -> Args:
    """Its name argument came with the series."""
    return Args(
        flags=_kernel_flags(kernel, request.flags),
        exit_signal=request.flags & CSIGNAL,
        fn=True,
        name=both(kernel[COPY_PROCESS_NAME], request.name),
        kthread=kernel[EXPLICIT_KTHREAD],
    )


@enters(
    Entry.USER_MODE_THREAD,
    at="kernel/fork.c:user_mode_thread",
    takes=("flags", "cgroup_target"),
    kernel_clone=True,
    since=USER_MODE_THREAD,
)
def _user_mode_thread(kernel: Kernel, request: Request) -> Args:
    """The child runs fn, and may become a process of user space."""
    return Args(
        flags=_kernel_flags(kernel, request.flags),
        exit_signal=request.flags & CSIGNAL,
        fn=True,
        umh=kernel[UMH_ROOT],
    )


@enters(Entry.CREATE_IO_THREAD, at="kernel/fork.c:create_io_thread", since=IO_THREAD)
def _create_io_thread(kernel: Kernel, _request: Request) -> Args:
    """user_worker is set beside io_thread since the series."""
    return Args(
        flags=FS | FILES | SIGHAND | THREAD | IO | VM | UNTRACED,
        fn=True,
        io_thread=True,
        user_worker=kernel[USER_WORKER],
    )


@enters(Entry.VHOST_TASK_CREATE, at="kernel/vhost_task.c:vhost_task_create", since=VHOST_TASK)
def _vhost_task_create(kernel: Kernel, _request: Request) -> Args:
    """A process in the series, a thread of its owner since f9010dbdce91."""
    process = FS | UNTRACED | VM
    return Args(
        flags=when_word(64, kernel[WORKERS_ARE_THREADS], process | THREAD | SIGHAND, process),
        fn=True,
        name=True,
        user_worker=True,
        no_files=True,
        ignore_signals=no(kernel[WORKERS_ARE_THREADS]),
    )


@enters(Entry.FORK_IDLE, at="kernel/fork.c:fork_idle")
def _fork_idle(kernel: Kernel, _request: Request) -> Args:
    """The idle task of another processor; since v7.3 it shares a root."""
    return Args(
        flags=when_word(64, kernel[IDLE_ROOT], VM | FS, VM),
        fn=True,
        kthread=kernel[EXPLICIT_KTHREAD],
        idle=True,
    )


def initialised(kernel: Kernel, value: Word) -> Truth:
    """Return what an initialiser of ``io_thread`` or ``kthread`` means: int, later one bit."""
    return when(kernel[BIT_FIELDS], has_any(value, 1), value != 0)


@enters(
    Entry.COPY_PROCESS,
    at="kernel/fork.c:copy_process",
    takes=(
        *_STRUCT,
        "name",
        "kthread",
        "io_thread",
        "user_worker",
        "no_files",
        "ignore_signals",
        "umh",
        "idle",
    ),
    since=COPY_PROCESS_PUBLIC,
)
def _copy_process(kernel: Kernel, request: Request) -> Args:
    """Any core kernel code that fills kernel_clone_args itself."""
    return Args(
        flags=request.flags,
        exit_signal=request.exit_signal,
        pidfd=request.pidfd,
        parent_tid=request.parent_tid,
        child_tid=request.child_tid,
        set_tid_size=request.set_tid_size,
        cgroup=request.cgroup,
        fn=True,
        name=both(kernel[COPY_PROCESS_NAME], request.name),
        kthread=both(kernel[EXPLICIT_KTHREAD], initialised(kernel, request.kthread)),
        io_thread=both(kernel[IO_THREAD], initialised(kernel, request.io_thread)),
        user_worker=both(kernel[USER_WORKER], has_any(request.user_worker, 1)),
        no_files=both(kernel[NO_FILES], has_any(request.no_files, 1)),
        ignore_signals=both(
            kernel[IGNORE_SIGNALS],
            no(kernel[WORKERS_ARE_THREADS]),
            has_any(request.ignore_signals, 1),
        ),
        umh=both(kernel[UMH_ROOT], has_any(request.umh, 1)),
        idle=request.idle,
    )


def _no_args(_kernel: Kernel, request: Request) -> Args:
    """unshare(), setns(), VHOST_SET_OWNER and kthread_create() fill no kernel_clone_args here."""
    return Args(flags=request.flags)


enters(
    Entry.VHOST_SET_OWNER,
    at="drivers/vhost/vhost.c:vhost_dev_set_owner",
    takes=("fork_owner", "has_owner"),
    ends=Ends.VHOST,
)(_no_args)
enters(Entry.KTHREAD_CREATE, at="kernel/kthread.c:kthread_create_on_node", ends=Ends.VHOST)(
    _no_args
)
enters(
    Entry.UNSHARE,
    at="kernel/fork.c:ksys_unshare",
    takes=("flags",),
    ends=Ends.UNSHARE,
    by_user=True,
)(_no_args)
enters(
    Entry.SETNS,
    at="kernel/nsproxy.c:sys_setns",
    takes=("flags", "target"),
    ends=Ends.SETNS,
    by_user=True,
)(_no_args)


CREATORS = tuple(one.entry for one in ENTRIES.values() if one.ends is Ends.COPY_PROCESS)
"""The entry points that end in copy_process() on behalf of ``current`` itself."""
SYSCALLS = tuple(one for one in CREATORS if ENTRIES[one].by_user)
KERNEL_CLONE_CALLERS = tuple(one for one in CREATORS if ENTRIES[one].kernel_clone)


def ending_in(ends: Ends) -> tuple[Entry, ...]:
    """Return the entry points that end in a function."""
    return tuple(one.entry for one in ENTRIES.values() if one.ends is ends)


def args_of(kernel: Kernel, request: Request) -> Args:
    """Return kernel_clone_args as the request's entry point hands them to the kernel."""
    if isinstance(request.entry, int):
        args = ENTRIES[Entry(request.entry)].fills(kernel, request)
    else:
        args = _no_args(kernel, request)
        for entry in CREATORS:
            args = choose(request.entry == int(entry), ENTRIES[entry].fills(kernel, request), args)
    return _with_implied_mount_namespace(kernel, request, args)


def _with_implied_mount_namespace(kernel: Kernel, request: Request, args: Args) -> Args:
    """kernel/fork.c:kernel_clone (v7.1): CLONE_EMPTY_MNTNS adds CLONE_NEWNS."""
    implied = both(
        kernel[EMPTY_MNTNS],
        through_kernel_clone(request),
        has_any(args.flags, words.EMPTY_MNTNS),
    )
    if implied is False:
        return args
    return choose(implied, replace(args, flags=args.flags | NEWNS), args)


def through_kernel_clone(request: Request) -> Truth:
    """Return whether the entry point goes through kernel_clone()."""
    return from_one_of(request, KERNEL_CLONE_CALLERS)


def from_one_of(request: Request, entries: tuple[Entry, ...]) -> Truth:
    """Return whether the request uses one of the entry points."""
    if isinstance(request.entry, int):
        return request.entry in entries
    return either(*(request.entry == int(entry) for entry in entries))


SYS_NI = "kernel/sys_ni.c:sys_ni_syscall"
"""Where a system call ends that the kernel does not have: ENOSYS, whatever its arguments."""


def unknown_call(kernel: Kernel, entry: Entry) -> str:
    """Return what a system call is named that the kernel does not have; nothing for any other."""
    one = ENTRIES[entry]
    unknown = one.by_user and kernel.stands(one.since) is False
    return f"{one.function.removeprefix('sys_')}()" if unknown else ""


def available(kernel: Kernel, request: Request) -> Truth:
    """Return whether the kernel has the entry point at all."""
    if isinstance(request.entry, int):
        return kernel.stands(ENTRIES[Entry(request.entry)].since)
    return both(
        *(
            either(request.entry != int(one.entry), kernel.stands(one.since))
            for one in ENTRIES.values()
            if one.since is not ALWAYS
        )
    )
