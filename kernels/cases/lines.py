"""Cases as the probe's lines, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.ground.problems import Problem
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
from model.records import build, values_of
from model.request import Entry
from model.words import NEWCGROUP

ENTRY_OF = {word: entry for entry, word in ENTRIES.items()}
_PTR = {Ptr.OK: "ok", Ptr.BAD: "bad", Ptr.SAME: "same"}
_FLAGS = ("altstack", "nnp", "seccomp", "ioctx", "semundo", "threadkey", "timens", "chroot")
_NUMBERS = ("userns", "pid_level", "threads", "sigign", "sigcgt", "sigblk")
_ROOMS = {"userns_room": "userns_nproc_room", "nproc_room": "nproc_room", "pids_room": "pids_room"}
_SIBLING = {
    "with_fs": "fs",
    "with_files": "files",
    "with_sighand": "sighand",
    "with_vm": "vm",
    "with_undo": "sysvsem",
}
_FULL = "sysctl.kernel.threads-max"
_USERNS_CLONE = "sysctl.kernel.unprivileged_userns_clone"
_HUGE = 0x80000000
_TAIL = 90
_MAPS = {(False, False): "both", (False, True): "uid", (True, False): "gid", (True, True): "none"}


def _word(member: Any) -> str:
    return str(member.name).lower()


def _nsfd(call: Called) -> str:
    nsfd = NsFd(int(call.nsfd))
    if nsfd in (NsFd.FILE, NsFd.BAD):
        return _word(nsfd)
    if nsfd >= NsFd.PIDFD_SELF:
        return _word(nsfd).replace("_", ":")
    return f"{_word(nsfd)}:{_word(NsKind(int(call.kind)))}"


def _call_tokens(call: Called) -> Iterator[str]:
    entry = ENTRIES[Entry(int(call.entry))]
    yield f"entry={entry}"
    if entry == "setns":
        yield f"nsfd={_nsfd(call)}"
        if call.made:
            yield f"nsfd_flags={call.made:#x}"
        yield f"nstype={call.flags:#x}"
        return
    if call.flags:
        yield f"flags={call.flags:#x}"
    if call.exit_signal:
        yield f"exit_signal={call.exit_signal:#x}"
    for name in ("pidfd", "parent_tid", "child_tid"):
        if getattr(call, name):
            yield f"{name}={_PTR[getattr(call, name)]}"
    yield from _stack_tokens(call, entry)
    yield from _clone3_tokens(call)


def _stack_tokens(call: Called, entry: str) -> Iterator[str]:
    if call.stack_ok:
        yield "stack=ok"
    elif call.stack:
        yield f"stack={call.stack:#x}"
    usual = STACK_SIZE if call.stack_ok else 0
    if entry == "clone3" and call.stack_size != usual:
        yield f"stack_size={call.stack_size:#x}"


def _clone3_tokens(call: Called) -> Iterator[str]:
    values = min(int(call.set_tid_size), 3) or (1 if call.set_tid == Ptr.OK else 0)
    if call.set_tid == Ptr.OK:
        yield "set_tid=" + ",".join(str(tid) for tid in (call.tid0, call.tid1, call.tid2)[:values])
    elif call.set_tid == Ptr.BAD:
        yield "set_tid_ptr=bad"
    if call.set_tid_size != (values if call.set_tid == Ptr.OK else 0):
        yield f"set_tid_size={call.set_tid_size:#x}"
    if call.cgroup == CgroupFd.HUGE:
        yield f"cgroup={_HUGE:#x}"
    elif call.cgroup:
        yield f"cgroup={_word(CgroupFd(call.cgroup))}"
    if call.usize != 88:
        yield f"usize={call.usize}"
    if call.tail:
        yield f"tail={_TAIL}"
    if call.args_bad:
        yield "args=bad"


def _who_tokens(caller: Caller) -> Iterator[str]:
    if caller.ruid_u:
        yield "ruid=u"
    if caller.euid_u != caller.ruid_u:
        yield f"euid={'u' if caller.euid_u else 0}"
    if caller.has_caps:
        yield f"capeff={caller.caps:#x}"
    if caller.by_user:
        yield "userns_by=user"
    maps = _MAPS[(bool(caller.no_uid_map), bool(caller.no_gid_map))]
    if maps != "both":
        yield f"map={maps}"
    if caller.max0:
        yield "max0=" + "+".join(_word(kind) for kind in NsKind if caller.max0 >> kind & 1)


def _caller_tokens(caller: Caller) -> Iterator[str]:
    yield from _who_tokens(caller)
    yield from _state_tokens(caller)
    if caller.exit_signal != 17:
        yield f"caller_exit_signal={caller.exit_signal}"
    of_the_machine = caller.max0 and not caller.userns
    if caller.no_threads_left or caller.no_userns_clone or of_the_machine:
        yield "vm=1"
    if caller.no_threads_left:
        yield f"{_FULL}=20"
    if caller.no_userns_clone:
        yield f"{_USERNS_CLONE}=0"


def _state_tokens(caller: Caller) -> Iterator[str]:
    if caller.pidns:
        yield f"pidns={_word(PidNs(caller.pidns))}"
    for name in _NUMBERS:
        if getattr(caller, name):
            yield f"{name}={getattr(caller, name):#x}"
    for name in _FLAGS:
        if getattr(caller, name):
            yield f"{name}=1"
    for name, key in _ROOMS.items():
        if getattr(caller, name) != UNSET:
            yield f"{key}={getattr(caller, name)}"
    sharing = [word for name, word in _SIBLING.items() if getattr(caller, name)]
    if sharing:
        yield "sibling=" + "+".join(sharing)
    if caller.cgroup_ns:
        yield f"nsprep={NEWCGROUP:#x}"
    if caller.oom500:
        yield "oom=500"
    if caller.deadline:
        yield "sched=deadline"


def line_of(case: Case) -> str:
    """Return the case as a line for the probe, without an id."""
    return " ".join((*_call_tokens(case.call), *_caller_tokens(case.caller)))


class NotACase(Problem):
    """The line says something that a case cannot."""


def case_of(line: str) -> Case:
    """Return the case that a line of :func:`line_of` says."""
    values: dict[str, Any] = {}
    for token in line.split():
        key, _, value = token.partition("=")
        if key != "id":
            values |= _read(key, value)
    return build(Case, _settled(values))


def _settled(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with what one token leaves to others."""
    settled = {"caller.euid_u": values.get("caller.ruid_u", False)}
    if values.get("call.stack_ok"):
        settled["call.stack_size"] = STACK_SIZE
    return settled | values


def _number(value: str) -> int:
    try:
        return int(value, 0)
    except ValueError:
        raise NotACase(f"{value!r} is no number") from None


def _member(kinds: Any, word: str) -> int:
    try:
        return int(kinds[word.upper()])
    except KeyError:
        raise NotACase(f"unknown word {word!r}") from None


def _tids(value: str) -> dict[str, Any]:
    numbers = [_number(one) for one in value.split(",")]
    if len(numbers) > 3:
        raise NotACase("more than three values of set_tid")
    named: dict[str, Any] = {f"call.tid{place}": number for place, number in enumerate(numbers)}
    return named | {"call.set_tid": int(Ptr.OK), "call.set_tid_size": len(numbers)}


def _target(value: str) -> dict[str, Any]:
    who, _, kind = value.partition(":")
    if who == "pidfd":
        return {"call.nsfd": _member(NsFd, f"pidfd_{kind}")}
    found = {"call.nsfd": _member(NsFd, who)}
    return found | ({"call.kind": _member(NsKind, kind)} if kind else {})


def _pointer(value: str) -> int:
    words = {"0": Ptr.NULL, **{word: kind for kind, word in _PTR.items()}}
    if value not in words:
        raise NotACase(f"an address {value}")
    return int(words[value])


def _read(key: str, value: str) -> dict[str, Any]:  # noqa: PLR0912 - a flat list of keys
    if key == "entry":
        return {"call.entry": int(ENTRY_OF[value])}
    if key in ("flags", "exit_signal", "stack_size", "set_tid_size", "usize"):
        return {f"call.{key}": _number(value)}
    if key in ("pidfd", "parent_tid", "child_tid"):
        return {f"call.{key}": _pointer(value)}
    if key == "stack":
        return {"call.stack_ok": True} if value == "ok" else {"call.stack": _number(value)}
    if key == "set_tid":
        return _tids(value)
    if key == "set_tid_ptr":
        return {"call.set_tid": _pointer(value)}
    if key == "cgroup":
        number = value[0].isdigit()
        return {"call.cgroup": int(CgroupFd.HUGE) if number else _member(CgroupFd, value)}
    if key in ("tail", "args"):
        return {"call.tail": True} if key == "tail" else {"call.args_bad": value == "bad"}
    if key == "nsfd":
        return _target(value)
    if key in ("nsfd_flags", "nstype"):
        return {"call.made" if key == "nsfd_flags" else "call.flags": _number(value)}
    return _read_caller(key, value)


def _read_caller(key: str, value: str) -> dict[str, Any]:  # noqa: PLR0912 - a flat list of keys
    if key in ("ruid", "euid"):
        return {f"caller.{key}_u": value == "u"}
    if key == "capeff":
        return {"caller.has_caps": True, "caller.caps": _number(value)}
    if key == "userns_by":
        return {"caller.by_user": value == "user"}
    if key == "map":
        return {
            "caller.no_uid_map": value in ("gid", "none"),
            "caller.no_gid_map": value in ("uid", "none"),
        }
    if key == "max0":
        return {"caller.max0": sum(1 << _member(NsKind, one) for one in value.split("+"))}
    if key == "pidns":
        return {"caller.pidns": _member(PidNs, value)}
    if key in _NUMBERS:
        return {f"caller.{key}": _number(value)}
    if key in _FLAGS:
        return {f"caller.{key}": bool(_number(value))}
    for name, word in _ROOMS.items():
        if key == word:
            return {f"caller.{name}": _number(value)}
    if key == "sibling":
        names = {word: name for name, word in _SIBLING.items()}
        return {f"caller.{names[one]}": True for one in value.split("+")}
    known: dict[str, dict[str, Any]] = {
        "nsprep": {"caller.cgroup_ns": value == f"{NEWCGROUP:#x}"},
        "oom": {"caller.oom500": value == "500"},
        "sched": {"caller.deadline": value == "deadline"},
        "vm": {},
        _FULL: {"caller.no_threads_left": True},
        _USERNS_CLONE: {"caller.no_userns_clone": True},
    }
    if key == "caller_exit_signal":
        return {"caller.exit_signal": _number(value)}
    if key in known:
        return known[key]
    raise NotACase(f"unknown key {key}")


def paths(case: Case) -> dict[str, Any]:
    """Return the leaves of a case by path."""
    return dict(values_of(case))
