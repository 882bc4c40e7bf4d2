"""Lines of calls that make no task themselves, or that make one by the way: what failed, and how.

They are told by their name alone, and by what came back: ``execve``, ``setresuid``,
``prctl(pr_set_no_new_privs)``, ``kvm_run``.
"""

from __future__ import annotations

import re

from checker.strace import audit
from checker.strace.grammar import Name, Number, Syscall
from model.around.calls import CALLS

IOCTLS = {"VHOST_SET_OWNER": "vhost_set_owner", "KVM_CREATE_VM": "kvm_create_vm",
          "KVM_RUN": "kvm_run"}
"""Requests of ioctl() that make a worker: include/uapi/linux/vhost.h, kvm.h."""
_REQUESTS = {0xAF01: "VHOST_SET_OWNER", 0xAE01: "KVM_CREATE_VM", 0xAE80: "KVM_RUN"}
OPERATIONS = {1: "PR_SET_PDEATHSIG", 4: "PR_SET_DUMPABLE", 8: "PR_SET_KEEPCAPS",
               24: "PR_CAPBSET_DROP", 28: "PR_SET_SECUREBITS", 36: "PR_SET_CHILD_SUBREAPER",
               38: "PR_SET_NO_NEW_PRIVS", 47: "PR_CAP_AMBIENT"}
"""include/uapi/linux/prctl.h."""
PLAIN = frozenset(name for name in CALLS if "(" not in name)
"""Calls that the model knows by their name alone."""

_LINE = re.compile(
    r"(?:^|[\s\]])(?P<name>[a-z_]\w{0,31})\("
    r"(?:\d{1,10}(?:<[^>\n]{0,200}>)?, )?(?P<first>\w{0,40})"
)
_ENDS = re.compile(r"\)\s{0,40}= (?:-1 (?P<error>E[A-Z0-9]{2,14})\b|(?P<number>-?\d{1,20})\b)")
_LONGEST_END = 400


def beside_of(text: str) -> tuple[str, str] | None:
    """Return a call as `why --entry` takes it, and its error (``0`` for success, "" if unknown).

    ``None`` for any other line.
    """
    if audit.is_record(text):
        return _of_record(text)
    found = _LINE.search(text[:400])
    if found is None:
        return None
    call = _call(found["name"], found["first"])
    ended = _ENDS.search(text[-_LONGEST_END:])
    if call is None or ended is None:
        return None
    return call, ended["error"] or _number(int(ended["number"]))


def _number(value: int) -> str:
    return str(-value) if -4096 < value < 0 else "0"


def _of_record(text: str) -> tuple[str, str] | None:
    call = audit.known_call(text)
    if call is None:
        return None
    name = _call(call.name, _first(call))
    result = call.result
    error = result.error or ("" if result.value is None else "0")
    return None if name is None else (name, error)


def _first(call: Syscall) -> str:
    """Return what tells one call of many from the others, by name or in decimal."""
    place = 1 if call.name == "ioctl" else 0
    value = call.arguments.plain[place] if len(call.arguments.plain) > place else None
    if isinstance(value, Number):
        return str(value.value)
    return value.text if isinstance(value, Name) else ""


def _call(name: str, first: str) -> str | None:
    """Return a call by the name that `why` has for it."""
    plain = re.sub(r"(32|64)$", "", name)
    if plain in PLAIN:
        return plain
    if name == "prctl":
        operation = OPERATIONS.get(_whole(first), first)
        return f"prctl({operation.lower()})" if operation in OPERATIONS.values() else None
    if name == "ioctl":
        return IOCTLS.get(_REQUESTS.get(_whole(first), first))
    return None


def _whole(said: str) -> int:
    try:
        return int(said, 0)
    except ValueError:
        return -1
