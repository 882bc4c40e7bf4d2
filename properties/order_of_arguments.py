"""What is told of the arguments of a creating call, in the kernel's order.

kernel/fork.c: copy_clone_args_from_user(), clone3_args_valid(), kernel_clone() and the flags
at the top of copy_process(); clone(2) 6.03 ERRORS.
"""

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
    no,
    plus_unsigned,
    when,
    when_word,
)
from model.call import Call
from model.entries import through_kernel_clone, visible
from model.patch import Patch
from model.patches import (
    CLEAR_SIGHAND,
    CLONE3_EXIT_SIGNAL,
    CLONE3_NEWTIME,
    CLONE3_STACK,
    CLONE_AUTOREAP,
    CLONE_INTO_CGROUP,
    CLONE_NNP,
    CLONE_PIDFD,
    DEBIAN_USERNS_SYSCTL,
    EMPTY_MNTNS,
    EXIT_SIGNAL_CHECK,
    NO_SIBLINGS_OF_INIT,
    PARENT_WITH_NEW_NAMESPACES,
    PIDFD_AUTOKILL,
    PIDFD_POINTER_CHECK,
    PIDFD_THREAD,
    SET_TID,
    SIGHAND_STAYS,
    THREADS_STAY,
    TIME_NAMESPACES,
    TIMENS_AT_EXEC,
    USERNS_FS_GUARD,
    VFORK_BEFORE_PIDNS,
)
from model.request import Entry
from model.state import Fallible
from model.user_memory import highest_end
from model.words import (
    DETACHED,
    FS,
    NEWNS,
    NEWPID,
    NEWTIME,
    NEWUSER,
    PARENT,
    PARENT_SETTID,
    PIDFD,
    SIGHAND,
    THREAD,
    VM,
    Errno,
)
from properties.order import Fault
from properties.outcome import through

EPERM, EINVAL, E2BIG, EFAULT = (
    int(one) for one in (Errno.EPERM, Errno.EINVAL, Errno.E2BIG, Errno.EFAULT)
)


def _late_fields(call: Call) -> tuple[Word, Word, Word]:
    """Return set_tid, set_tid_size and cgroup as far as the struct's size covers them."""
    request = call.request
    return (
        visible(request.set_tid, request.usize, 64),
        visible(request.set_tid_size, request.usize, 72),
        visible(request.cgroup, request.usize, 80),
    )


def _has_unknown_bytes(call: Call) -> Truth:
    """Return whether the struct says something that this kernel has no field for."""
    set_tid, size, cgroup = _late_fields(call)
    beyond = both(call.request.tail, below(words.CLONE_ARGS_SIZE_VER2, call.request.usize))
    return either(
        beyond,
        both(no(call.kernel[CLONE_INTO_CGROUP]), cgroup != 0),
        both(no(either(call.kernel[SET_TID], call.kernel[CLONE_INTO_CGROUP])),
             either(set_tid != 0, size != 0)),
    )


def _pids_and_number_disagree(call: Call) -> Truth:
    """Return whether set_tid comes without its size or the other way, or with too many."""
    set_tid, size, _ = _late_fields(call)
    wrong = either(below(words.MAX_PID_NS_LEVEL, size), (set_tid == 0) != (size == 0))
    return both(call.kernel[SET_TID], wrong)


def _has_no_such_signal(call: Call) -> Truth:
    """Return whether clone3's exit_signal is above 64; 65 to 255 are told later since v7.1."""
    signal = call.request.exit_signal
    early = both(no(call.kernel[EXIT_SIGNAL_CHECK]), below(words.SIGNAL_MAX, signal))
    return both(call.kernel[CLONE3_EXIT_SIGNAL], either(below(words.CSIGNAL, signal), early))


def _has_no_cgroup_descriptor(call: Call) -> Truth:
    """Return whether CLONE_INTO_CGROUP comes without a possible descriptor."""
    short = below(call.request.usize, words.CLONE_ARGS_SIZE_VER2)
    bad = either(short, below(words.INT_MAX, _late_fields(call)[2]))
    return both(
        call.kernel[CLONE_INTO_CGROUP], has(call.request.flags, words.INTO_CGROUP), bad
    )


_LATER_FLAGS: tuple[tuple[Patch, int], ...] = (
    (CLONE3_NEWTIME, NEWTIME),
    (CLEAR_SIGHAND, words.CLEAR_SIGHAND),
    (CLONE_INTO_CGROUP, words.INTO_CGROUP),
    (CLONE_AUTOREAP, words.AUTOREAP),
    (CLONE_NNP, words.NNP),
    (PIDFD_AUTOKILL, words.PIDFD_AUTOKILL),
    (EMPTY_MNTNS, words.EMPTY_MNTNS),
)


def _has_a_flag_not_for_clone3(call: Call) -> Truth:
    """Return whether a flag is unknown here, or reserved: the signal's byte, CLONE_DETACHED."""
    known: Word = words.LEGACY_FLAGS & ~(words.CSIGNAL | DETACHED)
    for patch, flag in _LATER_FLAGS:
        known = known | when_word(64, call.kernel[patch], flag, 0)
    return (call.request.flags | known) != known


def _has_contrary_arguments(call: Call) -> Truth:
    """Return whether handlers are shared and cleared, or an exit signal is given in vain."""
    flags = call.request.flags
    contrary = both(
        call.kernel[CLEAR_SIGHAND], has(flags, SIGHAND | words.CLEAR_SIGHAND)
    )
    vain = both(has_any(flags, THREAD | PARENT), call.request.exit_signal != 0)
    return either(contrary, vain)


def _has_a_bad_stack(call: Call) -> Truth:
    """Return whether stack and size disagree, or the stack is not in user memory."""
    start, size = call.request.stack, call.request.stack_size
    end = plus_unsigned(start, size)
    inside = both(at_most(start, end), at_most(end, highest_end(call.kernel)))
    wrong = either((start == 0) != (size == 0), both(start != 0, no(inside)))
    return both(call.kernel[CLONE3_STACK], wrong)


def clone3_struct(call: Call) -> list[Fault]:
    """Return what clone3() tells of its struct before it looks at flags."""
    usize, clone3 = call.request.usize, through(call, Entry.CLONE3)
    values = either(
        _pids_and_number_disagree(call), _has_no_such_signal(call), _has_no_cgroup_descriptor(call)
    )
    unread = both(
        call.kernel[SET_TID], _late_fields(call)[0] != 0, call.fails(Fallible.COPY_SET_TID)
    )
    return [
        Fault(E2BIG, both(clone3, below(words.PAGE_SIZE, usize))),
        Fault(EINVAL, both(clone3, below(usize, words.CLONE_ARGS_SIZE_VER0))),
        Fault(E2BIG, both(clone3, _has_unknown_bytes(call))),
        Fault(EFAULT, both(clone3, call.fails(Fallible.COPY_CLONE_ARGS))),
        Fault(EINVAL, both(clone3, values)),
        Fault(EFAULT, both(clone3, unread)),
    ]


def clone3_values(call: Call) -> list[Fault]:
    """Return what clone3() tells of flags, exit signal and stack."""
    wrong = either(
        _has_a_flag_not_for_clone3(call), _has_contrary_arguments(call), _has_a_bad_stack(call)
    )
    return [Fault(EINVAL, both(through(call, Entry.CLONE3), wrong))]


def _stores_two_numbers_in_one_place(call: Call) -> Truth:
    """Return whether pidfd and parent_tid would be stored at one address.

    Legacy clone() has one pointer for both; clone3() is looked at since v5.9.
    """
    asked = both(call.kernel[CLONE_PIDFD], has(call.args.flags, PIDFD | PARENT_SETTID))
    equal = both(through_kernel_clone(call.request), call.args.pidfd == call.args.parent_tid)
    legacy = through(call, Entry.CLONE)
    return both(asked, either(legacy, both(call.kernel[PIDFD_POINTER_CHECK], equal)))


def _has_an_impossible_exit_signal(call: Call) -> Truth:
    """Return whether kernel_clone() finds no such signal (v7.1)."""
    beyond = below(words.SIGNAL_MAX, call.args.exit_signal)
    return both(call.kernel[EXIT_SIGNAL_CHECK], through_kernel_clone(call.request), beyond)


def _shares_its_root_across_namespaces(call: Call) -> Truth:
    """Return whether CLONE_FS goes with a new mount or (v3.9) user namespace."""
    flags = call.args.flags
    user = both(call.kernel[USERNS_FS_GUARD], has(flags, NEWUSER | FS))
    return either(has(flags, NEWNS | FS), user)


def _leaves_its_namespaces(call: Call) -> Truth:
    """Return whether who has to stay in a pid and user namespace would be in another.

    A thread; from v3.12 to v4.2 whoever shares handlers.  Before, where a pid namespace waits,
    whoever shares memory (handlers, with the fix for vfork()) or asks for one more.
    """
    flags, kernel = call.args.flags, call.kernel
    waits = no(call.current.nsproxy.pid_for_children_is_active)
    new = has_any(flags, NEWUSER | NEWPID)
    thread, handlers = has(flags, THREAD), has(flags, SIGHAND)
    sharer = when(kernel[VFORK_BEFORE_PIDNS], handlers, has(flags, VM))
    early = either(both(thread, new), both(either(sharer, has(flags, NEWPID)), waits))
    later = both(either(thread, both(no(kernel[THREADS_STAY]), handlers)), either(new, waits))
    return when(kernel[SIGHAND_STAYS], later, early)


def _splits_its_group(call: Call) -> Truth:
    """Return whether a thread would not be all that a thread is."""
    flags, nsproxy = call.args.flags, call.current.nsproxy
    alone = both(has(flags, THREAD), no(has(flags, SIGHAND)))
    apart = both(has(flags, SIGHAND), no(has(flags, VM)))
    eras = both(call.kernel[TIME_NAMESPACES], no(call.kernel[TIMENS_AT_EXEC]))
    late = both(eras, has_any(flags, THREAD | VM), no(nsproxy.time_for_children_is_active))
    return either(alone, apart, _leaves_its_namespaces(call), late)


def _makes_a_forbidden_sibling(call: Call) -> Truth:
    """Return whether CLONE_PARENT comes from an init, from the autoreaped, or too early."""
    signal, kernel = call.current.signal, call.kernel
    init = both(kernel[NO_SIBLINGS_OF_INIT], signal.unkillable)
    reaped = both(kernel[CLONE_AUTOREAP], signal.autoreap)
    new = has_any(call.args.flags, NEWPID | NEWUSER)
    waits = both(kernel[SIGHAND_STAYS], no(call.current.nsproxy.pid_for_children_is_active))
    old = both(no(kernel[PARENT_WITH_NEW_NAMESPACES]), either(new, waits))
    return both(has(call.args.flags, PARENT), either(init, reaped, old))


def _has_a_pidfd_in_vain(call: Call) -> Truth:
    """Return whether CLONE_PIDFD goes with CLONE_DETACHED or (until v6.9) CLONE_THREAD."""
    flags = call.args.flags
    thread = both(no(call.kernel[PIDFD_THREAD]), has(flags, PIDFD | THREAD))
    return both(call.kernel[CLONE_PIDFD], either(has(flags, PIDFD | DETACHED), thread))


def _misuses_what_came_with_v7_1(call: Call) -> Truth:
    """Return whether CLONE_AUTOREAP, NNP or PIDFD_AUTOKILL lack what they need."""
    flags, kernel = call.args.flags, call.kernel
    waited_for = either(has_any(flags, THREAD | PARENT), call.args.exit_signal != 0)
    whole = both(has(flags, PIDFD | words.AUTOREAP), no(has(flags, THREAD)))
    return either(
        both(kernel[CLONE_AUTOREAP], has(flags, words.AUTOREAP), waited_for),
        both(kernel[CLONE_NNP], has(flags, words.NNP | THREAD)),
        both(kernel[PIDFD_AUTOKILL], has(flags, words.PIDFD_AUTOKILL), no(whole)),
    )


def flags(call: Call) -> list[Fault]:
    """Return what kernel_clone() and copy_process() tell of flags; EPERM stands out."""
    system, kernel = call.system, call.kernel
    sysctl = no(either(system.unprivileged_userns_clone, call.capable(words.CAP_SYS_ADMIN)))
    debian = both(kernel[DEBIAN_USERNS_SYSCTL], has(call.args.flags, NEWUSER), sysctl)
    tamed = either(
        has(call.args.flags, words.NNP), call.capable_in_own_ns(words.CAP_SYS_ADMIN)
    )
    autokill = both(kernel[PIDFD_AUTOKILL], has(call.args.flags, words.PIDFD_AUTOKILL))
    early = either(
        _stores_two_numbers_in_one_place(call),
        _has_an_impossible_exit_signal(call),
        _shares_its_root_across_namespaces(call),
    )
    late = either(
        _splits_its_group(call),
        _makes_a_forbidden_sibling(call),
        _has_a_pidfd_in_vain(call),
        _misuses_what_came_with_v7_1(call),
    )
    return [
        Fault(EINVAL, early),
        Fault(EPERM, debian),
        Fault(EINVAL, late),
        Fault(EPERM, both(autokill, no(tamed))),
    ]
