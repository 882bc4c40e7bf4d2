"""Any kernel as what a decision takes: a revision, named or made for the occasion."""

from __future__ import annotations

from model.kernel import Kernel
from model.revisions import REVISIONS, Revision

ASKED_FOR = "asked for"


def as_revision(kernel: Kernel) -> Revision:
    """Return a kernel as a revision; the named one where it is that."""
    known = REVISIONS.get(kernel.name)
    if known is not None and known.kernel is kernel:
        return known
    return Revision(kernel.name, kernel.patches(), ASKED_FOR)
