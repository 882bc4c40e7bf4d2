"""What clone3() and legacy clone() refuse before kernel_clone() is reached."""

from __future__ import annotations

from model import words
from model.algebra import (
    Truth,
    Word,
    at_most,
    below,
    both,
    either,
    has,
    has_any,
    plus_unsigned,
    when_word,
)
from model.call import Call
from model.entries import visible
from model.patches import (
    CLEAR_SIGHAND,
    CLONE3_EXIT_SIGNAL,
    CLONE3_NEWTIME,
    CLONE3_STACK,
    CLONE_INTO_CGROUP,
    CLONE_PIDFD,
    EXIT_SIGNAL_CHECK,
    PATCHES,
    PIDFD_POINTER_CHECK,
    SET_TID,
)
from model.request import Entry
from model.rows import rejects
from model.state import Fallible
from model.user_memory import highest_end
from model.words import Errno

_COPY = "kernel/fork.c:copy_clone_args_from_user"
_VALID = "kernel/fork.c:clone3_args_valid"


def _clone3(call: Call, condition: Truth) -> Truth:
    return both(call.request.entry == int(Entry.CLONE3), condition)


def _set_tid(call: Call) -> Word:
    return visible(call.request.set_tid, call.request.usize, 64)


def _known_size(call: Call) -> Word:
    """Return sizeof(struct clone_args) as this kernel knows it, in bytes."""
    later = when_word(
        64, call.kernel[SET_TID], words.CLONE_ARGS_SIZE_VER1, words.CLONE_ARGS_SIZE_VER0
    )
    return when_word(64, call.kernel[CLONE_INTO_CGROUP], words.CLONE_ARGS_SIZE_VER2, later)


@rejects(Errno.E2BIG, at=_COPY)
def struct_is_larger_than_a_page(call: Call) -> Truth:
    """clone3's size argument exceeds PAGE_SIZE."""
    return _clone3(call, below(words.PAGE_SIZE, call.request.usize))


@rejects(Errno.EINVAL, at=_COPY)
def struct_is_smaller_than_its_first_version(call: Call) -> Truth:
    """clone3's size argument is below CLONE_ARGS_SIZE_VER0 (64 bytes)."""
    return _clone3(call, below(call.request.usize, words.CLONE_ARGS_SIZE_VER0))


@rejects(Errno.E2BIG, at="include/linux/uaccess.h:copy_struct_from_user")
def bytes_unknown_to_this_kernel_are_not_zero(call: Call) -> Truth:
    """The struct is longer than the kernel's and its tail is not all zero."""
    request, size = call.request, _known_size(call)
    set_tid = both(
        at_most(size, words.CLONE_ARGS_SIZE_VER0),
        either(_set_tid(call) != 0, visible(request.set_tid_size, request.usize, 72) != 0),
    )
    cgroup = both(
        at_most(size, words.CLONE_ARGS_SIZE_VER1), visible(request.cgroup, request.usize, 80) != 0
    )
    tail = both(request.tail, below(words.CLONE_ARGS_SIZE_VER2, request.usize))
    return _clone3(call, either(set_tid, cgroup, tail))


@rejects(Errno.EFAULT, at="include/linux/uaccess.h:copy_struct_from_user")
def clone_args_cannot_be_read(call: Call) -> Truth:
    """The struct's address is bad."""
    return _clone3(call, call.fails(Fallible.COPY_CLONE_ARGS))


@rejects(Errno.EINVAL, at=_COPY, since=SET_TID)
def more_pids_are_asked_for_than_namespaces_can_nest(call: Call) -> Truth:
    """set_tid_size exceeds MAX_PID_NS_LEVEL (32)."""
    return _clone3(call, below(words.MAX_PID_NS_LEVEL, call.args.set_tid_size))


@rejects(Errno.EINVAL, at=_COPY, since=SET_TID)
def set_tid_size_is_given_without_set_tid(call: Call) -> Truth:
    """set_tid is NULL, set_tid_size is not 0."""
    return _clone3(call, both(_set_tid(call) == 0, call.args.set_tid_size != 0))


@rejects(Errno.EINVAL, at=_COPY, since=SET_TID)
def set_tid_is_given_without_its_size(call: Call) -> Truth:
    """set_tid is not NULL, set_tid_size is 0."""
    return _clone3(call, both(_set_tid(call) != 0, call.args.set_tid_size == 0))


@rejects(Errno.EINVAL, at=_COPY, since=CLONE3_EXIT_SIGNAL)
def exit_signal_has_bits_above_csignal(call: Call) -> Truth:
    """exit_signal does not fit one byte."""
    return _clone3(call, has_any(call.request.exit_signal, 2**64 - 1 - words.CSIGNAL))


@rejects(Errno.EINVAL, at=_COPY, since=CLONE3_EXIT_SIGNAL, until=EXIT_SIGNAL_CHECK)
def exit_signal_of_clone3_is_no_signal(call: Call) -> Truth:
    """exit_signal is above 64."""
    return _clone3(call, below(words.SIGNAL_MAX, call.request.exit_signal))


@rejects(Errno.EINVAL, at=_COPY, since=CLONE_INTO_CGROUP)
def cgroup_fd_is_impossible(call: Call) -> Truth:
    """CLONE_INTO_CGROUP with a file descriptor above INT_MAX or a struct too small for it."""
    cgroup = visible(call.request.cgroup, call.request.usize, 80)
    bad = either(
        below(words.INT_MAX, cgroup), below(call.request.usize, words.CLONE_ARGS_SIZE_VER2)
    )
    return _clone3(call, both(has_any(call.request.flags, words.INTO_CGROUP), bad))


@rejects(Errno.EFAULT, at=_COPY, since=SET_TID)
def set_tid_cannot_be_read(call: Call) -> Truth:
    """The set_tid array's address is bad."""
    return _clone3(call, both(_set_tid(call) != 0, call.fails(Fallible.COPY_SET_TID)))


def _known_flags(call: Call) -> Word:
    known: Word = words.LEGACY_FLAGS
    for patch in PATCHES:
        if patch.brings is not None and patch.brings > words.LEGACY_FLAGS:
            known = known | when_word(64, call.kernel[patch], int(patch.brings), 0)
    return known


@rejects(Errno.EINVAL, at=_VALID)
def flag_is_unknown_to_clone3(call: Call) -> Truth:
    """A flag bit is set that this kernel does not know."""
    known = _known_flags(call)
    return _clone3(call, (call.request.flags | known) != known)


@rejects(Errno.EINVAL, at=_VALID)
def detached_is_reserved_in_clone3(call: Call) -> Truth:
    """CLONE_DETACHED is set."""
    return _clone3(call, has_any(call.request.flags, words.DETACHED))


@rejects(Errno.EINVAL, at=_VALID)
def csignal_bits_are_reserved_in_clone3(call: Call) -> Truth:
    """A bit of the CSIGNAL byte is set in flags, other than CLONE_NEWTIME's where allowed."""
    reserved = when_word(
        64, call.kernel[CLONE3_NEWTIME], words.CSIGNAL & ~words.NEWTIME, words.CSIGNAL
    )
    return _clone3(call, (call.request.flags & reserved) != 0)


@rejects(Errno.EINVAL, at=_VALID, since=CLEAR_SIGHAND)
def handlers_are_both_shared_and_cleared(call: Call) -> Truth:
    """CLONE_SIGHAND with CLONE_CLEAR_SIGHAND."""
    return _clone3(call, has(call.request.flags, words.SIGHAND | words.CLEAR_SIGHAND))


@rejects(Errno.EINVAL, at=_VALID)
def exit_signal_is_given_for_a_thread_or_sibling(call: Call) -> Truth:
    """CLONE_THREAD or CLONE_PARENT with an exit_signal."""
    return _clone3(
        call,
        both(
            has_any(call.request.flags, words.THREAD | words.PARENT),
            call.request.exit_signal != 0,
        ),
    )


@rejects(Errno.EINVAL, at="kernel/fork.c:clone3_stack_valid", since=CLONE3_STACK)
def stack_and_its_size_disagree(call: Call) -> Truth:
    """Exactly one of stack and stack_size is zero."""
    return _clone3(call, (call.request.stack == 0) != (call.request.stack_size == 0))


@rejects(Errno.EINVAL, at="kernel/fork.c:clone3_stack_valid", since=CLONE3_STACK)
def stack_lies_outside_user_memory(call: Call) -> Truth:
    """access_ok() refuses [stack, stack + stack_size); v6.4 to v6.11 only beyond 2**63."""
    stack, size = call.request.stack, call.request.stack_size
    end = plus_unsigned(stack, size)
    outside = either(below(end, stack), below(highest_end(call.kernel), end))
    return _clone3(call, both(stack != 0, size != 0, outside))


@rejects(
    Errno.EINVAL,
    at="kernel/fork.c:legacy_clone_args_valid",
    since=CLONE_PIDFD,
    until=PIDFD_POINTER_CHECK,
)
def legacy_clone_asks_for_pidfd_and_parent_tid(call: Call) -> Truth:
    """Legacy clone() has one pointer for both."""
    return both(
        call.request.entry == int(Entry.CLONE),
        has(call.args.flags, words.PIDFD | words.PARENT_SETTID),
    )


CLONE3 = [
    struct_is_larger_than_a_page,
    struct_is_smaller_than_its_first_version,
    bytes_unknown_to_this_kernel_are_not_zero,
    clone_args_cannot_be_read,
    more_pids_are_asked_for_than_namespaces_can_nest,
    set_tid_size_is_given_without_set_tid,
    set_tid_is_given_without_its_size,
    exit_signal_has_bits_above_csignal,
    exit_signal_of_clone3_is_no_signal,
    cgroup_fd_is_impossible,
    set_tid_cannot_be_read,
    flag_is_unknown_to_clone3,
    detached_is_reserved_in_clone3,
    csignal_bits_are_reserved_in_clone3,
    handlers_are_both_shared_and_cleared,
    exit_signal_is_given_for_a_thread_or_sibling,
    stack_and_its_size_disagree,
    stack_lies_outside_user_memory,
    legacy_clone_asks_for_pidfd_and_parent_tid,
]
