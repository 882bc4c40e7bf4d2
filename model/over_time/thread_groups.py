"""Thread groups: every way to make a task, under limits that each process has for itself.

kernel/fork.c:copy_process, kernel/exit.c:exit_notify and release_task, fs/exec.c:de_thread,
kernel/sys.c:do_prlimit.  All tasks are user 1's, without capabilities, but for the kernel
threads that kthreadd makes; who changes user is the matter of ``accounts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from model import words
from model.algebra import Truth, Word, both, either, never, no, signed_below, when_word
from model.call import choose
from model.over_time import creating
from model.over_time.charges import SlotLife
from model.over_time.commit import release_takes
from model.over_time.slots import first_of, how_many, looked_up
from model.over_time.step import Machine, Move, TransitionSystem, but
from model.patches import IO_THREAD
from model.records import BOOL, fact, part
from model.request import Entry

_COPY = "kernel/fork.c:copy_process"
SLOTS = (1, 2, 3)


class TaskKind(IntEnum):
    """What sort of task it is."""

    USER = 0
    """It runs a program."""
    IO = 1
    """An io worker of its group."""


@dataclass(frozen=True, slots=True)
class GroupTask:
    """One task; its group's limit stands with the leader."""

    life: Word = fact(8, 0, "free, alive or zombie", names="life")
    leader: Word = fact(8, 0, "the leader of its group; 0 for a leader")
    kind: Word = fact(8, 0, "what sort of task it is", names="kind")
    limit: Word = fact(64, 0, "soft RLIMIT_NPROC of its process, for a leader")
    waits: Truth = fact(BOOL, False, "it called vfork() and waits for its child")
    awaited: Truth = fact(BOOL, False, "the child that a vfork() waits for")


@dataclass(frozen=True, slots=True)
class Groups:
    """Three task slots, a kernel thread, the counts of root and of user 1, and what happened."""

    t1: GroupTask = part(GroupTask)
    t2: GroupTask = part(GroupTask)
    t3: GroupTask = part(GroupTask)
    kernel: Truth = fact(BOOL, False, "kthreadd has made a kernel thread")
    n0: Word = fact(64, 0, "kernel threads charged to root", signed=True)
    n1: Word = fact(64, 1, "tasks charged to user 1", signed=True)
    overran: Truth = fact(BOOL, False, "who made a task was beyond its own limit with it")
    for_others: Truth = fact(BOOL, False, "a process was refused that had few tasks of its own")


FREE = GroupTask()
"""A slot without a task."""


def tasks(state: Groups) -> tuple[GroupTask, ...]:
    """Return the task slots."""
    return (state.t1, state.t2, state.t3)


def lives(task: GroupTask, life: SlotLife) -> Truth:
    """Return whether a slot is at that point of its life."""
    return task.life == int(life)


def thread(task: GroupTask) -> Truth:
    """Return whether a task is a thread, other than the leader."""
    return no(task.leader == 0)


def group_of(state: Groups, index: int) -> Word:
    """Return the slot of a task's leader."""
    task = tasks(state)[index - 1]
    return when_word(8, task.leader == 0, index, task.leader)


def limit_of(state: Groups, index: int) -> Word:
    """Return the soft limit of a task's process."""
    limits = (0, *(one.limit for one in tasks(state)))
    return looked_up(64, group_of(state, index), limits)


def of_group(state: Groups, group: Word) -> list[Truth]:
    """Return, slot by slot, whether an unreaped task is of a group."""
    return [
        both(no(lives(one, SlotLife.FREE)), group_of(state, i) == group)
        for i, one in zip(SLOTS, tasks(state), strict=True)
    ]


def has_threads(state: Groups, index: int) -> Truth:
    """Return whether a leader has other threads."""
    return either(*(both(no(lives(t, SlotLife.FREE)), t.leader == index) for t in tasks(state)))


def _key(state: Groups) -> Any:
    """Leaders with their threads, in any order."""
    members: dict[int, list[Any]] = {}
    for task in tasks(state):
        if task.leader:
            members.setdefault(task.leader, []).append((task.kind, task.waits, task.awaited))
    order = sorted(
        (t.life, t.kind, t.limit, t.waits, t.awaited, sorted(members.get(i, ())))
        for i, t in zip(SLOTS, tasks(state), strict=True)
        if not t.leader
    )
    return repr(order), state.kernel, state.n0, state.n1, state.overran, state.for_others


SYSTEM = TransitionSystem(
    name="thread_groups",
    about="every way to make a task, with a limit per process",
    record=Groups,
    tasks="up to 3 tasks of one user and a kernel thread, one vfork() at a time",
    start=lambda _machine: Groups(t1=GroupTask(life=int(SlotLife.ALIVE), limit=2)),
    same=_key,
)


def _set(state: Groups, index: int, task: GroupTask, **facts: Any) -> Groups:
    return but(state, **{f"t{index}": task}, **facts)


def _each(state: Groups, changed: list[GroupTask], **facts: Any) -> Groups:
    return but(
        state, **{f"t{i}": task for i, task in zip(SLOTS, changed, strict=True)}, **facts
    )


def _awake(state: Groups, where: Truth) -> Groups:
    """Return the state in which nobody waits in vfork(), if the condition holds."""
    if never(where):
        return state
    waits = both(*(no(task.waits) for task in tasks(state)))
    if waits is True:
        return state
    woken = [
        but(task, waits=both(task.waits, no(where)), awaited=both(task.awaited, no(where)))
        for task in tasks(state)
    ]
    return _each(state, woken)


def _room(state: Groups) -> Truth:
    return either(*(lives(one, SlotLife.FREE) for one in tasks(state)))


def _placed(slots: Sequence[GroupTask], child: GroupTask) -> list[GroupTask]:
    """Return the slots with a child in the first free one."""
    free = first_of(lives(one, SlotLife.FREE) for one in slots)
    return [choose(here, child, task) for task, here in zip(slots, free, strict=True)]


def _runs(state: Groups, index: int) -> Truth:
    """Return whether a task can make system calls."""
    task = tasks(state)[index - 1]
    return both(lives(task, SlotLife.ALIVE), task.kind == int(TaskKind.USER), no(task.waits))


def _makes(
    machine: Machine, state: Groups, index: int, entry: Entry, flags: int = 0
) -> Move:
    """Make a task by the rules of the single call; it is charged as its caller is."""
    caller, runs = tasks(state)[index - 1], _runs(state, index)
    if never(runs):
        return Move(False, state)
    limit = limit_of(state, index)
    made = machine.ask(creating.by_a_user, entry, flags, state.n1, limit)
    group, ok = group_of(state, index), made.errno == 0
    few = signed_below(how_many(of_group(state, group)), limit) if ok is not True else False
    number = state.n1 + made.on(creating.USER_1)
    refused = but(state, n1=number, for_others=either(state.for_others, few))
    if never(ok):
        return Move(runs, refused)
    child = GroupTask(
        life=int(SlotLife.ALIVE),
        leader=when_word(8, made.thread, group, 0),
        kind=when_word(8, made.worker, int(TaskKind.IO), int(TaskKind.USER)),
        limit=when_word(64, made.thread, 0, limit),
        awaited=made.vfork,
    )
    others = [
        but(caller, waits=made.vfork) if i == index else one
        for i, one in zip(SLOTS, tasks(state), strict=True)
    ]
    told = _each(
        state,
        _placed(others, child),
        n1=number,
        overran=either(state.overran, signed_below(limit, state.n1 + 1)),
    )
    return Move(both(runs, either(no(ok), _room(state))), choose(ok, told, refused))


@SYSTEM.step(at=_COPY, who="task X", each=SLOTS)
def task_X_forks(machine: Machine, state: Groups, index: int) -> Move:
    """fork(): a process with a copy of its parent's limit."""
    return _makes(machine, state, index, Entry.FORK)


@SYSTEM.step(at="kernel/fork.c:kernel_clone", who="task X", each=SLOTS)
def task_X_calls_vfork(machine: Machine, state: Groups, index: int) -> Move:
    """vfork(): the same, and the caller waits."""
    waiting = either(*(task.waits for task in tasks(state)))
    if waiting is True:
        return Move(False, state)
    made = _makes(machine, state, index, Entry.VFORK)
    return Move(both(made.when, no(waiting)), made.then)


@SYSTEM.step(at="kernel/cred.c:copy_creds", who="task X", each=SLOTS)
def task_X_clones_a_thread(machine: Machine, state: Groups, index: int) -> Move:
    """CLONE_THREAD: charged like a process, under its group's limit."""
    flags = words.THREAD | words.SIGHAND | words.VM
    return _makes(machine, state, index, Entry.CLONE, flags)


@SYSTEM.step(at="kernel/fork.c:create_io_thread", who="task X", each=SLOTS, since=IO_THREAD)
def task_X_makes_an_io_worker(machine: Machine, state: Groups, index: int) -> Move:
    """io_uring: a thread of its owner, charged to it."""
    return _makes(machine, state, index, Entry.CREATE_IO_THREAD)


@SYSTEM.step(at="kernel/kthread.c:create_kthread", who="kthreadd")
def kthreadd_makes_a_kernel_thread(machine: Machine, state: Groups) -> Move:
    """kernel_thread() in kthreadd: charged to root, whoever wanted it."""
    made = machine.ask(creating.by_kthreadd, state.n0)
    root, user = state.n0 + made.on(0), state.n1 + made.on(creating.USER_1)
    after = but(state, kernel=True, n0=root, n1=user)
    return Move(both(no(state.kernel), made.errno == 0), after)


@SYSTEM.step(at="kernel/exit.c:exit_notify", who="kernel thread")
def the_kernel_thread_ends(machine: Machine, state: Groups) -> Move:
    """kthreadd ignores SIGCHLD, so it is released at once."""
    left = state.n0 - release_takes(machine.kernel)
    return Move(state.kernel, but(state, kernel=False, n0=left))


def _released(machine: Machine, state: Groups, gone: list[Truth]) -> Groups:
    """release_task() of several: each takes its charge back."""
    changed = zip(gone, tasks(state), strict=True)
    slots = [choose(there, FREE, task) for there, task in changed]
    taken = (when_word(64, there, release_takes(machine.kernel), 0) for there in gone)
    return _each(state, slots, n1=state.n1 - sum(taken))


@SYSTEM.step(at="kernel/exit.c:exit_notify", who="task X", each=SLOTS)
def task_X_exits(machine: Machine, state: Groups, index: int) -> Move:
    """A thread is released at once; a leader waits for its parent."""
    task = tasks(state)[index - 1]
    ready = both(lives(task, SlotLife.ALIVE), no(task.waits))
    if never(ready):
        return Move(False, state)
    awake = _awake(state, task.awaited)
    at_once = thread(task)
    here = [at_once if i == index else False for i in SLOTS]
    dead = but(tasks(awake)[index - 1], life=int(SlotLife.ZOMBIE))
    return Move(ready, choose(at_once, _released(machine, awake, here), _set(awake, index, dead)))


@SYSTEM.step(at="kernel/signal.c:complete_signal", who="SIGKILL", each=SLOTS)
def process_X_is_killed(machine: Machine, state: Groups, index: int) -> Move:
    """All threads of the group end, one that waits in vfork() as well."""
    leader = tasks(state)[index - 1]
    living = either(lives(leader, SlotLife.ALIVE), has_threads(state, index))
    ready = both(no(lives(leader, SlotLife.FREE)), no(thread(leader)), living)
    if never(ready):
        return Move(False, state)
    mine = of_group(state, index)
    pairs = zip(mine, tasks(state), strict=True)
    awake = _awake(state, either(*(both(o, either(t.waits, t.awaited)) for o, t in pairs)))
    others = [False if i == index else here for i, here in zip(SLOTS, mine, strict=True)]
    dead = but(tasks(awake)[index - 1], life=int(SlotLife.ZOMBIE))
    return Move(ready, _set(_released(machine, awake, others), index, dead))


@SYSTEM.step(at="kernel/exit.c:wait_task_zombie", who="parent", each=SLOTS)
def task_X_is_reaped(machine: Machine, state: Groups, index: int) -> Move:
    """A leader whose last thread is gone."""
    task = tasks(state)[index - 1]
    ready = both(lives(task, SlotLife.ZOMBIE), no(has_threads(state, index)))
    if never(ready):
        return Move(False, state)
    return Move(ready, _released(machine, state, [i == index for i in SLOTS]))


@SYSTEM.step(at="fs/exec.c:de_thread", who="task X", each=SLOTS)
def task_X_executes(machine: Machine, state: Groups, index: int) -> Move:
    """execve(): the other threads end, workers too; who calls it becomes the leader."""
    task, ready = tasks(state)[index - 1], _runs(state, index)
    if never(ready):
        return Move(False, state)
    group, limit = group_of(state, index), limit_of(state, index)
    mine = of_group(state, group)
    others = [False if i == index else here for i, here in zip(SLOTS, mine, strict=True)]
    pairs = zip(others, tasks(state), strict=True)
    waited = either(task.awaited, *(both(o, either(t.waits, t.awaited)) for o, t in pairs))
    alone = _released(machine, _awake(state, waited), others)
    leads = but(tasks(alone)[index - 1], leader=0, limit=limit)
    return Move(ready, _set(alone, index, leads))


def _limited(state: Groups, index: int, old: int, new: int) -> Move:
    task = tasks(state)[index - 1]
    ready = both(no(lives(task, SlotLife.FREE)), no(thread(task)), task.limit == old)
    if never(ready):
        return Move(False, state)
    return Move(ready, _set(state, index, but(task, limit=new)))


@SYSTEM.step(at="kernel/sys.c:do_prlimit", who="task X", each=SLOTS)
def the_limit_of_process_X_is_lowered_to_1(
    _machine: Machine, state: Groups, index: int
) -> Move:
    """prlimit() or setrlimit(): of this process, all its threads."""
    return _limited(state, index, 2, 1)


@SYSTEM.step(at="kernel/sys.c:do_prlimit", who="task X", each=SLOTS)
def the_limit_of_process_X_is_raised_to_2(
    _machine: Machine, state: Groups, index: int
) -> Move:
    """prlimit() or setrlimit(): up to the hard limit."""
    return _limited(state, index, 1, 2)


def counts_are_true(state: Groups) -> Truth:
    """Return whether the counts are the numbers of unreaped tasks of each sort."""
    user = how_many(no(lives(task, SlotLife.FREE)) for task in tasks(state))
    return both(state.n1 == user, state.n0 == when_word(64, state.kernel, 1, 0))
