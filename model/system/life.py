"""Life: one vhost device, its owner, and its worker until the last reference is gone.

kernel/vhost_task.c:vhost_task_fn and vhost_task_stop, drivers/vhost/vhost.c.  The device's
file may be held by another process as well, so the owner can die before the release.  Since
v6.13 the same code serves KVM, whose module parameter wakes the task at any time.
"""

from __future__ import annotations

from typing import TypeAlias

from model.algebra import Truth, both, either, no, when_word
from model.patches import KVM_VHOST_TASK, VHOST_SIGKILL, VHOST_TASK_REF, VHOST_USES_TASK
from model.system.step import Machine, Move
from model.system.steps import signal, vhost
from model.system.steps.vhost_task import FN, STOP, leaves_for_a_signal
from model.system.world import Run, Stop, World, but, scope

Worker: TypeAlias = World
"""One device's life."""

SYSTEM = scope(
    "life",
    about="a vhost device, its owner and its worker, to the end",
    facts="owner_gone killed file_here file_there kvm run kthread thread deaf sent pending stop "
    "stop_flag killed_flag closer_is_owner woke woke_freed",
    tasks="one owner, one worker, one other holder of the file",
)


def is_at(world: World, *places: Run) -> Truth:
    """Return whether the worker is at one of the places."""
    return either(*(world.run == int(place) for place in places))


def lives(world: World) -> Truth:
    """Return whether the worker runs or is on its way out."""
    return is_at(world, Run.RUNNING, Run.LATCHED, Run.LEAVING, Run.SAID)


SYSTEM.takes(
    vhost.the_owner_opens_the_device,
    vhost.the_owner_opens_the_device_and_asks_for_a_kthread,
    vhost.the_owner_starts_a_virtual_machine,
)


@SYSTEM.step(at="net/core/scm.c:scm_detach_fds", who="owner")
def the_owner_passes_the_file_to_another_process(_machine: Machine, world: World) -> Move:
    """SCM_RIGHTS, or a child that inherited it."""
    ready = both(no(is_at(world, Run.NONE)), world.file_here, no(world.killed))
    return Move(both(ready, no(world.file_there)), but(world, file_there=True))


SYSTEM.takes(signal.the_owners_group_gets_SIGKILL)


@SYSTEM.step(at="kernel/signal.c:sig_task_ignored", who="user", since=VHOST_USES_TASK)
def the_worker_itself_gets_SIGKILL(_machine: Machine, world: World) -> Move:
    """kill(2) on the process that the series made, or the OOM killer: ignored by SIG_IGN."""
    own_process = both(no(world.kthread), no(world.thread), is_at(world, Run.RUNNING))
    after = but(world, sent=True, pending=no(world.deaf))
    return Move(both(own_process, no(world.sent)), after)


@SYSTEM.step(at="kernel/exit.c:exit_files", who="owner", own=True)
def the_killed_owner_closes_its_files_and_dies(_machine: Machine, world: World) -> Move:
    """do_exit(); the file goes with the table that the group shares."""
    last = both(world.file_here, no(world.file_there))
    after = but(world, owner_gone=True, file_here=False, closer_is_owner=last)
    return Move(both(world.killed, no(world.owner_gone)), after)


@SYSTEM.step(at="fs/open.c:filp_close", who="owner")
def the_owner_closes_the_file(_machine: Machine, world: World) -> Move:
    """close(2)."""
    last = no(world.file_there)
    ready = both(world.file_here, no(world.killed), no(is_at(world, Run.NONE)))
    return Move(ready, but(world, file_here=False, closer_is_owner=last))


@SYSTEM.step(at="fs/open.c:filp_close", who="other process")
def the_other_process_closes_the_file(_machine: Machine, world: World) -> Move:
    """close(2), or its end."""
    return Move(world.file_there, but(world, file_there=False))


@SYSTEM.step(at=STOP, who="closer", own=True)
def the_closer_tells_the_worker_to_stop(machine: Machine, world: World) -> Move:
    """On release, vhost_task_stop(): nothing to tell a task that was killed (v6.10)."""
    released = both(no(world.file_here), no(world.file_there), no(is_at(world, Run.NONE)))
    gone = both(machine[VHOST_SIGKILL], world.killed_flag)
    mutexed = both(machine[VHOST_SIGKILL], no(world.kthread))
    told = when_word(8, gone, int(Stop.WAITS), int(Stop.TOLD))
    woken = both(mutexed, no(gone))
    after = but(
        world,
        stop=when_word(8, mutexed, int(Stop.WAITS), told),
        stop_flag=no(gone),
        woke=either(world.woke, woken),
        woke_freed=either(world.woke_freed, both(woken, is_at(world, Run.FREED))),
    )
    return Move(both(released, world.stop == int(Stop.NO)), after)


@SYSTEM.step(at=STOP, who="closer", own=True)
def the_closer_wakes_the_worker(_machine: Machine, world: World) -> Move:
    """Without the mutex of v6.10 this comes after the flag, maybe late; a kthread is held."""
    freed = both(no(world.kthread), is_at(world, Run.FREED))
    after = but(
        world,
        stop=int(Stop.WAITS),
        woke=True,
        woke_freed=either(world.woke_freed, freed),
    )
    return Move(world.stop == int(Stop.TOLD), after)


@SYSTEM.step(at=FN, who="worker", own=True)
def the_worker_sees_the_stop_flag(_machine: Machine, world: World) -> Move:
    """It leaves its loop."""
    looping = is_at(world, Run.RUNNING, Run.LATCHED)
    return Move(both(looping, world.stop_flag), but(world, run=int(Run.LEAVING)))


@SYSTEM.step(at=FN, who="worker", own=True)
def the_worker_takes_SIGKILL(machine: Machine, world: World) -> Move:
    """get_signal(): since v6.10 it leaves its loop, before it only remembered that it is dead."""
    leaves = leaves_for_a_signal(machine, world.io)
    where = when_word(8, leaves, int(Run.LEAVING), int(Run.LATCHED))
    after = but(world, run=where, pending=False)
    return Move(both(is_at(world, Run.RUNNING), world.pending), after)


@SYSTEM.step(at=FN, who="worker", own=True)
def the_worker_says_that_it_has_exited(machine: Machine, world: World) -> Move:
    """Under exit_mutex since v6.10: killed unless it was told to stop; then complete()."""
    killed = both(machine[VHOST_SIGKILL], no(world.kthread), no(world.stop_flag))
    after = but(world, run=int(Run.SAID), killed_flag=either(world.killed_flag, killed))
    return Move(is_at(world, Run.LEAVING), after)


@SYSTEM.step(at="kernel/exit.c:exit_notify", who="worker", own=True)
def the_worker_ends(machine: Machine, world: World) -> Move:
    """A thread is released at once, and freed unless somebody holds it; a process waits."""
    held = either(world.kthread, machine[VHOST_TASK_REF])
    alone = both(world.thread, no(held))
    where = when_word(8, alone, int(Run.FREED), int(Run.ZOMBIE))
    return Move(is_at(world, Run.SAID), but(world, run=where))


@SYSTEM.step(at=STOP, who="closer", own=True)
def the_closer_has_seen_the_worker_exit(machine: Machine, world: World) -> Move:
    """wait_for_completion(); then it drops or reaps what is left.

    In the series by kernel_wait4(), which finds the child of its own thread group only.
    """
    gone = is_at(world, Run.ZOMBIE, Run.FREED)
    process = both(no(world.kthread), no(world.thread))
    reaped = either(no(process), world.closer_is_owner)
    where = when_word(8, reaped, int(Run.FREED), int(Run.ZOMBIE))
    after = but(world, stop=int(Stop.DONE), run=where)
    return Move(both(world.stop == int(Stop.WAITS), gone), after)


@SYSTEM.step(
    at="arch/x86/kvm/mmu/mmu.c:kvm_wake_nx_recovery_thread",
    who="administrator",
    since=KVM_VHOST_TASK,
)
def the_administrator_writes_the_parameter_that_wakes_it(
    _machine: Machine, world: World
) -> Move:
    """kvm.nx_huge_pages wakes the thread of every machine that is not being destroyed."""
    listed = both(world.kvm, either(world.file_here, world.file_there), no(world.woke_freed))
    freed = is_at(world, Run.FREED)
    return Move(listed, but(world, woke=True, woke_freed=freed))


def over(world: World) -> Truth:
    """Return whether the worker runs no more."""
    return is_at(world, Run.ZOMBIE, Run.FREED)


