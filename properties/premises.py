"""What a reader of the manual takes for granted: "nothing else is wrong with the call".

Each condition is one plain sentence.  :func:`otherwise_fine` is all of them, but for those
that a statement is about.  A single proof needs few of them: those that are tested before
what it speaks of.  They stay together so that a clause reads as the manual means it; what
wins over what is said by the statements on order (C20 and after).
"""

from __future__ import annotations

from collections.abc import Callable

from model import words
from model.algebra import (
    Truth,
    Word,
    at_most,
    below,
    both,
    capped,
    either,
    has,
    has_any,
    implies,
    is_one_of,
    no,
    plus_unsigned,
    signed_below,
    when,
)
from model.call import Call
from model.entries import SYSCALLS, from_one_of
from model.evaluate import Outcome
from model.patches import (
    BOUND_OF_INNER_NS,
    CLEAR_SIGHAND,
    CLONE_INTO_CGROUP,
    PARENT_WITH_NEW_NAMESPACES,
    SET_TID,
    SIGHAND_STAYS,
    THREADS_STAY,
)
from model.request import Entry
from model.state import Fallible, System
from model.user_memory import highest_end
from model.words import Errno

Condition = Callable[[Call], Truth]

NAMESPACES = ("user", "pid", "uts", "ipc", "net", "mnt", "cgroup", "time")
NEW_OF = {
    "pid": words.NEWPID,
    "uts": words.NEWUTS,
    "ipc": words.NEWIPC,
    "net": words.NEWNET,
    "mnt": words.NEWNS,
    "cgroup": words.NEWCGROUP,
}
"""The flag of each namespace that clone(2) of 6.03 lists, but for the user namespace."""
LISTED = words.NEW_NAMESPACES & ~words.NEWTIME


def gives(outcome: Outcome, errno: Errno) -> Truth:
    """Return whether the call fails with this error."""
    return outcome.errno == int(errno)


def by(call: Call, *entries: Entry) -> Truth:
    """Return whether the call is made through one of these entry points."""
    return from_one_of(call.request, entries)


def from_user_space(call: Call) -> Truth:
    """Return whether a user task made the call: fork, vfork, clone or clone3."""
    return by(call, *SYSCALLS)


def struct_is_passed_well(call: Call) -> Truth:
    """Return whether clone3's struct is whole, readable, and zero where this kernel knows less."""
    request = call.request
    sized = both(
        at_most(words.CLONE_ARGS_SIZE_VER2, request.usize),
        at_most(request.usize, words.PAGE_SIZE),
    )
    unknown = both(
        no(request.tail),
        either(call.kernel[SET_TID], both(request.set_tid == 0, request.set_tid_size == 0)),
        either(call.kernel[CLONE_INTO_CGROUP], request.cgroup == 0),
    )
    readable = no(either(call.fails(Fallible.COPY_CLONE_ARGS), call.fails(Fallible.COPY_SET_TID)))
    return implies(by(call, Entry.CLONE3), both(sized, unknown, readable))


def distribution_allows_user_namespaces(call: Call) -> Truth:
    """Return whether Debian's own sysctl leaves CLONE_NEWUSER alone."""
    return call.system.unprivileged_userns_clone


def plainly_asked(call: Call) -> Truth:
    """Return the little that flag errors need: a user's call, its arguments readable."""
    return both(
        from_user_space(call),
        struct_is_passed_well(call),
        distribution_allows_user_namespaces(call),
    )


def flags_are_known(call: Call) -> Truth:
    """Return whether only flags of clone(2) 6.03 are used that this kernel has."""
    flags = call.args.flags
    above = (words.CLEAR_SIGHAND | words.INTO_CGROUP) | words.LEGACY_FLAGS
    clone3 = both(
        (flags & (2**64 - 1 - above)) == 0,
        no(has_any(flags, words.CSIGNAL)),
        either(call.kernel[CLEAR_SIGHAND], no(has(flags, words.CLEAR_SIGHAND))),
        either(call.kernel[CLONE_INTO_CGROUP], no(has(flags, words.INTO_CGROUP))),
    )
    return when(by(call, Entry.CLONE3), clone3, at_most(flags, words.LEGACY_FLAGS))


def flags_combine(call: Call) -> Truth:
    """Return whether no pair of flags is together that clone(2) keeps apart."""
    flags = call.args.flags
    return both(
        no(has(flags, words.FS | words.NEWNS)),
        no(has(flags, words.FS | words.NEWUSER)),
        no(has(flags, words.SYSVSEM | words.NEWIPC)),
        no(has(flags, words.SIGHAND | words.CLEAR_SIGHAND)),
        implies(has(flags, words.SIGHAND), has(flags, words.VM)),
        implies(has(flags, words.THREAD), has(flags, words.SIGHAND)),
        no(both(has(flags, words.THREAD), has_any(flags, words.NEWPID | words.NEWUSER))),
        no(both(has(flags, words.PIDFD), has_any(flags, words.THREAD | words.DETACHED))),
        no(both(by(call, Entry.CLONE3), has(flags, words.DETACHED))),
    )


def old_kernels_allow_the_flags(call: Call) -> Truth:
    """Return whether the flags go together before v4.3, too: the pages speak of later kernels."""
    flags, kernel = call.args.flags, call.kernel
    parent = both(no(kernel[PARENT_WITH_NEW_NAMESPACES]), has(flags, words.PARENT))
    early = both(kernel[SIGHAND_STAYS], no(kernel[THREADS_STAY]))
    sharer = both(early, has(flags, words.SIGHAND))
    return no(both(has_any(flags, words.NEWPID | words.NEWUSER), either(parent, sharer)))


def pidfd_and_tid_have_places_of_their_own(call: Call) -> Truth:
    """Return whether CLONE_PIDFD and CLONE_PARENT_SETTID, if both there, store apart."""
    shared = both(
        has(call.args.flags, words.PIDFD | words.PARENT_SETTID),
        call.args.pidfd == call.args.parent_tid,
    )
    return no(shared)


def caller_may_have_siblings(call: Call) -> Truth:
    """Return whether CLONE_PARENT is open to the caller: no init, not reaped automatically."""
    signal = call.current.signal
    parent = has(call.args.flags, words.PARENT)
    return implies(parent, no(either(signal.unkillable, signal.autoreap)))


def no_namespace_waits_for_children(call: Call) -> Truth:
    """Return whether neither unshare(2) nor setns(2) set a namespace aside for children."""
    nsproxy = call.current.nsproxy
    return both(nsproxy.pid_for_children_is_active, nsproxy.time_for_children_is_active)


def exit_signal_is_valid(call: Call) -> Truth:
    """Return whether the exit signal exists and, in clone3, is 0 for threads and siblings."""
    signal = call.args.exit_signal
    clone3 = by(call, Entry.CLONE3)
    unused = has_any(call.args.flags, words.THREAD | words.PARENT)
    return both(at_most(signal, words.SIGNAL_MAX), implies(both(clone3, unused), signal == 0))


def stack_is_valid(call: Call) -> Truth:
    """Return whether clone3's stack is absent, or has a size and lies in user memory."""
    start, size = call.request.stack, call.request.stack_size
    end = plus_unsigned(start, size)
    inside = both(at_most(start, end), at_most(end, highest_end(call.kernel)))
    given = both(start != 0, size != 0, inside)
    absent = both(start == 0, size == 0)
    return implies(by(call, Entry.CLONE3), either(absent, given))


def nothing_fails_by_chance(call: Call) -> Truth:
    """Return whether memory, file descriptors and addresses are all good."""
    return both(call.chance.fails == int(Fallible.NONE), no(call.chance.pid_ns_dies))


def no_security_module_objects(call: Call) -> Truth:
    """Return whether no LSM denies a capability."""
    return call.chance.lsm_denies == 0


def no_signal_comes(call: Call) -> Truth:
    """Return whether no signal is pending, and none kills the caller meanwhile."""
    chance = call.chance
    return no(either(chance.signal_pending, chance.notify_signal, chance.fatal_signal))


def identity_is_its_own(call: Call) -> Truth:
    """Return whether the caller is not inside override_creds()."""
    return no(call.current.overridden)


def room(count: Word, most: Word) -> Truth:
    """Return ``0 <= count < most`` for signed words."""
    return both(no(signed_below(count, 0)), signed_below(count, most))


def below_its_process_limits(call: Call) -> Truth:
    """Return whether RLIMIT_NPROC leaves room, here and in every namespace above."""
    ucounts, ns = call.cred.ucounts, call.cred.user_ns
    limit = capped(call.current.signal.rlim_nproc)
    own = (ucounts.nproc, ucounts.nproc_of_euid, ucounts.user_processes)
    held_by_their_own = both(
        room(ucounts.nproc, ns.nproc_max), room(ucounts.nproc_parent, ns.nproc_max_parent)
    )
    return both(
        *(room(count, limit) for count in own),
        room(ucounts.nproc_parent, ns.nproc_max),
        room(ucounts.nproc_grandparent, ns.nproc_max_parent),
        either(call.kernel[BOUND_OF_INNER_NS], held_by_their_own),
        no(ucounts.beyond_is_over),
    )


def below_threads_max(call: Call) -> Truth:
    """Return whether kernel.threads-max leaves room."""
    return signed_below(call.system.nr_threads, call.system.max_threads)


def pids_are_left(call: Call) -> Truth:
    """Return whether there are more pids below kernel.pid_max than tasks."""
    tasks, pid_max = call.system.nr_threads, call.system.pid_max
    return both(signed_below(0, pid_max), signed_below(tasks, pid_max - 1))


def below_pids_max(call: Call) -> Truth:
    """Return whether the pids controller leaves room in the child's cgroup and above."""
    groups = (call.current.cgroup, call.request.cgroup_target.group)
    return both(
        *(both(room(group.pids, group.pids_max), no(group.ancestor_full)) for group in groups)
    )


def namespaces_are_left(system: System, kind: str) -> Truth:
    """Return whether user.max_*_namespaces of one kind leaves room."""
    limit = getattr(system, f"{kind}_namespaces")
    return signed_below(limit.count, limit.max)


def below_the_namespace_limits(call: Call) -> Truth:
    """Return whether every user.max_*_namespaces leaves room."""
    return both(*(namespaces_are_left(call.system, kind) for kind in NAMESPACES))


def below_the_nesting_limits(call: Call) -> Truth:
    """Return whether a namespace made now is at level 32 at most."""
    return both(below(call.cred.user_ns.level, 32), below(call.current.pid_ns.level, 32))


def effective(call: Call, cap: int) -> Truth:
    """Return whether the caller has a capability in its effective set."""
    return has(call.cred.cap_effective, cap)


def privileged_where_needed(call: Call) -> Truth:
    """Return whether new namespaces come with CAP_SYS_ADMIN or with CLONE_NEWUSER."""
    flags = call.args.flags
    allowed = either(effective(call, words.CAP_SYS_ADMIN), has(flags, words.NEWUSER))
    return implies(has_any(flags, words.NEW_NAMESPACES), allowed)


def mapped(call: Call) -> Truth:
    """Return whether the effective ids have a mapping in the caller's user namespace."""
    return both(call.cred.euid_mapped, call.cred.egid_mapped)


def not_chrooted(call: Call) -> Truth:
    """Return whether the caller's root is its mount namespace's."""
    return no(call.current.chrooted)


def may_enter_the_cgroup(call: Call) -> Truth:
    """Return whether CLONE_INTO_CGROUP, if there, names a cgroup that the child may start in."""
    target = call.request.cgroup_target
    good = both(
        at_most(call.request.cgroup, words.INT_MAX),
        target.is_a_cgroup,
        no(target.dead),
        target.writable,
        target.ancestor_writable,
        target.visible,
        target.valid_domain,
        no(target.controllers_below),
        target.same_domain,
    )
    return implies(has(call.args.flags, words.INTO_CGROUP), good)


def asks_for_no_pid(call: Call) -> Truth:
    """Return whether set_tid is not used."""
    unused = both(call.request.set_tid == 0, call.request.set_tid_size == 0)
    return implies(by(call, Entry.CLONE3), unused)


def pid_namespace_lives(call: Call) -> Truth:
    """Return whether the child's pid namespace has its init, and is no stranger's."""
    return both(call.current.pid_ns.adding, call.current.pid_ns.user_ns_is_ancestor)


def no_deadline_policy(call: Call) -> Truth:
    """Return whether the caller is not SCHED_DEADLINE without reset-on-fork."""
    return no(call.current.deadline)


def no_sharer_is_inside_execve(call: Call) -> Truth:
    """Return whether CLONE_FS does not meet a thread or sharer that is just in execve(2)."""
    return no(call.current.fs_in_exec)


FINE: tuple[Condition, ...] = (
    plainly_asked,
    flags_are_known,
    flags_combine,
    old_kernels_allow_the_flags,
    pidfd_and_tid_have_places_of_their_own,
    caller_may_have_siblings,
    no_namespace_waits_for_children,
    exit_signal_is_valid,
    stack_is_valid,
    nothing_fails_by_chance,
    no_security_module_objects,
    no_signal_comes,
    identity_is_its_own,
    below_its_process_limits,
    below_threads_max,
    pids_are_left,
    below_pids_max,
    below_the_namespace_limits,
    below_the_nesting_limits,
    privileged_where_needed,
    mapped,
    not_chrooted,
    may_enter_the_cgroup,
    asks_for_no_pid,
    pid_namespace_lives,
    no_deadline_policy,
    no_sharer_is_inside_execve,
)
"""Together these are enough for success: see D73t."""

UNDOCUMENTED: tuple[Condition, ...] = (
    exit_signal_is_valid,
    stack_is_valid,
    no_security_module_objects,
    identity_is_its_own,
    no_sharer_is_inside_execve,
)
"""Those of the conditions above that no manual page of 6.03 tells the caller about."""


def otherwise_fine(call: Call, *besides: Condition) -> Truth:
    """Return whether nothing is wrong with the call, whatever ``besides`` may come to."""
    return both(*(condition(call) for condition in FINE if condition not in besides))


def has_made_a_task(call: Call, outcome: Outcome) -> Truth:
    """Return whether a user's call succeeds: what every sentence on the child speaks of."""
    return both(from_user_space(call), outcome.ok)


def is_one_step(call: Call, *steps: Fallible) -> Truth:
    """Return whether the step that fails by chance is one of these."""
    return is_one_of(call.chance.fails, tuple(int(step) for step in steps))
