"""What every way to make and end a task does to its group, its limit and the counts."""

from __future__ import annotations

from dataclasses import replace

from model.kernel import Kernel
from model.over_time.charges import SlotLife
from model.over_time.thread_groups import (
    FREE,
    SLOTS,
    SYSTEM,
    Groups,
    GroupTask,
    TaskKind,
    has_threads,
    limit_of,
    tasks,
)
from model.patches import IO_THREAD
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, happens, only

_COPY = "kernel/fork.c:copy_process"
_SLOTS = ("t1", "t2", "t3")


def _task(state: Groups, index: int) -> GroupTask:
    return tasks(state)[index - 1]


def _touched(before: Groups, after: Groups) -> list[tuple[int, GroupTask, GroupTask]]:
    pairs = zip(SLOTS, tasks(before), tasks(after), strict=True)
    return [(index, old, new) for index, old, new in pairs if old != new]


def _born(before: Groups, after: Groups) -> list[GroupTask]:
    return [new for _, old, new in _touched(before, after) if old.life == 0 != new.life]


def _runs(state: Groups, index: int) -> bool:
    task = _task(state, index)
    return task.life == SlotLife.ALIVE and task.kind == TaskKind.USER and not task.waits


def _group(state: Groups, index: int) -> int:
    return int(_task(state, index).leader) or index


@each_step("T90", of=SYSTEM, source=_COPY, expect=holds())
def a_new_task_leads_itself_with_its_makers_limit_or_follows_a_leader_that_is_there(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """One at a time, charged as one; nobody else is changed but a caller of vfork()."""
    born = _born(before, after)
    if not born:
        return Claim(False, True)
    child = born[0]
    makers = [i for i in SLOTS if _runs(before, i)]
    follows = child.leader == 0 or any(_group(before, i) == child.leader for i in makers)
    limits = {0} if child.leader else {int(limit_of(before, i)) for i in makers}
    others = [(a, b) for _, a, b in _touched(before, after) if a.life]
    waits = all(replace(a, waits=True) == b for a, b in others) and bool(others) == child.awaited
    one = len(born) == 1 and after.n1 == before.n1 + 1 and only(
        before, after, *_SLOTS, "n1", "overran"
    )
    kind = child.kind == TaskKind.USER or child.leader != 0
    fine = child.limit in limits and follows and waits and one and kind
    return Claim(True, fine and child.life == SlotLife.ALIVE)


@each_step("T91", of=SYSTEM, source="kernel/exit.c:release_task", expect=holds())
def whoever_is_released_leaves_nothing_behind_and_takes_one_charge(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """However many of a group go at once."""
    gone = [new for _, old, new in _touched(before, after) if old.life != 0 == new.life]
    clean = all(new == FREE for new in gone)
    return Claim(bool(gone), clean and before.n1 - after.n1 == len(gone))


@each_step("T92", of=SYSTEM, source="kernel/exit.c:exit_notify", expect=holds())
def only_a_leader_becomes_a_zombie_and_stays_charged(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """With its limit; whoever waited for it in vfork() goes on."""
    dead = [
        (old, new) for _, old, new in _touched(before, after)
        if old.life == SlotLife.ALIVE and new.life == SlotLife.ZOMBIE
    ]
    fine = all(
        replace(old, life=int(SlotLife.ZOMBIE), waits=False, awaited=False) == new
        and not new.leader
        for old, new in dead
    )
    return Claim(bool(dead), fine and only(before, after, *_SLOTS, "n1"))


@each_step("T93", of=SYSTEM, source="kernel/exit.c:wait_task_zombie", expect=holds())
def a_leader_is_reaped_dead_and_after_its_threads(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """delay_group_leader(); by execve() of a thread it goes at once."""
    gone = [
        index for index, old, new in _touched(before, after)
        if old.life != 0 == new.life and not old.leader
    ]
    leads = any(a.leader in gone and not b.leader for _, a, b in _touched(before, after))
    fine = all(
        _task(before, i).life == SlotLife.ZOMBIE and not has_threads(before, i) for i in gone
    )
    alone = len(_touched(before, after)) == 1 and only(before, after, *_SLOTS, "n1")
    return Claim(bool(gone), leads or (fine and alone))


@each_step("T94", of=SYSTEM, source="fs/exec.c:de_thread", expect=holds())
def a_thread_that_executes_leads_with_its_groups_limit_and_alone(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """Its leader and its other threads are gone."""
    led = [
        (index, old, new) for index, old, new in _touched(before, after)
        if old.life == new.life != 0 and old.leader and not new.leader
    ]
    fine = all(
        _runs(before, index)
        and new.limit == limit_of(before, index)
        and not has_threads(after, index)
        and _task(after, int(old.leader)).life == SlotLife.FREE
        for index, old, new in led
    )
    return Claim(bool(led), fine and only(before, after, *_SLOTS, "n1"))


@each_step("T95", of=SYSTEM, source="kernel/sys.c:do_prlimit", expect=holds())
def a_limit_is_changed_of_one_process_and_of_nobody_else(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """Nothing else happens by it; threads have none of their own."""
    limited = [
        (old, new) for _, old, new in _touched(before, after)
        if old.life == new.life != 0 and old.limit != new.limit and old.leader == new.leader
    ]
    fine = all(
        not old.leader and replace(old, limit=3 - old.limit) == new for old, new in limited
    )
    alone = len(_touched(before, after)) == 1 and len(changed(before, after)) == 1
    return Claim(bool(limited), fine and alone)


@each_step("T96", of=SYSTEM, source="kernel/fork.c:wait_for_vfork_done", expect=holds())
def a_vfork_waits_from_its_childs_birth_to_its_execve_or_end(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """Or until SIGKILL ends the caller; nobody else is kept waiting."""
    woken = [new for _, old, new in _touched(before, after) if old.waits and not new.waits]
    asleep = [new for _, old, new in _touched(before, after) if new.waits and not old.waits]
    free = not any(task.awaited for task in tasks(after))
    return Claim(bool(woken or asleep), free if woken else bool(_born(before, after)))


@each_step("T97", of=SYSTEM, source="kernel/kthread.c:create_kthread", expect=holds())
def a_kernel_thread_is_charged_to_root_as_long_as_it_is_there(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """And no user's task is touched."""
    moved = before.kernel != after.kernel or before.n0 != after.n0
    one = after.n0 - before.n0 == int(bool(after.kernel)) - int(bool(before.kernel))
    return Claim(moved, one and changed(before, after) == {"kernel", "n0"})


@each_step("T98", of=SYSTEM, source=_COPY, expect=holds())
def a_refused_fork_changes_nothing(_kernel: Kernel, before: Groups, after: Groups) -> Claim:
    """That a process was refused for others' tasks is noted: its user is at its limit."""
    noted = before.for_others != after.for_others
    full = any(_runs(before, i) and int(before.n1) >= int(limit_of(before, i)) for i in SLOTS)
    alone = changed(before, after) == {"for_others"} and bool(after.for_others)
    return Claim(noted, full and alone)


@each_step("T99", of=SYSTEM, source=_COPY, expect=holds())
def what_a_task_is_and_whom_it_follows_only_execve_changes(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """The living go on as they are, whatever happens to others; nobody rises."""
    pairs = [(old, new) for _, old, new in _touched(before, after) if old.life and new.life]
    fine = all(
        old.kind == new.kind and int(old.life) <= int(new.life) and new.leader in (old.leader, 0)
        for old, new in pairs
    )
    return Claim(bool(pairs), fine)


@each_step("T9i", of=SYSTEM, source=_COPY, expect=holds())
def a_step_that_changes_nothing_is_a_refused_fork_or_an_execve_of_who_is_alone(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """Whoever cannot run does nothing in vain."""
    in_vain = any(
        _runs(before, i)
        and (int(before.n1) >= int(limit_of(before, i)) or _is_alone(before, i))
        for i in SLOTS
    )
    return Claim(before == after, in_vain)


def _is_alone(state: Groups, index: int) -> bool:
    task = _task(state, index)
    return not (task.leader or task.awaited or has_threads(state, index))


@each_step("T9j", of=SYSTEM, source="kernel/fork.c:wait_for_vfork_done", expect=holds())
def nobody_is_woken_by_what_happens_in_other_groups(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """A vfork ends with an execve or the end of its child, or with the end of who waits."""
    touched = _touched(before, after)
    let_go = [
        index for index, old, new in touched
        if (old.waits and not new.waits) or (old.awaited and not new.awaited)
    ]
    ended = {_group(before, i) for i, a, b in touched if a.life != b.life}
    return Claim(bool(let_go), ended <= {_group(before, i) for i in let_go})


_WAYS = ("fork", "vfork", "thread", "io worker")


@some_step(
    "T9a", of=SYSTEM, source=_COPY, expect=holds(),
    cases=tuple((index, way) for index in SLOTS for way in _WAYS),
)
def a_task_whose_user_is_below_its_limit_can_make_any_kind_of_task(
    kernel: Kernel, before: Groups, after: Groups, case: tuple[int, str]
) -> Claim:
    """A raised limit lets the next one through."""
    index, way = case
    room = any(task.life == SlotLife.FREE for task in tasks(before))
    able = _runs(before, index) and room and int(before.n1) < int(limit_of(before, index))
    known = way != "io worker" or kernel[IO_THREAD] is True
    free = way != "vfork" or not any(task.waits for task in tasks(before))
    limit = 0 if way in ("thread", "io worker") else limit_of(before, index)
    child = GroupTask(
        life=int(SlotLife.ALIVE),
        leader=_group(before, index) if way in ("thread", "io worker") else 0,
        kind=int(TaskKind.IO if way == "io worker" else TaskKind.USER),
        limit=limit,
        awaited=way == "vfork",
    )
    waits = way != "vfork" or bool(_task(after, index).waits)
    return Claim(able and known and free, _born(before, after) == [child] and waits)


@some_step("T9b", of=SYSTEM, source="kernel/sys.c:do_prlimit", expect=holds(), cases=SLOTS)
def the_limit_of_every_process_can_be_raised_and_lowered(
    _kernel: Kernel, before: Groups, after: Groups, index: int
) -> Claim:
    """A zombie's as well, while it is there."""
    task = _task(before, index)
    return Claim(task.life != 0 and not task.leader, _task(after, index).limit == 3 - task.limit)


@some_step("T9c", of=SYSTEM, source="kernel/exit.c:do_exit", expect=holds(), cases=SLOTS)
def every_task_that_does_not_wait_can_end(
    _kernel: Kernel, before: Groups, after: Groups, index: int
) -> Claim:
    """A thread is gone at once, a leader a zombie; the rest of its group lives on."""
    task = _task(before, index)
    ended = SlotLife.FREE if task.leader else SlotLife.ZOMBIE
    rest = all(i == index or a.life == b.life for i, a, b in _touched(before, after))
    return Claim(task.life == SlotLife.ALIVE and not task.waits,
                 _task(after, index).life == ended and rest)


@some_step("T9d", of=SYSTEM, source="kernel/signal.c:complete_signal", expect=holds(), cases=SLOTS)
def SIGKILL_ends_every_thread_of_a_process(
    _kernel: Kernel, before: Groups, after: Groups, index: int
) -> Claim:
    """Those that wait in vfork() as well."""
    task = _task(before, index)
    living = task.life != 0 and not task.leader
    some = task.life == SlotLife.ALIVE or bool(has_threads(before, index))
    dead = _task(after, index).life == SlotLife.ZOMBIE and not has_threads(after, index)
    return Claim(living and some, dead)


@some_step("T9e", of=SYSTEM, source="kernel/exit.c:wait_task_zombie", expect=holds(), cases=SLOTS)
def every_zombie_without_threads_can_be_reaped(
    _kernel: Kernel, before: Groups, after: Groups, index: int
) -> Claim:
    """By its parent, which is not looked at here."""
    dead = _task(before, index).life == SlotLife.ZOMBIE and not has_threads(before, index)
    return Claim(dead, _task(after, index) == FREE)


@some_step("T9f", of=SYSTEM, source="fs/exec.c:de_thread", expect=holds(), cases=SLOTS)
def every_task_that_runs_can_execute_and_is_alone_then(
    _kernel: Kernel, before: Groups, after: Groups, index: int
) -> Claim:
    """The leader of its group, with the group's limit; who waited for it in vfork() goes on."""
    group = _group(before, index)
    alone = replace(_task(before, index), leader=0, limit=limit_of(before, index), awaited=False)
    left = [i for i in SLOTS if _task(after, i).life and _group(after, i) in (group, index)]
    mine = [_task(before, i) for i in SLOTS if _group(before, i) == group]
    wakes = any(task.awaited or task.waits for task in mine)
    others = any(_group(before, i) != group for i, _, _ in _touched(before, after))
    quiet = (wakes or not others) and only(before, after, *_SLOTS, "n1")
    return Claim(_runs(before, index), _task(after, index) == alone and left == [index] and quiet)


@some_step("T9g", of=SYSTEM, source="kernel/kthread.c:create_kthread", expect=holds())
def kthreadd_can_always_make_a_kernel_thread_and_that_can_end(
    _kernel: Kernel, before: Groups, after: Groups
) -> Claim:
    """Whatever users' limits are."""
    return Claim(True, before.kernel != after.kernel)


@each_step("T9h", of=SYSTEM, source=_COPY, expect=holds())
def what_was_noted_of_limits_stays_noted(_kernel: Kernel, before: Groups, after: Groups) -> Claim:
    """That somebody overran its own, only where a task was made beyond it."""
    noted = [name for name in ("overran", "for_others") if getattr(before, name)]
    kept = all(getattr(after, name) for name in noted)
    if not happens(before, after, "overran"):
        return Claim(bool(noted), kept)
    beyond = any(_runs(before, i) and int(after.n1) > int(limit_of(before, i)) for i in SLOTS)
    return Claim(True, kept and bool(_born(before, after)) and beyond)
