"""What is a race, and so not compared: said here once, never decided case by case.

Everything else that the model and the probe both speak of is compared on every case (facts.py).
"""

from __future__ import annotations

from kernels.cases.case import Case
from model import words
from model.kernel import Kernel
from model.patches import USER_WORKER
from model.words import PF

_PF_SEEN = int(
    PF.KTHREAD
    | PF.USER_WORKER
    | PF.IO_WORKER
    | PF.FORKNOEXEC
    | PF.SUPERPRIV
    | PF.IDLE
    | PF.WQ_WORKER
    | PF.NOFREEZE
    | PF.NPROC_EXCEEDED
    | PF.NO_SETAFFINITY
)
"""The PF_ bits that copy_process() decides; others change by themselves at any time."""


def pf_seen(kernel: Kernel) -> int:
    """Return the PF_ bits to compare; before user workers their bit was others' (PF_USED_ASYNC)."""
    return _PF_SEEN if kernel[USER_WORKER] else _PF_SEEN & ~int(PF.USER_WORKER)


def word_may_be_cleared(case: Case) -> bool:
    """Return whether the word at child_tid may be cleared or not.

    A task that leaves clears it only while its memory has another user.  Whoever reads most
    of /proc/PID is one for a moment, and so is a caller that its vfork child has just woken.
    """
    flags = case.call.flags
    return not flags & words.VM


def signal_ends_the_caller(signal: int) -> bool:
    """Return whether an exit signal ends or stops a caller with default dispositions.

    Then whether the caller still returns from vfork() is a race.
    """
    return signal not in (0, words.SIGCHLD, 18, 23, 28)


def is_gone_before_the_pidfd(case: Case, exit_signal: int) -> bool:
    """Return whether the child, or the caller, may have gone when the pidfd is looked at.

    The end of a vfork child, and the word of CLONE_CHILD_CLEARTID, are awaited first.  A thread,
    or an autoreaped child, leaves no zombie; where its signal ends the caller, init reaps it.
    """
    flags = case.call.flags
    orphaned = signal_ends_the_caller(exit_signal)
    unseen = bool(flags & (words.AUTOREAP | words.THREAD)) or orphaned
    return bool(flags & words.CHILD_CLEARTID and unseen) or bool(flags & words.VFORK and orphaned)
