"""How steps ask the rules of the single call: one request of one caller, and what comes of it."""

from __future__ import annotations

from model.algebra import Word
from model.call import Situation
from model.evaluate import Outcome
from model.kernel import Kernel
from model.predict import predict
from model.request import Request
from model.state import Chance, Task, Ucounts
from model.vhost import VhostOutcome

ANYBODY = Task()
NOTHING = Chance()


def comes_of(
    kernel: Kernel, request: Request, current: Task = ANYBODY, chance: Chance = NOTHING
) -> Outcome:
    """Return the outcome of a call that its caller makes itself."""
    outcome = predict(kernel, Situation(request, current=current, chance=chance))
    assert isinstance(outcome, Outcome)
    return outcome


def made_for(
    kernel: Kernel, request: Request, current: Task, chance: Chance = NOTHING
) -> VhostOutcome:
    """Return the outcome of a call for which a kernel thread is made, or a vhost task."""
    outcome = predict(kernel, Situation(request, current=current, chance=chance))
    assert isinstance(outcome, VhostOutcome)
    return outcome


def charged_with(number: Word, above: Word = 1) -> Ucounts:
    """Return the ucounts of who is charged with a number of tasks, and of its namespace's maker."""
    return Ucounts(
        nproc=number, nproc_of_euid=number, nproc_parent=above, user_processes=number
    )
