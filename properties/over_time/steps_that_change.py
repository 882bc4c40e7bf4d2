"""No step is idle: what is done is not done again, and nobody waits by a step of its own.

Systems with a step that may be refused, or repeated in vain, are not listed.
"""

from __future__ import annotations

from typing import Any

from model.kernel import Kernel
from model.over_time import (
    both_freezers,
    cgroup_freezer,
    cgroup_kill,
    coredump,
    de_thread,
    families,
    forkers,
    inheritance,
    io_wq_exit,
    publication,
    sqpoll,
    suspend,
    ucounts_holders,
    ucounts_pins,
    ucounts_references,
    userns_owners,
    vhost_flush,
    vhost_task_create,
    vhost_wake,
)
from model.over_time.step import TransitionSystem
from model.patch import Patch
from model.patches import UCOUNTS_NPROC, VHOST_NEW_WORKER, VHOST_USES_TASK
from properties.claim import Claim, Expectation, holds
from properties.over_time.claim import each_step

ALWAYS = {
    "T0hol": ucounts_holders.SYSTEM,
    "T0thr": forkers.THREADS,
    "T0fre": both_freezers.SYSTEM,
    "T0exe": de_thread.SYSTEM,
    "T0dum": coredump.SYSTEM,
    "T0kil": cgroup_kill.SYSTEM,
    "T0own": userns_owners.SYSTEM,
    "T0fam": families.SYSTEM,
    "T0pub": publication.SYSTEM,
    "T0inh": inheritance.SYSTEM,
    "T0col": cgroup_freezer.SYSTEM,
    "T0sus": suspend.SYSTEM,
    "T0wak": vhost_wake.SYSTEM,
    "T0lea": io_wq_exit.SYSTEM,
    "T0bre": sqpoll.SYSTEM,
}
LATER: dict[str, tuple[TransitionSystem, Patch]] = {
    "T0ref": (ucounts_references.SYSTEM, UCOUNTS_NPROC),
    "T0pin": (ucounts_pins.SYSTEM, UCOUNTS_NPROC),
    "T0flu": (vhost_flush.SYSTEM, VHOST_NEW_WORKER),
    "T0ret": (vhost_task_create.SYSTEM, VHOST_USES_TASK),
}
"""Those that take no step at all before a patch."""


def _declared(identity: str, system: TransitionSystem, expect: Expectation) -> None:
    def statement(_kernel: Kernel, before: Any, after: Any) -> Claim:
        """A step that leaves all as it was is none: what it does has been done before."""
        return Claim(True, before != after)

    statement.__name__ = f"every_step_of_{system.name}_changes_something"
    each_step(identity, of=system, source=system.about, expect=expect)(statement)


for _id, _system in ALWAYS.items():
    _declared(_id, _system, holds())
for _id, (_system, _patch) in LATER.items():
    _declared(_id, _system, holds(needs=_patch))
