"""k-induction with declared lemmas: proofs for histories of any length.

The lemmas and the claim are proved together: true at the start, and kept by every step from
any state in which they hold (and held for k-1 steps).  A step that does not keep them shows
a state that is *not known to be reachable*; it is a hint for another lemma, never a
counterexample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import z3

from checker.over_time.symbolic import Symbolic, as_z3
from model.algebra import Truth, both, no
from model.kernel import Kernel
from model.system.step import System

Predicate = Callable[[Any], Truth]
PATIENT = 40_000_000


@dataclass(frozen=True, slots=True)
class Induction:
    """What an attempt came to: ``proved``, ``start`` fails, a ``step`` fails, or ``unknown``."""

    status: str
    depth: int
    state: Any = None
    step: str = ""
    fails: str = ""
    reason: str = ""
    hints: tuple[str, ...] = field(default=())
    """Declared lemmas, not used here, that would exclude the state."""


def induct(
    system: System,
    kernel: Kernel,
    claim: Predicate,
    *,
    starts: Predicate,
    lemmas: tuple[Predicate, ...] = (),
    unused: tuple[Predicate, ...] = (),
    assumed: Predicate = lambda _state: True,
    depth: int = 1,
) -> Induction:
    """Prove the claim with its lemmas by induction over ``depth`` steps.

    ``starts`` says where histories begin, ``assumed`` what is true of every state by
    declaration (ranges of numbers), ``unused`` are lemmas to suggest where a step fails.
    """
    space = Symbolic(system, kernel)
    together = (*lemmas, claim)
    failed = _at_the_start(space, together, starts, assumed, depth)
    return failed or _by_a_step(space, together, unused, assumed, depth)


def _solver() -> z3.Solver:
    solver = z3.SolverFor("QF_BV")
    solver.set("rlimit", PATIENT)
    return solver


def _at_the_start(
    space: Symbolic,
    together: tuple[Predicate, ...],
    starts: Predicate,
    assumed: Predicate,
    depth: int,
) -> Induction | None:
    solver = _solver()
    state = space.state("0")
    solver.add(as_z3(both(starts(state), assumed(state))))
    for length in range(depth):
        for claim in together:
            status = solver.check(as_z3(no(claim(state))))
            if status == z3.sat:
                shown = space.read(solver.model(), state)
                return Induction("start", length, shown, fails=_name(claim))
            if status == z3.unknown:
                return Induction("unknown", length, reason=solver.reason_unknown())
        after = space.state(str(length + 1))
        solver.add(space.relation(state, after), as_z3(assumed(after)))
        state = after
    return None


def _by_a_step(
    space: Symbolic,
    together: tuple[Predicate, ...],
    unused: tuple[Predicate, ...],
    assumed: Predicate,
    depth: int,
) -> Induction:
    solver = _solver()
    states = [space.state(str(moment)) for moment in range(depth + 1)]
    for before, after in zip(states, states[1:], strict=False):
        solver.add(as_z3(both(assumed(before), *(one(before) for one in together))))
        solver.add(as_z3(assumed(after)))
        if after is not states[-1]:
            solver.add(space.relation(before, after))
    for step in space.steps:
        move = space.move(step, states[-2], states[-1])
        for claim in together:
            status = solver.check(move, as_z3(no(claim(states[-1]))))
            if status == z3.sat:
                shown = space.read(solver.model(), states[0])
                hints = tuple(_name(one) for one in unused if not one(shown))
                return Induction("step", depth, shown, step.name, _name(claim), hints=hints)
            if status == z3.unknown:
                reason = solver.reason_unknown()
                return Induction("unknown", depth, step=step.name, reason=reason)
    return Induction("proved", depth)


def _name(claim: Predicate) -> str:
    return claim.__name__.strip("_").replace("_", " ")
