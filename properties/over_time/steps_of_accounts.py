"""What fork, exit, wait, set*uid() and execve() do to tasks and counts, and what they leave."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import Any

from model.kernel import Kernel
from model.over_time.accounts import ACCOUNTS, SLOTS, Accounts, SetUser, Slot, slots
from model.over_time.charges import SlotLife
from model.patches import (
    REAL_UID_KEY,
    SET_USER_ASKS_CAPABILITIES,
    SET_USER_WITHOUT_CAPABILITIES,
    UCOUNTS_NPROC,
)
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, changed, only, touched

_SLOTS = ("t1", "t2", "t3")
_COUNTS = ("n0", "n1", "n2")
_TOLD = ("mark_missing", "mark_undue", "escaped", "pardoned", "innocent")
_told = attrgetter(*_TOLD)


def _pairs(before: Accounts, after: Accounts) -> list[tuple[Slot, Slot]]:
    return list(zip(slots(before), slots(after), strict=True))


def _lives(state: Accounts) -> tuple[Any, ...]:
    return state.t1.life, state.t2.life, state.t3.life


def _went(
    before: Accounts, after: Accounts, old: SlotLife, new: SlotLife
) -> list[tuple[Slot, Slot]]:
    """Return the slots that went from one point of life to another."""
    if _lives(before) == _lives(after):
        return []
    return [(a, b) for a, b in _pairs(before, after) if a.life == old and b.life == new]


def _touched(before: Accounts, after: Accounts) -> tuple[tuple[Slot, Slot], ...]:
    return touched(before, after, *_SLOTS)


def _counts_move(before: Accounts, after: Accounts, moves: dict[int, int]) -> bool:
    """Return whether the counts move by so much each, and the others not at all."""
    return all(
        getattr(after, f"n{user}") - getattr(before, f"n{user}") == moves.get(user, 0)
        for user in range(3)
    )


def _slot(state: Accounts, index: int) -> Slot:
    return slots(state)[index - 1]


@each_step("T10", of=ACCOUNTS, source="kernel/exit.c:do_exit", expect=holds())
def who_exits_leaves_a_zombie_of_its_own_user_and_no_mark(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """Charged as before; nothing else in the system changes."""
    gone = _went(before, after, SlotLife.ALIVE, SlotLife.ZOMBIE)
    if not gone:
        return ELSE
    left = [replace(a, life=int(SlotLife.ZOMBIE), marked=False, joined=0) == b for a, b in gone]
    alone = only(before, after, "t1", "t2", "t3")
    return Claim(True, all(left) and len(_touched(before, after)) == 1 and alone)


@each_step("T11", of=ACCOUNTS, source="kernel/exit.c:release_task", expect=holds())
def reaping_takes_exactly_the_reaped_tasks_charge(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """From whom it was charged to; nothing is left of the task, and nobody else is touched."""
    gone = _went(before, after, SlotLife.ZOMBIE, SlotLife.FREE)
    if not gone:
        return ELSE
    clean = gone[0][1] == Slot() and len(_touched(before, after)) == 1
    taken = _counts_move(before, after, {int(gone[0][0].counted): -1})
    return Claim(True, clean and taken and only(before, after, "t1", "t2", "t3", *_COUNTS))


@each_step("T12", of=ACCOUNTS, source="kernel/cred.c:copy_creds", expect=holds())
def a_fork_makes_one_child_charged_to_the_ucounts_of_a_living_parent(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """A living task of the same user that is charged alike; the child called no set*uid()."""
    born = _went(before, after, SlotLife.FREE, SlotLife.ALIVE)
    if not born:
        return ELSE
    child = born[0][1]
    parent = any(
        a.life == SlotLife.ALIVE and (a.uid, a.counted) == (child.uid, child.counted)
        for a in slots(before)
    )
    one = _counts_move(before, after, {int(child.counted): 1}) and len(born) == 1
    alone = only(before, after, "t1", "t2", "t3", *_COUNTS)
    return Claim(True, parent and one and alone and child.joined == int(SetUser.NEVER))


@each_step("T13", of=ACCOUNTS, source="kernel/fork.c:copy_process", expect=holds())
def a_step_takes_one_task_at_most_one_stage_further_in_its_life(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """Free, alive, zombie, free; nobody comes back, and nobody is reaped alive."""
    if _lives(before) == _lives(after):
        return ELSE
    moves = [(a.life, b.life) for a, b in _pairs(before, after) if a.life != b.life]
    stages = ((0, 1), (1, 2), (2, 0))
    return Claim(True, len(moves) == 1 and moves[0] in stages)


@each_step("T14", of=ACCOUNTS, source="kernel/sys.c:do_prlimit", expect=holds())
def a_changed_limit_changes_nothing_else(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """Who is beyond it stays, marked or not."""
    if before.limit == after.limit:
        return ELSE
    return Claim(True, changed(before, after) == {"limit"})


@each_step("T15", of=ACCOUNTS, source="kernel/sys.c:__sys_setuid", expect=holds())
def only_root_changes_user_and_takes_its_charge_along(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """What its old ucounts lose its new ones gain; it is noted that somebody moved."""
    moved = [
        (a, b) for a, b in _pairs(before, after) if a.uid != b.uid and a.life == b.life != 0
    ]
    if not moved:
        return ELSE
    (old, new), rest = moved[0], ("t1", "t2", "t3", *_COUNTS, "moved", *_TOLD[:2])
    lives = old.life == SlotLife.ALIVE and (old.uid, new.uid) == (0, 1)
    charge = _counts_move(before, after, {int(old.counted): -1, int(new.counted): 1})
    joined = new.joined != int(SetUser.NEVER)
    alone = len(_touched(before, after)) == 1 and only(before, after, *rest)
    return Claim(True, lives and charge and joined and bool(after.moved) and alone)


@each_step("T16", of=ACCOUNTS, source="fs/exec.c:do_execveat_common", expect=holds())
def a_step_that_moves_no_charge_only_drops_marks(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """execve() and a fork that is refused: of one task, which keeps its user and its life."""
    if before.moved != after.moved or _lives(before) != _lives(after):
        return ELSE
    pairs = _touched(before, after)
    if not pairs or any(a.uid != b.uid for a, b in pairs):
        return ELSE
    kept = all(replace(a, marked=b.marked, joined=b.joined) == b for a, b in pairs)
    drops = all(a.marked or not b.marked for a, b in pairs)
    forgets = all(
        a.joined == b.joined or (a.joined, b.joined) == (SetUser.OVER, SetUser.WITHIN)
        for a, b in pairs
    )
    alone = only(before, after, "t1", "t2", "t3", *_TOLD[2:]) and len(pairs) == 1
    return Claim(True, kept and drops and forgets and alone)


@each_step("T17", of=ACCOUNTS, source="fs/exec.c:do_execveat_common", expect=holds())
def what_is_told_of_marks_and_execve_is_told_for_good(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """And only where somebody moved, or executed."""
    if _told(before) == _told(after):
        return ELSE
    told = [name for name in _TOLD if getattr(before, name) != getattr(after, name)]
    return Claim(True, all(getattr(after, name) for name in told) and bool(after.moved))


def _excess(state: Accounts, slot: Slot) -> bool:
    """Return whether a task's user is over the limit that execve() looks at; root never is."""
    return slot.uid != 0 and bool(getattr(state, f"n{slot.counted}") > state.limit)


@each_step("T18", of=ACCOUNTS, source="kernel/fork.c:copy_process", expect=holds())
def a_fork_that_succeeds_takes_its_callers_mark_away_and_its_child_has_it(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """The child was copied before; nobody else is changed."""
    if not _went(before, after, SlotLife.FREE, SlotLife.ALIVE):
        return ELSE
    pairs = _pairs(before, after)
    return Claim(True, any(
        a.life == SlotLife.ALIVE and all(
            _after_a_fork(old, new, a if old is a else None, a.marked) for old, new in pairs
        )
        for a, _ in pairs
    ))


def _after_a_fork(old: Slot, new: Slot, caller: Slot | None, marked: Any) -> bool:
    """Return whether a slot is as a fork leaves its caller, its child and everybody else."""
    if caller is not None:
        within = int(SetUser.WITHIN) if caller.joined == SetUser.OVER else caller.joined
        return bool(new == replace(caller, marked=False, joined=within))
    if old.life == SlotLife.FREE and new.life == SlotLife.ALIVE:
        return bool(new.marked) == bool(marked)
    return old == new


@each_step("T19", of=ACCOUNTS, source="kernel/sys.c:flag_nproc_exceeded", expect=holds())
def it_is_noted_whether_set_uid_was_into_a_user_over_its_limit_and_what_mark_it_left(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """By the count before the mover is charged there."""
    moved = [b for a, b in _pairs(before, after) if a.uid != b.uid and a.life == b.life != 0]
    if not moved:
        return ELSE
    new = moved[0]
    excess, marked = _excess(before, new), bool(new.marked)
    joined = new.joined == (SetUser.OVER if excess else SetUser.WITHIN)
    missing = bool(after.mark_missing) == (bool(before.mark_missing) or (excess and not marked))
    undue = bool(after.mark_undue) == (bool(before.mark_undue) or (marked and not excess))
    return Claim(True, bool(joined) and missing and undue)


@each_step("T1g", of=ACCOUNTS, source="fs/exec.c:do_execveat_common", expect=holds())
def an_execve_is_refused_the_marked_who_are_over_their_limit_and_forgives_others(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """Each of what is noted of it is so: refused though it never moved, escaped, pardoned."""
    told = {name for name in _TOLD[2:] if getattr(before, name) != getattr(after, name)}
    touched = _touched(before, after) if _lives(before) == _lives(after) else []
    forgiven = [a for a, b in touched if a.joined != b.joined and a.uid == b.uid]
    pardoned = [a for a, b in touched if a.marked and not b.marked and a.uid == b.uid]
    escapes = all(after.escaped for a in forgiven if _excess(before, a))
    fine = {
        "innocent": not touched and any(
            _refused(before, a) and a.joined == SetUser.NEVER for a in slots(before)
        ),
        "escaped": any(_excess(before, a) and not a.marked for a in forgiven),
        "pardoned": any(not _excess(before, a) for a in pardoned),
    }
    kept = not any(_refused(before, a) for a in (*forgiven, *pardoned))
    return Claim(bool(told or touched), escapes and kept and all(fine[name] for name in told))


def _refused(state: Accounts, slot: Slot) -> bool:
    return bool(slot.life == SlotLife.ALIVE and slot.marked) and _excess(state, slot)


@some_step("T1a", of=ACCOUNTS, source="kernel/exit.c:do_exit", expect=holds(), cases=SLOTS)
def every_living_task_can_exit(
    _kernel: Kernel, before: Accounts, after: Accounts, index: int
) -> Claim:
    """Whatever its user, its mark and the limit."""
    living = _slot(before, index).life == SlotLife.ALIVE
    return Claim(living, _slot(after, index).life == SlotLife.ZOMBIE)


@some_step("T1b", of=ACCOUNTS, source="kernel/exit.c:wait_task_zombie", expect=holds(), cases=SLOTS)
def every_zombie_can_be_reaped(
    _kernel: Kernel, before: Accounts, after: Accounts, index: int
) -> Claim:
    """Whatever its user and the limit."""
    dead = _slot(before, index).life == SlotLife.ZOMBIE
    return Claim(dead, _slot(after, index).life == SlotLife.FREE)


@some_step("T1c", of=ACCOUNTS, source="kernel/fork.c:copy_process", expect=holds(), cases=(1, 2))
def a_living_task_within_its_limit_can_fork(
    _kernel: Kernel, before: Accounts, after: Accounts, user: int
) -> Claim:
    """A raised limit lets the next fork through: its user's count is below it again."""
    mine = any(
        (a.life, a.uid, a.counted) == (SlotLife.ALIVE, user, user) for a in slots(before)
    )
    room = any(a.life == SlotLife.FREE for a in slots(before))
    below = getattr(before, f"n{user}") < before.limit
    born = _went(before, after, SlotLife.FREE, SlotLife.ALIVE)
    return Claim(mine and room and below, bool(born) and born[0][1].uid == user)


@some_step("T1d", of=ACCOUNTS, source="kernel/sys.c:__sys_setuid", expect=holds(), cases=SLOTS)
def roots_task_can_become_another_user(
    _kernel: Kernel, before: Accounts, after: Accounts, index: int
) -> Claim:
    """No limit refuses set*uid() itself, since 2011: it leaves a mark at most."""
    root = _slot(before, index)
    able = root.life == SlotLife.ALIVE and root.uid == 0
    return Claim(able, _slot(after, index).uid == 1 and _slot(after, index).life == SlotLife.ALIVE)


@some_step("T1e", of=ACCOUNTS, source="kernel/sys.c:do_prlimit", expect=holds())
def the_limit_can_be_raised_and_lowered_at_any_time(
    _kernel: Kernel, before: Accounts, after: Accounts
) -> Claim:
    """prlimit() asks nothing of the counts."""
    return Claim(True, after.limit == 3 - before.limit)


@some_step(
    "T1f",
    of=ACCOUNTS,
    source="fs/exec.c:do_execveat_common",
    expect=holds(),
    cases=SLOTS,
)
def who_is_within_its_limit_can_execute_and_has_no_mark_then(
    _kernel: Kernel, before: Accounts, after: Accounts, index: int
) -> Claim:
    """is_rlimit_overlimit() is asked anew, whether it was marked or not."""
    task = _slot(before, index)
    within = getattr(before, f"n{task.counted}") <= before.limit
    unmarked = replace(task, marked=False, joined=_slot(after, index).joined)
    told = bool(after.pardoned) or not task.marked
    return Claim(task.life == SlotLife.ALIVE and within, _slot(after, index) == unmarked and told)


@some_step("T1h", of=ACCOUNTS, source="a55d07294f1e; kernel/cred.c:set_cred_ucounts",
           expect=holds(), cases=tuple((index, user) for index in SLOTS for user in (1, 2)))
def roots_task_can_become_user_1_acting_as_itself_or_as_user_2(
    kernel: Kernel, before: Accounts, after: Accounts, case: tuple[int, int]
) -> Claim:
    """It is charged to its real uid, but to its effective one from v5.14 to v5.16."""
    index, user = case
    root = _slot(before, index)
    by_effective = kernel[UCOUNTS_NPROC] is True and kernel[REAL_UID_KEY] is not True
    weighs = user if by_effective else 1
    new = _slot(after, index)
    return Claim(root.life == SlotLife.ALIVE and root.uid == 0,
                 (int(new.uid), int(new.counted)) == (1, weighs))


@some_step(
    "T1i",
    of=ACCOUNTS,
    source="fs/exec.c:do_execveat_common",
    expect=holds(needs=~SET_USER_ASKS_CAPABILITIES | SET_USER_WITHOUT_CAPABILITIES),
    cases=SLOTS,
)
def who_is_marked_and_over_its_limit_is_refused_execve_and_that_is_noted(
    _kernel: Kernel, before: Accounts, after: Accounts, index: int
) -> Claim:
    """EAGAIN; it goes on with its mark.  v5.15 and v5.16 marked nobody who came from root."""
    task = _slot(before, index)
    innocent = task.joined == SetUser.NEVER and not before.innocent
    told = changed(before, after) == ({"innocent"} if innocent else set())
    return Claim(_refused(before, task), told)
