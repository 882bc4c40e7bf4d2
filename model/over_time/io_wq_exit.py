"""io-wq's exit: a thread with io_uring leaves by exit(2) while its io worker is to freeze.

io_uring/io-wq.c:io_wq_exit_workers waits, uninterruptibly, until every worker is gone.  A
worker in the freezer's trap is woken and goes back into it, unless it was killed.
"""

from __future__ import annotations

from model.over_time.steps import cgroup, exit, io_wq, signal
from model.over_time.world import scope

SYSTEM = scope(
    "io_wq_exit",
    about="a thread with an io worker leaves while the worker is to freeze",
    facts="made worker_trapped worker_gone freeze killed leaves owner_gone",
    tasks="one thread and one io worker",
    io=True,
    thread=True,
    looks=True,
)
SYSTEM.takes(
    io_wq.a_worker_is_made.called("the thread gets an io worker"),
    cgroup.the_cgroup_is_to_freeze,
    cgroup.the_cgroup_is_to_thaw,
    signal.the_owners_group_gets_SIGKILL.called("the process gets SIGKILL"),
    exit.the_thread_calls_exit,
    signal.the_worker_is_trapped.called("the io worker is trapped"),
    signal.the_worker_leaves_the_trap.called("the io worker leaves the trap"),
    io_wq.the_io_worker_ends,
    exit.the_killed_thread_leaves,
    io_wq.the_thread_ends,
)
