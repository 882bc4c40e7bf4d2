"""The symbolic reading of a system: states as z3 constants, its steps as one relation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import z3

from model.algebra import Truth, both
from model.kernel import Kernel
from model.records import BOOL, Leaf, build, leaves, values_of
from model.system.step import Machine, Step, System


def as_z3(truth: Truth) -> Any:
    """Return a truth as a z3 term, plain ``bool`` included."""
    return z3.BoolVal(truth) if isinstance(truth, bool) else truth


def word(leaf: Leaf, value: Any) -> Any:
    """Return a value of a leaf as a z3 term."""
    if z3.is_expr(value):
        return value
    return z3.BoolVal(bool(value)) if leaf.width == BOOL else z3.BitVecVal(value, leaf.width)


def constant(leaf: Leaf, when: str) -> Any:
    """Return the z3 constant of a leaf at a moment."""
    name = f"{leaf.path}@{when}"
    return z3.Bool(name) if leaf.width == BOOL else z3.BitVec(name, leaf.width)


def number(leaf: Leaf, value: Any) -> Any:
    """Return a z3 value of a leaf as a plain one."""
    if leaf.width == BOOL:
        return bool(z3.is_true(value))
    return value.as_signed_long() if leaf.signed else value.as_long()


@dataclass(eq=False)
class Symbolic:
    """A system on one kernel, read symbolically."""

    system: System
    kernel: Kernel

    def __post_init__(self) -> None:
        self.machine = Machine(self.kernel)
        self.leaves = list(leaves(self.system.record))
        self.steps: list[Step] = self.system.steps_on(self.machine)

    def state(self, when: str) -> Any:
        """Return a state whose every leaf is open."""
        values = {leaf.path: constant(leaf, when) for leaf in self.leaves}
        return build(self.system.record, values)

    def terms(self, state: Any) -> list[Any]:
        """Return the leaves of a state as z3 terms, in the order of declaration."""
        known = dict(values_of(state))
        return [word(leaf, known[leaf.path]) for leaf in self.leaves]

    def equal(self, left: Any, right: Any) -> Any:
        """Return that two states are the same."""
        pairs = zip(self.terms(left), self.terms(right), strict=True)
        return z3.And([one == other for one, other in pairs])

    def move(self, step: Step, before: Any, after: Any) -> Any:
        """Return that ``step`` leads from one state to the other."""
        made = step.move(self.machine, before)
        if made.when is False:
            return z3.BoolVal(False)
        return z3.And(as_z3(both(made.when)), self.equal(after, made.then))

    def relation(self, before: Any, after: Any) -> Any:
        """Return that some step leads from one state to the other."""
        return z3.Or([self.move(step, before, after) for step in self.steps])

    def starts(self, state: Any) -> Any:
        """Return that a state is the one the system starts in."""
        return self.equal(state, self.system.start(self.machine))

    def read(self, model: z3.ModelRef, state: Any) -> Any:
        """Return the plain state that a model gives."""
        known = dict(values_of(state))
        values = {
            leaf.path: number(leaf, model.eval(known[leaf.path], model_completion=True))
            for leaf in self.leaves
        }
        return build(self.system.record, values)
