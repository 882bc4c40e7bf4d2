"""Filters by name: what well-known programs put before the calls that make tasks.

Each is a list of our own, of those calls alone, from what their sources say publicly.
"""

from __future__ import annotations

import errno

from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from checker.seccomp.profile import Action, Compare, Condition, Entry, Profile, Said, Where
from model.words import (
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWUSER,
    NEWUTS,
)

_ALLOW = Said(Action.ALLOW)
_EPERM = Said(Action.ERRNO, errno.EPERM)
_ENOSYS = Said(Action.ERRNO, errno.ENOSYS)
_ADMIN = Where(caps=("CAP_SYS_ADMIN",))

MASK_BEFORE_2020 = NEWNS | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
MASK = MASK_BEFORE_2020 | NEWCGROUP


def _none_of(mask: int) -> tuple[Condition, ...]:
    """Return that no flag of clone() is among some."""
    return (Condition(0, Compare.MASKED_EQ, mask, 0),)


def _one_flag(flag: int, index: int = 0) -> tuple[Condition, ...]:
    """Return that a flag is set in an argument."""
    return (Condition(index, Compare.MASKED_EQ, flag, flag),)


def _moby(mask: int, *, clone3: bool) -> tuple[Entry, ...]:
    """Return the entries of Docker's and containerd's profiles."""
    privileged = ("clone", "clone3", "unshare", "setns") if clone3 else (
        "clone", "unshare", "setns")
    entries = (
        Entry(("fork", "vfork", "ioctl"), _ALLOW),
        Entry(privileged, _ALLOW, includes=_ADMIN),
        Entry(("clone",), _ALLOW, _none_of(mask), excludes=_ADMIN),
    )
    return (*entries, Entry(("clone3",), _ENOSYS, excludes=_ADMIN)) if clone3 else entries


_PODMANS = ("fork", "vfork", "ioctl", "clone", "unshare")
_MOBY = "moby profiles/seccomp/default.json"
_CONTAINERD = "containerd contrib/seccomp/seccomp_default.go"
_COMMON = "containers/common pkg/seccomp/seccomp.json"

NAMED: dict[str, Profile] = {
    one.name: one
    for one in (
        Profile(
            "docker", _EPERM, _moby(MASK, clone3=True),
            "Docker's default profile since 20.10.10", _MOBY, newer=True,
        ),
        Profile(
            "docker-20.10.9", _EPERM, _moby(MASK, clone3=False),
            "Docker's default profile from 20.10.0 to 20.10.9", _MOBY, newer=True,
        ),
        Profile(
            "docker-19.03", _EPERM, _moby(MASK_BEFORE_2020, clone3=False),
            "Docker's default profile from 1.12 to 19.03", _MOBY, newer=False,
        ),
        Profile(
            "containerd", _EPERM, _moby(MASK, clone3=True),
            "containerd's default profile (RuntimeDefault of Kubernetes) since 1.4.10, 1.5.6 "
            "and 1.6", _CONTAINERD, newer=True,
        ),
        Profile(
            "containerd-1.5.5", _EPERM, _moby(MASK, clone3=False),
            "containerd's default profile up to 1.4.9 and 1.5.5", _CONTAINERD, newer=True,
        ),
        Profile(
            "podman", _ENOSYS, (Entry((*_PODMANS, "clone3", "setns"), _ALLOW),),
            "Podman's default profile since 3.3 (containers/common 0.40.1)", _COMMON, newer=True,
        ),
        Profile(
            "podman-3.2", _EPERM, (Entry((*_PODMANS, "setns"), _ALLOW),),
            "Podman's default profile of 3.2 (containers/common 0.37 to 0.39)", _COMMON,
            newer=True,
        ),
        Profile(
            "podman-3.1", _EPERM,
            (Entry(_PODMANS, _ALLOW), Entry(("setns",), _ALLOW, includes=_ADMIN)),
            "Podman's default profile from 2.1 to 3.1 (containers/common 0.22 to 0.36)", _COMMON,
            newer=True,
        ),
        Profile(
            "flatpak", _ALLOW,
            (
                Entry(("unshare", "setns"), _EPERM),
                Entry(("clone",), _EPERM, _one_flag(NEWUSER)),
                Entry(("clone3",), _ENOSYS),
            ),
            "the filter of Flatpak since 1.12 and 1.10.4", "flatpak common/flatpak-run.c",
            by_oci=False,
        ),
    )
}

RESTRICT = "RestrictNamespaces="
_KINDS = {
    "cgroup": NEWCGROUP, "ipc": NEWIPC, "net": NEWNET, "mnt": NEWNS, "pid": NEWPID,
    "user": NEWUSER, "uts": NEWUTS,
}
"""Kinds of namespaces as systemd names them, in its order."""

_TRUE = ("yes", "true", "1", "on")
_FALSE = ("no", "false", "0", "off")


def named(name: str) -> Profile | None:
    """Return the filter of a name; ``None`` for another; :class:`Problem` for a wrong kind."""
    if name.startswith(RESTRICT):
        return _restricted(name, name.removeprefix(RESTRICT))
    return NAMED.get(name)


def _restricted(name: str, said: str) -> Profile:
    """Return what systemd makes of RestrictNamespaces=: kinds that may be made, or ~ may not."""
    kept = _kept(said)
    about = f"what systemd puts before a service with {name} (its clone3() since 251)"
    source = "systemd src/shared/seccomp-util.c:seccomp_restrict_namespaces"
    left = [flag for flag in _KINDS.values() if flag not in kept]
    some = len(left) < len(_KINDS)
    entries = [Entry(("clone3",), _ENOSYS)] if left else []
    if left:
        entries.append(Entry(("setns",), _EPERM, (Condition(1, Compare.EQ, 0),) if some else ()))
    for flag in left:
        entries += [Entry(("unshare", "clone"), _EPERM, _one_flag(flag))]
        entries += [Entry(("setns",), _EPERM, _one_flag(flag, 1))] if some else []
    return Profile(name, _ALLOW, tuple(entries), about, source, by_oci=False)


def _kept(said: str) -> set[int]:
    """Return the flags of the kinds that a service may make."""
    text = said.strip().lower()
    if text in _TRUE:
        return set()
    if text in _FALSE:
        return set(_KINDS.values())
    kinds = text.removeprefix("~").split()
    wrong = next((one for one in kinds if one not in _KINDS), None)
    if wrong is not None or not kinds:
        raise Problem(f"{RESTRICT} takes yes, no, or kinds of namespaces, with ~ those that may "
                      f"not be: not {short(wrong or said)}{nearest(wrong or '', list(_KINDS))}")
    flags = {_KINDS[one] for one in kinds}
    return set(_KINDS.values()) - flags if text.startswith("~") else flags
