"""No step is idle: what is done is not done again, and nobody waits by a step of its own.

Systems with a step that may be refused, or repeated in vain, are not listed.
"""

from __future__ import annotations

from typing import Any

from model.kernel import Kernel
from model.over_time import (
    breeding,
    cold,
    dumping,
    execing,
    families,
    flushing,
    forkers,
    freezing,
    holders,
    inheriting,
    killing,
    leaving,
    owners,
    pinning,
    publishing,
    references,
    returning,
    suspending,
    waking,
)
from model.over_time.step import System
from model.patch import Patch
from model.patches import UCOUNTS_NPROC, VHOST_NEW_WORKER, VHOST_USES_TASK
from properties.claim import Claim, Expectation, holds
from properties.over_time.claim import each_step

ALWAYS = {
    "T0hol": holders.SYSTEM,
    "T0thr": forkers.THREADS,
    "T0fre": freezing.SYSTEM,
    "T0exe": execing.SYSTEM,
    "T0dum": dumping.SYSTEM,
    "T0kil": killing.SYSTEM,
    "T0own": owners.SYSTEM,
    "T0fam": families.SYSTEM,
    "T0pub": publishing.SYSTEM,
    "T0inh": inheriting.SYSTEM,
    "T0col": cold.SYSTEM,
    "T0sus": suspending.SYSTEM,
    "T0wak": waking.SYSTEM,
    "T0lea": leaving.SYSTEM,
    "T0bre": breeding.SYSTEM,
}
LATER: dict[str, tuple[System, Patch]] = {
    "T0ref": (references.SYSTEM, UCOUNTS_NPROC),
    "T0pin": (pinning.SYSTEM, UCOUNTS_NPROC),
    "T0flu": (flushing.SYSTEM, VHOST_NEW_WORKER),
    "T0ret": (returning.SYSTEM, VHOST_USES_TASK),
}
"""Those that take no step at all before a patch."""


def _declared(identity: str, system: System, expect: Expectation) -> None:
    def statement(_kernel: Kernel, before: Any, after: Any) -> Claim:
        """A step that leaves all as it was is none: what it does has been done before."""
        return Claim(True, before != after)

    statement.__name__ = f"every_step_of_{system.name}_changes_something"
    each_step(identity, of=system, source=system.about, expect=expect)(statement)


for _id, _system in ALWAYS.items():
    _declared(_id, _system, holds())
for _id, (_system, _patch) in LATER.items():
    _declared(_id, _system, holds(needs=_patch))
