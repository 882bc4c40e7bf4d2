"""Autokill: a child that is killed when its maker's pidfd is closed, and set-user-ID files.

kernel/fork.c:copy_process (CLONE_PIDFD_AUTOKILL, v7.1), fs/pidfs.c:pidfs_file_release,
fs/exec.c:bprm_fill_uid.  The kernel sends SIGKILL itself: nobody's permission is asked then.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from model import words
from model.algebra import Truth, Word, both, either, no
from model.over_time import creating
from model.over_time.places import Life
from model.over_time.step import Machine, Move, System, but
from model.patches import PIDFD_AUTOKILL
from model.records import BOOL, fact

_COPY = "kernel/fork.c:copy_process"


class Maker(IntEnum):
    """Who makes the child."""

    USER = 0
    """A user without capabilities."""
    ROOT = 1
    """Root in init_user_ns."""
    NS_ROOT = 2
    """A user in a user namespace of its own, where only its own uid is mapped."""


@dataclass(frozen=True, slots=True)
class Autokill:
    """A maker, its child, and the pidfd between them."""

    maker: Word = fact(8, 0, "who the maker is", names="maker")
    child: Word = fact(8, 0, "the child", names="family")
    made_by: Word = fact(8, 0, "who the maker was then", names="maker")
    no_new_privs: Truth = fact(BOOL, False, "the child has no_new_privs")
    gained: Truth = fact(BOOL, False, "the child has executed a set-user-ID file of root's")
    root: Truth = fact(BOOL, False, "the child runs as root in init_user_ns")
    open: Truth = fact(BOOL, False, "the pidfd from clone3() is open")
    killed: Truth = fact(BOOL, False, "the child was killed because it was closed")


SYSTEM = System(
    name="autokill",
    about="CLONE_PIDFD_AUTOKILL and set-user-ID files",
    record=Autokill,
    tasks="one maker and one child",
    start=lambda _machine: Autokill(),
)


def _alone(state: Autokill) -> Truth:
    return state.child == int(Life.NONE)


def _lives(state: Autokill) -> Truth:
    return state.child == int(Life.ALIVE)


@SYSTEM.step(at="kernel/sys.c:__sys_setuid", who="maker", since=PIDFD_AUTOKILL)
def the_maker_is_root(_machine: Machine, state: Autokill) -> Move:
    """A service manager, say."""
    fresh = both(_alone(state), state.maker == int(Maker.USER))
    return Move(fresh, but(state, maker=int(Maker.ROOT)))


@SYSTEM.step(at="kernel/fork.c:ksys_unshare", who="maker", since=PIDFD_AUTOKILL)
def the_maker_makes_a_user_namespace(_machine: Machine, state: Autokill) -> Move:
    """unshare(CLONE_NEWUSER): every capability, over that namespace only."""
    fresh = both(_alone(state), state.maker == int(Maker.USER))
    return Move(fresh, but(state, maker=int(Maker.NS_ROOT)))


@SYSTEM.step(at="kernel/sys.c:__sys_setuid", who="maker", since=PIDFD_AUTOKILL)
def the_maker_gives_up_root(_machine: Machine, state: Autokill) -> Move:
    """setuid() to an ordinary user."""
    return Move(state.maker == int(Maker.ROOT), but(state, maker=int(Maker.USER)))


def _clones(machine: Machine, state: Autokill, flags: int) -> Move:
    """clone3() by the rules of the single call, for each who may ask."""
    root, inside = state.maker == int(Maker.ROOT), state.maker == int(Maker.NS_ROOT)
    made = machine.ask(creating.autokill, flags, either(root, inside))
    after = but(
        state,
        child=int(Life.ALIVE),
        made_by=state.maker,
        no_new_privs=made.no_new_privs,
        root=root,
        open=made.autokill,
    )
    return Move(both(_alone(state), made.errno == 0), after)


@SYSTEM.step(at=_COPY, who="maker", since=PIDFD_AUTOKILL)
def the_maker_clones_a_child_with_no_new_privs(machine: Machine, state: Autokill) -> Move:
    """CLONE_PIDFD_AUTOKILL with CLONE_NNP: for everybody."""
    return _clones(machine, state, words.NNP)


@SYSTEM.step(at=_COPY, who="maker", since=PIDFD_AUTOKILL)
def the_maker_clones_a_child_without_no_new_privs(machine: Machine, state: Autokill) -> Move:
    """CLONE_PIDFD_AUTOKILL alone: with CAP_SYS_ADMIN in the maker's user namespace."""
    return _clones(machine, state, 0)


@SYSTEM.step(at="kernel/sys.c:__sys_setuid", who="child", since=PIDFD_AUTOKILL)
def the_child_gives_up_root(_machine: Machine, state: Autokill) -> Move:
    """setuid() to an ordinary user; it may come back by a set-user-ID file."""
    return Move(both(_lives(state), state.root), but(state, root=False))


@SYSTEM.step(at="fs/exec.c:bprm_fill_uid", who="child", since=PIDFD_AUTOKILL)
def the_child_executes_a_set_user_id_file(_machine: Machine, state: Autokill) -> Move:
    """No effect with no_new_privs, or where root is not mapped in its user namespace."""
    mapped = no(state.made_by == int(Maker.NS_ROOT))
    gains = both(no(state.no_new_privs), mapped, no(state.root))
    after = but(state, gained=either(state.gained, gains), root=either(state.root, gains))
    return Move(_lives(state), after)


@SYSTEM.step(at="fs/pidfs.c:pidfs_file_release", who="anybody", since=PIDFD_AUTOKILL)
def the_pidfd_is_closed_for_the_last_time(_machine: Machine, state: Autokill) -> Move:
    """SIGKILL from the kernel; the child is released at once."""
    return Move(
        both(_lives(state), state.open),
        but(state, open=False, killed=True, child=int(Life.GONE)),
    )


@SYSTEM.step(at="kernel/exit.c:do_exit", who="child", since=PIDFD_AUTOKILL)
def the_child_ends(_machine: Machine, state: Autokill) -> Move:
    """Then the pidfd kills nobody."""
    return Move(_lives(state), but(state, child=int(Life.GONE)))
