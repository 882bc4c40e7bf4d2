"""All landmarks: importing this module declares them."""

from __future__ import annotations

from importlib import import_module

from properties.landmarks.landmark import LANDMARKS, Landmark

MODULES = (
    "flags",
    "clone3",
    "namespaces",
    "pids",
    "limits",
    "cgroups",
    "tasks",
    "series",
    "workers",
    "newest",
    "oldest",
)
"""The modules that declare landmarks, in order."""

for _name in MODULES:
    import_module(f"properties.landmarks.{_name}")


HOW_MANY = 187
"""Counted by hand: one that is lost, or in a module that nobody imports, does not go unseen."""


def all_landmarks() -> list[Landmark]:
    """Return every landmark, in order; raise ``ValueError`` if they are not as many as counted."""
    if len(LANDMARKS) != HOW_MANY:
        msg = f"there are {len(LANDMARKS)} landmarks, not {HOW_MANY}: see HOW_MANY in {__file__}"
        raise ValueError(msg)
    return list(LANDMARKS)
