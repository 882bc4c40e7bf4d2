"""Sharing on a real kernel: clone, unshare and setns across user namespaces."""

from __future__ import annotations

from typing import Any

from kernels.histories.drive import History, answer, worker_seen
from kernels.histories.drives.cloning import OPENS, CloningDrive, clone, in_common
from kernels.histories.script import Facts, Row
from model.kernel import Kernel
from model.over_time import calls
from model.over_time.caller import sharing_caller
from model.over_time.places import Life
from model.over_time.sharing import FLAGS, SYSTEM, Sharing
from model.over_time.step import Step
from model.words import NEWUSER
from model.words import errno_name as name

UNSHARES = "the task makes a user namespace"
JOINS = "the task joins a user namespace"
_OF_THE_CHILD = ("child_fs", "child_thread", "child_user_ns")


class SharingDrive(CloningDrive):
    """A task, its clone, and a namespace of somebody else's that it could join."""

    system = SYSTEM
    follows = frozenset({"worker_in_the_way"})
    flags = FLAGS
    unshares = NEWUSER

    def knows(self, step: Step) -> bool:
        """Return whether it is a clone, unshare or setns, or a vhost device."""
        known = (UNSHARES, JOINS, OPENS)
        return step.name in known or self.flags_of(step.name) is not None

    def setup(self, history: History) -> list[str]:
        """Return the task, and a namespace that another one made."""
        return [
            "director start t1",
            "director start t3",
            f"t3 unshare {NEWUSER:#x}",
            "director keep ns1 t3 user",
            "director map t3",
        ]

    def calls(self, history: History, place: int) -> list[str]:
        """Return the call; the task joins its clone's namespace, if that is another one."""
        name, state = history.steps[place].name, history.before(place)
        if name == OPENS:
            return ["t1 own 0"]
        if name == UNSHARES:
            return [f"t1 unshare {NEWUSER:#x}"]
        if name == JOINS:
            clones = state.child and state.child_user_ns and not state.user_ns
            return [f"t1 join @{'ns2' if clones else 'ns1'} {NEWUSER:#x}"]
        flags = self.flags_of(name) or 0
        fresh = ["director keep ns2 t2 user", "director map t2"]
        return [clone(flags, "t2"), *(fresh if flags & NEWUSER else [])]

    def unshared(self, kernel: Kernel, state: Sharing) -> dict[str, Any]:
        """Return what comes of unshare() outside of a namespace; inside it may be done again."""
        return {} if state.user_ns else super().unshared(kernel, state)

    def expected(self, history: History, place: int) -> Facts:
        """Return who is there, inside, and sharing what."""
        state = history.after(place)
        facts: Facts = {name: getattr(state, name) for name in ("user_ns", "child", "made")}
        if state.made:
            facts["thread"] = state.thread
        if state.child:
            facts |= {name: getattr(state, name) for name in _OF_THE_CHILD}
        if place >= 0 and history.steps[place].name == JOINS:
            facts["answer"] = _joined(history, place)
        elif place >= 0:
            facts["answer"] = "OK"
        return facts

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from user namespace links, kcmp and thread groups."""
        task, other = rows[-1]["seen"]["t1"], rows[-1]["seen"].get("t2")
        facts: Facts = {
            "user_ns": int(task["ns"] != "init"),
            "child": Life.ALIVE if other is not None and other["life"] == "alive" else Life.NONE,
            "answer": answer(rows),
            **worker_seen(rows),
        }
        if facts["child"]:
            assert other is not None
            facts |= in_common(other, "child_fs", "child_thread")
            facts["child_user_ns"] = int(other["ns"] != "init")
        return facts


def _joined(history: History, place: int) -> str:
    errno = int(calls.join_user(history.kernel, sharing_caller(history.before(place)), 0))
    return name(errno) if errno else "OK"
