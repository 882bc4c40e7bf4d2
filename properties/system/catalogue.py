"""All properties of histories, in order."""

from __future__ import annotations

from properties.system import (
    accounts,
    families,
    forkers,
    groups,
    holders,
    killing,
    privilege,
    references,
    sharing,
    steps_of_accounts,
    steps_of_cold,
    steps_of_dumping,
    steps_of_execing,
    steps_of_freezing,
    steps_of_groups,
    steps_of_killing,
    steps_of_life,
    steps_of_nested,
    steps_of_owners,
    steps_that_change,
    worker_crews,
    worker_exec,
    worker_freezing,
    worker_inherits,
    worker_kvm,
    worker_life,
    worker_limits,
    worker_signals,
)
from properties.system.claim import TIMED, TimedProperty

MODULES = (
    accounts,
    groups,
    references,
    holders,
    forkers,
    worker_limits,
    worker_crews,
    worker_inherits,
    worker_life,
    worker_kvm,
    worker_freezing,
    worker_exec,
    worker_signals,
    killing,
    sharing,
    families,
    privilege,
    steps_of_accounts,
    steps_of_cold,
    steps_of_dumping,
    steps_of_execing,
    steps_of_freezing,
    steps_of_groups,
    steps_of_killing,
    steps_of_life,
    steps_of_nested,
    steps_of_owners,
    steps_that_change,
)


def all_timed() -> list[TimedProperty]:
    """Return every declared property of histories."""
    return list(TIMED)


def timed_by_id(name: str) -> TimedProperty:
    """Return one by its id or name; raise :class:`KeyError`."""
    for prop in TIMED:
        if name in (prop.id, prop.name):
            return prop
    raise KeyError(name)
