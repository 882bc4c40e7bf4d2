"""Bounded model checking: unroll the steps, shortest history first.

The answer is a history that breaks the property, or that none of up to ``depth`` steps
does, which proves nothing about longer ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import z3

from checker.over_time.symbolic import Symbolic, as_z3
from model.algebra import Truth
from model.kernel import Kernel
from model.system.step import Step, System

PATIENT = 40_000_000
"""z3 resource units for one depth."""


@dataclass(frozen=True, slots=True)
class Unrolled:
    """A history that reaches what was wanted, or the depth to which there is none."""

    history: list[Step] | None
    depth: int
    reason: str = ""


def unroll(
    system: System, kernel: Kernel, wanted: Callable[[Any], Truth], depth: int
) -> Unrolled:
    """Return a shortest history to a wanted state, of at most ``depth`` steps."""
    space = Symbolic(system, kernel)
    solver = z3.SolverFor("QF_BV")
    solver.set("rlimit", PATIENT)
    states = [space.state("0")]
    solver.add(space.starts(states[0]))
    for length in range(depth + 1):
        status = solver.check(as_z3(wanted(states[-1])))
        if status == z3.sat:
            return Unrolled(_history(space, solver.model(), states), length)
        if status == z3.unknown:
            return Unrolled(None, length - 1, solver.reason_unknown())
        states.append(space.state(str(length + 1)))
        solver.add(space.relation(states[-2], states[-1]))
    return Unrolled(None, depth)


def _history(space: Symbolic, model: z3.ModelRef, states: list[Any]) -> list[Step]:
    plain = [space.read(model, state) for state in states]
    return [
        next(step for step in space.steps if _leads(space, step, before, after))
        for before, after in zip(plain, plain[1:], strict=False)
    ]


def _leads(space: Symbolic, step: Step, before: Any, after: Any) -> bool:
    made = step.move(space.machine, before)
    return bool(made.when) and made.then == after
