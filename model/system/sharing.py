"""Sharing: who shares a root directory or a thread group with whom, across user namespaces.

kernel/fork.c:copy_process and ksys_unshare, kernel/user_namespace.c:userns_install.
"""

from __future__ import annotations

from dataclasses import dataclass

from model import words
from model.algebra import Truth, both, either, no
from model.records import BOOL, fact
from model.state import Cred
from model.system import calls
from model.system.step import Machine, Move, System, but

FLAGS = {
    "plainly": 0,
    "with CLONE_FS": words.FS,
    "a thread": words.THREAD | words.SIGHAND | words.VM,
    "a thread with CLONE_FS": words.THREAD | words.SIGHAND | words.VM | words.FS,
    "into a new user namespace": words.NEWUSER,
    "into a new user namespace with CLONE_FS": words.NEWUSER | words.FS,
    "a thread in a new user namespace": words.THREAD | words.SIGHAND | words.VM | words.NEWUSER,
}


@dataclass(frozen=True, slots=True)
class Sharing:
    """A task, one that it may clone, and one worker that it may have."""

    inside: bool = fact(BOOL, False, "the task is in a user namespace of its own")
    other: bool = fact(BOOL, False, "it has cloned another task")
    other_fs: bool = fact(BOOL, False, "the other shares its fs_struct")
    other_thread: bool = fact(BOOL, False, "the other is of its thread group")
    other_inside: bool = fact(BOOL, False, "the other is in the namespace")
    worker: bool = fact(BOOL, False, "it has a vhost worker that is a vhost task")
    worker_thread: bool = fact(BOOL, False, "the worker is of its thread group")
    worker_fs: bool = fact(BOOL, False, "the worker shares its fs_struct")
    worker_inside: bool = fact(BOOL, False, "the worker is in the namespace")
    refused: bool = fact(BOOL, False, "setns() was refused because of the worker alone")


SYSTEM = System(
    name="sharing",
    about="clone, unshare and setns across user namespaces",
    record=Sharing,
    tasks="one task, its clone and its worker",
    start=lambda _machine: Sharing(),
)


@SYSTEM.step(at="kernel/fork.c:copy_process", who="task", each=tuple(FLAGS))
def the_task_clones_X(machine: Machine, state: Sharing, how: str) -> Move:
    """clone() by the rules of the single call."""
    errno, fs, thread, fresh = machine.ask(calls.shares, FLAGS[how])
    after = but(
        state,
        other=True,
        other_fs=fs,
        other_thread=thread,
        other_inside=either(state.inside, fresh),
    )
    ready = both(no(state.other), errno == 0, no(both(fresh, state.inside)))
    return Move(ready, after)


@SYSTEM.step(at="drivers/vhost/vhost.c:vhost_dev_set_owner", who="task")
def the_task_opens_a_vhost_device(machine: Machine, state: Sharing) -> Move:
    """VHOST_SET_OWNER; a kthread shares nothing with its owner."""
    made = machine.ask(calls.vhost_worker, True, *calls.ORDINARY)
    task = no(made.by_kthreadd)
    after = but(
        state,
        worker=task,
        worker_thread=made.thread,
        worker_fs=task,
        worker_inside=state.inside,
    )
    return Move(both(no(state.worker), made.errno == 0), after)


def sharers(state: Sharing) -> tuple[int, int]:
    """Return the users of the task's fs_struct and the threads of its group."""
    fs = 1 + int(state.other_fs) + int(state.worker_fs)
    threads = 1 + int(state.other_thread) + int(state.worker_thread)
    return fs, threads


@SYSTEM.step(at="kernel/fork.c:ksys_unshare", who="task")
def the_task_makes_a_user_namespace(machine: Machine, state: Sharing) -> Move:
    """unshare(CLONE_NEWUSER), which implies CLONE_FS and needs a single thread."""
    errno, own = machine.ask(calls.unshare_user_beside, *sharers(state))
    after = but(
        state,
        inside=True,
        other_fs=both(state.other_fs, no(own)),
        worker_fs=both(state.worker_fs, no(own)),
    )
    return Move(both(no(state.inside), errno == 0), after)


@SYSTEM.step(at="kernel/user_namespace.c:userns_install", who="task")
def the_task_joins_a_user_namespace(machine: Machine, state: Sharing) -> Move:
    """setns(CLONE_NEWUSER) into the namespace that it, or its clone, could live in."""
    cred, limit = Cred(), words.RLIM_INFINITY
    fs, threads = sharers(state)
    errno = machine.ask(calls.join_user, cred, limit, 0, (fs, threads))
    alone = machine.ask(
        calls.join_user,
        cred,
        limit,
        0,
        (fs - int(state.worker_fs), threads - int(state.worker_thread)),
    )
    if errno != 0:
        worse = both(state.worker, alone == 0)
        return Move(no(state.inside), but(state, refused=either(state.refused, worse)))
    return Move(no(state.inside), but(state, inside=True))


def one_root_one_namespace(state: Sharing) -> Truth:
    """Return whether whoever shares the task's root is in its user namespace."""
    other = either(no(state.other_fs), state.other_inside == state.inside)
    worker = either(no(state.worker_fs), state.worker_inside == state.inside)
    return both(other, worker)


def one_group_one_namespace(state: Sharing) -> Truth:
    """Return whether the threads of the task's group are in its user namespace."""
    other = either(no(state.other_thread), state.other_inside == state.inside)
    worker = either(no(state.worker_thread), state.worker_inside == state.inside)
    return both(other, worker)
