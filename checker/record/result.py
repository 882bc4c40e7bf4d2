"""The one result record: what deciding one property on one kernel came to.

Every report is a view of a list of these.
"""

from __future__ import annotations

import builtins
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from properties.claim import Verdict

__all__ = ["EVERY_SET", "NO_ANSWER", "Result", "Verdict"]

EVERY_SET = "every set of patches"
"""The kernel of a result that speaks of every admissible set of patches at once."""

UNDECLARED = "nothing declared"
"""What is expected on a kernel that is not in the list: no verdict is declared for it, or kept."""

NO_ANSWER = (Verdict.UNKNOWN, Verdict.TIMEOUT, Verdict.ERROR)
"""The verdicts that say nothing about the property; each has a reason."""

_text = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_DIGITS = 10
"""Hexadecimal digits of a digest."""


@dataclass(frozen=True)
class Result:
    """One property on one kernel (or under every admissible set of patches).

    ``witness`` shows that the premise can occur; ``rests_on`` are the rows and patches of
    the proof's unsat core; ``counterexample`` is a saved call that breaks the property;
    ``reason`` says why there is no answer; ``resources`` are solver units, ``seconds`` the
    solver's time; ``place`` is where the kernel stands among those asked for, so that a
    report lists kernels in their own order whatever was decided first.  ``expected`` is the
    declared verdict; ``None`` on a kernel for which none is.  ``system`` is the one
    whose histories it speaks of, ``size`` how many states and steps that has, and its depth.
    """

    property: str
    name: str
    sentence: str
    kind: str
    source: str
    kernel: str
    verdict: Verdict
    expected: Verdict | None
    reason: str = ""
    witness: dict[str, Any] = field(default_factory=dict)
    rests_on: tuple[str, ...] = ()
    counterexample: dict[str, Any] = field(default_factory=dict)
    resources: int = 0
    seconds: float = 0.0
    place: int = 0
    system: str = ""
    size: str = ""

    def but(self, **changed: Any) -> Result:
        """Return the same with some fields changed: as a class makes it, at a fifth of the time."""
        made = object.__new__(Result)
        made.__dict__.update(self.__dict__, **changed)
        return made

    @builtins.property
    def as_expected(self) -> bool:
        """Return whether the verdict is the declared one; only then does a run pass.

        Where nothing is declared it passes if it says something.
        """
        if self.expected is None:
            return self.verdict not in NO_ANSWER
        return self.verdict is self.expected

    @builtins.property
    def expectation(self) -> str:
        """Return the declared verdict, or that none is."""
        return self.expected.value if self.expected else UNDECLARED

    @builtins.property
    def digest(self) -> str:
        """Return a short hash of the call or history that breaks it; nothing if none does.

        The kernel's name is left out, a set of patches that has none is not: kernels that the
        same call breaks have one digest.  It ends in ``?`` where no proof came to an end that
        the call is the least.
        """
        shown = self.counterexample
        if not shown:
            return ""
        told = {key: shown[key] for key in ("call", "patches") if key in shown}
        made = hashlib.sha256(_text(told).encode()).hexdigest()[:_DIGITS]
        return made if shown.get("smallest", True) else f"{made}?"
