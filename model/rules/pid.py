"""Pids and pidfds: what alloc_pid() and the pidfd preparation refuse."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, below, both, either, has, no, signed_below, when, when_word
from model.call import Call
from model.patches import (
    CHECKPOINT_RESTORE,
    CLONE_PIDFD,
    INIT_CHECKED_LATE,
    PID_ERRNO_KEPT,
    PID_IDR,
    PID_IDR_EAGAIN,
    PIDS_CHECKED_FIRST,
    SET_TID,
)
from model.rows import Rejection, rejects
from model.rules.creds import any_error
from model.rules.namespaces import rules_the_childs_namespace
from model.state import Fallible
from model.words import Errno

_ALLOC = "kernel/pid.c:alloc_pid"


def new_pid_ns(call: Call) -> Truth:
    """Return whether the child is the first task of a new pid namespace."""
    return has(call.args.flags, words.NEWPID)


def gets_a_pid(call: Call) -> Truth:
    """Return whether a pid is allocated: always but for idle tasks."""
    return no(call.args.idle)


def _may_restore(call: Call, reach: Word) -> Truth:
    """Return checkpoint_restore_ns_capable() (CAP_SYS_ADMIN alone before v5.9)."""
    restore = both(
        call.kernel[CHECKPOINT_RESTORE], call.capable_at(reach, words.CAP_CHECKPOINT_RESTORE)
    )
    return either(restore, call.capable_at(reach, words.CAP_SYS_ADMIN))


def _may_restore_in_new_ns(call: Call) -> Truth:
    restore = both(
        call.kernel[CHECKPOINT_RESTORE],
        rules_the_childs_namespace(call, words.CAP_CHECKPOINT_RESTORE),
    )
    return either(restore, rules_the_childs_namespace(call, words.CAP_SYS_ADMIN))


def _permitted(call: Call, element: int) -> Truth:
    """Return whether the caller may choose the pid in the element's namespace."""
    ns = call.current.pid_ns
    reaches = (ns.user_ns_reach, ns.parent_reach, ns.grandparent_reach)
    joined = _may_restore(call, reaches[element])
    made = (
        _may_restore_in_new_ns(call) if element == 0 else _may_restore(call, reaches[element - 1])
    )
    return when(new_pid_ns(call), made, joined)


def _has_init(call: Call, element: int) -> Truth:
    """Return whether pid 1 of the element's namespace was given out."""
    reaper = call.current.pid_ns.child_reaper
    if element == 0:
        return both(no(new_pid_ns(call)), reaper)
    if element == 1:
        return either(no(new_pid_ns(call)), reaper)
    return True


def _taken(call: Call, element: int) -> Truth:
    """Return whether the pid asked for is in use."""
    ns = call.current.pid_ns
    taken = (ns.taken, ns.parent_taken, ns.grandparent_taken)
    made = False if element == 0 else taken[element - 1]
    return when(new_pid_ns(call), made, taken[element])


def child_level(call: Call) -> Word:
    """Return the nesting level of the child's pid namespace."""
    level = call.current.pid_ns.level
    return when_word(8, new_pid_ns(call), level + 1, level)


def _asked(call: Call, element: int) -> Truth:
    return both(gets_a_pid(call), below(element, call.args.set_tid_size))


def tid_of(call: Call, element: int) -> Word:
    """Return set_tid[element]."""
    request = call.request
    return (request.tid0, request.tid1, request.tid2)[element]


@rejects(Errno.EINVAL, at=_ALLOC, since=SET_TID)
def more_pids_are_asked_for_than_levels(call: Call) -> Truth:
    """set_tid_size exceeds the child's nesting level plus one."""
    size, levels = call.args.set_tid_size, child_level(call)
    deep = (
        either(*(both(levels == n, below(n + 1, size)) for n in range(words.MAX_PID_NS_LEVEL + 1)))
        if not isinstance(levels, int)
        else below(levels + 1, size)
    )
    return both(gets_a_pid(call), deep)


@rejects(Errno.ENOMEM, at=_ALLOC)
def pid_cannot_be_allocated(call: Call) -> Truth:
    """No memory for struct pid."""
    return both(gets_a_pid(call), call.fails(Fallible.ALLOC_PID))


def _lacks_init(call: Call, element: int) -> Truth:
    """Return whether the pid asked for is not 1, and there is no init."""
    return both(tid_of(call, element) != 1, no(_has_init(call, element)))


def _cannot_be(call: Call, element: int) -> Truth:
    """Return what is seen before anything is allocated."""
    tid = tid_of(call, element)
    out = either(signed_below(tid, 1), no(signed_below(tid, call.system.pid_max)))
    early = both(no(call.kernel[INIT_CHECKED_LATE]), _lacks_init(call, element))
    return either(out, early)


def _refused_later(call: Call, element: int) -> Truth:
    """Return whether an element further out is impossible or forbidden."""
    checks = (
        both(_asked(call, n), either(_cannot_be(call, n), no(_permitted(call, n))))
        for n in range(element + 1, 3)
    )
    return either(*checks, both(_asked(call, 3), call.fails(Fallible.OUTER_SET_TID)))


def _impossible(element: int) -> Rejection:
    where = ("", " one level up", " two levels up")[element]

    def condition(call: Call) -> Truth:
        return both(_asked(call, element), _cannot_be(call, element))

    condition.__name__ = f"pid_asked_for{where.replace(' ', '_')}_is_impossible"
    condition.__doc__ = (
        f"set_tid[{element}] is out of range, or (until v7.0) not 1 where there is no init."
    )
    return rejects(Errno.EINVAL, at=_ALLOC, since=SET_TID)(condition)


def _forbidden(element: int) -> Rejection:
    where = ("", " one level up", " two levels up")[element]

    def condition(call: Call) -> Truth:
        return both(_asked(call, element), no(_permitted(call, element)))

    condition.__name__ = f"pid_asked_for{where.replace(' ', '_')}_is_not_permitted"
    condition.__doc__ = (
        f"set_tid[{element}] without CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN over its namespace."
    )
    return rejects(Errno.EPERM, at=_ALLOC, since=SET_TID)(condition)


def _in_use(element: int) -> Rejection:
    where = ("", " one level up", " two levels up")[element]

    def condition(call: Call) -> Truth:
        noticed = no(both(call.kernel[PIDS_CHECKED_FIRST], _refused_later(call, element)))
        return both(_asked(call, element), _taken(call, element), noticed)

    condition.__name__ = f"pid_asked_for{where.replace(' ', '_')}_is_in_use"
    condition.__doc__ = f"set_tid[{element}] is taken."
    return rejects(Errno.EEXIST, at=_ALLOC, since=SET_TID)(condition)


@rejects(Errno.EINVAL, at=_ALLOC, since=INIT_CHECKED_LATE)
def pid_asked_for_comes_before_an_init(call: Call) -> Truth:
    """set_tid[0] is not 1, in a namespace without an init; further out there is always one."""
    alone = both(_asked(call, 0), _lacks_init(call, 0))
    return both(alone, no(_refused_later(call, 0)))


@rejects(any_error, at=_ALLOC, since=SET_TID)
def pid_asked_for_further_out_is_refused(call: Call) -> Truth:
    """A set_tid element beyond the third is impossible, forbidden or in use."""
    return both(_asked(call, 3), call.fails(Fallible.OUTER_SET_TID))


def every_pid_is_taken(call: Call) -> Truth:
    """Return whether as many tasks exist as there are pids below pid_max.

    Each has one in the first namespace, zombies included; numbers below 300 are passed over once
    the search has wrapped, and those of sessions and groups outlive their tasks, so that pids may
    be exhausted before (by chance).
    """
    system = call.system
    last = system.nr_threads + 1 == system.pid_max
    full = either(no(signed_below(system.nr_threads, system.pid_max)), last)
    return both(full, no(system.pid_max_was_lowered))


def _chooses_in_the_first(call: Call) -> Truth:
    """Return whether set_tid names the pid in the first namespace, too."""
    size, levels = call.args.set_tid_size, child_level(call)
    return either(
        *(both(levels == n, size == n + 1) for n in range(words.MAX_PID_NS_LEVEL + 1))
    )


def _finds_no_pid(call: Call) -> Truth:
    """Return whether a search finds no free pid: none is made where set_tid names every pid."""
    fails = either(call.fails(Fallible.PIDS_EXHAUSTED), every_pid_is_taken(call))
    return both(gets_a_pid(call), no(_chooses_in_the_first(call)), fails)


@rejects(Errno.ENOMEM, at=_ALLOC, until=PID_ERRNO_KEPT)
def pids_are_exhausted_as_if_memory_were(call: Call) -> Truth:
    """No free pid, whatever alloc_pidmap() said: ENOMEM before v4.1."""
    return _finds_no_pid(call)


@rejects(Errno.ENOSPC, at=_ALLOC, since=PID_IDR, until=PID_IDR_EAGAIN)
def pids_are_exhausted_as_the_idr_says(call: Call) -> Truth:
    """No free pid: idr_alloc_cyclic()'s ENOSPC, from v4.15 to v4.18."""
    return _finds_no_pid(call)


@rejects(Errno.EAGAIN, at=_ALLOC, since=PID_ERRNO_KEPT & (~PID_IDR | PID_IDR_EAGAIN))
def pids_are_exhausted(call: Call) -> Truth:
    """No free pid below pid_max in some namespace: for certain if all are taken in the first."""
    return _finds_no_pid(call)


def namespace_is_dead(call: Call) -> Truth:
    """Return whether PIDNS_ADDING is clear in the child's pid namespace from the start."""
    return both(no(new_pid_ns(call)), no(call.current.pid_ns.adding))


@rejects(Errno.ENOMEM, at=_ALLOC)
def pid_namespace_has_lost_its_init(call: Call) -> Truth:
    """The init of the child's pid namespace has exited."""
    return both(gets_a_pid(call), namespace_is_dead(call))


def wants_pidfd(call: Call) -> Truth:
    """Return whether CLONE_PIDFD means anything on this kernel and is set."""
    return both(call.kernel[CLONE_PIDFD], has(call.args.flags, words.PIDFD))


@rejects(any_error, at="kernel/fork.c:pidfd_prepare")
def pidfd_cannot_be_prepared(call: Call) -> Truth:
    """No file descriptor or file to be had (EMFILE, ENFILE, ENOMEM)."""
    return both(wants_pidfd(call), call.fails(Fallible.PIDFD_PREPARE))


@rejects(Errno.EFAULT, at="kernel/fork.c:copy_process")
def pidfd_cannot_be_stored(call: Call) -> Truth:
    """put_user() to the pidfd address fails."""
    return both(wants_pidfd(call), call.fails(Fallible.PUT_PIDFD))


def _element(number: int) -> list[Rejection]:
    return [_impossible(number), _forbidden(number), _in_use(number)]


SET_TIDS = [
    *_element(0),
    pid_asked_for_comes_before_an_init,
    *_element(1),
    *_element(2),
]

ALLOC_PID = [
    more_pids_are_asked_for_than_levels,
    pid_cannot_be_allocated,
    *SET_TIDS,
    pid_asked_for_further_out_is_refused,
    pids_are_exhausted_as_if_memory_were,
    pids_are_exhausted_as_the_idr_says,
    pids_are_exhausted,
    pid_namespace_has_lost_its_init,
]
