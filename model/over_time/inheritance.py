"""Inheritance: what a vhost worker has of its owner, at its creation and later.

kernel/cred.c:copy_creds and override_creds, kernel/fork.c:copy_signal, kernel/nsproxy.c,
kernel/cgroup/cgroup.c.  Credentials belong to a task, rlimits to a thread group, a cgroup to a
task that is moved alone or with its group, namespaces to a task.
"""

from __future__ import annotations

from model.over_time.steps import cgroup, cred, nsproxy, sys, vhost
from model.over_time.world import scope

SYSTEM = scope(
    "inheritance",
    about="what a worker has of its owner, at its creation and later",
    facts="uid acting limit cgroup ns user_ns made kthread thread maker worker_uid shares_limits "
    "worker_limit worker_cgroup worker_ns worker_user_ns alone",
    tasks="one owner and one worker",
    limit=sys.LESS,
)
SYSTEM.takes(
    vhost.the_owner_opens_the_device,
    vhost.the_owner_opens_the_device_and_asks_for_a_kthread,
    cred.the_owner_begins_to_act_under_anothers_credentials,
    cred.the_owner_acts_under_its_own_credentials_again,
    cred.the_owner_becomes_another_user,
    sys.the_owners_limit_is_changed,
    sys.the_workers_limit_is_changed,
    cgroup.the_owner_is_moved_by_cgroup_procs,
    cgroup.the_owners_thread_alone_is_moved_by_cgroup_threads,
    nsproxy.the_owner_unshares_its_namespaces,
    nsproxy.the_owner_unshares_its_user_namespace,
)


