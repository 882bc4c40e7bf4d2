"""Which facts of a situation are numbers that only have to be big enough, or free."""

from __future__ import annotations

_NUMBERS = (
    *(".uid", ".euid", ".nproc_max", ".nproc_max_parent", ".rlim_nproc", ".pids", ".pids_max"),
    *(".owners_owned", ".owners_outside", ".set_tid_size"),
)
_NUMBER_GROUPS = ("request.tid", "system.", "current.real_cred.ucounts", "current.cred.")


def is_a_number(path: str) -> bool:
    """Return whether a fact is a number that only has to be big enough, small enough or free."""
    return path.endswith(_NUMBERS) or path.startswith(_NUMBER_GROUPS)
