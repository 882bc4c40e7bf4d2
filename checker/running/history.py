"""A history of one's own in a system: each step taken from where the last one led.

Every state comes from running the step on the concrete reading, as those of traces do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checker.over_time.trace import FactChange, changed
from checker.running.phrases import Meant
from checker.running.refused import Heard, Refusal, refusal
from model.kernel import Kernel
from model.over_time.step import Step, TransitionSystem


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A step that was taken: what it changes, and the errno of the call that it makes (or 0)."""

    typed: str
    step: Step
    errno: int
    changes: tuple[FactChange, ...]


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A step that cannot be taken where the history stands, and why."""

    typed: str
    refusal: Refusal

    @property
    def step(self) -> Step:
        """Return the step that was meant."""
        return self.refusal.step


@dataclass(frozen=True, slots=True)
class Next:
    """What may come next: a step with what it would change, or why it cannot be taken."""

    step: Step
    changes: tuple[FactChange, ...] = ()
    refusal: Refusal | None = None


class Running:
    """A history of a system on a kernel, as far as it was taken."""

    def __init__(self, system: TransitionSystem, kernel: Kernel) -> None:
        self.system, self.kernel = system, kernel
        self.states: list[Any] = [system.start(Heard(kernel))]
        self.steps: list[Step] = []

    def take(self, typed: str, meant: Meant) -> TakenStep | NotTaken:
        """Take what was meant, or say why not; of several, the first that can be taken.

        A call that is refused where all else would let it be made is not taken: the history
        stays where it is.
        """
        before = self.states[-1]
        for step in meant.steps:
            found = self._moved(step, before)
            if found is None:
                continue
            after, errno = found
            self.steps.append(step)
            self.states.append(after)
            return TakenStep(typed, step, errno, tuple(changed(self.system, before, after)))
        return NotTaken(typed, self._nearest_refusal(meant.steps, before))

    def _moved(self, step: Step, state: Any) -> tuple[Any, int] | None:
        heard = Heard(self.kernel)
        if step.where.on(heard) is not True:
            return None
        move = step.move(heard, state)
        if move.when is not True:
            return None
        return move.then, heard.errnos[0] if heard.errnos else 0

    def _nearest_refusal(self, steps: tuple[Step, ...], state: Any) -> Refusal:
        """Return why none can be taken: of several, that of a call that is refused."""
        found = [refusal(self.system, self.kernel, state, step) for step in steps]
        return next((one for one in found if one.errno), found[0])

    def next(self) -> Iterator[Next]:
        """Yield every step: what it would change, or why it cannot be taken now."""
        here = self.states[-1]
        for step in self.system.steps:
            found = self._moved(step, here)
            if found is None:
                yield Next(step, refusal=refusal(self.system, self.kernel, here, step))
            else:
                yield Next(step, tuple(changed(self.system, here, found[0])))
