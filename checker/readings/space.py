"""The symbolic space: every call from every state on every kernel, as terms.

Built once per process; the terms of all properties share it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from checker.calls import configurations
from checker.readings.subjects import RANGES
from model.algebra import Truth, both, either, no
from model.call import Call, Situation
from model.due import as_truth
from model.evaluate import Outcome, outcome_of
from model.kernel import Kernel
from model.mistake import Mistake, here
from model.patch import Patch
from model.patches import OPTIONS, PATCHES
from model.predict import call_of
from model.records import BOOL, Leaf, build, leaves
from model.revisions import Revision
from model.terms import open_truth, open_word
from model.wellformed import well_formed
from properties.claim import Subject

PATCH = "patch:"
"""What the name of a patch begins with, as a term."""


@lru_cache(maxsize=1)
def all_leaves() -> tuple[Leaf, ...]:
    """Return every leaf of a situation, in the order of declaration."""
    return tuple(leaves(Situation))


def constant(leaf: Leaf) -> Any:
    """Return the term of a leaf left open, named by its path."""
    return open_truth(leaf.path) if leaf.width == BOOL else open_word(leaf.path, leaf.width)


@dataclass(frozen=True)
class Space:
    """The open leaves of a situation, an open kernel, and what follows from them."""

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
    def well_formed(self) -> Truth:
        """Return the assumptions on states."""
        return as_truth(well_formed(self.kernel, self.start))

    def is_one_of(self, revisions: list[Revision]) -> Truth:
        """Return that the kernel is one of the revisions."""
        return either(*(self.is_exactly(revision) for revision in revisions))

    def is_exactly(self, revision: Revision) -> Truth:
        """Return that the kernel has exactly the revision's patches."""
        return exactly(self.kernel, revision.patches)


def exactly(
    kernel: Kernel, patches: frozenset[Patch], among: Iterable[Patch] = PATCHES
) -> Truth:
    """Return that an open kernel has these patches and no others ``among`` some.

    Raises :class:`Mistake` for a kernel without an option that came too late to be thought of.
    """
    if any(kernel[option] is False for option in OPTIONS if option in patches):
        raise Mistake(f"{here()}: the space was made for kernels with every option")
    there = ((kernel[patch], patch in patches) for patch in among)
    return both(*(truth if has else no(truth) for truth, has in there))


def _open_patch(patch: Patch) -> Truth:
    """Return a patch of the open kernel; an option only where some kernel is without one."""
    if patch in OPTIONS and not configurations.are_open():
        return False
    return open_truth(f"{PATCH}{patch.name}")


@lru_cache(maxsize=1)
def space() -> Space:
    """Return the process's symbolic space."""
    constants = {leaf.path: constant(leaf) for leaf in all_leaves()}
    kernel = Kernel("", {patch: _open_patch(patch) for patch in PATCHES})
    return Space(constants, build(Situation, constants), kernel)


@cache
def symbolic_outcome(subject: Subject) -> Any:
    """Return the outcome of every call of a subject at once."""
    return RANGES[subject].outcome(space().call)
