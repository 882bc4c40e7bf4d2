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

ALWAYS = (
    holders.SYSTEM,
    forkers.THREADS,
    freezing.SYSTEM,
    execing.SYSTEM,
    dumping.SYSTEM,
    killing.SYSTEM,
    owners.SYSTEM,
    families.SYSTEM,
    publishing.SYSTEM,
    inheriting.SYSTEM,
    cold.SYSTEM,
    suspending.SYSTEM,
    waking.SYSTEM,
    leaving.SYSTEM,
    breeding.SYSTEM,
)
LATER: tuple[tuple[System, Patch], ...] = (
    (references.SYSTEM, UCOUNTS_NPROC),
    (pinning.SYSTEM, UCOUNTS_NPROC),
    (flushing.SYSTEM, VHOST_NEW_WORKER),
    (returning.SYSTEM, VHOST_USES_TASK),
)
"""Those that take no step at all before a patch."""


def _declared(system: System, expect: Expectation) -> None:
    def statement(_kernel: Kernel, before: Any, after: Any) -> Claim:
        """A step that leaves all as it was is none: what it does has been done before."""
        return Claim(True, before != after)

    statement.__name__ = f"every_step_of_{system.name}_changes_something"
    each_step(f"T0{system.name[:3]}", of=system, source=system.about, expect=expect)(statement)


for _system in ALWAYS:
    _declared(_system, holds())
for _system, _patch in LATER:
    _declared(_system, holds(needs=_patch))
