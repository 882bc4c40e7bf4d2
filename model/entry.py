"""How each entry point fills kernel_clone_args, and what it demands of its caller."""

from __future__ import annotations

from collections.abc import Callable

from model import words
from model.algebra import Truth, Word, at_most, below, both, either, has_any, no, when, when_word
from model.call import choose
from model.kernel import Kernel
from model.patches import (
    BIT_FIELDS,
    CLONE_INTO_CGROUP,
    COPY_PROCESS_NAME,
    COPY_PROCESS_PUBLIC,
    EMPTY_MNTNS,
    EXPLICIT_KTHREAD,
    IGNORE_SIGNALS,
    IO_THREAD,
    LEGACY_LOWER_32,
    NO_FILES,
    SET_TID,
    USER_MODE_THREAD,
    USER_WORKER,
    VHOST_TASK,
    WORKERS_ARE_THREADS,
)
from model.request import KERNEL_CLONE_CALLERS, Args, Entry, Request
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


def _fork(_kernel: Kernel, _request: Request) -> Args:
    """kernel/fork.c:SYSCALL_DEFINE0(fork)."""
    return Args(exit_signal=SIGCHLD)


def _vfork(_kernel: Kernel, _request: Request) -> Args:
    """kernel/fork.c:SYSCALL_DEFINE0(vfork)."""
    return Args(flags=VFORK | VM, exit_signal=SIGCHLD)


def _clone(kernel: Kernel, request: Request) -> Args:
    """kernel/fork.c:SYSCALL_DEFINE5(clone): one argument holds the flags and the exit signal."""
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


def _kernel_flags(flags: Word) -> Word:
    return ((flags & LEGACY_FLAGS) | VM | UNTRACED) & (2**64 - 1 - CSIGNAL)


def _kernel_thread(kernel: Kernel, request: Request) -> Args:
    """kernel/fork.c:kernel_thread; its name argument came with the series."""
    return Args(
        flags=_kernel_flags(request.flags),
        exit_signal=request.flags & CSIGNAL,
        fn=True,
        name=both(kernel[COPY_PROCESS_NAME], request.name),
        kthread=kernel[EXPLICIT_KTHREAD],
    )


def _user_mode_thread(_kernel: Kernel, request: Request) -> Args:
    """kernel/fork.c:user_mode_thread."""
    return Args(flags=_kernel_flags(request.flags), exit_signal=request.flags & CSIGNAL, fn=True)


def _create_io_thread(kernel: Kernel, _request: Request) -> Args:
    """kernel/fork.c:create_io_thread; user_worker is set beside io_thread since the series."""
    return Args(
        flags=FS | FILES | SIGHAND | THREAD | IO | VM | UNTRACED,
        fn=True,
        io_thread=True,
        user_worker=kernel[USER_WORKER],
    )


def _vhost_task_create(kernel: Kernel, _request: Request) -> Args:
    """kernel/vhost_task.c:vhost_task_create."""
    process = FS | UNTRACED | VM
    return Args(
        flags=when_word(64, kernel[WORKERS_ARE_THREADS], process | THREAD | SIGHAND, process),
        fn=True,
        name=True,
        user_worker=True,
        no_files=True,
        ignore_signals=no(kernel[WORKERS_ARE_THREADS]),
    )


def _fork_idle(kernel: Kernel, _request: Request) -> Args:
    """kernel/fork.c:fork_idle."""
    return Args(flags=VM, fn=True, kthread=kernel[EXPLICIT_KTHREAD], idle=True)


def initialised(kernel: Kernel, value: Word) -> Truth:
    """Return what an initialiser of ``io_thread`` or ``kthread`` means: int, later one bit."""
    return when(kernel[BIT_FIELDS], has_any(value, 1), value != 0)


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
        idle=request.idle,
    )


def _creates_no_task(_kernel: Kernel, request: Request) -> Args:
    """unshare(), setns() and VHOST_SET_OWNER fill no kernel_clone_args of their own."""
    return Args(flags=request.flags)


FILLS: dict[Entry, Callable[[Kernel, Request], Args]] = {
    Entry.FORK: _fork,
    Entry.VFORK: _vfork,
    Entry.CLONE: _clone,
    Entry.CLONE3: _clone3,
    Entry.KERNEL_THREAD: _kernel_thread,
    Entry.USER_MODE_THREAD: _user_mode_thread,
    Entry.CREATE_IO_THREAD: _create_io_thread,
    Entry.VHOST_TASK_CREATE: _vhost_task_create,
    Entry.FORK_IDLE: _fork_idle,
    Entry.COPY_PROCESS: _copy_process,
}


def args_of(kernel: Kernel, request: Request) -> Args:
    """Return kernel_clone_args as the request's entry point hands them to the kernel."""
    if isinstance(request.entry, int):
        args = FILLS.get(Entry(request.entry), _creates_no_task)(kernel, request)
    else:
        args = _creates_no_task(kernel, request)
        for entry, fill in FILLS.items():
            args = choose(request.entry == int(entry), fill(kernel, request), args)
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
    return choose(implied, _replace_flags(args, args.flags | NEWNS), args)


def _replace_flags(args: Args, flags: Word) -> Args:
    from dataclasses import replace

    return replace(args, flags=flags)


def through_kernel_clone(request: Request) -> Truth:
    """Return whether the entry point goes through kernel_clone()."""
    return from_one_of(request, KERNEL_CLONE_CALLERS)


def from_one_of(request: Request, entries: tuple[Entry, ...]) -> Truth:
    """Return whether the request uses one of the entry points."""
    if isinstance(request.entry, int):
        return request.entry in entries
    return either(*(request.entry == int(entry) for entry in entries))


def available(kernel: Kernel, request: Request) -> Truth:
    """Return whether the kernel has the entry point at all."""
    needs = {
        Entry.USER_MODE_THREAD: USER_MODE_THREAD,
        Entry.CREATE_IO_THREAD: IO_THREAD,
        Entry.VHOST_TASK_CREATE: VHOST_TASK,
        Entry.COPY_PROCESS: COPY_PROCESS_PUBLIC,
    }
    return both(
        *(either(request.entry != int(entry), kernel[patch]) for entry, patch in needs.items())
    )
