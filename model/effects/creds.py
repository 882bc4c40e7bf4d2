"""The child's credentials, user namespace, charge and keyrings (kernel/cred.c:copy_creds)."""

from __future__ import annotations

from model import words
from model.algebra import Truth, Word, both, no, when_word
from model.call import Call
from model.effects.task import is_a_thread
from model.rows import decides
from model.ucounts import (
    charged_uid,
    enforced_nproc_rlimit,
    new_user_ns,
    shares_its_creators_cred,
)


@decides("shares_cred", at="kernel/cred.c:copy_creds")
def shares_cred(call: Call) -> Truth:
    """A thread whose creator has no thread keyring takes its *subjective* cred, for both."""
    return shares_its_creators_cred(call)


def makes_user_ns(call: Call) -> Truth:
    """Return whether the child's cred lives in a new user namespace."""
    return both(no(shares_its_creators_cred(call)), new_user_ns(call))


@decides("uid", at="kernel/cred.c:copy_creds")
def uid(call: Call) -> Word:
    """The caller's subjective real uid."""
    return call.cred.uid


@decides("euid", at="kernel/cred.c:copy_creds")
def euid(call: Call) -> Word:
    """The caller's subjective effective uid."""
    return call.cred.euid


@decides("cap_effective", at="kernel/user_namespace.c:set_cred_user_ns")
def cap_effective(call: Call) -> Word:
    """The caller's subjective capabilities; all of them inside a new user namespace."""
    return when_word(64, makes_user_ns(call), words.CAP_FULL_SET, call.cred.cap_effective)


@decides("new_user_ns", at="kernel/cred.c:copy_creds")
def in_new_user_ns(call: Call) -> Truth:
    """CLONE_NEWUSER makes one."""
    return makes_user_ns(call)


@decides("user_ns_level", at="kernel/user_namespace.c:create_user_ns")
def user_ns_level(call: Call) -> Word:
    """One deeper with CLONE_NEWUSER."""
    level = call.cred.user_ns.level
    return when_word(8, makes_user_ns(call), level + 1, level)


@decides("user_ns_nproc_max", at="kernel/user_namespace.c:create_user_ns")
def user_ns_nproc_max(call: Call) -> Word:
    """A new namespace's bound is a snapshot of the creator's RLIMIT_NPROC."""
    return when_word(
        64, makes_user_ns(call), enforced_nproc_rlimit(call), call.cred.user_ns.nproc_max
    )


@decides("charged_uid", at="kernel/cred.c:set_cred_ucounts")
def charged(call: Call) -> Word:
    """The real uid, in the child's own user namespace; a thread's with its creator's cred."""
    return charged_uid(call)


@decides("thread_keyring", at="kernel/cred.c:copy_creds")
def thread_keyring(call: Call) -> Truth:
    """Only threads get one, a fresh one, and only if the creator had one."""
    return both(is_a_thread(call), call.cred.thread_keyring)


@decides("process_keyring", at="kernel/cred.c:copy_creds")
def process_keyring(call: Call) -> Truth:
    """Shared between the threads of a process only."""
    return both(is_a_thread(call), call.cred.process_keyring)
