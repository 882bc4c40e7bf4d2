"""The symbolic space: every call from every state on every kernel, as z3 terms.

Built once per process; the terms of all properties share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import z3

from checker.readings import strict
from checker.readings.subjects import RANGES
from model.call import Call, Situation
from model.evaluate import Outcome, outcome_of
from model.kernel import Kernel
from model.patches import PATCHES
from model.predict import call_of
from model.records import BOOL, Leaf, build, leaves
from model.revisions import Revision
from model.wellformed import well_formed
from properties.claim import Subject

as_z3 = strict.as_z3


@lru_cache(maxsize=1)
def all_leaves() -> tuple[Leaf, ...]:
    """Return every leaf of a situation, in the order of declaration."""
    return tuple(leaves(Situation))


def constant(leaf: Leaf) -> Any:
    """Return the z3 constant of a leaf, named by its path."""
    if leaf.width == BOOL:
        return z3.Bool(leaf.path)
    return z3.BitVec(leaf.path, leaf.width)


@dataclass(frozen=True)
class Space:
    """The constants of a situation, a kernel left open, and what follows from them."""

    constants: dict[str, Any]
    start: Situation
    kernel: Kernel

    @cached_property
    def call(self) -> Call:
        """Return the call with every argument open."""
        return call_of(self.kernel, self.start)

    @cached_property
    def outcome(self) -> Outcome:
        """Return the outcome of that call."""
        return outcome_of(self.call)

    @cached_property
    def well_formed(self) -> Any:
        """Return the assumptions on states."""
        return as_z3(well_formed(self.kernel, self.start))

    def is_one_of(self, revisions: list[Revision]) -> Any:
        """Return that the kernel is one of the revisions."""
        return z3.Or([self.is_exactly(revision) for revision in revisions])

    def is_exactly(self, revision: Revision) -> Any:
        """Return that the kernel has exactly the revision's patches."""
        return z3.And(
            [
                self.kernel[patch] if patch in revision.patches else z3.Not(self.kernel[patch])
                for patch in PATCHES
            ]
        )


@lru_cache(maxsize=1)
def space() -> Space:
    """Return the process's symbolic space."""
    constants = {leaf.path: constant(leaf) for leaf in all_leaves()}
    kernel = Kernel("", {patch: z3.Bool(f"patch:{patch.name}") for patch in PATCHES})
    return Space(constants, build(Situation, constants), kernel)


@cache
def symbolic_outcome(subject: Subject) -> Any:
    """Return the outcome of every call of a subject at once."""
    return RANGES[subject].outcome(space().call)


def value_in(model: z3.ModelRef, leaf: Leaf, term: Any) -> int | bool:
    """Return the value that a model gives a leaf; the default where it gives none."""
    value = model[term]
    if value is None:
        return leaf.default
    if leaf.width == BOOL:
        return bool(z3.is_true(value))
    number: int = value.as_signed_long() if leaf.signed else value.as_long()
    return number
