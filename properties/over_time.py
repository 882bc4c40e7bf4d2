"""Properties that are declared, visible, and not decided: neither by one call nor over time.

Those of histories that are decided stand in :mod:`properties.system`.  Where one call shows
a part of one of these, that part is a property of its own under the same number.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaitingProperty:
    """A property of sequences of calls: its id, its sentence, and what deciding it takes."""

    id: str
    sentence: str
    why: str


_RACE = "needs the references of ucounts, taken and dropped by two callers at once"
_EXIT = "needs execve() between the creation and the end of a child"

WAITING: tuple[WaitingProperty, ...] = (
    WaitingProperty(
        "P18",
        "a task killed by closing a pidfd stays as unprivileged as at its creation (false)",
        "needs a set-user-ID execve() after the creation",
    ),
    WaitingProperty(
        "P37", "no ucounts is freed while a count or a cred refers to it", _RACE
    ),
    WaitingProperty(
        "P46",
        "a parent that has executed since gets SIGCHLD only (before v5.7 the id could wrap)",
        _EXIT,
    ),
    WaitingProperty(
        "P53",
        "a worker takes no signal but SIGKILL and SIGSTOP, and runs no user code",
        "needs the code of each worker's main loop",
    ),
    WaitingProperty(
        "P57",
        "workers clone nothing but workers",
        "needs the code of io_uring: SQPOLL threads make io workers",
    ),
    WaitingProperty(
        "P65",
        "what vhost_task_create() returns on failure is what its callers test for",
        "needs the caller's side: NULL until v6.14, an error pointer since",
    ),
    WaitingProperty(
        "P85",
        "the child of a new user namespace has no capability in the caller's other ones",
        "needs two namespaces of one owner; cap_capable() compares their levels first",
    ),
)


def waiting() -> dict[str, WaitingProperty]:
    """Return the waiting properties by id."""
    return {item.id: item for item in WAITING}
