"""What each step in the life of a device and its worker needs, and what it does."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.vhost_worker import SYSTEM
from model.over_time.world import Stop, WorkerRun, World
from model.patches import (
    KVM_VHOST_TASK,
    VHOST_SIGKILL,
    VHOST_USES_TASK,
    WORKERS_ARE_THREADS,
)
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only

_STOP = "kernel/vhost_task.c:vhost_task_stop"
_FN = "kernel/vhost_task.c:vhost_task_fn"


def _open(state: World) -> bool:
    return bool(state.file_here or state.file_there)


@each_step("T32", of=SYSTEM, source="fs/open.c:filp_close", expect=holds())
def a_file_is_passed_on_by_its_living_owner_and_closed_by_who_has_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Each close is one process's; who dies closes what it has."""
    passed = happens(before, after, "file_there")
    may = before.file_here and not before.killed and before.run != WorkerRun.NONE
    moved = changed(before, after) & {"file_here", "file_there"}
    back = happens(before, after, "file_here")
    dies = happens(before, after, "owner_gone")
    alone = only(before, after, *moved, *(("owner_gone", "closer_is_owner") if dies else
                                          ("closer_is_owner",) if "file_here" in moved else ()))
    fine = len(moved) == 1 and not back and alone and (not passed or bool(may))
    return Claim(bool(moved), fine)


@each_step("T33", of=SYSTEM, source="kernel/exit.c:exit_files", expect=holds())
def an_owner_dies_once_killed_and_closes_its_file(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It is the closer where nobody else had the file."""
    dies = before.owner_gone != after.owner_gone
    last = bool(before.file_here and not before.file_there)
    done = after.owner_gone and not after.file_here and after.closer_is_owner == last
    return Claim(dies, bool(before.killed and done))


@each_step("T34", of=SYSTEM, source="fs/open.c:filp_close", expect=holds())
def an_owner_that_closes_the_file_lives_and_is_the_closer_if_it_is_the_last(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """close(2): before it made no worker there is nothing to release."""
    closes = happens(after, before, "file_here") and before.owner_gone == after.owner_gone
    may = not before.killed and before.run != WorkerRun.NONE
    return Claim(closes, bool(may and after.closer_is_owner == (not before.file_there)))


@each_step(
    "T36",
    of=SYSTEM,
    source="kernel/signal.c:sig_task_ignored",
    expect=holds(needs=VHOST_USES_TASK),
)
def a_worker_is_sent_SIGKILL_alone_only_where_it_is_a_process_that_runs(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Nobody can send it to a kthread, and to a thread only with its group."""
    sent = before.sent != after.sent
    group = after.killed and not before.killed
    process = not (before.kthread or before.thread) and before.run == WorkerRun.RUNNING
    alone = process and only(before, after, "sent", "pending")
    heard = after.pending == (not before.deaf)
    own = bool(alone and heard and after.sent)
    return Claim(sent or happens(before, after, "pending"), bool(group) or own)


@each_step("T37", of=SYSTEM, source=_FN, expect=holds())
def a_worker_goes_from_its_loop_to_its_end_step_by_step(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """SIGKILL latches it from v6.4 to v6.9, and makes it leave since v6.10."""
    way = WorkerRun(int(before.run)), WorkerRun(int(after.run))
    leaves = WorkerRun.LEAVING if kernel[VHOST_SIGKILL] is True else WorkerRun.LATCHED
    killed = way == (WorkerRun.RUNNING, leaves) and before.pending and not after.pending
    ways = {
        (WorkerRun.NONE, WorkerRun.RUNNING): True,
        (WorkerRun.RUNNING, WorkerRun.LEAVING): before.stop_flag or killed,
        (WorkerRun.LATCHED, WorkerRun.LEAVING): before.stop_flag,
        (WorkerRun.RUNNING, WorkerRun.LATCHED): killed,
        (WorkerRun.LEAVING, WorkerRun.SAID): True,
        (WorkerRun.SAID, WorkerRun.FREED): before.thread,
        (WorkerRun.SAID, WorkerRun.ZOMBIE): True,
        (WorkerRun.ZOMBIE, WorkerRun.FREED): after.stop == Stop.DONE,
    }
    return Claim(before.run != after.run, bool(ways.get(way, False)))


@each_step("T38", of=SYSTEM, source=_STOP, expect=holds())
def a_closer_stops_the_worker_when_nobody_has_the_file(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It sets the flag unless the worker was killed, wakes it, and waits until it is gone."""
    way = Stop(int(before.stop)), Stop(int(after.stop))
    begins = not _open(before) and before.run != WorkerRun.NONE
    told = after.stop_flag != before.killed_flag
    gone = before.run in (WorkerRun.ZOMBIE, WorkerRun.FREED)
    ways = {
        (Stop.NO, Stop.TOLD): begins and told and before.woke == after.woke,
        (Stop.NO, Stop.WAITS): begins and told and not before.kthread and (
            after.woke == (before.woke or not before.killed_flag)
        ),
        (Stop.TOLD, Stop.WAITS): after.woke,
        (Stop.WAITS, Stop.DONE): gone,
    }
    rest = {"stop", "stop_flag", "woke", "woke_freed", "run"}
    fine = bool(ways.get(way, False)) and only(before, after, *rest)
    return Claim(before.stop != after.stop, fine)


@each_step("T39", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_wake", expect=holds())
def whoever_wakes_a_worker_that_is_no_kthread_touches_its_task_struct(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """A closer that found it killed wakes nobody (v6.10); KVM's parameter is another way."""
    woken = happens(before, after, "woke") or happens(before, after, "woke_freed")
    wakes = woken and before.stop != after.stop
    if not wakes:
        alone = only(before, after, "woke", "woke_freed")
        return Claim(woken, bool(alone and before.kvm and _open(before)))
    freed = not before.kthread and before.run == WorkerRun.FREED
    return Claim(True, after.woke_freed == bool(before.woke_freed or freed))


@each_step("T3a", of=SYSTEM, source="kernel/vhost_task.c", expect=holds())
def what_was_told_to_a_worker_is_never_taken_back(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """The flags of vhost_task, SIGKILL to the group, and that somebody woke it."""
    names = ("stop_flag", "killed_flag", "killed", "owner_gone", "sent", "woke", "woke_freed")
    told = [name for name in names if getattr(before, name)]
    return Claim(bool(told), all(getattr(after, name) for name in told))


@each_step("T3b", of=SYSTEM, source=_FN, expect=holds(needs=VHOST_SIGKILL))
def a_worker_says_that_it_was_killed_unless_it_was_told_to_stop(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Under exit_mutex, when it has left its loop."""
    says = before.run == WorkerRun.LEAVING and after.run == WorkerRun.SAID and not before.kthread
    return Claim(
        says and not before.stop_flag, bool(after.killed_flag) and only(
            before, after, "run", "killed_flag"
        )
    )


@each_step("T3c", of=SYSTEM, source=_FN, expect=holds(needs=WORKERS_ARE_THREADS))
def SIGKILL_is_pending_until_the_worker_takes_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """get_signal() in its loop; a worker that was stopped first never does."""
    return Claim(
        bool(before.pending and not after.pending),
        before.run == WorkerRun.RUNNING and changed(before, after) == {"run", "pending"},
    )


@each_step("T3h", of=SYSTEM, source="kernel/vhost_task.c:vhost_task_stop", expect=holds())
def every_step_changes_something_but_waking_KVMs_thread_once_more(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """What comes after a task_struct was used that is gone is left out."""
    again = before.kvm and _open(before) and before.woke and not before.woke_freed
    return Claim(True, before != after or bool(again))


@each_step("T3i", of=SYSTEM, source="db5247d9bf5c; " + _STOP,
           expect=holds(needs=VHOST_SIGKILL))
def a_closer_that_finds_its_worker_killed_only_waits_for_it(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It touches the task no more: nothing to tell, nobody to wake."""
    begins = before.stop == Stop.NO != after.stop and bool(before.killed_flag)
    return Claim(begins, after.stop == Stop.WAITS and changed(before, after) == {"stop"})


@each_step("T3j", of=SYSTEM, source="e297cd54b3f8; " + _STOP, expect=holds())
def a_closer_that_has_seen_the_worker_exit_leaves_none_but_anothers_child(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """The series' process was a child of the owner: who closes elsewhere cannot reap it."""
    done = before.stop == Stop.WAITS and after.stop == Stop.DONE
    child = not (before.kthread or before.thread or before.closer_is_owner)
    return Claim(done, bool(after.run == (before.run if child else WorkerRun.FREED)))


@some_step("T3d", of=SYSTEM, source="fs/open.c:filp_close", expect=holds())
def who_has_the_file_can_close_it(_kernel: Kernel, before: World, after: World) -> Claim:
    """The other process at any time, whatever became of the owner."""
    return Claim(bool(before.file_there), not after.file_there)


@some_step("T3e", of=SYSTEM, source="fs/open.c:filp_close", expect=holds())
def a_living_owner_can_close_the_file(_kernel: Kernel, before: World, after: World) -> Claim:
    """And a killed one does so when it dies."""
    has = bool(before.file_here) and before.run != WorkerRun.NONE
    closed = not after.file_here and after.owner_gone == before.killed
    return Claim(has, bool(closed))


@some_step("T3f", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds())
def a_killed_owner_dies(_kernel: Kernel, before: World, after: World) -> Claim:
    """It waits for nobody before it has closed its files."""
    return Claim(bool(before.killed and not before.owner_gone), bool(after.owner_gone))


@some_step(
    "T3g",
    of=SYSTEM,
    source="arch/x86/kvm/mmu/mmu.c:set_nx_huge_pages",
    expect=holds(needs=KVM_VHOST_TASK),
)
def an_administrator_can_wake_the_thread_of_every_open_machine(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Whoever holds the file, and whatever became of the thread."""
    listed = bool(before.kvm) and _open(before) and not before.woke_freed
    return Claim(listed, bool(after.woke) and after.run == before.run)
