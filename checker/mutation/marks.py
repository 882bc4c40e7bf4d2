"""Landmarks of calls, written by hand, as something that notices a change."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from checker.questions.landmarks import answer, asked_once, expected, landmarks_of, situation_of
from model.kernel import Kernel
from properties.landmarks.landmark import UNSAID, Answer, DecidedBy, Landmark


@cache
def _all() -> list[_Marked]:
    return [_Marked(mark) for mark in landmarks_of(DecidedBy.CALL)]


class _Marked:
    """A landmark, what it expects, and what kernels answer."""

    def __init__(self, mark: Landmark) -> None:
        self.mark, self.start, self.wanted = mark, situation_of(mark), expected(mark)
        self._says = asked_once(mark)

    def says(self, kernel: Kernel) -> Answer:
        """Return what a kernel answers; one that is only its patches as others alike did."""
        if type(kernel) is Kernel:
            return self._says(kernel)
        return answer(self.mark, self.start, kernel)

    def stands(self, name: str, kernel: Kernel) -> bool:
        """Return whether it stands on a changed kernel."""
        wanted = self.wanted[name]
        return wanted == [UNSAID] or wanted == [self.says(kernel)]


def broken_landmark(kernels: Iterable[tuple[str, Kernel]]) -> tuple[str, str] | None:
    """Return a landmark that does not stand on a changed kernel, and that kernel's name."""
    for name, kernel in kernels:
        for one in _all():
            if not one.stands(name, kernel):
                return one.mark.statement, name
    return None
