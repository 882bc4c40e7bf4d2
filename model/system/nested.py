"""Nested accounts: tasks enter a user namespace, and are charged there and above.

kernel/user_namespace.c:create_user_ns, kernel/cred.c:commit_creds, kernel/ucount.c.
Tasks in the namespace are charged to (namespace, uid), and with it to the effective uid of
its creator in init_user_ns.  User 0 is root, user 1 has no capability outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model.algebra import Truth, both, either
from model.records import BOOL, fact, part
from model.state import Cred, Ucounts
from model.system import calls
from model.system.accounts import Life
from model.system.commit import (
    Identity,
    Key,
    adds_to_the_new,
    key_after,
    namespace,
    takes_from_the_old,
)
from model.system.step import Machine, Move, System, but
from model.words import CAP_FULL_SET

SLOTS = (1, 2, 3)
NOBODY = 9


@dataclass(frozen=True, slots=True)
class Member:
    """One task: who it is, where, and what its ucounts were looked up by."""

    life: int = fact(8, 0, "free, alive or zombie", names="life")
    ns: int = fact(8, 0, "its user namespace: 0 is init_user_ns")
    uid: int = fact(8, 0, "real uid, as a kuid")
    key_ns: int = fact(8, 0, "namespace of its ucounts")
    key_uid: int = fact(8, 0, "uid of its ucounts")


@dataclass(frozen=True, slots=True)
class Nested:
    """Three tasks, four counts, and one user namespace that may come to be."""

    t1: Member = part(Member)
    t2: Member = part(Member)
    t3: Member = part(Member)
    n00: int = fact(8, 1, "count of root in init_user_ns")
    n01: int = fact(8, 1, "count of user 1 in init_user_ns")
    n10: int = fact(8, 0, "count of root in the namespace")
    n11: int = fact(8, 0, "count of user 1 in the namespace")
    owner: int = fact(8, NOBODY, "effective uid of the namespace's creator; 9 if there is none")
    bound: int = fact(64, 0, "the namespace's NPROC bound, a snapshot")
    limit: int = fact(8, 2, "soft RLIMIT_NPROC of every task")
    crowd: bool = fact(BOOL, False, "a fork inside was refused for others than the namespace's")
    overran: bool = fact(BOOL, False, "setns() brought more tasks in than the bound")


def members(state: Nested) -> tuple[Member, ...]:
    """Return the task slots."""
    return (state.t1, state.t2, state.t3)


def count(state: Nested, key: Key) -> int:
    """Return the kernel's count of (namespace, uid)."""
    number: int = getattr(state, f"n{key.ns}{key.uid}")
    return number


def chain(state: Nested, key: Key) -> tuple[Key, ...]:
    """Return the elements a charge goes to: the key, and its namespace's creator above."""
    return (key, Key(0, state.owner)) if key.ns else (key,)


def _charge(state: Nested, key: Key, by: int) -> Nested:
    for element in chain(state, key):
        name = f"n{element.ns}{element.uid}"
        state = but(state, **{name: getattr(state, name) + by})
    return state


def _cred(state: Nested, uid: int, ns: int, key: Key) -> Cred:
    capable = CAP_FULL_SET if ns or uid == 0 else 0
    parent = count(state, Key(0, state.owner)) if key.ns else 0
    number = count(state, key)
    counts = Ucounts(
        nproc=number, nproc_of_euid=number, nproc_parent=parent, user_processes=number
    )
    return Cred(
        uid=uid,
        euid=uid,
        cap_effective=capable,
        user_ns=namespace(ns, state.bound),
        ucounts=counts,
    )


def _of(state: Nested, index: int) -> tuple[Member, Key, Cred]:
    member = members(state)[index - 1]
    key = Key(member.key_ns, member.key_uid)
    return member, key, _cred(state, member.uid, member.ns, key)


def _start(_machine: Machine) -> Nested:
    return Nested(
        t1=Member(Life.ALIVE), t2=Member(Life.ALIVE, uid=1, key_uid=1)
    )


def _sorted(state: Nested) -> Any:
    order = sorted((m.life, m.ns, m.uid, m.key_ns, m.key_uid) for m in members(state))
    rest = (
        state.n00, state.n01, state.n10, state.n11, state.owner, state.bound, state.limit,
        state.crowd, state.overran,
    )
    return (*order, rest)


NESTED = System(
    name="nested",
    about="tasks of two users and one user namespace under RLIMIT_NPROC",
    record=Nested,
    tasks="up to 3 tasks of 2 users in 2 user namespaces",
    start=_start,
    same=_sorted,
    most=3_500,
)


@NESTED.step(at="kernel/fork.c:copy_process", who="task X", each=SLOTS)
def task_X_forks(machine: Machine, state: Nested, index: int) -> Move:
    """fork(): the child is charged along its caller's chain."""
    member, key, cred = _of(state, index)
    room = next((i for i in SLOTS if members(state)[i - 1].life == Life.FREE), 0)
    if member.life != Life.ALIVE or not room:
        return Move(False, state)
    made = machine.ask(calls.fork, cred, state.limit, False)
    if made.errno != 0:
        inside = both(member.ns == 1, state.owner == 0, member.uid != 0)
        own = count(state, key) < state.limit
        return Move(True, but(state, crowd=either(state.crowd, both(inside, own))))
    return Move(True, but(_charge(state, key, 1), **{f"t{room}": member}))


@NESTED.step(at="kernel/exit.c:do_exit", who="task X", each=SLOTS)
def task_X_exits(_machine: Machine, state: Nested, index: int) -> Move:
    """A zombie stays charged."""
    member = members(state)[index - 1]
    after = but(state, **{f"t{index}": but(member, life=Life.ZOMBIE)})
    return Move(member.life == Life.ALIVE, after)


@NESTED.step(at="kernel/exit.c:release_task", who="parent", each=SLOTS)
def task_X_is_reaped(_machine: Machine, state: Nested, index: int) -> Move:
    """release_task() takes the charge along the chain."""
    member = members(state)[index - 1]
    if member.life != Life.ZOMBIE:
        return Move(False, state)
    key = Key(member.key_ns, member.key_uid)
    return Move(True, but(_charge(state, key, -1), **{f"t{index}": Member()}))


def _commit(machine: Machine, state: Nested, index: int, uid: int, ns: int) -> Nested:
    """commit_creds(): to another uid, or into another namespace."""
    member, key, _ = _of(state, index)
    old = Identity(member.uid, member.uid, member.ns, key)
    fresh = key_after(machine.kernel, old, uid, uid, ns)
    user, place = member.uid != uid, member.ns != ns
    if adds_to_the_new(machine.kernel, user, place):
        state = _charge(state, fresh, 1)
    if takes_from_the_old(machine.kernel, user, place):
        state = _charge(state, key, -1)
    moved = but(member, uid=uid, ns=ns, key_ns=fresh.ns, key_uid=fresh.uid)
    return but(state, **{f"t{index}": moved})


@NESTED.step(at="kernel/fork.c:ksys_unshare", who="task X", each=SLOTS)
def task_X_makes_a_user_namespace(machine: Machine, state: Nested, index: int) -> Move:
    """unshare(CLONE_NEWUSER); the bound is a snapshot of the limit."""
    member, _, cred = _of(state, index)
    if member.life != Life.ALIVE or state.owner != NOBODY:
        return Move(False, state)
    made = machine.ask(calls.unshare_user, cred, state.limit)
    if made.errno != 0:
        return Move(False, state)
    there = but(state, owner=member.uid, bound=made.bound)
    return Move(True, _commit(machine, there, index, member.uid, 1))


@NESTED.step(at="kernel/user_namespace.c:userns_install", who="task X", each=SLOTS)
def task_X_joins_the_namespace(machine: Machine, state: Nested, index: int) -> Move:
    """setns(CLONE_NEWUSER) by its owner, or by root: no limit is asked."""
    member, _, cred = _of(state, index)
    owns = member.uid in (0, state.owner)
    if member.life != Life.ALIVE or member.ns or state.owner == NOBODY or not owns:
        return Move(False, state)
    inside = count(state, Key(1, member.uid))
    if machine.ask(calls.join_user, cred, state.limit, inside) != 0:
        return Move(False, state)
    after = _commit(machine, state, index, member.uid, 1)
    beyond = count(after, Key(0, after.owner)) > after.bound
    return Move(True, but(after, overran=either(after.overran, beyond)))


@NESTED.step(at="kernel/sys.c:__sys_setuid", who="task X", each=SLOTS)
def task_X_sets_its_uid_to_user_1(machine: Machine, state: Nested, index: int) -> Move:
    """setuid(1) by root, or by root's task in the namespace that root made."""
    member = members(state)[index - 1]
    if member.life != Life.ALIVE or member.uid != 0:
        return Move(False, state)
    return Move(True, _commit(machine, state, index, 1, member.ns))


@NESTED.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_limit_is_lowered_to_1(_machine: Machine, state: Nested) -> Move:
    """prlimit() on everybody."""
    return Move(state.limit == 2, but(state, limit=1))


@NESTED.step(at="kernel/sys.c:do_prlimit", who="administrator")
def the_limit_is_raised_to_2(_machine: Machine, state: Nested) -> Move:
    """prlimit() on everybody; the namespace's bound stays."""
    return Move(state.limit == 1, but(state, limit=2))


def charged(state: Nested, element: Key) -> int:
    """Return the number of unreaped tasks whose chain passes through an element."""
    return sum(
        1
        for m in members(state)
        if m.life != Life.FREE and element in chain(state, Key(m.key_ns, m.key_uid))
    )


ELEMENTS = (Key(0, 0), Key(0, 1), Key(1, 0), Key(1, 1))


def counts_are_true(state: Nested) -> Truth:
    """Return whether each count is the number of unreaped tasks charged to it."""
    return both(*(count(state, key) == charged(state, key) for key in ELEMENTS))


def ucounts_are_the_real_uids(state: Nested) -> Truth:
    """Return whether every task is charged to (its namespace, its real uid)."""
    return both(
        *(
            either(m.life == Life.FREE, both(m.key_ns == m.ns, m.key_uid == m.uid))
            for m in members(state)
        )
    )


