"""setgid(), setregid(), setresgid(), setfsgid() and setgroups(): kernel/sys.c, kernel/groups.c."""

from __future__ import annotations

from model.algebra import Truth, below, both, either, no, when_word
from model.around.commit import commits
from model.around.rows import Facts, changes, refuses
from model.around.task import Asking, is_any, is_left
from model.words import Cap, Errno

_SYS = "kernel/sys.c"
_GROUPS = "kernel/groups.c"
NGROUPS_MAX = 65536


@refuses(Errno.EINVAL, at=f"{_SYS}:__sys_setgid")
def gid_has_no_mapping(call: Asking) -> Truth:
    """The gid has no mapping in the task's user namespace; -1 never has."""
    return no(call.task.user_ns.gids.has(call.asked.first))


@refuses(Errno.EINVAL, at=f"{_SYS}:__sys_setregid")
def one_of_two_gids_has_no_mapping(call: Asking) -> Truth:
    """One of the two, and not -1, has no mapping in the task's user namespace."""
    return no(call.mapped_or_left(call.task.user_ns.gids, 2))


@refuses(Errno.EINVAL, at=f"{_SYS}:__sys_setresgid")
def one_of_three_gids_has_no_mapping(call: Asking) -> Truth:
    """One of the three, and not -1, has no mapping in the task's user namespace."""
    return no(call.mapped_or_left(call.task.user_ns.gids, 3))


@refuses(Errno.EPERM, at=f"{_SYS}:__sys_setgid")
def gid_is_neither_its_real_nor_its_saved_one(call: Asking) -> Truth:
    """Without CAP_SETGID in its own user namespace setgid() takes its real or saved gid alone."""
    mine = is_any(call.asked.first, (call.task.gid, call.task.sgid))
    return no(either(call.holds(Cap.SETGID), mine))


@refuses(Errno.EPERM, at=f"{_SYS}:__sys_setregid")
def gids_of_setregid_are_none_of_its_own(call: Asking) -> Truth:
    """Without CAP_SETGID the real one from real and effective, the effective from all three."""
    task, asked = call.task, call.asked
    real = either(is_left(asked.first), is_any(asked.first, (task.gid, task.egid)))
    of = (task.gid, task.egid, task.sgid)
    effective = either(is_left(asked.second), is_any(asked.second, of))
    return both(no(both(real, effective)), no(call.holds(Cap.SETGID)))


def _changes_nothing(call: Asking) -> Truth:
    task, asked = call.task, call.asked
    effective = both(asked.second == task.egid, asked.second == task.fsgid)
    return both(
        either(is_left(asked.first), asked.first == task.gid),
        either(is_left(asked.second), effective),
        either(is_left(asked.third), asked.third == task.sgid),
    )


@refuses(Errno.EPERM, at=f"{_SYS}:__sys_setresgid")
def gids_of_setresgid_are_none_of_its_own(call: Asking) -> Truth:
    """Without CAP_SETGID each is -1 or one of its real, effective and saved gids."""
    task, asked = call.task, call.asked
    of = (task.gid, task.egid, task.sgid)
    fits = (either(is_left(one), is_any(one, of))
            for one in (asked.first, asked.second, asked.third))
    return both(no(both(*fits)), no(call.holds(Cap.SETGID)))


@changes(at=f"{_SYS}:__sys_setgid")
def sets_all_gids_or_the_effective_one(call: Asking) -> Facts:
    """With CAP_SETGID the real and the saved gid, too; no capability goes with any of them."""
    task, gid, all_ = call.task, call.asked.first, call.holds(Cap.SETGID)
    return {"gid": when_word(32, all_, gid, task.gid), "sgid": when_word(32, all_, gid, task.sgid),
            "egid": gid, "fsgid": gid}


@changes(at=f"{_SYS}:__sys_setregid")
def sets_the_real_and_the_effective_gid(call: Asking) -> Facts:
    """The saved gid follows the effective one where the real is set, or the effective is another.

    Another than the real gid that was.
    """
    task, asked = call.task, call.asked
    egid = when_word(32, is_left(asked.second), task.egid, asked.second)
    other = both(no(is_left(asked.second)), no(asked.second == task.gid))
    saves = either(no(is_left(asked.first)), other)
    return {"gid": when_word(32, is_left(asked.first), task.gid, asked.first),
            "egid": egid, "sgid": when_word(32, saves, egid, task.sgid), "fsgid": egid}


@changes(at=f"{_SYS}:__sys_setresgid")
def sets_each_gid_that_is_given(call: Asking) -> Facts:
    """The gid for files follows the effective one, unless there was nothing to do at all."""
    task, asked = call.task, call.asked
    egid = when_word(32, is_left(asked.second), task.egid, asked.second)
    return {
        "gid": when_word(32, is_left(asked.first), task.gid, asked.first),
        "egid": egid,
        "sgid": when_word(32, is_left(asked.third), task.sgid, asked.third),
        "fsgid": when_word(32, _changes_nothing(call), task.fsgid, egid),
    }


@changes(at=f"{_SYS}:__sys_setfsgid")
def sets_the_gid_for_files_if_it_may(call: Asking) -> Facts:
    """It never fails: an unmapped gid, or one that is none of its own, changes nothing."""
    task, gid = call.task, call.asked.first
    own = is_any(gid, (task.gid, task.egid, task.sgid, task.fsgid))
    may = both(task.user_ns.gids.has(gid), either(own, call.holds(Cap.SETGID)))
    return {"fsgid": when_word(32, may, gid, task.fsgid)}


@refuses(Errno.EPERM, at=f"{_GROUPS}:may_setgroups")
def setgroups_is_denied_or_it_lacks_the_capability(call: Asking) -> Truth:
    """Before gid_map is written nobody may, after deny was written nobody ever; else CAP_SETGID."""
    return no(both(call.holds(Cap.SETGID), call.task.user_ns.setgroups))


@refuses(Errno.EINVAL, at=f"{_GROUPS}:setgroups")
def there_are_too_many_groups(call: Asking) -> Truth:
    """More than 65536."""
    return below(NGROUPS_MAX, call.asked.many)


@refuses(Errno.EINVAL, at=f"{_GROUPS}:groups_from_user")
def a_group_has_no_mapping(call: Asking) -> Truth:
    """One of them has none in the task's user namespace."""
    return no(call.asked.all_mapped)


@changes(at=f"{_GROUPS}:set_groups")
def has_these_groups(call: Asking) -> Facts:
    """Sorted, each as often as it was given."""
    return {"groups": call.asked.groups}


SETGID = (gid_has_no_mapping, gid_is_neither_its_real_nor_its_saved_one,
          sets_all_gids_or_the_effective_one, commits)
SETREGID = (one_of_two_gids_has_no_mapping, gids_of_setregid_are_none_of_its_own,
            sets_the_real_and_the_effective_gid, commits)
SETRESGID = (one_of_three_gids_has_no_mapping, gids_of_setresgid_are_none_of_its_own,
             sets_each_gid_that_is_given, commits)
SETFSGID = (sets_the_gid_for_files_if_it_may, commits)
SETGROUPS = (setgroups_is_denied_or_it_lacks_the_capability, there_are_too_many_groups,
             a_group_has_no_mapping, has_these_groups)
