"""Sharing across user namespaces: who shares a root directory or a thread group with whom.

kernel/fork.c:copy_process and ksys_unshare, kernel/user_namespace.c:userns_install.
"""

from __future__ import annotations

from model import words
from model.algebra import Truth, both, either, no
from model.call import choose
from model.over_time import calls
from model.over_time.caller import sharing_caller
from model.over_time.places import Life
from model.over_time.step import Machine, Move
from model.over_time.steps import fork, nsproxy, vhost
from model.over_time.steps.fork import COPY, THREAD
from model.over_time.world import World, but, scope

FLAGS = {
    "plainly": 0,
    "with CLONE_FS": words.FS,
    "a thread": THREAD,
    "a thread with CLONE_FS": THREAD | words.FS,
    "into a new user namespace": words.NEWUSER,
    "into a new user namespace with CLONE_FS": words.NEWUSER | words.FS,
    "a thread in a new user namespace": THREAD | words.NEWUSER,
}


SYSTEM = scope(
    "userns_sharing",
    about="clone, unshare and setns across user namespaces",
    facts="user_ns child child_fs child_thread child_user_ns made thread worker_fs worker_user_ns "
    "worker_in_the_way",
    tasks="one task, its clone and its worker",
)


@SYSTEM.step(at=COPY, who="task", each=tuple(FLAGS))
def the_task_clones_X(machine: Machine, world: World, how: str) -> Move:
    """clone() by the rules of the single call; one new user namespace at most."""
    made, after = fork.born(machine, world, FLAGS[how])
    second = both(made.user_ns, world.user_ns == 1)
    return Move(both(world.child == int(Life.NONE), made.errno == 0, no(second)), after)


@SYSTEM.step(at=vhost.SET_OWNER, who="task")
def the_task_opens_a_vhost_device(machine: Machine, world: World) -> Move:
    """VHOST_SET_OWNER; a kthread shares nothing with its owner, and is not seen here."""
    return Move(*vhost.opened_where_a_task_is_seen(machine, world))


SYSTEM.takes(
    nsproxy.the_owner_unshares_its_user_namespace.called("the task makes a user namespace")
)


@SYSTEM.step(at="kernel/user_namespace.c:userns_install", who="task")
def the_task_joins_a_user_namespace(machine: Machine, world: World) -> Move:
    """setns(CLONE_NEWUSER) into the namespace that it, or its clone, could live in."""
    without = vhost.without_the_worker(world)
    errno, alone = (
        machine.ask(calls.join_user, sharing_caller(one), 0) for one in (world, without)
    )
    worse = either(world.worker_in_the_way, both(world.made, alone == 0))
    joined = but(world, user_ns=1)
    after = choose(errno == 0, joined, but(world, worker_in_the_way=worse))
    return Move(world.user_ns == 0, after)


def one_root_one_namespace(world: World) -> Truth:
    """Return whether whoever shares the task's root is in its user namespace."""
    child = either(no(world.child_fs), world.child_user_ns == world.user_ns)
    worker = either(no(world.worker_fs), world.worker_user_ns == world.user_ns)
    return both(child, worker)


def one_group_one_namespace(world: World) -> Truth:
    """Return whether the threads of the task's group are in its user namespace."""
    child = either(no(world.child_thread), world.child_user_ns == world.user_ns)
    worker = either(no(world.thread), world.worker_user_ns == world.user_ns)
    return both(child, worker)
