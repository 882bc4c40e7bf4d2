"""Each rule of every call at once: where it would refuse, and where it is the first that does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model import vhost
from model.algebra import Truth, both, no
from model.evaluate import Outcome
from model.rows import Rejection
from model.vhost import VhostOutcome

Refusal = tuple[Rejection, Truth]
"""A rule, and whether it would refuse the call if no other did before."""


def refusals(outcome: Any) -> list[Refusal]:
    """Return every rule that may refuse, in order, as ``outcome.hits`` lists them."""
    return list(_of_worker(outcome) if isinstance(outcome, VhostOutcome) else _of(outcome))


def _of(outcome: Outcome) -> Iterator[Refusal]:
    there = {id(row): truth for row, truth in outcome.call.kernel.rows(outcome.table)}
    for row, _first in outcome.hits:
        yield row, both(there[id(row)], row.condition(outcome.call))


def _of_worker(outcome: VhostOutcome) -> Iterator[Refusal]:
    """Yield the maker's rules, and those of copy_process() in kthreadd or in the owner."""
    kthread = vhost.asks_kthreadd(outcome.call)
    yield from _of_rows(outcome, [*vhost.OPENING, *vhost.BEFORE])
    for inner, is_here in ((outcome.kthread, kthread), (outcome.task, no(kthread))):
        yield from ((row, both(is_here, refused)) for row, refused in _of(inner))
    yield from _of_rows(outcome, vhost.AFTER)


def _of_rows(outcome: VhostOutcome, rows: list[Any]) -> Iterator[Refusal]:
    for row, there in outcome.call.kernel.rows(rows):
        yield row, both(there, row.condition(outcome.call))
