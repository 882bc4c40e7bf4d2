"""Thread groups and pid namespaces: unshare(), setns(), clone() and vhost workers in any order.

kernel/fork.c:copy_process, kernel/nsproxy.c:create_new_namespaces,
kernel/pid_namespace.c:copy_pid_ns and pidns_install, kernel/vhost_task.c:vhost_task_create.
The task is root, and stays in its pid namespace; another may be set aside for its children.
"""

from __future__ import annotations

from model import words
from model.algebra import Truth, both, either, no
from model.call import choose
from model.over_time import calls
from model.over_time.caller import HERE, closed, sharing_caller
from model.over_time.places import Init, Life
from model.over_time.step import Machine, Move
from model.over_time.steps import exec, fork, pid_namespace, vhost
from model.over_time.steps.fork import COPY, THREAD
from model.over_time.steps.pid_namespace import inside, worker_inside
from model.over_time.world import World, but, scope

FLAGS = {
    "plainly": 0,
    "sharing signal handlers": words.SIGHAND | words.VM,
    "a thread": THREAD,
    "into a new pid namespace": words.NEWPID,
    "a thread into a new pid namespace": THREAD | words.NEWPID,
}


SYSTEM = scope(
    "pid_namespaces",
    about="thread groups, workers and pid namespaces",
    facts="for_children pid_ns_made child_reaper child child_thread child_sighand child_vm "
    "child_pid_ns child_init made thread worker_pid_ns worker_init deaf thread_apart barred "
    "starved ignores_child",
    tasks="one task, one that it made, its worker, two pid namespaces beside its own",
    uid=0,
    acting=0,
)
SYSTEM.takes(
    pid_namespace.the_owner_sets_a_pid_namespace_aside.called(
        "the task sets a pid namespace aside"
    ),
    pid_namespace.the_owner_chooses_its_own_pid_namespace_again.called(
        "the task chooses its own pid namespace again"
    ),
    pid_namespace.the_owner_chooses_the_other_pid_namespace_again.called(
        "the task chooses the other pid namespace again"
    ),
)


@SYSTEM.step(at=COPY, who="task", each=tuple(FLAGS))
def the_task_clones_X(machine: Machine, world: World, how: str) -> Move:
    """clone() by the rules of the single call."""
    made, after = fork.born(machine, world, FLAGS[how])
    ok, asked = made.errno == 0, FLAGS[how] == 0
    lost = both(asked, no(ok), world.for_children, closed(world), world.worker_init)
    failed = but(world, starved=either(world.starved, lost))
    return Move(both(no(there(world)), either(ok, lost)), choose(ok, after, failed))


@SYSTEM.step(at=vhost.SET_OWNER, who="task")
def the_task_opens_a_vhost_device(machine: Machine, world: World) -> Move:
    """VHOST_SET_OWNER; a kthread has nothing to do with its owner's namespaces."""
    ok, opened = vhost.opened_where_a_task_is_seen(machine, world)
    living = both(world.for_children, no(closed(world)))
    barred = but(world, barred=either(world.barred, living))
    return Move(both(no(world.made), either(ok, living)), choose(ok, opened, barred))


SYSTEM.takes(
    pid_namespace.the_init_of_the_other_namespace_ends,
    pid_namespace.the_init_that_waited_is_gone,
)


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_cleanup", who="task")
def the_task_closes_the_device(_machine: Machine, world: World) -> Move:
    """Its worker ends; perhaps as the init of a namespace."""
    alive = world.child_reaper == int(Init.ALIVE)
    init = both(worker_inside(world), world.worker_init, alive)
    left = vhost.without_the_worker(world)
    return Move(world.made, choose(init, pid_namespace.ended(left), left))


@SYSTEM.step(at=COPY, who="other")
def the_other_goes_its_own_way(_machine: Machine, world: World) -> Move:
    """An init that shares nothing with the task any more; room for a second child."""
    init = both(inside(world), world.child_init)
    apart = both(no(world.child_sighand), no(world.child_vm))
    return Move(both(init, apart), fork.without_the_child(world))


@SYSTEM.step(at="kernel/exit.c:do_exit", who="other")
def the_other_ends(_machine: Machine, world: World) -> Move:
    """Not as the init of the namespace set aside."""
    init = both(inside(world), world.child_init)
    return Move(both(there(world), no(init)), fork.without_the_child(world))


@SYSTEM.step(at="kernel/fork.c:check_unshare_flags", who="task")
def the_task_unshares_its_signal_handlers(machine: Machine, world: World) -> Move:
    """unshare(CLONE_SIGHAND): nothing happens, or EINVAL where they are shared."""
    errno, _ = machine.ask(calls.unshare, sharing_caller(world), words.SIGHAND)
    return Move(both(there(world), errno == 0), but(world, child_sighand=False))


SYSTEM.takes(exec.the_owner_executes.called("the task executes"))


def there(world: World) -> Truth:
    """Return whether the other is there."""
    return world.child == int(Life.ALIVE)


def one_group_one_pid_namespace(world: World) -> Truth:
    """Return whether the threads of the task's group are in its pid namespace."""
    child = either(no(world.child_thread), world.child_pid_ns == HERE)
    return both(child, either(no(world.thread), world.worker_pid_ns == HERE))
