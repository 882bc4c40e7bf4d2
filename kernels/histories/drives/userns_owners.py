"""Owners of user namespaces on a real kernel: nested ones of one user, and who may join which.

The user is t1; its children are t2 and t3; who is cloned only to make a namespace is t4, t5, t6.
"""

from __future__ import annotations

import re

from kernels.histories.drive import History, answer
from kernels.histories.drives.by_table import TableDrive
from kernels.histories.script import Facts, Row
from model.over_time import creating
from model.over_time.userns_owners import (
    CHILDREN,
    NOWHERE,
    SPACES,
    SYSTEM,
    Owners,
    children,
    reach_of,
    spaces,
    there,
)
from model.words import NEWUSER, errno_name

_NEW = f"{NEWUSER:#x}"
BY_STEP = {
    "child X is forked outside": ("t1 fork {me}",),
    "child X is cloned into a new user namespace": ("t1 clone {me} {new} 17",),
    "child X makes a user namespace below its own": ("{me} unshare {new}",),
    "child X clones a task into a user namespace below its own": ("{me} clone {extra} {new} 17",),
    "child X joins namespace Y": ("{me} join @s{target} {new}",),
    "child X takes another uid and gives up its capabilities": ("{me} setresuid u2", "{me} capset"),
    "child X gives up its capabilities": ("{me} capset",),
}
EXTRA = "clones a task"


def _parts(name: str) -> tuple[str, int, int]:
    """Return a step's name with its numbers left open, the child, and the namespace."""
    numbers = [int(one) for one in re.findall(r"\d", name)] or [0]
    opened = re.sub(r"namespace \d", "namespace Y", re.sub(r"child \d", "child X", name))
    return opened, numbers[0], numbers[1] if len(numbers) > 1 else 0


class UsernsOwnersDrive(TableDrive):
    """A user without capabilities, two children, and up to three namespaces."""

    system = SYSTEM
    own = BY_STEP
    follows = frozenset(
        f"s{n}.{fact}" for n in SPACES for fact in ("made", "parent", "level", "owner")
    )

    def opened(self, name: str) -> str:
        """Return a step's name with its numbers left open."""
        return _parts(name)[0]

    def setup(self, history: History) -> list[str]:
        """Return the user outside."""
        return ["director start t1", "t1 setuid u1"]

    def names(self, history: History, place: int) -> dict[str, str]:
        """Return the child, the namespace that it joins, and who is cloned to make one."""
        _, child, target = _parts(history.steps[place].name)
        extra = f"t{3 + _fresh(history, place)}"
        return {"me": f"t{1 + child}", "new": _NEW, "extra": extra, "target": str(target)}

    def commands(self, history: History, place: int) -> list[str]:
        """Return the call; a new namespace is kept, and mapped by somebody in its parent."""
        lines, fresh = super().commands(history, place), _fresh(history, place)
        if fresh:
            names = self.names(history, place)
            who = names["extra" if EXTRA in history.steps[place].name else "me"]
            parent = spaces(history.after(place))[fresh - 1].parent
            lines.append(f"director keep s{fresh} {who} user")
            lines.append(f"director map {who}" + (f" s{parent}" if parent else ""))
        return lines

    def refusals(self, history: History) -> dict[str, str]:
        """Return every setns() that the rules refuse."""
        state: Owners = history.states[-1]
        made: dict[str, str] = {}
        for index, child in zip(CHILDREN, children(state), strict=True):
            for target in SPACES:
                if not there(child) or not spaces(state)[target - 1].made:
                    continue
                reach = reach_of(state, child, target)
                asked = (child.ns == target, reach, child.capable)
                errno = int(creating.joins_a_user_namespace(history.kernel, *asked))
                if errno:
                    made[f"t{1 + index} join @s{target} {_NEW}"] = errno_name(errno)
        return made

    def expected(self, history: History, place: int) -> Facts:
        """Return each child's namespace, effective uid, and whether it is capable there."""
        state = history.after(place)
        facts: Facts = {}
        for index, child in zip(CHILDREN, children(state), strict=True):
            facts[f"c{index}.ns"] = child.ns
            if there(child):
                facts |= {f"c{index}.euid": child.euid, f"c{index}.capable": child.capable}
        return facts | ({"answer": "OK"} if place >= 0 else {})

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from /proc."""
        seen = rows[-1]["seen"]
        facts: Facts = {"answer": answer(rows)}
        for index in CHILDREN:
            child = seen.get(f"t{1 + index}")
            facts[f"c{index}.ns"] = NOWHERE
            if child is not None:
                facts[f"c{index}.ns"] = 0 if child["ns"] == "init" else int(child["ns"][1:])
                facts[f"c{index}.euid"] = int(child["euid"][1:])
                facts[f"c{index}.capable"] = child["capable"]
        return facts


def _fresh(history: History, place: int) -> int:
    """Return the number of the namespace that a step made; 0 if it made none."""
    before, after = spaces(history.before(place)), spaces(history.after(place))
    pairs = zip(SPACES, before, after, strict=True)
    return next((n for n, old, new in pairs if new.made and not old.made), 0)
