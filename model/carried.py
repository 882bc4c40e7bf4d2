"""What a child carries beside the facts of :mod:`model.child`: scheduling, slack, personality.

None of it decides whether a call succeeds (but a deadline task's own, which is a rule); all of it
is copied with the task by kernel/fork.c:dup_task_struct, and some of it mended afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE, SCHED_DEADLINE = 0, 1, 2, 3, 5, 6
REAL_TIME = (SCHED_FIFO, SCHED_RR)
PLAIN_SLACK = 50_000
"""The timer slack of init and of kthreadd, in ns."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a task has, as user space sees it."""

    affinity: frozenset[int]
    """The CPUs on which it may run."""
    policy: int = SCHED_OTHER
    priority: int = 0
    """Its real-time priority; 0 for other policies."""
    nice: int = 0
    reset_on_fork: bool = False
    slack: int = PLAIN_SLACK
    """Its timer slack, in ns; 0 is not one of its own to have."""
    default_slack: int = PLAIN_SLACK
    personality: int = 0
    pdeath_signal: int = 0


def child_of(maker: Carried) -> Carried:
    """Return what the child has whose maker has this, in the maker's own cgroup.

    kernel/fork.c:copy_process (timer slack, pdeath_signal), kernel/sched/core.c:sched_fork.
    """
    child = replace(
        maker, reset_on_fork=False, pdeath_signal=0, default_slack=maker.slack,
    )
    if not maker.reset_on_fork:
        return child
    if maker.policy in (*REAL_TIME, SCHED_DEADLINE):
        return replace(child, policy=SCHED_OTHER, priority=0, nice=0)
    return replace(child, nice=max(maker.nice, 0))


def kthread_of(kthreadd: Carried, cpus: frozenset[int]) -> Carried:
    """Return what kthread() leaves of what kthreadd has, on the CPUs that are left to kthreads.

    kernel/kthread.c:kthread: neither the policy nor the CPUs of kthreadd, which root may change.
    """
    return replace(child_of(kthreadd), policy=SCHED_OTHER, priority=0, affinity=cpus)
