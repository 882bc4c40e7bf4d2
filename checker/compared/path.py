"""The way from one kernel to another, a commit at a time, each kernel on it admissible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.kernel import Kernel
from model.mistake import Mistake
from model.patch import Patch
from model.patches import PATCHES


@dataclass(frozen=True)
class Step:
    """One commit, applied (``there``) or taken away, and the kernel after it."""

    patch: Patch
    there: bool
    after: Kernel


def steps(before: Kernel, after: Kernel) -> Iterator[Step]:
    """Yield each commit in which two kernels differ: first the latest that goes, then what comes.

    Patches stand in an order in which each comes after those that it requires.
    """
    kernel = before
    goes = [patch for patch in reversed(PATCHES) if before[patch] and not after[patch]]
    comes = [patch for patch in PATCHES if after[patch] and not before[patch]]
    for patch in (*goes, *comes):
        kernel = kernel.but(patch, patch in comes)
        yield Step(patch, patch in comes, kernel)


def check_order() -> None:
    """Raise :class:`~model.mistake.Mistake` if a patch stands before one that it requires."""
    place = {patch: at for at, patch in enumerate(PATCHES)}
    for patch in PATCHES:
        if any(place[needed] > place[patch] for needed in patch.requires):
            raise Mistake(f"model/patches.py: {patch.name} stands before a patch that it requires")
