"""PDR: z3's Spacer on a finite system, as a second opinion to exploration.

It answers whether any history reaches a wanted state, with no bound and no lemma given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from checker.over_time.symbolic import Symbolic, as_z3
from model.algebra import Truth
from model.kernel import Kernel
from model.system.step import System

PATIENT = 30_000_000


def reaches(system: System, kernel: Kernel, wanted: Callable[[Any], Truth]) -> bool | None:
    """Return whether a wanted state is reachable; ``None`` if Spacer gives up."""
    space = Symbolic(system, kernel)
    before, after = space.state("before"), space.state("after")
    now, then = space.terms(before), space.terms(after)
    reached = z3.Function("reached", *(term.sort() for term in now), z3.BoolSort())
    bad = z3.Function("bad", z3.BoolSort())
    engine = z3.Fixedpoint()
    engine.set("engine", "spacer")
    engine.set("rlimit", PATIENT)
    engine.register_relation(reached, bad)
    engine.declare_var(*now, *then)
    engine.rule(reached(*space.terms(system.start(space.machine))))
    for step in space.steps:
        engine.rule(reached(*then), [reached(*now), space.move(step, before, after)])
    engine.rule(bad(), [reached(*now), as_z3(wanted(before))])
    try:
        status = engine.query(bad())
    except z3.Z3Exception:
        return None
    if status == z3.unknown:
        return None
    answer: bool = status == z3.sat
    return answer
