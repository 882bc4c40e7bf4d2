"""What glibc does where clone3() is told ENOSYS: the same by clone()."""

from __future__ import annotations

from dataclasses import replace

from checker.seccomp.before import Filter, filtered, who_says
from checker.why.asked import Asked
from model.entries import unknown_call
from model.kernel import Kernel
from model.request import Entry

_OF_CLONE3_ALONE = ~(2**32 - 1)
"""Flags above 32 bits: clone() knows none of them, and glibc leaves them out."""


def as_taken(asked: Asked, kernel: Kernel, before: Filter | None) -> Asked:
    """Return the question asked of clone() where a function of glibc has to take that instead.

    So it is on a kernel without clone3(), and behind a filter that surely says ENOSYS to it while
    something else came back, which no filter that is known says
    (sysdeps/unix/sysv/linux/clone-internal.c of glibc).
    """
    if not asked.function or asked.entry is not Entry.CLONE3 or asked.error == "ENOSYS":
        return asked
    why = _why_not(asked, kernel, before)
    if not why:
        return asked
    given = {**asked.given, "request.entry": int(Entry.CLONE), "request.exit_signal": 0,
             "request.stack_size": 0, "request.flags": _flags(asked)}
    note = f"{asked.function}() of glibc takes clone(), for {why}"
    return replace(asked, entry=Entry.CLONE, given=given, notes=(*asked.notes, note))


def _flags(asked: Asked) -> int:
    flags, signal = (int(asked.given[f"request.{name}"]) for name in ("flags", "exit_signal"))
    return flags & ~_OF_CLONE3_ALONE | signal


def _why_not(asked: Asked, kernel: Kernel, before: Filter | None) -> str:
    """Return why clone3() says ENOSYS; nothing where it does not, or is not known to."""
    seen = None if before is None else filtered(asked.entry, asked.given, kernel, before)
    if seen is None or not seen.answers:
        return f"{kernel.name} has no clone3()" if unknown_call(kernel, Entry.CLONE3) else ""
    if seen.says != ["ENOSYS"] or not asked.error:
        return ""
    if who_says(asked.error, asked.entry, asked.given, kernel):
        return ""
    return f"the filter {seen.name} says ENOSYS to clone3()"
