"""How a landmark is declared.

A call, as a line of ``cloneproof predict`` writes it, and what every kernel answers::

    call(
        "who asks for a new user namespace cannot share its root",
        source="e66eded8309e, v3.9 (CVE-2013-1858); clone(2) ERRORS",
        request={"entry": "clone", "flags": "CLONE_NEWUSER|CLONE_FS"},
        gives={"EINVAL": "everywhere"},
    )

Or a property with its verdicts, where only a history shows it::

    history(
        "execve() waits for vhost tasks as for any thread",
        of="P60",
        source="240a1853b4d2, v6.10 from memory",
        gives={"PROVED": "…v6.3-rc1, series, v6.10…", "REFUTED": "v6.4…v6.9"},
    )

A source names what was looked up: commits and their titles in the archives of the kernel's
lists, man pages, Debian's changelogs.  ``from memory`` marks a release that was not found there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

Answer: TypeAlias = "str | bool | int"
"""An errno's name (``"0"`` for success), a fact of the child as JSON writes it, a verdict."""

NO_SUCH_CALL = "no such call"
"""The answer of a kernel on which the call cannot be made."""

UNSAID = "nothing is said"
"""Beside kernels of which the statement does not speak: what it names came later."""


class DecidedBy(Enum):
    """What decides a landmark."""

    CALL = "the model, on one concrete call"
    PROPERTY = "the verdict of a property of single calls"
    HISTORY = "the verdict of a property of histories"


@dataclass(frozen=True)
class Landmark:
    """One statement: how it is decided, and the kernels of each answer (see ``kernels.py``).

    ``shows`` is what is looked at: ``errno``; a fact of what the call leaves, as
    ``child.caught``; ``leaks``, the resources that a failed call keeps.
    """

    statement: str
    source: str
    gives: Mapping[Answer, str]
    decided: DecidedBy
    of: str = ""
    shows: str = "errno"
    situation: Mapping[str, Any] = field(default_factory=dict)


LANDMARKS: list[Landmark] = []


def call(
    statement: str,
    *,
    source: str,
    gives: Mapping[Answer, str],
    shows: str = "errno",
    **situation: Mapping[str, Any],
) -> None:
    """Declare a landmark decided on one call; ``situation`` as ``cloneproof predict`` takes it."""
    made = Landmark(statement, source, gives, DecidedBy.CALL, shows=shows, situation=situation)
    LANDMARKS.append(made)


def verdict(statement: str, *, of: str, source: str, gives: Mapping[Answer, str]) -> None:
    """Declare a landmark that is a property of single calls with its verdicts."""
    LANDMARKS.append(Landmark(statement, source, gives, DecidedBy.PROPERTY, of=of))


def history(statement: str, *, of: str, source: str, gives: Mapping[Answer, str]) -> None:
    """Declare a landmark that is a property of histories with its verdicts."""
    LANDMARKS.append(Landmark(statement, source, gives, DecidedBy.HISTORY, of=of))
