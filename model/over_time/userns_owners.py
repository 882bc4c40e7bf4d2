"""Owners of user namespaces: those of one owner, and who is capable over which.

security/commoncap.c:cap_capable, kernel/user_namespace.c:create_user_ns and userns_install.
A user without capabilities stays in init_user_ns and makes namespaces; its children live in
them, make more, and try to join the others.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, Word, both, either, never, no, signed_below, when_word
from model.call import choose
from model.kernel import Kernel
from model.over_time import creating
from model.over_time.slots import looked_up
from model.over_time.step import Machine, Move, TransitionSystem, but
from model.records import BOOL, fact, part
from model.state import Reach

SPACES = (1, 2, 3)
CHILDREN = (1, 2)
NOWHERE = 9
MAKER, OTHER = 1, 2
"""The user, and another uid that is mapped in every namespace."""


@dataclass(frozen=True, slots=True)
class NamespaceSlot:
    """A user namespace, or room for one."""

    made: Truth = fact(BOOL, False, "there is such a namespace")
    parent: Word = fact(8, 0, "its parent; 0 is init_user_ns")
    level: Word = fact(8, 0, "how deep it is nested")
    owner: Word = fact(32, 0, "its maker's effective uid")


@dataclass(frozen=True, slots=True)
class MakersChild:
    """A child of the maker."""

    ns: Word = fact(8, NOWHERE, "its user namespace; 9 before it is made")
    euid: Word = fact(32, MAKER, "its effective uid")
    capable: Truth = fact(BOOL, False, "it has every capability in its user namespace")


@dataclass(frozen=True, slots=True)
class Owners:
    """Three namespaces, and two children of a user that stays outside."""

    s1: NamespaceSlot = part(NamespaceSlot)
    s2: NamespaceSlot = part(NamespaceSlot)
    s3: NamespaceSlot = part(NamespaceSlot)
    c1: MakersChild = part(MakersChild)
    c2: MakersChild = part(MakersChild)


def spaces(state: Owners) -> tuple[NamespaceSlot, ...]:
    """Return the namespaces, made or not."""
    return (state.s1, state.s2, state.s3)


def children(state: Owners) -> tuple[MakersChild, ...]:
    """Return the maker's children."""
    return (state.c1, state.c2)


def there(child: MakersChild) -> Truth:
    """Return whether a child was made."""
    return no(child.ns == NOWHERE)


MAKER_ITSELF = MakersChild(ns=0)
"""Outside, with its uid and no capability."""


def _parent(state: Owners, ns: Word) -> Word:
    return looked_up(8, ns, (0, *(one.parent for one in spaces(state))))


def _level(state: Owners, ns: Word) -> Word:
    return looked_up(8, ns, (0, *(one.level for one in spaces(state))))


def _owner(state: Owners, ns: Word) -> Word:
    return looked_up(32, ns, (0, *(one.owner for one in spaces(state))))


def reach_of(state: Owners, who: MakersChild, target: Word) -> Word:
    """Return how a namespace stands to a task: the walk of cap_capable(), upwards.

    It arrives at the task's own namespace, or meets one that the task owns below its own, or
    has come as high as the task is nested and ends.
    """
    reach: Word = int(Reach.OUTSIDE)
    going: Truth = True
    ns = target
    for _ in range(len(SPACES) + 1):
        here = ns == who.ns
        reach = when_word(8, both(going, here), int(Reach.WITHIN), reach)
        if here is True:
            break
        high = no(signed_below(_level(state, who.ns), _level(state, ns)))
        going = both(going, no(here), no(high))
        owned = both(_parent(state, ns) == who.ns, _owner(state, ns) == who.euid)
        reach = when_word(8, both(going, owned), int(Reach.OWNED), reach)
        going = both(going, no(owned))
        if never(going):
            break
        ns = _parent(state, ns)
    return reach


def rules(state: Owners, who: MakersChild, target: Word) -> Truth:
    """Return whether a task has every capability over a namespace."""
    reach = reach_of(state, who, target)
    within = both(reach == int(Reach.WITHIN), who.capable)
    return either(reach == int(Reach.OWNED), within)


def below(state: Owners, ns: Word, above: Word) -> Truth:
    """Return whether a namespace is another, or a descendant of it."""
    parent = _parent(state, ns)
    return either(ns == above, parent == above, _parent(state, parent) == above, above == 0)


SYSTEM = TransitionSystem(
    name="userns_owners",
    about="user namespaces of one owner, and who is capable over which",
    record=Owners,
    tasks="a user, 2 children and 3 user namespaces",
    start=lambda _machine: Owners(),
    most=9_000,
)


def makes(kernel: Kernel, unshares: Truth) -> Word:
    """Ask for clone(CLONE_NEWUSER), or unshare(); return the errno."""
    return creating.makes_a_user_namespace(kernel, unshares)


def _made(
    state: Owners, parent: Word, owner: Word, child: int, enters: bool = True
) -> tuple[Truth, Owners]:
    """Return whether there is room for a namespace, and the state with it, the child inside."""
    after = state
    room: Truth = False
    for index, space in zip(SPACES, spaces(state), strict=True):
        here = both(no(room), no(space.made))
        room = either(room, no(space.made))
        level = _level(state, parent) + 1
        fresh = but(after, **{f"s{index}": NamespaceSlot(True, parent, level, owner)})
        inside = but(children(state)[child - 1], ns=index, euid=owner, capable=True)
        entered = but(fresh, **{f"c{child}": inside}) if enters else fresh
        after = choose(here, entered, after)
    return room, after


@SYSTEM.step(at="kernel/fork.c:copy_process", who="maker", each=CHILDREN)
def child_X_is_forked_outside(_machine: Machine, state: Owners, index: int) -> Move:
    """fork(): the user's credentials, no capability."""
    after = but(state, **{f"c{index}": but(MAKER_ITSELF, ns=0)})
    return Move(no(there(children(state)[index - 1])), after)


@SYSTEM.step(at="kernel/cred.c:copy_creds", who="maker", each=CHILDREN)
def child_X_is_cloned_into_a_new_user_namespace(
    machine: Machine, state: Owners, index: int
) -> Move:
    """clone(CLONE_NEWUSER) by the user outside, who owns what it makes."""
    room, after = _made(state, 0, MAKER, index)
    errno = machine.ask(makes, False)
    return Move(both(no(there(children(state)[index - 1])), room, errno == 0), after)


@SYSTEM.step(at="kernel/fork.c:ksys_unshare", who="child X", each=CHILDREN)
def child_X_makes_a_user_namespace_below_its_own(
    machine: Machine, state: Owners, index: int
) -> Move:
    """unshare(CLONE_NEWUSER)."""
    child = children(state)[index - 1]
    ready = there(child)
    if never(ready):
        return Move(False, state)
    room, after = _made(state, child.ns, child.euid, index)
    errno = machine.ask(makes, True)
    return Move(both(ready, room, errno == 0), after)


@SYSTEM.step(at="kernel/cred.c:copy_creds", who="child X", each=CHILDREN)
def child_X_clones_a_task_into_a_user_namespace_below_its_own(
    machine: Machine, state: Owners, index: int
) -> Move:
    """clone(CLONE_NEWUSER): the child owns it, and stays where it is."""
    child = children(state)[index - 1]
    ready = there(child)
    if never(ready):
        return Move(False, state)
    room, after = _made(state, child.ns, child.euid, index, enters=False)
    errno = machine.ask(makes, False)
    return Move(both(ready, room, errno == 0), after)


def _joins(machine: Machine, state: Owners, index: int, target: int) -> Move:
    child = children(state)[index - 1]
    ready = both(there(child), spaces(state)[target - 1].made)
    if never(ready):
        return Move(False, state)
    reach = reach_of(state, child, target)
    own = child.ns == target
    errno = machine.ask(creating.joins_a_user_namespace, own, reach, child.capable)
    after = but(state, **{f"c{index}": but(child, ns=target, capable=True)})
    return Move(both(ready, errno == 0), after)


@SYSTEM.step(at="kernel/user_namespace.c:userns_install", who="child 1", each=SPACES)
def child_1_joins_namespace_X(machine: Machine, state: Owners, target: int) -> Move:
    """setns(CLONE_NEWUSER): CAP_SYS_ADMIN over it, not its own."""
    return _joins(machine, state, 1, target)


@SYSTEM.step(at="kernel/user_namespace.c:userns_install", who="child 2", each=SPACES)
def child_2_joins_namespace_X(machine: Machine, state: Owners, target: int) -> Move:
    """The same by the other."""
    return _joins(machine, state, 2, target)


@SYSTEM.step(at="kernel/sys.c:__sys_setresuid", who="child X", each=CHILDREN)
def child_X_takes_another_uid_and_gives_up_its_capabilities(
    _machine: Machine, state: Owners, index: int
) -> Move:
    """setresuid() to a uid that is mapped: all capabilities go."""
    child = children(state)[index - 1]
    ready = both(there(child), child.capable, child.euid == MAKER)
    after = but(state, **{f"c{index}": but(child, euid=OTHER, capable=False)})
    return Move(ready, after)


@SYSTEM.step(at="kernel/capability.c:sys_capset", who="child X", each=CHILDREN)
def child_X_gives_up_its_capabilities(_machine: Machine, state: Owners, index: int) -> Move:
    """capset(); its uid stays."""
    child = children(state)[index - 1]
    after = but(state, **{f"c{index}": but(child, capable=False)})
    return Move(both(there(child), child.capable), after)
