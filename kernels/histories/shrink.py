"""A short history after which model and kernel still differ, tried on the kernel itself.

Calls are made small by :mod:`checker.smallest` on the model alone, one trial after another.
Here a trial is a run on the kernel, so that each step is left out in turn and all those histories
are driven in one run; and what is left must still be a history, which not every part of one is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kernels.histories.drive import Drive, Held, History
from kernels.histories.play import play
from kernels.observe.comparison import Difference
from model.kernel import Kernel


@dataclass(frozen=True)
class DifferingHistory:
    """A history after which model and kernel differ, and in what."""

    system: str
    steps: tuple[str, ...]
    differences: tuple[Difference, ...]


def disagreement(drive: Drive, history: History, held: Held) -> DifferingHistory | None:
    """Return where a history first differs; nothing if it does not."""
    if not held.differences:
        return None
    names = tuple(step.name for step in history.steps[: held.agree + 1])
    return DifferingHistory(drive.system.name, names, held.differences)


def shorter(where: str, drive: Drive, kernel: Kernel, found: DifferingHistory) -> DifferingHistory:
    """Return a disagreement that ends when any one of its steps is left out."""
    for _ in range(len(found.steps)):
        tries = list(_without_one(drive, kernel, found.steps))
        rows = play(where, {str(n): drive.script(history) for n, history in enumerate(tries)})
        smaller = [
            one
            for n, history in enumerate(tries)
            if (one := disagreement(drive, history, drive.held(history, rows.get(str(n), []))))
        ]
        if not smaller:
            return found
        found = min(smaller, key=lambda one: len(one.steps))
    return found


def _without_one(drive: Drive, kernel: Kernel, names: tuple[str, ...]) -> Iterator[History]:
    for left_out in range(len(names)):
        history = drive.again(kernel, (*names[:left_out], *names[left_out + 1 :]))
        if history is not None and 0 < len(history.steps) < len(names):
            yield history
