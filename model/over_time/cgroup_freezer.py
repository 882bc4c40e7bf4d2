"""The cgroup freezer: freeze, thaw, migration, SIGKILL and release with a vhost worker about.

kernel/cgroup/freezer.c, kernel/signal.c:get_signal, kernel/vhost_task.c:vhost_task_fn.
"""

from __future__ import annotations

from model.over_time.steps import cgroup, exit, files, signal, vhost, vhost_task
from model.over_time.world import scope

SYSTEM = scope(
    "cgroup_freezer",
    about="cgroup.freeze, thaw, migration, SIGKILL and release with a worker about",
    facts="made kthread thread looks freeze home_says away_says owner_away worker_away "
    "owner_trapped worker_trapped killed owner_gone worker_gone flushing passed closing closed",
    tasks="one owner, one worker, one process that has the file, two cgroups",
)
SYSTEM.takes(
    vhost.the_owner_opens_the_device,
    vhost.the_owner_opens_the_device_and_asks_for_a_kthread,
    files.the_owner_gives_the_file_away,
    vhost.the_owner_calls_an_ioctl_that_flushes_the_worker,
    vhost.the_worker_does_what_is_flushed,
    cgroup.the_cgroup_is_to_freeze.called("the home cgroup is to freeze"),
    cgroup.the_cgroup_is_to_thaw.called("the home cgroup is to thaw"),
    cgroup.the_process_is_moved_to_the_other_cgroup,
    cgroup.the_worker_alone_is_moved_to_the_other_cgroup,
    signal.the_owner_is_trapped,
    signal.the_owner_leaves_the_trap,
    signal.the_worker_is_trapped,
    signal.the_worker_leaves_the_trap,
    signal.the_owners_group_gets_SIGKILL,
    exit.the_killed_owner_closes_its_files,
    exit.the_killed_owner_dies,
    vhost_task.the_killed_worker_ends,
    files.the_other_process_closes_the_file,
    vhost_task.the_worker_sees_that_it_is_to_stop,
    vhost_task.the_release_is_over,
)
