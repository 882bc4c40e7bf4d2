"""Accounts: tasks of three users come, go, change user and execute under RLIMIT_NPROC.

kernel/fork.c:copy_process, kernel/exit.c:release_task, kernel/sys.c:set_user,
fs/exec.c:do_execveat_common.  User 0 is root with every capability, 1 and 2 have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from model.algebra import Truth, both, either, no
from model.records import BOOL, fact, part
from model.state import Cred, Ucounts
from model.system import calls
from model.system.commit import (
    Identity,
    Key,
    adds_to_the_new,
    execve_refuses,
    key_after,
    marked_by_set_user,
    over,
    takes_from_the_old,
)
from model.system.step import Machine, Move, System, but
from model.words import CAP_FULL_SET

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

    life: int = fact(8, 0, "free, alive or zombie", names="life")
    uid: int = fact(8, 0, "real uid")
    counted: int = fact(8, 0, "uid of its ucounts: whom it is charged to")
    marked: bool = fact(BOOL, False, "PF_NPROC_EXCEEDED")
    joined: int = fact(8, 0, "whether it called set*uid()", names="joined")


@dataclass(frozen=True, slots=True)
class Accounts:
    """Three task slots, the count of each user, the soft limit, and what happened."""

    t1: Slot = part(Slot)
    t2: Slot = part(Slot)
    t3: Slot = part(Slot)
    n0: int = fact(8, 1, "tasks charged to root")
    n1: int = fact(8, 1, "tasks charged to user 1")
    n2: int = fact(8, 0, "tasks charged to user 2")
    limit: int = fact(8, 2, "soft RLIMIT_NPROC of every task")
    moved: bool = fact(BOOL, False, "somebody called set*uid()")
    mark_missing: bool = fact(BOOL, False, "set*uid() into a user over its limit left no mark")
    mark_undue: bool = fact(BOOL, False, "set*uid() into a user within its limit left the mark")
    escaped: bool = fact(BOOL, False, "who had joined a user over its limit executed unrefused")
    pardoned: bool = fact(BOOL, False, "a marked task executed unrefused")
    innocent: bool = fact(BOOL, False, "execve() refused a task that never called set*uid()")


def slots(state: Accounts) -> tuple[Slot, ...]:
    """Return the task slots."""
    return (state.t1, state.t2, state.t3)


def count(state: Accounts, uid: int) -> int:
    """Return the kernel's count of a user."""
    return (state.n0, state.n1, state.n2)[uid]


def with_slot(state: Accounts, index: int, slot: Slot, **facts: Any) -> Accounts:
    """Return the state with one slot and some facts changed."""
    return but(state, **{f"t{index}": slot}, **facts)


def _changed(state: Accounts, uid: int, by: int) -> dict[str, int]:
    return {f"n{uid}": count(state, uid) + by}


def _cred(state: Accounts, uid: int, counted: int) -> Cred:
    number = count(state, counted)
    capable = CAP_FULL_SET if uid == 0 else 0
    counts = Ucounts(nproc=number, nproc_of_euid=number, user_processes=number)
    return Cred(uid=uid, euid=uid, cap_effective=capable, ucounts=counts)


def _start(_machine: Machine) -> Accounts:
    return Accounts(
        t1=Slot(life=Life.ALIVE), t2=Slot(life=Life.ALIVE, uid=1, counted=1)
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


@ACCOUNTS.step(at="kernel/fork.c:copy_process", who="task X", each=SLOTS)
def task_X_forks(machine: Machine, state: Accounts, index: int) -> Move:
    """fork() by the rules of the single call; the child is charged to its caller's ucounts."""
    slot = slots(state)[index - 1]
    room = next((i for i in SLOTS if slots(state)[i - 1].life == Life.FREE), 0)
    if slot.life != Life.ALIVE or not room:
        return Move(False, state)
    cred = _cred(state, slot.uid, slot.counted)
    made = machine.ask(calls.fork, cred, state.limit, slot.marked)
    after = but(slot, marked=both(slot.marked, no(made.forgets)))
    if made.errno != 0:
        return Move(True, with_slot(state, index, after))
    forgiven = Joined.WITHIN if after.joined == Joined.OVER else after.joined
    child = Slot(Life.ALIVE, slot.uid, slot.counted, made.child_marked, Joined.NEVER)
    made_room = with_slot(state, room, child, **_changed(state, slot.counted, 1))
    return Move(True, with_slot(made_room, index, but(after, joined=forgiven)))


@ACCOUNTS.step(at="kernel/exit.c:do_exit", who="task X", each=SLOTS)
def task_X_exits(_machine: Machine, state: Accounts, index: int) -> Move:
    """A zombie stays charged."""
    slot = slots(state)[index - 1]
    dead = but(slot, life=Life.ZOMBIE, marked=False, joined=Joined.NEVER)
    return Move(slot.life == Life.ALIVE, with_slot(state, index, dead))


@ACCOUNTS.step(at="kernel/exit.c:release_task", who="parent", each=SLOTS)
def task_X_is_reaped(_machine: Machine, state: Accounts, index: int) -> Move:
    """The first act of release_task() takes the charge from the task's ucounts."""
    slot = slots(state)[index - 1]
    changed = _changed(state, slot.counted, -1)
    return Move(slot.life == Life.ZOMBIE, with_slot(state, index, Slot(), **changed))


def _commits(
    machine: Machine, state: Accounts, index: int, uid: int, euid: int
) -> Accounts:
    """set_user(), set_cred_ucounts(), the mark, and commit_creds()."""
    slot, kernel = slots(state)[index - 1], machine.kernel
    old = Identity(slot.uid, slot.uid, 0, Key(0, slot.counted))
    key = key_after(kernel, old, uid, euid, 0).uid
    here, there = _cred(state, slot.uid, slot.counted), _cred(state, uid, key)
    differs = slot.uid != uid
    marked = slot.marked
    if differs:
        marked = machine.ask(marked_by_set_user, here, there, state.limit)
    beyond = machine.ask(over, there, state.limit)
    fresh = but(
        slot, uid=uid, counted=key, marked=marked, joined=Joined.OVER if beyond else Joined.WITHIN
    )
    told = with_slot(
        state,
        index,
        fresh,
        moved=True,
        mark_missing=either(state.mark_missing, both(beyond, no(marked))),
        mark_undue=either(state.mark_undue, both(marked, no(beyond))),
    )
    if adds_to_the_new(kernel, differs, False):
        told = but(told, **_changed(told, key, 1))
    if takes_from_the_old(kernel, differs, False):
        told = but(told, **_changed(told, slot.counted, -1))
    return told


@ACCOUNTS.step(at="kernel/sys.c:__sys_setuid", who="task X", each=SLOTS)
def task_X_sets_its_uid_to_user_1(machine: Machine, state: Accounts, index: int) -> Move:
    """setuid(1) by root: all its uids change, its capabilities go."""
    slot = slots(state)[index - 1]
    if slot.life != Life.ALIVE or slot.uid != 0:
        return Move(False, state)
    return Move(True, _commits(machine, state, index, 1, 1))


@ACCOUNTS.step(at="kernel/sys.c:__sys_setreuid", who="task X", each=SLOTS)
def task_X_sets_its_real_uid_to_1_and_its_effective_to_2(
    machine: Machine, state: Accounts, index: int
) -> Move:
    """setreuid(1, 2) by root."""
    slot = slots(state)[index - 1]
    if slot.life != Life.ALIVE or slot.uid != 0:
        return Move(False, state)
    return Move(True, _commits(machine, state, index, 1, 2))


@ACCOUNTS.step(at="fs/exec.c:do_execveat_common", who="task X", each=SLOTS)
def task_X_executes(machine: Machine, state: Accounts, index: int) -> Move:
    """execve(): EAGAIN for the marked who are over the limit still; else the mark goes."""
    slot = slots(state)[index - 1]
    if slot.life != Life.ALIVE:
        return Move(False, state)
    cred = _cred(state, slot.uid, slot.counted)
    refused = machine.ask(execve_refuses, cred, state.limit, slot.marked)
    if refused:
        innocent = either(state.innocent, slot.joined == Joined.NEVER)
        return Move(True, but(state, innocent=innocent))
    beyond = both(slot.joined == Joined.OVER, machine.ask(over, cred, state.limit))
    joined = Joined.WITHIN if slot.joined == Joined.OVER else slot.joined
    after = with_slot(
        state,
        index,
        but(slot, marked=False, joined=joined),
        escaped=either(state.escaped, beyond),
        pardoned=either(state.pardoned, slot.marked),
    )
    return Move(True, after)


@ACCOUNTS.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_limit_is_lowered_to_1(_machine: Machine, state: Accounts) -> Move:
    """prlimit() on everybody; who is there already stays."""
    return Move(state.limit == 2, but(state, limit=1))


@ACCOUNTS.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_limit_is_raised_to_2(_machine: Machine, state: Accounts) -> Move:
    """prlimit() on everybody."""
    return Move(state.limit == 1, but(state, limit=2))


def charged(state: Accounts, uid: int) -> int:
    """Return the number of unreaped tasks whose ucounts are the user's."""
    return sum(1 for s in slots(state) if s.life != Life.FREE and s.counted == uid)


def counts_are_true(state: Accounts) -> Truth:
    """Return whether each count is the number of unreaped tasks charged to it."""
    return both(*(count(state, uid) == charged(state, uid) for uid in USERS))


