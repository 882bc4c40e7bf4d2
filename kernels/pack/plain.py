"""Calls of a pack that need no caller set up: what a test of one C file can make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kernels.cases.case import ENTRIES, Called, Case, CgroupFd, NsFd, NsKind, Ptr
from kernels.cases.outcomes import predicted
from kernels.machines.surroundings import Surroundings
from kernels.pack.needs import caps_needed, needs
from kernels.pack.trials import MACHINE, Trial
from model import words
from model.kernel import Kernel
from model.records import build
from model.request import Entry
from model.words import errno_name

FREE = Surroundings().free_pids
MOST_PIDS = 33
_LEVELS = (0, 1, 2, 4)
"""Levels of pid namespaces in which a test may be run."""
_PLAIN = build(Case, {}).caller
_BARE = replace(_PLAIN, has_caps=True)
_BAD_FD = 9999
KINDS = {NsKind.MNT: "mnt", NsKind.UTS: "uts", NsKind.IPC: "ipc", NsKind.PID: "pid",
          NsKind.NET: "net", NsKind.CGROUP: "cgroup", NsKind.TIME: "time", NsKind.USER: "user"}


@dataclass(frozen=True, slots=True)
class Plain:
    """A call: its name, what it shows, the errno, and its arguments as members of struct call."""

    name: str
    shows: tuple[str, ...]
    errno: int
    members: dict[str, str]
    as_root: bool


def plain_calls(kernel: Kernel, tried: list[Trial]) -> list[Plain]:
    """Return the calls that need no more than root, with names of their own."""
    found = [one for one in tried if is_plain(kernel, one.case)]
    return [_plain(kernel, number, one) for number, one in enumerate(found, 1)]


def is_plain(kernel: Kernel, case: Case) -> bool:
    """Return whether a call needs no more than root, and is answered alike in any pid namespace."""
    caller, call = case.caller, case.call
    if caller not in (_PLAIN, _BARE) or list(needs(kernel, case)):
        return False
    if call.nsfd not in (NsFd.OWN, NsFd.PIDFD_SELF, NsFd.BAD, NsFd.FILE):
        return False
    if call.cgroup not in (CgroupFd.NONE, CgroupFd.BAD, CgroupFd.HUGE) or call.made:
        return False
    if call.stack_ok or (set(_tids(call)) & set(FREE)):
        return False
    return _same_everywhere(kernel, case)


def _same_everywhere(kernel: Kernel, case: Case) -> bool:
    """Return whether a call is answered alike in whichever pid namespace."""
    errnos = {int(predicted(kernel, case, replace(MACHINE, pid_level=level)).errno)
              for level in _LEVELS}
    return len(errnos) == 1


def _plain(kernel: Kernel, number: int, one: Trial) -> Plain:
    call = one.case.call
    entry = Entry(int(call.entry))
    members = dict(_members(call, entry))
    if one.case.caller.has_caps:
        members["no_caps"] = "true"
    if one.errno:
        members["err"] = errno_name(one.errno)
    first = one.refusals[0].rule[0] if one.refusals else "a call that nothing refuses"
    slug = re.sub(r"\W+", "_", first)[:44].strip("_")
    needy = bool(one.case.caller.has_caps or caps_needed(kernel, one.case))
    return Plain(f"{ENTRIES[entry]}_{number}_{slug}", tuple(shown(one)), one.errno, members, needy)


def shown(one: Trial) -> Iterator[str]:
    """Yield what a call shows: the rule that refuses it, and those that would do so otherwise."""
    for place, refusal in enumerate(one.refusals):
        name, at = refusal.rule
        if place == 0 or refusal.errno != one.errno:
            before = "" if place == 0 else "comes before "
            yield f"{before}{name} ({errno_name(refusal.errno)}, {at})"
    if not one.refusals:
        yield "nothing refuses this call"


def _members(call: Called, entry: Entry) -> Iterator[tuple[str, str]]:
    yield "nr", f"__NR_{ENTRIES[entry]}"
    if entry is Entry.CLONE3:
        yield from _clone3(call)
        return
    if call.flags:
        yield "flags", _flags(int(call.flags))
    if entry is Entry.CLONE:
        yield from _pointers(call, ("parent_tid", "child_tid"))
        if call.stack:
            yield "stack", f"{int(call.stack):#x}"
    if entry is Entry.SETNS:
        yield from _descriptor(call)


def _clone3(call: Called) -> Iterator[tuple[str, str]]:
    if call.args_bad:
        yield "bad_args", "true"
    if call.usize != 88:
        yield "size", f"{int(call.usize):#x}"
    else:
        yield "size", "88"
    if call.flags:
        yield "flags", _flags(int(call.flags))
    yield from _pointers(call, ("pidfd", "parent_tid", "child_tid"))
    for name in ("exit_signal", "stack", "stack_size", "set_tid_size"):
        if value := int(getattr(call, name)):
            yield name, f"{value:#x}"
    if call.set_tid == Ptr.BAD:
        yield "set_tid", "BAD_ADDRESS"
    elif call.set_tid:
        yield "has_pids", "true"
        yield "pids", _pids(call)
    if call.cgroup:
        yield "cgroup", f"{_BAD_FD if call.cgroup == CgroupFd.BAD else 1 << 31:#x}"
    if call.tail:
        yield "tail", "true"


def _tids(call: Called) -> list[int]:
    if call.set_tid != Ptr.OK:
        return []
    size = max(1, int(call.set_tid_size))
    return [int(tid) for tid in (call.tid0, call.tid1, call.tid2)][: min(size, 3)]


def asked_tids(call: Called) -> list[int]:
    """Return the pids asked for; where they are more than three, the third is all the others."""
    tids = _tids(call)
    more = MOST_PIDS - len(tids) if int(call.set_tid_size) > len(tids) else 0
    return tids + tids[-1:] * more


def _pids(call: Called) -> str:
    return f"{{ {', '.join(map(str, asked_tids(call)))} }}"


def _pointers(call: Called, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the addresses: the one of the pidfd is another than that of the child's id."""
    for name in names:
        kind = Ptr(int(getattr(call, name)))
        if kind is Ptr.OK:
            yield name, f"SLOT({'0' if name == 'pidfd' else '1'})"
        elif kind is Ptr.SAME:
            yield name, "SLOT(0)"
        elif kind is Ptr.BAD:
            yield name, "BAD_ADDRESS"


def _descriptor(call: Called) -> Iterator[tuple[str, str]]:
    if call.nsfd == NsFd.OWN:
        yield "file", f'"/proc/self/ns/{KINDS[NsKind(int(call.kind))]}"'
    elif call.nsfd == NsFd.FILE:
        yield "file", '"/proc/self/status"'
    elif call.nsfd == NsFd.PIDFD_SELF:
        yield "pidfd_of_itself", "true"


def _flags(number: int) -> str:
    """Return flags as names that every header has, and a number for the others."""
    names, rest = [], number
    for flag in words.Flag:
        new = flag & (words.Flag.NEWTIME | words.Flag.PIDFD | words.Flag.NEWCGROUP)
        if number & flag and flag < 1 << 32 and not new:
            names.append(f"CLONE_{flag.name}")
            rest &= ~int(flag)
    return " | ".join([*names, *([f"{rest:#x}"] if rest else [])])
