"""prlimit() and setrlimit(): kernel/sys.c."""

from __future__ import annotations

from model.algebra import Truth, below, both, either, no
from model.around.rows import Facts, changes, refuses
from model.around.task import Asking
from model.words import Cap, Errno

_LIMIT = "kernel/sys.c:do_prlimit"
RLIM_NLIMITS = 16
NPROC, NOFILE, STACK = 6, 7, 3


@refuses(Errno.ESRCH, at="kernel/sys.c:prlimit64")
def there_is_no_task_with_that_pid(call: Asking) -> Truth:
    """Nobody in the caller's pid namespace."""
    return no(call.asked.there)


@refuses(Errno.EPERM, at="kernel/sys.c:check_prlimit_permission")
def limits_are_of_another_users_task(call: Asking) -> Truth:
    """Another task, whose ids are not all the caller's real ones, without CAP_SYS_RESOURCE there.

    Real, effective and saved ids of that task count; the capability over its user namespace.
    """
    asked = call.asked
    may = both(asked.in_own_ns, call.holds(Cap.SYS_RESOURCE))
    return no(either(asked.of_itself, asked.its_ids, may))


@refuses(Errno.EINVAL, at=_LIMIT)
def there_is_no_such_limit(call: Asking) -> Truth:
    """The sixteenth and later."""
    return no(below(call.asked.resource, RLIM_NLIMITS))


@refuses(Errno.EINVAL, at=_LIMIT)
def soft_limit_is_above_the_hard_one(call: Asking) -> Truth:
    """Of the two that are given."""
    return below(call.asked.hard, call.asked.soft)


@refuses(Errno.EPERM, at=_LIMIT)
def more_files_than_the_machine_allows(call: Asking) -> Truth:
    """A hard RLIMIT_NOFILE above fs.nr_open, whoever asks."""
    return both(call.asked.resource == NOFILE, below(call.given.nr_open, call.asked.hard))


@refuses(Errno.EPERM, at=_LIMIT)
def hard_limit_would_rise(call: Asking) -> Truth:
    """Without CAP_SYS_RESOURCE in init_user_ns: a container's root has it not."""
    return both(below(call.task.hard, call.asked.hard), no(call.capable(Cap.SYS_RESOURCE)))


@changes(at=_LIMIT)
def has_these_limits(call: Asking) -> Facts:
    """Of its whole group; nobody is ended who is beyond them already."""
    return {"soft": call.asked.soft, "hard": call.asked.hard}


_OF_A_LIMIT = (there_is_no_such_limit, soft_limit_is_above_the_hard_one,
               more_files_than_the_machine_allows, hard_limit_would_rise, has_these_limits)

SETRLIMIT = _OF_A_LIMIT
PRLIMIT = (there_is_no_task_with_that_pid, limits_are_of_another_users_task, *_OF_A_LIMIT)
