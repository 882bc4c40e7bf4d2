"""The child's group, limits, signals, parent and end (copy_sighand, copy_signal, copy_process)."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, either, has, has_any, low_32, no, when, when_word
from model.call import Call
from model.child import Parent
from model.effects.task import is_a_thread
from model.patches import (
    CLEAR_SIGHAND,
    CLONE_AUTOREAP,
    CLONE_FLAGS_U64,
    PIDFD_AUTOKILL,
    WORKERS_ARE_THREADS,
)
from model.rows import decides

_COPY = "kernel/fork.c:copy_process"


@decides("same_thread_group", at=_COPY)
def same_thread_group(call: Call) -> Truth:
    """CLONE_THREAD."""
    return is_a_thread(call)


@decides("rlim_nproc", at="kernel/fork.c:copy_signal")
def rlim_nproc(call: Call) -> Word:
    """The caller's, shared by a thread and copied otherwise."""
    return call.current.signal.rlim_nproc


@decides("rlimits_shared", at="kernel/fork.c:copy_signal")
def rlimits_shared(call: Call) -> Truth:
    """rlimits live in signal_struct."""
    return is_a_thread(call)


def clears_handlers(call: Call) -> Truth:
    """Return whether CLONE_CLEAR_SIGHAND takes effect (lost on 32 bits before v6.18)."""
    seen = either(no(call.system.long_is_32_bit), call.kernel[CLONE_FLAGS_U64])
    return both(
        call.kernel[CLEAR_SIGHAND],
        has(call.args.flags, words.CLEAR_SIGHAND),
        no(has(call.args.flags, words.SIGHAND)),
        seen,
    )


@decides("ignored", at="kernel/fork.c:copy_sighand")
def ignored(call: Call) -> Word:
    """The caller's; every signal where ignore_signals is set."""
    return when_word(64, call.args.ignore_signals, words.ALL_SIGNALS, call.current.sighand.ignored)


@decides("caught", at="kernel/fork.c:copy_sighand")
def caught(call: Call) -> Word:
    """The caller's; none with CLONE_CLEAR_SIGHAND or ignore_signals."""
    none = either(call.args.ignore_signals, clears_handlers(call))
    return when_word(64, none, 0, call.current.sighand.caught)


@decides("blocked", at=_COPY)
def blocked(call: Call) -> Word:
    """The caller's; a worker blocks all but SIGKILL and SIGSTOP."""
    worker = when(call.kernel[WORKERS_ARE_THREADS], call.args.user_worker, call.args.io_thread)
    return when_word(64, worker, words.WORKER_BLOCKED, call.current.blocked)


@decides("altstack", at=_COPY)
def altstack(call: Call) -> Truth:
    """Dropped when the address space is shared without vfork."""
    reset = both(has(call.args.flags, words.VM), no(has(call.args.flags, words.VFORK)))
    return both(call.current.altstack, no(reset))


@decides("exit_signal", at=_COPY)
def exit_signal(call: Call) -> Word:
    """-1 for a thread; a sibling takes the group leader's; else the argument."""
    given = low_32(call.args.exit_signal)
    leader = call.current.signal.leader_exit_signal
    sibling = has(call.args.flags, words.PARENT)
    return when_word(32, is_a_thread(call), -1, when_word(32, sibling, leader, given))


def _callers_parent(call: Call) -> Word:
    sibling = has_any(call.args.flags, words.PARENT | words.THREAD)
    return when_word(8, sibling, int(Parent.CALLERS_PARENT), int(Parent.CALLER))


@decides("real_parent", at=_COPY)
def real_parent(call: Call) -> Word:
    """The caller's parent for threads and siblings, else the caller."""
    return _callers_parent(call)


@decides("parent_exec_id", at=_COPY)
def parent_exec_id(call: Call) -> Word:
    """Goes with real_parent."""
    return _callers_parent(call)


@decides("oom_score_adj", at="kernel/fork.c:copy_signal")
def oom_score_adj(call: Call) -> Word:
    """The caller's."""
    return call.current.signal.oom_score_adj


@decides("autoreap", at=_COPY)
def autoreap(call: Call) -> Truth:
    """CLONE_AUTOREAP (v7.1), but for an idle task; a thread belongs to its group's."""
    flag = has(call.args.flags, words.AUTOREAP)
    asked = both(call.kernel[CLONE_AUTOREAP], flag, no(call.args.idle))
    return either(asked, both(is_a_thread(call), call.current.signal.autoreap))


@decides("autokill", at=_COPY)
def autokill(call: Call) -> Truth:
    """CLONE_PIDFD_AUTOKILL (v7.1)."""
    return both(call.kernel[PIDFD_AUTOKILL], has(call.args.flags, words.PIDFD_AUTOKILL))
