"""Accounts: tasks of three users come, go, change user and execute under RLIMIT_NPROC.

kernel/fork.c:copy_process, kernel/exit.c:release_task, kernel/sys.c:set_user,
fs/exec.c:do_execveat_common.  User 0 is root with every capability, 1 and 2 have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from model.algebra import Truth, Word, both, either, no, when, when_word
from model.call import choose
from model.records import BOOL, fact, part
from model.system.commit import (
    Identity,
    Key,
    adds_to_the_new,
    handed_on,
    key_after,
    release_takes,
    takes_from_the_old,
)
from model.system.ledger import COMMIT_IN_ONE_NAMESPACE, CREATION, EXIT, RELEASE, Entry, View
from model.system.slots import first_of, how_many, looked_up
from model.system.step import Machine, Move, System, but
from model.system.users import forks, marks, over

SLOTS = (1, 2, 3)
USERS = (0, 1, 2)


class Life(IntEnum):
    """Where a task slot is in its life."""

    FREE = 0
    ALIVE = 1
    ZOMBIE = 2


class Joined(IntEnum):
    """Whether a task called set*uid(), and into which user."""

    NEVER = 0
    WITHIN = 1
    OVER = 2
    """Into a user that was over its limit; forgotten by a fork or execve() that succeeds."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One task."""

    life: Word = fact(8, 0, "free, alive or zombie", names="life")
    uid: Word = fact(32, 0, "real uid")
    counted: Word = fact(32, 0, "uid of its ucounts: whom it is charged to")
    marked: Truth = fact(BOOL, False, "PF_NPROC_EXCEEDED")
    joined: Word = fact(8, 0, "whether it called set*uid()", names="joined")


@dataclass(frozen=True, slots=True)
class Accounts:
    """Three task slots, the count of each user, the soft limit, and what happened."""

    t1: Slot = part(Slot)
    t2: Slot = part(Slot)
    t3: Slot = part(Slot)
    n0: Word = fact(64, 1, "tasks charged to root", signed=True)
    n1: Word = fact(64, 1, "tasks charged to user 1", signed=True)
    n2: Word = fact(64, 0, "tasks charged to user 2", signed=True)
    limit: Word = fact(64, 2, "soft RLIMIT_NPROC of every task")
    moved: Truth = fact(BOOL, False, "somebody called set*uid()")
    mark_missing: Truth = fact(BOOL, False, "set*uid() into a user over its limit left no mark")
    mark_undue: Truth = fact(BOOL, False, "set*uid() into a user within its limit left the mark")
    escaped: Truth = fact(BOOL, False, "who had joined a user over its limit executed unrefused")
    pardoned: Truth = fact(BOOL, False, "a marked task executed unrefused")
    innocent: Truth = fact(BOOL, False, "execve() refused a task that never called set*uid()")


def slots(state: Accounts) -> tuple[Slot, ...]:
    """Return the task slots."""
    return (state.t1, state.t2, state.t3)


def count(state: Accounts, uid: Word) -> Word:
    """Return the kernel's count of a user."""
    return looked_up(64, uid, (state.n0, state.n1, state.n2))


def lives(slot: Slot, life: Life) -> Truth:
    """Return whether a slot is at that point of its life."""
    return slot.life == int(life)


def with_slot(state: Accounts, index: int, slot: Slot, **facts: Any) -> Accounts:
    """Return the state with one slot and some facts changed."""
    return but(state, **{f"t{index}": slot}, **facts)


Charge = tuple[Word, Word, Truth]
"""Whose count is changed, by how much, and whether at all."""


def _counts(state: Accounts, *charges: Charge) -> dict[str, Word]:
    """Return the counts after some charges, as facts to change."""
    numbers = [state.n0, state.n1, state.n2]
    for uid, by, where in charges:
        if where is False:
            continue
        if isinstance(uid, int) and where is True:
            numbers[uid] = numbers[uid] + by
            continue
        pairs = zip(USERS, numbers, strict=True)
        numbers = [when_word(64, both(where, uid == u), n + by, n) for u, n in pairs]
    return {f"n{user}": number for user, number in zip(USERS, numbers, strict=True)}


def _start(_machine: Machine) -> Accounts:
    return Accounts(
        t1=Slot(life=int(Life.ALIVE)), t2=Slot(life=int(Life.ALIVE), uid=1, counted=1)
    )


def _sorted(state: Accounts) -> Any:
    order = sorted((s.life, s.uid, s.counted, s.marked, s.joined) for s in slots(state))
    rest = (
        state.n0, state.n1, state.n2, state.limit, state.moved, state.mark_missing,
        state.mark_undue, state.escaped, state.pardoned, state.innocent,
    )
    return (*order, rest)


ACCOUNTS = System(
    name="accounts",
    about="tasks of three users under RLIMIT_NPROC",
    record=Accounts,
    tasks="up to 3 tasks of 3 users",
    start=_start,
    same=_sorted,
)


def _placed(tasks: tuple[Slot, ...], child: Slot, where: Truth) -> dict[str, Slot]:
    """Return the slots with a child in the first free one, if the condition holds."""
    free = first_of(lives(slot, Life.FREE) for slot in tasks)
    return {
        f"t{i}": choose(both(here, where), child, slot)
        for i, slot, here in zip(SLOTS, tasks, free, strict=True)
    }


def identity_of(slot: Slot) -> Identity:
    """Return a task's credential; its effective uid is asked nowhere."""
    return Identity(slot.uid, slot.uid, 0, Key(0, slot.counted))


@ACCOUNTS.step(at="kernel/fork.c:copy_process", who="task X", each=SLOTS)
def task_X_forks(machine: Machine, state: Accounts, index: int) -> Move:
    """fork() by the rules of the single call; the child is charged to its caller's ucounts."""
    slot = slots(state)[index - 1]
    room = either(*(lives(one, Life.FREE) for one in slots(state)))
    ready = both(lives(slot, Life.ALIVE), room)
    if ready is False:
        return Move(False, state)
    made = machine.ask(forks, slot.uid, count(state, slot.counted), state.limit, slot.marked)
    ok = made.errno == 0
    forgiven = both(ok, slot.joined == int(Joined.OVER))
    parent = but(
        slot,
        marked=both(slot.marked, no(made.forgets)),
        joined=when_word(8, forgiven, int(Joined.WITHIN), slot.joined),
    )
    counted = handed_on(identity_of(slot), made.charged_uid).uid
    child = Slot(
        life=int(Life.ALIVE), uid=slot.uid, counted=counted, marked=made.child_marked
    )
    others = tuple(
        parent if i == index else one for i, one in zip(SLOTS, slots(state), strict=True)
    )
    counts = _counts(state, (counted, made.charges, True))
    return Move(ready, but(state, **_placed(others, child, ok), **counts))


@ACCOUNTS.step(at="kernel/exit.c:do_exit", who="task X", each=SLOTS)
def task_X_exits(_machine: Machine, state: Accounts, index: int) -> Move:
    """A zombie stays charged."""
    slot = slots(state)[index - 1]
    ready = lives(slot, Life.ALIVE)
    if ready is False:
        return Move(False, state)
    dead = but(slot, life=int(Life.ZOMBIE), marked=False, joined=int(Joined.NEVER))
    return Move(ready, with_slot(state, index, dead))


@ACCOUNTS.step(at="kernel/exit.c:release_task", who="parent", each=SLOTS)
def task_X_is_reaped(machine: Machine, state: Accounts, index: int) -> Move:
    """The first act of release_task() takes the charge from the task's ucounts."""
    slot = slots(state)[index - 1]
    ready = lives(slot, Life.ZOMBIE)
    if ready is False:
        return Move(False, state)
    counts = _counts(state, (slot.counted, -release_takes(machine.kernel), True))
    return Move(ready, with_slot(state, index, Slot(), **counts))


def _commits(machine: Machine, state: Accounts, index: int, uid: int, euid: int) -> Accounts:
    """set_user(), set_cred_ucounts(), the mark, and commit_creds()."""
    slot, kernel = slots(state)[index - 1], machine.kernel
    key = key_after(kernel, identity_of(slot), uid, euid, 0).uid
    here, there = (slot.uid, count(state, slot.counted)), (uid, count(state, key))
    differs = slot.uid != uid
    marked = when(differs, machine.ask(marks, here, there, state.limit), slot.marked)
    beyond = machine.ask(over, *there, state.limit)
    joined = when_word(8, beyond, int(Joined.OVER), int(Joined.WITHIN))
    counts = _counts(
        state,
        (key, 1, adds_to_the_new(kernel, differs, False)),
        (slot.counted, -1, takes_from_the_old(kernel, differs, False)),
    )
    return with_slot(
        state,
        index,
        but(slot, uid=uid, counted=key, marked=marked, joined=joined),
        moved=True,
        mark_missing=either(state.mark_missing, both(beyond, no(marked))),
        mark_undue=either(state.mark_undue, both(marked, no(beyond))),
        **counts,
    )


def _root(slot: Slot) -> Truth:
    return both(lives(slot, Life.ALIVE), slot.uid == 0)


@ACCOUNTS.step(at="kernel/sys.c:__sys_setuid", who="task X", each=SLOTS)
def task_X_sets_its_uid_to_user_1(machine: Machine, state: Accounts, index: int) -> Move:
    """setuid(1) by root: all its uids change, its capabilities go."""
    ready = _root(slots(state)[index - 1])
    if ready is False:
        return Move(False, state)
    return Move(ready, _commits(machine, state, index, 1, 1))


@ACCOUNTS.step(at="kernel/sys.c:__sys_setreuid", who="task X", each=SLOTS)
def task_X_sets_its_real_uid_to_1_and_its_effective_to_2(
    machine: Machine, state: Accounts, index: int
) -> Move:
    """setreuid(1, 2) by root."""
    ready = _root(slots(state)[index - 1])
    if ready is False:
        return Move(False, state)
    return Move(ready, _commits(machine, state, index, 1, 2))


@ACCOUNTS.step(at="fs/exec.c:do_execveat_common", who="task X", each=SLOTS)
def task_X_executes(machine: Machine, state: Accounts, index: int) -> Move:
    """execve(): EAGAIN for the marked who are over the limit still; else the mark goes."""
    slot = slots(state)[index - 1]
    ready = lives(slot, Life.ALIVE)
    if ready is False:
        return Move(False, state)
    excess = machine.ask(over, slot.uid, count(state, slot.counted), state.limit)
    refused = both(slot.marked, excess)
    had_joined = slot.joined == int(Joined.OVER)
    runs = but(
        slot,
        marked=both(refused, slot.marked),
        joined=when_word(8, both(had_joined, no(refused)), int(Joined.WITHIN), slot.joined),
    )
    after = with_slot(
        state,
        index,
        runs,
        innocent=either(state.innocent, both(refused, slot.joined == int(Joined.NEVER))),
        escaped=either(state.escaped, both(no(refused), had_joined, excess)),
        pardoned=either(state.pardoned, both(no(refused), slot.marked)),
    )
    return Move(ready, after)


@ACCOUNTS.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_limit_is_lowered_to_1(_machine: Machine, state: Accounts) -> Move:
    """prlimit() on everybody; who is there already stays."""
    return Move(state.limit == 2, but(state, limit=1))


@ACCOUNTS.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_limit_is_raised_to_2(_machine: Machine, state: Accounts) -> Move:
    """prlimit() on everybody."""
    return Move(state.limit == 1, but(state, limit=2))


@dataclass(frozen=True, slots=True)
class Others:
    """How many unreaped tasks beside the three are charged to each user."""

    n0: Word = fact(64, 0, "others charged to root", signed=True)
    n1: Word = fact(64, 0, "others charged to user 1", signed=True)
    n2: Word = fact(64, 0, "others charged to user 2", signed=True)


@dataclass(frozen=True, slots=True)
class Crowded(Accounts):
    """A state with any number of tasks beside the three, as the ledger looks at it."""

    others: Others = part(Others)


def others(state: Accounts, uid: int) -> Word:
    """Return how many tasks beside the three are charged to a user."""
    if not isinstance(state, Crowded):
        return 0
    number: Word = getattr(state.others, f"n{uid}")
    return number


def charged(state: Accounts, uid: int) -> Word:
    """Return the number of unreaped tasks whose ucounts are the user's."""
    return others(state, uid) + how_many(
        both(no(lives(one, Life.FREE)), one.counted == uid) for one in slots(state)
    )


def entries(state: Accounts) -> list[Entry]:
    """Return the ledger's view of a state, in which no call is under way."""
    numbers = zip(USERS, (state.n0, state.n1, state.n2), strict=True)
    return [Entry(count=number, tasks=charged(state, uid)) for uid, number in numbers]


VIEW = View(
    about="any number of tasks and users, none of whom enters another user namespace",
    state=Crowded,
    calls=(CREATION, COMMIT_IN_ONE_NAMESPACE, EXIT, RELEASE),
    entries=entries,
    tasks=lambda state: [(no(lives(s, Life.FREE)), identity_of(s)) for s in slots(state)],
    others=lambda state: [others(state, uid) for uid in USERS],
)
"""commit_creds() without unshare() and setns()."""


def counts_are_true(state: Accounts) -> Truth:
    """Return whether each count is the number of unreaped tasks charged to it."""
    numbers = zip(USERS, (state.n0, state.n1, state.n2), strict=True)
    return both(*(number == charged(state, uid) for uid, number in numbers))
