"""What unshare() is asked for, and by whom: what statements about it have in common."""

from __future__ import annotations

from model.algebra import Truth, Word, below, both, either, has, has_any, no
from model.call import Call
from model.patches import EMPTY_MNTNS, TIME_NAMESPACES
from model.rules.creds import full
from model.state import Fallible
from model.words import (
    CAP_SYS_ADMIN,
    FILES,
    FS,
    MAX_USER_NS_PARENT_LEVEL,
    NEW_NAMESPACES,
    NEWNS,
    NEWTIME,
    NEWUSER,
    SIGHAND,
    SYSVSEM,
    THREAD,
    UNSHARE_EMPTY_MNTNS,
    VM,
)

DOCUMENTED = THREAD | FS | SIGHAND | VM | FILES | SYSVSEM | NEWUSER | NEW_NAMESPACES
"""The flags that unshare(2) lists."""


def flags(call: Call) -> Word:
    """Return the flags as they are passed."""
    return call.request.flags


def asks(call: Call, bits: int) -> Truth:
    """Return whether all of these flags are passed."""
    return has(flags(call), bits)


def asks_any(call: Call, bits: int) -> Truth:
    """Return whether one of these flags is passed."""
    return has_any(flags(call), bits)


def only(call: Call, bits: int) -> Truth:
    """Return whether no other flags are passed."""
    return (flags(call) | bits) == bits


def asks_for_mounts(call: Call) -> Truth:
    """Return whether a mount namespace is asked for; an empty one implies it (v7.1)."""
    empty = both(call.kernel[EMPTY_MNTNS], asks(call, UNSHARE_EMPTY_MNTNS))
    return either(asks(call, NEWNS), empty)


def asks_for_time(call: Call) -> Truth:
    """Return whether a time namespace is asked for, on a kernel that has them (v5.6)."""
    return both(call.kernel[TIME_NAMESPACES], asks(call, NEWTIME))


def asks_for_namespaces(call: Call) -> Truth:
    """Return whether any namespace but a user namespace is asked for."""
    return either(
        asks_any(call, NEW_NAMESPACES & ~NEWTIME), asks_for_mounts(call), asks_for_time(call)
    )


def no_step_fails(call: Call) -> Truth:
    """Return whether memory is there, and every hook agrees."""
    return call.chance.fails == int(Fallible.NONE)


def nothing_fails(call: Call) -> Truth:
    """Return whether no step fails, and no security module denies a capability."""
    return both(no_step_fails(call), call.chance.lsm_denies == 0)


def debian_allows(call: Call) -> Truth:
    """Return whether Debian's sysctl, tested before all else, does not refuse."""
    return either(call.system.unprivileged_userns_clone, call.capable(CAP_SYS_ADMIN))


def threaded(call: Call) -> Truth:
    """Return whether the caller's group has a second thread."""
    return below(1, call.current.signal.nr_threads)


def shares_fs(call: Call) -> Truth:
    """Return whether another task uses the caller's root, cwd and umask."""
    return below(1, call.current.fs_users)


def shares_files(call: Call) -> Truth:
    """Return whether another task uses the caller's file descriptor table."""
    return below(1, call.current.files_count)


def alone(call: Call) -> Truth:
    """Return whether the caller has its memory for itself, and so its handlers and its group."""
    return call.current.mm_users == 1


def privileged(call: Call) -> Truth:
    """Return whether the caller has CAP_SYS_ADMIN in its user namespace."""
    return call.capable_in_own_ns(CAP_SYS_ADMIN)


def may_create_user_ns(call: Call) -> Truth:
    """Return whether create_user_ns() has nothing to object to but its limits."""
    cred = call.cred
    return both(cred.euid_mapped, cred.egid_mapped, no(call.current.chrooted))


def below_user_ns_limits(call: Call) -> Truth:
    """Return whether depth and number of user namespaces leave room for one more."""
    level = call.cred.user_ns.level
    return both(no(below(MAX_USER_NS_PARENT_LEVEL, level)), no(full(call.system.user_namespaces)))
