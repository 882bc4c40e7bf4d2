"""A seccomp filter before the call: what it answers, and by which of its entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checker.calls.versions import version_in
from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from checker.seccomp.answers import (
    USUAL,
    Container,
    Verdict,
    caps_that_matter,
    is_any,
    verdicts,
)
from checker.seccomp.named import NAMED, RESTRICT, named
from checker.seccomp.profile import ASKS, Action, Compare, Condition, Entry, Profile, Said
from checker.seccomp.reading import read
from checker.strace.facts import errno_named
from checker.why.asked import Asked
from model import words
from model.kernel import Kernel
from model.request import Entry as Call

AT = "kernel/seccomp.c:__seccomp_filter"

_SYSCALLS = {Call.FORK: "fork", Call.VFORK: "vfork", Call.CLONE: "clone", Call.CLONE3: "clone3",
             Call.UNSHARE: "unshare", Call.SETNS: "setns", Call.VHOST_SET_OWNER: "ioctl"}
_FLAGS_AT = {Call.CLONE: 0, Call.UNSHARE: 0, Call.SETNS: 1}
_VHOST_SET_OWNER = 0xAF01


@dataclass(frozen=True)
class Filter:
    """A filter that was given, and the capabilities of the container that it stands before."""

    profile: Profile
    caps: frozenset[str]


@dataclass(frozen=True)
class Filtered:
    """What a filter answers to a call: one verdict if that is sure."""

    filter: Filter
    call: Call
    found: list[Verdict]
    with_cap: list[tuple[str, list[Verdict]]]
    """Capabilities that would change the answer, each with that answer."""

    @property
    def sure(self) -> Verdict | None:
        """Return the one verdict; ``None`` where it is not known, or somebody else decides."""
        one = self.found[0]
        return one if len(self.found) == 1 and one.said.action not in ASKS else None

    @property
    def passes(self) -> bool:
        """Return whether the kernel surely gets the call."""
        return self.sure is not None and self.sure.passes

    @property
    def answers(self) -> bool:
        """Return whether the filter surely answers, so that the kernel never sees the call."""
        return not any(one.passes or one.said.action in ASKS for one in self.found)

    @property
    def says(self) -> list[str]:
        """Return what may come back of it, in words for each verdict: ENOSYS, SIGSYS, 0."""
        return [signal_or_errno(one.said) for one in self.found]

    @property
    def name(self) -> str:
        """Return what it is called."""
        return self.filter.profile.name


def filter_of(given: str, caps: Sequence[str]) -> Filter:
    """Return the filter that a command line names: a known one, or a file.

    ``caps`` are those that the container was given beside the usual ones (ALL for every one).
    Raises :class:`Problem` for what is none.
    """
    profile = named(given)
    if profile is None:
        if not Path(given).exists():
            known = [*NAMED, RESTRICT]
            raise Problem(f"{short(given)} is neither a file nor a filter that is known: "
                          f"{', '.join(known)}{nearest(given, known)}")
        profile = read(Path(given))
    more = {name for said in caps for name in _caps(said)}
    return Filter(profile, (USUAL if profile.caps is None else profile.caps) | more)


def _caps(said: str) -> list[str]:
    from checker.calls.kernel_words import CAPABILITIES

    name = said.upper().removeprefix("CAP_")
    if name == "ALL":
        return [f"CAP_{one}" for one in CAPABILITIES]
    if name not in CAPABILITIES:
        raise Problem(f"{short(said)} is no capability{nearest(name, list(CAPABILITIES))}")
    return [f"CAP_{name}"]


def filtered(asked: Asked, kernel: Kernel, some: Filter) -> Filtered:
    """Return what a filter answers to a call; raise :class:`Problem` for one of the kernel's own.
    """
    syscall = _SYSCALLS.get(asked.entry)
    if syscall is None:
        raise Problem(f"{asked.entry.name.lower()}() is no system call: no filter sees it")
    arguments = _arguments(asked)
    version = version_in(kernel.name)
    container = Container(some.caps, (version.major, version.minor) if version else None)
    found = verdicts(some.profile, syscall, arguments, container)
    with_cap = []
    for cap in caps_that_matter(some.profile, syscall, container):
        other = replace(container, caps=container.caps | {cap})
        then = verdicts(some.profile, syscall, arguments, other)
        if [one.said for one in then] != [one.said for one in found]:
            with_cap.append((cap, then))
    return Filtered(some, asked.entry, found, with_cap)


def who_says(error: str, asked: Asked, kernel: Kernel) -> list[str]:
    """Return the filters that are known by name, and surely answer the call with an errno."""
    filters = [Filter(profile, USUAL) for profile in NAMED.values()]
    seen = [filtered(asked, kernel, one) for one in filters]
    return [one.name for one in seen if one.answers and one.says == [error]]


def _arguments(asked: Asked) -> dict[int, int]:
    """Return the arguments in registers that are known, and that a filter may ask for."""
    if asked.entry is Call.VHOST_SET_OWNER:
        return {1: _VHOST_SET_OWNER}
    if asked.entry is Call.CLONE3:
        usize = asked.given.get("request.usize")
        return {} if usize is None else {1: int(usize)}
    flags = asked.given.get("request.flags")
    place = _FLAGS_AT.get(asked.entry)
    return {} if flags is None or place is None else {place: int(flags)}


def said_in_words(said: Said) -> str:
    """Return what a caller sees of an action: an errno, a signal, the kernel's own answer."""
    if said.action is Action.ERRNO:
        return errno_named(str(said.errno))[1] if said.errno else "0, and nothing is done"
    return _SEEN[said.action]


_SEEN = {
    Action.KILL: "SIGSYS, which ends the thread",
    Action.KILL_THREAD: "SIGSYS, which ends the thread",
    Action.KILL_PROCESS: "SIGSYS, which ends the process",
    Action.TRAP: "SIGSYS, which a handler may catch",
    Action.NOTIFY: "what its supervisor says (ENOSYS if there is none)",
    Action.TRACE: "what a tracer says (ENOSYS if there is none)",
    Action.LOG: "the kernel's own answer (the call is logged)",
    Action.ALLOW: "the kernel's own answer",
}


def signal_or_errno(said: Said) -> str:
    """Return what came back as one word: ENOSYS, SIGSYS, 0."""
    if said.action is Action.ERRNO:
        return errno_named(str(said.errno))[1] if said.errno else "0"
    return "SIGSYS"


def by_in_words(verdict: Verdict) -> str:
    """Return which entry says it, and when."""
    if verdict.by_runc:
        return ("what runc puts before it since 1.0.0-rc93: ENOSYS to every call newer than the "
                "newest that is named; crun does not")
    if verdict.entry is None:
        return "what it says to calls that no entry is about"
    return _entry_in_words(verdict.entry)


def _entry_in_words(entry: Entry) -> str:
    others = len(entry.names) - 1
    where = f"entry {entry.number}" if entry.number else f"its entry for {', '.join(entry.names)}"
    of_many = f" of {others + 1} calls" if entry.number and others else ""
    parts = [f"{where}{of_many}"]
    joined = " or ".join if is_any(entry) else " and ".join
    if entry.conditions:
        parts.append(f"where {joined(condition_in_words(one) for one in entry.conditions)}")
    if entry.includes.caps:
        parts.append(f"with {', '.join(entry.includes.caps)}")
    if entry.excludes.caps:
        parts.append(f"without {', '.join(entry.excludes.caps)}")
    return ", ".join(parts)


_SIGNS = {Compare.NE: "!=", Compare.LT: "<", Compare.LE: "<=", Compare.EQ: "==",
          Compare.GE: ">=", Compare.GT: ">"}


def condition_in_words(condition: Condition) -> str:
    """Return a condition as C would write it, flags by name."""
    name = f"argument {condition.index}"
    if condition.op is not Compare.MASKED_EQ:
        return f"{name} {_SIGNS[condition.op]} {condition.value:#x}"
    mask, wanted = condition.value, condition.value_two & condition.value
    if wanted == 0:
        return f"{name} has none of {words.flag_names(mask)}"
    if wanted == mask:
        return f"{name} has {words.flag_names(mask)}"
    return f"{name} & {words.flag_names(mask)} == {words.flag_names(wanted)}"


UNSEEN = ("its flags are in memory, behind a pointer that no filter can follow: whatever they are, "
          "the answer is the same")
"""What is to be said of clone3()."""
