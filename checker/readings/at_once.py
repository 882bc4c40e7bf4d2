"""Several kernels as the rules of one call see them: read once, what differs noted by kernel."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator
from typing import Any

from checker.readings.kernelwise import truth
from model.algebra import Truth
from model.kernel import NAME, Kernel
from model.mistake import Mistake, here


class AtOnce(Kernel):
    """Kernels, a bit each, of which the rules are asked one question."""

    __slots__ = ()

    def __init__(self, having: Callable[[Any], int], bits: int) -> None:
        """Take which kernels have a patch, and which of them are asked."""
        self._has, self._rows = _Patches(having, bits), {}

    def rows(self, table: list[Any]) -> Any:
        """Return the rows of a table that stand on any of the kernels, to be gone through alone."""
        return _Standing(super().rows(table))


class _Standing:
    """Rows of which some stand on some kernels only: nobody may ask how many there are."""

    def __init__(self, rows: list[tuple[Any, Truth]]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[tuple[Any, Truth]]:
        return iter(self._rows)

    def __len__(self) -> int:
        raise Mistake(f"{here()}: how many rows stand differs from kernel to kernel")


class _Patches:
    def __init__(self, having: Callable[[Any], int], bits: int) -> None:
        self._having, self._bits = having, bits
        self._known: dict[Any, Any] = {}

    def __getitem__(self, patch: Any) -> Any:
        if patch == NAME:
            raise Mistake(f"{here()}: kernels at once have no name: ask for patches, kernel[PATCH]")
        if patch not in self._known:
            self._known[patch] = truth(self._bits, self._having(patch) & self._bits)
        return self._known[patch]

    def __or__(self, others: dict[Any, Any]) -> Any:
        return ChainMap(others, self)  # type: ignore[arg-type]
