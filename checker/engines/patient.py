"""The second engine: z3 on bits, for what the SAT solver does not answer within its budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import z3

from checker.engines.in_z3 import in_z3
from checker.ground import signals
from model.algebra import Truth


@dataclass(frozen=True, slots=True)
class Said:
    """What z3 says: ``sat`` with the inputs by name, ``unsat``, or ``unknown`` and why."""

    status: str
    values: dict[str, int] = field(default_factory=dict)
    """Words are unsigned, truths are 0 or 1."""
    reason: str = ""


def ask(truths: Iterable[Truth], units: int) -> Said:
    """Return whether truths can hold together, within so many resource units."""
    solver = z3.SolverFor("QF_BV")
    solver.set("rlimit", units)
    solver.add(*map(in_z3, truths))
    status = str(solver.check())
    if status == "unknown":
        signals.heed(solver.reason_unknown())
        return Said(status, reason=solver.reason_unknown())
    return Said(status, values_in(solver.model()) if status == "sat" else {})


def values_in(model: Any) -> dict[str, int]:
    """Return the inputs of a model of z3's by name: words unsigned, truths 0 or 1."""
    found = {}
    for declaration in model.decls():
        value = model[declaration]
        if z3.is_true(value) or z3.is_false(value):
            found[declaration.name()] = int(z3.is_true(value))
        elif z3.is_bv_value(value) or z3.is_int_value(value):
            found[declaration.name()] = value.as_long()
    return found
