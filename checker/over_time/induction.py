"""k-induction with declared lemmas: proofs for histories of any length.

The lemmas and the claim are proved together: true for the first k states of every history,
and true after k steps in a row from any state, known to be reachable or not, if they held
before each.  k grows as far as declared.  Where only histories that meet no state twice are
looked at, nothing is lost: a shortest one that breaks the claim meets none twice.

A step that does not keep the claim shows a state that is *not known to be reachable*; it is
a hint for another lemma, never a counterexample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.over_time.agreed import SAT, UNKNOWN, UNSAT
from checker.over_time.budget import Budget
from checker.over_time.solving import solver_for
from checker.over_time.symbolic import Symbolic
from model.algebra import Truth, both, no
from model.due import as_truth


@dataclass(frozen=True, slots=True)
class Named:
    """A predicate on states, with the sentence it is known by."""

    name: str
    holds: Callable[[Any], Truth]


@dataclass(frozen=True, slots=True)
class Induction:
    """What an attempt came to: ``proved``, ``start`` fails, a ``step`` fails, or ``unknown``.

    ``path`` are the states that were shown; ``depth`` is the k of the attempt, or the number
    of steps from where histories begin.
    """

    status: str
    depth: int
    path: tuple[Any, ...] = ()
    step: str = ""
    fails: str = ""
    reason: str = ""
    hints: tuple[str, ...] = ()
    """Declared lemmas, not used here, that would exclude a state of the path."""

    @property
    def state(self) -> Any:
        """Return the state that the path begins in."""
        return self.path[0] if self.path else None


@dataclass(frozen=True)
class ProofAttempt:
    """What is to be proved, from where, by what, over how many steps.

    ``starts`` says where histories begin, ``unused`` are lemmas to suggest where a step fails.
    """

    space: Symbolic
    claim: Named
    starts: Callable[[Any], Truth]
    lemmas: tuple[Named, ...] = ()
    unused: tuple[Named, ...] = ()
    upto: int = 1
    distinct: bool = False
    budget: Budget = field(default_factory=Budget)

    @property
    def together(self) -> tuple[Named, ...]:
        """Return the lemmas and the claim."""
        return (*self.lemmas, self.claim)

    def held(self, state: Any) -> Any:
        """Return that lemmas and claim are true of a state."""
        return as_truth(both(*(one.holds(state) for one in self.together)))

    def fails(self, state: Any) -> Any:
        """Return that a state breaks the claim or a lemma."""
        return as_truth(no(both(*(one.holds(state) for one in self.together))))


def induct(attempt: ProofAttempt) -> Induction:
    """Prove the claim with its lemmas by induction over as few steps as suffice."""
    base, step = _Base(attempt), _Step(attempt)
    found = base.next() or step.next()
    while found.status == "step" and found.depth < attempt.upto:
        found = base.next() or step.next()
    return found


class _Path:
    """Steps in a row between open states."""

    def __init__(self, attempt: ProofAttempt, where: str) -> None:
        self.attempt, self.where = attempt, where
        self.solver = solver_for(attempt.space, attempt.budget)
        self.states = [attempt.space.state(f"{where}0")]

    @property
    def depth(self) -> int:
        return len(self.states) - 1

    def lengthen(self) -> None:
        space = self.attempt.space
        self.states.append(space.state(f"{self.where}{len(self.states)}"))
        self.solver.add(space.relation(self.states[-2], self.states[-1]))
        if self.attempt.distinct:
            for one in self.states[:-1]:
                self.solver.add(no(space.equal(one, self.states[-1])))

    def plain(self) -> tuple[Any, ...]:
        return tuple(self.solver.plain(state) for state in self.states)

    def unknown(self) -> Induction:
        return Induction("unknown", self.depth, reason=self.attempt.budget.reason)

    def broken(self, path: tuple[Any, ...]) -> str:
        """Return what does not hold at the end of a plain path."""
        together, true = self.attempt.together, self.attempt.space.true
        return next(one.name for one in together if not true(one.holds, path[-1]))


class _Base(_Path):
    """The first states of every history."""

    def __init__(self, attempt: ProofAttempt) -> None:
        super().__init__(attempt, "base")
        self.asked = False
        self.solver.add(as_truth(attempt.starts(self.states[0])))

    def next(self) -> Induction | None:
        """Ask whether the claim holds in the last state, one step further at each call."""
        if self.asked:
            self.solver.add(self.attempt.held(self.states[-1]))
            self.lengthen()
        self.asked = True
        status = self.solver.ask(self.attempt.fails(self.states[-1]))
        if status == SAT:
            path = self.plain()
            return Induction("start", len(path) - 1, path, fails=self.broken(path))
        return self.unknown() if status == UNKNOWN else None


class _Step(_Path):
    """Any states in a row, of which all but the last keep the claim."""

    def __init__(self, attempt: ProofAttempt) -> None:
        super().__init__(attempt, "step")

    def next(self) -> Induction:
        """Ask whether one step more keeps the claim."""
        self.solver.add(self.attempt.held(self.states[-1]))
        self.lengthen()
        status = self.solver.ask(self.attempt.fails(self.states[-1]))
        if status != SAT:
            return Induction("proved", self.depth) if status == UNSAT else self.unknown()
        path = self.plain()
        taken = self.attempt.space.taken(path[-2], path[-1])
        true = self.attempt.space.true
        hints = tuple(
            one.name
            for one in self.attempt.unused
            if not all(true(one.holds, state) for state in path)
        )
        name = taken.name if taken else "a step"
        return Induction("step", self.depth, path, name, self.broken(path), hints=hints)
