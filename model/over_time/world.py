"""The world over time: one record of parts, of which each scope has those that it is about.

An owner, its vhost device, the worker of it, who waits for whom, two freezers, signals.  A
step is written once, on the world.  A scope (:func:`scope`) names its facts; what else a step
reads is there as declared here, or as the scope says, and never changes; what else it changes
is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, make_dataclass
from enum import IntEnum
from functools import cache
from typing import Any, cast

from model import records
from model.algebra import Truth, Word, either
from model.mistake import Mistake, here
from model.over_time.step import TransitionSystem
from model.records import BOOL, fact
from model.state import USER
from model.words import RLIM_INFINITY, SIGCHLD

NO_MAX = 2**62
"""pids.max where there is none."""


class Stop(IntEnum):
    """Where the closer is in vhost_task_stop() (or kthread_stop())."""

    NO = 0
    TOLD = 1
    """The STOP flag is set; the wake-up follows."""
    WAITS = 2
    DONE = 3


class WorkerRun(IntEnum):
    """Where the worker is."""

    NONE = 0
    RUNNING = 1
    LATCHED = 2
    """It took SIGKILL and works on until it is stopped (v6.4 to v6.9)."""
    LEAVING = 3
    """Out of its loop, before it says that it has exited."""
    SAID = 4
    """exited is complete; do_exit() follows."""
    ZOMBIE = 5
    """Dead; somebody holds the task_struct, or must still reap it."""
    FREED = 6
    """task_struct is gone."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a step of the world may read or change."""

    # the worker, as it was made
    made: Truth = fact(BOOL, False, "there is a worker")
    io: Truth = fact(BOOL, False, "it is io_uring's")
    kvm: Truth = fact(BOOL, False, "there is a virtual machine, whose recovery thread it is")
    kthread: Truth = fact(BOOL, False, "it is a kthread")
    thread: Truth = fact(BOOL, False, "it is a thread of the owner's group")
    looks: Truth = fact(BOOL, False, "its main loop calls get_signal()")
    masked: Truth = fact(BOOL, False, "it blocks all but SIGKILL and SIGSTOP")
    deaf: Truth = fact(BOOL, False, "it ignores SIGKILL, as every signal")
    nofreeze: Truth = fact(BOOL, False, "PF_NOFREEZE")
    in_cgroup: Truth = fact(BOOL, True, "it is in the owner's cgroup")

    # the worker, where it is
    run: Word = fact(8, 0, "where the worker is", names="run")
    sent: Truth = fact(BOOL, False, "SIGKILL was sent to the worker")
    pending: Truth = fact(BOOL, False, "SIGKILL is pending for it")
    killed_flag: Truth = fact(BOOL, False, "VHOST_TASK_FLAGS_KILLED")
    stop_flag: Truth = fact(BOOL, False, "VHOST_TASK_FLAGS_STOP")
    woke: Truth = fact(BOOL, False, "somebody woke the worker")
    woke_freed: Truth = fact(BOOL, False, "somebody woke a task_struct that was gone")
    woke_none: Truth = fact(BOOL, False, "somebody woke a worker that was never made")
    worker_gone: Truth = fact(BOOL, False, "the worker ended")
    worker_away: Truth = fact(BOOL, False, "the worker is in the frozen cgroup")
    worker_trapped: Truth = fact(BOOL, False, "the worker sleeps in the freezer's trap")
    worker_frozen: Truth = fact(BOOL, False, "the worker is in the refrigerator")
    worker_stopped: Truth = fact(BOOL, False, "the worker stopped")
    left: Truth = fact(BOOL, False, "the worker left its loop for a signal")
    took: Truth = fact(BOOL, False, "the worker took the signal")
    poked: Truth = fact(BOOL, False, "the signal is pending for the worker alone")

    # the owner, and who else has the file
    killed: Truth = fact(BOOL, False, "SIGKILL was sent to the owner's group")
    owner_gone: Truth = fact(BOOL, False, "the owner ended")
    owner_away: Truth = fact(BOOL, False, "the owner is in the frozen cgroup")
    owner_trapped: Truth = fact(BOOL, False, "the owner sleeps in the freezer's trap")
    owner_frozen: Truth = fact(BOOL, False, "the owner is in the refrigerator")
    other_frozen: Truth = fact(BOOL, False, "the other process is in the refrigerator")
    leaves: Truth = fact(BOOL, False, "the owner called exit(2) and waits for its workers")
    signalled: Truth = fact(BOOL, False, "the signal was sent to the owner's group")
    signal_pending: Truth = fact(BOOL, False, "the signal is pending for the group")
    handled: Truth = fact(BOOL, False, "the handler ran")
    sigstop: Truth = fact(BOOL, False, "SIGSTOP was sent to the owner's group")
    main_stopped: Truth = fact(BOOL, False, "the main thread stopped")
    flushing: Truth = fact(BOOL, False, "the owner waits in an ioctl until the worker has run")
    file_here: Truth = fact(BOOL, True, "the owner holds the file")
    file_there: Truth = fact(BOOL, False, "another process holds the file")
    closer_is_owner: Truth = fact(BOOL, False, "the file's last reference went with the owner")
    stop: Word = fact(8, 0, "where the closer is", names="stop")
    passed: Truth = fact(BOOL, False, "another process alone has the file")
    closing: Truth = fact(BOOL, False, "the last reference of the file is gone")
    closed: Truth = fact(BOOL, False, "the release is over")

    # whose the worker is, and what is charged for it
    uid: Word = fact(32, USER, "the owner's real uid")
    acting: Word = fact(32, USER, "the uid that it acts under")
    limit: Word = fact(64, RLIM_INFINITY, "the owner's RLIMIT_NPROC", signed=True)
    tasks: Word = fact(64, 1, "tasks charged to the owner's user", signed=True)
    kernel_tasks: Word = fact(64, 1, "tasks charged to root that kthreadd made", signed=True)
    pids: Word = fact(64, 1, "pids.current of the owner's cgroup", signed=True)
    pids_max: Word = fact(64, NO_MAX, "pids.max of the owner's cgroup", signed=True)
    opened: Word = fact(64, 0, "devices with a worker", signed=True)
    a: Word = fact(8, 0, "workers of device A", signed=True)
    b: Word = fact(8, 0, "workers of device B", signed=True)
    a_kthread: Truth = fact(BOOL, False, "device A was opened with a kthread")
    b_kthread: Truth = fact(BOOL, False, "device B was opened with a kthread")
    asked: Truth = fact(BOOL, False, "the last call was VHOST_NEW_WORKER")
    of_kthreads: Truth = fact(BOOL, False, "on a device with a kthread")
    refused: Word = fact(16, 0, "errno of the last call", names="errno")
    cgroup: Word = fact(8, 1, "the owner's cgroup; 0 is the root")
    ns: Word = fact(8, 1, "the owner's namespaces; 0 are the initial ones")
    user_ns: Word = fact(8, 0, "the owner's user namespace; 0 is the initial one")
    maker: Word = fact(32, 0, "the uid that the owner acted under when the worker was made")
    worker_uid: Word = fact(32, 0, "the worker's real uid, which it is charged to")
    shares_limits: Truth = fact(BOOL, False, "its rlimits are the owner's own")
    worker_limit: Word = fact(64, 0, "the worker's RLIMIT_NPROC; 0 is kthreadd's", signed=True)
    worker_cgroup: Word = fact(8, 0, "the worker's cgroup")
    worker_ns: Word = fact(8, 0, "the worker's namespaces")
    worker_user_ns: Word = fact(8, 0, "the worker's user namespace")
    alone: Truth = fact(BOOL, False, "a single thread of the group was moved")

    # a worker's queue, and what its maker was given
    loop: Word = fact(8, 0, "where the worker is in its loop", names="loop")
    marked: Truth = fact(BOOL, False, "the worker is TASK_INTERRUPTIBLE")
    queued: Truth = fact(BOOL, False, "the worker's list has work")
    wakes: Truth = fact(BOOL, False, "who queued work has yet to wake the worker")
    flush: Word = fact(8, 0, "where VHOST_ATTACH_VRING_WORKER is", names="flush")
    unlocked: Truth = fact(BOOL, False, "its caller dropped the worker's mutex while it waits")
    worker_killed: Truth = fact(BOOL, False, "worker->killed is set")
    returned: Word = fact(8, 0, "what vhost_task_create() returned", names="returned")
    tested: Truth = fact(BOOL, False, "the caller has tested it")
    used: Truth = fact(BOOL, False, "the caller took it for a task and started that")

    # how KVM makes its recovery thread
    ran: Truth = fact(BOOL, False, "some vCPU called KVM_RUN")
    completed: Truth = fact(BOOL, False, "call_once() counts as completed")
    workers: Word = fact(8, 0, "workers that were made for the owner", signed=True)
    vcpu_a: Word = fact(8, 0, "vCPU A's thread", names="vcpu")
    vcpu_b: Word = fact(8, 0, "vCPU B's thread", names="vcpu")
    full: Truth = fact(BOOL, False, "RLIMIT_NPROC has no room")
    reason: Word = fact(16, 0, "the errno of its creation", names="errno")

    # the owner's child, while it is made and later
    half: Word = fact(8, 0, "how far copy_process() got", names="half")
    noted: Truth = fact(BOOL, False, "the signal is noted for the child on the multiprocess list")
    forking: Truth = fact(BOOL, False, "a CLONE_PARENT fork is between its half-steps")
    sampled: Word = fact(32, 0, "the exit signal that a fork in progress read early")
    child: Word = fact(8, 0, "the owner's child", names="family")
    child_thread: Truth = fact(BOOL, False, "the child is a thread of the owner's group")
    child_fs: Truth = fact(BOOL, False, "the child shares its fs_struct")
    child_sighand: Truth = fact(BOOL, False, "the child shares its signal handlers")
    child_vm: Truth = fact(BOOL, False, "the child shares its address space")
    child_user_ns: Word = fact(8, 0, "the child's user namespace")
    child_pid_ns: Word = fact(8, 0, "the child's pid namespace, next to the owner's", names="ns")
    child_init: Truth = fact(BOOL, False, "the child is the init of its pid namespace")
    child_pending: Truth = fact(BOOL, False, "the signal is pending for the child")
    late_child: Truth = fact(BOOL, False, "the child was added after the init's death")
    child_parent: Word = fact(8, 0, "whose child it is", names="parents")
    child_signal: Word = fact(32, 0, "the child's exit signal")
    autoreap: Truth = fact(BOOL, False, "the child was made with CLONE_AUTOREAP")
    notified: Truth = fact(BOOL, False, "its parent was sent its exit signal")
    waited: Truth = fact(BOOL, False, "somebody reaped it by wait()")
    wait_failed: Truth = fact(BOOL, False, "wait() said ECHILD, though nobody had reaped it")

    # who shares with the owner, whose child it is, and where its children are made
    worker_fs: Truth = fact(BOOL, False, "the worker shares its fs_struct")
    worker_in_the_way: Truth = fact(BOOL, False, "setns() was refused for the worker alone")
    parent_gone: Truth = fact(BOOL, False, "the owner's parent ended")
    owner_init: Truth = fact(BOOL, False, "the owner is the init of its pid namespace")
    exit_signal: Word = fact(32, SIGCHLD, "the owner's exit signal, asked for by its parent")
    for_children: Truth = fact(BOOL, False, "another pid namespace is for the owner's children")
    pid_ns_made: Truth = fact(BOOL, False, "that namespace was made")
    child_reaper: Word = fact(8, 0, "its init", names="init")
    worker_pid_ns: Word = fact(8, 0, "the worker's pid namespace", names="ns")
    worker_init: Truth = fact(BOOL, False, "a worker is or was the init of its pid namespace")
    thread_apart: Truth = fact(BOOL, False, "a thread was made while another was for children")
    barred: Truth = fact(BOOL, False, "no device could be opened while another was for children")
    starved: Truth = fact(BOOL, False, "a fork failed because a worker had been the init")
    ignores_child: Truth = fact(BOOL, False, "SIGCHLD is ignored in the owner's signal handlers")

    # exec ids: wider than any, so that a comparison is one of plain numbers
    self_exec_id: Word = fact(80, 0, "the owner's self_exec_id")
    parent_exec_id: Word = fact(80, 0, "the child's parent_exec_id")
    executed: Word = fact(80, 0, "how often the owner executed since it made the child")
    execs_left: Word = fact(80, 0, "how many more steps of execve() there may be")
    notice: Word = fact(32, 0, "what the owner was sent when its child ended")

    # a child that is killed when its pidfd is closed, and set-user-ID files
    owner_is: Word = fact(8, 0, "who the owner is", names="maker")
    made_by: Word = fact(8, 0, "who the owner was when it made the child", names="maker")
    child_no_new_privs: Truth = fact(BOOL, False, "the child has no_new_privs")
    child_gained: Truth = fact(BOOL, False, "the child has executed a set-user-ID file of root's")
    child_root: Truth = fact(BOOL, False, "the child runs as root in init_user_ns")
    pidfd_open: Truth = fact(BOOL, False, "the pidfd from clone3() is open")
    autokilled: Truth = fact(BOOL, False, "the child was killed because it was closed")

    # who has workers made for a device
    child_uid: Word = fact(32, USER, "the child's real uid")
    child_asked: Truth = fact(BOOL, False, "the child asked for a worker and got it")
    child_workers: Word = fact(8, 0, "workers in the child's group", signed=True)
    elsewhere: Word = fact(
        8, 0, "workers not charged to the user who opened the device", signed=True
    )
    asker: Word = fact(8, 0, "who asked for a worker last", names="asker")
    answer: Word = fact(16, 0, "the errno of the last VHOST_NEW_WORKER", names="errno")

    # the freezers
    freeze: Truth = fact(BOOL, False, "cgroup.freeze of the owner's first cgroup is 1")
    home_says: Truth = fact(BOOL, False, "cgroup.events of the first cgroup says frozen")
    away_says: Truth = fact(BOOL, True, "cgroup.events of the frozen cgroup says frozen")
    suspend: Truth = fact(BOOL, False, "the machine is to suspend")
    caught: Truth = fact(BOOL, False, "somebody waited for the worker when it was to suspend")

    # execve() and core dumps: all threads of the owner's group
    execve: Word = fact(8, 0, "how far execve() got", names="execve")
    dump: Word = fact(8, 0, "how far the core dump got", names="dump")
    awaited: Word = fact(8, 0, "ends or reports of threads still awaited", signed=True)
    main: Word = fact(8, 1, "the main thread", names="thread")
    second: Word = fact(8, 0, "the second thread", names="thread")
    second_leaves: Truth = fact(BOOL, False, "the second thread called exit(2) by itself")
    vhost: Word = fact(8, 0, "a vhost worker beside one of io_uring", names="thread")
    vhost_thread: Truth = fact(BOOL, False, "that one is a thread of the group")
    worker_dumps: Truth = fact(BOOL, False, "a worker began the core dump")

    # cgroup.kill and a fork
    kill: Word = fact(8, 0, "how far the kill of the child's cgroup got", names="kill")
    into_other: Truth = fact(BOOL, False, "CLONE_INTO_CGROUP: the child starts in another cgroup")
    other_killed: Truth = fact(BOOL, False, "that other cgroup was killed once, long ago")
    forked_before: Truth = fact(BOOL, False, "the fork was under way when the kill began")
    child_killed: Truth = fact(BOOL, False, "SIGKILL is pending for the child")

    # io_uring
    blocking: Truth = fact(BOOL, False, "it has work that blocks, and may want a worker")
    task_work: Truth = fact(BOOL, False, "task work to make a worker waits")
    cancelled: Truth = fact(BOOL, False, "it was cancelled, and its workers are told to exit")
    tries: Word = fact(8, 0, "init_retries, up to 3", signed=True)
    gave_up: Truth = fact(BOOL, False, "io-wq gave up")
    flagged: Truth = fact(BOOL, False, "the worker has the flags of one")
    worker_flags: Word = fact(32, 0, "the worker's PF_ flags", names="pf")
    made_late: Truth = fact(BOOL, False, "its maker was past its fatal signal")
    sq: Word = fact(8, 0, "the SQPOLL thread", names="sqpoll")
    sq_flags: Word = fact(32, 0, "its PF_ flags", names="pf")


class Scope:
    """What all records of scopes are."""

    __slots__ = ()


@cache
def _known() -> dict[str, Any]:
    return {one.name: one for one in fields(World)}


def scope(
    name: str, *, about: str, facts: str, tasks: str, **given: int | bool
) -> TransitionSystem:
    """Return a system that has these facts of the world, in this order, and no step yet.

    ``given`` is what a fact begins with, or what a fact that the scope leaves out always is,
    where that is not as the world declares it.  Raise :class:`~model.mistake.Mistake` for a
    fact that the world has not.
    """
    record = _record(name.title().replace("_", ""), facts.split(), given)
    return TransitionSystem(name, about, record, tasks, start=lambda _machine: record())


def _record(name: str, facts: list[str], given: dict[str, Any]) -> type[World]:
    known = _known()
    for one in (*facts, *given):
        if one not in known:
            says = f"the scope {name} asks for {one!r}, which is no fact of the world"
            raise Mistake(f"{here()}: {says}")
    begins = {one.name: given.get(one.name, one.default) for one in known.values()}
    chosen = [
        (one, Any, field(default=begins.pop(one), metadata=known[one].metadata)) for one in facts
    ]
    beside = type(f"Beside{name}", (Scope,), {"__slots__": (), **begins})
    made = make_dataclass(name, chosen, bases=(beside,), frozen=True, slots=True)
    return cast("type[World]", made)


@cache
def _held(record: Any) -> frozenset[str]:
    return frozenset(one.name for one in fields(record))


def but(world: World, **facts: Any) -> World:
    """Return the world with some facts changed, as far as its scope has them."""
    held: Any = _held
    mine = held(type(world))
    if facts.keys() <= mine:
        return records.but(world, **facts)
    unknown = facts.keys() - _known().keys()
    if unknown:
        raise Mistake(f"{here()}: {sorted(unknown)[0]!r} is no fact of the world")
    return records.but(world, **{one: facts[one] for one in facts if one in mine})


def is_at(world: World, *places: WorkerRun) -> Truth:
    """Return whether the worker is at one of the places."""
    return either(*(world.run == int(place) for place in places))
