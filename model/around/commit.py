"""What commit_creds() does beside publishing credentials: the memory, and the death signal."""

from __future__ import annotations

from model.algebra import both, either, no, when_word
from model.around.rows import Facts, changes
from model.around.task import Asking, within


@changes(at="kernel/cred.c:commit_creds")
def commits(call: Asking) -> Facts:
    """Other effective ids, ids for files or more capabilities: not dumpable, no death signal."""
    old, new = call.before, call.task
    changes = either(
        no(both(old.euid == new.euid, old.egid == new.egid)),
        no(both(old.fsuid == new.fsuid, old.fsgid == new.fsgid)),
        no(within(new.permitted, old.permitted)),
    )
    return {
        "dumpable": when_word(8, changes, call.given.suid_dumpable, new.dumpable),
        "pdeath_signal": when_word(8, changes, 0, new.pdeath_signal),
    }
