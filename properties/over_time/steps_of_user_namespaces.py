"""What fork, exit, wait, unshare(), setns() and set*uid() do across a user namespace."""

from __future__ import annotations

from dataclasses import replace

from model.algebra import LONG_MAX
from model.kernel import Kernel
from model.over_time.charges import SlotLife
from model.over_time.user_namespaces import NESTED, NOBODY, SLOTS, Member, Nested, members
from model.patches import COMMIT_CREDS_PAIRED, ROOT_NS_UNLIMITED, UCOUNTS_NPROC
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import ELSE, changed, only, touched

_SLOTS = ("t1", "t2", "t3")
_COUNTS = ("n00", "n01", "n10", "n11")
_SPACE = ("owner", "bound")
_KEPT = holds(unending=UCOUNTS_NPROC & ~COMMIT_CREDS_PAIRED)
"""v5.14 has no end of histories: a charge is lost, and counts grow."""


def _member(state: Nested, index: int) -> Member:
    return members(state)[index - 1]


def _touched(before: Nested, after: Nested) -> tuple[tuple[Member, Member], ...]:
    return touched(before, after, *_SLOTS)


def _key(member: Member) -> tuple[int, int]:
    return int(member.key_ns), int(member.key_uid)


def _chain(state: Nested, key: tuple[int, int]) -> list[str]:
    """Return the counts that a charge goes to: its own, and the namespace's creator's."""
    ns, uid = key
    above = [f"n0{state.owner}"] if ns else []
    return [f"n{ns}{uid}", *above]


def _moves(before: Nested, after: Nested, charges: list[tuple[tuple[int, int], int]]) -> bool:
    """Return whether the counts move by these charges along their chains, and not else."""
    due = dict.fromkeys(_COUNTS, 0)
    for key, by in charges:
        for name in _chain(after, key):
            due[name] += by
    return all(getattr(after, name) - getattr(before, name) == by for name, by in due.items())


@each_step("T01", of=NESTED, source="kernel/exit.c:do_exit", expect=_KEPT)
def who_exits_stays_charged_where_it_was(
    _kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """A zombie in its namespace; nothing else in the system changes."""
    pairs = _touched(before, after)
    dead = [(a, b) for a, b in pairs if a.life == SlotLife.ALIVE and b.life != SlotLife.ALIVE]
    if not dead:
        return ELSE
    fine = all(replace(a, life=int(SlotLife.ZOMBIE)) == b for a, b in dead)
    return Claim(True, fine and len(pairs) == 1 and only(before, after, *_SLOTS))


@each_step("T02", of=NESTED, source="kernel/exit.c:release_task", expect=_KEPT)
def reaping_takes_the_charge_along_the_whole_chain(
    _kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """Of the namespace and of its creator outside; nothing is left of the task."""
    pairs = _touched(before, after)
    gone = [(a, b) for a, b in pairs if a.life == SlotLife.ZOMBIE]
    if not gone:
        return ELSE
    clean = all(b == Member() for _, b in gone) and len(pairs) == 1
    taken = _moves(before, after, [(_key(a), -1) for a, _ in gone])
    return Claim(True, clean and taken and only(before, after, *_SLOTS, *_COUNTS))


@each_step("T03", of=NESTED, source="kernel/cred.c:copy_creds", expect=_KEPT)
def a_child_is_charged_as_a_parent_is_or_in_the_namespace_made_for_it(
    kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """And along the chain; its parent stays as it is."""
    pairs = _touched(before, after)
    born = [b for a, b in pairs if a.life == SlotLife.FREE]
    if not born:
        return ELSE
    parents = [m for m in members(before) if m.life == SlotLife.ALIVE]
    made = before.owner == NOBODY != after.owner
    inside = 1 if kernel[UCOUNTS_NPROC] is True else 0
    homes = [replace(m, ns=1, key_ns=inside, key_uid=m.uid) for m in parents] if made else parents
    one = all(b in homes for b in born) and len(pairs) == 1
    charge = _moves(before, after, [(_key(b), 1) for b in born])
    alone = only(before, after, *_SLOTS, *_COUNTS, *(_SPACE if made else ()))
    return Claim(True, one and charge and alone)


@each_step("T04", of=NESTED, source="kernel/cred.c:commit_creds",
           expect=_KEPT)
def a_living_task_changes_user_or_namespace_and_nothing_else(
    kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """Root becomes user 1, or somebody goes inside; never both at once, and nobody comes back."""
    pairs = _touched(before, after)
    moved = [(a, b) for a, b in pairs if a.life == b.life]
    if not moved:
        return ELSE
    fine = all(
        a.life == SlotLife.ALIVE
        and (int(b.uid) - int(a.uid), int(b.ns) - int(a.ns)) in ((1, 0), (0, 1))
        for a, b in moved
    )
    rest = only(before, after, *_SLOTS, *_COUNTS, *_SPACE, "overran")
    return Claim(True, fine and len(pairs) == 1 and rest)


@each_step("T05", of=NESTED, source="kernel/user_namespace.c:create_user_ns", expect=_KEPT)
def a_user_namespace_belongs_to_a_living_task_and_its_bound_is_the_limit_of_that_moment(
    kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """Owner and bound are settled then and never change; before v5.14 there is no bound.

    Root's namespace has none since v5.17 (0ac983f51203).
    """
    if before.owner == after.owner and before.bound == after.bound:
        return ELSE
    owners = {int(m.uid) for m in members(before) if m.life == SlotLife.ALIVE}
    free = kernel[ROOT_NS_UNLIMITED] is True and after.owner == 0
    limit = LONG_MAX if free else before.limit
    bound = kernel[UCOUNTS_NPROC] is not True or after.bound == limit
    fine = before.owner == NOBODY and int(after.owner) in owners and bound
    there = any(b.ns == 1 for _, b in _touched(before, after))
    return Claim(True, fine and there)


@each_step("T06", of=NESTED, source="kernel/user_namespace.c:userns_install", expect=_KEPT)
def only_its_owner_and_root_join_a_user_namespace(
    _kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """A process that joined is counted there: its charge goes with it."""
    joined = [
        (a, b) for a, b in _touched(before, after)
        if a.life == b.life and a.ns != b.ns and before.owner != NOBODY
    ]
    fine = all(a.uid in (0, before.owner) and a.ns == 0 for a, b in joined)
    return Claim(bool(joined), fine and before.owner == after.owner)


@each_step("T07", of=NESTED, source="kernel/cred.c:commit_creds",
           expect=_KEPT)
def the_charge_of_who_moves_goes_where_it_goes(
    kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """What the old chain loses the new one gains; v5.14 lost it where the user stayed."""
    moved = [(a, b) for a, b in _touched(before, after) if a.life == b.life]
    if not moved:
        return ELSE
    paired = kernel[UCOUNTS_NPROC] is not True or kernel[COMMIT_CREDS_PAIRED] is True
    charges = [(_key(a), -1) for a, _ in moved] + [(_key(b), 1) for _, b in moved]
    return Claim(True, not paired or _moves(before, after, charges))


@each_step("T08", of=NESTED, source="kernel/sys.c:do_prlimit", expect=_KEPT)
def a_changed_limit_changes_no_bound_and_nobody(
    _kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """A namespace's bound stays the snapshot that it is."""
    if before.limit == after.limit:
        return ELSE
    return Claim(True, changed(before, after) == {"limit"} and after.limit == 3 - before.limit)


@each_step("T09", of=NESTED, source="kernel/fork.c:copy_process",
           expect=_KEPT)
def a_refused_fork_changes_no_count(_kernel: Kernel, before: Nested, after: Nested) -> Claim:
    """And what was noted stays noted."""
    quiet = not _touched(before, after) and before.limit == after.limit
    kept = all(getattr(after, name) or not getattr(before, name) for name in ("crowd", "overran"))
    return Claim(quiet or bool(before.crowd), kept and (not quiet or only(before, after, "crowd")))


@each_step("T0h", of=NESTED, source="kernel/user_namespace.c:userns_install", expect=_KEPT)
def it_is_noted_who_joins_a_namespace_beyond_its_bound(
    _kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """Its creator is charged above with whoever is inside; making it brings nobody beyond."""
    moved = [(a, b) for a, b in _touched(before, after) if a.life == b.life and a.ns != b.ns]
    if not moved:
        return ELSE
    beyond = int(getattr(after, f"n0{after.owner}")) > int(after.bound)
    noted = bool(before.overran) or (before.owner != NOBODY and beyond)
    return Claim(True, bool(after.overran) == noted)


def _is_full(state: Nested, member: Member) -> bool:
    """Return whether a limit or a bound on a task's chain leaves no room for its child."""
    numbers = [int(getattr(state, name)) for name in _chain(state, _key(member))]
    bound = int(state.bound) if member.ns else LONG_MAX
    return any(number >= min(int(state.limit), bound) for number in numbers)


@each_step("T0j", of=NESTED, source="kernel/ucount.c:is_rlimit_overlimit", expect=_KEPT)
def only_inside_roots_namespace_a_fork_is_noted_as_crowded_out_by_others(
    _kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """Its own user is below the limit there (v5.16: no kernel named here notes any)."""
    crowded = any(
        m.life == SlotLife.ALIVE and m.ns == 1 and m.uid != 0 and before.owner == 0
        and int(getattr(before, _chain(before, _key(m))[0])) < int(before.limit)
        for m in members(before)
    )
    noted = before.crowd != after.crowd
    return Claim(True, not noted or (crowded and changed(before, after) == {"crowd"}))


@each_step("T0k", of=NESTED, source="kernel/fork.c:copy_process", expect=_KEPT)
def a_step_that_changes_nothing_is_a_fork_refused_at_a_limit_or_a_bound(
    _kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """Everybody else does what had not been done."""
    if not only(before, after):
        return ELSE
    room = any(m.life == SlotLife.FREE for m in members(before))
    full = any(m.life == SlotLife.ALIVE and _is_full(before, m) for m in members(before))
    return Claim(True, room and full)


@some_step("T0a", of=NESTED, source="kernel/exit.c:do_exit", expect=_KEPT, cases=SLOTS)
def every_living_task_can_exit_in_its_namespace(
    _kernel: Kernel, before: Nested, after: Nested, index: int
) -> Claim:
    """Whatever the counts are."""
    living = _member(before, index).life == SlotLife.ALIVE
    return Claim(living, _member(after, index).life == SlotLife.ZOMBIE)


@some_step("T0b", of=NESTED, source="kernel/exit.c:wait_task_zombie", expect=_KEPT, cases=SLOTS)
def every_zombie_can_be_reaped_from_its_namespace(
    _kernel: Kernel, before: Nested, after: Nested, index: int
) -> Claim:
    """Whatever the counts are."""
    dead = _member(before, index).life == SlotLife.ZOMBIE
    return Claim(dead, _member(after, index).life == SlotLife.FREE)


@some_step("T0c", of=NESTED, source="kernel/user_namespace.c:create_user_ns", expect=_KEPT,
           cases=SLOTS)
def every_living_task_can_make_a_user_namespace(
    _kernel: Kernel, before: Nested, after: Nested, index: int
) -> Claim:
    """unshare(CLONE_NEWUSER) asks for no capability, and no RLIMIT_NPROC."""
    able = _member(before, index).life == SlotLife.ALIVE and before.owner == NOBODY
    inside = _member(after, index).ns == 1 and after.owner == _member(before, index).uid
    return Claim(able, inside)


@some_step("T0d", of=NESTED, source="kernel/user_namespace.c:userns_install", expect=_KEPT,
           cases=SLOTS)
def its_owner_and_root_can_join_a_user_namespace(
    _kernel: Kernel, before: Nested, after: Nested, index: int
) -> Claim:
    """Whatever its bound: setns() asks for none."""
    member = _member(before, index)
    outside = member.life == SlotLife.ALIVE and member.ns == 0 and before.owner != NOBODY
    return Claim(outside and member.uid in (0, before.owner), _member(after, index).ns == 1)


@some_step("T0e", of=NESTED, source="kernel/sys.c:__sys_setuid", expect=_KEPT, cases=SLOTS)
def roots_task_can_become_user_1_inside_and_outside(
    _kernel: Kernel, before: Nested, after: Nested, index: int
) -> Claim:
    """It stays where it is."""
    member = _member(before, index)
    became = _member(after, index).uid == 1 and _member(after, index).ns == member.ns
    return Claim(member.life == SlotLife.ALIVE and member.uid == 0, became)


@some_step("T0f", of=NESTED, source="kernel/fork.c:copy_process", expect=_KEPT, cases=SLOTS)
def a_task_below_every_limit_on_its_chain_can_fork(
    _kernel: Kernel, before: Nested, after: Nested, index: int
) -> Claim:
    """Its own user's, and its namespace's bound on the creator."""
    member = _member(before, index)
    room = any(m.life == SlotLife.FREE for m in members(before))
    if member.life != SlotLife.ALIVE or not room:
        return ELSE
    names = _chain(before, _key(member))
    below = all(int(getattr(before, name)) < int(before.limit) for name in names)
    bounded = member.ns == 0 or all(getattr(before, name) < before.bound for name in names)
    born = any(a.life == 0 and b == member for a, b in _touched(before, after))
    return Claim(below and bounded, born)


@some_step("T0g", of=NESTED, source="kernel/sys.c:do_prlimit", expect=_KEPT)
def the_limit_can_be_changed_whatever_namespaces_there_are(
    _kernel: Kernel, before: Nested, after: Nested
) -> Claim:
    """In init_user_ns and in others."""
    return Claim(True, after.limit == 3 - before.limit)


@some_step("T0i", of=NESTED, source="kernel/user_namespace.c:create_user_ns", expect=_KEPT,
           cases=SLOTS)
def a_task_below_its_limit_can_clone_a_child_into_a_user_namespace(
    _kernel: Kernel, before: Nested, after: Nested, index: int
) -> Claim:
    """Its own, which belongs to its maker; that stays outside."""
    member = _member(before, index)
    room = any(m.life == SlotLife.FREE for m in members(before)) and before.owner == NOBODY
    if member.life != SlotLife.ALIVE or not room:
        return ELSE
    below = int(getattr(before, f"n0{member.uid}")) < int(before.limit)
    inside = any(a.life == 0 and b.ns == 1 for a, b in _touched(before, after))
    return Claim(below, inside and bool(after.owner == member.uid))
