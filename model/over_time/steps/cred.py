"""kernel/cred.c, kernel/sys.c: whose credentials the owner has, and whose it acts under."""

from __future__ import annotations

from model.algebra import Word, both, no, when_word
from model.over_time.places import Life
from model.over_time.step import Machine, Move, step
from model.over_time.world import World, but

ONE, OTHER = 1000, 1001


def _other(uid: Word) -> Word:
    return when_word(32, uid == ONE, OTHER, ONE)



@step(at="kernel/cred.c:override_creds", who="owner")
def the_owner_begins_to_act_under_anothers_credentials(
    _machine: Machine, world: World
) -> Move:
    """Subjective credentials only; who it is, and what it is charged to, stay."""
    return Move(world.acting == world.uid, but(world, acting=_other(world.uid)))


@step(at="kernel/cred.c:revert_creds", who="owner")
def the_owner_acts_under_its_own_credentials_again(
    _machine: Machine, world: World
) -> Move:
    """The worker, if one was made meanwhile, keeps what it got."""
    return Move(no(world.acting == world.uid), but(world, acting=world.uid))


@step(at="kernel/sys.c:__sys_setresuid", who="owner")
def the_owner_becomes_another_user(_machine: Machine, world: World) -> Move:
    """Of the calling task alone; a C library does it for each thread that it made."""
    ready = both(world.uid == ONE, world.acting == ONE)
    return Move(ready, but(world, uid=OTHER, acting=OTHER))


@step(at="kernel/sys.c:__sys_setresuid", who="child")
def the_child_becomes_another_user(_machine: Machine, world: World) -> Move:
    """Where it has the right to; credentials are per task."""
    ready = both(world.child == int(Life.ALIVE), world.child_uid == ONE)
    return Move(ready, but(world, child_uid=OTHER))
