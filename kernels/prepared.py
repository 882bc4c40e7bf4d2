"""The situation that the probe creates for a case, in both readings.

:func:`situation` is the one place that says what a line of the probe means in the model's
terms; predictions are made for its result.  :func:`possible` says which cases the probe can
prepare, and prepares exactly: with symbolic cases it is what keeps a solver to calls that
user space can make.
"""

from __future__ import annotations

from typing import Any

from kernels.case import (
    ENTRIES,
    STACK_SIZE,
    UNSET,
    Called,
    Caller,
    Case,
    CgroupFd,
    Kind,
    NsFd,
    PidNs,
    Ptr,
)
from kernels.machine import Machine
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
    implies,
    is_one_of,
    no,
    same,
    when,
    when_word,
)
from model.call import Situation
from model.records import build
from model.request import Entry, NsFile
from model.state import USER, Reach, Step

FLAG_OF = {
    Kind.MNT: words.NEWNS,
    Kind.UTS: words.NEWUTS,
    Kind.IPC: words.NEWIPC,
    Kind.PID: words.NEWPID,
    Kind.NET: words.NEWNET,
    Kind.CGROUP: words.NEWCGROUP,
    Kind.TIME: words.NEWTIME,
    Kind.USER: words.NEWUSER,
}
LIMIT_OF = {Kind.MNT: "mnt", Kind.UTS: "uts", Kind.IPC: "ipc", Kind.PID: "pid"} | {
    Kind.NET: "net",
    Kind.CGROUP: "cgroup",
    Kind.TIME: "time",
    Kind.USER: "user",
}
PIDFD_AT, PARENT_AT, CHILD_AT, SET_TID_AT, STACK_AT = 0x1000, 0x2000, 0x3000, 0x4000, 0x600000
BAD_AT = 8
CAP_DAC_OVERRIDE = 1 << 1
CAP_SYS_PTRACE = 1 << 19
CAPS = (
    0,
    words.CAP_SYS_ADMIN,
    words.CAP_SYS_RESOURCE,
    words.CAP_CHECKPOINT_RESTORE,
    words.CAP_SYS_ADMIN | words.CAP_SYS_CHROOT,
    CAP_DAC_OVERRIDE,
    CAP_SYS_PTRACE,
    1 << 7,
)
"""The capability sets that cases ask for by name."""
PID_MAX_LIMIT = 4194304
MANY = 1000
_DEEPER = (PidNs.INIT, PidNs.MEMBER, PidNs.STRANGER)
_SPECIAL = words.sigmask(words.SIGKILL) | words.sigmask(words.SIGSTOP)
_EXIT_SIGNALS = (0, 10, 12, 17)


def _eq(word: Word, value: int) -> Truth:
    return word == int(value)


def _in(word: Word, *values: int) -> Truth:
    return is_one_of(word, tuple(int(value) for value in values))


_MADE_BY_CALLER = (
    NsFd.CHILD,
    NsFd.KIN,
    NsFd.PIDFD_CHILD,
    NsFd.PIDFD_ZOMBIE,
    NsFd.PIDFD_REAPED,
)


def of_a_pidfd(nsfd: Word) -> Truth:
    """Return whether setns() is given a pidfd."""
    return both(at_most(int(NsFd.PIDFD_SELF), nsfd), at_most(nsfd, int(NsFd.PIDFD_REAPED)))


def pending(caller: Caller) -> Truth:
    """Return whether another pid namespace waits for the caller's children."""
    return _in(caller.pidns, PidNs.PENDING, PidNs.LIVE, PidNs.DEAD)


def _early_uid(caller: Caller) -> Truth:
    """Step [4]: the uid is taken before the user namespaces are made."""
    return either(caller.by_user, caller.no_uid_map, caller.no_gid_map)


def _early_helpers(caller: Caller) -> Truth:
    """Step [6]: threads and sibling are made before the uid is taken at [12]."""
    return either(pending(caller), caller.timens)


def has_sibling(caller: Caller) -> Truth:
    """Return whether a child shares something with the caller."""
    return either(
        caller.with_fs, caller.with_files, caller.with_sighand, caller.with_vm, caller.with_undo
    )


def _one(truth: Truth) -> Word:
    return when_word(64, truth, 1, 0)


def _wide(word: Word) -> Word:
    if isinstance(word, int):
        return word
    import z3

    return z3.ZeroExt(64 - word.size(), word)


def _charged(caller: Caller) -> Word:
    """The probe's count of the caller's own tasks, itself and helpers of the same uid."""
    helpers = _wide(caller.threads) + _one(has_sibling(caller))
    early = both(_early_helpers(caller), no(_early_uid(caller)))
    counted = when_word(64, early, 0, helpers)
    live = both(_eq(caller.pidns, PidNs.LIVE), _early_uid(caller))
    return counted + _one(live) + 1


def _helpers(caller: Caller) -> Word:
    return _wide(caller.threads) + _one(has_sibling(caller))


def caps_of(caller: Caller, machine: Machine) -> Word:
    """Return the caller's effective capabilities after steps [4], [5], [12] and [17]."""
    fresh = below(0, caller.userns)
    base = when_word(64, fresh, words.CAP_FULL_SET, machine.root_caps)
    lost = both(no(_early_uid(caller)), caller.euid_u)
    left = when_word(64, lost, 0, base)
    return when_word(64, caller.has_caps, caller.caps, left)


def _permitted(caller: Caller, machine: Machine) -> Word:
    gone = both(caller.euid_u, caller.ruid_u)
    left = when_word(64, gone, 0, machine.root_caps)
    return when_word(64, caller.has_caps, caller.caps, left)


# ---- which cases there are -------------------------------------------------------------


def possible(case: Case, machine: Machine) -> Truth:
    """Return whether the probe can prepare the case, exactly as it is said."""
    return both(
        _sane_call(case.call, machine),
        _sane_who(case.caller, machine),
        _sane_namespaces(case.caller, machine),
        _sane_rest(case.caller, machine),
        _sane_together(case, machine),
    )


def _unless(condition: Truth, *truths: Truth) -> Truth:
    return either(condition, both(*truths))


def _plain(call: Called, *names: str) -> Truth:
    ordinary = Called()
    return both(
        *(
            same(getattr(call, name), False)
            if isinstance(getattr(ordinary, name), bool)
            else _eq(getattr(call, name), getattr(ordinary, name))
            for name in names
        )
    )


def _sane_call(call: Called, machine: Machine) -> Truth:
    entry = call.entry
    clone3 = _eq(entry, Entry.CLONE3)
    clones = _in(entry, Entry.CLONE, Entry.CLONE3)
    setns = _eq(entry, Entry.SETNS)
    usable = call.parent_tid != int(Ptr.SAME)
    both_words = has(call.flags, words.PIDFD | words.PARENT_SETTID)
    return both(
        _in(entry, *ENTRIES),
        _unless(no(_in(entry, Entry.FORK, Entry.VFORK)), _plain(call, "flags")),
        _unless(clones, _plain(call, "parent_tid", "child_tid", "stack_ok", "stack")),
        _unless(clone3, _plain(call, "exit_signal", "pidfd", "set_tid", "set_tid_size", "tid0")),
        _unless(clone3, _plain(call, "tid1", "tid2", "cgroup", "usize", "tail", "args_bad")),
        _unless(setns, _plain(call, "nsfd", "kind", "made")),
        at_most(call.pidfd, 2),
        at_most(call.child_tid, 2),
        at_most(call.parent_tid, 3),
        either(usable, both(clone3, both_words, _eq(call.pidfd, Ptr.OK))),
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
        implies(call.stack_ok, _in(call.stack_size, 0, STACK_SIZE)),
        call.stack_size != 2**64 - 1,  # the probe's word for "as the stack"
    )


def _sane_set_tid(call: Called, machine: Machine) -> Truth:
    tids = (-1, 0, 1, PID_MAX_LIMIT, *machine.free_pids)
    size = call.set_tid_size
    asked = _eq(call.set_tid, Ptr.OK)
    return both(
        at_most(call.set_tid, 2),
        # an address must be seen whole or not at all
        either(_eq(call.set_tid, Ptr.NULL), at_most(call.usize, 64), at_most(72, call.usize)),
        either(at_most(size, 3), below(words.MAX_PID_NS_LEVEL, size)),
        either(at_most(call.usize, 72), at_most(80, call.usize), below(size, 256)),
        *(
            when(
                both(asked, either(below(place, size), place == 0)),
                _in(tid, *tids),
                _eq(tid, 0),
            )
            for place, tid in enumerate((call.tid0, call.tid1, call.tid2))
        ),
    )


def _sane_target(call: Called) -> Truth:
    nsfd = call.nsfd
    known = words.NEW_NAMESPACES | words.NEWUSER
    of_pidfd = _in(nsfd, NsFd.PIDFD_CHILD, NsFd.PIDFD_OTHER)
    file = at_most(nsfd, int(NsFd.OTHER))
    return both(
        at_most(nsfd, int(NsFd.BAD)),
        at_most(call.kind, 7),
        implies(no(file), _plain(call, "kind")),
        when(of_pidfd, call.made != 0, call.made == 0),
        (call.made | known) == known,
        below(call.flags, 2**32),
    )


def _sane_who(caller: Caller, machine: Machine) -> Truth:
    unmapped = either(caller.no_uid_map, caller.no_gid_map)
    inside = below(0, caller.userns)
    base = when_word(64, inside, words.CAP_FULL_SET, machine.root_caps)
    room = caller.userns_room != UNSET
    bounded = either(
        both(caller.userns == 1, caller.by_user), both(caller.userns == 2, no(_early_uid(caller)))
    )
    return both(
        at_most(caller.userns, 33),
        implies(caller.has_caps, (caller.caps | base) == base),
        implies(no(caller.has_caps), caller.caps == 0),
        implies(either(unmapped, caller.by_user, caller.max0 != 0), inside),
        implies(caller.by_user, both(caller.ruid_u, caller.euid_u)),
        implies(unmapped, same(caller.ruid_u, caller.euid_u)),
        either(caller.userns_room == UNSET, at_most(caller.userns_room, 1)),
        implies(room, both(bounded, same(caller.ruid_u, caller.euid_u))),
        implies(room, no(_in(caller.pidns, PidNs.LIVE, PidNs.DEAD))),
        either(caller.nproc_room == UNSET, at_most(caller.nproc_room, 1)),
        implies(caller.nproc_room != UNSET, caller.ruid_u),
    )


def _sane_namespaces(caller: Caller, machine: Machine) -> Truth:
    waits = pending(caller)
    deepest = words.MAX_PID_NS_LEVEL - machine.pid_level
    deeper = either(waits, _eq(caller.pidns, PidNs.BACK))
    return both(
        at_most(caller.pidns, int(PidNs.STRANGER)),
        at_most(caller.pid_level, deepest),
        implies(deeper, at_most(caller.pid_level, deepest - 1)),
        either(at_most(caller.pid_level, 2), at_most(deepest - 2, caller.pid_level)),
        implies(_in(caller.pidns, *_DEEPER), at_most(caller.pid_level, 2)),
    )


def _sane_rest(caller: Caller, machine: Machine) -> Truth:
    signals = caller.sigign | caller.sigcgt | caller.sigblk
    return both(
        at_most(caller.threads, 2),
        either(caller.pids_room == UNSET, at_most(caller.pids_room, 1)),
        (caller.sigign & caller.sigcgt) == 0,
        (signals & _SPECIAL) == 0,
        _in(caller.exit_signal, *_EXIT_SIGNALS),
        implies(caller.no_threads_left, machine.guest),
        implies(caller.no_userns_clone, machine.guest),
    )


def _sane_together(case: Case, machine: Machine) -> Truth:
    """Leave out what the probe prepares, but not in a way that its words tell exactly."""
    call, caller = case.call, case.caller
    setns = _eq(call.entry, Entry.SETNS)
    makes = _in(call.nsfd, *_MADE_BY_CALLER)
    pidfd = of_a_pidfd(call.nsfd)
    stranger = _eq(caller.pidns, PidNs.STRANGER)
    in_pids = both(caller.pids_room != UNSET, machine.guest)
    limited = either(caller.nproc_room != UNSET, caller.userns_room != UNSET)
    user_made = either(
        _eq(call.nsfd, NsFd.KIN), _eq(call.kind, Kind.USER), has(call.made, words.NEWUSER)
    )
    pid_made = either(_eq(call.kind, Kind.PID), has(call.made, words.NEWPID))
    mapped = no(either(caller.no_uid_map, caller.no_gid_map))
    return both(
        implies(both(setns, makes), no(limited)),
        implies(both(setns, makes, user_made), both(mapped, at_most(caller.userns, 32))),
        implies(both(setns, makes, pid_made), at_most(caller.pid_level, 2)),
        implies(_eq(caller.pidns, PidNs.BACK), caller.userns == 0),
        implies(stranger, both(caller.pid_level == 0, no(setns), no(limited))),
        implies(caller.cgroup_ns, both(in_pids, _eq(call.entry, Entry.CLONE3))),
        implies(both(setns, pidfd), caller.userns == 0),
        implies(caller.no_userns_clone, no(has_sibling(caller))),
    )


# ---- what a case means -----------------------------------------------------------------


def situation(case: Case, machine: Machine) -> Situation:
    """Return the situation that the probe creates for a possible case."""
    return build(Situation, values_for(case, machine))


def values_for(case: Case, machine: Machine) -> dict[str, Any]:
    """Return the leaves of that situation which are not the model's defaults."""
    return {
        **_request(case.call),
        **_cgroup_target(case, machine),
        **_setns_target(case, machine),
        **_cred(case.caller, machine),
        **_task(case.caller),
        **_pid_ns(case, machine),
        **_system(case.caller, machine),
        "chance.fails": _failing_step(case.call),
    }


def _pointer(kind: Word, address: int) -> Word:
    made = when_word(64, _eq(kind, Ptr.BAD), BAD_AT, 0)
    made = when_word(64, _eq(kind, Ptr.SAME), PIDFD_AT, made)
    return when_word(64, _eq(kind, Ptr.OK), address, made)


def _request(call: Called) -> dict[str, Any]:
    found = {
        f"request.{name}": getattr(call, name)
        for name in ("entry", "flags", "exit_signal", "stack_size", "set_tid_size", "usize", "tail")
    }
    found |= {f"request.{name}": getattr(call, name) for name in ("tid0", "tid1", "tid2")}
    number = when_word(64, _eq(call.cgroup, CgroupFd.BAD), 9998, 7)
    number = when_word(64, _eq(call.cgroup, CgroupFd.HUGE), 2**31, number)
    return found | {
        "request.stack": when_word(64, call.stack_ok, STACK_AT, call.stack),
        "request.pidfd": _pointer(call.pidfd, PIDFD_AT),
        "request.parent_tid": _pointer(call.parent_tid, PARENT_AT),
        "request.child_tid": _pointer(call.child_tid, CHILD_AT),
        "request.set_tid": _pointer(call.set_tid, SET_TID_AT),
        "request.cgroup": when_word(64, _eq(call.cgroup, CgroupFd.NONE), 0, number),
    }


def _failing_step(call: Called) -> Word:
    """Return the first step that faults on a bad pointer; put_user() faults on NULL too."""
    clone3 = _eq(call.entry, Entry.CLONE3)
    pidfd = when_word(8, clone3, call.pidfd, call.parent_tid)
    no_pidfd = both(has(call.flags, words.PIDFD), _in(pidfd, Ptr.NULL, Ptr.BAD))
    no_tid = both(
        has(call.flags, words.PARENT_SETTID), _in(call.parent_tid, Ptr.NULL, Ptr.BAD)
    )
    clones = _in(call.entry, Entry.CLONE, Entry.CLONE3)
    step = when_word(8, both(clones, no_tid), int(Step.PUT_PARENT_TID), int(Step.NONE))
    step = when_word(8, both(clones, no_pidfd), int(Step.PUT_PIDFD), step)
    no_tids = both(_eq(call.set_tid, Ptr.BAD), below(72, call.usize))
    step = when_word(8, no_tids, int(Step.COPY_SET_TID), step)
    return when_word(8, call.args_bad, int(Step.COPY_CLONE_ARGS), step)


def _cgroup_target(case: Case, machine: Machine) -> dict[str, Any]:
    fd = case.call.cgroup
    caller = case.caller
    # permission is by owner (root, fsuid) or by capability over an inode of uid and gid 0
    mapped = both(no(caller.no_uid_map), no(caller.no_gid_map))
    capable = both(mapped, has(caps_of(caller, machine), CAP_DAC_OVERRIDE))
    writable = either(no(caller.euid_u), capable)
    none = (CgroupFd.NONE, CgroupFd.BAD, CgroupFd.NOTCGROUP, CgroupFd.HUGE)
    place = "request.cgroup_target"
    return {
        f"{place}.is_a_cgroup": no(_in(fd, *none)),
        f"{place}.dead": _eq(fd, CgroupFd.DEAD),
        f"{place}.writable": either(writable, _eq(fd, CgroupFd.OPEN)),
        f"{place}.ancestor_writable": writable,
        f"{place}.valid_domain": fd != int(CgroupFd.INVALID),
        f"{place}.controllers_below": _eq(fd, CgroupFd.BUSY),
        f"{place}.visible": no(caller.cgroup_ns),
        f"{place}.same_domain": False,
        f"{place}.group.pids_max": when_word(
            64, machine.pids_of_its_own, _pids_max(caller), 2**62
        ),
    }


def _cred(caller: Caller, machine: Machine) -> dict[str, Any]:
    initial = caller.userns == 0
    own = _charged(caller)
    exact = caller.userns_room != UNSET
    room = _wide(caller.userns_room)
    bound = when_word(64, exact, _helpers(caller) + 1 + room, 2**63 - 1)
    others = when_word(64, initial, MANY, 0)
    facts = {
        "uid": when_word(32, caller.ruid_u, USER, 0),
        "euid": when_word(32, caller.euid_u, USER, 0),
        "euid_mapped": no(caller.no_uid_map),
        "egid_mapped": no(caller.no_gid_map),
        "cap_effective": caps_of(caller, machine),
        "thread_keyring": caller.threadkey,
        "user_ns.level": caller.userns,
        "user_ns.nproc_max": when_word(64, initial, 2**63 - 1, bound),
        "ucounts.nproc": when_word(64, caller.ruid_u, own, MANY),
        "ucounts.nproc_of_euid": others,
        "ucounts.nproc_parent": _helpers(caller) + 1,
    }
    return {
        f"current.{which}.{name}": value
        for which in ("real_cred", "cred")
        for name, value in facts.items()
    }


def _task(caller: Caller) -> dict[str, Any]:
    threads = _narrow(caller.threads)
    limit = _charged(caller) + _wide(caller.nproc_room)
    vm = either(caller.with_vm, caller.with_sighand)
    undo = either(caller.semundo, caller.with_undo, caller.threads != 0)
    plenty = 500_000
    return {
        "current.signal.rlim_nproc": when_word(64, caller.nproc_room == UNSET, plenty, limit),
        "current.signal.unkillable": _eq(caller.pidns, PidNs.INIT),
        "current.signal.nr_threads": threads + 1,
        "current.signal.leader_exit_signal": _narrow(caller.exit_signal),
        "current.signal.oom_score_adj": when_word(16, caller.oom500, 500, 0),
        "current.sighand.ignored": caller.sigign,
        "current.sighand.caught": caller.sigcgt,
        "current.sighand.count": threads + 1 + _few(caller.with_sighand),
        "current.blocked": caller.sigblk,
        "current.mm_users": threads + 1 + _few(vm),
        "current.files_count": threads + 1 + _few(caller.with_files),
        "current.fs_users": threads + 1 + _few(caller.with_fs),
        "current.undo_list": undo,
        "current.io_context": caller.ioctx,
        "current.chrooted": caller.chroot,
        "current.no_new_privs": caller.nnp,
        "current.seccomp_mode": when_word(8, caller.seccomp, 2, 0),
        "current.altstack": caller.altstack,
        "current.deadline": caller.deadline,
        "current.cgroup.pids_max": _pids_max(caller),
    }


def _narrow(word: Word) -> Word:
    if isinstance(word, int):
        return word
    import z3

    return z3.ZeroExt(32 - word.size(), word)


def _few(truth: Truth) -> Word:
    return when_word(32, truth, 1, 0)


def _pids_max(caller: Caller) -> Word:
    return when_word(64, caller.pids_room == UNSET, 2**62, 1 + _wide(caller.pids_room))


def _pid_ns(case: Case, machine: Machine) -> dict[str, Any]:
    """Pid namespaces made at [8] belong to the caller's user namespace, the others to init's."""
    caller, call = case.caller, case.call
    waits = pending(caller)
    alone = both(caller.pid_level == 0, _in(caller.pidns, *_DEEPER))
    level = machine.pid_level + caller.pid_level + when_word(8, either(alone, waits), 1, 0)
    outer = when_word(8, caller.userns == 0, int(Reach.WITHIN), int(Reach.OUTSIDE))
    # a stranger's belongs to a user namespace that uid 0 made below init_user_ns
    stranger = _eq(caller.pidns, PidNs.STRANGER)
    owned = both(stranger, caller.userns == 0, no(caller.euid_u))
    own = when_word(8, owned, int(Reach.OWNED), outer)
    empty = _in(caller.pidns, PidNs.PENDING, PidNs.DEAD)
    return {
        "current.nsproxy.pid_for_children_is_active": no(waits),
        "current.nsproxy.time_for_children_is_active": no(caller.timens),
        "current.pid_ns.level": level,
        "current.pid_ns.child_reaper": caller.pidns != int(PidNs.PENDING),
        "current.pid_ns.adding": caller.pidns != int(PidNs.DEAD),
        "current.pid_ns.user_ns_reach": when_word(8, waits, int(Reach.WITHIN), own),
        "current.pid_ns.user_ns_is_ancestor": no(stranger),
        "current.pid_ns.parent_reach": outer,
        "current.pid_ns.grandparent_reach": outer,
        **_taken(call, empty),
    }


def _taken(call: Called, empty: Truth) -> dict[str, Any]:
    """Pid 1 is in use wherever an init lives; the elements stand to the child's namespace."""
    fresh = has(call.flags, words.NEWPID)
    one = [tid == 1 for tid in (call.tid0, call.tid1, call.tid2)]
    return {
        "current.pid_ns.taken": both(no(empty), when(fresh, one[1], one[0])),
        "current.pid_ns.parent_taken": when(fresh, one[2], one[1]),
        "current.pid_ns.grandparent_taken": both(no(fresh), one[2]),
    }


def _system(caller: Caller, machine: Machine) -> dict[str, Any]:
    found: dict[str, Any] = {
        f"system.{LIMIT_OF[kind]}_namespaces.max": when_word(
            32, has_any(caller.max0, 1 << kind), 0, 1_000_000
        )
        for kind in Kind
    }
    return found | {
        "system.max_threads": when_word(32, caller.no_threads_left, 20, 1_000_000),
        "system.unprivileged_userns_clone": no(caller.no_userns_clone),
        "system.pid_max": machine.pid_max,
    }


# ---- what setns() is given -------------------------------------------------------------


def _setns_target(case: Case, machine: Machine) -> dict[str, Any]:
    call, caller = case.call, case.caller
    nsfd = call.nsfd
    initial = caller.userns == 0
    of_user = _eq(call.kind, Kind.USER)
    pidfd = of_a_pidfd(nsfd)
    made = when_word(64, pidfd, call.made, _made_for(call))
    user_made = has(made, words.NEWUSER)
    place = "request.target"
    return {
        f"{place}.file": _file_kind(nsfd, pidfd),
        f"{place}.type": _type_of(call.kind),
        f"{place}.alive": nsfd != int(NsFd.PIDFD_REAPED),
        f"{place}.exited": _in(nsfd, NsFd.PIDFD_ZOMBIE, NsFd.PIDFD_REAPED),
        f"{place}.ptrace_allowed": _may_trace(case, machine),
        f"{place}.own_user_ns": _is_own_user_ns(nsfd, initial, user_made, of_user),
        f"{place}.user_ns_reach": _user_reach(case, user_made, of_user, pidfd),
        f"{place}.owners_outside": when_word(64, initial, 0, _foreign(nsfd, made)),
        f"{place}.owners_owned": when_word(64, _owned_by_caller(case, user_made), made, 0),
        **_pid_target(case, made, place),
    }


def _made_for(call: Called) -> Word:
    """Return the namespaces that a file's task has of its own."""
    nsfd = call.nsfd
    new = when_word(64, _in(nsfd, NsFd.CHILD, NsFd.OTHER, NsFd.KIN), _type_of(call.kind), 0)
    return when_word(64, _eq(nsfd, NsFd.KIN), new | words.NEWUSER, new)


def _type_of(kind: Word) -> Word:
    found: Word = words.NEWUSER
    for one, flag in FLAG_OF.items():
        found = when_word(64, _eq(kind, one), flag, found)
    return found


def _file_kind(nsfd: Word, pidfd: Truth) -> Word:
    kind = when_word(8, pidfd, int(NsFile.PIDFD), int(NsFile.NAMESPACE))
    kind = when_word(8, _eq(nsfd, NsFd.FILE), int(NsFile.OTHER), kind)
    return when_word(8, _eq(nsfd, NsFd.BAD), int(NsFile.CLOSED), kind)


def _is_own_user_ns(nsfd: Word, initial: Truth, user_made: Truth, of_user: Truth) -> Truth:
    """A file is asked about the user namespace only if it is one."""
    file = either(_eq(nsfd, NsFd.OWN), both(_eq(nsfd, NsFd.OUTER), initial))
    task = both(of_a_pidfd(nsfd), no(user_made))
    return either(both(file, of_user), task)


def _owner_is_the_caller(case: Case) -> Truth:
    """The target's user namespace was made by uid 0, or by the uid if it was taken early."""
    caller = case.caller
    early = both(
        _early_uid(caller), _in(case.call.nsfd, *_MADE_BY_CALLER)
    )
    return when(early, True, no(caller.euid_u))


def _user_reach(case: Case, user_made: Truth, of_user: Truth, pidfd: Truth) -> Word:
    nsfd, initial = case.call.nsfd, case.caller.userns == 0
    theirs = _in(nsfd, NsFd.OUTER, NsFd.OTHER, NsFd.PIDFD_OTHER)
    asked = either(of_user, pidfd)
    owned = both(user_made, _owner_is_the_caller(case))
    inner = when_word(8, owned, int(Reach.OWNED), int(Reach.WITHIN))
    return when_word(8, both(asked, theirs, no(initial)), int(Reach.OUTSIDE), inner)


def _foreign(nsfd: Word, made: Word) -> Word:
    """Return the namespaces owned by init_user_ns: all but those the caller's child made."""
    every = words.NEW_NAMESPACES
    by_child = _in(nsfd, *_MADE_BY_CALLER)
    return when_word(64, by_child, every & (made ^ every), every)


def _owned_by_caller(case: Case, user_made: Truth) -> Truth:
    """The namespaces of a task with a user namespace of its own belong to that."""
    theirs = _in(case.call.nsfd, NsFd.OTHER, NsFd.PIDFD_OTHER)
    reachable = either(no(theirs), case.caller.userns == 0)
    return both(user_made, reachable, _owner_is_the_caller(case))


def _may_trace(case: Case, machine: Machine) -> Truth:
    """ptrace_may_access() on a pidfd's task, which is root's (cases stay in init_user_ns)."""
    caller, call = case.caller, case.call
    user_made = has(call.made, words.NEWUSER)
    held = has(caps_of(caller, machine), CAP_SYS_PTRACE)
    capable = either(held, both(user_made, no(caller.euid_u)))
    permitted = _permitted(caller, machine)
    no_less = both(no(user_made), (permitted & machine.root_caps) == machine.root_caps)
    other = both(either(no(caller.ruid_u), capable), either(capable, no_less))
    return either(_eq(call.nsfd, NsFd.PIDFD_SELF), other)


def _pid_target(case: Case, made: Word, place: str) -> dict[str, Any]:
    caller, nsfd = case.caller, case.call.nsfd
    plain = both(
        caller.pid_level == 0, no(_in(caller.pidns, *_DEEPER))
    )
    theirs = _in(nsfd, NsFd.OUTER, NsFd.OTHER, NsFd.PIDFD_OTHER)
    new = has(made, words.NEWPID)
    return {
        f"{place}.descendant_pid_ns": either(no(theirs), plain),
        f"{place}.active_pid_ns": both(no(new), either(no(theirs), plain)),
    }
