"""What a user with some tasks asks: fork(), and whether it is over its limit."""

from __future__ import annotations

from model.algebra import Truth, Word
from model.kernel import Kernel
from model.over_time import calls, commit
from model.over_time.caller import cred_of


def forks(kernel: Kernel, uid: Word, number: Word, limit: Word, marked: Truth) -> calls.Forked:
    """Ask for fork() by a user who is charged with that number of tasks."""
    return calls.fork(kernel, cred_of(uid, number), limit, marked)


def over(kernel: Kernel, uid: Word, number: Word, limit: Word) -> Truth:
    """Ask whether a user charged with that number of tasks is over its limit."""
    return commit.over(kernel, cred_of(uid, number), limit)


def marks(
    kernel: Kernel, old: tuple[Word, Word], new: tuple[Word, Word], limit: Word
) -> Truth:
    """Ask whether set*uid() from one (user, count) to another leaves the mark."""
    return commit.marked_by_set_user(kernel, cred_of(*old), cred_of(*new), limit)
