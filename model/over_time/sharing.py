"""Sharing: who shares a root directory or a thread group with whom, across user namespaces.

kernel/fork.c:copy_process and ksys_unshare, kernel/user_namespace.c:userns_install.
"""

from __future__ import annotations

from dataclasses import dataclass

from model import words
from model.algebra import Truth, Word, both, either, no, same
from model.call import choose
from model.kernel import Kernel
from model.over_time import calls
from model.over_time.slots import how_many
from model.over_time.step import Machine, Move, System, but
from model.records import BOOL, fact
from model.state import Cred, Task

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

    inside: Truth = fact(BOOL, False, "the task is in a user namespace of its own")
    other: Truth = fact(BOOL, False, "it has cloned another task")
    other_fs: Truth = fact(BOOL, False, "the other shares its fs_struct")
    other_thread: Truth = fact(BOOL, False, "the other is of its thread group")
    other_inside: Truth = fact(BOOL, False, "the other is in the namespace")
    worker: Truth = fact(BOOL, False, "it has a vhost worker that is a vhost task")
    worker_thread: Truth = fact(BOOL, False, "the worker is of its thread group")
    worker_fs: Truth = fact(BOOL, False, "the worker shares its fs_struct")
    worker_inside: Truth = fact(BOOL, False, "the worker is in the namespace")
    refused: Truth = fact(BOOL, False, "setns() was refused because of the worker alone")


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
    made = machine.ask(calls.vhost_worker, True, Task())
    task = no(made.by_kthreadd)
    after = but(
        state,
        worker=task,
        worker_thread=made.thread,
        worker_fs=task,
        worker_inside=state.inside,
    )
    return Move(both(no(state.worker), made.errno == 0), after)


def sharers(state: Sharing) -> tuple[Word, Word]:
    """Return the users of the task's fs_struct and the threads of its group."""
    fs = how_many((True, state.other_fs, state.worker_fs), 32)
    threads = how_many((True, state.other_thread, state.worker_thread), 32)
    return fs, threads


def without_the_worker(state: Sharing) -> tuple[Word, Word]:
    """Return the same, the worker left out."""
    return how_many((True, state.other_fs), 32), how_many((True, state.other_thread), 32)


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


def joins(kernel: Kernel, fs_users: Word, threads: Word) -> Word:
    """Ask for setns(CLONE_NEWUSER) by a task with sharers; return the errno."""
    return calls.join_user(kernel, Cred(), words.RLIM_INFINITY, 0, (fs_users, threads))


@SYSTEM.step(at="kernel/user_namespace.c:userns_install", who="task")
def the_task_joins_a_user_namespace(machine: Machine, state: Sharing) -> Move:
    """setns(CLONE_NEWUSER) into the namespace that it, or its clone, could live in."""
    errno = machine.ask(joins, *sharers(state))
    alone = machine.ask(joins, *without_the_worker(state))
    worse = either(state.refused, both(state.worker, alone == 0))
    after = choose(errno == 0, but(state, inside=True), but(state, refused=worse))
    return Move(no(state.inside), after)


def one_root_one_namespace(state: Sharing) -> Truth:
    """Return whether whoever shares the task's root is in its user namespace."""
    other = either(no(state.other_fs), same(state.other_inside, state.inside))
    worker = either(no(state.worker_fs), same(state.worker_inside, state.inside))
    return both(other, worker)


def one_group_one_namespace(state: Sharing) -> Truth:
    """Return whether the threads of the task's group are in its user namespace."""
    other = either(no(state.other_thread), same(state.other_inside, state.inside))
    worker = either(no(state.worker_thread), same(state.worker_inside, state.inside))
    return both(other, worker)
