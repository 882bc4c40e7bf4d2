"""What prctl() sets of a task beside its capabilities: kernel/sys.c:prctl."""

from __future__ import annotations

from model.algebra import Truth, below, no, when_word
from model.around.rows import Facts, changes, refuses
from model.around.task import Asking
from model.words import SIGNAL_MAX, Errno

_PRCTL = "kernel/sys.c:prctl"


@refuses(Errno.EINVAL, at=_PRCTL)
def no_new_privs_is_asked_for_otherwise_than_with_1(call: Asking) -> Truth:
    """The second argument is 1 and the others 0: there is no way back."""
    return no((call.asked.value ^ 1 | call.asked.rest) == 0)


@changes(at=_PRCTL)
def gains_nothing_any_more(_call: Asking) -> Facts:
    """For good: execve() gives no more than there is."""
    return {"no_new_privs": True}


@refuses(Errno.EINVAL, at=_PRCTL)
def dumpable_is_neither_0_nor_1(call: Asking) -> Truth:
    """2 is nobody's to set: it is what fs.suid_dumpable makes of changed credentials."""
    return below(1, call.asked.value)


@changes(at=_PRCTL)
def is_dumpable_or_not(call: Asking) -> Facts:
    """Of the memory, and so of all who share it (since v7.2 of the exec state)."""
    return {"dumpable": when_word(8, call.asked.value == 0, 0, 1)}


@changes(at=_PRCTL)
def reaps_orphans_or_not(call: Asking) -> Facts:
    """Any number but 0 says yes; of the thread group."""
    return {"subreaper": no(call.asked.value == 0)}


@refuses(Errno.EINVAL, at=_PRCTL)
def death_signal_is_no_signal(call: Asking) -> Truth:
    """Above 64; 0 takes it back."""
    return below(SIGNAL_MAX, call.asked.value)


@changes(at=_PRCTL)
def is_told_of_its_parents_death(call: Asking) -> Facts:
    """By that signal, until other credentials or a child of its own."""
    signal = call.task.pdeath_signal
    for number in range(SIGNAL_MAX + 1):
        signal = when_word(8, call.asked.value == number, number, signal)
    return {"pdeath_signal": signal}


SET_NO_NEW_PRIVS = (no_new_privs_is_asked_for_otherwise_than_with_1, gains_nothing_any_more)
SET_DUMPABLE = (dumpable_is_neither_0_nor_1, is_dumpable_or_not)
SET_CHILD_SUBREAPER = (reaps_orphans_or_not,)
SET_PDEATHSIG = (death_signal_is_no_signal, is_told_of_its_parents_death)
