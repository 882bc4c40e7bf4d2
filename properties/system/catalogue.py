"""All properties of histories, in order."""

from __future__ import annotations

from properties.system import accounts, families, forkers, workers
from properties.system.claim import TIMED, TimedProperty

MODULES = (accounts, forkers, workers, families)


def all_timed() -> list[TimedProperty]:
    """Return every declared property of histories."""
    return list(TIMED)


def timed_by_id(name: str) -> TimedProperty:
    """Return one by its id or name; raise :class:`KeyError`."""
    for prop in TIMED:
        if name in (prop.id, prop.name):
            return prop
    raise KeyError(name)
