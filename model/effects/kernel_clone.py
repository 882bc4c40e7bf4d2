"""What the caller and its tracer get, and who waits (kernel_clone, ptrace_init_task)."""

from __future__ import annotations

from model import words
from model.algebra import Truth, both, either, has, no
from model.call import Call
from model.entries import through_kernel_clone
from model.rows import decides
from model.state import Fallible

_COPY = "kernel/fork.c:copy_process"


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
