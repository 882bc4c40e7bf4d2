"""The situation that the probe creates for a case, in both readings.

:func:`situation` is the one place that says what a line of the probe means in the model's
terms; predictions are made for its result.
"""

from __future__ import annotations

from typing import Any

from kernels.cases.case import UNSET, Called, Caller, Case, CgroupFd, NsKind, PidNs, Ptr
from kernels.cases.knobs import (
    BAD_AT,
    CAP_DAC_OVERRIDE,
    CHILD_AT,
    DEEPER,
    LIMIT_OF,
    MANY,
    PARENT_AT,
    PIDFD_AT,
    SET_TID_AT,
    STACK_AT,
    among,
    caps_of,
    charged,
    equals,
    few_if,
    helpers_of,
    makes_helpers_early,
    narrow,
    one_if,
    pending,
    takes_uid_early,
    wide,
)
from kernels.cases.prepared_target import setns_target
from kernels.machines.surroundings import Surroundings
from model import words
from model.algebra import Truth, Word, below, both, either, has, has_any, no, when, when_word
from model.call import Situation
from model.patches import WITHOUT_SYSVIPC
from model.records import build
from model.request import Entry
from model.state import USER, Fallible, Reach


def situation(case: Case, machine: Surroundings) -> Situation:
    """Return the situation that the probe creates for a possible case."""
    return build(Situation, values_for(case, machine))


def values_for(case: Case, machine: Surroundings) -> dict[str, Any]:
    """Return the leaves of that situation which are not the model's defaults."""
    return {
        **_request(case.call),
        **_cgroup_target(case, machine),
        **setns_target(case, machine),
        **_cred(case.caller, machine),
        **_task(case.caller, machine),
        **_pid_ns(case, machine),
        **_system(case.caller, machine),
        "chance.fails": _failing_step(case.call),
    }


def _pointer(kind: Word, address: int) -> Word:
    made = when_word(64, equals(kind, Ptr.BAD), BAD_AT, 0)
    made = when_word(64, equals(kind, Ptr.SAME), PIDFD_AT, made)
    return when_word(64, equals(kind, Ptr.OK), address, made)


def _request(call: Called) -> dict[str, Any]:
    found = {
        f"request.{name}": getattr(call, name)
        for name in ("entry", "flags", "exit_signal", "stack_size", "set_tid_size", "usize", "tail")
    }
    found |= {f"request.{name}": getattr(call, name) for name in ("tid0", "tid1", "tid2")}
    number = when_word(64, equals(call.cgroup, CgroupFd.BAD), 9998, 7)
    number = when_word(64, equals(call.cgroup, CgroupFd.HUGE), 2**31, number)
    return found | {
        "request.stack": when_word(64, call.stack_ok, STACK_AT, call.stack),
        "request.pidfd": _pointer(call.pidfd, PIDFD_AT),
        "request.parent_tid": _pointer(call.parent_tid, PARENT_AT),
        "request.child_tid": _pointer(call.child_tid, CHILD_AT),
        "request.set_tid": _pointer(call.set_tid, SET_TID_AT),
        "request.cgroup": when_word(64, equals(call.cgroup, CgroupFd.NONE), 0, number),
    }


def _failing_step(call: Called) -> Word:
    """Return the first step that faults on a bad pointer; put_user() faults on NULL too."""
    clone3 = equals(call.entry, Entry.CLONE3)
    pidfd = when_word(8, clone3, call.pidfd, call.parent_tid)
    no_pidfd = both(has(call.flags, words.PIDFD), among(pidfd, Ptr.NULL, Ptr.BAD))
    no_tid = both(has(call.flags, words.PARENT_SETTID), among(call.parent_tid, Ptr.NULL, Ptr.BAD))
    clones = among(call.entry, Entry.CLONE, Entry.CLONE3)
    step = when_word(8, both(clones, no_tid), int(Fallible.PUT_PARENT_TID), int(Fallible.NONE))
    step = when_word(8, both(clones, no_pidfd), int(Fallible.PUT_PIDFD), step)
    no_tids = both(equals(call.set_tid, Ptr.BAD), below(72, call.usize))
    step = when_word(8, no_tids, int(Fallible.COPY_SET_TID), step)
    return when_word(8, call.args_bad, int(Fallible.COPY_CLONE_ARGS), step)


def _cgroup_target(case: Case, machine: Surroundings) -> dict[str, Any]:
    fd = case.call.cgroup
    caller = case.caller
    # permission is by owner (root, fsuid) or by capability over an inode of uid and gid 0
    mapped = both(no(caller.no_uid_map), no(caller.no_gid_map))
    capable = both(mapped, has(caps_of(caller, machine), CAP_DAC_OVERRIDE))
    writable = either(no(caller.euid_u), capable)
    none = (CgroupFd.NONE, CgroupFd.BAD, CgroupFd.NOTCGROUP, CgroupFd.HUGE)
    place = "request.cgroup_target"
    return {
        f"{place}.is_a_cgroup": no(among(fd, *none)),
        f"{place}.dead": equals(fd, CgroupFd.DEAD),
        f"{place}.writable": either(writable, equals(fd, CgroupFd.OPEN)),
        f"{place}.ancestor_writable": writable,
        f"{place}.valid_domain": fd != int(CgroupFd.INVALID),
        f"{place}.controllers_below": equals(fd, CgroupFd.BUSY),
        f"{place}.visible": no(caller.cgroup_ns),
        f"{place}.same_domain": False,
        f"{place}.group.pids_max": when_word(64, machine.pids_of_its_own, _pids_max(caller), 2**62),
    }


def _cred(caller: Caller, machine: Surroundings) -> dict[str, Any]:
    initial = caller.userns == 0
    own = charged(caller)
    exact = caller.userns_room != UNSET
    room = wide(caller.userns_room)
    bound = when_word(64, exact, helpers_of(caller) + 1 + room, 2**63 - 1)
    # helpers and an init made before the uid was taken are root's in the namespace
    as_root = no(takes_uid_early(caller))
    early = both(makes_helpers_early(caller), as_root)
    live = both(equals(caller.pidns, PidNs.LIVE), as_root)
    roots = when_word(64, early, helpers_of(caller), 0) + one_if(live)
    others = when_word(64, initial, MANY, roots)
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
        "ucounts.user_processes": when_word(64, caller.ruid_u, own, MANY),
        "ucounts.nproc_of_euid": others,
        "ucounts.nproc_parent": helpers_of(caller) + 1,
    }
    return {
        f"current.{which}.{name}": value
        for which in ("real_cred", "cred")
        for name, value in facts.items()
    }


def _task(caller: Caller, machine: Surroundings) -> dict[str, Any]:
    threads = narrow(caller.threads)
    limit = charged(caller) + wide(caller.nproc_room)
    vm = either(caller.with_vm, caller.with_sighand)
    shares_undo = either(caller.semundo, caller.with_undo, caller.threads != 0)
    plenty = 500_000
    return {
        "current.signal.rlim_nproc": when_word(64, caller.nproc_room == UNSET, plenty, limit),
        "current.signal.unkillable": equals(caller.pidns, PidNs.INIT),
        "current.signal.nr_threads": threads + 1,
        "current.signal.leader_exit_signal": narrow(caller.exit_signal),
        "current.signal.oom_score_adj": when_word(16, caller.oom500, 500, 0),
        "current.sighand.ignored": caller.sigign,
        "current.sighand.caught": caller.sigcgt,
        "current.sighand.count": threads + 1 + few_if(caller.with_sighand),
        "current.blocked": caller.sigblk,
        "current.mm_users": threads + 1 + few_if(vm),
        "current.files_count": threads + 1 + few_if(caller.with_files),
        "current.fs_users": threads + 1 + few_if(caller.with_fs),
        "current.undo_list": both(shares_undo, not machine[WITHOUT_SYSVIPC]),
        "current.io_context": caller.ioctx,
        "current.chrooted": caller.chroot,
        "current.no_new_privs": caller.nnp,
        "current.seccomp_mode": when_word(8, caller.seccomp, 2, 0),
        "current.altstack": caller.altstack,
        "current.deadline": caller.deadline,
        "current.cgroup.pids_max": _pids_max(caller),
    }


def _pids_max(caller: Caller) -> Word:
    return when_word(64, caller.pids_room == UNSET, 2**62, 1 + wide(caller.pids_room))


def _pid_ns(case: Case, machine: Surroundings) -> dict[str, Any]:
    """Pid namespaces made at [8] belong to the caller's user namespace, the others to init's."""
    caller, call = case.caller, case.call
    waits = pending(caller)
    alone = both(caller.pid_level == 0, among(caller.pidns, *DEEPER))
    level = machine.pid_level + caller.pid_level + when_word(8, either(alone, waits), 1, 0)
    outer = when_word(8, caller.userns == 0, int(Reach.WITHIN), int(Reach.OUTSIDE))
    # a stranger's belongs to a user namespace that uid 0 made below init_user_ns
    stranger = equals(caller.pidns, PidNs.STRANGER)
    owned = both(stranger, caller.userns == 0, no(caller.euid_u))
    own = when_word(8, owned, int(Reach.OWNED), outer)
    empty = among(caller.pidns, PidNs.PENDING, PidNs.DEAD)
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


def _system(caller: Caller, machine: Surroundings) -> dict[str, Any]:
    found: dict[str, Any] = {
        f"system.{LIMIT_OF[kind]}_namespaces.max": when_word(
            32, has_any(caller.max0, 1 << kind), 0, 1_000_000
        )
        for kind in NsKind
    }
    return found | {
        "system.max_threads": when_word(32, caller.no_threads_left, 20, 1_000_000),
        "system.unprivileged_userns_clone": no(caller.no_userns_clone),
        "system.pid_max": machine.pid_max,
    }
