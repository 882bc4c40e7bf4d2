"""Calls as a person types them: ``unshare CLONE_NEWPID``, ``exit child``, ``2: setuid 1000``.

``WHO:`` before a call says which task makes it (its number, or ``child``); without it that is the
task that made the call before, or task 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from checker.calls.naming import number as number_of
from checker.ground.json_text import short
from checker.ground.problems import Problem
from model.kernel import Kernel
from model.processes import credentials, ending, making
from model.processes.making import Came
from model.processes.world import Process, Processes
from model.records import Leaf, leaves
from model.request import Entry, Request
from model.words import RLIM_INFINITY, SIGCHLD, Flag

Does = Callable[[Kernel, Processes, Process], Came | None]

_WHO = re.compile(r"^(?:task |process )?(?P<who>\d+|child)\s*:\s*(?P<call>.+)$", re.IGNORECASE)
_THREAD = Flag.VM | Flag.FS | Flag.FILES | Flag.SIGHAND | Flag.THREAD | Flag.SYSVSEM
MOST_TASKS = 500


class NotACall(Exception):
    """What was typed is no call of this language."""


@dataclass(frozen=True, slots=True)
class TypedCall:
    """A call as it was read: who makes it (``None``: nobody was named), its words, what it does."""

    who: str | None
    name: str
    does: Does
    others: tuple[int, int] | None = None
    """A word about the world, and no call: a uid, and how many tasks more it has."""
    pids_max: int | None = None
    reaped: str = ""
    """Who is waited for by its parent, whoever that is."""


def call(typed: str) -> TypedCall:
    """Return the call that was typed; raise :class:`NotACall` for none.

    Raises :class:`Problem` for a call whose arguments are wrong.
    """
    found = _WHO.match(typed.strip())
    who = found["who"].lower() if found else None
    words = (found["call"] if found else typed).replace("(", " ").replace(")", " ")
    name, *given = words.replace(",", " ").replace("|", " ").split() or [""]
    known = _CALLS.get(name.lower())
    if known is None:
        raise NotACall(typed)
    return known(who, name.lower(), given)


_OPTIONS = {
    "mount": Flag.NEWNS, "uts": Flag.NEWUTS, "ipc": Flag.NEWIPC, "net": Flag.NEWNET,
    "pid": Flag.NEWPID, "User": Flag.NEWUSER, "Cgroup": Flag.NEWCGROUP, "Time": Flag.NEWTIME,
    "root map": Flag.NEWUSER, "current map": Flag.NEWUSER, "map-": Flag.NEWUSER,
}
"""What options of unshare(1) stand for: by their letter, or by how they begin after two dashes."""


def _meant(option: str) -> Iterator[str]:
    """Yield the flags that an option of unshare(1), or some in one, stand for."""
    if option.startswith("--"):
        names = (name for name in _OPTIONS if option[2:].startswith(name.lower()))
        yield from (_OPTIONS[name].name or "" for name in names)
        return
    letters = {name[0]: flag.name or "" for name, flag in reversed(_OPTIONS.items())}
    yield from (letters[one] for one in option[1:] if one in letters)


def _flags(words: list[str]) -> int:
    leaf = _flags_leaf()
    options = [one for one in words if re.match("--?[A-Za-z]", one)]
    meant = dict.fromkeys(name for one in options for name in _meant(one))
    if meant:
        flags = " ".join(f"CLONE_{name}" for name in meant)
        forks = any(one == "--fork" or ("f" in one and not one.startswith("--")) for one in options)
        more = "; its --fork is `fork` after it" if forks else ""
        raise Problem(f"these are options of unshare(1); the call's flags are {flags}{more}")
    return int(number_of(leaf, "|".join(words))) if words else 0


def _flags_leaf() -> Leaf:
    return next(leaf for leaf in leaves(Request) if leaf.path == "flags")


def _number(word: str, what: str) -> int:
    try:
        return int(word, 0)
    except ValueError:
        raise Problem(f"{what} must be a number, not {short(word)}") from None


def _count(word: str) -> int:
    count = _number(word, "a number of tasks")
    if not 0 <= count <= 2**22:
        raise Problem(f"a number of tasks lies between 0 and {2**22}, not {short(word)}")
    return count


def _limit(word: str) -> int:
    if word.lower() in ("unlimited", "max", "rlim_infinity", "-1"):
        return RLIM_INFINITY
    limit = _number(word, "a limit")
    if not 0 <= limit <= RLIM_INFINITY:
        raise Problem(f"a limit lies between 0 and {RLIM_INFINITY}, not {short(word)}")
    return limit


def _plain(entry: Entry, flags: int = 0, signal: int = 0) -> Callable[..., TypedCall]:
    def read(who: str | None, name: str, given: list[str]) -> TypedCall:
        _as_many(name, given, 0)
        return _making(who, name, Request(entry=int(entry), flags=flags, exit_signal=signal))

    return read


def _clone(who: str | None, name: str, given: list[str]) -> TypedCall:
    signals = [one for one in given if one.upper() in ("SIGCHLD", "17", "0")]
    flags = _flags([one for one in given if one not in signals])
    signal = 0 if flags & (Flag.THREAD | Flag.PARENT) or "0" in signals else SIGCHLD
    entry = Entry.CLONE if name == "clone" else Entry.CLONE3
    flags, signal = (flags | signal, 0) if entry is Entry.CLONE else (flags, signal)
    request = Request(entry=int(entry), flags=flags, exit_signal=signal)
    return _making(who, f"{name} {' '.join(given)}".strip(), request)


def _making(who: str | None, name: str, request: Request) -> TypedCall:
    return TypedCall(who, name, lambda kernel, world, task: making.makes(
        kernel, world, task, request))


def _unshare(who: str | None, name: str, given: list[str]) -> TypedCall:
    flags = _flags(given)
    told = f"{name} {' '.join(given)}"
    return TypedCall(
        who, told, lambda kernel, world, task: making.unshares(kernel, world, task, flags)
    )


def _setns(who: str | None, name: str, given: list[str]) -> TypedCall:
    _as_many(name, given, 2, "a type and a number: setns CLONE_NEWPID 1")
    flag, ns = _flags(given[:1]), _number(given[1], "a namespace")
    if flag not in (Flag.NEWUSER, Flag.NEWPID):
        raise Problem(f"setns() is into a user or a pid namespace here, not {short(given[0])}")

    def joins(kernel: Kernel, world: Processes, task: Process) -> Came:
        spaces = world.user_spaces if flag == Flag.NEWUSER else world.pid_spaces
        if ns not in spaces:
            there = ", ".join(map(str, spaces))
            raise Problem(f"there is no such namespace {ns}: there are {there}")
        into = making.joins_user_ns if flag == Flag.NEWUSER else making.joins_pid_ns
        return into(kernel, world, task, ns)

    return TypedCall(who, f"{name} {' '.join(given)}", joins)


def _uids(count: int, does: Callable[..., Came]) -> Callable[..., TypedCall]:
    def read(who: str | None, name: str, given: list[str]) -> TypedCall:
        _as_many(name, given, count, "a uid" if count == 1 else f"{count} uids")
        uids = [_uid(one) for one in given]
        told = f"{name} {' '.join(given)}"
        return TypedCall(who, told, lambda kernel, world, task: does(kernel, world, task, *uids))

    return read


def _uid(word: str) -> int:
    names = {"root": 0, "nobody": 65534}
    uid = names[word.lower()] if word.lower() in names else _number(word, "a uid")
    if not -1 <= uid < 2**32 - 1:
        raise Problem(f"a uid lies between 0 and {2**32 - 2}, not {short(word)}")
    return uid


def _seteuid(kernel: Kernel, world: Processes, task: Process, euid: int) -> Came:
    return credentials.setresuid(kernel, world, task, -1, euid, -1)


def _exec(who: str | None, name: str, given: list[str]) -> TypedCall:
    return TypedCall(who, name, credentials.executes)


def _setrlimit(who: str | None, name: str, given: list[str]) -> TypedCall:
    words = [one for one in given if one.upper() not in ("RLIMIT_NPROC", "NPROC")]
    _as_many(name, words, 1, "a number of tasks: setrlimit RLIMIT_NPROC 4")
    limit = _limit(words[0])
    return TypedCall(who, f"{name} {' '.join(given)}",
                     lambda kernel, world, task: credentials.sets_limit(kernel, world, task, limit))


def _exit(who: str | None, name: str, given: list[str]) -> TypedCall:
    if given:
        who = given[0].lower()
    return TypedCall(who, name, ending.exits)


def _wait(who: str | None, name: str, given: list[str]) -> TypedCall:
    child = None if not given or given[0].lower() == "child" else _number(given[0], "a task")
    return TypedCall(who, name, lambda kernel, world, task: ending.waits(
        kernel, world, task, child))


def _reap(_who: str | None, name: str, given: list[str]) -> TypedCall:
    _as_many(name, given, 1, "a task: reap 2")
    return TypedCall(None, f"{name} {given[0]}", lambda kernel, world, task: ending.reaps(
        kernel, world, task.number), reaped=given[0])


def _kill(who: str | None, name: str, given: list[str]) -> TypedCall:
    words = [one for one in given if one.upper() not in ("SIGKILL", "-9", "-KILL", "9", "KILL")]
    _as_many(name, words, 1, "a task: kill 2")

    def kills(kernel: Kernel, world: Processes, task: Process) -> Came:
        return ending.kills(kernel, world, task, named(world, words[0]).number)

    return TypedCall(who, f"{name} {words[0]}", kills)


def _vhost(who: str | None, name: str, given: list[str]) -> TypedCall:
    return TypedCall(who, name, lambda kernel, world, task: making.opens_vhost(
        kernel, world, task, fork_owner="kthread" not in given))


def _others(who: str | None, name: str, given: list[str]) -> TypedCall:
    _as_many(name, given, 2, "a uid and how many tasks it has beside: others 1000 5")
    uid, count = _uid(given[0]), _count(given[1])
    return TypedCall(None, f"{name} {' '.join(given)}", _nothing, others=(uid, count))


def _pids_max(who: str | None, name: str, given: list[str]) -> TypedCall:
    _as_many(name, given, 1, "a number of tasks: pids.max 4")
    most = 2**62 if given[0] == "max" else _count(given[0])
    return TypedCall(None, f"{name} {given[0]}", _nothing, pids_max=most)


def _nothing(_kernel: Kernel, world: Processes, _task: Process) -> Came:
    return Came(0, world)


def _as_many(name: str, given: list[str], count: int, wants: str = "nothing") -> None:
    if len(given) != count:
        raise Problem(f"{name} takes {wants}, not {short(' '.join(given))}")


_CALLS: dict[str, Callable[..., TypedCall]] = {
    "fork": _plain(Entry.FORK),
    "vfork": _plain(Entry.VFORK),
    "clone": _clone,
    "clone3": _clone,
    "thread": _plain(Entry.CLONE, int(_THREAD)),
    "pthread_create": _plain(Entry.CLONE, int(_THREAD)),
    "unshare": _unshare,
    "setns": _setns,
    "exec": _exec,
    "execve": _exec,
    "setuid": _uids(1, credentials.setuid),
    "seteuid": _uids(1, _seteuid),
    "setreuid": _uids(2, credentials.setreuid),
    "setresuid": _uids(3, credentials.setresuid),
    "setrlimit": _setrlimit,
    "exit": _exit,
    "wait": _wait,
    "reap": _reap,
    "kill": _kill,
    "vhost": _vhost,
    "vhost_set_owner": _vhost,
    "io_worker": _plain(Entry.CREATE_IO_THREAD),
    "others": _others,
    "pids.max": _pids_max,
}
CALLS = tuple(_CALLS)


def named(world: Processes, who: str) -> Process:
    """Return the task that is meant: by its number, or the newest living one that is ``child``.

    Raises :class:`Problem` for none.
    """
    if who == "child":
        children = [one for one in world.living() if one.number != 1 and not one.worker]
        children = children or [one for one in world.tasks.values() if one.number != 1]
        if children:
            return children[-1]
        raise Problem("there is no child")
    number = _number(who, "a task")
    if number not in world.tasks:
        there = ", ".join(map(str, world.tasks)) or "none"
        raise Problem(f"there is no task {number}: there are {there}")
    return world.tasks[number]
