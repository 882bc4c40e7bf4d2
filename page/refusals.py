"""Each rule of every call at once: where it would refuse, whatever stands before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.why.cases import cases
from model import vhost
from model.algebra import Truth, both, no
from model.rows import Rejection
from model.vhost import VhostOutcome

Refusal = tuple[Rejection, Truth]
"""A rule, and whether it would refuse the call if no other did before."""


def refusals(outcome: Any) -> list[Refusal]:
    """Return every rule that may refuse, in order, as ``outcome.hits`` lists them."""
    if isinstance(outcome, VhostOutcome):
        return list(_of_worker(outcome))
    return [(case.row, case.refuses) for case in cases(outcome)]


def _of_worker(outcome: VhostOutcome) -> Iterator[Refusal]:
    """Yield the maker's rules, and those of copy_process() in kthreadd or in the owner."""
    kthread = vhost.asks_kthreadd(outcome.call)
    yield from _of_rows(outcome, [*vhost.OPENING, *vhost.BEFORE])
    for inner, is_here in ((outcome.kthread, kthread), (outcome.task, no(kthread))):
        yield from ((row, both(is_here, refused)) for row, refused in refusals(inner))
    yield from _of_rows(outcome, vhost.AFTER)


def _of_rows(outcome: VhostOutcome, rows: list[Any]) -> Iterator[Refusal]:
    for row, there in outcome.call.kernel.rows(rows):
        yield row, both(there, row.condition(outcome.call))
