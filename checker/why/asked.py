"""What is asked: a call, the facts of it that hold, and what came back.

Facts that are not given are open: they may be anything that can be.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from checker.calls import spelled
from checker.calls.counterexample import kernel_of_document
from checker.calls.documents import from_document, leaves_by_path
from checker.calls.kvm import ioctl_of, placed
from checker.calls.naming import number
from checker.ground.json_text import short
from checker.ground.problems import Problem, nearest
from checker.strace.facts import SOME_ADDRESS, Told, errno_named
from checker.why.switches import without_switches
from model.entries import ENTRIES
from model.kernel import Kernel
from model.records import Leaf
from model.request import Entry
from model.words import (
    CHILD_CLEARTID,
    FILES,
    FS,
    NEW_NAMESPACES,
    NEWUSER,
    PARENT_SETTID,
    SETTLS,
    SIGCHLD,
    SIGHAND,
    SYSVSEM,
    THREAD,
    VFORK,
    VM,
    Errno,
    Flag,
)

Values = dict[str, Any]


_TYPES = {int(flag) for flag in Flag if flag & (NEW_NAMESPACES | NEWUSER)}


@dataclass(frozen=True)
class Asked:
    """A call and what came back: ``errno`` is 0 for success, ``None`` where that is not known.

    ``given`` has the facts that were said to hold; ``sources`` says of those that were looked up
    where.  ``error`` is the name of the errno.
    """

    entry: Entry
    given: Values
    errno: int | None
    error: str = ""
    kernel: Kernel | None = None
    kernel_name: str | None = None
    returned: int | None = None
    tls: int | None = None
    """The argument of that name; no fact of the model."""
    notes: tuple[str, ...] = ()
    """What is to be said of the question itself."""
    function: str = ""
    """The function or ioctl that was asked about, where that stands for a call."""
    sources: dict[str, str] = field(default_factory=dict)

    def facts(self) -> Values:
        """Return what holds: what is given, and the arguments that the entry point does not take.

        Those have their defaults, for nothing reads them.  A system call begins with the task's
        own credentials: override_creds() is for the kernel's own work.  A file of another
        namespace than setns() asks for is EINVAL: where that was not said, it is of that one.
        """
        takes = ENTRIES[self.entry].takes
        fixed = {
            path: leaf.default
            for path, leaf in leaves_by_path().items()
            if path.startswith("request.") and path.split(".")[1] not in takes
        }
        if ENTRIES[self.entry].by_user:
            fixed["current.overridden"] = False
        kind = self.given.get("request.flags")
        if self.entry is Entry.SETNS and kind in _TYPES and self.errno not in (None, Errno.EINVAL):
            fixed["request.target.type"] = int(kind)
        return {**fixed, **self.given, "request.entry": int(self.entry)}

    def with_facts(self, facts: Values, sources: dict[str, str]) -> Asked:
        """Return the same with more facts; those that are given already stay."""
        return replace(
            self,
            given={**facts, **self.given},
            sources={path: said for path, said in sources.items() if path not in self.given},
        )


def of_line(told: Told) -> Asked:
    """Return what a line of strace asks."""
    return Asked(told.entry, told.given, told.errno, told.error, returned=told.returned,
                 tls=told.tls, notes=_of_newtime(told.given))


def _of_newtime(given: Values) -> tuple[str, ...]:
    """Return what is to be said where clone() is asked for CLONE_NEWTIME, which it cannot be."""
    is_clone = given.get("request.entry") == int(Entry.CLONE)
    if is_clone and int(given.get("request.flags", 0)) & int(Flag.NEWTIME):
        return ("clone() takes CLONE_NEWTIME's bit, 0x80, for one of the child's exit signal: no "
                "time namespace is asked for; unshare() and, since v6.3, clone3() take it",)
    return ()


def of_document(document: Any) -> Asked:
    """Return what a JSON line asks, or a saved counterexample; raise :class:`Problem` for none.

    A line is one of ``predict``, with ``errno`` beside ``kernel``.  Arguments that it leaves out
    are those of an ordinary call; facts of the caller that it leaves out are open.
    """
    if not isinstance(document, dict):
        raise Problem(f"a call must be an object, not {short(document)}")
    if "cloneproof" in document:
        return _of_counterexample(document)
    rest = {key: one for key, one in document.items() if key not in ("id", "kernel", "errno")}
    rest, notes = without_switches(rest)
    rest, ioctl = _as_placed(rest)
    given = from_document(rest)
    entry = Entry(int(given.get("request.entry", Entry.FORK)))
    name = document.get("kernel")
    if name is not None and not isinstance(name, str):
        raise Problem(f"kernel must be a name, not {short(name)}")
    given = {**_plain_arguments(), **given}
    return Asked(entry, given, *_errno(document.get("errno")), kernel_name=name,
                 notes=tuple(notes), function=ioctl)


def _as_placed(line: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a line that asks for an ioctl of KVM as one of an entry point, and that ioctl."""
    ioctl = ioctl_of(line)
    if not ioctl:
        return line, ""
    return placed(line, Entry(FUNCTIONS[ioctl]["request.entry"])), ioctl


def _plain_arguments() -> Values:
    """Return the arguments of a call as it is written with none of them: those are not open."""
    return {path: leaf.default for path, leaf in leaves_by_path().items()
            if path.startswith("request.") and path.count(".") == 1}


def _of_counterexample(document: dict[str, Any]) -> Asked:
    if not isinstance(document.get("call"), dict) or "kernel" not in document:
        raise Problem("a counterexample of a call has a kernel and a call")
    given = {**_plain_arguments(), **from_document(document["call"])}
    entry = Entry(int(given.get("request.entry", Entry.FORK)))
    return Asked(entry, given, None, kernel=kernel_of_document(document))


def _errno(said: Any) -> tuple[int | None, str]:
    if said is None:
        return None, ""
    if said in (0, "0") and not isinstance(said, bool):
        return 0, ""
    if isinstance(said, bool) or not isinstance(said, int | str):
        raise Problem(f"errno must be a name or a number, not {short(said)}")
    return errno_named(str(said).removeprefix("-"))


_THREAD = VM | FS | FILES | SIGHAND | THREAD | SYSVSEM | SETTLS | PARENT_SETTID | CHILD_CLEARTID
_SPAWN = VM | VFORK | int(Flag.CLEAR_SIGHAND)


def _clone3(flags: int, signal: int) -> Values:
    stack = {"request.stack": SOME_ADDRESS, "request.stack_size": SOME_ADDRESS}
    return {"request.entry": int(Entry.CLONE3), "request.flags": flags,
            "request.exit_signal": signal, **stack}


FUNCTIONS: dict[str, Values] = {
    "pthread_create": _clone3(_THREAD, 0),
    "thrd_create": _clone3(_THREAD, 0),
    "posix_spawn": _clone3(_SPAWN, SIGCHLD),
    "popen": _clone3(_SPAWN, SIGCHLD),
    "system": _clone3(_SPAWN, SIGCHLD),
    "kvm_create_vm": {"request.entry": int(Entry.KTHREAD_CREATE)},
    "kvm_run": {"request.entry": int(Entry.VHOST_TASK_CREATE)},
}
"""Functions of glibc (2.34, of posix_spawn() 2.38) by the call that they make first; KVM's ioctls
by what makes their worker, which the kernel decides (:mod:`checker.why.kvm`)."""


def of_words(entry: str, flags: str | None, errno: str | None, facts: list[str]) -> Asked:
    """Return what a command line asks: an entry point, flags, an errno, ``path=value`` each.

    A function of the C library stands for the call that it makes.
    """
    given: Values = _plain_arguments()
    known = leaves_by_path()
    function = entry.removesuffix("()").lower()
    made = FUNCTIONS.get(function)
    notes: list[str] = []
    given |= made or {"request.entry": _entry(known["request.entry"], entry)}
    if flags is not None:
        given["request.flags"] = number(known["request.flags"], flags)
    for fact in facts:
        rest, more = without_switches(spelled.fact(fact))
        given |= from_document(rest)
        notes += more
    tls = SOME_ADDRESS if made and "request.flags" in made else None
    return Asked(Entry(int(given["request.entry"])), given, *_errno(errno), tls=tls,
                 notes=(*notes, *_of_newtime(given)), function=function if made else "")


def _entry(leaf: Leaf, said: str) -> int:
    """Return an entry's number; raise :class:`Problem` that names the call nearest to it."""
    names = [one.name.lower() for one in Entry]
    if said.lower() in names or said.isdecimal():
        return number(leaf, said)
    from checker.why.around import CALLS

    hint = nearest(said.removesuffix("()"), [*names, *FUNCTIONS, *CALLS])
    raise Problem(f"request.entry: unknown name {short(said)}{hint}")


def name_of(errno: int) -> str:
    """Return how an errno is told: ``EINVAL``."""
    try:
        return Errno(errno).name
    except ValueError:
        return errno_named(str(errno))[1]
