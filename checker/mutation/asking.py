"""Kernels that are asked what others were asked before: a question is put once to all alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from checker.readings.noted import Seen, answers_alike, noting
from model.kernel import Kernel
from model.over_time.step import Machine

R = TypeVar("R")


class Questions:
    """What was asked of any kernel, what was looked up of it meanwhile, and its answer."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], list[tuple[Seen, Any]]] = {}

    def answer(self, kernel: Kernel, key: tuple[Any, ...]) -> Any:
        """Return what a kernel answers: whoever knows the same of what is looked up, does too."""
        known = self._known.setdefault(key, [])
        for seen, answer in known:
            if answers_alike(kernel, seen):
                return answer
        seen, (question, *facts) = {}, key
        known.append((seen, question(noting(kernel, seen), *facts)))
        return known[-1][1]


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
            self._answers[key] = self._questions.answer(self.kernel, key)
        answer: R = self._answers[key]
        return answer
