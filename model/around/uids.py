"""setuid(), setreuid(), setresuid() and setfsuid(): kernel/sys.c, security/commoncap.c."""

from __future__ import annotations

from model.algebra import Truth, both, capped, clear, either, no, plus, when, when_word
from model.around.commit import commits
from model.around.rows import Facts, changes, refuses
from model.around.task import Around, Asking, charged, is_any, is_left
from model.over_time.commit import marked_by_set_user
from model.records import but
from model.words import Cap, Errno

_SYS = "kernel/sys.c"
_CAPS = "security/commoncap.c"
KEEP_CAPS, NO_SETUID_FIXUP = 4, 2
FILE_CAPABILITIES = 0b11111 | 1 << 9 | 1 << 27 | 1 << 32
"""CAP_FS_SET: what goes and comes with the uid for files."""


@refuses(Errno.EINVAL, at=f"{_SYS}:__sys_setuid")
def uid_has_no_mapping(call: Asking) -> Truth:
    """The uid has no mapping in the task's user namespace; -1 never has."""
    return no(call.task.user_ns.uids.has(call.asked.first))


@refuses(Errno.EINVAL, at=f"{_SYS}:__sys_setreuid")
def one_of_two_uids_has_no_mapping(call: Asking) -> Truth:
    """One of the two, and not -1, has no mapping in the task's user namespace."""
    return no(call.mapped_or_left(call.task.user_ns.uids, 2))


@refuses(Errno.EINVAL, at=f"{_SYS}:__sys_setresuid")
def one_of_three_uids_has_no_mapping(call: Asking) -> Truth:
    """One of the three, and not -1, has no mapping in the task's user namespace."""
    return no(call.mapped_or_left(call.task.user_ns.uids, 3))


@refuses(Errno.EPERM, at=f"{_SYS}:__sys_setuid")
def uid_is_neither_its_real_nor_its_saved_one(call: Asking) -> Truth:
    """Without CAP_SETUID in its own user namespace setuid() takes its real or saved uid alone."""
    mine = is_any(call.asked.first, (call.task.uid, call.task.suid))
    return no(either(call.holds(Cap.SETUID), mine))


@refuses(Errno.EPERM, at=f"{_SYS}:__sys_setreuid")
def uids_of_setreuid_are_none_of_its_own(call: Asking) -> Truth:
    """Without CAP_SETUID the real one from real and effective, the effective from all three."""
    task, asked = call.task, call.asked
    real = either(is_left(asked.first), is_any(asked.first, (task.uid, task.euid)))
    of = (task.uid, task.euid, task.suid)
    effective = either(is_left(asked.second), is_any(asked.second, of))
    return both(no(both(real, effective)), no(call.holds(Cap.SETUID)))


def _changes_nothing(call: Asking) -> Truth:
    """Return whether setresuid() has nothing to do: it asks for what is there."""
    task, asked = call.task, call.asked
    effective = both(asked.second == task.euid, asked.second == task.fsuid)
    return both(
        either(is_left(asked.first), asked.first == task.uid),
        either(is_left(asked.second), effective),
        either(is_left(asked.third), asked.third == task.suid),
    )


@refuses(Errno.EPERM, at=f"{_SYS}:__sys_setresuid")
def uids_of_setresuid_are_none_of_its_own(call: Asking) -> Truth:
    """Without CAP_SETUID each is -1 or one of its real, effective and saved uids."""
    task, asked = call.task, call.asked
    of = (task.uid, task.euid, task.suid)
    fits = (either(is_left(one), is_any(one, of))
            for one in (asked.first, asked.second, asked.third))
    return both(no(both(*fits)), no(call.holds(Cap.SETUID)))


@changes(at=f"{_SYS}:__sys_setuid")
def sets_all_uids_or_the_effective_one(call: Asking) -> Facts:
    """With CAP_SETUID the real and the saved uid, too; the uid for files follows."""
    task, uid, all_ = call.task, call.asked.first, call.holds(Cap.SETUID)
    return {"uid": when_word(32, all_, uid, task.uid), "suid": when_word(32, all_, uid, task.suid),
            "euid": uid, "fsuid": uid}


@changes(at=f"{_SYS}:__sys_setreuid")
def sets_the_real_and_the_effective_uid(call: Asking) -> Facts:
    """The saved uid follows the effective one where the real is set, or the effective is another.

    Another than the real uid that was.
    """
    task, asked = call.task, call.asked
    euid = when_word(32, is_left(asked.second), task.euid, asked.second)
    other = both(no(is_left(asked.second)), no(asked.second == task.uid))
    saves = either(no(is_left(asked.first)), other)
    return {"uid": when_word(32, is_left(asked.first), task.uid, asked.first),
            "euid": euid, "suid": when_word(32, saves, euid, task.suid), "fsuid": euid}


@changes(at=f"{_SYS}:__sys_setresuid")
def sets_each_uid_that_is_given(call: Asking) -> Facts:
    """The uid for files follows the effective one, unless there was nothing to do at all."""
    task, asked = call.task, call.asked
    euid = when_word(32, is_left(asked.second), task.euid, asked.second)
    return {
        "uid": when_word(32, is_left(asked.first), task.uid, asked.first),
        "euid": euid,
        "suid": when_word(32, is_left(asked.third), task.suid, asked.third),
        "fsuid": when_word(32, _changes_nothing(call), task.fsuid, euid),
    }


def _any_is_root(task: Around) -> Truth:
    return is_any(0, (task.uid, task.euid, task.suid))


@changes(at=f"{_CAPS}:cap_emulate_setxuid")
def capabilities_follow_the_uids(call: Asking) -> Facts:
    """Root's uids are given up: none is left, but with KEEP_CAPS; effective ones as euid 0 goes.

    Nothing of this with SECBIT_NO_SETUID_FIXUP.
    """
    old, new = call.before, call.task
    follows = no(call.secure(NO_SETUID_FIXUP))
    gives_up = both(follows, _any_is_root(old), no(_any_is_root(new)))
    loses = both(gives_up, no(call.secure(KEEP_CAPS)))
    permitted = when_word(64, loses, 0, new.permitted)
    leaves = both(follows, old.euid == 0, no(new.euid == 0))
    comes = both(follows, no(old.euid == 0), new.euid == 0)
    effective = when_word(64, either(loses, leaves), 0, new.effective)
    return {"permitted": permitted, "ambient": when_word(64, gives_up, 0, new.ambient),
            "effective": when_word(64, comes, permitted, effective)}


@changes(at=f"{_SYS}:set_user")
def is_marked_beyond_its_limit(call: Asking) -> Facts:
    """PF_NPROC_EXCEEDED: it succeeds all the same, and execve() looks again.

    Only another real uid decides it anew; root of init_user_ns is never marked.
    """
    old, new = call.before, call.task
    creds = charged(old, old.counts.own), charged(new, old.counts.asked)
    marked = marked_by_set_user(call.kernel, *creds, capped(old.nproc))
    other = no(old.uid == new.uid)
    counts = but(new.counts, own=when_word(64, other, plus(old.counts.asked, 1), old.counts.own))
    return {"marked": when(other, marked, old.marked), "counts": counts}


@changes(at=f"{_SYS}:__sys_setfsuid")
def sets_the_uid_for_files_if_it_may(call: Asking) -> Facts:
    """It never fails: an unmapped uid, or one that is none of its own, changes nothing."""
    task, uid = call.task, call.asked.first
    own = is_any(uid, (task.uid, task.euid, task.suid, task.fsuid))
    may = both(task.user_ns.uids.has(uid), either(own, call.holds(Cap.SETUID)))
    return {"fsuid": when_word(32, may, uid, task.fsuid)}


@changes(at=f"{_CAPS}:cap_task_fix_setuid")
def file_capabilities_follow_the_uid_for_files(call: Asking) -> Facts:
    """Those about files go with uid 0 for files, and come back with it from the permitted ones."""
    old, new = call.before, call.task
    follows = no(call.secure(NO_SETUID_FIXUP))
    leaves = both(follows, old.fsuid == 0, no(new.fsuid == 0))
    comes = both(follows, no(old.fsuid == 0), new.fsuid == 0)
    raised = new.effective | (new.permitted & FILE_CAPABILITIES)
    lowered = clear(new.effective, FILE_CAPABILITIES)
    kept = when_word(64, leaves, lowered, new.effective)
    return {"effective": when_word(64, comes, raised, kept)}


_AFTER = (capabilities_follow_the_uids, is_marked_beyond_its_limit, commits)

SETUID = (uid_has_no_mapping, uid_is_neither_its_real_nor_its_saved_one,
          sets_all_uids_or_the_effective_one, *_AFTER)
SETREUID = (one_of_two_uids_has_no_mapping, uids_of_setreuid_are_none_of_its_own,
            sets_the_real_and_the_effective_uid, *_AFTER)
SETRESUID = (one_of_three_uids_has_no_mapping, uids_of_setresuid_are_none_of_its_own,
             sets_each_uid_that_is_given, *_AFTER)
SETFSUID = (sets_the_uid_for_files_if_it_may, file_capabilities_follow_the_uid_for_files, commits)
