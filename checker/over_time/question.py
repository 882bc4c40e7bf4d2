"""A property on a kernel as the symbolic engines ask it: which states break it.

Questions on two kernels are equal where all they consist of is one and the same term:
then an engine that is asked either says the same of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from checker.over_time.distance import distance
from checker.over_time.ending import Ending
from checker.over_time.symbolic import Symbolic, Term
from checker.over_time.watched import Watched
from model.algebra import both, no
from model.due import as_truth
from model.kernel import Kernel
from model.over_time.step import TransitionSystem
from properties.over_time.claim import How, TimedProperty

FIRST = 2
"""Own steps looked back at the start for a property of endings."""


class Meant:
    """Something asked of a kernel, equal to what means the same of another."""

    @cached_property
    def meaning(self) -> tuple[Any, ...]:
        """Return all that it consists of."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Meant) and self.meaning == other.meaning

    def __hash__(self) -> int:
        return id(self)


@dataclass(eq=False)
class Question(Meant):
    """The premise and the breaking states of a property, as terms and as plain truths."""

    prop: TimedProperty
    kernel: Kernel
    space: Symbolic = field(init=False)
    ending: Ending | None = None

    def __post_init__(self) -> None:
        self.space = Symbolic(self.prop.system, self.kernel)
        if self.prop.how is How.ENDS:
            self.ending = Ending(self.space, self._conclusion)
            self.ending.deepen(FIRST)

    @cached_property
    def meaning(self) -> tuple[Any, ...]:
        """Return the property, how the system is read, the premise and what breaks it."""
        state = self.space.state("0")
        terms = Term(self.premise(state)), Term(self.broken(state))
        return self.prop, self.space.meaning, terms

    def _conclusion(self, state: Any) -> Any:
        return self.prop.statement(self.kernel, state).conclusion

    def premise(self, state: Any) -> Any:
        """Return that a state has the premise."""
        return as_truth(self.prop.statement(self.kernel, state).premise)

    def broken(self, state: Any) -> Any:
        """Return that a state breaks it; for an ending, that its goal is not known to be near."""
        good = self.ending.within(state) if self.ending else as_truth(self._conclusion(state))
        return both(self.premise(state), no(good))

    def breaks(self, state: Any) -> Any:
        """Return that a state, on bits or on whole numbers, breaks what it says of states."""
        claim = self.prop.statement(self.kernel, state)
        return as_truth(both(claim.premise, no(claim.conclusion)))

    def kept(self, state: Any) -> Any:
        """Return that a state does not break it."""
        return no(self.broken(state))

    def really(self, state: Any) -> bool:
        """Return whether a plain state breaks it; if its goal was only far, look further."""
        claim = self.prop.statement(self.kernel, state)
        if not claim.premise:
            return False
        if self.ending is None:
            return not claim.conclusion
        steps = distance(
            self.prop.system,
            Watched(self.kernel),
            state,
            lambda here: self.prop.statement(self.kernel, here).conclusion,
        )
        if steps is not None:
            self.ending.deepen(max(steps, self.ending.depth + 1))
        return steps is None


@dataclass(eq=False)
class InWholeNumbers(Meant):
    """A property for any number of tasks, as the induction that it declares asks it."""

    prop: TimedProperty
    space: Symbolic
    """The system on the kernel, read on whole numbers: one for all its properties."""

    @property
    def kernel(self) -> Kernel:
        """Return the kernel that is asked."""
        return self.space.kernel

    @cached_property
    def meaning(self) -> tuple[Any, ...]:
        """Return the property, how the system is read, what it says, and its proof."""
        assert self.prop.proof is not None
        state = self.space.state("0")
        claim = self.prop.statement(self.kernel, state)
        used = (self.prop.proof.starts, *self.prop.proof.lemmas)
        said = (claim.premise, claim.conclusion, *(one(self.kernel, state) for one in used))
        return self.prop, self.space.meaning, tuple(Term(truth) for truth in said)


def on_bits(kernel: Kernel, prop: TimedProperty) -> Question:
    """Return a property as it is asked of a kernel, on the bits of its system."""
    return Question(prop, kernel)


@dataclass
class SystemReadings:
    """Systems on kernels, each read on whole numbers once."""

    _known: dict[tuple[TransitionSystem, Kernel], Symbolic] = field(default_factory=dict)

    def in_whole_numbers(self, kernel: Kernel, prop: TimedProperty) -> InWholeNumbers:
        """Return a property as it is asked of a kernel for any number of tasks."""
        where = prop.system, kernel
        if where not in self._known:
            self._known[where] = Symbolic(prop.system, kernel, whole=True)
        return InWholeNumbers(prop, self._known[where])
