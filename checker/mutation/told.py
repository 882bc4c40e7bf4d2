"""What became of a mutant, as a record that travels between processes and into reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Fate(Enum):
    """What became of a mutant."""

    NOTICED = "noticed"
    """A verdict changes."""
    KEPT = "noticed by what is kept"
    """No verdict changes, but a kept call or history does, or a kept number of states."""
    EQUIVALENT = "equivalent"
    """Proved to change no outcome: there is nothing to notice."""
    SURVIVES = "survives"
    """It changes an outcome that nothing looks at."""
    UNDECIDED = "undecided"
    """Not proved to change nothing, nor known to change anything; it counts as surviving."""


@dataclass(frozen=True)
class MutantFate:
    """One mutant and its fate.

    ``by`` is the statement that notices it, on ``kernel``, and how its verdict changes;
    ``landmark`` one written by hand that it breaks, as far as that was looked for.  For one
    that survives ``call`` is a small call that it changes, on ``kernel``, and ``before``
    and ``after`` what that comes to.  ``seconds`` are its even share of its job's processor time.
    """

    room: str
    of: str
    row: str
    change: str
    fate: Fate
    by: str = ""
    landmark: str = ""
    kernel: str = ""
    call: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """Return what identifies it."""
        return f"{self.of}: {self.row}: {self.change}"

    def document(self) -> dict[str, Any]:
        """Return it as JSON writes it, without what is empty."""
        made = {**self.__dict__, "fate": self.fate.value, "seconds": round(self.seconds, 2)}
        return {key: value for key, value in made.items() if value not in ({}, "")}
