"""Suspend: the system's freezer, while somebody waits for a vhost worker.

kernel/power/process.c:try_to_freeze_tasks, kernel/freezer.c, kernel/vhost_task.c.  Who waits
uninterruptibly, in a flush or for a worker's end, is not frozen; a worker that is frozen does
no work.  After 20 seconds freezing is given up and suspend fails.
"""

from __future__ import annotations

from model.algebra import Truth, both, either, no
from model.over_time.steps import files, signal, vhost, vhost_task
from model.over_time.world import World, scope

SYSTEM = scope(
    "suspend",
    about="suspend while somebody waits for a vhost worker",
    facts="made nofreeze looks worker_gone passed flushing closing closed suspend caught "
    "owner_frozen worker_frozen other_frozen",
    tasks="one owner, one worker, one process that has the file",
)
SYSTEM.takes(
    vhost.the_owner_opens_the_device,
    vhost.the_owner_opens_the_device_and_asks_for_a_kthread,
    files.the_owner_gives_the_file_away,
    vhost.the_owner_calls_an_ioctl_that_flushes_the_worker,
    files.the_other_process_closes_the_file,
    signal.the_machine_is_to_suspend,
    vhost.the_worker_does_what_is_flushed,
    vhost_task.the_worker_sees_that_it_is_to_stop,
    vhost_task.the_release_is_over,
    signal.the_owner_freezes,
    signal.the_other_process_freezes,
    signal.the_worker_freezes,
)


def suspended(state: World) -> Truth:
    """Return whether everybody who has to is frozen."""
    worker = either(no(state.made), state.worker_gone, state.nofreeze, state.worker_frozen)
    return both(state.owner_frozen, state.other_frozen, worker)
