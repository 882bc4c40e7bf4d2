"""A kernel with one mutant, on plain values."""

from __future__ import annotations

from typing import Any

from checker.mutation.mutant import Mutant, edited
from model.kernel import Kernel
from model.patches import PATCHES


class Mutated(Kernel):
    """A kernel that reads what one mutant changes as changed, and all else as it is."""

    __slots__ = ("_changed", "mutant")

    def __init__(self, kernel: Kernel, mutant: Mutant) -> None:
        super().__init__(kernel.name, {patch: kernel[patch] for patch in PATCHES})
        self.mutant = mutant
        self._changed = edited(mutant.declared, mutant.edits)

    def read(self, declared: Any) -> Any:
        """Return what is declared, changed if it is what the mutant changes."""
        return self._changed if declared is self.mutant.declared else declared
