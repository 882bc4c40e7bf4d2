"""A seccomp filter before the call: what it answers, and by which of its entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from checker.calls.versions import version_in
from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from checker.seccomp.answers import USUAL, Container, Verdict, caps_that_matter, verdicts
from checker.seccomp.named import NAMED, RESTRICT, named
from checker.seccomp.profile import ASKS, Profile
from checker.seccomp.reading import read
from checker.seccomp.words import signal_or_errno
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


def filtered(call: Call, given: Mapping[str, Any], kernel: Kernel, some: Filter) -> Filtered:
    """Return what a filter answers to a call, of which some arguments are given.

    Raises :class:`Problem` for a call of the kernel's own.
    """
    syscall = _SYSCALLS.get(call)
    if syscall is None:
        raise Problem(f"{call.name.lower()}() is no system call: no filter sees it")
    arguments = _arguments(call, given)
    version = version_in(kernel.name)
    container = Container(some.caps, (version.major, version.minor) if version else None)
    found = verdicts(some.profile, syscall, arguments, container)
    with_cap = []
    for cap in caps_that_matter(some.profile, syscall, container):
        other = replace(container, caps=container.caps | {cap})
        then = verdicts(some.profile, syscall, arguments, other)
        if [one.said for one in then] != [one.said for one in found]:
            with_cap.append((cap, then))
    return Filtered(some, call, found, with_cap)


def who_says(error: str, call: Call, given: Mapping[str, Any], kernel: Kernel) -> list[str]:
    """Return the filters that are known by name, and surely answer the call with an errno."""
    filters = [Filter(profile, USUAL) for profile in NAMED.values()]
    seen = [filtered(call, given, kernel, one) for one in filters]
    return [one.name for one in seen if one.answers and one.says == [error]]


def _arguments(call: Call, given: Mapping[str, Any]) -> dict[int, int]:
    """Return the arguments in registers that are known, and that a filter may ask for."""
    if call is Call.VHOST_SET_OWNER:
        return {1: _VHOST_SET_OWNER}
    if call is Call.CLONE3:
        usize = given.get("request.usize")
        return {} if usize is None else {1: int(usize)}
    flags = given.get("request.flags")
    place = _FLAGS_AT.get(call)
    return {} if flags is None or place is None else {place: int(flags)}
