"""A history of system calls: each made by a task of the world, by the rules of its kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from checker.ground.problems import Problem
from checker.over_time.trace import FactChange
from checker.running.calls import MOST_TASKS, NotACall, TypedCall, call, named
from model.entries import ENTRIES, unknown_call
from model.kernel import Kernel
from model.processes.world import (
    Around,
    Process,
    Processes,
    Sharers,
    beginning,
    facts_of,
    facts_of_task,
    sharers,
)
from model.request import Entry
from model.words import SIGCHLD, errno_name

ABOUT = "calls of processes, one after the other"
LEFT_OUT = (
    "left out: tasks that are not of this history (`others UID N` counts them), security modules, "
    "what a worker does once it is made (`--system vhost_worker`); a user namespace maps uids as "
    "themselves"
)
TYPICAL = (
    "fork", "vfork", "thread", "clone CLONE_NEWUSER", "clone CLONE_NEWPID", "unshare CLONE_NEWUSER",
    "unshare CLONE_NEWPID", "unshare CLONE_NEWNS", "setuid 0", "setuid 1000", "execve", "vhost",
    "io_worker", "wait", "exit",
)
"""Calls that are tried where somebody asks what may come next."""


_BEYOND = {10: "ECHILD"}
"""What no call that makes tasks returns, but one beside it does."""


@dataclass(frozen=True, slots=True)
class CallMade:
    """A call that was made: by whom, its errno with the rule that refuses it, what it changes."""

    typed: str
    who: int
    name: str
    errno: int
    rule: str
    at: str
    made: int
    changes: tuple[FactChange, ...]


@dataclass(frozen=True, slots=True)
class CannotCall:
    """A call that cannot be made now, and why."""

    typed: str
    name: str
    reason: str


def all_calls(steps: tuple[str, ...]) -> bool:
    """Return whether all steps are calls of user space; raise :class:`Problem` for a wrong one."""
    try:
        return bool(steps) and all(call(one) for one in steps)
    except NotACall:
        return False


class Calling:
    """A history of calls on a kernel, as far as it was made."""

    def __init__(self, kernel: Kernel, uid: int = 0, around: Around | None = None) -> None:
        self.kernel, self.uid = kernel, uid
        self.worlds: list[Processes] = [beginning(uid, around)]
        self._who = 1

    def next(self) -> Iterator[CallMade | CannotCall]:
        """Yield what typical calls would come to, made by who made the last one."""
        for typed in TYPICAL:
            other = Calling(self.kernel)
            other.worlds, other._who = self.worlds[-1:], self._who
            yield other.make(typed)

    def make(self, typed: str) -> CallMade | CannotCall:
        """Make a call that was typed.

        Raises :class:`~checker.running.calls.NotACall` for what is none, and :class:`Problem` for
        one whose arguments are wrong.
        """
        read = call(typed)
        try:
            return self._made(typed, read)
        except Problem as told:
            return CannotCall(typed, read.name, str(told))

    def _made(self, typed: str, read: TypedCall) -> CallMade | CannotCall:
        world = self.worlds[-1]
        if read.others is not None or read.pids_max is not None:
            return self._set(typed, read, world)
        if read.reaped:
            child = named(world, read.reaped)
            return self._done(typed, read, child, child.parent)
        who = named(world, read.who) if read.who is not None else None
        task = who or world.tasks.get(self._who)
        if task is None or not task.alive:
            number = task.number if task is not None else self._who
            return CannotCall(typed, read.name, f"task {number} has ended: say who, `1: {typed}`")
        if task.waits_for is not None:
            reason = f"task {task.number} waits in vfork() for task {task.waits_for}"
            return CannotCall(typed, read.name, reason)
        if task.worker:
            return CannotCall(typed, read.name, f"task {task.number} is a worker: no user code")
        if len(world.tasks) >= MOST_TASKS:
            raise Problem(f"there are {MOST_TASKS} tasks: no more are made")
        absent = _absent(self.kernel, read)
        if absent:
            return CannotCall(typed, read.name, absent)
        if not read.name.startswith("exit"):
            self._who = task.number
        return self._done(typed, read, task, task.number)

    def _done(
        self, typed: str, read: TypedCall, task: Process, who: int
    ) -> CallMade | CannotCall:
        """Return what a call of a task comes to, told as made by ``who``."""
        world = self.worlds[-1]
        came = read.does(self.kernel, world, task)
        if came is None:
            return CannotCall(typed, read.name, "nobody has ended whom it could wait for")
        self.worlds.append(came.world)
        changes = tuple(changed(world, came.world))
        return CallMade(typed, who, read.name, came.errno, came.rule, came.at, came.made, changes)

    def _set(self, typed: str, read: TypedCall, world: Processes) -> CallMade:
        after = world
        if read.others is not None:
            uid, number = read.others
            counts = {**world.counts, (0, uid): world.count(0, uid) + number}
            after = replace(world, counts=counts)
        if read.pids_max is not None:
            after = replace(after, pids_max=read.pids_max)
        self.worlds.append(after)
        return CallMade(typed, 0, read.name, 0, "", "", 0, tuple(changed(world, after)))


def errno_of(errno: int) -> str:
    """Return an errno's name."""
    return _BEYOND.get(errno) or errno_name(errno)


def _absent(kernel: Kernel, read: TypedCall) -> str:
    """Return which call a kernel does not have yet; nothing if it has this one."""
    entry = {"clone3": Entry.CLONE3, "io_worker": Entry.CREATE_IO_THREAD}.get(read.name.split()[0])
    if entry is None or ENTRIES[entry].since.on(kernel) is True:
        return ""
    unknown = unknown_call(kernel, entry)
    told = f"{kernel.name} has no {unknown or ENTRIES[entry].function + '()'}"
    return f"{told}: ENOSYS" if unknown else told


def changed(before: Processes, after: Processes) -> Iterator[FactChange]:
    """Yield what differs between two worlds; of a new task, what its maker has not."""
    old, new = sharers(before), sharers(after)
    moved = {thing for thing in {**old, **new} if old.get(thing) != new.get(thing)}
    about = {number for thing in moved for number in (*old.get(thing, ()), *new.get(thing, ()))}
    for number in sorted({*before.tasks, *after.tasks}):
        was, now = before.tasks.get(number), after.tasks.get(number)
        ignores = before.ignoring != after.ignoring
        if now is None and was is not None:
            yield FactChange(f"task {number}", "", _first(before, was, old), "gone")
        elif now is not None and (now is not was or number in about or ignores):
            known = facts_of_task(before, was, old) if was else _ordinary(before, now, old)
            yield from _differing(f"task {number}", dict(known), facts_of_task(after, now, new))
    for fact, value in _rest(before, after):
        yield FactChange(fact, "", *value)


def _first(world: Processes, task: Process, shared: Sharers) -> Any:
    return next(facts_of_task(world, task, shared))[1]


def _differing(
    task: str, was: dict[str, Any], now: Iterator[tuple[str, Any]]
) -> Iterator[FactChange]:
    for name, value in now:
        if was.get(name, "none") != value:
            fact = f"{task}.{name}" if name else task
            yield FactChange(fact, "", was.get(name, "none"), value)


def _ordinary(before: Processes, born: Process, shared: Sharers) -> Iterator[tuple[str, Any]]:
    """Yield what a new task's facts are where they are its maker's, or as fork() leaves them."""
    maker = before.tasks.get(born.parent if born.is_leader else born.leader)
    alone = {"mm", "files", "fs", "sighand"}
    for name, value in facts_of_task(before, maker, shared) if maker else ():
        if name:
            yield name, "its own" if name in alone else value
    yield "exit_signal", SIGCHLD
    yield "vfork() waits for", "nobody"
    yield "PF_NPROC_EXCEEDED", False


def _rest(before: Processes, after: Processes) -> Iterator[tuple[str, tuple[Any, Any]]]:
    old, new = dict(facts_of(before)), dict(facts_of(after))
    for fact in dict.fromkeys((*new, *old)):
        nothing = 0 if fact.startswith("tasks charged") else "none"
        pair = old.get(fact, nothing), new.get(fact, "gone")
        if pair[0] != pair[1]:
            yield fact, pair
