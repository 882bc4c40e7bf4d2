"""How the child begins and ends, and what its caller and its tracer get (kernel_clone)."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, either, has, no, when_word
from model.call import Call
from model.effects import task
from model.effects.task import is_a_thread
from model.entries import through_kernel_clone
from model.patches import CLONE_AUTOREAP, PIDFD_AUTOKILL, USER_WORKER
from model.rows import decides
from model.state import Fallible

_COPY = "kernel/fork.c:copy_process"


@decides("starts_in_kernel", at="arch/x86/kernel/process.c:copy_thread")
def starts_in_kernel(call: Call) -> Truth:
    """args->fn makes it a kernel thread or a user worker."""
    return call.args.fn


@decides("autoreap", at=_COPY)
def autoreap(call: Call) -> Truth:
    """CLONE_AUTOREAP (v7.1); a thread belongs to its group's."""
    asked = both(call.kernel[CLONE_AUTOREAP], has(call.args.flags, words.AUTOREAP))
    return either(asked, both(is_a_thread(call), call.current.signal.autoreap))


@decides("autokill", at=_COPY)
def autokill(call: Call) -> Truth:
    """CLONE_PIDFD_AUTOKILL (v7.1)."""
    return both(call.kernel[PIDFD_AUTOKILL], has(call.args.flags, words.PIDFD_AUTOKILL))


@decides("reports_to_tracer", at="kernel/fork.c:kernel_clone")
def reports_to_tracer(call: Call) -> Truth:
    """kernel_clone() reports to a tracer that asked, unless CLONE_UNTRACED."""
    return both(
        through_kernel_clone(call.request),
        call.current.traced,
        no(has(call.args.flags, words.UNTRACED)),
    )


@decides("traced", at="include/linux/ptrace.h:ptrace_init_task")
def traced(call: Call) -> Truth:
    """CLONE_PTRACE or a reported event attaches the caller's tracer."""
    asked = both(call.current.traced, has(call.args.flags, words.PTRACE))
    return both(no(call.args.idle), either(asked, reports_to_tracer.value(call)))


@decides("not_throttled", at="mm/vmscan.c:reclaim_throttle")
def not_throttled(call: Call) -> Truth:
    """Kernel threads and workers are: io workers, since the series all user workers."""
    word: Word = task.flags.value(call)
    workers = when_word(32, call.kernel[USER_WORKER], words.PF_USER_WORKER, words.PF_IO_WORKER)
    return (word & (workers | words.PF_KTHREAD)) != 0


@decides("oom_score_adj", at="kernel/fork.c:copy_signal")
def oom_score_adj(call: Call) -> Word:
    """The caller's."""
    return call.current.signal.oom_score_adj


@decides("parent_tid_stored", at="kernel/fork.c:kernel_clone")
def parent_tid_stored(call: Call) -> Truth:
    """CLONE_PARENT_SETTID; a bad address is ignored."""
    return both(
        through_kernel_clone(call.request),
        has(call.args.flags, words.PARENT_SETTID),
        no(call.fails(Fallible.PUT_PARENT_TID)),
    )


@decides("vfork_wait", at="kernel/fork.c:kernel_clone")
def vfork_wait(call: Call) -> Truth:
    """CLONE_VFORK."""
    return both(through_kernel_clone(call.request), has(call.args.flags, words.VFORK))
