"""A kernel: which patches it has, as plain truths or as symbolic ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from model.algebra import Truth, both, implies
from model.patches import PATCHES, Patch


class Kernel:
    """A set of patches; ``kernel[PATCH]`` is whether it has one."""

    __slots__ = ("_has", "_rows", "name")

    def __init__(self, name: str, has: Mapping[Patch, Truth]) -> None:
        """Take the truth of every patch of :data:`model.patches.PATCHES`."""
        self.name = name
        self._has = dict(has)
        self._rows: dict[int, tuple[list[Any], list[tuple[Any, Truth]]]] = {}

    @classmethod
    def of(cls, name: str, patches: Iterable[Patch]) -> Kernel:
        """Return the kernel that has exactly ``patches``."""
        chosen = set(patches)
        return cls(name, {patch: patch in chosen for patch in PATCHES})

    def __getitem__(self, patch: Patch) -> Truth:
        return self._has[patch]

    def but(self, patch: Patch, there: Truth) -> Kernel:
        """Return this kernel with one patch decided otherwise."""
        return Kernel(self.name, {**self._has, patch: there})

    def stands(self, since: tuple[Patch, ...], until: tuple[Patch, ...]) -> Truth:
        """Return whether every patch of ``since`` and none of ``until`` is there."""
        truth: Truth = both(*(self._has[patch] for patch in since))
        if truth is False:
            return False
        for patch in until:
            there = self._has[patch]
            if there is True:
                return False
            if there is not False:
                truth = both(truth, there == False)  # noqa: E712 - a symbolic truth
        return truth

    def rows(self, table: list[Any]) -> list[tuple[Any, Truth]]:
        """Return the rows of a table that may stand here, with whether they do (cached)."""
        known = self._rows.get(id(table))
        if known is None or known[0] is not table:
            standing = [(row, self._stands(row)) for row in table]
            kept: list[tuple[Any, Truth]] = [one for one in standing if one[1] is not False]
            known = self._rows[id(table)] = (table, kept)
        return known[1]

    def _stands(self, row: Any) -> Truth:
        return self.stands(row.since, row.until) if hasattr(row, "errno") else True

    def decides(self, _field: str, value: Any) -> Any:
        """Return the value that an effect gives a field (a hook for proofs)."""
        return value

    def admissible(self) -> Truth:
        """Return whether every patch has the patches it requires."""
        return both(
            *(
                implies(self._has[patch], self._has[needed])
                for patch in PATCHES
                for needed in patch.requires
            )
        )

    def patches(self) -> frozenset[Patch]:
        """Return the patches of a concrete kernel."""
        return frozenset(patch for patch in PATCHES if self._has[patch] is True)
