"""What systems ask of each entry point that creates tasks: made or not, and on whose account."""

from __future__ import annotations

from dataclasses import dataclass, replace

from model import words
from model.algebra import Truth, Word, has, when_word
from model.copy_process import CHARGE
from model.kernel import Kernel
from model.over_time.questions import charged_with, comes_of
from model.request import Entry, NsFile, Request, Target
from model.state import KTHREADD, Cred, Signal, Task, UserNamespace

USER_1 = 1


@dataclass(frozen=True, slots=True)
class Created:
    """A task as copy_process() makes it, or the errno of the refusal."""

    errno: Word
    thread: Truth
    worker: Truth
    """PF_IO_WORKER."""
    vfork: Truth
    """Its creator waits until it executes or ends."""
    charged_uid: Word
    charges: Word
    """How many units."""

    def on(self, uid: int) -> Word:
        """Return how many units are charged to a user."""
        return when_word(64, self.charged_uid == uid, self.charges, 0)


def _created(kernel: Kernel, entry: Entry, flags: int, current: Task) -> Created:
    signal = 0 if entry is Entry.CREATE_IO_THREAD else words.SIGCHLD
    request = Request(entry=int(entry), flags=flags | signal)
    outcome = comes_of(kernel, request, current)
    child = outcome.child
    return Created(
        errno=outcome.errno,
        thread=child.same_thread_group,
        worker=has(child.flags, words.PF_IO_WORKER),
        vfork=child.vfork_wait,
        charged_uid=child.charged_uid,
        charges=outcome.units(CHARGE).kept,
    )


def by_a_user(kernel: Kernel, entry: Entry, flags: int, number: Word, limit: Word) -> Created:
    """Ask for a task by user 1, who has no capability and is charged with that number."""
    cred = Cred(uid=USER_1, euid=USER_1, ucounts=charged_with(number))
    caller = Task(real_cred=cred, cred=cred, signal=Signal(rlim_nproc=limit))
    return _created(kernel, entry, flags, caller)


def by_kthreadd(kernel: Kernel, number: Word) -> Created:
    """Ask for kernel_thread() by kthreadd, whose user is charged with that number."""
    cred = replace(KTHREADD.cred, ucounts=charged_with(number))
    daemon = replace(KTHREADD, real_cred=cred, cred=cred)
    return _created(kernel, Entry.KERNEL_THREAD, words.FS | words.FILES, daemon)


@dataclass(frozen=True, slots=True)
class Killable:
    """A child of CLONE_PIDFD_AUTOKILL, or the errno of the refusal."""

    errno: Word
    no_new_privs: Truth
    autokill: Truth


def autokill(kernel: Kernel, flags: int, capable: Truth) -> Killable:
    """Ask for clone3(CLONE_PIDFD | CLONE_AUTOREAP | CLONE_PIDFD_AUTOKILL | flags)."""
    asked = words.PIDFD | words.AUTOREAP | words.PIDFD_AUTOKILL | flags
    request = Request(entry=int(Entry.CLONE3), flags=asked)
    cred = Cred(cap_effective=when_word(64, capable, words.CAP_FULL_SET, 0))
    outcome = comes_of(kernel, request, Task(real_cred=cred, cred=cred))
    child = outcome.child
    return Killable(outcome.errno, child.no_new_privs, child.autokill)


def makes_a_user_namespace(kernel: Kernel, unshares: Truth) -> Word:
    """Ask for unshare(CLONE_NEWUSER), or for clone() with it, by anybody; return the errno."""
    entry = Entry.UNSHARE if unshares else Entry.CLONE
    request = Request(entry=int(entry), flags=words.NEWUSER)
    return comes_of(kernel, request).errno


def joins_a_user_namespace(kernel: Kernel, own: Truth, reach: Word, capable: Truth) -> Word:
    """Ask for setns(CLONE_NEWUSER) by a task in a user namespace; return the errno."""
    target = Target(
        file=int(NsFile.NAMESPACE), type=words.NEWUSER, own_user_ns=own, user_ns_reach=reach
    )
    request = Request(entry=int(Entry.SETNS), flags=words.NEWUSER, target=target)
    caps = when_word(64, capable, words.CAP_FULL_SET, 0)
    cred = Cred(cap_effective=caps, user_ns=UserNamespace(level=1))
    return comes_of(kernel, request, Task(real_cred=cred, cred=cred)).errno
