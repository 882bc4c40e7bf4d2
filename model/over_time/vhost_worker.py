"""A vhost worker: one device, its owner, and its worker until the last reference is gone.

kernel/vhost_task.c:vhost_task_fn and vhost_task_stop, drivers/vhost/vhost.c.  The device's
file may be held by another process as well, so the owner can die before the release.  Since
v6.13 the same code serves KVM, whose module parameter wakes the task at any time.
"""

from __future__ import annotations

from model.algebra import Truth
from model.over_time.steps import exit, files, kvm, signal, vhost, vhost_task
from model.over_time.world import WorkerRun, World, is_at, scope

SYSTEM = scope(
    "vhost_worker",
    about="a vhost device, its owner and its worker, to the end",
    facts="owner_gone killed file_here file_there kvm run kthread thread deaf sent pending stop "
    "stop_flag killed_flag closer_is_owner woke woke_freed",
    tasks="one owner, one worker, one other holder of the file",
)


SYSTEM.takes(
    vhost.the_owner_opens_the_device,
    vhost.the_owner_opens_the_device_and_asks_for_a_kthread,
    kvm.the_owner_starts_a_virtual_machine,
    files.the_owner_passes_the_file_to_another_process,
    signal.the_owners_group_gets_SIGKILL,
    signal.the_worker_itself_gets_SIGKILL,
    exit.the_killed_owner_closes_its_files_and_dies,
    files.the_owner_closes_the_file,
    files.the_other_process_closes_its_file.called("the other process closes the file"),
    vhost_task.the_closer_tells_the_worker_to_stop,
    vhost_task.the_closer_wakes_the_worker,
    vhost_task.the_worker_sees_the_stop_flag,
    vhost_task.the_worker_takes_SIGKILL,
    vhost_task.the_worker_says_that_it_has_exited,
    exit.the_worker_ends,
    vhost_task.the_closer_has_seen_the_worker_exit,
    kvm.the_administrator_writes_the_parameter_that_wakes_it,
)


def lives(world: World) -> Truth:
    """Return whether the worker runs or is on its way out."""
    return is_at(world, WorkerRun.RUNNING, WorkerRun.LATCHED, WorkerRun.LEAVING, WorkerRun.SAID)


def over(world: World) -> Truth:
    """Return whether the worker runs no more."""
    return is_at(world, WorkerRun.ZOMBIE, WorkerRun.FREED)
