"""Sharing on a real kernel: clone, unshare and setns across user namespaces."""

from __future__ import annotations

from typing import ClassVar

from kernels.histories.drive import Drive, History, answer, signal_of, worker_seen
from kernels.histories.script import Facts, Row
from model.over_time import calls
from model.over_time.caller import caller, sharing_caller
from model.over_time.places import Life
from model.over_time.sharing import FLAGS, SYSTEM, Sharing
from model.over_time.step import Step
from model.words import NEWUSER
from model.words import errno_name as name

CLONES = {f"the task clones {how}": flags for how, flags in FLAGS.items()}
UNSHARES = "the task makes a user namespace"
JOINS = "the task joins a user namespace"
WORKER = "the task opens a vhost device"
LOOK = "director workers t1"
_OF_THE_CHILD = ("child_fs", "child_thread", "child_user_ns")


class SharingDrive(Drive):
    """A task, its clone, and a namespace of somebody else's that it could join."""

    system = SYSTEM
    follows = frozenset({"worker_in_the_way"})
    needs: ClassVar = {WORKER: "vhost"}

    def knows(self, step: Step) -> bool:
        """Return whether it is a clone, unshare or setns, or a vhost device."""
        return step.name in (*CLONES, UNSHARES, JOINS, WORKER)

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
        look = [LOOK] if history.after(place).made or history.steps[place].name == WORKER else []
        return [*self._calls(history.steps[place], history.before(place)), *look]

    def _calls(self, step: Step, state: Sharing) -> list[str]:
        if step.name == WORKER:
            return ["t1 own 0"]
        if step.name == UNSHARES:
            return [f"t1 unshare {NEWUSER:#x}"]
        if step.name == JOINS:
            clones = state.child and state.child_user_ns and not state.user_ns
            return [f"t1 join @{'ns2' if clones else 'ns1'} {NEWUSER:#x}"]
        flags = CLONES[step.name]
        made = [f"t1 clone t2 {flags:#x} {signal_of(flags)}"]
        fresh = ["director keep ns2 t2 user", "director map t2"]
        return made + (fresh if flags & NEWUSER else [])

    def refusals(self, history: History) -> dict[str, str]:
        """Return the clones that share too much, and unshare() by who is not alone."""
        state, kernel = history.states[-1], history.kernel
        made: dict[str, str] = {}
        for flags in FLAGS.values():
            errno = int(calls.clone(kernel, caller(state), flags, signal_of(flags)).errno)
            if errno:
                made[f"t1 clone t9 {flags:#x} {signal_of(flags)}"] = name(errno)
        if not state.user_ns:
            errno = int(calls.unshare(kernel, sharing_caller(state), NEWUSER)[0])
            made |= {f"t1 unshare {NEWUSER:#x}": name(errno)} if errno else {}
        return made

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
            facts |= {
                "child_fs": other["fs"] == "t1",
                "child_thread": other["leader"] == "t1",
                "child_user_ns": int(other["ns"] != "init"),
            }
        return facts


def _joined(history: History, place: int) -> str:
    errno = int(calls.join_user(history.kernel, sharing_caller(history.before(place)), 0))
    return name(errno) if errno else "OK"
