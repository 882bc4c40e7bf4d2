"""The child's task_struct: flags and what they spare it, name, where it starts, its thread id."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, clear, has, when_word
from model.call import Call
from model.patches import (
    EXPLICIT_KTHREAD,
    NO_SETAFFINITY_DROPPED,
    PLUG_TIME_DROPPED,
    REDHAT_KTHREAD_INHERITED,
    USER_WORKER,
)
from model.rows import decides

_COPY = "kernel/fork.c:copy_process"
_KTHREAD_ANEW = EXPLICIT_KTHREAD & ~REDHAT_KTHREAD_INHERITED


@decides("flags", at=_COPY)
def flags(call: Call) -> Word:
    """The caller's flags, PF_KTHREAD set anew, worker flags added, few cleared.

    PF_IO_WORKER, PF_USER_WORKER, PF_NOFREEZE and PF_NPROC_EXCEEDED are inherited; before v5.19,
    and by Red Hat's from 9.2 to 9.6, PF_KTHREAD, too.
    """
    word = call.current.flags
    without_kthread = clear(word, words.PF_KTHREAD, 32)
    asked = when_word(32, call.args.kthread, word | words.PF_KTHREAD, without_kthread)
    word = when_word(32, call.kernel.stands(_KTHREAD_ANEW), asked, word)
    word = when_word(32, call.args.user_worker, word | words.PF_USER_WORKER, word)
    word = when_word(32, call.args.io_thread, word | words.PF_IO_WORKER, word)
    dropped = words.PF_SUPERPRIV | words.PF_WQ_WORKER | words.PF_IDLE
    word = clear(word, dropped, 32) | words.PF_FORKNOEXEC
    movable = clear(word, words.PF_NO_SETAFFINITY, 32)
    word = when_word(32, call.kernel[NO_SETAFFINITY_DROPPED], movable, word)
    without_time = clear(word, words.PF_BLOCK_TS, 32)
    return when_word(32, call.kernel[PLUG_TIME_DROPPED], without_time, word)


@decides("named_by_args", at=_COPY)
def named_by_args(call: Call) -> Truth:
    """comm is set from args->name when there is one."""
    return call.args.name


@decides("set_child_tid", at=_COPY)
def set_child_tid(call: Call) -> Word:
    """CLONE_CHILD_SETTID keeps child_tid."""
    return when_word(64, has(call.args.flags, words.CHILD_SETTID), call.args.child_tid, 0)


@decides("clear_child_tid", at=_COPY)
def clear_child_tid(call: Call) -> Word:
    """CLONE_CHILD_CLEARTID keeps child_tid."""
    return when_word(64, has(call.args.flags, words.CHILD_CLEARTID), call.args.child_tid, 0)


def is_a_thread(call: Call) -> Truth:
    """Return whether the child is a thread of its caller's group."""
    return has(call.args.flags, words.THREAD)


@decides("starts_in_kernel", at="arch/x86/kernel/process.c:copy_thread")
def starts_in_kernel(call: Call) -> Truth:
    """args->fn makes it a kernel thread or a user worker."""
    return call.args.fn


@decides("not_throttled", at="mm/vmscan.c:reclaim_throttle")
def not_throttled(call: Call) -> Truth:
    """Kernel threads and workers are: io workers, since the series all user workers."""
    word: Word = flags.value(call)
    workers = when_word(32, call.kernel[USER_WORKER], words.PF_USER_WORKER, words.PF_IO_WORKER)
    return (word & (workers | words.PF_KTHREAD)) != 0
