"""A machine that remembers what it was asked, so that like kernels are explored once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from model.kernel import Kernel
from model.patches import PATCHES, Patch
from model.system.step import Machine

R = TypeVar("R")


class Noting(Kernel):
    """A concrete kernel that notes which patches are looked at."""

    __slots__ = ("seen",)

    def __init__(self, kernel: Kernel) -> None:
        super().__init__(kernel.name, {patch: bool(kernel[patch]) for patch in PATCHES})
        self.seen: dict[Patch, bool] = {}

    def __getitem__(self, patch: Patch) -> bool:
        there = bool(self._has[patch])
        self.seen[patch] = there
        return there

    def agrees_with(self, kernel: Kernel) -> bool:
        """Return whether another kernel has the same of all patches looked at."""
        return all(bool(kernel[patch]) is there for patch, there in self.seen.items())


class Watched(Machine):
    """Answers on plain values, each question once."""

    kernel: Noting

    def __init__(self, kernel: Kernel) -> None:
        super().__init__(Noting(kernel))
        self.plain = kernel
        self.answers: dict[tuple[Any, ...], Any] = {}

    def ask(self, question: Callable[..., R], *facts: Any) -> R:
        """Return the answer of the rules, remembered by its question."""
        key = (question, *facts)
        if key not in self.answers:
            self.answers[key] = question(self.plain, *facts)
        answer: R = self.answers[key]
        return answer

    def agrees_with(self, kernel: Kernel) -> bool:
        """Return whether another kernel would have answered everything alike.

        Then the same steps lead to the same states on it, and nothing need be explored anew.
        """
        return self.kernel.agrees_with(kernel) and all(
            key[0](kernel, *key[1:]) == answer for key, answer in self.answers.items()
        )
