"""What is told of pids, pidfds and cgroups, in the kernel's order.

kernel/pid.c:alloc_pid, kernel/fork.c:copy_process, kernel/cgroup/cgroup.c:
cgroup_css_set_fork; clone(2) 6.03 ERRORS and the set_tid array.
"""

from __future__ import annotations

from model import words
from model.algebra import (
    Truth,
    Word,
    below,
    both,
    either,
    has,
    no,
    signed_below,
    when,
    when_word,
)
from model.call import Call
from model.patches import (
    CGROUP_PIDS,
    CHECKPOINT_RESTORE,
    CLONE_INTO_CGROUP,
    CLONE_PIDFD,
    INIT_CHECKED_LATE,
    PID_ERRNO_KEPT,
    PID_IDR,
    PID_IDR_EAGAIN,
    PIDS_CHECKED_FIRST,
    SET_TID,
)
from model.state import Cgroup, Fallible, Reach
from model.words import INTO_CGROUP, NEWPID, NEWUSER, PIDFD, THREAD, Errno
from properties.order import Fault, any_failure, no_memory

EPERM, EINVAL, EEXIST, EAGAIN, ENOMEM, ENOSPC = (
    int(one) for one in (
        Errno.EPERM, Errno.EINVAL, Errno.EEXIST, Errno.EAGAIN, Errno.ENOMEM, Errno.ENOSPC
    )
)


def _asked(call: Call, element: int) -> Truth:
    """Return whether set_tid has an element of this number (v5.5); idle tasks have no pid."""
    pids = both(call.kernel[SET_TID], no(call.args.idle))
    return both(pids, below(element, call.args.set_tid_size))


def _asks_too_many(call: Call) -> Truth:
    """Return whether more pids are asked for than the child will have levels."""
    level, size = call.current.pid_ns.level, call.args.set_tid_size
    levels = range(words.MAX_PID_NS_LEVEL + 1)
    here = either(*(both(level == n, below(n + 1, size)) for n in levels))
    deeper = either(*(both(level == n, below(n + 2, size)) for n in levels))
    return both(_asked(call, 0), when(has(call.args.flags, NEWPID), deeper, here))


def _tid(call: Call, element: int) -> Word:
    return (call.request.tid0, call.request.tid1, call.request.tid2)[element]


def _without_init(call: Call, element: int) -> Truth:
    """Return whether another pid than 1 is asked for where no init was ever made."""
    new, made = has(call.args.flags, NEWPID), call.current.pid_ns.child_reaper
    lacks = (either(new, no(made)), both(new, no(made)), False)[element]
    return both(_tid(call, element) != 1, lacks)


def _impossible(call: Call, element: int) -> Fault:
    """Return that a pid is out of range, or (until v7.0) none of a namespace without init."""
    tid = _tid(call, element)
    out = either(signed_below(tid, 1), no(signed_below(tid, call.system.pid_max)))
    early = both(no(call.kernel[INIT_CHECKED_LATE]), _without_init(call, element))
    return Fault(EINVAL, both(_asked(call, element), either(out, early)))


def _may_choose(call: Call, reach: Word) -> Truth:
    """Return whether pids may be chosen in a namespace whose owner stands at ``reach``."""
    restore = call.capable_at(reach, words.CAP_CHECKPOINT_RESTORE)
    newer = both(call.kernel[CHECKPOINT_RESTORE], restore)
    return either(newer, call.capable_at(reach, words.CAP_SYS_ADMIN))


def _forbidden(call: Call, element: int) -> Fault:
    """Return that the caller rules not the owner of the element's namespace."""
    ns = call.current.pid_ns
    there = (ns.user_ns_reach, ns.parent_reach, ns.grandparent_reach)
    own = when_word(
        8, has(call.args.flags, NEWUSER), int(Reach.OWNED), int(Reach.WITHIN)
    )
    below_new = (own, *there)
    reach = when_word(8, has(call.args.flags, NEWPID), below_new[element], there[element])
    return Fault(EPERM, both(_asked(call, element), no(_may_choose(call, reach))))


def _taken(call: Call, element: int) -> Truth:
    """Return whether the pid asked for is in use; in a new namespace none is."""
    ns = call.current.pid_ns
    there = (ns.taken, ns.parent_taken, ns.grandparent_taken)
    used = when(has(call.args.flags, NEWPID), (False, *there)[element], there[element])
    return both(_asked(call, element), used)


def chosen_pids(call: Call) -> list[Fault]:
    """Return what is told of set_tid: innermost first; since v7.0 pids in use come last."""
    at_once = no(call.kernel[PIDS_CHECKED_FIRST])
    late = both(call.kernel[INIT_CHECKED_LATE], _asked(call, 0), _without_init(call, 0))
    faults = []
    for element in range(3):
        faults += [_impossible(call, element), _forbidden(call, element)]
        faults.append(Fault(EEXIST, both(at_once, _taken(call, element))))
    return [
        Fault(EINVAL, _asks_too_many(call)),
        no_memory(call, Fallible.ALLOC_PID, no(call.args.idle)),
        *faults,
        any_failure(call, Fallible.OUTER_SET_TID, _asked(call, 3)),
        Fault(EEXIST, _taken(call, 0)),
        Fault(EINVAL, late),
        *(Fault(EEXIST, _taken(call, element)) for element in (1, 2)),
    ]


def _all_are_taken(call: Call) -> Truth:
    """Return whether tasks have every pid below pid_max."""
    tasks, system = call.system.nr_threads, call.system
    taken = both(no(signed_below(tasks, system.pid_max)), no(system.pid_max_was_lowered))
    last = both(tasks + 1 == system.pid_max, no(system.pid_max_was_lowered))
    return either(taken, last)


def _are_all_chosen(call: Call) -> Truth:
    """Return whether set_tid names a pid for each namespace: then none is looked for."""
    deep = call.current.pid_ns.level
    level = when_word(8, has(call.args.flags, NEWPID), deep + 1, deep)
    return either(*(both(level == n, call.args.set_tid_size == n + 1) for n in range(33)))


def _without_a_pid(call: Call) -> Word:
    """Return what is told where no pid is left: ENOMEM before v4.1, ENOSPC of v4.15 to v4.18."""
    kernel = call.kernel
    idr = both(kernel[PID_IDR], no(kernel[PID_IDR_EAGAIN]))
    kept = when_word(16, idr, ENOSPC, EAGAIN)
    return when_word(16, kernel[PID_ERRNO_KEPT], kept, ENOMEM)


def pid_and_pidfd(call: Call) -> list[Fault]:
    """Return what is told when pids run out, an init has died, or a pidfd cannot be had."""
    real = no(call.args.idle)
    pidfd = both(call.kernel[CLONE_PIDFD], has(call.args.flags, PIDFD))
    none_is_free = either(call.fails(Fallible.PIDS_EXHAUSTED), _all_are_taken(call))
    exhausted = both(none_is_free, no(_are_all_chosen(call)))
    dead = both(no(has(call.args.flags, NEWPID)), no(call.current.pid_ns.adding))
    return [
        Fault(_without_a_pid(call), both(real, exhausted)),
        Fault(ENOMEM, both(real, dead)),
        any_failure(call, Fallible.PIDFD_PREPARE, pidfd),
        Fault(int(Errno.EFAULT), both(pidfd, call.fails(Fallible.PUT_PIDFD))),
    ]


def cgroup_descriptor(call: Call) -> list[Fault]:
    """Return what is told of the cgroup that CLONE_INTO_CGROUP names (v5.7)."""
    into = both(call.kernel[CLONE_INTO_CGROUP], has(call.args.flags, INTO_CGROUP))
    target = call.request.cgroup_target
    other_domain = both(has(call.args.flags, THREAD), no(target.same_domain))
    reasons = (
        (Errno.EBADF, no(target.is_a_cgroup)),
        (Errno.ENOENT, target.dead),
        (Errno.ENODEV, call.fails(Fallible.CGROUP_DIES)),
        (Errno.EACCES, no(both(target.writable, target.ancestor_writable))),
        (Errno.ENOENT, no(target.visible)),
        (Errno.EOPNOTSUPP, no(target.valid_domain)),
        (Errno.EBUSY, target.controllers_below),
        (Errno.EOPNOTSUPP, other_domain),
        (Errno.ENOMEM, call.fails(Fallible.FIND_CSS_SET)),
    )
    return [Fault(int(errno), both(into, there)) for errno, there in reasons]


def _has_no_room(group: Cgroup) -> Truth:
    """Return whether pids.max, here or further up, leaves no room for one task."""
    return either(no(signed_below(group.pids, group.pids_max)), group.ancestor_full)


def pids_max(call: Call) -> Fault:
    """Return that the cgroup the child starts in has all the tasks it may (v4.3)."""
    into = both(call.kernel[CLONE_INTO_CGROUP], has(call.args.flags, INTO_CGROUP))
    target, own = call.request.cgroup_target.group, call.current.cgroup
    full = when(into, _has_no_room(target), _has_no_room(own))
    return Fault(EAGAIN, both(call.kernel[CGROUP_PIDS], full))
