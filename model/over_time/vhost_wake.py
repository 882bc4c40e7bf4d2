"""vhost's wake-up: work is queued just when its worker finds nothing to do and goes to sleep.

kernel/vhost_task.c:vhost_task_fn, drivers/vhost/vhost.c:vhost_worker_queue.  A wake-up of a
task that is still TASK_RUNNING does nothing, so the task must be marked as sleeping before it
looks at its queue for the last time.
"""

from __future__ import annotations

from model.over_time.steps import vhost, vhost_task
from model.over_time.world import scope

SYSTEM = scope(
    "vhost_wake",
    about="work is queued while its worker goes to sleep",
    facts="loop marked queued wakes",
    tasks="one worker and one who queues work",
)
SYSTEM.takes(
    vhost.work_is_queued,
    vhost.the_worker_is_woken,
    vhost_task.the_worker_marks_itself_as_sleeping,
    vhost_task.the_worker_looks_at_its_queue,
    vhost_task.the_worker_calls_schedule,
)
