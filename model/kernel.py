"""A kernel: which patches it has, as plain truths or as symbolic ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any, Protocol, TypeVar

from model.algebra import Truth, both, implies
from model.mistake import Mistake, here
from model.patch import Patch, Patches
from model.patches import PATCHES

D = TypeVar("D")
K = TypeVar("K", bound="Kernel")
NAME = "name"


class Known(Protocol):
    """Where a kernel looks things up: a ``dict``, or who notes what is looked up."""

    def __getitem__(self, key: Any, /) -> Any:
        """Return whether a patch is there, or what the kernel is called (:data:`NAME`)."""

    def __or__(self, others: dict[Any, Any], /) -> Any:
        """Return the same with some patches decided otherwise."""


class Kernel:
    """A set of patches; ``kernel[PATCH]`` is whether it has one.

    Whatever it is asked, its name too, it knows from ``_has`` alone: who notes what is looked
    up there notes every way of asking.
    """

    __slots__ = ("_has", "_rows")

    def __init__(self, name: str, has: Mapping[Patch, Truth]) -> None:
        """Take the truth of every patch of :data:`model.patches.PATCHES`."""
        self._has: Known = {**has, NAME: name}
        self._rows: dict[int, tuple[list[Any], list[tuple[Any, Truth]]]] = {}

    @classmethod
    def of(cls, name: str, patches: Iterable[Patch]) -> Kernel:
        """Return the kernel that has exactly ``patches``."""
        chosen = set(patches)
        return cls(name, {patch: patch in chosen for patch in PATCHES})

    @property
    def name(self) -> str:
        """Return what the kernel is called; raise :class:`Mistake` if it is left open."""
        name: str = self._has[NAME]
        if not name:
            raise Mistake(f"{here()}: an open kernel has no name: ask for patches, kernel[PATCH]")
        return name

    def __getitem__(self, patch: Patch) -> Truth:
        there: Truth = self._has[patch]
        return there

    @property
    def known(self) -> Known:
        """Return where the kernel looks things up."""
        return self._has

    def through(self: K, has: Known) -> K:
        """Return this kernel with its patches looked up in ``has``."""
        made = copy(self)
        made._has, made._rows = has, {}
        return made

    def but(self: K, patch: Patch, there: Truth) -> K:
        """Return this kernel with one patch decided otherwise."""
        return self.through(self._has | {patch: there})

    def stands(self, where: Patches) -> Truth:
        """Return whether the patches are there as ``where`` says."""
        return where.on(self._has)

    def rows(self, table: list[Any]) -> list[tuple[Any, Truth]]:
        """Return the rows of a table that may stand here, with whether they do (cached)."""
        known = self._rows.get(id(table))
        if known is None or known[0] is not table:
            standing = [(row, self._stands(row)) for row in table]
            kept: list[tuple[Any, Truth]] = [one for one in standing if one[1] is not False]
            known = self._rows[id(table)] = (table, kept)
        return known[1]

    def _stands(self, row: Any) -> Truth:
        return self.stands(row.where) if hasattr(row, "errno") else True

    def read(self, declared: D) -> D:
        """Return a table, ladders, effects or assumptions as they stand (a hook for proofs)."""
        return declared

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
        """Return the patches of a concrete kernel; raise :class:`Mistake` if any is open."""
        if not all(isinstance(self._has[patch], bool) for patch in PATCHES):
            raise Mistake(f"{here()}: an open kernel has no list: ask for patches, kernel[PATCH]")
        return frozenset(patch for patch in PATCHES if self._has[patch])
