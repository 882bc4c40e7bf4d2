"""A user namespace on a real kernel: unshare, setns, fork and set*uid inside it.

What root is charged with is not compared.  The namespace's bound is no file: it is told by how
many more tasks of its creator's fit, and where none does it is known to be at most their number.
"""

from __future__ import annotations

from typing import Any, ClassVar

from kernels.histories.drive import Held, History, user
from kernels.histories.drives.accounts import BY_STEP as ACCOUNTS_STEPS
from kernels.histories.drives.accounts import SlotsDrive
from kernels.histories.script import Facts, Row
from model.over_time.charges import SlotLife
from model.over_time.user_namespace_questions import Who, clones
from model.over_time.user_namespaces import NESTED, NOBODY, Member, count, key_of, members
from model.words import errno_name

NEWUSER = "0x10000000"
FREE = "any number"
KNOWN = (
    "task X forks",
    "task X exits",
    "task X is reaped",
    "task X sets its uid to user 1",
    "the limit is lowered to 1",
    "the limit is raised to 2",
)
BY_STEP = {
    **{name: ACCOUNTS_STEPS[name] for name in KNOWN},
    "task X makes a user namespace": (
        f"{{me}} unshare {NEWUSER}",
        "director keep ns1 {me} user",
        "director map {me}",
    ),
    "task X clones a child into a user namespace": (
        f"{{me}} clone {{room}} {NEWUSER} 17",
        "director keep ns1 {room} user",
        "director map {room}",
    ),
    "task X joins the namespace": (f"{{me}} join @ns1 {NEWUSER}",),
}


class UserNamespacesDrive(SlotsDrive):
    """Tasks of two users inside and outside of a user namespace."""

    system = NESTED
    own = BY_STEP
    slots = members
    counts: ClassVar = {"n01": "u1", "n11": "ns1:u1"}
    of_slot: ClassVar = {
        "uid": lambda one: user(one["uid"]),
        "ns": lambda one: {"init": 0, "ns1": 1}.get(one["ns"], 2),
    }
    options = "counts=u1,ns1:u1,room:ns1:u1"
    follows = frozenset(
        {"n00", "n10", "owner", "crowd", "overran"}
        | {f"t{i}.{fact}" for i in (1, 2, 3) for fact in ("ns", "uid", "key_ns", "key_uid")}
    )

    def refusals(self, history: History) -> dict[str, str]:
        """Return another user outside, a namespace of root's, the one it is in, a full bound."""
        state = history.states[-1]
        made: dict[str, str] = {}
        for i, one in enumerate(members(state), 1):
            if one.life != SlotLife.ALIVE:
                continue
            join = f"t{i} join @ns1 {NEWUSER}"
            if one.ns == 1:
                made[join] = "EINVAL"
            elif one.uid != 0:
                made[f"t{i} setuid u3"] = "EPERM"
                made |= {join: "EPERM"} if state.owner == 0 else {}
                made |= self._clone_refused(history, i, one)
        return made

    def _clone_refused(self, history: History, index: int, one: Member) -> dict[str, str]:
        state = history.states[-1]
        if state.owner != NOBODY:
            return {}
        who = Who(one.uid, one.ns, count(state, key_of(one)), 0, 0)
        errno = int(clones(history.kernel, who, state.limit).errno)
        return {f"t{index} clone t9 {NEWUSER} 17": errno_name(errno)} if errno else {}

    def expected(self, history: History, place: int) -> Facts:
        """Return it, and how many more tasks of its creator's fit into the namespace."""
        state = history.after(place)
        room = {} if state.owner == NOBODY else {"room": _room(state)}
        return super().expected(history, place) | room

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from the answers."""
        room = {"room": rows[-1]["counts"]["room:ns1:u1"]}
        return super().observed(history, place, rows) | room

    def could_be(self, history: History, held: Held) -> dict[str, list[Any]]:
        """Return what nothing shows; the bound is a snapshot, so every look at it counts."""
        left = super().could_be(history, held)
        state = history.states[-1]
        if state.owner == 1 and "bound" in left:
            left["bound"] = _bounds(history)
        elif state.owner != NOBODY or state.bound == 0:
            left.pop("bound", None)
        if state.owner == NOBODY:
            left.pop("n11", None)
        return left


def _room(state: Any) -> Any:
    """Return how many tasks of the creator's fit beside one more inside."""
    if state.owner != 1:
        return FREE if state.bound > 100 else None
    left = int(state.bound) - int(state.n01)
    return FREE if left > 20 else max(0, left)


def _bounds(history: History) -> list[int]:
    """Return the bounds that all the looks of a history allow."""
    allowed = set(range(1, 10))
    for state in history.states:
        if state.owner != 1:
            continue
        left = _room(state)
        if left == FREE:
            return [state.bound]
        here = {state.n01 + left} if left else set(range(1, state.n01 + 1))
        allowed &= here
    return sorted(allowed)
