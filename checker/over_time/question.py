"""A property on a kernel as the symbolic engines ask it: which states break it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import z3

from checker.over_time.distance import distance
from checker.over_time.ending import Ending
from checker.over_time.strict import only_terms
from checker.over_time.symbolic import Symbolic, as_z3
from model.kernel import Kernel
from properties.system.claim import How, TimedProperty

FIRST = 2
"""Own steps looked back at the start for a property of endings."""


@dataclass(eq=False)
class Question:
    """The premise and the breaking states of a property, as terms and as plain truths."""

    prop: TimedProperty
    kernel: Kernel
    space: Symbolic = field(init=False)
    ending: Ending | None = None
    terms: list[Any] = field(default_factory=list)
    """What the question was compared by; kept, so that z3 keeps their numbers."""

    def __post_init__(self) -> None:
        self.space = Symbolic(self.prop.system, self.kernel)
        if self.prop.how is How.ENDS:
            self.ending = Ending(self.space, self._conclusion)
            self.ending.deepen(FIRST)

    def _conclusion(self, state: Any) -> Any:
        with only_terms():
            return self.prop.statement(self.kernel, state).conclusion

    def premise(self, state: Any) -> Any:
        """Return that a state has the premise."""
        with only_terms():
            return as_z3(self.prop.statement(self.kernel, state).premise)

    def broken(self, state: Any) -> Any:
        """Return that a state breaks it; for an ending, that its goal is not known to be near."""
        good = self.ending.within(state) if self.ending else as_z3(self._conclusion(state))
        return z3.And(self.premise(state), z3.Not(good))

    def kept(self, state: Any) -> Any:
        """Return that a state does not break it."""
        return z3.Not(self.broken(state))

    def really(self, state: Any) -> bool:
        """Return whether a plain state breaks it; if its goal was only far, look further."""
        claim = self.prop.statement(self.kernel, state)
        if not claim.premise:
            return False
        if self.ending is None:
            return not claim.conclusion
        steps = distance(
            self.prop.system,
            self.kernel,
            state,
            lambda here: self.prop.statement(self.kernel, here).conclusion,
        )
        if steps is not None:
            self.ending.deepen(max(steps, self.ending.depth + 1))
        return steps is None
