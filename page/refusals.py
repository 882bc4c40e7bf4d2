"""Each rule of every call at once: where it is asked, and where it would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.why.cases import cases
from model import vhost
from model.algebra import Truth, both, no
from model.rows import Rejection
from model.vhost import VhostOutcome

Refusal = tuple[Rejection, Truth, Truth]
"""A rule, whether a call comes by it unless another refuses before, and whether it refuses then."""


def refusals(outcome: Any) -> list[Refusal]:
    """Return every rule that may refuse, in order, as ``outcome.hits`` lists them."""
    if isinstance(outcome, VhostOutcome):
        return list(_of_worker(outcome))
    stands = outcome.call.kernel.stands
    return [(case.row, stands(case.row.where), case.refuses) for case in cases(outcome)]


def _of_worker(outcome: VhostOutcome) -> Iterator[Refusal]:
    """Yield the maker's rules, and those of copy_process() in kthreadd or in the owner."""
    kthread = vhost.asks_kthreadd(outcome.call)
    yield from _of_rows(outcome, [*vhost.OPENING, *vhost.BEFORE])
    for inner, is_here in ((outcome.kthread, kthread), (outcome.task, no(kthread))):
        for row, there, refused in refusals(inner):
            yield row, both(is_here, there), both(is_here, refused)
    yield from _of_rows(outcome, vhost.AFTER)


def _of_rows(outcome: VhostOutcome, rows: list[Any]) -> Iterator[Refusal]:
    for row, there in outcome.call.kernel.rows(rows):
        yield row, there, both(there, row.condition(outcome.call))
