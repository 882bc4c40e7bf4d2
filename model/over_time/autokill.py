"""Autokill: a child that is killed when its maker's pidfd is closed, and set-user-ID files.

kernel/fork.c:copy_process (CLONE_PIDFD_AUTOKILL, v7.1), fs/pidfs.c:pidfs_file_release,
fs/exec.c:bprm_fill_uid.  The kernel sends SIGKILL itself: nobody's permission is asked then.
"""

from __future__ import annotations

from model import words
from model.algebra import Truth, both, either, no
from model.over_time import creating
from model.over_time.places import Life, Maker
from model.over_time.step import Machine, Move
from model.over_time.steps import exit
from model.over_time.world import World, but, scope
from model.patches import PIDFD_AUTOKILL

_COPY = "kernel/fork.c:copy_process"


SYSTEM = scope(
    "autokill",
    about="CLONE_PIDFD_AUTOKILL and set-user-ID files",
    facts="owner_is child made_by child_no_new_privs child_gained child_root pidfd_open autokilled",
    tasks="one maker and one child",
    autoreap=True,
)


def _alone(world: World) -> Truth:
    return world.child == int(Life.NONE)


def _lives(world: World) -> Truth:
    return world.child == int(Life.ALIVE)


@SYSTEM.step(at="kernel/sys.c:__sys_setuid", who="maker", since=PIDFD_AUTOKILL)
def the_maker_is_root(_machine: Machine, world: World) -> Move:
    """A service manager, say."""
    fresh = both(_alone(world), world.owner_is == int(Maker.USER))
    return Move(fresh, but(world, owner_is=int(Maker.ROOT)))


@SYSTEM.step(at="kernel/fork.c:ksys_unshare", who="maker", since=PIDFD_AUTOKILL)
def the_maker_makes_a_user_namespace(_machine: Machine, world: World) -> Move:
    """unshare(CLONE_NEWUSER): every capability, over that namespace only."""
    fresh = both(_alone(world), world.owner_is == int(Maker.USER))
    return Move(fresh, but(world, owner_is=int(Maker.NS_ROOT)))


@SYSTEM.step(at="kernel/sys.c:__sys_setuid", who="maker", since=PIDFD_AUTOKILL)
def the_maker_gives_up_root(_machine: Machine, world: World) -> Move:
    """setuid() to an ordinary user."""
    return Move(world.owner_is == int(Maker.ROOT), but(world, owner_is=int(Maker.USER)))


def _clones(machine: Machine, world: World, flags: int) -> Move:
    """clone3() by the rules of the single call, for each who may ask."""
    root, inside = world.owner_is == int(Maker.ROOT), world.owner_is == int(Maker.NS_ROOT)
    made = machine.ask(creating.autokill, flags, either(root, inside))
    after = but(
        world,
        child=int(Life.ALIVE),
        made_by=world.owner_is,
        child_no_new_privs=made.no_new_privs,
        child_root=root,
        pidfd_open=made.autokill,
    )
    return Move(both(_alone(world), made.errno == 0), after)


@SYSTEM.step(at=_COPY, who="maker", since=PIDFD_AUTOKILL)
def the_maker_clones_a_child_with_no_new_privs(machine: Machine, world: World) -> Move:
    """CLONE_PIDFD_AUTOKILL with CLONE_NNP: for everybody."""
    return _clones(machine, world, words.NNP)


@SYSTEM.step(at=_COPY, who="maker", since=PIDFD_AUTOKILL)
def the_maker_clones_a_child_without_no_new_privs(machine: Machine, world: World) -> Move:
    """CLONE_PIDFD_AUTOKILL alone: with CAP_SYS_ADMIN in the maker's user namespace."""
    return _clones(machine, world, 0)


@SYSTEM.step(at="kernel/sys.c:__sys_setuid", who="child", since=PIDFD_AUTOKILL)
def the_child_gives_up_root(_machine: Machine, world: World) -> Move:
    """setuid() to an ordinary user; it may come back by a set-user-ID file."""
    return Move(both(_lives(world), world.child_root), but(world, child_root=False))


@SYSTEM.step(at="fs/exec.c:bprm_fill_uid", who="child", since=PIDFD_AUTOKILL)
def the_child_executes_a_set_user_id_file(_machine: Machine, world: World) -> Move:
    """No effect with no_new_privs, or where root is not mapped in its user namespace."""
    mapped = no(world.made_by == int(Maker.NS_ROOT))
    gains = both(no(world.child_no_new_privs), mapped, no(world.child_root))
    gained, root = (either(one, gains) for one in (world.child_gained, world.child_root))
    return Move(_lives(world), but(world, child_gained=gained, child_root=root))


@SYSTEM.step(at="fs/pidfs.c:pidfs_file_release", who="anybody", since=PIDFD_AUTOKILL)
def the_pidfd_is_closed_for_the_last_time(_machine: Machine, world: World) -> Move:
    """SIGKILL from the kernel; the child is released at once."""
    return Move(
        both(_lives(world), world.pidfd_open),
        but(world, pidfd_open=False, autokilled=True, child=int(Life.GONE)),
    )


SYSTEM.takes(exit.the_child_ends, since=PIDFD_AUTOKILL)
"""Then the pidfd kills nobody."""
