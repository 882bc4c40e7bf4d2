"""The concrete reading: one call, one kernel, one answer."""

from __future__ import annotations

from model.call import Call, Situation
from model.entries import ENTRIES, args_of
from model.evaluate import Outcome
from model.kernel import Kernel
from model.request import Args, Entry
from model.tables import table_of
from model.vhost import VhostOutcome

OUTCOMES = {entry: table_of(entry).outcome for entry in ENTRIES}


def call_of(kernel: Kernel, start: Situation) -> Call:
    """Return the call that a request makes, with kernel_clone_args filled."""
    return call_with(kernel, start, args_of(kernel, start.request))


def call_with(kernel: Kernel, start: Situation, args: Args) -> Call:
    """Return the call that a request makes, whose kernel_clone_args are known."""
    return Call(
        kernel=kernel,
        request=start.request,
        args=args,
        current=start.current,
        system=start.system,
        chance=start.chance,
    )


def predict(kernel: Kernel, start: Situation) -> Outcome | VhostOutcome:
    """Return the outcome of a call, by its entry point."""
    outcome = OUTCOMES[Entry(int(start.request.entry))]
    return outcome(call_of(kernel, start))
