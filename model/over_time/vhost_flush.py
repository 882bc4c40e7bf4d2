"""vhost's flush: a ring moves from one worker of a device to another while the old one is killed.

drivers/vhost/vhost.c:__vhost_worker_flush and vhost_worker_killed.  Whoever flushes queues a
piece of work and waits, uninterruptibly, until the worker has done it; a killed worker takes its
mutex before it does what is left of its queue.
"""

from __future__ import annotations

from model.over_time.steps import signal, vhost, vhost_task
from model.over_time.world import scope
from model.patches import VHOST_NEW_WORKER

SYSTEM = scope(
    "vhost_flush",
    about="a ring moves to another worker while its worker is killed",
    facts="flush left worker_killed worker_gone killed flushing unlocked",
    tasks="one device with two workers, one caller",
    made=True,
    thread=True,
)
SYSTEM.takes(
    signal.the_owners_group_gets_SIGKILL.called("the group gets SIGKILL by another thread"),
    vhost.the_caller_takes_the_old_workers_mutex,
    vhost.the_caller_sees_that_the_worker_was_killed,
    vhost.the_caller_queues_a_flush_and_waits,
    vhost.the_worker_does_what_is_flushed.called("the worker does its work"),
    vhost_task.the_killed_worker_leaves_its_loop.called("the worker takes SIGKILL"),
    vhost.the_killed_worker_takes_its_mutex,
    vhost.the_killed_worker_does_what_is_left_and_ends,
    vhost.the_flush_is_complete,
    since=VHOST_NEW_WORKER,
)
