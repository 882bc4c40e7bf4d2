"""What the steps of workers ask of the single call: io threads and vhost tasks."""

from __future__ import annotations

from dataclasses import dataclass

from model import words
from model.algebra import Truth, Word, both, either, has, no, when_word
from model.errors import number
from model.kernel import Kernel
from model.over_time.questions import charged_with, comes_of, made_for
from model.patches import USER_WORKER
from model.request import Entry, Request
from model.state import Chance, Cred, Fallible, Signal, Task


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


FULL = Cred(ucounts=charged_with(3))
"""The credentials of a user of 3 tasks, whose limit is 2 (v5.14 to v5.16 let a third be made)."""


def _caller(full: Truth, flags: Word = 0) -> Task:
    limit = when_word(64, full, 2, 100)
    return Task(flags=flags, real_cred=FULL, cred=FULL, signal=Signal(rlim_nproc=limit))


def io_thread(kernel: Kernel, flags: Word, killed: Truth, full: Truth) -> IoThread:
    """Ask for create_io_thread() by a task with these PF_ flags, perhaps killed just now.

    ``full`` is whether its RLIMIT_NPROC has no room.
    """
    request = Request(entry=int(Entry.CREATE_IO_THREAD))
    chance = Chance(fatal_signal=killed)
    outcome = comes_of(kernel, request, _caller(full, flags), chance=chance)
    child = outcome.child
    user = either(no(kernel[USER_WORKER]), has(child.flags, words.PF_USER_WORKER))
    return IoThread(
        errno=outcome.errno,
        flags=child.flags,
        marked=both(has(child.flags, words.PF_IO_WORKER), user),
        blocks=child.blocked == words.WORKER_BLOCKED,
        thread=child.same_thread_group,
    )


def vhost_task_errno(kernel: Kernel, signal: Truth, full: Truth, no_struct: Truth) -> Word:
    """Ask for vhost_task_create(): a pending signal, a full RLIMIT_NPROC, no memory."""
    request = Request(entry=int(Entry.VHOST_TASK_CREATE))
    step = when_word(8, no_struct, int(Fallible.VHOST_TASK_STRUCT), int(Fallible.NONE))
    chance = Chance(signal_pending=signal, fails=step)
    outcome = comes_of(kernel, request, _caller(full), chance=chance)
    return number(outcome.errno)


def kthread_errno(kernel: Kernel, signal: Truth, full: Truth) -> Word:
    """Ask for kthread_create() in the same situation."""
    request = Request(entry=int(Entry.KTHREAD_CREATE))
    chance = Chance(signal_pending=signal)
    outcome = made_for(kernel, request, _caller(full), chance=chance)
    return number(outcome.errno)
