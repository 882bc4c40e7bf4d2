"""What freezing, thawing, moving, killing and closing do, and what cgroup.events says then."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.cold import SYSTEM, Cold
from model.over_time.steps.cgroup import CGROUPS, all_trapped, freezes, says, told_to_freeze
from model.patches import VHOST_SIGKILL
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only
from properties.over_time.workers import awake, loops

_TRAP = "kernel/signal.c:do_freezer_trap"
_SAYS = ("home_says", "away_says")


@each_step("T80", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_update_frozen",
           expect=holds(), cases=CGROUPS)
def cgroup_events_turns_to_frozen_only_where_every_member_is_trapped(
    _kernel: Kernel, before: Cold, after: Cold, cgroup: str
) -> Claim:
    """And the cgroup is to freeze."""
    turns = bool(says(after, cgroup)) and not says(before, cgroup)
    return Claim(turns, bool(freezes(after, cgroup) and all_trapped(after, cgroup)))


@each_step("T81", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_update_frozen",
           expect=holds(), cases=CGROUPS)
def cgroup_events_turns_to_thawed_only_where_somebody_runs_or_it_was_thawed(
    _kernel: Kernel, before: Cold, after: Cold, cgroup: str
) -> Claim:
    """Never while all of it is trapped."""
    turns = bool(says(before, cgroup)) and not says(after, cgroup)
    return Claim(turns, not (freezes(after, cgroup) and all_trapped(after, cgroup)))


@each_step("T83", of=SYSTEM, source="kernel/cgroup/cgroup.c:__cgroup_procs_write", expect=holds())
def a_process_moves_with_its_threads_and_anybody_else_alone(
    _kernel: Kernel, before: Cold, after: Cold
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
    _kernel: Kernel, before: Cold, after: Cold
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
    _kernel: Kernel, before: Cold, after: Cold
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


@each_step("T86", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_do_freeze", expect=holds())
def writing_to_cgroup_freeze_changes_what_is_said_at_most(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """Nobody is trapped or let go by it; a cgroup that is thawed never says frozen."""
    written = before.freeze != after.freeze
    true = bool(after.home_says) == bool(after.freeze and all_trapped(after, "home"))
    return Claim(written, true and only(before, after, "freeze", "home_says"))


@each_step("T87", of=SYSTEM, source=_TRAP, expect=holds())
def an_owner_is_trapped_awake_and_let_go_when_its_cgroup_thaws_or_it_is_killed(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """cgroup_enter_frozen() tells the cgroup."""
    told = bool(told_to_freeze(before, before.owner_away))
    enters = happens(before, after, "owner_trapped")
    leaves = happens(after, before, "owner_trapped")
    able = awake(before) and not before.owner_gone and told
    here = "away" if before.owner_away else "home"
    said = bool(says(after, here)) == bool(all_trapped(after, here))
    quiet = only(before, after, "owner_trapped", *((f"{here}_says",) if enters else ()))
    free = not told and not before.killed and quiet
    dies = bool(before.killed) and (
        happens(before, after, "closing") or happens(before, after, "owner_gone")
    )
    return Claim(enters or leaves, (able and said and quiet) if enters else (free or dies))


@each_step("T89", of=SYSTEM, source="drivers/vhost/vhost.c:__vhost_worker_flush", expect=holds())
def an_owner_flushes_awake_and_waits_until_the_worker_runs(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """For a worker that is there, of a device whose file it has."""
    begins = happens(before, after, "flushing")
    there = before.made and not before.worker_gone and not before.passed and awake(before)
    done = loops(before) and (changed(before, after) == {"flushing"} or after.worker_gone)
    alone = not begins or changed(before, after) == {"flushing"}
    flushes = before.flushing != after.flushing
    return Claim(flushes, bool(there if begins else done) and alone)


@each_step("T8a", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=holds())
def SIGKILL_and_giving_the_file_away_change_nothing_else_yet(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """Each once; only an owner that is awake passes a file on."""
    told = changed(before, after) & {"killed", "passed"}
    passes = "passed" not in told or (before.made and awake(before) and after.passed)
    kills = "killed" not in told or after.killed
    return Claim(bool(told), bool(passes and kills) and len(changed(before, after)) == 1)


@each_step("T8b", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_cleanup", expect=holds())
def a_release_begins_when_the_last_who_has_the_file_closes_it(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """A killed owner that has it, out of any ioctl; or the process that it was passed to."""
    begins = before.closing != after.closing
    mine = before.killed and before.made and not before.flushing
    here = "away" if before.owner_away else "home"
    own = mine and not after.owner_trapped and only(
        before, after, "closing", "owner_trapped", f"{here}_says"
    )
    other = changed(before, after) == {"closing"}
    return Claim(begins, bool(after.closing and (other if before.passed else own)))


@each_step("T8c", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_stop", expect=holds())
def a_release_is_over_when_the_worker_is_gone(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """wait_for_completion()."""
    over = before.closed != after.closed
    fine = before.closing and before.worker_gone and after.closed
    return Claim(over, bool(fine) and changed(before, after) == {"closed"})


@each_step("T8d", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_fn", expect=holds())
def a_worker_ends_out_of_the_trap_stopped_or_killed(
    kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """By SIGKILL as a thread since v6.10; it does what is flushed before it goes."""
    gone = before.worker_gone != after.worker_gone
    killed = before.killed and before.thread and kernel[VHOST_SIGKILL] is True
    free = loops(before) and bool(before.closing or killed) and after.worker_gone
    here = "away" if before.worker_away else "home"
    said = before.kthread or (
        bool(says(after, here)) == bool(freezes(after, here) and all_trapped(after, here))
    )
    quiet = only(before, after, "worker_gone", "flushing", f"{here}_says")
    return Claim(gone, bool(free and said and quiet))


@each_step("T8e", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def an_owner_dies_killed_with_nothing_left_to_release(
    _kernel: Kernel, before: Cold, after: Cold
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
def a_worker_is_nowhere_before_it_is_made(_kernel: Kernel, before: Cold, after: Cold) -> Claim:
    """Neither moved nor trapped nor gone."""
    where = changed(before, after) & {"worker_away", "worker_trapped", "worker_gone"}
    return Claim(not before.made, not where or bool(after.made))


@some_step("T8f", of=SYSTEM, source=_TRAP, expect=holds())
def an_owner_in_the_trap_can_leave_it_when_its_cgroup_thaws(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """Or when it is moved to one that does not freeze."""
    told = told_to_freeze(before, before.owner_away)
    able = before.owner_trapped and not told and not before.killed
    return Claim(bool(able), not after.owner_trapped)


@some_step("T8g", of=SYSTEM, source="kernel/cgroup/cgroup.c:__cgroup_procs_write", expect=holds())
def a_process_that_is_not_killed_can_be_moved(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """In the trap or not, into a frozen cgroup or out of it."""
    return Claim(not (before.owner_gone or before.killed), before.owner_away != after.owner_away)


@some_step("T8h", of=SYSTEM, source="kernel/cgroup/cgroup.c:__cgroup_procs_write", expect=holds())
def a_worker_can_be_moved_alone_or_if_it_is_a_thread_with_its_process(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """A kthread, or the series' process, whatever became of its owner."""
    there = before.made and not before.worker_gone
    able = not before.thread or not (before.owner_gone or before.killed)
    moved = before.worker_away != after.worker_away
    together = before.owner_away != after.owner_away
    return Claim(bool(there and able), moved and together == bool(before.thread))


@some_step("T8i", of=SYSTEM, source="drivers/vhost/vhost.c:vhost_dev_set_owner", expect=holds())
def an_owner_that_is_awake_can_open_flush_and_give_away_its_device(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """Once a worker is there it can be flushed; before, it can be made."""
    there = before.made and not before.worker_gone and not before.passed
    goal = after.flushing if there else after.made
    return Claim(awake(before) and not before.owner_gone and not before.passed
                 and (bool(there) or not before.made), bool(goal))


@some_step("T8j", of=SYSTEM, source="net/core/scm.c:scm_detach_fds", expect=holds())
def an_owner_that_is_awake_can_give_the_file_away(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """While it has it."""
    able = before.made and awake(before) and not before.passed
    return Claim(bool(able), bool(after.passed))


@some_step("T8k", of=SYSTEM, source="fs/open.c:filp_close", expect=holds())
def who_was_given_the_file_can_close_it(_kernel: Kernel, before: Cold, after: Cold) -> Claim:
    """Whatever became of the owner."""
    return Claim(bool(before.passed and not before.closing), bool(after.closing))


@some_step("T8l", of=SYSTEM, source="kernel/cgroup/freezer.c:cgroup_freeze", expect=holds())
def a_cgroup_can_be_frozen_and_thawed_at_any_time(
    _kernel: Kernel, before: Cold, after: Cold
) -> Claim:
    """Whatever its members do."""
    return Claim(True, before.freeze != after.freeze)
