"""Reaping on a real kernel: signal handlers shared with the init of a pid namespace, and wait().

The task is t1; its children are t2, t3, … in turn.  The director never reaps for it.
"""

from __future__ import annotations

from kernels.histories.drive import Drive, History, answer
from kernels.histories.script import Facts, Row
from model.over_time.caller import ASIDE, HERE, NEW
from model.over_time.places import Life
from model.over_time.reaping import FLAGS, SYSTEM
from model.over_time.step import Step
from model.words import NEWPID, SIGCHLD

CLONES = {f"the task clones {how}": flags for how, flags in FLAGS.items()}
ENDS = "the child ends"
FAILS = "the tasks wait finds no child"
BY_STEP = {
    "the task sets a pid namespace aside": f"t1 unshare {NEWPID:#x}",
    "the task chooses its own pid namespace again": f"t1 join @own {NEWPID:#x}",
    "the task waits for its child": "t1 wait -1 plain",
    FAILS: "t1 wait -1 plain",
    "the task no longer ignores SIGCHLD": f"t1 sigdfl {SIGCHLD}",
    "the task executes": "t1 execve",
}
MOST = 4
"""Children of one history: a stage has no more actors."""
_NAMES = {HERE: "own", NEW: "another", ASIDE: "another"}
_LIVES = {Life.ALIVE: "alive", Life.ZOMBIE: "zombie"}
_OF_THE_LIVING = ("child_sighand", "child_vm", "child_init")


class ReapingDrive(Drive):
    """A task of root's and its child: what that shared is looked at as long as it lives."""

    system = SYSTEM
    follows = frozenset(
        {"pid_ns_made", "child_reaper", "waited", "wait_failed", "child_pid_ns", *_OF_THE_LIVING}
    )

    def cannot(self, history: History) -> str:
        """Return why not: more children than a stage has room for."""
        names = [step.name for step in history.steps]
        if sum(name in CLONES for name in names) > MOST:
            return f"more than {MOST} children"
        return super().cannot(history)

    def can_follow(self, history: History, step: Step) -> bool:
        """Return whether a walk may go on so: there is room for one more child."""
        full = step.name in CLONES and _child(history, len(history.steps)) == f"t{MOST + 1}"
        return super().can_follow(history, step) and not full

    def knows(self, step: Step) -> bool:
        """Return whether it is one of the table."""
        return step.name in BY_STEP or step.name in CLONES or step.name == ENDS

    def setup(self, history: History) -> list[str]:
        """Return the task, and its own pid namespace for setns()."""
        return ["director start t1", "director keep own t1 pid"]

    def commands(self, history: History, place: int) -> list[str]:
        """Return the call of the step."""
        name = history.steps[place].name
        child = _child(history, place + 1)
        if name == ENDS:
            return [f"{child} exit", f"director await {child} 500"]
        if name in CLONES:
            return [f"t1 clone {child} {CLONES[name]:#x} {SIGCHLD}"]
        return [BY_STEP[name]]

    def expected(self, history: History, place: int) -> Facts:
        """Return what the task ignores, and its child with what it shares."""
        state = history.after(place)
        life = Life(int(state.child))
        facts: Facts = {"for_children": state.for_children, "ignores_child": state.ignores_child}
        facts["child"] = _LIVES.get(life, "gone")
        if life is Life.ALIVE:
            facts |= {name: getattr(state, name) for name in _OF_THE_LIVING}
            facts["child_pid_ns"] = _NAMES[state.child_pid_ns]
        if place >= 0:
            name = history.steps[place].name
            facts["answer"] = {ENDS: "ended", FAILS: "ECHILD"}.get(name, "OK")
        return facts

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same from /proc, kcmp and namespace links."""
        seen = rows[-1]["seen"]
        task, child = seen["t1"], seen.get(_child(history, place + 1), {"life": "gone"})
        facts: Facts = {
            "for_children": task["for_children"] != "own",
            "ignores_child": task["ignores_child"],
            "child": child["life"],
            "answer": answer(rows),
        }
        if child["life"] == "alive":
            facts |= {
                "child_sighand": child["sighand"] == "t1",
                "child_vm": child["vm"] == "t1",
                "child_init": child["pid"] == 1,
                "child_pid_ns": "own" if child["pid_ns"] == "own" else "another",
            }
        return facts


def _child(history: History, place: int) -> str:
    """Return the actor that is the last child made before a place; nothing if there is none."""
    made = sum(step.name in CLONES for step in history.steps[:place])
    return f"t{made + 1}" if made else ""
