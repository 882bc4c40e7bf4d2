"""set*uid(), commit_creds() and execve(): how a task and its charge move between users.

kernel/cred.c:set_cred_ucounts and commit_creds, kernel/sys.c:set_user and
flag_nproc_exceeded, fs/exec.c:do_execveat_common.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Truth, Word, both, either, has_any, no, signed_below, when, when_word
from model.call import Situation, choose
from model.kernel import Kernel
from model.over_time.step import Machine
from model.patches import (
    COMMIT_CREDS_PAIRED,
    REAL_UID_KEY,
    SET_USER_ASKS_CAPABILITIES,
    SET_USER_TESTS_NEW,
    SET_USER_WITHOUT_CAPABILITIES,
    UCOUNTS_NPROC,
)
from model.predict import call_of
from model.state import Cred, UserNamespace
from model.ucounts import any_over, chain_of
from model.words import CAP_SYS_ADMIN, CAP_SYS_RESOURCE


@dataclass(frozen=True, slots=True)
class Key:
    """What a charge is looked up by: a user namespace and a uid."""

    ns: Word
    uid: Word


@dataclass(frozen=True, slots=True)
class Identity:
    """A credential as far as charging goes; ``key`` is the one of its ucounts."""

    uid: Word
    euid: Word
    ns: Word
    key: Key


def same_key(left: Key, right: Key) -> Truth:
    """Return whether two keys lead to the same ucounts."""
    return both(left.ns == right.ns, left.uid == right.uid)


def key_after(kernel: Kernel, old: Identity, uid: Word, euid: Word, ns: Word) -> Key:
    """Return the key of a prepared credential: set_cred_ucounts().

    By the real uid since a55d07294f1e; before, by the effective one, and only where the user
    or the namespace changed.  Before v5.14 the user_struct of the real uid was the counter.
    """
    changed = either(old.uid != uid, old.ns != ns)
    by_euid = both(kernel[UCOUNTS_NPROC], no(kernel[REAL_UID_KEY]))
    kept = both(by_euid, no(changed))
    counted = when_word(32, by_euid, euid, uid)
    where = when_word(8, kernel[UCOUNTS_NPROC], ns, 0)
    return Key(when_word(8, kept, old.key.ns, where), when_word(32, kept, old.key.uid, counted))


def handed_on(creator: Identity, charged_uid: Word) -> Key:
    """Return what a child in its creator's namespace is charged to: prepare_creds(), copy_creds().

    The creator's ucounts are copied.  The single call, whose answer is ``charged_uid``, speaks
    of creators that are charged to their real uid; the others hand on what they have.
    """
    real = creator.key.uid == creator.uid
    return Key(creator.key.ns, when_word(32, real, charged_uid, creator.key.uid))


def adds_to_the_new(kernel: Kernel, user_differs: Truth, ns_differs: Truth) -> Truth:
    """Return whether commit_creds() charges the new credential."""
    return either(user_differs, both(kernel[UCOUNTS_NPROC], ns_differs))


def takes_from_the_old(kernel: Kernel, user_differs: Truth, ns_differs: Truth) -> Truth:
    """Return whether it takes the old charge back: v5.14 asked for another user only."""
    return either(user_differs, both(kernel[COMMIT_CREDS_PAIRED], ns_differs))


def release_takes(_kernel: Kernel) -> int:
    """Return how many units release_task() takes, as its first act, from the task's ucounts.

    dec_rlimit_ucounts(task_ucounts(p), UCOUNT_RLIMIT_NPROC, 1); before v5.14
    atomic_dec(&__task_cred(p)->user->processes).
    """
    return 1


def over(kernel: Kernel, cred: Cred, limit: Word) -> Truth:
    """Return is_rlimit_overlimit() of a credential's chain (before v5.14: of its user)."""
    call = call_of(kernel, Situation())
    beyond = any_over(call, chain_of(kernel, cred, limit), cred)
    return when(kernel[UCOUNTS_NPROC], beyond, signed_below(limit, cred.ucounts.user_processes))


_MAY_EXCEED = CAP_SYS_RESOURCE | CAP_SYS_ADMIN


def marked_by_set_user(kernel: Kernel, old: Cred, new: Cred, limit: Word) -> Truth:
    """Return whether set*uid() to another user leaves PF_NPROC_EXCEEDED on its caller.

    Before v5.14 from the limit on, later beyond it; v5.14 to v5.16 looked at the old user's
    count, and v5.15 and v5.16 spared callers with CAP_SYS_RESOURCE or CAP_SYS_ADMIN.
    """
    at_limit = no(signed_below(new.ucounts.user_processes, limit))
    tested = when(kernel[SET_USER_TESTS_NEW], over(kernel, new, limit), over(kernel, old, limit))
    beyond = when(kernel[UCOUNTS_NPROC], tested, at_limit)
    asks = both(kernel[SET_USER_ASKS_CAPABILITIES], no(kernel[SET_USER_WITHOUT_CAPABILITIES]))
    spared = both(asks, old.user_ns.level == 0, has_any(old.cap_effective, _MAY_EXCEED))
    return both(beyond, new.uid != 0, no(spared))


def namespace(level: Word, bound: Word) -> UserNamespace:
    """Return init_user_ns (level 0), or one below it with its NPROC bound."""
    return choose(level == 0, UserNamespace(), UserNamespace(level=level, nproc_max=bound))


def identity(machine: Machine, old: Identity, uid: Word, euid: Word, ns: Word) -> Identity:
    """Return the credential that a commit publishes."""
    return Identity(uid, euid, ns, key_after(machine.kernel, old, uid, euid, ns))
