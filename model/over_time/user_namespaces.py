"""User namespaces: tasks enter a user namespace, and are charged there and above.

kernel/user_namespace.c:create_user_ns, kernel/cred.c:commit_creds, kernel/ucount.c.
Tasks in the namespace are charged to (namespace, uid), and with it to the effective uid of
its creator in init_user_ns.  User 0 is root, user 1 has no capability outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model.algebra import Truth, Word, both, either, never, no, signed_below, when_word
from model.call import choose
from model.over_time.charges import Charges, SlotLife, lives
from model.over_time.commit import (
    Identity,
    Key,
    adds_to_the_new,
    handed_on,
    key_after,
    takes_from_the_old,
)
from model.over_time.ledger import COMMIT, CREATION, EXIT, RELEASE
from model.over_time.step import Machine, Move, TransitionSystem, but
from model.over_time.user_namespace_questions import Who, clones, forks, joins, unshares
from model.patches import UCOUNTS_NPROC
from model.records import BOOL, fact, part

SLOTS = (1, 2, 3)
NOBODY = 9


@dataclass(frozen=True, slots=True)
class Member:
    """One task: who it is, where, and what its ucounts were looked up by."""

    life: Word = fact(8, 0, "free, alive or zombie", names="life")
    ns: Word = fact(8, 0, "its user namespace: 0 is init_user_ns")
    uid: Word = fact(32, 0, "real uid, as a kuid")
    key_ns: Word = fact(8, 0, "namespace of its ucounts")
    key_uid: Word = fact(32, 0, "uid of its ucounts")


@dataclass(frozen=True, slots=True)
class Nested:
    """Three tasks, four counts, and one user namespace that may come to be."""

    t1: Member = part(Member)
    t2: Member = part(Member)
    t3: Member = part(Member)
    n00: Word = fact(64, 1, "count of root in init_user_ns", signed=True)
    n01: Word = fact(64, 1, "count of user 1 in init_user_ns", signed=True)
    n10: Word = fact(64, 0, "count of root in the namespace", signed=True)
    n11: Word = fact(64, 0, "count of user 1 in the namespace", signed=True)
    owner: Word = fact(32, NOBODY, "effective uid of the namespace's creator; 9 if there is none")
    bound: Word = fact(64, 0, "the namespace's NPROC bound, a snapshot", signed=True)
    limit: Word = fact(64, 2, "soft RLIMIT_NPROC of every task")
    crowd: Truth = fact(
        BOOL, False, "a fork inside was refused for others than the namespace's"
    )
    overran: Truth = fact(BOOL, False, "setns() brought more tasks in than the bound")


def members(state: Nested) -> tuple[Member, ...]:
    """Return the task slots."""
    return (state.t1, state.t2, state.t3)


def count(state: Nested, key: Key) -> Word:
    """Return the kernel's count of (namespace, uid)."""
    outer = when_word(64, key.uid == 0, state.n00, state.n01)
    inner = when_word(64, key.uid == 0, state.n10, state.n11)
    return when_word(64, key.ns == 0, outer, inner)


def passes(state: Nested, element: Key, key: Key) -> Truth:
    """Return whether a charge to ``key`` goes to an element: the key, or its creator above."""
    itself = both(element.ns == key.ns, element.uid == key.uid)
    above = both(element.ns == 0, key.ns != 0, state.owner == element.uid)
    return either(itself, above)


def key_of(member: Member) -> Key:
    """Return what a task's ucounts were looked up by."""
    return Key(member.key_ns, member.key_uid)


def _who(state: Nested, member: Member) -> Who:
    key = key_of(member)
    above = when_word(64, key.ns == 0, 0, count(state, Key(0, state.owner)))
    bound = when_word(64, member.ns == 0, 0, state.bound)
    return Who(member.uid, member.ns, count(state, key), above, bound)


def _start(_machine: Machine) -> Nested:
    alive = int(SlotLife.ALIVE)
    return Nested(t1=Member(alive), t2=Member(alive, uid=1, key_uid=1))


def _sorted(state: Nested) -> Any:
    order = sorted((m.life, m.ns, m.uid, m.key_ns, m.key_uid) for m in members(state))
    rest = (
        state.n00, state.n01, state.n10, state.n11, state.owner, state.bound, state.limit,
        state.crowd, state.overran,
    )
    return (*order, rest)


NESTED = TransitionSystem(
    name="user_namespaces",
    about="tasks of two users and one user namespace under RLIMIT_NPROC",
    record=Nested,
    tasks="up to 3 tasks of 2 users in 2 user namespaces",
    start=_start,
    same=_sorted,
    most=3_500,
)


def identity_of(member: Member) -> Identity:
    """Return a task's credential; its effective uid is its real one."""
    return Identity(member.uid, member.uid, member.ns, key_of(member))


CHARGES = Charges(
    record=Nested,
    slots=members,
    elements={"n00": Key(0, 0), "n01": Key(0, 1), "n10": Key(1, 0), "n11": Key(1, 1)},
    identity=identity_of,
    passes=passes,
)


def _placed(state: Nested, child: Member, charges: Word, **facts: Any) -> Nested:
    """Return the state with a child in its first free slot, and charged so many units."""
    charge = CHARGES.after(state, (key_of(child), charges, True))
    return but(state, **CHARGES.placed(members(state), child), **charge, **facts)


def _child(member: Member, charged_uid: Word) -> Member:
    key = handed_on(identity_of(member), charged_uid)
    return but(member, key_ns=key.ns, key_uid=key.uid)


@NESTED.step(at="kernel/fork.c:copy_process", who="task X", each=SLOTS)
def task_X_forks(machine: Machine, state: Nested, index: int) -> Move:
    """fork(): the child is charged along its caller's chain."""
    member = members(state)[index - 1]
    ready = both(lives(member, SlotLife.ALIVE), CHARGES.room(state))
    if never(ready):
        return Move(False, state)
    key = key_of(member)
    made = machine.ask(forks, _who(state, member), state.limit)
    ok, child = made.errno == 0, _child(member, made.charged_uid)
    if ok is True:
        return Move(ready, _placed(state, child, made.charges))
    inside = both(member.ns == 1, state.owner == 0, member.uid != 0)
    crowded = both(inside, signed_below(count(state, key), state.limit))
    left = CHARGES.after(state, (key_of(child), made.charges, True))
    refused = but(state, crowd=either(state.crowd, crowded), **left)
    return Move(ready, choose(ok, _placed(state, child, made.charges), refused))


@NESTED.step(at="kernel/exit.c:do_exit", who="task X", each=SLOTS)
def task_X_exits(_machine: Machine, state: Nested, index: int) -> Move:
    """A zombie stays charged."""
    return CHARGES.exits(state, index)


@NESTED.step(at="kernel/exit.c:release_task", who="parent", each=SLOTS)
def task_X_is_reaped(machine: Machine, state: Nested, index: int) -> Move:
    """release_task() takes the charge along the chain."""
    return CHARGES.reaped(machine, state, index)


def _commit(machine: Machine, state: Nested, index: int, uid: Word, ns: Word) -> Nested:
    """commit_creds(): to another uid, or into another namespace."""
    member, kernel = members(state)[index - 1], machine.kernel
    fresh = key_after(kernel, identity_of(member), uid, uid, ns)
    user, place = member.uid != uid, member.ns != ns
    charge = CHARGES.after(
        state,
        (fresh, 1, adds_to_the_new(kernel, user, place)),
        (key_of(member), -1, takes_from_the_old(kernel, user, place)),
    )
    moved = but(member, uid=uid, ns=ns, key_ns=fresh.ns, key_uid=fresh.uid)
    return but(state, **{f"t{index}": moved}, **charge)


@NESTED.step(at="kernel/fork.c:ksys_unshare", who="task X", each=SLOTS)
def task_X_makes_a_user_namespace(machine: Machine, state: Nested, index: int) -> Move:
    """unshare(CLONE_NEWUSER); the bound is a snapshot of the limit."""
    member = members(state)[index - 1]
    ready = both(lives(member, SlotLife.ALIVE), state.owner == NOBODY)
    if never(ready):
        return Move(False, state)
    made = machine.ask(unshares, _who(state, member), state.limit)
    there = but(state, owner=member.uid, bound=made.bound)
    after = _commit(machine, there, index, member.uid, 1)
    return Move(both(ready, made.errno == 0), after)


@NESTED.step(at="kernel/cred.c:copy_creds", who="task X", each=SLOTS)
def task_X_clones_a_child_into_a_user_namespace(
    machine: Machine, state: Nested, index: int
) -> Move:
    """clone(CLONE_NEWUSER): the child is charged in its namespace and above, its parent stays."""
    member = members(state)[index - 1]
    ready = both(lives(member, SlotLife.ALIVE), state.owner == NOBODY, CHARGES.room(state))
    if never(ready):
        return Move(False, state)
    made = machine.ask(clones, _who(state, member), state.limit)
    within = when_word(8, machine[UCOUNTS_NPROC], 1, 0)
    child = but(member, ns=1, key_ns=within, key_uid=made.charged_uid)
    there = but(state, owner=member.uid, bound=made.bound)
    return Move(both(ready, made.errno == 0), _placed(there, child, made.charges))


@NESTED.step(at="kernel/user_namespace.c:userns_install", who="task X", each=SLOTS)
def task_X_joins_the_namespace(machine: Machine, state: Nested, index: int) -> Move:
    """setns(CLONE_NEWUSER) by its owner, or by root: no limit is asked."""
    member = members(state)[index - 1]
    owns = either(member.uid == 0, member.uid == state.owner)
    ready = both(
        lives(member, SlotLife.ALIVE), member.ns == 0, no(state.owner == NOBODY), owns
    )
    if never(ready):
        return Move(False, state)
    inside = count(state, Key(1, member.uid))
    errno = machine.ask(joins, _who(state, member), state.limit, inside)
    after = _commit(machine, state, index, member.uid, 1)
    beyond = signed_below(after.bound, count(after, Key(0, after.owner)))
    return Move(both(ready, errno == 0), but(after, overran=either(after.overran, beyond)))


@NESTED.step(at="kernel/sys.c:__sys_setuid", who="task X", each=SLOTS)
def task_X_sets_its_uid_to_user_1(machine: Machine, state: Nested, index: int) -> Move:
    """setuid(1) by root, or by root's task in the namespace that root made."""
    member = members(state)[index - 1]
    ready = both(lives(member, SlotLife.ALIVE), member.uid == 0)
    if never(ready):
        return Move(False, state)
    return Move(ready, _commit(machine, state, index, 1, member.ns))


@NESTED.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_limit_is_lowered_to_1(_machine: Machine, state: Nested) -> Move:
    """prlimit() on everybody."""
    return Move(state.limit == 2, but(state, limit=1))


@NESTED.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_limit_is_raised_to_2(_machine: Machine, state: Nested) -> Move:
    """prlimit() on everybody; the namespace's bound stays."""
    return Move(state.limit == 1, but(state, limit=2))


VIEW = CHARGES.view(
    "any number of tasks, users and nested user namespaces", CREATION, COMMIT, EXIT, RELEASE
)
"""Every kind of call."""
