"""What setns() is asked to join, and by whom: what statements about it have in common."""

from __future__ import annotations

from model.algebra import Truth, below, both, either, has, no, when
from model.call import Call
from model.request import NsFile
from model.rules.nsset import installed, nstype
from model.state import Fallible
from model.words import CAP_SYS_ADMIN, NEWUSER


def nothing_fails(call: Call) -> Truth:
    """Return whether memory is there and no security module objects."""
    return both(call.chance.fails == int(Fallible.NONE), call.chance.lsm_denies == 0)


def is_open_on(call: Call, kind: NsFile) -> Truth:
    """Return whether the descriptor is open on a file of this kind."""
    return call.request.target.file == int(kind)


def file_of(call: Call, flag: int) -> Truth:
    """Return whether fd is a namespace file of this type, asked for as any or as such."""
    asked = nstype(call)
    return both(
        is_open_on(call, NsFile.NAMESPACE),
        call.request.target.type == flag,
        either(asked == 0, asked == flag),
    )


def joins(call: Call, flag: int) -> Truth:
    """Return whether fd and nstype ask for this namespace, alone or with others."""
    return has(installed(call), flag)


def threaded(call: Call) -> Truth:
    """Return whether the caller's group has a second thread."""
    return below(1, call.current.signal.nr_threads)


def shares_fs(call: Call) -> Truth:
    """Return whether another task uses the caller's root, cwd and umask."""
    return below(1, call.current.fs_users)


def rules_there(call: Call, cap: int) -> Truth:
    """Return whether the caller has a capability in the user namespace it will be in."""
    joined = call.capable_at(call.request.target.user_ns_reach, cap)
    return when(joins(call, NEWUSER), joined, call.capable_in_own_ns(cap))


def rules_its_owner(call: Call, flag: int) -> Truth:
    """Return whether the caller has CAP_SYS_ADMIN over the namespace of this type."""
    target, denied = call.request.target, has(call.chance.lsm_denies, CAP_SYS_ADMIN)
    held = either(has(target.owners_owned, flag), has(call.cred.cap_effective, CAP_SYS_ADMIN))
    return both(no(has(target.owners_outside, flag)), held, no(denied))


def allowed_to_join(call: Call, flag: int) -> Truth:
    """Return whether CAP_SYS_ADMIN is there on both sides: over the namespace, and at home."""
    return both(rules_its_owner(call, flag), rules_there(call, CAP_SYS_ADMIN))
