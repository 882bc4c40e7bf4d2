"""Landmarks of calls, written by hand, as something that notices a change."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from checker.questions.landmarks import answer, expected, landmarks_of, situation_of
from model.call import Situation
from model.kernel import Kernel
from properties.landmarks.landmark import UNSAID, Answer, DecidedBy, Landmark


@cache
def _all() -> list[tuple[Landmark, Situation, dict[str, list[Answer]]]]:
    marks = landmarks_of(DecidedBy.CALL)
    return [(mark, situation_of(mark), expected(mark)) for mark in marks]


def broken_landmark(kernels: Iterable[tuple[str, Kernel]]) -> tuple[str, str] | None:
    """Return a landmark that does not stand on a changed kernel, and that kernel's name."""
    for name, kernel in kernels:
        for mark, start, wanted in _all():
            if wanted[name] not in ([UNSAID], [answer(mark, start, kernel)]):
                return mark.statement, name
    return None
