"""The concrete reading: one call, one kernel, one answer."""

from __future__ import annotations

from collections.abc import Callable

from model.call import Call, Situation
from model.entry import args_of
from model.evaluate import Outcome, outcome_of
from model.kernel import Kernel
from model.request import Entry
from model.setns import setns_outcome
from model.unshare import unshare_outcome
from model.vhost import VhostOutcome

OUTCOMES: dict[Entry, Callable[[Call], Outcome | VhostOutcome]] = {
    Entry.UNSHARE: unshare_outcome,
    Entry.SETNS: setns_outcome,
    Entry.VHOST_SET_OWNER: VhostOutcome,
    Entry.KTHREAD_CREATE: VhostOutcome,
}
"""Entry points that are more than one copy_process() of the caller's own."""


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


def predict(kernel: Kernel, start: Situation) -> Outcome | VhostOutcome:
    """Return the outcome of a call, by its entry point."""
    outcome = OUTCOMES.get(Entry(int(start.request.entry)), outcome_of)
    return outcome(call_of(kernel, start))
