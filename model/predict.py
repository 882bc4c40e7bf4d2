"""The concrete reading: one call, one kernel, one answer."""

from __future__ import annotations

from model.call import Call, Situation
from model.entry import args_of
from model.evaluate import Outcome, outcome_of
from model.kernel import Kernel


def call_of(kernel: Kernel, start: Situation) -> Call:
    """Return the call that a request makes, with kernel_clone_args filled."""
    return Call(
        kernel=kernel,
        request=start.request,
        args=args_of(kernel, start.request),
        current=start.current,
        system=start.system,
        chance=start.chance,
    )


def predict(kernel: Kernel, start: Situation) -> Outcome:
    """Return the outcome of a task-creating call (entries up to copy_process)."""
    return outcome_of(call_of(kernel, start))
