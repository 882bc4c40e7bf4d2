"""Entry points beside each other: which calls are the same call."""

from __future__ import annotations

from dataclasses import replace

from model import words
from model.algebra import Truth, at_most, below, both, either, has, has_any, implies, no, same
from model.alike import same_outcome
from model.call import Call
from model.entries import visible
from model.evaluate import Outcome
from model.patches import CLONE3, CLONE_INTO_CGROUP, PIDFD_POINTER_CHECK
from model.request import Entry, Request
from model.state import Fallible
from model.words import (
    CSIGNAL,
    DETACHED,
    INTO_CGROUP,
    LEGACY_FLAGS,
    PARENT,
    SIGCHLD,
    THREAD,
    VFORK,
    VM,
    Errno,
)
from properties.claim import Claim, claims, fails, holds
from properties.outcome import failed, from_user_space, taken, through, twin

_CLONE3 = "kernel/fork.c:clone3"


def _as_clone3(call: Call) -> Request:
    """Return the request with the arguments of clone() told to clone3()."""
    old = call.request
    return Request(
        entry=int(Entry.CLONE3),
        flags=old.flags & (LEGACY_FLAGS - CSIGNAL),
        exit_signal=old.flags & CSIGNAL,
        pidfd=old.parent_tid,
        parent_tid=old.parent_tid,
        child_tid=old.child_tid,
    )


def _clone3_has_words_for_it(call: Call) -> Truth:
    """Return whether clone3() does not refuse by design what clone() overlooks."""
    flags = call.request.flags
    signal = flags & CSIGNAL
    return both(
        no(has(flags, DETACHED)),
        at_most(signal, words.SIGNAL_MAX),
        implies(has_any(flags, THREAD | PARENT), signal == 0),
        call.chance.fails != int(Fallible.COPY_CLONE_ARGS),
    )


@claims(
    "P90",
    source=f"{_CLONE3}; clone(2)",
    expect=holds(since=PIDFD_POINTER_CHECK | ~CLONE3),
)
def clone_does_what_clone3_does(call: Call, outcome: Outcome) -> Claim:
    """Same errno and same child, unless clone3() refuses by design.

    v5.4's clone3() stores a pidfd and a pid at one address, which clone() refuses.
    """
    asked = both(through(call, Entry.CLONE), _clone3_has_words_for_it(call))
    return Claim(asked, same_outcome(outcome, twin(call, request=_as_clone3(call))))


@claims("P90f", source="obvious but false", expect=fails(), truth="P90")
def clone3_accepts_what_clone_accepts(call: Call, outcome: Outcome) -> Claim:
    """False: an exit signal for a thread or sibling, CLONE_DETACHED, no valid signal."""
    readable = call.chance.fails != int(Fallible.COPY_CLONE_ARGS)
    accepted = both(through(call, Entry.CLONE), outcome.ok, readable)
    return Claim(accepted, twin(call, request=_as_clone3(call)).ok)


def _as_clone(call: Call, flags: int) -> Outcome:
    request = replace(call.request, entry=int(Entry.CLONE), flags=flags)
    return twin(call, request=request)


@claims("P91", source="kernel/fork.c:vfork; vfork(2)", expect=holds())
def vfork_is_a_clone(call: Call, outcome: Outcome) -> Claim:
    """CLONE_VFORK | CLONE_VM | SIGCHLD."""
    other = _as_clone(call, VFORK | VM | SIGCHLD)
    return Claim(through(call, Entry.VFORK), same_outcome(outcome, other))


@claims("P92", source="kernel/fork.c:fork; fork(2)", expect=holds())
def fork_is_a_clone(call: Call, outcome: Outcome) -> Claim:
    """SIGCHLD and no flag."""
    return Claim(through(call, Entry.FORK), same_outcome(outcome, _as_clone(call, SIGCHLD)))


def _reported(call: Call, outcome: Outcome) -> Truth:
    return both(from_user_space(call), outcome.ok, call.current.traced)


@claims("P93", source="kernel/fork.c:kernel_clone", expect=fails(), truth="P93t")
def a_tracer_sees_every_new_task(call: Call, outcome: Outcome) -> Claim:
    """False: the tracee may pass CLONE_UNTRACED itself."""
    return Claim(_reported(call, outcome), outcome.child.reports_to_tracer)


@claims("P93t", source="kernel/fork.c:kernel_clone; clone(2)", expect=holds())
def a_tracer_sees_every_new_task_but_those_made_untraced(call: Call, outcome: Outcome) -> Claim:
    """The strongest true version."""
    hidden = has(call.args.flags, words.UNTRACED)
    return Claim(_reported(call, outcome), same(outcome.child.reports_to_tracer, no(hidden)))


@claims("P93k", source="kernel/fork.c:create_io_thread, kernel_thread", expect=holds())
def a_tracer_sees_no_worker_and_no_kernel_thread(call: Call, outcome: Outcome) -> Claim:
    """Kernel code always passes CLONE_UNTRACED or goes past kernel_clone()."""
    return Claim(both(outcome.ok, no(from_user_space(call))), no(outcome.child.reports_to_tracer))


def _padded(call: Call, usize: int) -> Outcome:
    """Return the outcome with the struct padded with zeroes to ``usize`` bytes."""
    old = call.request
    request = replace(
        old,
        entry=int(Entry.CLONE3),
        set_tid=visible(old.set_tid, old.usize, 64),
        set_tid_size=visible(old.set_tid_size, old.usize, 72),
        cgroup=visible(old.cgroup, old.usize, 80),
        usize=usize,
        tail=False,
    )
    return twin(call, request=request)


def _whole(call: Call) -> Truth:
    """Return whether clone3() is called with a struct of a size it takes, its tail zero."""
    usize = call.request.usize
    return both(
        through(call, Entry.CLONE3),
        at_most(words.CLONE_ARGS_SIZE_VER0, usize),
        at_most(usize, words.PAGE_SIZE),
        no(call.request.tail),
    )


@claims(
    "P94",
    source="clone3: include/uapi/linux/sched.h, copy_struct_from_user()",
    expect=fails(since=CLONE_INTO_CGROUP, needs=Entry.CLONE3),
    truth="P94t",
)
def padding_the_struct_with_zeroes_changes_nothing(call: Call, outcome: Outcome) -> Claim:
    """False of CLONE_INTO_CGROUP: too short for the descriptor is an error, not descriptor 0."""
    return Claim(_whole(call), outcome.errno == _padded(call, words.PAGE_SIZE).errno)


@claims("P94t", source="include/linux/uaccess.h:copy_struct_from_user",
        expect=holds(needs=Entry.CLONE3))
def padding_the_struct_with_zeroes_changes_nothing_but_for_a_cgroup(
    call: Call, outcome: Outcome
) -> Claim:
    """The strongest true version: same errno and same child without CLONE_INTO_CGROUP."""
    plain = no(has(call.request.flags, INTO_CGROUP))
    return Claim(
        both(_whole(call), plain), same_outcome(outcome, _padded(call, words.PAGE_SIZE))
    )


@claims("P94e", source="include/linux/uaccess.h:copy_struct_from_user",
        expect=holds(needs=Entry.CLONE3))
def bytes_that_the_kernel_does_not_know_must_be_zero(call: Call, outcome: Outcome) -> Claim:
    """E2BIG, before any value is looked at."""
    longer = below(words.CLONE_ARGS_SIZE_VER2, call.request.usize)
    asked = both(through(call, Entry.CLONE3), longer, call.request.tail)
    return Claim(asked, outcome.errno == int(Errno.E2BIG))


@claims("P96", source="kernel/fork.c:fork_idle, copy_process", expect=holds())
def an_idle_task_is_charged_but_in_no_tree(call: Call, outcome: Outcome) -> Claim:
    """init_struct_pid: no pid, no init, no tracer; RLIMIT_NPROC is charged all the same."""
    child = outcome.child
    nowhere = no(either(child.has_pid, child.is_child_reaper, child.traced))
    return Claim(
        both(outcome.ok, call.args.idle),
        both(nowhere, no(taken(outcome, "pid")), taken(outcome, "nproc charge")),
    )


@claims("P96k", source="kernel/fork.c:kernel_thread, fork_idle", expect=holds())
def only_kernel_code_makes_tasks_that_start_in_the_kernel(call: Call, outcome: Outcome) -> Claim:
    """No system call can set kernel_clone_args.fn."""
    return Claim(
        both(outcome.ok, from_user_space(call)), no(outcome.child.starts_in_kernel)
    )


@claims("P90e", source=_CLONE3, expect=holds())
def what_clone_refuses_clone3_refuses(call: Call, outcome: Outcome) -> Claim:
    """No way around a refusal, but for a pidfd and a pid stored apart."""
    refused = both(
        through(call, Entry.CLONE),
        failed(outcome),
        no(has(call.args.flags, words.PIDFD | words.PARENT_SETTID)),
    )
    return Claim(refused, no(twin(call, request=_as_clone3(call)).ok))
