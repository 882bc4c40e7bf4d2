"""What the steps of workers ask of the single call: io threads, vhost tasks, what they inherit."""

from __future__ import annotations

from dataclasses import dataclass

from model import words
from model.algebra import Truth, Word, both, either, has, no, when_word
from model.call import Situation
from model.errors import number
from model.evaluate import Outcome
from model.kernel import Kernel
from model.patches import USER_WORKER
from model.predict import predict
from model.request import Entry, Request
from model.state import Chance, Cred, Signal, Step, Task, Ucounts
from model.vhost import VhostOutcome


@dataclass(frozen=True, slots=True)
class Inherits:
    """A vhost worker as its owner's state made it."""

    errno: Word
    kthread: Truth
    thread: Truth
    of_root: Truth
    """Its credentials, and who is charged, are root's."""
    has_makers_cred: Truth
    """They are those that the maker acts under."""
    has_limit: Truth
    """Its RLIMIT_NPROC has the owner's value."""
    shares_limits: Truth
    in_cgroup: Truth
    shares_namespaces: Truth


def inherits(
    kernel: Kernel, fork_owner: bool, uid: Word, acting_uid: Word, limit: Word
) -> Inherits:
    """Ask for VHOST_SET_OWNER by a task of ``uid`` that acts, perhaps, under another's creds."""
    request = Request(entry=int(Entry.VHOST_SET_OWNER), fork_owner=fork_owner)
    acts = Cred(uid=acting_uid, euid=acting_uid)
    owner = Task(
        real_cred=Cred(uid=uid, euid=uid),
        cred=acts,
        overridden=uid != acting_uid,
        signal=Signal(rlim_nproc=limit),
    )
    outcome = predict(kernel, Situation(request, current=owner))
    assert isinstance(outcome, VhostOutcome)
    child, worker = outcome.child, outcome.worker
    return Inherits(
        errno=outcome.errno,
        kthread=worker.by_kthreadd,
        thread=worker.thread_of_owner,
        of_root=both(child.uid == 0, child.charged_uid == 0),
        has_makers_cred=both(child.uid == acting_uid, child.charged_uid == acting_uid),
        has_limit=child.rlim_nproc == limit,
        shares_limits=both(no(worker.by_kthreadd), child.rlimits_shared),
        in_cgroup=worker.in_owners_cgroup_at_birth,
        shares_namespaces=both(no(worker.by_kthreadd), child.nsproxy_shared),
    )


@dataclass(frozen=True, slots=True)
class IoThread:
    """A worker that create_io_thread() made, or the errno of the refusal."""

    errno: Word
    flags: Word
    marked: Truth
    """It has PF_IO_WORKER, and PF_USER_WORKER where there is such a flag."""
    blocks: Truth
    """It blocks every signal but SIGKILL and SIGSTOP."""
    thread: Truth


def io_thread(kernel: Kernel, flags: Word, killed: Truth) -> IoThread:
    """Ask for create_io_thread() by a task with these PF_ flags, perhaps killed just now."""
    request = Request(entry=int(Entry.CREATE_IO_THREAD))
    start = Situation(request, current=Task(flags=flags), chance=Chance(fatal_signal=killed))
    outcome = predict(kernel, start)
    assert isinstance(outcome, Outcome)
    child = outcome.child
    user = either(no(kernel[USER_WORKER]), has(child.flags, words.PF_USER_WORKER))
    return IoThread(
        errno=outcome.errno,
        flags=child.flags,
        marked=both(has(child.flags, words.PF_IO_WORKER), user),
        blocks=child.blocked == words.WORKER_BLOCKED,
        thread=child.same_thread_group,
    )


FULL = Cred(ucounts=Ucounts(nproc=2, nproc_of_euid=2, user_processes=2))
"""The credentials of a user who has as many tasks as its limit of 2."""


def vhost_task_errno(kernel: Kernel, signal: Truth, full: Truth, no_struct: Truth) -> Word:
    """Ask for vhost_task_create(): a pending signal, a full RLIMIT_NPROC, no memory."""
    request = Request(entry=int(Entry.VHOST_TASK_CREATE))
    step = when_word(8, no_struct, int(Step.VHOST_TASK_STRUCT), int(Step.NONE))
    chance = Chance(signal_pending=signal, fails=step)
    limit = when_word(64, full, 2, 100)
    caller = Task(real_cred=FULL, cred=FULL, signal=Signal(rlim_nproc=limit))
    outcome = predict(kernel, Situation(request, current=caller, chance=chance))
    assert isinstance(outcome, Outcome)
    return number(outcome.errno)


def kthread_errno(kernel: Kernel, signal: Truth, full: Truth) -> Word:
    """Ask for kthread_create() in the same situation."""
    request = Request(entry=int(Entry.KTHREAD_CREATE))
    caller = Task(
        real_cred=FULL, cred=FULL, signal=Signal(rlim_nproc=when_word(64, full, 2, 100))
    )
    start = Situation(request, current=caller, chance=Chance(signal_pending=signal))
    outcome = predict(kernel, start)
    assert isinstance(outcome, VhostOutcome)
    return number(outcome.errno)
