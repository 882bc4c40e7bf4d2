"""Which calls there are round the making of tasks, and the rows of each, in the kernel's order."""

from __future__ import annotations

from model.around import capabilities, execve, gids, limits, prctl, uids
from model.around.rows import Refusal, Row

PRCTL = {
    "PR_SET_NO_NEW_PRIVS": (38, prctl.SET_NO_NEW_PRIVS),
    "PR_SET_DUMPABLE": (4, prctl.SET_DUMPABLE),
    "PR_SET_CHILD_SUBREAPER": (36, prctl.SET_CHILD_SUBREAPER),
    "PR_SET_PDEATHSIG": (1, prctl.SET_PDEATHSIG),
    "PR_SET_KEEPCAPS": (8, capabilities.SET_KEEPCAPS),
    "PR_SET_SECUREBITS": (28, capabilities.SET_SECUREBITS),
    "PR_CAPBSET_DROP": (24, capabilities.CAPBSET_DROP),
    "PR_CAP_AMBIENT": (47, capabilities.CAP_AMBIENT),
}
"""The options of prctl() that are spoken of: their numbers and rows."""

CALLS: dict[str, tuple[Row, ...]] = {
    "setuid": uids.SETUID,
    "setreuid": uids.SETREUID,
    "setresuid": uids.SETRESUID,
    "setfsuid": uids.SETFSUID,
    "setgid": gids.SETGID,
    "setregid": gids.SETREGID,
    "setresgid": gids.SETRESGID,
    "setfsgid": gids.SETFSGID,
    "setgroups": gids.SETGROUPS,
    "capset": capabilities.CAPSET,
    **{f"prctl({name})": rows for name, (_number, rows) in PRCTL.items()},
    "setrlimit": limits.SETRLIMIT,
    "prlimit": limits.PRLIMIT,
    "execve": execve.EXECVE,
    "execveat": execve.EXECVEAT,
}
"""Each call by its name, with its rows."""


def refusals(call: str) -> list[Refusal]:
    """Return the ways in which a call says no, in the kernel's order."""
    return [row for row in CALLS[call] if isinstance(row, Refusal)]
