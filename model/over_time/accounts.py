"""Accounts: tasks of three users come, go, change user and execute under RLIMIT_NPROC.

kernel/fork.c:copy_process, kernel/exit.c:release_task, kernel/sys.c:set_user,
fs/exec.c:do_execveat_common.  User 0 is root with every capability, 1 and 2 have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from model.algebra import Truth, Word, both, either, never, no, when, when_word
from model.over_time.charges import Charges, SlotLife, lives
from model.over_time.commit import (
    Identity,
    Key,
    adds_to_the_new,
    handed_on,
    key_after,
    takes_from_the_old,
)
from model.over_time.ledger import COMMIT_IN_ONE_NAMESPACE, CREATION, EXIT, RELEASE
from model.over_time.slots import looked_up
from model.over_time.step import Machine, Move, TransitionSystem, but
from model.over_time.users import forks, marks, over
from model.records import BOOL, fact, part

SLOTS = (1, 2, 3)
USERS = (0, 1, 2)


class SetUser(IntEnum):
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


def with_slot(state: Accounts, index: int, slot: Slot, **facts: Any) -> Accounts:
    """Return the state with one slot and some facts changed."""
    return but(state, **{f"t{index}": slot}, **facts)


def _start(_machine: Machine) -> Accounts:
    return Accounts(
        t1=Slot(life=int(SlotLife.ALIVE)), t2=Slot(life=int(SlotLife.ALIVE), uid=1, counted=1)
    )


def _sorted(state: Accounts) -> Any:
    order = sorted((s.life, s.uid, s.counted, s.marked, s.joined) for s in slots(state))
    rest = (
        state.n0, state.n1, state.n2, state.limit, state.moved, state.mark_missing,
        state.mark_undue, state.escaped, state.pardoned, state.innocent,
    )
    return (*order, rest)


ACCOUNTS = TransitionSystem(
    name="accounts",
    about="tasks of three users under RLIMIT_NPROC",
    record=Accounts,
    tasks="up to 3 tasks of 3 users",
    start=_start,
    same=_sorted,
)


def identity_of(slot: Slot) -> Identity:
    """Return a task's credential; its effective uid is asked nowhere."""
    return Identity(slot.uid, slot.uid, 0, Key(0, slot.counted))


CHARGES = Charges(
    record=Accounts,
    slots=slots,
    elements={f"n{user}": Key(0, user) for user in USERS},
    identity=identity_of,
    passes=lambda _state, element, key: element.uid == key.uid,
)


@ACCOUNTS.step(at="kernel/fork.c:copy_process", who="task X", each=SLOTS)
def task_X_forks(machine: Machine, state: Accounts, index: int) -> Move:
    """fork() by the rules of the single call; the child is charged to its caller's ucounts."""
    slot = slots(state)[index - 1]
    ready = both(lives(slot, SlotLife.ALIVE), CHARGES.room(state))
    if never(ready):
        return Move(False, state)
    made = machine.ask(forks, slot.uid, count(state, slot.counted), state.limit, slot.marked)
    ok = made.errno == 0
    forgiven = both(ok, slot.joined == int(SetUser.OVER))
    parent = but(
        slot,
        marked=both(slot.marked, no(made.forgets)),
        joined=when_word(8, forgiven, int(SetUser.WITHIN), slot.joined),
    )
    key = handed_on(identity_of(slot), made.charged_uid)
    child = Slot(
        life=int(SlotLife.ALIVE), uid=slot.uid, counted=key.uid, marked=made.child_marked
    )
    others = [parent if i == index else one for i, one in enumerate(slots(state), 1)]
    counts = CHARGES.after(state, (key, made.charges, True))
    return Move(ready, but(state, **CHARGES.placed(others, child, ok), **counts))


@ACCOUNTS.step(at="kernel/exit.c:do_exit", who="task X", each=SLOTS)
def task_X_exits(_machine: Machine, state: Accounts, index: int) -> Move:
    """A zombie stays charged."""
    return CHARGES.exits(state, index, marked=False, joined=int(SetUser.NEVER))


@ACCOUNTS.step(at="kernel/exit.c:release_task", who="parent", each=SLOTS)
def task_X_is_reaped(machine: Machine, state: Accounts, index: int) -> Move:
    """The first act of release_task() takes the charge from the task's ucounts."""
    return CHARGES.reaped(machine, state, index)


def _commits(machine: Machine, state: Accounts, index: int, uid: int, euid: int) -> Accounts:
    """set_user(), set_cred_ucounts(), the mark, and commit_creds()."""
    slot, kernel = slots(state)[index - 1], machine.kernel
    key = key_after(kernel, identity_of(slot), uid, euid, 0)
    here, there = (slot.uid, count(state, slot.counted)), (uid, count(state, key.uid))
    differs = slot.uid != uid
    marked = when(differs, machine.ask(marks, here, there, state.limit), slot.marked)
    beyond = machine.ask(over, *there, state.limit)
    joined = when_word(8, beyond, int(SetUser.OVER), int(SetUser.WITHIN))
    counts = CHARGES.after(
        state,
        (key, 1, adds_to_the_new(kernel, differs, False)),
        (identity_of(slot).key, -1, takes_from_the_old(kernel, differs, False)),
    )
    return with_slot(
        state,
        index,
        but(slot, uid=uid, counted=key.uid, marked=marked, joined=joined),
        moved=True,
        mark_missing=either(state.mark_missing, both(beyond, no(marked))),
        mark_undue=either(state.mark_undue, both(marked, no(beyond))),
        **counts,
    )


def _root(slot: Slot) -> Truth:
    return both(lives(slot, SlotLife.ALIVE), slot.uid == 0)


@ACCOUNTS.step(at="kernel/sys.c:__sys_setuid", who="task X", each=SLOTS)
def task_X_sets_its_uid_to_user_1(machine: Machine, state: Accounts, index: int) -> Move:
    """setuid(1) by root: all its uids change, its capabilities go."""
    ready = _root(slots(state)[index - 1])
    if never(ready):
        return Move(False, state)
    return Move(ready, _commits(machine, state, index, 1, 1))


@ACCOUNTS.step(at="kernel/sys.c:__sys_setreuid", who="task X", each=SLOTS)
def task_X_sets_its_real_uid_to_1_and_its_effective_to_2(
    machine: Machine, state: Accounts, index: int
) -> Move:
    """setreuid(1, 2) by root."""
    ready = _root(slots(state)[index - 1])
    if never(ready):
        return Move(False, state)
    return Move(ready, _commits(machine, state, index, 1, 2))


@ACCOUNTS.step(at="fs/exec.c:do_execveat_common", who="task X", each=SLOTS)
def task_X_executes(machine: Machine, state: Accounts, index: int) -> Move:
    """execve(): EAGAIN for the marked who are over the limit still; else the mark goes."""
    slot = slots(state)[index - 1]
    ready = lives(slot, SlotLife.ALIVE)
    if never(ready):
        return Move(False, state)
    excess = machine.ask(over, slot.uid, count(state, slot.counted), state.limit)
    refused = both(slot.marked, excess)
    had_joined = slot.joined == int(SetUser.OVER)
    runs = but(
        slot,
        marked=both(refused, slot.marked),
        joined=when_word(8, both(had_joined, no(refused)), int(SetUser.WITHIN), slot.joined),
    )
    after = with_slot(
        state,
        index,
        runs,
        innocent=either(state.innocent, both(refused, slot.joined == int(SetUser.NEVER))),
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


VIEW = CHARGES.view(
    "any number of tasks and users, none of whom enters another user namespace",
    *(CREATION, COMMIT_IN_ONE_NAMESPACE, EXIT, RELEASE),
)
"""commit_creds() without unshare() and setns()."""
