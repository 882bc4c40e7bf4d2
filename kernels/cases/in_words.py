"""A case in words: who calls what."""

from __future__ import annotations

from collections.abc import Iterator

from kernels.cases.case import ENTRIES, UNSET, Caller, Case, NsFd, NsKind, PidNs
from kernels.cases.lines import line_of
from model import words
from model.records import leaves
from model.request import Entry

_TOLD = {"ruid_u", "euid_u", "has_caps", "caps", "userns", "pidns", "nproc_room", "pid_level"}


def in_words(case: Case, line: str = "") -> Iterator[str]:
    """Yield sentences: the caller, then the call."""
    yield from _caller(case.caller, " nproc=0" in line)
    yield _call(case)
    yield f"(as a case of the probe: {line or line_of(case)})"


def _caller(caller: Caller, no_limit: bool) -> Iterator[str]:
    who = {
        (True, True): "A process of a uid that nobody else uses",
        (True, False): "A process of a uid that nobody else uses, with effective uid 0",
        (False, True): "A process of real uid 0 and an effective uid that nobody else uses",
    }.get((bool(caller.ruid_u), bool(caller.euid_u)), "A process of root's")
    caps = f", with {words.cap_names(int(caller.caps))} for capabilities" if caller.has_caps else ""
    yield f"{who}{caps.replace('with none for', 'without')}"
    if caller.userns:
        yield f"in {caller.userns} nested user namespace{'s' if caller.userns > 1 else ''}"
    if caller.pid_level:
        yield f"{caller.pid_level} pid namespaces further down"
    kinds = {
        PidNs.PENDING: "after unshare(CLONE_NEWPID)",
        PidNs.LIVE: "after unshare(CLONE_NEWPID), with the new namespace's init alive",
        PidNs.DEAD: "after unshare(CLONE_NEWPID), the new namespace's init dead",
    }
    if caller.pidns in kinds:
        yield kinds[PidNs(int(caller.pidns))]
    if caller.nproc_room != UNSET:
        yield f"whose RLIMIT_NPROC leaves room for {int(caller.nproc_room)}"
    if no_limit:
        yield "whose RLIMIT_NPROC is 0"
    for leaf in leaves(Caller):
        if getattr(caller, leaf.path) != leaf.default and leaf.path not in _TOLD:
            yield f"and: {leaf.doc} ({leaf.path})"


def _call(case: Case) -> str:
    call = case.call
    name = ENTRIES[Entry(int(call.entry))]
    if call.entry == Entry.SETNS:
        given = NsFd(int(call.nsfd))
        what = given.name.lower().replace("_", " of ")
        kind = f" {NsKind(int(call.kind)).name.lower()} namespace"
        kind = "" if given >= NsFd.PIDFD_SELF else kind
        return f"calls setns({what}{kind}, {words.flag_names(int(call.flags))})"
    return f"calls {name}({words.flag_names(int(call.flags)) if call.flags else ''})"
