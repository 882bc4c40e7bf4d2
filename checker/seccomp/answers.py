"""What a filter answers to a call, as libseccomp makes it of the list, and as the kernel runs it.

Of an argument that is not known a condition may hold or not; where entries that say different
things hold both, which of them wins is libseccomp's affair, and either may.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne

from checker.seccomp.profile import (
    PASSES,
    Action,
    Compare,
    Condition,
    Entry,
    Profile,
    Said,
    Where,
)

ARCH = "amd64"
"""The architecture that the model is of."""

_USUAL = """
AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID
SETPCAP SETUID SYS_CHROOT
"""
USUAL = frozenset(f"CAP_{name}" for name in _USUAL.split())
"""The capabilities that Docker gives a container, if nothing else is said."""

_NEWER = """
close_range openat2 pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd
landlock_create_ruleset landlock_add_rule landlock_restrict_self memfd_secret process_mrelease
futex_waitv set_mempolicy_home_node cachestat fchmodat2 map_shadow_stack futex_wake futex_wait
futex_requeue statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal
setxattrat getxattrat listxattrat removexattrat open_tree_attr file_getattr file_setattr
"""
NEWER_THAN_CLONE3 = frozenset(_NEWER.split())
"""Calls of x86-64 with a number above that of clone3(), 435."""

_COMPARED: dict[Compare, Callable[[int, int], bool]] = {
    Compare.NE: ne, Compare.LT: lt, Compare.LE: le,
    Compare.EQ: eq, Compare.GE: ge, Compare.GT: gt,
}


@dataclass(frozen=True, slots=True)
class Container:
    """What is known of the container: its bounding set, and the kernel's version."""

    caps: frozenset[str] = USUAL
    version: tuple[int, int] | None = None

    def has(self, where: Where) -> bool:
        """Return whether it is all that ``includes`` asks for."""
        return (
            all(cap in self.caps for cap in where.caps)
            and (not where.arches or ARCH in where.arches)
            and (where.min_kernel is None or self._is_from(where.min_kernel))
        )

    def left_out(self, where: Where) -> bool:
        """Return whether ``excludes`` speaks of it."""
        return (
            any(cap in self.caps for cap in where.caps)
            or ARCH in where.arches
            or (where.min_kernel is not None and self._is_from(where.min_kernel))
        )

    def _is_from(self, least: tuple[int, int]) -> bool:
        return self.version is None or self.version >= least


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a filter may say, and by which entry; by none it is what it says to every other call.

    ``by_runc`` is of a stub that runc puts before it.
    """

    said: Said
    entry: Entry | None = None
    by_runc: bool = False

    @property
    def passes(self) -> bool:
        """Return whether the kernel gets the call."""
        return self.said.action in PASSES


def verdicts(
    profile: Profile, syscall: str, arguments: Mapping[int, int], container: Container
) -> list[Verdict]:
    """Return what a filter may say to a call, of which some arguments are known: one, if sure."""
    chosen = [
        entry for entry in profile.entries
        if container.has(entry.includes) and not container.left_out(entry.excludes)
    ]
    rules = _rules([one for one in chosen if syscall in one.names], profile.default)
    if not rules:
        return _of_none(profile, syscall, chosen)
    known = arguments if _as_listed(rules) else {}
    held = [(entry, _holds(entry, known)) for entry in rules]
    found = [Verdict(entry.said, entry) for entry, holds in held if holds is not False]
    if not any(holds for _, holds in held):
        found.append(Verdict(profile.default))
    return _each_once(found)


def _rules(entries: list[Entry], default: Said) -> list[Entry]:
    """Return the entries that libseccomp keeps of a call: one without conditions stands alone.

    The first such one hides what follows, and replaces conditions before it; what says the same
    as the default is left out by the runtimes.
    """
    kept: list[Entry] = []
    for entry in (one for one in entries if one.said != default):
        if kept and not _asks(kept[0]):
            break
        kept = [*kept, entry] if _asks(entry) else [entry]
    return kept


def _asks(entry: Entry) -> bool:
    """Return whether an entry has a condition: one whose mask is 0 always holds, and is none."""
    ask = [bool(one.value) or one.op is not Compare.MASKED_EQ for one in entry.conditions]
    return all(ask) and bool(ask) if is_any(entry) else any(ask)


def is_any(entry: Entry) -> bool:
    """Return whether one condition is enough: runtimes make a rule of each of an entry where two
    are of one argument."""
    indices = [one.index for one in entry.conditions]
    return len(set(indices)) < len(indices)


def _as_listed(rules: list[Entry]) -> bool:
    """Return whether libseccomp's program surely does what the list says of a call.

    Tried with 2.5.4: several comparisons by equality do, and one alone of any kind; of several by
    order or inequality the joined trees answer otherwise here and there.
    """
    conditions = [one for entry in rules for one in entry.conditions]
    equal = (Compare.EQ, Compare.MASKED_EQ)
    return len(conditions) == 1 or all(one.op in equal for one in conditions)


def _of_none(profile: Profile, syscall: str, chosen: list[Entry]) -> list[Verdict]:
    """Return what is said where no entry is about the call."""
    default = Verdict(profile.default)
    if syscall != "clone3" or not profile.by_oci or _names_newer(profile, chosen):
        return [default]
    if profile.default.action in (*PASSES, Action.TRACE):
        return [default]
    stub = Verdict(Said(Action.ERRNO, errno.ENOSYS), by_runc=True)
    return _each_once([default, stub])


def _names_newer(profile: Profile, chosen: list[Entry]) -> bool:
    if profile.newer is not None:
        return profile.newer
    names = {name for entry in chosen for name in entry.names}
    return "clone3" in names or not names.isdisjoint(NEWER_THAN_CLONE3)


def _each_once(found: list[Verdict]) -> list[Verdict]:
    said: dict[Said, Verdict] = {}
    for one in found:
        said.setdefault(one.said, one)
    return list(said.values())


def _holds(entry: Entry, arguments: Mapping[int, int]) -> bool | None:
    """Return whether an entry's conditions hold; ``None`` if that depends on what is not known."""
    held = [_compared(one, arguments.get(one.index)) for one in entry.conditions]
    return _any(held) if is_any(entry) else _all(held)


def _all(held: list[bool | None]) -> bool | None:
    return False if False in held else None if None in held else True


def _any(held: list[bool | None]) -> bool | None:
    return True if True in held else None if None in held else False


def _compared(condition: Condition, value: int | None) -> bool | None:
    if value is None:
        return None
    if condition.op is Compare.MASKED_EQ:
        return value & condition.value == condition.value_two & condition.value
    return _COMPARED[condition.op](value, condition.value)


def caps_that_matter(profile: Profile, syscall: str, container: Container) -> Iterator[str]:
    """Yield the capabilities, not in the container, that entries about a call ask for."""
    asked = (
        cap
        for entry in profile.entries if syscall in entry.names
        for cap in (*entry.includes.caps, *entry.excludes.caps)
    )
    yield from dict.fromkeys(cap for cap in asked if cap not in container.caps)
