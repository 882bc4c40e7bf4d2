"""What replaying a counterexample comes to: CONFIRMED, REFUTED or NOT-REPLAYABLE.

CONFIRMED: the kernel did with this very call what the model says, errno and every observed
fact, and what breaks the property is among what was observed.  REFUTED: it did something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kernels.observe.comparison import Difference


class ReplayAnswer(Enum):
    """What replaying a counterexample comes to."""

    CONFIRMED = "CONFIRMED"
    REFUTED = "REFUTED"
    NOT_REPLAYABLE = "NOT-REPLAYABLE"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One counterexample on one kernel.

    ``call`` is what the probe was asked for, ``told`` which pids had to differ, ``seen`` the
    facts compared, ``errno`` what the kernel returned.
    """

    property: str
    where: str
    revision: str
    answer: ReplayAnswer
    reason: str = ""
    release: str = ""
    call: str = ""
    told: tuple[str, ...] = ()
    errno: str = ""
    seen: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
