"""Workers' signals: which signals a worker takes, and what becomes of those meant for its process.

kernel/signal.c:complete_signal and get_signal, kernel/vhost_task.c:vhost_task_fn,
io_uring/io-wq.c:io_wq_worker, io_uring/sqpoll.c:io_sqd_handle_event.  A loop that gets a
signal from get_signal() ends; vhost's of v6.4 to v6.9 goes on, and never looks again.  None of
them sets up a handler's frame.
"""

from __future__ import annotations

from model.over_time.steps import io_wq, ptrace, signal, vhost, vhost_task
from model.over_time.world import scope

SYSTEM = scope(
    "worker_signals",
    about="the signals that a worker takes",
    facts="made io kthread thread looks masked deaf signalled signal_pending handled poked took "
    "left sigstop main_stopped worker_stopped closing worker_gone",
    tasks="one process with a main thread and one worker",
)
SYSTEM.takes(
    vhost.the_owner_opens_the_device.called("the process opens a vhost device"),
    vhost.the_owner_opens_the_device_and_asks_for_a_kthread.called(
        "the process opens a vhost device with a kthread"
    ),
    io_wq.a_worker_is_made.called("the process makes an io uring worker"),
    ptrace.a_tracer_empties_the_workers_mask,
    signal.the_process_gets_a_signal_that_it_handles,
    signal.the_worker_alone_gets_the_signal,
    signal.the_main_thread_takes_the_signal,
    signal.the_worker_takes_a_signal,
    signal.the_process_gets_SIGSTOP,
    signal.the_main_thread_stops,
    signal.the_worker_stops,
    vhost_task.another_process_releases_the_device,
    vhost_task.the_worker_sees_that_it_is_to_stop.called("the worker sees that it is to end"),
)
