"""Sharing across user namespaces on a real kernel: clone, unshare and setns."""

from __future__ import annotations

from typing import Any, ClassVar

from kernels.histories.drive import History, answer
from kernels.histories.drives.cloning import OPENS, CloningDrive, clone, worker_seen
from kernels.histories.script import Facts, Row
from model.kernel import Kernel
from model.over_time import calls
from model.over_time.caller import sharing_caller
from model.over_time.places import Life
from model.over_time.userns_sharing import FLAGS, SYSTEM
from model.over_time.world import World
from model.words import NEWUSER
from model.words import errno_name as name

JOINS = "the task joins a user namespace"


class UsernsSharingDrive(CloningDrive):
    """A task, its clone, and a namespace of somebody else's that it could join."""

    system = SYSTEM
    follows = frozenset({"worker_in_the_way"})
    flags = FLAGS
    unshares = NEWUSER
    common = ("user_ns", "child_fs", "child_thread", "child_user_ns")
    own: ClassVar = {OPENS: ("t1 own 0",), JOINS: (f"t1 join @{{ns}} {NEWUSER:#x}",)}

    def setup(self, history: History) -> list[str]:
        """Return the task, and a namespace that another one made."""
        return [
            "director start t1",
            "director start t3",
            f"t3 unshare {NEWUSER:#x}",
            "director keep ns1 t3 user",
            "director map t3",
        ]

    def commands(self, history: History, place: int) -> list[str]:
        """Return the call; the task joins its clone's namespace, if that is another one."""
        flags = self.flags_of(history.steps[place])
        made = super().commands(history, place) if flags is None else [clone(flags, "t2")]
        fresh = ["director keep ns2 t2 user", "director map t2"] if (flags or 0) & NEWUSER else []
        return [*made, *fresh, *self.looks(history, place)]

    def names(self, history: History, place: int) -> dict[str, str]:
        """Return the namespace that it may join."""
        state = history.before(place)
        clones = state.child and state.child_user_ns and not state.user_ns
        return {"ns": "ns2" if clones else "ns1"}

    def unshared(self, kernel: Kernel, state: World) -> dict[str, Any]:
        """Return what comes of unshare() outside of a namespace; inside it may be done again."""
        return {} if state.user_ns else super().unshared(kernel, state)

    def expected(self, history: History, place: int) -> Facts:
        """Return who is there, inside, and sharing what."""
        state = history.after(place)
        facts = self.in_common(state) | {"child": state.child, "made": state.made}
        if state.made:
            facts["thread"] = state.thread
        if place >= 0 and history.steps[place].name == JOINS:
            facts["answer"] = _joined(history, place)
        elif place >= 0:
            facts["answer"] = "OK"
        return facts

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from user namespace links, kcmp and thread groups."""
        task, child = rows[-1]["seen"]["t1"], rows[-1]["seen"].get("t2", {"life": "gone"})
        alive = Life.ALIVE if child["life"] == "alive" else Life.NONE
        facts = self.seen_of(task, child) | {"child": alive, "answer": answer(rows)}
        return facts | worker_seen(rows)


def _joined(history: History, place: int) -> str:
    errno = int(calls.join_user(history.kernel, sharing_caller(history.before(place)), 0))
    return name(errno) if errno else "OK"
