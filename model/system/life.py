"""Life: one vhost device, its owner, and its worker until the last reference is gone.

kernel/vhost_task.c:vhost_task_fn and vhost_task_stop, drivers/vhost/vhost.c.  The device's
file may be held by another process as well, so the owner can die before the release.  Since
v6.13 the same code serves KVM, whose module parameter wakes the task at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model.algebra import Truth, Word, both, either, no, when_word
from model.patches import (
    FORK_OWNER,
    KVM_VHOST_TASK,
    VHOST_SIGKILL,
    VHOST_TASK_REF,
    VHOST_USES_TASK,
)
from model.records import BOOL, fact
from model.system import calls
from model.system.step import Machine, Move, System, but

_FN = "kernel/vhost_task.c:vhost_task_fn"
_STOP = "kernel/vhost_task.c:vhost_task_stop"
_SET_OWNER = "drivers/vhost/vhost.c:vhost_dev_set_owner"


class Run(IntEnum):
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


class Stop(IntEnum):
    """Where the closer is in vhost_task_stop() (or kthread_stop())."""

    NO = 0
    TOLD = 1
    """The STOP flag is set; the wake-up follows."""
    WAITS = 2
    DONE = 3


@dataclass(frozen=True, slots=True)
class Worker:
    """One device's life."""

    owner_dead: Truth = fact(BOOL, False, "the owner's own threads are gone")
    killed_owner: Truth = fact(BOOL, False, "SIGKILL was sent to the owner's group")
    file_here: Truth = fact(BOOL, True, "the owner holds the file")
    file_there: Truth = fact(BOOL, False, "another process holds the file")
    kvm: Truth = fact(BOOL, False, "it is KVM's recovery thread")
    run: Word = fact(8, 0, "where the worker is", names="run")
    task: Truth = fact(BOOL, False, "it is a vhost task, not a kthread")
    thread: Truth = fact(BOOL, False, "it is a thread of the owner's group")
    deaf: Truth = fact(BOOL, False, "it ignores SIGKILL")
    sent: Truth = fact(BOOL, False, "SIGKILL was sent to the worker")
    pending: Truth = fact(BOOL, False, "SIGKILL is pending for it")
    stop: Word = fact(8, 0, "where the closer is", names="stop")
    stop_flag: Truth = fact(BOOL, False, "VHOST_TASK_FLAGS_STOP")
    killed_flag: Truth = fact(BOOL, False, "VHOST_TASK_FLAGS_KILLED")
    closer_is_owner: Truth = fact(BOOL, False, "the file's last reference went with the owner")
    woke: Truth = fact(BOOL, False, "somebody woke the worker")
    woke_freed: Truth = fact(BOOL, False, "somebody woke a task_struct that was gone")


SYSTEM = System(
    name="life",
    about="a vhost device, its owner and its worker, to the end",
    record=Worker,
    tasks="one owner, one worker, one other holder of the file",
    start=lambda _machine: Worker(),
)


def is_at(state: Worker, *places: Run) -> Truth:
    """Return whether the worker is at one of the places."""
    return either(*(state.run == int(place) for place in places))


def lives(state: Worker) -> Truth:
    """Return whether the worker runs or is on its way out."""
    return is_at(state, Run.RUNNING, Run.LATCHED, Run.LEAVING, Run.SAID)


def _makes(machine: Machine, state: Worker, fork_owner: bool, kvm: bool) -> Move:
    made = machine.ask(calls.vhost_worker, fork_owner, *calls.ORDINARY)
    after = but(
        state,
        kvm=kvm,
        run=int(Run.RUNNING),
        task=no(made.by_kthreadd),
        thread=made.thread,
        deaf=made.ignores_kill,
    )
    fresh = both(is_at(state, Run.NONE), state.file_here, no(state.killed_owner))
    return Move(both(fresh, made.errno == 0), after)


@SYSTEM.step(at=_SET_OWNER, who="owner")
def the_owner_opens_the_device(machine: Machine, state: Worker) -> Move:
    """VHOST_SET_OWNER."""
    return _makes(machine, state, True, False)


@SYSTEM.step(at=_SET_OWNER, who="owner", since=FORK_OWNER)
def the_owner_opens_the_device_and_asks_for_a_kthread(machine: Machine, state: Worker) -> Move:
    """VHOST_SET_FORK_FROM_OWNER with KTHREAD (v6.17)."""
    return _makes(machine, state, False, False)


@SYSTEM.step(
    at="arch/x86/kvm/mmu/mmu.c:kvm_mmu_start_lpage_recovery", who="owner", since=KVM_VHOST_TASK
)
def the_owner_starts_a_virtual_machine(machine: Machine, state: Worker) -> Move:
    """KVM makes its recovery thread by vhost_task_create()."""
    return _makes(machine, state, True, True)


@SYSTEM.step(at="net/core/scm.c:scm_detach_fds", who="owner")
def the_owner_passes_the_file_to_another_process(_machine: Machine, state: Worker) -> Move:
    """SCM_RIGHTS, or a child that inherited it."""
    ready = both(no(is_at(state, Run.NONE)), state.file_here, no(state.killed_owner))
    return Move(both(ready, no(state.file_there)), but(state, file_there=True))


@SYSTEM.step(at="kernel/signal.c:complete_signal", who="user")
def the_owners_group_gets_SIGKILL(_machine: Machine, state: Worker) -> Move:
    """It reaches every thread of the group, and nobody else."""
    reached = both(state.thread, is_at(state, Run.RUNNING))
    after = but(
        state,
        killed_owner=True,
        sent=either(state.sent, reached),
        pending=either(state.pending, reached),
    )
    return Move(no(state.killed_owner), after)


@SYSTEM.step(at="kernel/signal.c:sig_task_ignored", who="user", since=VHOST_USES_TASK)
def the_worker_itself_gets_SIGKILL(_machine: Machine, state: Worker) -> Move:
    """kill(2) on the process that the series made, or the OOM killer: ignored by SIG_IGN."""
    own_process = both(state.task, no(state.thread), is_at(state, Run.RUNNING))
    after = but(state, sent=True, pending=no(state.deaf))
    return Move(both(own_process, no(state.sent)), after)


@SYSTEM.step(at="kernel/exit.c:exit_files", who="owner", own=True)
def the_killed_owner_closes_its_files_and_dies(_machine: Machine, state: Worker) -> Move:
    """do_exit(); the file goes with the table that the group shares."""
    last = both(state.file_here, no(state.file_there))
    after = but(state, owner_dead=True, file_here=False, closer_is_owner=last)
    return Move(both(state.killed_owner, no(state.owner_dead)), after)


@SYSTEM.step(at="fs/open.c:filp_close", who="owner")
def the_owner_closes_the_file(_machine: Machine, state: Worker) -> Move:
    """close(2)."""
    last = no(state.file_there)
    ready = both(state.file_here, no(state.killed_owner), no(is_at(state, Run.NONE)))
    return Move(ready, but(state, file_here=False, closer_is_owner=last))


@SYSTEM.step(at="fs/open.c:filp_close", who="other process")
def the_other_process_closes_the_file(_machine: Machine, state: Worker) -> Move:
    """close(2), or its end."""
    return Move(state.file_there, but(state, file_there=False))


@SYSTEM.step(at=_STOP, who="closer", own=True)
def the_closer_tells_the_worker_to_stop(machine: Machine, state: Worker) -> Move:
    """On release, vhost_task_stop(): nothing to tell a task that was killed (v6.10)."""
    released = both(no(state.file_here), no(state.file_there), no(is_at(state, Run.NONE)))
    gone = both(machine[VHOST_SIGKILL], state.killed_flag)
    mutexed = both(machine[VHOST_SIGKILL], state.task)
    told = when_word(8, gone, int(Stop.WAITS), int(Stop.TOLD))
    woken = both(mutexed, no(gone))
    after = but(
        state,
        stop=when_word(8, mutexed, int(Stop.WAITS), told),
        stop_flag=no(gone),
        woke=either(state.woke, woken),
        woke_freed=either(state.woke_freed, both(woken, is_at(state, Run.FREED))),
    )
    return Move(both(released, state.stop == int(Stop.NO)), after)


@SYSTEM.step(at=_STOP, who="closer", own=True)
def the_closer_wakes_the_worker(_machine: Machine, state: Worker) -> Move:
    """Without the mutex of v6.10 this comes after the flag, maybe late; a kthread is held."""
    freed = both(state.task, is_at(state, Run.FREED))
    after = but(
        state,
        stop=int(Stop.WAITS),
        woke=True,
        woke_freed=either(state.woke_freed, freed),
    )
    return Move(state.stop == int(Stop.TOLD), after)


@SYSTEM.step(at=_FN, who="worker", own=True)
def the_worker_sees_the_stop_flag(_machine: Machine, state: Worker) -> Move:
    """It leaves its loop."""
    looping = is_at(state, Run.RUNNING, Run.LATCHED)
    return Move(both(looping, state.stop_flag), but(state, run=int(Run.LEAVING)))


@SYSTEM.step(at=_FN, who="worker", own=True)
def the_worker_takes_SIGKILL(machine: Machine, state: Worker) -> Move:
    """get_signal(): since v6.10 it leaves its loop, before it only remembered that it is dead."""
    where = when_word(8, machine[VHOST_SIGKILL], int(Run.LEAVING), int(Run.LATCHED))
    after = but(state, run=where, pending=False)
    return Move(both(is_at(state, Run.RUNNING), state.pending), after)


@SYSTEM.step(at=_FN, who="worker", own=True)
def the_worker_says_that_it_has_exited(machine: Machine, state: Worker) -> Move:
    """Under exit_mutex since v6.10: killed unless it was told to stop; then complete()."""
    killed = both(machine[VHOST_SIGKILL], state.task, no(state.stop_flag))
    after = but(state, run=int(Run.SAID), killed_flag=either(state.killed_flag, killed))
    return Move(is_at(state, Run.LEAVING), after)


@SYSTEM.step(at="kernel/exit.c:exit_notify", who="worker", own=True)
def the_worker_ends(machine: Machine, state: Worker) -> Move:
    """A thread is released at once, and freed unless somebody holds it; a process waits."""
    held = either(no(state.task), machine[VHOST_TASK_REF])
    alone = both(state.thread, no(held))
    where = when_word(8, alone, int(Run.FREED), int(Run.ZOMBIE))
    return Move(is_at(state, Run.SAID), but(state, run=where))


@SYSTEM.step(at=_STOP, who="closer", own=True)
def the_closer_has_seen_the_worker_exit(machine: Machine, state: Worker) -> Move:
    """wait_for_completion(); then it drops or reaps what is left.

    In the series by kernel_wait4(), which finds the child of its own thread group only.
    """
    gone = is_at(state, Run.ZOMBIE, Run.FREED)
    process = both(state.task, no(state.thread))
    reaped = either(no(process), state.closer_is_owner)
    where = when_word(8, reaped, int(Run.FREED), int(Run.ZOMBIE))
    after = but(state, stop=int(Stop.DONE), run=where)
    return Move(both(state.stop == int(Stop.WAITS), gone), after)


@SYSTEM.step(
    at="arch/x86/kvm/mmu/mmu.c:kvm_wake_nx_recovery_thread",
    who="administrator",
    since=KVM_VHOST_TASK,
)
def the_administrator_writes_the_parameter_that_wakes_it(
    _machine: Machine, state: Worker
) -> Move:
    """kvm.nx_huge_pages wakes the thread of every machine that is not being destroyed."""
    listed = both(state.kvm, either(state.file_here, state.file_there), no(state.woke_freed))
    freed = is_at(state, Run.FREED)
    return Move(listed, but(state, woke=True, woke_freed=freed))


def over(state: Worker) -> Truth:
    """Return whether the worker runs no more."""
    return is_at(state, Run.ZOMBIE, Run.FREED)


