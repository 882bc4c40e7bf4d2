"""Cgroups and the last tests before publication, and what error paths give back."""

from __future__ import annotations

from model.algebra import Truth, both, either, has, no, same
from model.call import Call
from model.copy_process import LADDERS
from model.evaluate import Outcome
from model.kernel import Kernel
from model.patches import (
    CGROUP_KILL,
    CGROUP_PIDS,
    EXIT_THREAD,
    FILES_AFTER_SCHED,
    KILL_SEQ,
    KILL_SEQ_OF_TARGET,
    PIDNS_DIES_DURING_FORK,
    SCHED_EXT,
)
from model.rows import GivenBack
from model.rules.cgroup import (
    cgroup_has_all_the_tasks_it_may,
    entered,
    into_cgroup,
    pids_refuse,
)
from model.rules.pid import gets_a_pid, new_pid_ns
from model.state import Fallible
from model.words import PF_KTHREAD, THREAD, Flag
from properties.claim import Claim, claims, fails, holds
from properties.outcome import failed, kept, refused_by


@claims("P35c", source="kernel/fork.c:copy_process, error labels", expect=holds(since=EXIT_THREAD))
def a_failed_call_keeps_nothing_and_frees_nothing_twice(call: Call, outcome: Outcome) -> Claim:
    """Every error path gives back what was taken before it, each once."""
    wrong = (*outcome.held.values(), *outcome.freed_twice.values())
    return Claim(failed(outcome), no(either(*wrong)))


@claims("P35o", source="kernel/fork.c:copy_process, error labels; 0740aa5f6375", expect=holds())
def a_failed_call_keeps_nothing_but_what_copy_thread_took(call: Call, outcome: Outcome) -> Claim:
    """Before v4.7 too, when nobody gave that back."""
    others = (kept for name, kept in outcome.held.items() if name != "thread state")
    return Claim(failed(outcome), no(either(*others, *outcome.freed_twice.values())))


def _released_in_order(kernel: Kernel, resource: str) -> list[tuple[int, Truth]]:
    """Return where the error labels release a resource, and on which kernels."""
    backs: list[GivenBack] = [back for _, gives in LADDERS["copy_process"] for back in gives]
    return [
        (place, kernel.stands(back.where))
        for place, back in enumerate(backs)
        if back.resource == resource
    ]


def _files_released_first(kernel: Kernel) -> Truth:
    """Return whether files go while the scheduler's hook still holds scx_fork_rwsem."""
    return either(
        *(
            both(files, scheduler)
            for place, files in _released_in_order(kernel, "files")
            for other, scheduler in _released_in_order(kernel, "scheduler hook")
            if place < other
        )
    )


_LABELS = [label for label, _ in LADDERS["copy_process"]]
_WITH_FILES = set(_LABELS[: _LABELS.index("bad_fork_cleanup_files") + 1])
"""Where failures behind copy_files() go."""


@claims(
    "P36",
    source="6bf254804df7",
    expect=holds(since=FILES_AFTER_SCHED, needs=SCHED_EXT),
)
def a_failed_fork_drops_its_files_without_scheduler_locks(call: Call, outcome: Outcome) -> Claim:
    """->release of a file may need what sched_ext holds across the fork (v6.12 to v7.3)."""
    late = [row for row, _ in outcome.walk.hits if _WITH_FILES & set(row.unwinds)]
    refused = both(call.kernel[SCHED_EXT], call.current.files, refused_by(outcome, late))
    return Claim(both(refused, no(call.args.no_files)), no(_files_released_first(call.kernel)))


@claims("P69c", source="kernel/cgroup/pids.c:pids_can_fork", expect=holds(since=CGROUP_PIDS))
def pids_max_bounds_every_creation(call: Call, outcome: Outcome) -> Claim:
    """Root, kernel threads and workers are counted and refused like all others."""
    return Claim(outcome.ok, no(pids_refuse(entered(call))))


def _a_user_task(outcome: Outcome) -> Truth:
    return both(outcome.ok, no(has(outcome.child.flags, PF_KTHREAD)))


@claims("P70", source="b69bb476dee9", expect=holds(since=KILL_SEQ, needs=CGROUP_KILL))
def no_child_escapes_a_cgroup_kill_during_its_fork(call: Call, outcome: Outcome) -> Claim:
    """Until v6.14 a kill that was done before the fork ended missed the child.

    During: begun after cgroup_can_fork() counted kills; of those begun before see P70w.
    """
    killed = both(call.kernel[CGROUP_KILL], call.chance.cgroup_killed != 0)
    return Claim(both(_a_user_task(outcome), killed), outcome.child.born_killed)


@claims(
    "P71",
    source="8e3599202166",
    expect=fails(since=KILL_SEQ, until=KILL_SEQ_OF_TARGET, needs=CGROUP_KILL),
)
def no_child_is_killed_for_a_cgroup_kill_of_the_past(call: Call, outcome: Outcome) -> Claim:
    """With CLONE_INTO_CGROUP the sequence numbers of two cgroups were compared."""
    return Claim(both(outcome.ok, outcome.child.born_killed), call.chance.cgroup_killed != 0)


@claims(
    "P72",
    source="kernel/cgroup/pids.c:pids_can_fork",
    expect=holds(needs=Flag.INTO_CGROUP),
)
def a_child_for_another_cgroup_is_charged_there_only(call: Call, outcome: Outcome) -> Claim:
    """The caller's own pids.max neither refuses nor admits it."""
    settled = either(outcome.ok, refused_by(outcome, [cgroup_has_all_the_tasks_it_may]))
    full = pids_refuse(call.request.cgroup_target.group)
    return Claim(both(into_cgroup(call), settled), same(outcome.ok, no(full)))


@claims("P73c", source="kernel/cgroup/cgroup.c:cgroup_cancel_fork", expect=holds())
def a_failed_call_leaves_no_cgroup_charge(call: Call, outcome: Outcome) -> Claim:
    """can_fork is undone by cancel_fork, once, on every error path behind it."""
    return Claim(failed(outcome), no(kept(outcome, "cgroup charge", "tasklist_lock")))


@claims("P74", source="kernel/fork.c:copy_process", expect=holds())
def no_task_is_made_by_a_killed_caller(call: Call, outcome: Outcome) -> Claim:
    """SIGKILL before publication: the fork fails."""
    return Claim(call.chance.fatal_signal, failed(outcome))


@claims("P75", source="kernel/fork.c:copy_process; kernel/pid.c:alloc_pid",
        expect=holds(since=PIDNS_DIES_DURING_FORK))
def no_task_joins_a_pid_namespace_without_an_init(call: Call, outcome: Outcome) -> Claim:
    """Dead from the start or dying meanwhile: PIDNS_ADDING is tested under the lock."""
    dead = both(no(new_pid_ns(call)), no(call.current.pid_ns.adding))
    return Claim(both(outcome.ok, gets_a_pid(call)), no(either(dead, call.chance.pid_ns_dies)))


@claims(
    "P72p",
    source="kernel/cgroup/cgroup.c:cgroup_css_set_fork; clone(2)",
    expect=holds(needs=Flag.INTO_CGROUP),
)
def a_child_enters_only_a_cgroup_that_its_caller_may_fill(call: Call, outcome: Outcome) -> Claim:
    """Alive, writable as for a migration, visible, able to hold processes or this thread."""
    target = call.request.cgroup_target
    allowed = both(
        target.is_a_cgroup,
        no(target.dead),
        target.writable,
        target.ancestor_writable,
        target.visible,
        target.valid_domain,
        no(target.controllers_below),
        either(target.same_domain, no(has(call.args.flags, THREAD))),
        no(either(call.fails(Fallible.FIND_CSS_SET), call.fails(Fallible.CGROUP_DIES))),
    )
    return Claim(both(into_cgroup(call), outcome.ok), allowed)
