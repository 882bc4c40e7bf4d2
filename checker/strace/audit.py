"""Records of the audit log that tell a system call: ``type=SYSCALL … syscall=56 … exit=-11``.

Numbers and names (``ausearch -i``) are both read, of three architectures: the arguments a0 to a3
stand there in hexadecimal (kernel/auditsc.c:audit_log_exit).
"""

from __future__ import annotations

import re

from checker.ground.problems import Problem
from checker.strace.grammar import Either, Many, Name, Number, Result, Syscall, Value

_X86_64 = {16: "ioctl", 56: "clone", 57: "fork", 58: "vfork", 59: "execve", 105: "setuid",
           106: "setgid", 113: "setreuid", 114: "setregid", 116: "setgroups", 117: "setresuid",
           119: "setresgid", 122: "setfsuid", 123: "setfsgid", 126: "capset", 157: "prctl",
           160: "setrlimit", 272: "unshare", 302: "prlimit64", 308: "setns", 322: "execveat",
           435: "clone3"}
_ARM64 = {29: "ioctl", 91: "capset", 97: "unshare", 143: "setregid", 144: "setgid",
          145: "setreuid", 146: "setuid", 147: "setresuid", 149: "setresgid", 151: "setfsuid",
          152: "setfsgid", 159: "setgroups", 164: "setrlimit", 167: "prctl", 220: "clone",
          221: "execve", 261: "prlimit64", 268: "setns", 281: "execveat", 435: "clone3"}
_I386 = {2: "fork", 11: "execve", 54: "ioctl", 75: "setrlimit", 120: "clone", 172: "prctl",
         185: "capset", 190: "vfork", 203: "setreuid", 204: "setregid", 206: "setgroups",
         208: "setresuid", 210: "setresgid", 213: "setuid", 214: "setgid", 310: "unshare",
         340: "prlimit64", 346: "setns", 358: "execveat", 435: "clone3"}
_NUMBERS = {"c000003e": _X86_64, "c00000b7": _ARM64, "40000003": _I386}
"""System calls of interest by AUDIT_ARCH_… and number."""

_FIELD = re.compile(r"(?<![\w-])(arch|syscall|exit|a[0-3])=([^\s\"]{1,512})")
_ERROR = re.compile(r"(E[A-Z0-9]{2,14})\b|-(\d{1,4})$")


def is_record(text: str) -> bool:
    """Return whether a line is a record of a system call."""
    return "type=SYSCALL" in text and "syscall=" in text


def known_call(text: str) -> Syscall | None:
    """Return :func:`call_of`, and ``None`` also for a record that cannot be read."""
    try:
        return call_of(text)
    except Problem:
        return None


def name_in(text: str) -> str | None:
    """Return the call that any record names by arch= and syscall=; ``None`` if it is not known."""
    try:
        return _name_of(dict(_FIELD.findall(text)))
    except Problem:
        return None


def call_of(text: str) -> Syscall | None:
    """Return the call of a record, its four arguments in order; ``None`` for one of no interest.

    Raise :class:`Problem` for a record of another architecture, or one that lacks the call.
    """
    fields = dict(_FIELD.findall(text))
    name = _name_of(fields)
    if name is None:
        return None
    arguments = tuple(_value(fields[f"a{at}"]) for at in range(4) if f"a{at}" in fields)
    return Syscall(name, _arguments(name, arguments), _result(fields.get("exit", "?")))


def _name_of(fields: dict[str, str]) -> str | None:
    said = fields.get("syscall", "")
    if not said.isdecimal():
        return said or None
    arch = fields.get("arch", "").lower()
    if arch not in _NUMBERS:
        raise Problem("a record of the audit log whose arch is none of c000003e, c00000b7, "
                      "40000003: `ausearch -i` writes names instead of numbers")
    return _NUMBERS[arch].get(int(said))


def _value(said: str) -> Value:
    parts = [_one(part) for part in said.split("|")]
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def _one(said: str) -> Value:
    digits = said.lower().removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]{1,16}", digits):
        return Number(int(digits, 16))
    return Name(said)


def _arguments(name: str, known: tuple[Value, ...]) -> Many:
    """Return arguments as strace would show them; what does not stand in a record is open."""
    if name in ("fork", "vfork"):
        return Many()
    if name == "clone":
        return Many(dict(zip(("flags", "child_stack", "parent_tid"), known, strict=False)),
                    whole=False)
    if name == "clone3":
        return Many(plain=known[:2], whole=False)
    return Many(plain=known[: {"unshare": 1, "setns": 2}.get(name, 4)], whole=False)


def _result(said: str) -> Result:
    found = _ERROR.match(said)
    if found:
        return Result(None, found[1] or found[2])
    return Result(int(said)) if said.isdecimal() else Result()
