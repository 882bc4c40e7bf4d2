"""Records of the kernel's log that name who refused: a filter, AppArmor, SELinux.

They say more than an errno does: nothing is asked of the model, the rest of
:data:`checker.why.outside.OUTSIDE` tells what stands behind them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from checker.calls.story import WIDTH
from checker.strace.audit import name_in
from checker.why.lined import labelled


@dataclass(frozen=True, slots=True)
class Denial:
    """Who refused what, with which errno as far as a record tells, where to look, and how to ask.

    ``errno`` is ``""`` where a record does not say; ``ask`` is a command, or nothing.
    """

    who: str
    errno: str
    says: str
    look: str
    source: str
    ask: str = ""


def denial_in(text: str) -> Denial | None:
    """Return who a record says has refused a call of task creation; ``None`` for another line."""
    if not any(word in text for word in _WORDS):
        return None
    for pattern, made in _READ:
        found = re.search(pattern, text)
        if found is not None:
            return made(text, found)
    return None


def _of_profile(text: str, found: re.Match[str]) -> Denial | None:
    """A profile refuses, or moves the caller to one without power; in complain mode neither."""
    refused = found[1] == "DENIED"
    if not refused and 'target="unprivileged_userns"' not in text:
        return None
    errno = "EACCES" if refused else "0"
    says = (
        "the profile of the program does not allow userns: a new user namespace is refused"
        if refused else
        "the namespace is made, and its maker is moved to a profile in which every capability is "
        "denied: uid_map, mount() and further namespaces fail there"
    )
    return Denial("AppArmor", errno, says,
                  "/proc/sys/kernel/apparmor_restrict_unprivileged_userns (Ubuntu); "
                  "/proc/PID/attr/current; /etc/apparmor.d",
                  "security/apparmor/lsm.c:apparmor_userns_create",
                  f"cloneproof why --entry unshare --flags CLONE_NEWUSER --errno {errno}")


def _of_capability(_text: str, found: re.Match[str]) -> Denial:
    return Denial("AppArmor", "", "a user namespace was made, but powerless: its profile "
                  f"unprivileged_userns denies capabilities, here {found[1]}; what needs it fails "
                  "with EPERM or EACCES",
                  "/proc/sys/kernel/apparmor_restrict_unprivileged_userns; "
                  "/proc/PID/attr/current: unprivileged_userns",
                  "security/apparmor/capability.c:aa_capable",
                  "cloneproof why --entry unshare --flags CLONE_NEWUSER --errno 0")


def _of_avc(text: str, found: re.Match[str]) -> Denial | None:
    """The policy refuses; where it is permissive it only tells."""
    if "permissive=1" in text:
        return None
    look = "ausearch -m avc; getenforce; /proc/PID/attr/current"
    if found[1] == "fork":
        return Denial("SELinux", "EACCES", "the domain may not fork: copy_process() hands its "
                      "errno on", look, "security/selinux/hooks.c:selinux_task_alloc",
                      "cloneproof why --entry fork --errno EACCES")
    return Denial("SELinux", "EACCES", "the domain lacks create of class user_namespace: a new "
                  "user namespace is refused", look,
                  "security/selinux/hooks.c:selinux_userns_create",
                  "cloneproof why --entry unshare --flags CLONE_NEWUSER --errno EACCES")


_ACTIONS = {
    0x80000000: "ended the process with SIGSYS",
    0x00000000: "ended the thread with SIGSYS",
    0x00030000: "sent SIGSYS in its place",
    0x00050000: "answered with an errno of its own, which the record does not tell",
    0x7FC00000: "left the answer to a listener",
    0x7FF00000: "left the answer to a tracer",
    0x7FFC0000: "let it through, and logged it",
}
"""include/uapi/linux/seccomp.h:SECCOMP_RET_…, without their data."""
_LETS, _KILLS = 0x7FC00000, 0x80000000
"""From the first on a call may go on yet, but for the second."""


def _of_filter(text: str, found: re.Match[str]) -> Denial:
    call, code = name_in(text) or f"system call {found[1]}", int(found[2], 16)
    action = _ACTIONS.get(code & 0xFFFF0000, f"answered with code {found[2]}")
    asked = "" if _LETS <= code < _KILLS else ": no rule of the kernel was asked"
    ask = f"cloneproof why --entry {call} --errno EPERM --seccomp docker" if name_in(text) else ""
    return Denial("a seccomp filter", "", f"it {action}, before {call} began{asked}",
                  "Seccomp: and Seccomp_filters: in /proc/PID/status; the profile of the "
                  "container, or SystemCallFilter= and RestrictNamespaces= of the service",
                  "kernel/seccomp.c:seccomp_log", ask)


_READ: tuple[tuple[str, Callable[[str, re.Match[str]], Denial | None]], ...] = (
    (r'apparmor="([A-Z]{1,12})" operation="userns_create"', _of_profile),
    (r'apparmor="DENIED" operation="capable".{0,400}profile="unprivileged_userns"'
     r'.{0,400}capname="(\w{1,40})"', _of_capability),
    (r"avc: {1,4}denied {1,4}\{ (fork) \}.{0,2000}tclass=process\b", _of_avc),
    (r"avc: {1,4}denied {1,4}\{ (create) \}.{0,2000}tclass=user_namespace\b", _of_avc),
    (r"(?:type=SECCOMP|type=1326)\b.{0,2000}\bsyscall=(\w{1,24})\b.{0,400}"
     r"\bcode=(0x[0-9a-f]{1,8})", _of_filter),
)


_WORDS = ("apparmor=", "avc:", "type=SECCOMP", "type=1326")
"""One of which is in every such record."""


def told(found: Denial) -> Iterator[str]:
    """Yield the lines of an answer."""
    yield from wrap(f"{found.who}: {found.says}.", WIDTH, break_on_hyphens=False)
    for label, text in (("Errno:", "success" if found.errno == "0" else found.errno),
                        ("Look:", found.look), ("At:", found.source),
                        ("Ask:", found.ask and f"`{found.ask}`")):
        yield from labelled(label, text)


def document(found: Denial) -> dict[str, Any]:
    """Return the same as JSON writes it."""
    return {"who": found.who, "errno": found.errno, "says": found.says, "look": found.look,
            "source": found.source, "ask": found.ask}
