"""The one result record: what deciding one property on one kernel came to.

Every report is a view of a list of these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from properties.claim import Verdict


@dataclass(frozen=True)
class Result:
    """One property on one kernel (or under every admissible set of patches).

    ``witness`` shows that the premise can occur; ``rests_on`` are the rows and patches of
    the proof's unsat core; ``counterexample`` is a saved call that breaks the property;
    ``reason`` says why there is no answer; ``resources`` are solver units, ``seconds`` the
    solver's time.
    """

    property: str
    name: str
    sentence: str
    kind: str
    source: str
    kernel: str
    verdict: Verdict
    expected: Verdict
    reason: str = ""
    witness: dict[str, Any] = field(default_factory=dict)
    rests_on: tuple[str, ...] = ()
    counterexample: dict[str, Any] = field(default_factory=dict)
    resources: int = 0
    seconds: float = 0.0

    @property
    def as_expected(self) -> bool:
        """Return whether the verdict is the declared one; only then does a run pass."""
        return self.verdict is self.expected
