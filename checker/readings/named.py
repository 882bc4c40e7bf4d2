"""The kernels of the list, a bit each, read at once."""

from __future__ import annotations

from functools import lru_cache

from checker.readings.at_once import AtOnce
from model.kernel import Kernel
from model.patch import Patch
from model.revisions import REVISIONS

MANY = 4
"""Kernels from which on a call is read on all of them at once, whoever is asked for."""


class NamedKernels:
    """Kernels in order, the place of the bit of each, and any of them as one."""

    def __init__(self, kernels: tuple[Kernel, ...]) -> None:
        self.places = {kernel: place for place, kernel in enumerate(kernels)}
        self.every = (1 << len(kernels)) - 1
        self._masks: dict[Patch, int] = {}
        self._at_once: dict[int, Kernel] = {}

    def at_once(self, bits: int) -> Kernel:
        """Return some of them as one kernel."""
        if bits not in self._at_once:
            self._at_once[bits] = AtOnce(self._having, bits)
        return self._at_once[bits]

    def _having(self, patch: Patch) -> int:
        if patch not in self._masks:
            there = (1 << place for kernel, place in self.places.items() if kernel[patch])
            self._masks[patch] = sum(there)
        return self._masks[patch]


def named() -> NamedKernels:
    """Return those of the list as it is."""
    return _known(tuple(one.kernel for one in REVISIONS.values()))


@lru_cache(maxsize=4)
def _known(kernels: tuple[Kernel, ...]) -> NamedKernels:
    return NamedKernels(kernels)
