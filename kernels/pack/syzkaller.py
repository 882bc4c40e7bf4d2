"""Calls of a pack as programs of syzkaller, with what kernels answer to each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kernels.cases.case import ENTRIES, Called, Case, CgroupFd, NsFd, NsKind, Ptr
from kernels.cases.outcomes import predicted
from kernels.cases.possible import possible
from kernels.pack.plain import KINDS, asked_tids, is_plain, shown
from kernels.pack.trials import MACHINE, Trial, trial
from model import words
from model.kernel import Kernel
from model.request import Entry
from model.revisions import Revision
from model.words import errno_name

_SLOTS = {"pidfd": 0x7F0000000000, "parent_tid": 0x7F0000000100, "child_tid": 0x7F0000000200}
_ARGS, _TIDS = 0x7F0000000400, 0x7F0000000600
_BAD = "0xffffffffffffffff"
"""Of a pointer the address that syzkaller has for bad ones, of a descriptor one that is closed."""
_BAD_FD, _HUGE_FD = 9999, 1 << 31
_NO_CAPS = ["capset(&(0x7f0000000800)={0x20080522, 0x0}, "
            "&(0x7f0000000900)={0x0, 0x0, 0x0, 0x0, 0x0, 0x0})"]


@dataclass(frozen=True, slots=True)
class Program:
    """A program: its subject, what its last call shows, its lines, and the call as it is made."""

    subject: str
    shows: tuple[str, ...]
    lines: tuple[str, ...]
    case: Case

    @property
    def text(self) -> str:
        """Return the program in the syntax of syzkaller, with what it shows as comments."""
        told = [f"# {line}" for line in (*self.shows, _flags(self.case.call))]
        return "\n".join([*told, *self.lines]) + "\n"


def programs(kernel: Kernel, tried: Iterable[Trial]) -> list[Program]:
    """Return a program for each call that syzkaller can make without a caller set up."""
    cases = dict.fromkeys(_as_made(one.case) for one in tried if is_plain(kernel, one.case))
    made = [trial(kernel, case) for case in cases if _can_be_told(case)]
    return [_program(one) for one in made]


def telling_apart(found: Iterable[Program], one: Kernel, other: Kernel) -> list[Program]:
    """Return those whose last call two kernels answer otherwise, each call once."""
    by_case = {program.case: program for program in found}
    return [program for case, program in by_case.items()
            if answer(one, case) != answer(other, case)]


def files(found: list[Program], of: list[Revision], calls: int) -> dict[str, str]:
    """Return the programs and ``answers.json``, by name; calls: how many they were chosen of."""
    named = {f"{number:03}_{one.subject}": one for number, one in enumerate(found, 1)}
    told = {name: _answers(program, of) for name, program in named.items()}
    record = {"kernels": [one.name for one in of], "chosen_of": calls, "programs": told}
    return {
        **{f"programs/{name}": program.text for name, program in named.items()},
        "answers.json": json.dumps(record, indent=1) + "\n",
    }


def answer(kernel: Kernel, case: Case) -> str:
    """Return the errno that a kernel gives, or ``success``."""
    errno = int(predicted(kernel, case, MACHINE).errno)
    return errno_name(errno) if errno else "success"


def _answers(program: Program, of: list[Revision]) -> dict[str, Any]:
    threaded = replace(program.case, caller=replace(program.case.caller, threads=1))
    return {
        "call": len(program.lines) - 1,
        "shows": list(program.shows),
        "alone": {one.name: answer(one.kernel, program.case) for one in of},
        "with_threads": {one.name: answer(one.kernel, threaded) for one in of},
    }


def _as_made(case: Case) -> Case:
    """Return a call as syzkaller makes it: its clones never share memory."""
    if case.call.entry not in (Entry.CLONE, Entry.CLONE3):
        return case
    return replace(case, call=replace(case.call, flags=int(case.call.flags) & ~words.VM))


def _can_be_told(case: Case) -> bool:
    """Return whether syzkaller has words for each argument."""
    call = case.call
    by_entry = {
        Entry.CLONE: call.stack == 0,
        Entry.CLONE3: _struct_can_be_told(call),
        Entry.UNSHARE: True,
        Entry.SETNS: call.nsfd in (NsFd.OWN, NsFd.BAD),
    }
    return by_entry.get(Entry(int(call.entry)), False) and possible(case, MACHINE) is True


def _struct_can_be_told(call: Called) -> bool:
    """It is copied as it stands, at least a word of it, and nothing of what lies behind it."""
    plain = call.stack == 0 and not call.args_bad
    return bool(plain and int(call.exit_signal) < 1 << 32 and 8 <= int(call.usize) <= 88)


def _program(one: Trial) -> Program:
    call = one.case.call
    first = one.refusals[0].rule[0] if one.refusals else "a call that nothing refuses"
    entry = ENTRIES[Entry(int(call.entry))]
    slug = re.sub(r"\W+", "_", first)[:44].strip("_")
    before = _NO_CAPS if one.case.caller.has_caps else []
    lines = (*before, *_BY_ENTRY[Entry(int(call.entry))](call))
    return Program(f"{entry}_{slug}", tuple(shown(one)), lines, one.case)


def _clone(call: Called) -> Iterator[str]:
    ids = ", ".join(_pointer(call, name) for name in ("parent_tid", "child_tid"))
    yield f"syz_clone({int(call.flags):#x}, 0x0, 0x0, {ids}, 0x0)"


def _clone3(call: Called) -> Iterator[str]:
    pointers = ", ".join(_pointer(call, name) for name in ("pidfd", "child_tid", "parent_tid"))
    members = [
        f"{int(call.flags):#x}, {pointers}, {{{int(call.exit_signal):#x}}}",
        f"0x0, {int(call.stack_size):#x}, 0x0, {_set_tid(call)}, {int(call.set_tid_size):#x}",
        f"{{{_cgroup(call):#x}}}",
    ]
    yield f"syz_clone3(&({_ARGS:#x})={{{', '.join(members)}}}, {int(call.usize):#x})"


def _unshare(call: Called) -> Iterator[str]:
    yield f"unshare({int(call.flags):#x})"


def _setns(call: Called) -> Iterator[str]:
    if call.nsfd == NsFd.OWN:
        name = KINDS[NsKind(int(call.kind))]
        opened = "userns" if name == "user" else "namespace"
        yield f"r0 = syz_open_procfs${opened}(0x0, &({_ARGS:#x})='ns/{name}\\x00')"
    yield f"setns({'r0' if call.nsfd == NsFd.OWN else _BAD}, {int(call.flags):#x})"


_BY_ENTRY = {Entry.CLONE: _clone, Entry.CLONE3: _clone3, Entry.UNSHARE: _unshare,
             Entry.SETNS: _setns}


def _pointer(call: Called, name: str) -> str:
    kind = Ptr(int(getattr(call, name)))
    if kind is Ptr.NULL:
        return "0x0"
    if kind is Ptr.BAD:
        return _BAD
    return f"&({_SLOTS['pidfd' if kind is Ptr.SAME else name]:#x})"


def _set_tid(call: Called) -> str:
    if call.set_tid == Ptr.NULL:
        return "0x0"
    if call.set_tid == Ptr.BAD:
        return _BAD
    tids = ", ".join(f"{tid & 0xFFFFFFFF:#x}" for tid in asked_tids(call))
    return f"&({_TIDS:#x})=[{tids}]"


def _cgroup(call: Called) -> int:
    return {CgroupFd.NONE: 0, CgroupFd.BAD: _BAD_FD}.get(CgroupFd(int(call.cgroup)), _HUGE_FD)


def _flags(call: Called) -> str:
    """Return the flags by their names, which are those of syzkaller's descriptions too."""
    flags = int(call.flags)
    names = [f"CLONE_{one.name}" for one in words.Flag if flags & one]
    return f"flags: {'|'.join(names) or 'none'}"
