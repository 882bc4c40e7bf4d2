"""Ownership of a vhost device: who may have one more worker made, and whose it is then.

drivers/vhost/vhost.c:vhost_worker_ioctl and vhost_dev_check_owner (v6.5): the owner is an
address space, not a process.  A child made with CLONE_VM is an owner too; the worker that it
asks for is its own thread, charged to its own user.
"""

from __future__ import annotations

from model.over_time.steps import cred, files, fork, signal, vhost, vhost_task
from model.over_time.world import scope

SYSTEM = scope(
    "vhost_ownership",
    about="who has workers made for a device, and whose they are",
    facts="made child child_vm child_uid file_there workers child_workers elsewhere killed "
    "child_asked asker answer",
    tasks="one owner, one child with CLONE_VM, one other process, up to 2 workers of each",
)
SYSTEM.takes(
    vhost.the_owner_opens_the_device,
    fork.the_owner_makes_a_child_that_shares_its_memory,
    cred.the_child_becomes_another_user,
    files.the_owner_passes_the_file_with_or_without_a_worker.called(
        "the owner passes the file to another process"
    ),
    vhost.the_owner_asks_for_one_more_worker,
    vhost.the_child_asks_for_one_more_worker,
    vhost.another_process_asks_for_one_more_worker,
    signal.the_owners_group_gets_SIGKILL,
    signal.the_childs_group_gets_SIGKILL,
    vhost_task.the_owners_killed_workers_end,
    vhost_task.the_childs_killed_workers_end,
    vhost.the_last_who_has_the_file_is_gone_and_all_workers_end,
)
