"""k-induction with declared lemmas: proofs for histories of any length.

The lemmas and the claim are proved together: true at the start, and kept by every step from
any state in which they hold (and held for k-1 steps).  A step that does not keep them shows
a state that is *not known to be reachable*; it is a hint for another lemma, never a
counterexample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import z3

from checker.over_time.symbolic import Symbolic, as_z3
from model.algebra import Truth, both, no

PATIENT = 20_000_000


@dataclass(frozen=True, slots=True)
class Named:
    """A predicate on states, with the sentence it is known by."""

    name: str
    holds: Callable[[Any], Truth]


@dataclass(frozen=True, slots=True)
class Induction:
    """What an attempt came to: ``proved``, ``start`` fails, a ``step`` fails, or ``unknown``."""

    status: str
    depth: int
    state: Any = None
    step: str = ""
    fails: str = ""
    reason: str = ""
    hints: tuple[str, ...] = ()
    """Declared lemmas, not used here, that would exclude the state."""


@dataclass(frozen=True)
class Attempt:
    """What is to be proved, from where, by what, over how many steps.

    ``starts`` says where histories begin, ``assumed`` what is true of every state by
    declaration (ranges of numbers), ``unused`` are lemmas to suggest where a step fails.
    """

    space: Symbolic
    claim: Named
    starts: Callable[[Any], Truth]
    lemmas: tuple[Named, ...] = ()
    unused: tuple[Named, ...] = ()
    assumed: Callable[[Any], Truth] = lambda _state: True
    depth: int = 1

    @property
    def together(self) -> tuple[Named, ...]:
        """Return the lemmas and the claim."""
        return (*self.lemmas, self.claim)


def induct(attempt: Attempt) -> Induction:
    """Prove the claim with its lemmas by induction over ``depth`` steps."""
    return _at_the_start(attempt) or _by_a_step(attempt)


def _solver(attempt: Attempt) -> z3.Solver:
    solver = z3.SolverFor("QF_LIA" if attempt.space.whole else "QF_BV")
    solver.set("rlimit", PATIENT)
    return solver


def _at_the_start(attempt: Attempt) -> Induction | None:
    space, solver = attempt.space, _solver(attempt)
    state = space.state("0")
    solver.add(as_z3(both(attempt.starts(state), attempt.assumed(state))))
    for length in range(attempt.depth):
        for claim in attempt.together:
            status = solver.check(as_z3(no(claim.holds(state))))
            if status == z3.sat:
                shown = space.read(solver.model(), state)
                return Induction("start", length, shown, fails=claim.name)
            if status == z3.unknown:
                return Induction("unknown", length, reason=solver.reason_unknown())
        after = space.state(str(length + 1))
        solver.add(space.relation(state, after), as_z3(attempt.assumed(after)))
        state = after
    return None


def _by_a_step(attempt: Attempt) -> Induction:
    space, solver, depth = attempt.space, _solver(attempt), attempt.depth
    states = [space.state(str(moment)) for moment in range(depth + 1)]
    for before, after in zip(states, states[1:], strict=False):
        held = (one.holds(before) for one in attempt.together)
        solver.add(as_z3(both(attempt.assumed(before), *held)))
        solver.add(as_z3(attempt.assumed(after)))
        if after is not states[-1]:
            solver.add(space.relation(before, after))
    for step in space.steps:
        move = space.move(step, states[-2], states[-1])
        for claim in attempt.together:
            status = solver.check(move, as_z3(no(claim.holds(states[-1]))))
            if status == z3.sat:
                shown = space.read(solver.model(), states[0])
                hints = tuple(one.name for one in attempt.unused if not one.holds(shown))
                return Induction("step", depth, shown, step.name, claim.name, hints=hints)
            if status == z3.unknown:
                reason = solver.reason_unknown()
                return Induction("unknown", depth, step=step.name, reason=reason)
    return Induction("proved", depth)
