"""Cases by hand-picked variation: every flag from every caller, and values at boundaries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kernels.cases.case import STACK_SIZE, Case, CgroupFd, NsFd, NsKind, PidNs, Ptr
from kernels.cases.knobs import CAPS, PID_MAX_LIMIT
from kernels.machines.surroundings import Surroundings
from model import words
from model.records import build
from model.request import Entry
from model.words import SIGCHLD, THREAD, Flag

Values = dict[str, Any]

_LEGACY = [int(flag) for flag in Flag if flag < 2**32 and flag != Flag.NEWTIME]
_MODERN = [*_LEGACY, words.NEWTIME, words.CLEAR_SIGHAND, words.INTO_CGROUP]
_THREAD = THREAD | words.SIGHAND | words.VM
_SIGHAND = words.SIGHAND | words.VM
_NAMESPACES = [int(flag) for flag in Flag if flag & (words.NEW_NAMESPACES | words.NEWUSER)]
_UNSHARABLE = [
    *_NAMESPACES,
    *(words.FS, words.FILES, words.SYSVSEM, words.VM, words.SIGHAND, words.THREAD),
]

CALLERS: list[Values] = [
    {},
    *({"ruid_u": True, "euid_u": True} | more for more in ({}, {"has_caps": True, "caps": 0})),
    {"ruid_u": True},
    {"euid_u": True},
    *({"ruid_u": True, "euid_u": True, "has_caps": True, "caps": cap} for cap in CAPS[1:]),
    *({"userns": level} for level in (1, 2, 32, 33)),
    {"userns": 1, "ruid_u": True, "euid_u": True},
    {"userns": 1, "ruid_u": True, "euid_u": True, "by_user": True},
    {"userns": 2, "ruid_u": True, "euid_u": True, "by_user": True},
    {"userns": 1, "ruid_u": True, "euid_u": True, "has_caps": True, "caps": words.CAP_SYS_ADMIN},
    {"userns": 1, "ruid_u": True, "euid_u": True, "by_user": True, "has_caps": True, "caps": 0},
    *({"userns": 1, name: True} for name in ("no_uid_map", "no_gid_map")),
    {"userns": 1, "no_uid_map": True, "no_gid_map": True},
    *({"userns": 1, "max0": 1 << kind} for kind in NsKind),
    *({"pidns": int(kind)} for kind in PidNs if kind),
    {"pids_room": 1, "cgroup_ns": True},
    {"pid_level": 1},
    {"pid_level": 2},
    {"pid_level": 30},
    {"pid_level": 31},
    {"pidns": int(PidNs.PENDING), "userns": 1},
    {"pidns": int(PidNs.LIVE), "pid_level": 1},
    {"timens": True},
    {"timens": True, "threads": 1},
    {"threads": 1},
    {"threads": 2},
    *({name: True} for name in ("with_fs", "with_files", "with_sighand", "with_vm", "with_undo")),
    {"chroot": True},
    *({"nproc_room": room, "ruid_u": True, "euid_u": True} for room in (0, 1)),
    *({"nproc_room": room, "ruid_u": True} for room in (0, 1)),
    *({"nproc_room": room, "ruid_u": True, "euid_u": True, "threads": 1} for room in (0, 1)),
    *(
        {"nproc_room": 0, "ruid_u": True, "euid_u": True, "has_caps": True, "caps": cap}
        for cap in CAPS
    ),
    *(
        {"userns": 1, "by_user": True, "ruid_u": True, "euid_u": True, "userns_room": room}
        for room in (0, 1)
    ),
    {"userns": 2, "ruid_u": True, "euid_u": True, "userns_room": 0},
    *({"pids_room": room} for room in (0, 1)),
    {"pids_room": 0, "ruid_u": True, "euid_u": True, "threads": 1},
    {"sigign": 0x1003, "sigcgt": 0x600, "sigblk": 1 << 33 | 1 << 14},
    {"sigign": words.ALL_SIGNALS & ~words.sigmask(9) & ~words.sigmask(19)},
    {"altstack": True},
    {"nnp": True},
    {"seccomp": True},
    {"seccomp": True, "nnp": True, "ruid_u": True, "euid_u": True},
    {"oom500": True},
    {"deadline": True},
    {"exit_signal": 10},
    {"exit_signal": 0},
    {"ioctx": True},
    {"semundo": True},
    {"threadkey": True},
    {"no_threads_left": True},
    {"no_userns_clone": True, "ruid_u": True, "euid_u": True},
    {"no_userns_clone": True},
]
"""Callers, each with one thing of its own."""


def _made(call: Values, caller: Values) -> Case:
    values = {f"call.{name}": value for name, value in call.items()}
    return build(Case, values | {f"caller.{name}": value for name, value in caller.items()})


def _clone(flags: int, signal: int = SIGCHLD) -> Values:
    stack = {"stack_ok": True, "stack_size": STACK_SIZE}
    given = stack if flags & words.VM and not flags & words.VFORK else {}
    return {"entry": int(Entry.CLONE), "flags": flags | signal, **given}


def _clone3(flags: int, **more: Any) -> Values:
    stack = {"stack_ok": True, "stack_size": STACK_SIZE}
    given = stack if flags & words.VM and not flags & words.VFORK else {}
    pidfd = {"pidfd": int(Ptr.OK)} if flags & words.PIDFD else {}
    signal = {} if flags & (THREAD | words.PARENT) else {"exit_signal": SIGCHLD}
    tids = {"parent_tid": int(Ptr.OK), "child_tid": int(Ptr.OK)}
    cgroup = {"cgroup": int(CgroupFd.DIR)} if flags & words.INTO_CGROUP else {}
    call = {"entry": int(Entry.CLONE3), "flags": flags}
    return {**call, **given, **pidfd, **signal, **tids, **cgroup, **more}


def _calls() -> Iterator[Values]:
    """Yield the creating calls: the plain ones and one for each flag, with what it needs."""
    yield {"entry": int(Entry.FORK)}
    yield {"entry": int(Entry.VFORK)}
    for flag in (0, *_LEGACY):
        tids = {"parent_tid": int(Ptr.OK), "child_tid": int(Ptr.OK)}
        needs = {THREAD: _THREAD, words.SIGHAND: _SIGHAND}.get(flag, flag)
        yield _clone(needs) | tids
    for flag in (0, *_MODERN):
        needs = {THREAD: _THREAD, words.SIGHAND: _SIGHAND}.get(flag, flag)
        yield _clone3(needs)
    for more in (words.VM | words.VFORK, words.VM | words.NEWTIME, words.NEWUSER | words.NEWNET):
        yield _clone3(more)


def _changes() -> Iterator[Values]:
    """Yield calls of unshare() and setns()."""
    for flag in (0, *_UNSHARABLE):
        yield {"entry": int(Entry.UNSHARE), "flags": flag}
    for nsfd in (NsFd.OWN, NsFd.OUTER, NsFd.CHILD, NsFd.KIN, NsFd.OTHER):
        for kind in NsKind:
            yield {"entry": int(Entry.SETNS), "nsfd": int(nsfd), "kind": int(kind)}
    for nsfd in (NsFd.PIDFD_SELF, NsFd.PIDFD_ZOMBIE, NsFd.PIDFD_REAPED):
        for flag in _NAMESPACES:
            yield {"entry": int(Entry.SETNS), "nsfd": int(nsfd), "flags": flag}
    for nsfd in (NsFd.PIDFD_CHILD, NsFd.PIDFD_OTHER):
        for flag in _NAMESPACES:
            call = {"entry": int(Entry.SETNS), "nsfd": int(nsfd), "made": flag, "flags": flag}
            yield call


_SETNS_CALLERS = [
    caller
    for caller in CALLERS
    if not caller.keys() & {"sigign", "altstack", "oom500", "deadline", "max0", "exit_signal"}
]


def every_flag_from_every_caller() -> Iterator[Case]:
    """Yield each creating call from many callers, and each change of namespaces.

    All but fork() and vfork() are made from every second to fourth caller only, in turn.
    """
    for place, call in enumerate(_calls()):
        step = {int(Entry.CLONE): 3, int(Entry.CLONE3): 2}.get(call["entry"], 1)
        for caller in CALLERS[place % step :: step]:
            yield _made(call, caller)
    for place, call in enumerate(_changes()):
        step = 4 if call["entry"] == Entry.SETNS else 2
        for caller in ({}, *_SETNS_CALLERS[place % step :: step]):
            yield _made(call, caller)


def pairs_of_flags() -> Iterator[Case]:
    """Yield calls with two flags, from a plain caller and an unprivileged one."""
    user: Values = {"ruid_u": True, "euid_u": True}
    for place, flag in enumerate(_MODERN):
        for other in _MODERN[place + 1 :]:
            yield _made(_clone3(flag | other), {})
            yield _made(_clone3(flag | other), user)
            if flag in _LEGACY and other in _LEGACY:
                yield _made(_clone(flag | other), {})
    for place, flag in enumerate(_UNSHARABLE):
        for other in _UNSHARABLE[place + 1 :]:
            for caller in ({}, user, {"threads": 1}):
                yield _made({"entry": int(Entry.UNSHARE), "flags": flag | other}, caller)


def boundary_values(machine: Surroundings) -> Iterator[Case]:
    """Yield calls of clone3() and clone() with numbers at the edges of what is allowed."""
    for usize in (0, 1, 63, 64, 65, 72, 79, 80, 81, 87, 88, 89, 96, 4095, 4096, 4097, 2**63):
        yield _made(_clone3(0, usize=usize), {})
        yield _made(_clone3(words.INTO_CGROUP, usize=usize), {})
        yield _made({"entry": int(Entry.CLONE3), "args_bad": True, "usize": usize}, {})
        if usize > 91:
            yield _made(_clone3(0, usize=usize, tail=True), {})
    for signal in (0, 1, 9, 17, 19, 31, 32, 63, 64, 65, 127, 128, 254, 255, 256, 2**31, 2**63):
        yield _made(_clone3(0) | {"exit_signal": signal}, {})
        yield _made(_clone3(words.PARENT) | {"exit_signal": signal}, {})
        if signal < 256:
            yield _made(_clone(0, signal), {})
            yield _made(_clone(_THREAD, signal), {})
            yield _made(_clone(words.PARENT, signal), {})
    yield from _stacks()
    yield from _set_tids(machine)
    for kind in CgroupFd:
        for flags in (words.INTO_CGROUP, 0, words.INTO_CGROUP | _THREAD):
            call = _clone3(flags, cgroup=int(kind))
            for who in ({}, {"ruid_u": True, "euid_u": True}, {"pids_room": 0}):
                yield _made(call, who)
    for flag in range(64):
        yield _made(_clone3(1 << flag, pidfd=int(Ptr.OK)), {})
        yield _made({"entry": int(Entry.UNSHARE), "flags": 1 << flag}, {})
        yield _made(_clone(1 << flag), {})


def _stacks() -> Iterator[Case]:
    top = words.TASK_SIZE_MAX
    for stack in (0, 8, top - 4096, top, top + 1, 2**63, 2**64 - 4096):
        for size in (0, 1, 4095, 4096, 4097, 2**63, 2**64 - 1):
            yield _made(_clone3(0, stack=stack, stack_size=size), {})


def _set_tids(machine: Surroundings) -> Iterator[Case]:
    free = machine.free_pids[0]
    tids = (-1, 0, 1, free, PID_MAX_LIMIT)
    callers: list[Values] = [
        *({}, {"ruid_u": True, "euid_u": True}, {"userns": 1}, {"pidns": int(PidNs.PENDING)}),
        *({"pidns": int(PidNs.LIVE)}, {"pidns": int(PidNs.DEAD)}, {"pid_level": 2}),
        {"ruid_u": True, "euid_u": True, "has_caps": True, "caps": words.CAP_CHECKPOINT_RESTORE},
        {"ruid_u": True, "euid_u": True, "has_caps": True, "caps": words.CAP_SYS_ADMIN},
    ]
    for caller in callers:
        for flags in (0, words.NEWPID, words.NEWPID | words.NEWUSER):
            for first in tids:
                yield _made(_asking(flags, first), caller)
                yield _made(_asking(flags, 1, first), caller)
                yield _made(_asking(flags, free, first), caller)
                yield _made(_asking(flags, 1, free, first), caller)
    for size in (0, 1, 2, 3, 32 + 1, 64, 2**63):
        for pointer in Ptr.NULL, Ptr.OK, Ptr.BAD:
            tid0 = free if pointer == Ptr.OK else 0
            yield _made(
                _clone3(0, set_tid=int(pointer), set_tid_size=size, tid0=tid0), {}
            )


def _asking(flags: int, *tids: int) -> Values:
    named = {f"tid{place}": tid for place, tid in enumerate(tids)}
    return _clone3(flags, set_tid=int(Ptr.OK), set_tid_size=len(tids), **named)
