"""A budget in solver resource units: the same on a busy machine as on an idle one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import z3

from checker.engines.in_z3 import in_z3
from checker.ground import signals
from model.algebra import Truth

UNITS = 30_000_000
"""For one property on one kernel by one engine."""

SPENT = "the budget of resource units ran out"


@dataclass
class Budget:
    """What is left for the queries of one question."""

    left: int = UNITS
    reason: str = ""
    """Why the last query has no answer, if it has none."""

    def check(self, solver: Any, *truths: Truth) -> Any:
        """Ask a solver within what is left."""
        if self.left <= 0:
            self.reason = SPENT
            return z3.unknown
        solver.set("rlimit", self.left)
        before = _spent()
        status = solver.check(*map(in_z3, truths))
        self.left -= max(1, _spent() - before)
        if status == z3.unknown:
            self.reason = SPENT if self.left <= 0 else solver.reason_unknown()
            signals.heed(solver.reason_unknown())
        return status


def _spent() -> int:
    """Return the units that all solvers of this process used so far."""
    statistics = z3.Solver().statistics()
    units: int = statistics.get_key_value("rlimit count")
    return units
