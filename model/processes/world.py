"""The state that calls carry along: tasks, what they share, their namespaces, and who is charged.

A task is known by the order in which it was made, from 1 on; namespaces and what is shared
(memory, files, handlers, root) are numbers as well, 0 being the initial ones.  Records are
frozen: a call returns another world.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeAlias

from model.algebra import LONG_MAX
from model.over_time.commit import Identity, Key
from model.words import CAP_FULL_SET, RLIM_INFINITY, SIGCHLD

INIT = 0
"""The parent of process 1, who waits for any child at once; and each initial namespace."""


class Life(Enum):
    """Where a task is in its life; one that was released is not in the world any more."""

    ALIVE = "alive"
    ENDING = "ending"
    """The init of a pid namespace that waits until all in it are released."""
    ZOMBIE = "zombie"


@dataclass(frozen=True, slots=True)
class Cred:
    """struct cred, and what its ucounts were looked up by."""

    uid: int
    euid: int
    suid: int
    permitted: int
    effective: int
    user_ns: int
    key: Key

    @property
    def identity(self) -> Identity:
        """Return it as far as charging goes."""
        return Identity(self.uid, self.euid, self.user_ns, self.key)


@dataclass(frozen=True, slots=True)
class Spaces:
    """The namespaces of a task, and the two that wait for its children."""

    pid_ns: int = 0
    pid_ns_for_children: int = 0
    mnt_ns: int = 0
    uts_ns: int = 0
    ipc_ns: int = 0
    cgroup_ns: int = 0
    net_ns: int = 0
    time_ns: int = 0
    time_ns_for_children: int = 0


@dataclass(frozen=True, slots=True)
class Process:
    """One task: a process, a thread of one, or a worker."""

    number: int
    leader: int
    parent: int
    cred: Cred
    spaces: Spaces
    limit: int = RLIM_INFINITY
    """Soft RLIMIT_NPROC of its group."""
    life: Life = Life.ALIVE
    marked: bool = False
    """PF_NPROC_EXCEEDED."""
    mm: int | None = 0
    files: int | None = 0
    fs: int | None = 0
    sighand: int | None = 0
    exit_signal: int = SIGCHLD
    waits_for: int | None = None
    """The child that its vfork() waits for."""
    worker: str = ""
    """What kind of worker it is; nothing for a task that runs user code."""

    @property
    def alive(self) -> bool:
        """Return whether it has not ended."""
        return self.life is Life.ALIVE

    @property
    def is_leader(self) -> bool:
        """Return whether it is the first thread of its process."""
        return self.leader == self.number


@dataclass(frozen=True, slots=True)
class UserNs:
    """A user namespace: its parent, who made it, and the bound that it got."""

    level: int
    parent: int
    owner: int
    bound: int


@dataclass(frozen=True, slots=True)
class PidNs:
    """A pid namespace: its parent, the user namespace that owns it, and its init."""

    level: int
    parent: int
    user_ns: int
    reaper: int | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What those do who are not in the world."""

    init_waits: bool = True
    """Init waits for its children at once; else they stay zombies until they are reaped."""
    root_maps: bool = False
    """Root outside writes the uid maps of every user namespace: all uids, as themselves."""


@dataclass(frozen=True, slots=True)
class Processes:
    """All of it.  ``born`` counts tasks, ``made`` what is shared: none gets a number twice."""

    tasks: dict[int, Process]
    user_spaces: dict[int, UserNs] = field(
        default_factory=lambda: {INIT: UserNs(0, INIT, 0, LONG_MAX)}
    )
    pid_spaces: dict[int, PidNs] = field(
        default_factory=lambda: {INIT: PidNs(0, INIT, INIT, reaper=INIT)}
    )
    counts: dict[tuple[int, int], int] = field(default_factory=dict)
    """Tasks charged, by user namespace and uid."""
    ignoring: frozenset[int] = frozenset()
    """The handlers in which SIGCHLD is ignored."""
    pids_max: int = 2**62
    around: Around = Around()
    born: int = 1
    made: int = 0

    def maps(self, ns: int, uid: int) -> bool:
        """Return whether a uid has a mapping in a user namespace: as itself.

        Who has no capability above may map its own uid alone (new_idmap_permitted()).
        """
        space = self.user_spaces[ns]
        return self.around.root_maps or space.level == 0 or space.owner in (0, uid)

    def count(self, ns: int, uid: int) -> int:
        """Return how many tasks are charged to a user in a namespace."""
        return self.counts.get((ns, uid), 0)

    def living(self) -> Iterator[Process]:
        """Yield the tasks that have not ended."""
        return (task for task in self.tasks.values() if task.alive)

    def group(self, leader: int) -> list[Process]:
        """Return the living threads of a process."""
        return [task for task in self.living() if task.leader == leader]

    def sharing(self, what: str, task: Process) -> int:
        """Return how many share something with a task, itself among them.

        Who ends gives up its memory, files and root, but is seen by others until it is released:
        until then it has its handlers.
        """
        mine = getattr(task, what)
        there = self.tasks.values() if what == "sighand" else self.living()
        return sum(1 for one in there if getattr(one, what) == mine)

    def threads(self, leader: int) -> int:
        """Return signal->nr_threads: a leader that has ended is one until it is released."""
        return sum(1 for one in self.tasks.values() if one.leader == leader)

    def chain(self, key: Key) -> list[tuple[int, int]]:
        """Return what a charge to a key counts in: its element, then the makers' above it."""
        found, ns, uid = [], int(key.ns), int(key.uid)
        while True:
            found.append((ns, uid))
            if ns == INIT:
                return found
            space = self.user_spaces[ns]
            ns, uid = space.parent, space.owner

    def charged(self, key: Key, by: int) -> Processes:
        """Return the world with so many units more charged along a chain."""
        counts = dict(self.counts)
        for element in self.chain(key):
            counts[element] = counts.get(element, 0) + by
        return replace(self, counts=counts)

    def with_task(self, task: Process) -> Processes:
        """Return the world with a task as it is now."""
        return replace(self, tasks={**self.tasks, task.number: task})

    def changed(self, number: int, **facts: Any) -> Processes:
        """Return the world with some facts of a task changed."""
        return self.with_task(replace(self.tasks[number], **facts))

    def below(self, ns: int, ancestor: int) -> bool:
        """Return whether a pid namespace is one of those below another, or that one."""
        while ns not in (ancestor, INIT):
            ns = self.pid_spaces[ns].parent
        return ns == ancestor


def beginning(uid: int = 0, around: Around | None = None) -> Processes:
    """Return a world of one process, of one user, in the initial namespaces."""
    caps = CAP_FULL_SET if uid == 0 else 0
    cred = Cred(uid, uid, uid, caps, caps, INIT, Key(INIT, uid))
    first = Process(1, 1, INIT, cred, Spaces())
    return Processes({1: first}, around=around or Around()).charged(cred.key, 1)


_SHARED = ("mm", "files", "fs", "sighand")
Sharers: TypeAlias = "dict[tuple[str, int | None], tuple[int, ...]]"
"""Who lives and shares a thing, by what it is and its number."""


def sharers(world: Processes) -> Sharers:
    """Return by whom each thing is shared."""
    found: dict[tuple[str, int | None], list[int]] = {}
    for task in world.living():
        for what in _SHARED:
            found.setdefault((what, getattr(task, what)), []).append(task.number)
    return {thing: tuple(tasks) for thing, tasks in found.items()}


def facts_of(world: Processes) -> Iterator[tuple[str, Any]]:
    """Yield every fact of a world that is not a task's by its name, as it is told."""
    for (ns, uid), number in world.counts.items():
        where = f" in user namespace {ns}" if ns else ""
        yield f"tasks charged to uid {uid}{where}", number
    for ns, user in world.user_spaces.items():
        if ns:
            bound = f"RLIMIT_NPROC {_limit(user.bound)}"
            yield f"user namespace {ns}", f"made by uid {user.owner} in {user.parent}, {bound}"
    for ns, space in world.pid_spaces.items():
        if ns:
            yield f"pid namespace {ns}", _init_of(space)
    if world.pids_max != 2**62:
        yield "pids.max", world.pids_max


def facts_of_task(
    world: Processes, task: Process, shared: Sharers
) -> Iterator[tuple[str, Any]]:
    """Yield the facts of one task by their names, as they are told; what it is has no name."""
    cred = task.cred
    yield "", _who(task)
    yield from (("uid", cred.uid), ("euid", cred.euid), ("suid", cred.suid))
    yield "capabilities", _caps(cred.effective)
    yield "user_ns", cred.user_ns
    yield "charged to", f"uid {cred.key.uid}" + (f" in {cred.key.ns}" if cred.key.ns else "")
    for name in Spaces.__slots__:
        yield name, getattr(task.spaces, name)
    yield "RLIMIT_NPROC", _limit(task.limit)
    yield "PF_NPROC_EXCEEDED", task.marked
    for name in _SHARED:
        yield name, _with_whom(task, name, shared)
    yield "exit_signal", task.exit_signal
    yield "ignores SIGCHLD", task.sighand in world.ignoring
    yield "vfork() waits for", task.waits_for or "nobody"


def _who(task: Process) -> str:
    if not task.is_leader:
        return f"{task.life.value}, a {task.worker or 'thread'} of task {task.leader}"
    kind = f"a {task.worker}, " if task.worker else ""
    parent = f"child of task {task.parent}" if task.parent else "child of init"
    return f"{task.life.value}, {kind}{parent}"


def _with_whom(task: Process, what: str, shared: Sharers) -> str:
    mine = getattr(task, what)
    if mine is None:
        return "none"
    with_it = [str(one) for one in shared.get((what, mine), ()) if one != task.number]
    return f"shared with task {', '.join(with_it)}" if with_it else "its own"


def _limit(number: int) -> Any:
    return "unlimited" if number in (RLIM_INFINITY, LONG_MAX) else number


def _caps(mask: int) -> str:
    return "all" if mask == CAP_FULL_SET else ("none" if not mask else hex(mask))


def _init_of(space: PidNs) -> str:
    if space.ended:
        return "its init has ended: nobody can be made in it"
    return "without an init yet" if space.reaper is None else f"its init is task {space.reaper}"
