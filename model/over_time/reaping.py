"""Reaping: signal handlers shared with the init of another pid namespace, and wait().

kernel/pid_namespace.c:zap_pid_ns_processes, kernel/signal.c:do_notify_parent,
kernel/exit.c:exit_notify and do_wait.  The task is root and has one child at a time, which is
to send SIGCHLD; it may be the init of a pid namespace made by the same call, or set aside
before.
"""

from __future__ import annotations

from model import words
from model.algebra import both, either
from model.over_time.places import Life
from model.over_time.step import Machine, Move
from model.over_time.steps import exec, exit, fork, pid_namespace, signal
from model.over_time.steps.fork import COPY
from model.over_time.world import World, scope

_SHARED = words.VM | words.SIGHAND
FLAGS = {
    "plainly": 0,
    "sharing signal handlers": _SHARED,
    "into a new pid namespace": words.NEWPID,
    "into a new pid namespace sharing signal handlers": words.NEWPID | _SHARED,
}


SYSTEM = scope(
    "reaping",
    about="signal handlers shared with the init of a pid namespace, and wait()",
    facts="for_children pid_ns_made child_reaper child child_sighand child_vm child_pid_ns "
    "child_init ignores_child waited wait_failed",
    tasks="one task and one child at a time, two pid namespaces beside its own",
    uid=0,
    acting=0,
    child_signal=words.SIGCHLD,
)
SYSTEM.takes(
    pid_namespace.the_owner_sets_a_pid_namespace_aside.called(
        "the task sets a pid namespace aside"
    ),
    pid_namespace.the_owner_chooses_its_own_pid_namespace_again.called(
        "the task chooses its own pid namespace again"
    ),
)


@SYSTEM.step(at=COPY, who="task", each=tuple(FLAGS))
def the_task_clones_X(machine: Machine, world: World, how: str) -> Move:
    """clone() by the rules of the single call, when the child before is gone."""
    made, after = fork.born(machine, world, FLAGS[how])
    alone = either(world.child == int(Life.NONE), world.child == int(Life.GONE))
    return Move(both(alone, made.errno == 0), after)


SYSTEM.takes(
    exit.the_child_ends,
    exit.a_parent_waits_for_children_with_SIGCHLD.called("the task waits for its child"),
    exit.a_wait_finds_no_child.called("the tasks wait finds no child"),
    signal.the_owner_no_longer_ignores_SIGCHLD.called("the task no longer ignores SIGCHLD"),
    exec.the_owner_executes.called("the task executes"),
)
