"""From the leaves of a situation to a case that the probe can make, or the reason why not.

A leaf that differs from the model's ordinary caller either has a word in the probe's
language or makes the situation impossible for user space.  The case is then read back
(:mod:`kernels.cases.prepared`), and stands only if the model predicts the same for both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kernels.cases.caller import IMPOSSIBLE
from kernels.cases.case import ENTRIES, STACK_SIZE, Case, CgroupFd, Kind, NsFd, PidNs, Ptr
from kernels.cases.knobs import FLAG_OF, LIMIT_OF, PID_MAX_LIMIT
from kernels.cases.lines import line_of
from kernels.cases.outcomes import predicted
from kernels.cases.possible import possible
from kernels.machines.surroundings import Surroundings
from model import words
from model.algebra import LONG_MAX
from model.call import Situation
from model.kernel import Kernel
from model.predict import predict
from model.records import build, leaves, values_of
from model.request import Entry, NsFile
from model.state import Step
from model.total import total

Values = dict[str, Any]

_DEFAULTS = {leaf.path: leaf.default for leaf in leaves(Situation)}


class NotFromUserSpace(Exception):
    """The situation cannot be made by the probe; the message says why."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A case (and its line) for a situation, or the reason why there is none."""

    case: Case | None
    line: str = ""
    reason: str = ""


_POINTERS: dict[Step, Values] = {
    Step.NONE: {},
    Step.COPY_CLONE_ARGS: {"call.args_bad": True},
    Step.COPY_SET_TID: {"call.set_tid": int(Ptr.BAD)},
    Step.PUT_PIDFD: {"call.pidfd": int(Ptr.BAD)},
    Step.PUT_PARENT_TID: {"call.parent_tid": int(Ptr.BAD)},
}


def translate(values: Values, kernel: Kernel, machine: Surroundings) -> Translation:
    """Return the case for a situation given by its leaves (absent: the ordinary caller)."""
    start = build(Situation, values)
    try:
        _refuse_internals(start, values)
        for case in _candidates(start, machine):
            if possible(case, machine) is True and _same_prediction(start, case, kernel, machine):
                return Translation(case, line_of(case))
    except NotFromUserSpace as never:
        return Translation(None, reason=str(never))
    return Translation(None, reason="the probe has no caller for whom the call ends alike")


def _refuse_internals(start: Situation, values: Values) -> None:
    entry = Entry(int(start.request.entry))
    if entry not in ENTRIES:
        raise NotFromUserSpace(f"{entry.name.lower()}() has no system call of its own")
    for path, reason in IMPOSSIBLE.items():
        if values.get(path, _DEFAULTS[path]) != _DEFAULTS[path]:
            raise NotFromUserSpace(reason)
    step = Step(int(start.chance.fails))
    if step not in _POINTERS:
        raise NotFromUserSpace(f"{step.name} fails: chance")
    settable = words.PF_SUPERPRIV | words.PF_FORKNOEXEC
    if start.current.flags & ~settable:
        names = words.pf_names(int(start.current.flags))
        raise NotFromUserSpace(f"{names}: not to be set from outside")
    if start.current.seccomp_mode == 1:
        raise NotFromUserSpace("strict seccomp forbids the call itself")


def _same_prediction(start: Situation, case: Case, kernel: Kernel, machine: Surroundings) -> bool:
    """Return whether the model predicts the same rule and the same effects for both."""
    wanted: Any = predict(kernel, start)
    found = predicted(kernel, case, machine)
    if wanted.rejected_by is not found.rejected_by or wanted.errno != found.errno:
        return False
    if wanted.errno != 0:
        return True
    left, right = dict(values_of(wanted.after)), dict(values_of(found.after))
    return all(left[name] == right[name] for name in left if name not in _NUMBERS)


_NUMBERS = {
    "uid",
    "euid",
    "charged_uid",
    "rlim_nproc",
    "user_ns_nproc_max",
    "pid_level",
    "set_child_tid",
    "clear_child_tid",
    "flags",
    "cap_effective",
    "oom_score_adj",
    "over_limit",
}
"""Effects whose very number depends on the machine or on the probe's own surroundings."""


def _candidates(start: Situation, machine: Surroundings) -> Iterator[Case]:
    """Yield the cases to try: the caller as it is said, then with what the call may need."""
    for caller in _callers(start, machine):
        for call in _calls(start, machine):
            yield build(Case, {**call, **caller})


# ---- the caller ------------------------------------------------------------------------


def _callers(start: Situation, machine: Surroundings) -> Iterator[Values]:
    said = _caller(start, machine)
    yield said
    # user.max_* are set in a user namespace of the probe's own
    if said.get("caller.max0") and not said.get("caller.userns"):
        yield said | {"caller.userns": 1}
    if not said.get("caller.by_user") and said["caller.ruid_u"] and said["caller.euid_u"]:
        yield said | {"caller.by_user": True}
    dac = said["caller.caps"] | 2
    yield said | {"caller.has_caps": True, "caller.caps": dac}
    yield said | {"caller.userns": int(said.get("caller.userns", 0)) + 1}


def _caller(start: Situation, machine: Surroundings) -> Values:
    task = start.current
    cred = task.real_cred
    if cred.uid and cred.euid and cred.uid != cred.euid:
        raise NotFromUserSpace("two different unprivileged uids: the probe has one")
    found: Values = {
        "caller.ruid_u": cred.uid != 0,
        "caller.euid_u": cred.euid != 0,
        "caller.userns": int(cred.user_ns.level),
        "caller.no_uid_map": not cred.euid_mapped,
        "caller.no_gid_map": not cred.egid_mapped,
        "caller.threadkey": bool(cred.thread_keyring),
        **_caps(int(cred.cap_effective), int(cred.user_ns.level), machine),
        **_limits(start),
        **_pid_namespaces(start),
        **_helpers(start),
    }
    return found | {
        "caller.timens": not task.nsproxy.time_for_children_is_active,
        "caller.chroot": bool(task.chrooted),
        "caller.sigign": int(task.sighand.ignored),
        "caller.sigcgt": int(task.sighand.caught),
        "caller.sigblk": int(task.blocked),
        "caller.altstack": bool(task.altstack),
        "caller.nnp": bool(task.no_new_privs),
        "caller.seccomp": task.seccomp_mode == 2,
        "caller.oom500": task.signal.oom_score_adj != 0,
        "caller.deadline": bool(task.deadline),
        "caller.exit_signal": int(task.signal.leader_exit_signal) & 0xFF,
        "caller.ioctx": bool(task.io_context),
        "caller.semundo": bool(task.undo_list),
        "caller.no_userns_clone": not start.system.unprivileged_userns_clone,
    }


def _caps(wanted: int, level: int, machine: Surroundings) -> Values:
    has = words.CAP_FULL_SET if level else machine.root_caps
    if wanted == words.CAP_FULL_SET:
        return {"caller.has_caps": True, "caller.caps": has}
    lacking = wanted & ~has
    if lacking:
        raise NotFromUserSpace(f"root has no {words.cap_names(lacking)} on this machine")
    return {"caller.has_caps": True, "caller.caps": wanted}


def _limits(start: Situation) -> Values:
    """Return the limits by the room they leave: none, one, or enough."""
    task, system = start.current, start.system
    counts = task.real_cred.ucounts
    if min(map(int, (counts.nproc, counts.nproc_parent, counts.nproc_grandparent))) < 0:
        raise NotFromUserSpace("a counter that wrapped around")
    found: Values = {}
    if task.real_cred.uid != 0:
        found |= _room("nproc_room", int(counts.nproc), min(int(task.signal.rlim_nproc), LONG_MAX))
    found |= _room("userns_room", int(counts.nproc_parent), int(task.real_cred.user_ns.nproc_max))
    if "caller.userns_room" in found:
        found["caller.by_user"] = task.real_cred.user_ns.level == 1
    found |= _room("pids_room", int(task.cgroup.pids), int(task.cgroup.pids_max))
    if not start.request.cgroup_target.visible:
        found |= {"caller.pids_room": 1, "caller.cgroup_ns": True}
    full = [kind for kind in Kind if _is_full(getattr(system, f"{LIMIT_OF[kind]}_namespaces"))]
    found["caller.max0"] = sum(1 << kind for kind in full)
    found["caller.no_threads_left"] = int(system.nr_threads) >= int(system.max_threads)
    return found


def _is_full(limit: Any) -> bool:
    return bool(limit.count >= limit.max)


def _room(name: str, count: int, limit: int) -> Values:
    room = max(0, limit - count)
    return {f"caller.{name}": room} if room < 2 else {}


def _pid_namespaces(start: Situation) -> Values:
    task, ns = start.current, start.current.pid_ns
    level = max(0, int(ns.level) - 1)
    if task.signal.unkillable:
        return {"caller.pidns": int(PidNs.INIT), "caller.pid_level": max(0, level - 1)}
    if not ns.user_ns_is_ancestor:
        return {"caller.pidns": int(PidNs.STRANGER)}
    if task.nsproxy.pid_for_children_is_active:
        return {"caller.pid_level": level}
    kind = PidNs.LIVE if ns.child_reaper else PidNs.PENDING
    kind = kind if ns.adding else PidNs.DEAD
    return {"caller.pidns": int(kind), "caller.pid_level": max(0, level - 1)}


def _helpers(start: Situation) -> Values:
    task = start.current
    threads = min(int(task.signal.nr_threads) - 1, 2)
    alone = int(task.signal.nr_threads)
    return {
        "caller.threads": threads,
        "caller.with_fs": int(task.fs_users) > (alone if threads else 1),
        "caller.with_files": int(task.files_count) > (alone if threads else 1),
        "caller.with_sighand": int(task.sighand.count) > alone,
        "caller.with_vm": int(task.mm_users) > int(task.sighand.count),
    }


# ---- the call --------------------------------------------------------------------------


def _calls(start: Situation, machine: Surroundings) -> Iterator[Values]:
    request = start.request
    entry = Entry(int(request.entry))
    call: Values = {"call.entry": int(entry)}
    for more in _ARGUMENTS[entry](start, machine):
        yield call | more


def _none(_start: Situation, _machine: Surroundings) -> Iterator[Values]:
    yield {}


def _flags(start: Situation, _machine: Surroundings) -> Iterator[Values]:
    yield {"call.flags": int(start.request.flags)}


def _clone(start: Situation, _machine: Surroundings) -> Iterator[Values]:
    request, bad = start.request, start.chance.fails in (Step.PUT_PIDFD, Step.PUT_PARENT_TID)
    writes = request.flags & (words.PIDFD | words.PARENT_SETTID)
    given = Ptr.BAD if bad else Ptr.OK if request.parent_tid or writes else Ptr.NULL
    stack = {"call.stack_ok": True, "call.stack_size": STACK_SIZE} if request.stack else {}
    yield {
        "call.flags": int(request.flags),
        "call.parent_tid": int(given),
        "call.child_tid": _given(int(request.child_tid)),
        **stack,
    }


def _given(address: int, needed: bool = False) -> int:
    return int(Ptr.OK if address or needed else Ptr.NULL)


def _clone3(start: Situation, machine: Surroundings) -> Iterator[Values]:
    request = start.request
    if start.chance.fails == Step.COPY_CLONE_ARGS:
        yield {"call.flags": 0, "call.args_bad": True, "call.usize": int(request.usize)}
        return
    aliased = request.pidfd == request.parent_tid and request.flags & words.PIDFD
    tid = int(Ptr.SAME) if aliased and request.flags & words.PARENT_SETTID else None
    settid = bool(request.flags & words.PARENT_SETTID)
    found: Values = {
        "call.flags": int(request.flags),
        "call.exit_signal": int(request.exit_signal),
        "call.pidfd": _given(int(request.pidfd), bool(request.flags & words.PIDFD)),
        "call.parent_tid": tid if tid is not None else _given(int(request.parent_tid), settid),
        "call.child_tid": _given(int(request.child_tid)),
        "call.usize": int(request.usize),
        "call.tail": bool(request.tail),
        **_stack(start),
        **_set_tid(start, machine),
        **_cgroup(start),
        **_POINTERS[Step(int(start.chance.fails))],
    }
    yield found


def _stack(start: Situation) -> Values:
    stack, size = int(start.request.stack), int(start.request.stack_size)
    if stack and size and stack + size <= words.TASK_SIZE_MAX:
        return {"call.stack_ok": True, "call.stack_size": STACK_SIZE}
    return {"call.stack": stack, "call.stack_size": min(size, 2**64 - 2)}


def _set_tid(start: Situation, machine: Surroundings) -> Values:
    request = start.request
    if not request.set_tid and not request.set_tid_size:
        return {}
    tids = (request.tid0, request.tid1, request.tid2)
    found: Values = {
        "call.set_tid": _given(int(request.set_tid)),
        "call.set_tid_size": int(request.set_tid_size),
    }
    values = min(int(request.set_tid_size), 3) or 1
    if request.set_tid:
        for place in range(values):
            found[f"call.tid{place}"] = _tid(int(tids[place]), place, start, machine)
    return found


def _tid(tid: int, place: int, start: Situation, machine: Surroundings) -> int:
    ns = start.current.pid_ns
    shift = 1 if start.request.flags & words.NEWPID else 0
    taken = (False, ns.taken, ns.parent_taken, ns.grandparent_taken)[place + 1 - shift]
    if tid == 1 or taken:
        return 1
    if tid < 1:
        return max(tid, -1)
    return PID_MAX_LIMIT if tid >= int(start.system.pid_max) else machine.free_pids[place]


def _cgroup(start: Situation) -> Values:
    request, target = start.request, start.request.cgroup_target
    if not request.flags & words.INTO_CGROUP:
        return {}
    if int(request.cgroup) > words.INT_MAX:
        return {"call.cgroup": int(CgroupFd.HUGE)}
    kinds = (
        (not target.is_a_cgroup, CgroupFd.NOTCGROUP),
        (target.dead, CgroupFd.DEAD),
        (not target.valid_domain, CgroupFd.INVALID),
        (target.controllers_below, CgroupFd.BUSY),
        (not target.ancestor_writable and target.writable, CgroupFd.OPEN),
    )
    return {"call.cgroup": int(next((kind for is_, kind in kinds if is_), CgroupFd.DIR))}


def _setns(start: Situation, _machine: Surroundings) -> Iterator[Values]:
    """Yield every target of the right kind; the prediction tells which one is meant."""
    target = start.request.target
    flags = int(start.request.flags) & 0xFFFFFFFF
    if target.file == NsFile.CLOSED:
        yield {"call.flags": flags, "call.nsfd": int(NsFd.BAD)}
    elif target.file == NsFile.OTHER:
        yield {"call.flags": flags, "call.nsfd": int(NsFd.FILE)}
    elif target.file == NsFile.NAMESPACE:
        kind = next(kind for kind, flag in FLAG_OF.items() if flag == target.type)
        for nsfd in (NsFd.CHILD, NsFd.OTHER, NsFd.KIN, NsFd.OWN, NsFd.OUTER):
            yield {"call.flags": flags, "call.nsfd": int(nsfd), "call.kind": int(kind)}
    else:
        known = words.NEW_NAMESPACES | words.NEWUSER
        yield {"call.flags": flags, "call.nsfd": int(NsFd.PIDFD_SELF)}
        yield {"call.flags": flags, "call.nsfd": int(NsFd.PIDFD_ZOMBIE)}
        yield {"call.flags": flags, "call.nsfd": int(NsFd.PIDFD_REAPED)}
        for made in (flags & known, flags & known & ~words.NEWUSER, words.NEWUTS):
            for nsfd in (NsFd.PIDFD_CHILD, NsFd.PIDFD_OTHER):
                yield {"call.flags": flags, "call.nsfd": int(nsfd), "call.made": made}


_ARGUMENTS = total(
    ENTRIES,
    {
        Entry.FORK: _none,
        Entry.VFORK: _none,
        Entry.CLONE: _clone,
        Entry.CLONE3: _clone3,
        Entry.UNSHARE: _flags,
        Entry.SETNS: _setns,
    },
)
"""How the arguments of each entry point are said to the probe, one or several ways."""
