"""Kernels that are asked what others were asked before: a question is put once to all alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from checker.readings.noted import Questions
from model.kernel import Kernel
from model.over_time.step import Machine

R = TypeVar("R")


class Remembering(Machine):
    """A kernel as steps see it, whose answers are remembered; ``questions`` are many kernels'."""

    def __init__(self, kernel: Kernel, questions: Questions) -> None:
        super().__init__(kernel)
        self._questions = questions
        self._answers: dict[tuple[Any, ...], Any] = {}

    def ask(self, question: Callable[..., R], *facts: Any) -> R:
        """Return ``question(kernel, *facts)``."""
        key = (question, *facts)
        if key not in self._answers:
            self._answers[key] = self._questions.answer(self.kernel, question, *facts)
        answer: R = self._answers[key]
        return answer
