"""KVM's worker, asked about by the ioctl that makes it: what stands for it on a kernel."""

from __future__ import annotations

from dataclasses import replace

from checker.calls.kvm import IOCTLS, entry_of, notes_of
from checker.why.asked import Asked
from model.kernel import Kernel


def with_maker(asked: Asked, kernel: Kernel) -> Asked:
    """Return the question asked of what makes KVM's worker on a kernel; any other as it is.

    Raises :class:`Problem` where that call makes none.
    """
    if asked.function not in IOCTLS:
        return asked
    entry = entry_of(asked.function, kernel)
    given = {**asked.given, "request.entry": int(entry)}
    notes = (*asked.notes, *notes_of(asked.function, kernel))
    return replace(asked, entry=entry, given=given, notes=notes)
