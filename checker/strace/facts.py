"""What a line of strace says of a call: the facts that hold, and what it came to.

What the line does not show stays open.  strace shows of a struct what its flags ask for, so that
an address that is not there is one that nothing reads.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Any

from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from checker.strace.grammar import Either, Many, Name, Number, Syscall, Text, Value
from model import words
from model.request import Entry, NsFile
from model.words import Errno, Flag

ERRORS_OF_LINUX = 4095
"""MAX_ERRNO."""


@dataclass(frozen=True, slots=True)
class Told:
    """A call, the facts of it that are known, and what came back.

    ``errno`` is 0 for success and ``None`` where nothing came back (yet); ``error`` is its name,
    or its number where the model has no name for it.  ``tls`` is of no fact of the model.
    """

    entry: Entry
    given: dict[str, Any]
    errno: int | None
    error: str
    returned: int | None = None
    tls: int | None = None


_FLAGS = {
    **{f"CLONE_{flag.name}": int(flag) for flag in Flag},
    "CSIGNAL": words.CSIGNAL,
    "UNSHARE_EMPTY_MNTNS": words.UNSHARE_EMPTY_MNTNS,
    "CLONE_STOPPED": 0x02000000,
    "NULL": 0,
}
_SIGNALS = {
    **{f"SIG{name}": number for number, name in words.SIGNAL_NAMES.items()},
    "SIGPOLL": 29,
    "SIGCLD": 17,
    "SIGIOT": 6,
    "SIGRTMIN": 32,
    **{f"SIGRT_{number}": 32 + number for number in range(33)},
    **{f"SIG_{number}": number for number in range(65)},
}
_NAMES = {**_FLAGS, **_SIGNALS}
_WORD = 2**64


def told(call: Syscall) -> Told:
    """Return the facts in a call; raise :class:`Problem` for what is no such call."""
    entry = Entry[call.name.upper()]
    given = {"request.entry": int(entry), **_READ[entry](call.arguments)}
    errno, error = _errno(call)
    return Told(entry, given, errno, error, call.result.value, _tls(call.arguments))


def _tls(arguments: Many) -> int | None:
    """Return the tls argument, where a line shows it as an address."""
    inside = [one for one in arguments.plain if isinstance(one, Many)]
    for some in (arguments, *inside):
        found = some.named.get("tls")
        if isinstance(found, Number):
            return number_of(found, "tls")
    return None


def _errno(call: Syscall) -> tuple[int | None, str]:
    said = call.result.error
    if not said:
        return (None if call.result.value is None else 0), ""
    return errno_named(said)


_ERROR = re.compile(r"\b(E[A-Z0-9]{2,14})\b|(?:ERRNO\W{1,3}|(?<![\w-])-)(\d{1,3})\b")
"""An error by its name, by its number after the word errno, or negative, as the kernel logs it."""


def error_in(text: str) -> str:
    """Return the name of the error that a text speaks of, by name, by number or in words."""
    upper = text.upper()
    for said in sorted(_texts(), key=len, reverse=True):
        if said in upper:
            return errno_named(said)[1]
    named = (one[1] or one[2] for one in _ERROR.finditer(upper))
    return next((name for said in named if (name := _errno_or_none(said))), "")


def _errno_or_none(said: str) -> str:
    try:
        return errno_named(said)[1]
    except Problem:
        return ""


def errno_named(said: str) -> tuple[int, str]:
    """Return an error's number and name; raise :class:`Problem` for none.

    Errors that no rule of the model has are taken from the machine's own list; programs often
    say what strerror() does (``No space left on device``).
    """
    if said.isdecimal():
        number = int(said)
        if not 0 < number <= ERRORS_OF_LINUX:
            raise Problem(f"{short(said)} is no errno: those are 1 to {ERRORS_OF_LINUX}")
        known = {int(one): one.name for one in Errno}
        return number, known.get(number, errno.errorcode.get(number, said))
    name = said.upper()
    if name in Errno.__members__ and name != "OK":
        return int(Errno[name]), name
    if name in _texts():
        return errno_named(_texts()[name])
    if name in ("EWOULDBLOCK", "ENOTSUP"):
        return errno_named({"EWOULDBLOCK": "EAGAIN", "ENOTSUP": "EOPNOTSUPP"}[name])
    restarts = {"ERESTARTSYS": 512, "ERESTARTNOHAND": 514, "ERESTART_RESTARTBLOCK": 516}
    number = restarts.get(name, next((n for n, one in errno.errorcode.items() if one == name), 0))
    if not number:
        known_names = [one.name for one in Errno] + list(errno.errorcode.values())
        raise Problem(f"{short(said)} is no errno{nearest(name, known_names)}")
    return number, name


@cache
def _texts() -> dict[str, str]:
    """Return the names of errors by what strerror() says, in capitals."""
    return {os.strerror(number).upper(): name for number, name in errno.errorcode.items()}


def number_of(value: Value, what: str) -> int:
    """Return the number that a value is, flags joined; raise :class:`Problem` if it is none."""
    if isinstance(value, Number):
        if not -(2**63) <= value.value < _WORD:
            raise Problem(f"{what} does not fit 64 bits: {short(value.value)}")
        return value.value % _WORD
    if isinstance(value, Name):
        if value.text in _NAMES:
            return _NAMES[value.text]
        raise Problem(f"unknown name {short(value.text)} in {what}"
                      f"{nearest(value.text, list(_NAMES))}")
    if isinstance(value, Either):
        return reduce(or_, (number_of(one, what) for one in value.parts))
    raise Problem(f"{what} is no number")


def _nothing(arguments: Many) -> dict[str, Any]:
    if arguments.named or arguments.plain:
        raise Problem("fork() and vfork() take no arguments")
    return {}


def _unshare(arguments: Many) -> dict[str, Any]:
    value = arguments.named.get("flags", arguments.plain[0] if arguments.plain else None)
    if value is None:
        if arguments.whole:
            raise Problem("unshare() takes flags")
        return {}
    return {"request.flags": number_of(value, "flags")}


def _clone(arguments: Many) -> dict[str, Any]:
    """Return what old clone() shows: the names are strace's, older ones too."""
    named = arguments.named
    found = {}
    for path, names in (
        ("request.flags", ("flags",)),
        ("request.stack", ("child_stack", "stack")),
        ("request.parent_tid", ("parent_tid", "parent_tidptr", "pidfd")),
        ("request.child_tid", ("child_tidptr", "child_tid")),
    ):
        value = next((named[name] for name in names if name in named), None)
        if value is not None:
            found[path] = _address(value, path)
    if arguments.plain and "request.flags" not in found:
        found["request.flags"] = number_of(arguments.plain[0], "flags")
    if "request.flags" not in found and arguments.whole:
        raise Problem("clone() takes flags=…")
    return _shown(found, arguments.whole, ("request.parent_tid", "request.child_tid"))


def _shown(found: dict[str, Any], whole: bool, paths: tuple[str, ...]) -> dict[str, Any]:
    """Return the facts with addresses that are not shown as 0: the flags ask for none."""
    return {**{path: 0 for path in paths if whole}, **found}


SOME_ADDRESS = 0x10000
"""An address that is there, where strace shows what it leads to."""


def _address(value: Value, what: str) -> int:
    """Return an address; where strace shows what is there, some address."""
    return SOME_ADDRESS if isinstance(value, Many) else number_of(value, what)


_FIELDS = ("flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack", "stack_size",
           "set_tid_size", "cgroup")
_UNSEEN = ("request.pidfd", "request.child_tid", "request.parent_tid", "request.set_tid",
           "request.set_tid_size", "request.tid0", "request.tid1", "request.tid2")
_BEYOND = 88


def _clone3(arguments: Many) -> dict[str, Any]:
    """Return what clone3() shows: fields that its flags do not ask for are not looked at."""
    values = [*arguments.plain, *arguments.named.values()]
    if not values:
        raise Problem("clone3() takes a struct and its size; where neither is known: "
                      "`cloneproof why --entry clone3 --errno ERRNO`")
    found = {}
    size = next((one for one in values[1:] if isinstance(one, Number)), None)
    if size is not None:
        found["request.usize"] = number_of(size, "size")
    struct = values[0]
    if not isinstance(struct, Many):
        return found
    for name in _FIELDS:
        if name in struct.named:
            found[f"request.{name}"] = _address(struct.named[name], name)
    found |= _set_tid(struct)
    if "request.flags" not in found and struct.whole:
        raise Problem("clone3({flags=…}) takes flags")
    trailing = [one for one in struct.plain if isinstance(one, Text)]
    if struct.whole or found.get("request.usize", _BEYOND + 1) <= _BEYOND:
        found["request.tail"] = bool(trailing)
    return _shown(found, struct.whole, (*_UNSEEN, "request.stack", "request.stack_size",
                                        "request.exit_signal"))


def _set_tid(struct: Many) -> dict[str, Any]:
    value = struct.named.get("set_tid")
    if value is None:
        return {}
    if not isinstance(value, Many):
        return {"request.set_tid": number_of(value, "set_tid")}
    found: dict[str, Any] = {"request.set_tid": SOME_ADDRESS}
    for place, one in enumerate(value.plain[:3]):
        tid = number_of(one, "set_tid") & 0xFFFFFFFF
        found[f"request.tid{place}"] = tid - 2**32 if tid >= 2**31 else tid
    return found


_KINDS: dict[str, int] = {
    "mnt": words.NEWNS, "uts": words.NEWUTS, "ipc": words.NEWIPC, "user": words.NEWUSER,
    "pid": words.NEWPID, "net": words.NEWNET, "cgroup": words.NEWCGROUP, "time": words.NEWTIME,
    "pid_for_children": words.NEWPID, "time_for_children": words.NEWTIME,
}


def _setns(arguments: Many) -> dict[str, Any]:
    """Return what setns() shows: ``-y`` tells what the descriptor is open on."""
    values = list(arguments.plain)
    if len(values) < 2 and arguments.whole:
        raise Problem("setns() takes a descriptor and a type")
    found: dict[str, Any] = {}
    if len(values) > 1:
        found["request.flags"] = number_of(values[1], "nstype")
    if values and isinstance(values[0], Number):
        found |= _descriptor(values[0])
    return found


def _descriptor(fd: Number) -> dict[str, Any]:
    """Return what a descriptor is open on, as far as the line tells."""
    if fd.value < 0:
        return {"request.target.file": int(NsFile.CLOSED)}
    if "pidfd" in fd.about:
        return {"request.target.file": int(NsFile.PIDFD)}
    kind = fd.about.partition(":[")[0].rpartition("/")[2]
    if kind in _KINDS and (":[" in fd.about or "/ns/" in fd.about):
        return {"request.target.file": int(NsFile.NAMESPACE), "request.target.type": _KINDS[kind]}
    other = fd.about and not fd.about.startswith("/")  # a path may be a namespace's, mounted there
    return {"request.target.file": int(NsFile.OTHER)} if other else {}


_READ: dict[Entry, Callable[[Many], dict[str, Any]]] = {
    Entry.FORK: _nothing,
    Entry.VFORK: _nothing,
    Entry.CLONE: _clone,
    Entry.CLONE3: _clone3,
    Entry.UNSHARE: _unshare,
    Entry.SETNS: _setns,
}
