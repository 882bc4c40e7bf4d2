"""Publication: the half-steps of copy_process() against signals, a dying init, and pids.max.

kernel/fork.c:copy_process (from the multiprocess list to the last test under siglock),
kernel/pid_namespace.c:zap_pid_ns_processes, kernel/cgroup/pids.c.
"""

from __future__ import annotations

from model.algebra import both, no
from model.over_time.places import ForkStage, Init
from model.over_time.step import Machine, Move
from model.over_time.steps import exit, fork, pid_namespace, signal
from model.over_time.world import World, but, scope
from model.patches import SIGNALS_BEFORE_FORK

SYSTEM = scope(
    "publication",
    about="the half-steps of one fork against signals and a dying init",
    facts="half signalled noted signal_pending killed child_reaper refused child child_pending "
    "late_child pids",
    tasks="one caller and its child",
    for_children=True,
    child_reaper=int(Init.ALIVE),
)
SYSTEM.takes(fork.the_fork_begins, fork.the_cgroup_is_charged)


@SYSTEM.step(at=signal.SEND, who="user")
def the_group_gets_a_signal(machine: Machine, world: World) -> Move:
    """kill(-pgid): noted for every fork in progress of the group, since v4.19."""
    sent = signal.the_process_gets_a_signal_that_it_handles.move(machine, world)
    noted = but(sent.then, noted=machine[SIGNALS_BEFORE_FORK])
    return Move(both(sent.when, fork.under_way(world)), noted)


@SYSTEM.step(at=signal.SIGKILL, who="user")
def the_caller_gets_SIGKILL(machine: Machine, world: World) -> Move:
    """Until the child is published."""
    sent = signal.the_owners_group_gets_SIGKILL.move(machine, world)
    return Move(both(sent.when, no(world.half == int(ForkStage.DONE))), sent.then)


SYSTEM.takes(
    pid_namespace.the_init_begins_to_end.called("the namespaces init dies"),
    fork.the_fork_comes_to_its_last_tests,
    exit.the_child_is_released,
)
