"""execve() and execveat() of a plain file: fs/exec.c, security/commoncap.c.

Plain is a file that may be read and executed, without set-user-ID, set-group-ID and
capabilities of its own, and nobody traces who executes it.
"""

from __future__ import annotations

from model.algebra import Truth, Word, both, capped, clear, either, has_any, no, when_word
from model.around.commit import commits
from model.around.rows import Facts, changes, refuses
from model.around.task import STACK, Asking, charged, within
from model.around.uids import KEEP_CAPS
from model.over_time.commit import over
from model.patches import EXEC_KEEPS_EUID
from model.words import Cap, Errno

_EXEC = "fs/exec.c:do_execveat_common"
_NEW = "fs/exec.c:begin_new_exec"
_CAPS = "security/commoncap.c:cap_bprm_creds_from_file"
NOROOT = 0
READ_IMPLIES_EXEC = 0x0400000
PER_CLEAR_ON_SETID = READ_IMPLIES_EXEC | 0x0040000 | 0x0200000 | 0x0100000
"""With ADDR_NO_RANDOMIZE, ADDR_COMPAT_LAYOUT and MMAP_PAGE_ZERO."""
KNOWN_FLAGS = 0x1000 | 0x100
"""AT_EMPTY_PATH and AT_SYMLINK_NOFOLLOW."""


@refuses(Errno.EAGAIN, at=_EXEC)
def marked_by_set_uid_and_over_rlimit_nproc_still(call: Asking) -> Truth:
    """PF_NPROC_EXCEEDED, left by set*uid(), and beyond RLIMIT_NPROC now, too.

    It is looked at before anything else, the file too.
    """
    task = call.task
    return both(task.marked, over(call.kernel, charged(task, task.counts.own), capped(task.nproc)))


@changes(at=_EXEC)
def the_mark_goes(_call: Asking) -> Facts:
    """Whatever comes of the rest."""
    return {"marked": False}


@refuses(Errno.EINVAL, at="fs/exec.c:do_open_execat")
def flags_of_execveat_are_unknown(call: Asking) -> Truth:
    """Others than AT_EMPTY_PATH and AT_SYMLINK_NOFOLLOW (AT_EXECVE_CHECK, v6.14, apart)."""
    return has_any(call.asked.value, ~KNOWN_FLAGS & (2**64 - 1))


@refuses(Errno.ENOENT, at="fs/exec.c:do_open_execat")
def there_is_no_such_file(call: Asking) -> Truth:
    """Whatever names no file."""
    return call.asked.missing


def _is_roots(call: Asking) -> Truth:
    """Return whether handle_privileged_root() has anything to give."""
    old = call.before
    return both(no(call.secure(NOROOT)), either(old.euid == 0, old.uid == 0))


def _gained(call: Asking) -> Word:
    """Return the permitted set of the file before anything is held against it."""
    old = call.before
    return when_word(64, _is_roots(call), old.bounding | old.inheritable, 0)


def _ids_change(call: Asking) -> Truth:
    """Return is_setid: effective ids that are not the real ones.

    Since v6.17 (337490f0007f) it is effective ids that execve() changes; a plain file changes
    none, so that only an effective gid is left that is neither the gid for files nor a group.
    """
    old = call.before
    were = no(both(old.euid == old.uid, old.egid == old.gid))
    strange = no(either(old.egid == old.fsgid, old.egid_in_groups))
    new = call.kernel[EXEC_KEEPS_EUID]
    return either(both(new, strange), both(no(new), were))


def _is_downgraded(call: Asking) -> Truth:
    """Return whether what would be gained is taken back: no_new_privs, or a shared root."""
    old = call.before
    more = either(_ids_change(call), no(within(_gained(call), old.permitted)))
    return both(more, either(old.no_new_privs, old.shares_root))


def _loses_ids(call: Asking) -> Truth:
    """Return whether the effective ids become the real ones."""
    no_privs = either(no(call.holds(Cap.SETUID)), call.before.no_new_privs)
    return both(_is_downgraded(call), no_privs)


@changes(at=_CAPS)
def effective_ids_are_the_saved_ones(call: Asking) -> Facts:
    """And those for files; where it is downgraded without CAP_SETUID they are the real ones."""
    old, loses = call.before, _loses_ids(call)
    euid = when_word(32, loses, old.uid, old.euid)
    egid = when_word(32, loses, old.gid, old.egid)
    return {"euid": euid, "suid": euid, "fsuid": euid, "egid": egid, "sgid": egid, "fsgid": egid}


def _ambient(call: Asking) -> Word:
    return when_word(64, _ids_change(call), 0, call.before.ambient)


def _permitted(call: Asking) -> Word:
    """Return the permitted set: root's, capped where it is downgraded, and the ambient one."""
    found = _gained(call)
    kept = when_word(64, _is_downgraded(call), found & call.before.permitted, found)
    return kept | _ambient(call)


def _takes_effect(call: Asking) -> Truth:
    """Return whether all that is permitted is effective: for effective root."""
    return both(no(call.secure(NOROOT)), call.before.euid == 0)


@changes(at=_CAPS)
def has_what_root_and_the_ambient_set_give(call: Asking) -> Facts:
    """Root has the bounding and the inheritable set anew, others the ambient one; with NOROOT all.

    For real root alone nothing of it is effective.  KEEP_CAPS goes.
    """
    permitted, ambient = _permitted(call), _ambient(call)
    return {
        "permitted": permitted,
        "ambient": ambient,
        "effective": when_word(64, _takes_effect(call), permitted, ambient),
        "securebits": clear(call.task.securebits, 1 << KEEP_CAPS),
    }


def _is_secure(call: Asking) -> Truth:
    """Return secureexec: more privileges than who executes."""
    old, new = call.before, call.task
    more = either(_takes_effect(call), no(within(new.permitted, new.ambient)))
    ids = no(both(new.euid == old.uid, new.egid == old.gid))
    by_ids = either(_ids_change(call), both(call.kernel[EXEC_KEEPS_EUID], ids))
    return either(by_ids, both(no(new.uid == 0), more))


@changes(at=f"{_NEW}, fs/exec.c:de_thread")
def other_threads_end(_call: Asking) -> Facts:
    """And who executes is the first one then, with its pid."""
    return {"threads": 1, "leads": True}


@changes(at=_NEW)
def personality_is_a_safe_one(call: Asking) -> Facts:
    """What makes addresses known goes where capabilities are gained; READ_IMPLIES_EXEC always.

    The latter on x86-64, fs/binfmt_elf.c:load_elf_binary.
    """
    kept = clear(call.task.personality, READ_IMPLIES_EXEC, 32)
    gains = no(within(_gained(call), call.before.permitted))
    return {"personality": when_word(32, gains, clear(kept, PER_CLEAR_ON_SETID, 32), kept)}


@changes(at=_NEW)
def more_privileges_mean_no_death_signal(call: Asking) -> Facts:
    """Nor a soft limit of the stack above 8 MiB."""
    task, secure = call.task, _is_secure(call)
    return {"pdeath_signal": when_word(8, secure, 0, task.pdeath_signal),
            "stack": when_word(64, secure, capped(task.stack, STACK), task.stack)}


@changes(at=_NEW)
def dumpable_as_its_ids_are(call: Asking) -> Facts:
    """Again, unless effective ids were not the real ones; then as fs.suid_dumpable says."""
    old = call.before
    same = both(old.euid == old.uid, old.egid == old.gid)
    return {"dumpable": when_word(8, same, 1, call.given.suid_dumpable)}


_BEGINS = (marked_by_set_uid_and_over_rlimit_nproc_still, the_mark_goes)
_GOES_ON = (
    there_is_no_such_file, effective_ids_are_the_saved_ones,
    has_what_root_and_the_ambient_set_give, other_threads_end, personality_is_a_safe_one,
    more_privileges_mean_no_death_signal, dumpable_as_its_ids_are, commits,
)
EXECVE = (*_BEGINS, *_GOES_ON)
EXECVEAT = (*_BEGINS, flags_of_execveat_are_unknown, *_GOES_ON)
