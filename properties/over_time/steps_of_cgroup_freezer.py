"""What freezing, thawing, moving, killing and closing do, and what cgroup.events says then."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.cgroup_freezer import SYSTEM
from model.over_time.steps.cgroup import CGROUPS, all_trapped, freezes, says
from model.over_time.world import World
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only

_SAYS = ("home_says", "away_says")


@each_step("T80", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_update_frozen",
           expect=holds(), cases=CGROUPS)
def cgroup_events_turns_to_frozen_only_where_every_member_is_trapped(
    _kernel: Kernel, before: World, after: World, cgroup: str
) -> Claim:
    """And the cgroup is to freeze."""
    turns = bool(says(after, cgroup)) and not says(before, cgroup)
    return Claim(turns, bool(freezes(after, cgroup) and all_trapped(after, cgroup)))


@each_step("T81", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_update_frozen",
           expect=holds(), cases=CGROUPS)
def cgroup_events_turns_to_thawed_only_where_somebody_runs_or_it_was_thawed(
    _kernel: Kernel, before: World, after: World, cgroup: str
) -> Claim:
    """Never while all of it is trapped."""
    turns = bool(says(before, cgroup)) and not says(after, cgroup)
    return Claim(turns, not (freezes(after, cgroup) and all_trapped(after, cgroup)))


@each_step("T83", of=SYSTEM, source="kernel/cgroup/cgroup.c:__cgroup_procs_write", expect=holds())
def a_process_moves_with_its_threads_and_anybody_else_alone(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """The living only; a killed process is not moved here, nor one that ended."""
    owner = before.owner_away != after.owner_away
    worker = bool(before.made) and before.worker_away != after.worker_away
    together = worker == bool(before.thread) and not (before.owner_gone or before.killed)
    alone = not before.thread and not before.worker_gone
    rest = only(before, after, "owner_away", "worker_away", *_SAYS)
    return Claim(owner or worker, bool(together if owner else alone) and rest)


@each_step("T84", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_freezer_migrate_task",
           expect=holds())
def what_cgroup_events_says_is_not_changed_by_a_kthread(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Neither where it is moved nor where it ends: it was never counted."""
    moved = before.made and before.worker_away != after.worker_away
    gone = happens(before, after, "worker_gone")
    alone = before.owner_away == after.owner_away
    said = bool(changed(before, after) & set(_SAYS))
    return Claim(said, not (before.kthread and alone and (moved or gone)))


@each_step("T85", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_freezer_migrate_task",
           expect=holds())
def moving_a_user_task_brings_both_cgroups_up_to_date(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Each says frozen afterwards exactly where all its members are trapped."""
    owner = before.owner_away != after.owner_away
    moved = before.made and before.worker_away != after.worker_away
    task = owner or (bool(moved) and not before.kthread)
    true = all(
        bool(says(after, one)) == bool(freezes(after, one) and all_trapped(after, one))
        for one in CGROUPS
    )
    return Claim(task, true)


@each_step("T8e", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def an_owner_dies_killed_with_nothing_left_to_release(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whoever has the file else releases it; an ioctl it was in has come to its end."""
    dies = before.owner_gone != after.owner_gone
    free = not before.made or before.passed or before.closed
    here = "away" if before.owner_away else "home"
    said = bool(says(after, here)) == bool(freezes(after, here) and all_trapped(after, here))
    quiet = only(before, after, "owner_gone", "owner_trapped", f"{here}_says")
    fine = before.killed and free and not before.flushing and after.owner_gone
    return Claim(dies, bool(fine and not after.owner_trapped and said and quiet))


@each_step("T8n", of=SYSTEM, source="kernel/cgroup/cgroup.c:__cgroup_procs_write", expect=holds())
def a_worker_is_nowhere_before_it_is_made(_kernel: Kernel, before: World, after: World) -> Claim:
    """Neither moved nor trapped nor gone."""
    where = changed(before, after) & {"worker_away", "worker_trapped", "worker_gone"}
    return Claim(not before.made, not where or bool(after.made))


@some_step("T8g", of=SYSTEM, source="kernel/cgroup/cgroup.c:__cgroup_procs_write", expect=holds())
def a_process_that_is_not_killed_can_be_moved(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """In the trap or not, into a frozen cgroup or out of it."""
    return Claim(not (before.owner_gone or before.killed), before.owner_away != after.owner_away)


@some_step("T8h", of=SYSTEM, source="kernel/cgroup/cgroup.c:__cgroup_procs_write", expect=holds())
def a_worker_can_be_moved_alone_or_if_it_is_a_thread_with_its_process(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """A kthread, or the series' process, whatever became of its owner."""
    there = before.made and not before.worker_gone
    able = not before.thread or not (before.owner_gone or before.killed)
    moved = before.worker_away != after.worker_away
    together = before.owner_away != after.owner_away
    return Claim(bool(there and able), moved and together == bool(before.thread))
