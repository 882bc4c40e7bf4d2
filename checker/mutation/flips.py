"""A patch turned round in one named kernel, wherever the set stays one that can be.

Statements' own expectations follow a kernel's patches; what notices a flip is a verdict that
is no longer the one kept for that kernel, or a landmark written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checker.engines.sat import Constraint
from checker.mutation.baseline import ShownVerdict
from checker.mutation.judge import MutantJudge, Posed
from checker.mutation.mutant import Mutant
from checker.readings.space import exactly, space
from model.algebra import either, implies
from model.kernel import Kernel
from model.patch import Patch
from model.patches import PATCHES
from model.revisions import REVISIONS, Revision
from properties.claim import Property

ROOM = "patches"


@dataclass(frozen=True, slots=True, eq=False)
class Flip(Mutant):
    """A named kernel with one patch more, or one less."""

    revision: Revision
    patch: Patch

    @property
    def kernel(self) -> Kernel:
        """Return the kernel with the patch turned round."""
        return Kernel.of(self.revision.name, self.revision.patches ^ {self.patch})


def of_kernels() -> Iterator[Flip]:
    """Yield every flip after which each patch still has what it requires."""
    for revision in REVISIONS.values():
        for patch in PATCHES:
            change = "without" if patch in revision.patches else "with"
            flip = Flip(ROOM, revision.name, patch.name, change, None, {}, revision, patch)
            if flip.kernel.admissible() is True:
                yield flip


class Flips(MutantJudge):
    """Decides flips: the choice of one is the choice of its kernel."""

    mutants: Sequence[Flip]

    def __post_init__(self) -> None:
        super().__post_init__()
        for number, flip in enumerate(self.mutants, 1):
            chosen = self.engine.chooses(number)
            self.engine.define(implies(chosen, exactly(space().kernel, flip.kernel.patches())))

    def open_kernel(self) -> Kernel:
        """Return the kernel with every patch open."""
        return space().kernel

    def under(self, number: int, kernel: Kernel) -> Kernel:
        """Return the kernel with its patch turned round."""
        del kernel
        return self.mutants[number - 1].kernel

    def spoken_of(self, number: int, _kernel: Kernel) -> str:
        """Return the name of the kernel that was changed."""
        return self.mutants[number - 1].revision.name

    def concerns(self, shown: ShownVerdict) -> bool:
        """Return whether a verdict speaks of named kernels."""
        return bool(self.live) and not shown.every_set

    def where(self, prop: Property, shown: ShownVerdict) -> Constraint:
        """Return that the flip is one of a kernel that a verdict speaks of."""
        del prop
        key = tuple(one.name for one in shown.revisions)
        if key not in self._scopes:
            flips = enumerate(self.mutants, 1)
            mine = [self.engine.chooses(n) for n, flip in flips if flip.revision.name in key]
            self._scopes[key] = self.engine.constraint(either(*mine))
        return self._scopes[key]

    def separately(
        self, one: Posed, shown: ShownVerdict, number: int
    ) -> list[tuple[str, Constraint]]:
        """Return the one kernel that a flip is about."""
        del one, shown
        return [(self.spoken_of(number, space().kernel), self.engine.only(number))]
