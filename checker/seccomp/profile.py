"""A seccomp filter as a list: entries, the conditions on arguments, and what each answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

ARGUMENTS = 6
"""How many arguments of a call a filter sees: those in registers."""


class Action(StrEnum):
    """What a filter does, as the format writes it after ``SCMP_ACT_``."""

    KILL = "KILL"
    KILL_THREAD = "KILL_THREAD"
    KILL_PROCESS = "KILL_PROCESS"
    TRAP = "TRAP"
    ERRNO = "ERRNO"
    NOTIFY = "NOTIFY"
    TRACE = "TRACE"
    LOG = "LOG"
    ALLOW = "ALLOW"


PASSES = (Action.ALLOW, Action.LOG)
ASKS = (Action.NOTIFY, Action.TRACE)
"""Somebody else decides: a supervisor, a tracer."""


class Compare(StrEnum):
    """How an argument is compared, as the format writes it after ``SCMP_CMP_``."""

    NE = "NE"
    LT = "LT"
    LE = "LE"
    EQ = "EQ"
    GE = "GE"
    GT = "GT"
    MASKED_EQ = "MASKED_EQ"


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of the argument at ``index``; of MASKED_EQ ``value`` is the mask."""

    index: int
    op: Compare
    value: int
    value_two: int = 0


@dataclass(frozen=True, slots=True)
class Where:
    """For which containers an entry is there; what is left out asks for nothing."""

    caps: tuple[str, ...] = ()
    arches: tuple[str, ...] = ()
    min_kernel: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """An action, and the number that goes with ERRNO and TRACE."""

    action: Action
    errno: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """Calls that are answered alike, if the conditions hold (all of them)."""

    names: tuple[str, ...]
    said: Said
    conditions: tuple[Condition, ...] = ()
    includes: Where = field(default_factory=Where)
    excludes: Where = field(default_factory=Where)
    number: int = 0
    """Its place in its file, from 1 on; 0 in a list of our own."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A filter: what it says to calls that no entry is about, and its entries in their order."""

    name: str
    default: Said
    entries: tuple[Entry, ...]
    about: str = ""
    source: str = ""
    by_oci: bool = True
    """An OCI runtime makes the filter of it."""
    newer: bool | None = None
    """Whether it names a call newer than clone3(); of a list of our own, which is not whole."""
    caps: frozenset[str] | None = None
    """Capabilities of the container, where the file says them."""
    notes: tuple[str, ...] = ()
