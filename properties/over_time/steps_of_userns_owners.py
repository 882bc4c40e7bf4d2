"""What making, entering and joining user namespaces needs and does."""

from __future__ import annotations

from dataclasses import replace

from model.kernel import Kernel
from model.over_time.userns_owners import (
    CHILDREN,
    MAKER,
    NOWHERE,
    OTHER,
    SPACES,
    SYSTEM,
    MakersChild,
    NamespaceSlot,
    Owners,
    children,
    rules,
    spaces,
)
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step

_MAKE = "kernel/user_namespace.c:create_user_ns"
_JOIN = "kernel/user_namespace.c:userns_install"


def _moved(before: Owners, after: Owners) -> list[tuple[MakersChild, MakersChild]]:
    pairs = zip(children(before), children(after), strict=True)
    return [(old, new) for old, new in pairs if old != new]


def _fresh(before: Owners, after: Owners) -> list[tuple[int, NamespaceSlot, NamespaceSlot]]:
    """Return the namespaces that a step changes, with their numbers."""
    pairs = zip(SPACES, spaces(before), spaces(after), strict=True)
    return [(number, old, new) for number, old, new in pairs if old != new]


def _depth(state: Owners, ns: int) -> int:
    return 0 if ns == 0 else int(spaces(state)[ns - 1].level)


def _room(state: Owners) -> bool:
    return not all(space.made for space in spaces(state))


def _child(state: Owners, index: int) -> MakersChild:
    return children(state)[index - 1]


def _makers(state: Owners) -> set[tuple[int, int]]:
    """Return where a namespace could be made, and whose it would be."""
    there = {(int(c.ns), int(c.euid)) for c in children(state) if c.ns != NOWHERE}
    return there | {(0, MAKER)}


@each_step("T40", of=SYSTEM, source=_MAKE, expect=holds())
def a_user_namespace_is_made_below_its_makers_and_belongs_to_the_makers_effective_uid(
    _kernel: Kernel, before: Owners, after: Owners
) -> Claim:
    """One level deeper; it is made once, and its owner and parent never change."""
    fresh = _fresh(before, after)
    if not fresh:
        return Claim(False, True)
    _number, old, new = fresh[0]
    made = not old.made and bool(new.made)
    placed = (int(new.parent), int(new.owner)) in _makers(before)
    deeper = new.level == _depth(before, int(new.parent)) + 1
    return Claim(True, len(fresh) == 1 and made and placed and deeper)


@each_step("T41", of=SYSTEM, source="kernel/user_namespace.c:set_cred_user_ns", expect=holds())
def who_comes_into_a_user_namespace_has_every_capability_there(
    _kernel: Kernel, before: Owners, after: Owners
) -> Claim:
    """Whoever made it, was made in it, or joined it; its uid is that which it had outside."""
    came = [(old, new) for old, new in _moved(before, after) if old.ns != new.ns != 0]
    full = all(new.capable and new.euid == old.euid for old, new in came)
    return Claim(bool(came), full and len(came) == 1)


@each_step("T42", of=SYSTEM, source=_MAKE, expect=holds())
def who_enters_a_namespace_as_it_is_made_is_its_maker_or_was_born_there(
    _kernel: Kernel, before: Owners, after: Owners
) -> Claim:
    """unshare() by who was in its parent, or clone() by the user outside."""
    fresh, came = _fresh(before, after), _moved(before, after)
    if not fresh or not came:
        return Claim(False, True)
    (number, _, space), (old, new) = fresh[0], came[0]
    from_here = old.ns == space.parent and old.euid == space.owner
    born = old.ns == NOWHERE and (space.parent, space.owner) == (0, MAKER)
    return Claim(True, new.ns == number and bool(from_here or born))


@each_step("T43", of=SYSTEM, source=_JOIN, expect=holds())
def who_joins_a_user_namespace_was_capable_over_it(
    _kernel: Kernel, before: Owners, after: Owners
) -> Claim:
    """CAP_SYS_ADMIN over the target, by owning it from above or by its own capabilities."""
    joined = [] if _fresh(before, after) else [
        (old, new) for old, new in _moved(before, after) if old.ns not in (NOWHERE, new.ns)
    ]
    fine = all(
        spaces(before)[int(new.ns) - 1].made and rules(before, old, new.ns)
        for old, new in joined
        if new.ns != 0
    )
    return Claim(bool(joined), fine and all(new.ns != 0 for _, new in joined))


@each_step("T44", of=SYSTEM, source="kernel/cred.c:copy_creds", expect=holds())
def a_forked_child_is_outside_with_its_parents_uid_and_no_capability(
    _kernel: Kernel, before: Owners, after: Owners
) -> Claim:
    """And nobody is ever unmade."""
    born = [new for old, new in _moved(before, after) if old.ns == NOWHERE]
    alone = len(_moved(before, after)) == 1
    outside = all(new == MakersChild(ns=0) for new in born if new.ns == 0)
    return Claim(bool(born), outside and alone)


@each_step("T45", of=SYSTEM, source="kernel/cred.c:cap_emulate_setxuid", expect=holds())
def who_changes_uid_or_gives_up_capabilities_had_them_and_stays_where_it_is(
    _kernel: Kernel, before: Owners, after: Owners
) -> Claim:
    """No step gives anybody capabilities where it is."""
    stays = [(old, new) for old, new in _moved(before, after) if old.ns == new.ns]
    fine = all(
        old.capable
        and not new.capable
        and (new.euid == old.euid or (old.euid, new.euid) == (MAKER, OTHER))
        for old, new in stays
    )
    alone = len(stays) == len(_moved(before, after)) == 1 and not _fresh(before, after)
    return Claim(bool(stays), fine and alone)


@some_step("T46", of=SYSTEM, source="kernel/cred.c:copy_creds", expect=holds(), cases=CHILDREN)
def the_user_outside_can_always_fork(
    _kernel: Kernel, before: Owners, after: Owners, index: int
) -> Claim:
    """Whatever namespaces there are."""
    return Claim(_child(before, index).ns == NOWHERE, _child(after, index).ns == 0)


@some_step("T47", of=SYSTEM, source=_MAKE, expect=holds(), cases=CHILDREN)
def an_unprivileged_user_can_clone_a_child_into_a_new_user_namespace(
    _kernel: Kernel, before: Owners, after: Owners, index: int
) -> Claim:
    """Up to 32 levels and the namespaces that there is room for."""
    free = _child(before, index).ns == NOWHERE and _room(before)
    inside = _child(after, index).ns not in (NOWHERE, 0)
    return Claim(free, inside and bool(_fresh(before, after)))


@some_step("T48", of=SYSTEM, source=_MAKE, expect=holds(), cases=CHILDREN)
def whoever_is_there_can_unshare_a_user_namespace(
    _kernel: Kernel, before: Owners, after: Owners, index: int
) -> Claim:
    """With capabilities or without."""
    able = _child(before, index).ns != NOWHERE and _room(before)
    fresh = _fresh(before, after)
    return Claim(able, bool(fresh) and _child(after, index).ns == fresh[0][0])


@some_step("T49", of=SYSTEM, source=_MAKE, expect=holds(), cases=CHILDREN)
def whoever_is_there_can_clone_into_a_user_namespace_and_stay_outside(
    _kernel: Kernel, before: Owners, after: Owners, index: int
) -> Claim:
    """The namespace is below its maker's, and owned by the maker's effective uid."""
    child = _child(before, index)
    able = child.ns != NOWHERE and _room(before)
    made = [(space.parent, space.owner) for _, _, space in _fresh(before, after)]
    stayed = children(before) == children(after)
    return Claim(able, stayed and made == [(child.ns, child.euid)])


@some_step(
    "T4a",
    of=SYSTEM,
    source=_JOIN,
    expect=holds(),
    cases=tuple((child, ns) for child in CHILDREN for ns in SPACES),
)
def who_is_capable_over_another_user_namespace_can_join_it(
    _kernel: Kernel, before: Owners, after: Owners, pair: tuple[int, int]
) -> Claim:
    """A single thread that shares no root."""
    index, target = pair
    child = _child(before, index)
    there = child.ns not in (NOWHERE, target) and bool(spaces(before)[target - 1].made)
    able = there and bool(rules(before, child, target))
    joined = replace(child, ns=target, capable=True)
    return Claim(able, _child(after, index) == joined and not _fresh(before, after))


@some_step("T4b", of=SYSTEM, source="kernel/capability.c:sys_capset", expect=holds(),
           cases=CHILDREN)
def who_has_capabilities_can_give_them_up_with_its_uid_or_without(
    _kernel: Kernel, before: Owners, after: Owners, index: int
) -> Claim:
    """capset()."""
    child = _child(before, index)
    return Claim(bool(child.capable), _child(after, index) == replace(child, capable=False))


@some_step("T4c", of=SYSTEM, source="kernel/sys.c:__sys_setresuid", expect=holds(),
           cases=CHILDREN)
def who_has_capabilities_can_become_another_uid_that_is_mapped(
    _kernel: Kernel, before: Owners, after: Owners, index: int
) -> Claim:
    """setresuid(): the capabilities go with the uid that had them."""
    child = _child(before, index)
    able = bool(child.capable) and child.euid == MAKER
    return Claim(able, _child(after, index) == replace(child, euid=OTHER, capable=False))
