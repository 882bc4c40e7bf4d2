"""Which cases the probe can prepare, exactly as they are said, in both readings.

With symbolic cases this is what keeps a solver to calls that user space can make.
"""

from __future__ import annotations

from kernels.cases.case import (
    ENTRIES,
    STACK_SIZE,
    UNSET,
    Called,
    Caller,
    Case,
    CgroupFd,
    NsFd,
    NsKind,
    PidNs,
    Ptr,
)
from kernels.cases.knobs import (
    DEEPER,
    FLAG_OF,
    MADE_BY_CALLER,
    PID_MAX_LIMIT,
    among,
    equals,
    has_sibling,
    of_a_pidfd,
    pending,
    takes_uid_early,
)
from kernels.machines.surroundings import Surroundings
from model import words
from model.algebra import (
    Truth,
    at_most,
    below,
    both,
    either,
    has,
    implies,
    no,
    same,
    when,
    when_word,
)
from model.built import built
from model.patch import Patch
from model.patches import (
    WITHOUT_CGROUP_PIDS,
    WITHOUT_CGROUPS,
    WITHOUT_KEYS,
    WITHOUT_PID_NS,
    WITHOUT_SECCOMP,
    WITHOUT_SYSVIPC,
    WITHOUT_TIME_NS,
    WITHOUT_USER_NS,
)
from model.request import Entry

_SPECIAL = words.sigmask(words.SIGKILL) | words.sigmask(words.SIGSTOP)
_EXIT_SIGNALS = (0, 10, 12, 17)


def possible(case: Case, machine: Surroundings) -> Truth:
    """Return whether the probe can prepare the case, exactly as it is said."""
    return both(
        _sane_call(case.call, machine),
        _sane_who(case.caller, machine),
        _sane_namespaces(case.caller, machine),
        _sane_rest(case.caller, machine),
        _sane_together(case, machine),
        _sane_built(case, machine),
    )


def _unless(condition: Truth, *truths: Truth) -> Truth:
    return either(condition, both(*truths))


def _plain(call: Called, *names: str) -> Truth:
    ordinary = Called()
    return both(
        *(
            same(getattr(call, name), False)
            if isinstance(getattr(ordinary, name), bool)
            else equals(getattr(call, name), getattr(ordinary, name))
            for name in names
        )
    )


def _sane_call(call: Called, machine: Surroundings) -> Truth:
    entry = call.entry
    clone3 = equals(entry, Entry.CLONE3)
    clones = among(entry, Entry.CLONE, Entry.CLONE3)
    setns = equals(entry, Entry.SETNS)
    usable = call.parent_tid != int(Ptr.SAME)
    both_words = has(call.flags, words.PIDFD | words.PARENT_SETTID)
    return both(
        among(entry, *ENTRIES),
        _unless(no(among(entry, Entry.FORK, Entry.VFORK)), _plain(call, "flags")),
        _unless(clones, _plain(call, "parent_tid", "child_tid", "stack_ok", "stack")),
        _unless(clone3, _plain(call, "exit_signal", "pidfd", "set_tid", "set_tid_size", "tid0")),
        _unless(clone3, _plain(call, "tid1", "tid2", "cgroup", "usize", "tail", "args_bad")),
        _unless(setns, _plain(call, "nsfd", "kind", "made")),
        at_most(call.pidfd, 2),
        at_most(call.child_tid, 2),
        at_most(call.parent_tid, 3),
        either(usable, both(clone3, both_words, equals(call.pidfd, Ptr.OK))),
        _sane_stack(call, clone3),
        _sane_set_tid(call, machine),
        at_most(call.cgroup, int(CgroupFd.HUGE)),
        either(machine.domain_controllers, call.cgroup != int(CgroupFd.BUSY)),
        implies(call.args_bad, _plain(call, "flags", "exit_signal", "pidfd", "parent_tid")),
        implies(call.args_bad, _plain(call, "child_tid", "stack_ok", "stack", "stack_size")),
        implies(call.args_bad, _plain(call, "set_tid", "set_tid_size", "cgroup", "tail")),
        implies(call.tail, below(91, call.usize)),
        implies(setns, _sane_target(call)),
    )


def _sane_stack(call: Called, clone3: Truth) -> Truth:
    given = when_word(64, call.stack_ok, STACK_SIZE, 0)
    return both(
        implies(call.stack_ok, call.stack == 0),
        implies(no(clone3), call.stack_size == given),
        implies(call.stack_ok, among(call.stack_size, 0, STACK_SIZE)),
        call.stack_size != 2**64 - 1,  # the probe's word for "as the stack"
    )


def _sane_set_tid(call: Called, machine: Surroundings) -> Truth:
    tids = (-1, 0, 1, PID_MAX_LIMIT, *machine.free_pids)
    size = call.set_tid_size
    asked = equals(call.set_tid, Ptr.OK)
    return both(
        at_most(call.set_tid, 2),
        # an address must be seen whole or not at all
        either(equals(call.set_tid, Ptr.NULL), at_most(call.usize, 64), at_most(72, call.usize)),
        either(at_most(size, 3), below(words.MAX_PID_NS_LEVEL, size)),
        either(at_most(call.usize, 72), at_most(80, call.usize), below(size, 256)),
        *(
            when(
                both(asked, either(below(place, size), place == 0)),
                among(tid, *tids),
                equals(tid, 0),
            )
            for place, tid in enumerate((call.tid0, call.tid1, call.tid2))
        ),
    )


def _sane_target(call: Called) -> Truth:
    nsfd = call.nsfd
    known = words.NEW_NAMESPACES | words.NEWUSER
    of_pidfd = among(nsfd, NsFd.PIDFD_CHILD, NsFd.PIDFD_OTHER)
    file = at_most(nsfd, int(NsFd.OTHER))
    return both(
        at_most(nsfd, int(NsFd.BAD)),
        at_most(call.kind, 7),
        implies(no(file), _plain(call, "kind")),
        when(of_pidfd, call.made != 0, call.made == 0),
        (call.made | known) == known,
        below(call.flags, 2**32),
    )


def _sane_who(caller: Caller, machine: Surroundings) -> Truth:
    unmapped = either(caller.no_uid_map, caller.no_gid_map)
    inside = below(0, caller.userns)
    base = when_word(64, inside, words.CAP_FULL_SET, machine.root_caps)
    room = caller.userns_room != UNSET
    bounded = either(
        both(caller.userns == 1, caller.by_user),
        both(caller.userns == 2, no(takes_uid_early(caller))),
    )
    return both(
        at_most(caller.userns, 33),
        implies(caller.has_caps, (caller.caps | base) == base),
        implies(no(caller.has_caps), caller.caps == 0),
        implies(either(unmapped, caller.by_user), inside),
        implies(caller.max0 != 0, either(inside, both(machine.guest, machine[WITHOUT_USER_NS]))),
        implies(caller.by_user, both(caller.ruid_u, caller.euid_u)),
        implies(unmapped, same(caller.ruid_u, caller.euid_u)),
        either(caller.userns_room == UNSET, at_most(caller.userns_room, 1)),
        implies(room, both(bounded, same(caller.ruid_u, caller.euid_u))),
        implies(room, no(among(caller.pidns, PidNs.LIVE, PidNs.DEAD))),
        either(caller.nproc_room == UNSET, at_most(caller.nproc_room, 1)),
        implies(caller.nproc_room != UNSET, caller.ruid_u),
    )


def _sane_namespaces(caller: Caller, machine: Surroundings) -> Truth:
    waits = pending(caller)
    deepest = words.MAX_PID_NS_LEVEL - machine.pid_level
    deeper = either(waits, equals(caller.pidns, PidNs.BACK))
    return both(
        at_most(caller.pidns, int(PidNs.STRANGER)),
        at_most(caller.pid_level, deepest),
        implies(deeper, at_most(caller.pid_level, deepest - 1)),
        either(at_most(caller.pid_level, 2), at_most(deepest - 2, caller.pid_level)),
        implies(among(caller.pidns, *DEEPER), at_most(caller.pid_level, 2)),
    )


def _sane_rest(caller: Caller, machine: Surroundings) -> Truth:
    signals = caller.sigign | caller.sigcgt | caller.sigblk
    return both(
        at_most(caller.threads, 2),
        either(caller.pids_room == UNSET, at_most(caller.pids_room, 1)),
        (caller.sigign & caller.sigcgt) == 0,
        (signals & _SPECIAL) == 0,
        among(caller.exit_signal, *_EXIT_SIGNALS),
        implies(caller.no_threads_left, machine.guest),
        implies(caller.no_userns_clone, machine.guest),
    )


def _sane_together(case: Case, machine: Surroundings) -> Truth:
    """Leave out what the probe prepares, but not in a way that its words tell exactly."""
    call, caller = case.call, case.caller
    setns = equals(call.entry, Entry.SETNS)
    makes = among(call.nsfd, *MADE_BY_CALLER)
    pidfd = of_a_pidfd(call.nsfd)
    stranger = equals(caller.pidns, PidNs.STRANGER)
    in_pids = both(caller.pids_room != UNSET, machine.guest)
    limited = either(caller.nproc_room != UNSET, caller.userns_room != UNSET)
    user_made = either(
        equals(call.nsfd, NsFd.KIN), equals(call.kind, NsKind.USER), has(call.made, words.NEWUSER)
    )
    pid_made = either(equals(call.kind, NsKind.PID), has(call.made, words.NEWPID))
    mapped = no(either(caller.no_uid_map, caller.no_gid_map))
    return both(
        implies(both(setns, makes), no(limited)),
        implies(both(setns, makes, user_made), both(mapped, at_most(caller.userns, 32))),
        implies(both(setns, makes, pid_made), at_most(caller.pid_level, 2)),
        implies(equals(caller.pidns, PidNs.BACK), caller.userns == 0),
        implies(stranger, both(caller.pid_level == 0, no(setns), no(limited))),
        implies(caller.cgroup_ns, both(in_pids, equals(call.entry, Entry.CLONE3))),
        implies(both(setns, pidfd), caller.userns == 0),
        implies(caller.no_userns_clone, no(has_sibling(caller))),
    )


_WITHOUT_CGROUPS = (CgroupFd.NONE, CgroupFd.BAD, CgroupFd.NOTCGROUP, CgroupFd.HUGE)


def _sane_built(case: Case, machine: Surroundings) -> Truth:
    """Leave out what nobody has on a kernel that was built without it."""
    call, caller = case.call, case.caller
    first = both(caller.userns == 0, caller.pidns != int(PidNs.STRANGER))
    plain_pids = both(caller.pid_level == 0, equals(caller.pidns, PidNs.NONE))
    by_option: dict[Patch, Truth] = {
        WITHOUT_USER_NS: both(first, no(caller.no_userns_clone), call.nsfd != int(NsFd.KIN)),
        WITHOUT_PID_NS: plain_pids,
        WITHOUT_TIME_NS: no(caller.timens),
        WITHOUT_CGROUPS: among(call.cgroup, *_WITHOUT_CGROUPS),
        WITHOUT_CGROUP_PIDS: equals(caller.pids_room, UNSET),
        WITHOUT_SYSVIPC: no(caller.semundo),
        WITHOUT_KEYS: no(caller.threadkey),
        WITHOUT_SECCOMP: no(caller.seccomp),
    }
    return both(
        *(truth for option, truth in by_option.items() if machine[option]),
        _has_its_namespaces(call, machine),
    )


def _has_its_namespaces(call: Called, machine: Surroundings) -> Truth:
    """A namespace file, or a task's namespace of its own, is of a kind that the kernel has."""
    file = both(equals(call.entry, Entry.SETNS), at_most(call.nsfd, int(NsFd.OTHER)))
    types = built(machine)
    missing = [kind for kind, flag in FLAG_OF.items() if not flag & types]
    return both(
        *(no(both(file, equals(call.kind, kind))) for kind in missing),
        *(no(has(call.made, FLAG_OF[kind])) for kind in missing),
    )
