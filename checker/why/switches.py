"""Switches of a machine that are no facts of the model, but say who else may have answered."""

from __future__ import annotations

from typing import Any

SWITCHES: tuple[str, ...] = (
    "apparmor_restrict_unprivileged_userns",
    "apparmor_restrict_unprivileged_unconfined",
)
"""Sysctls of security modules, by their last name."""


def without_switches(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a call without the switches in it, and what is to be said of each."""
    kept: dict[str, Any] = {}
    notes: list[str] = []
    for key, item in document.items():
        if key.rpartition(".")[2] in SWITCHES:
            notes.append(f"{key} is a security module's: none of the model's rules asks for it; "
                         "who else can have answered stands below")
        elif isinstance(item, dict):
            kept[key], more = without_switches(item)
            notes += more
        else:
            kept[key] = item
    return kept, notes
