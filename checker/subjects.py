"""Which calls a property ranges over, and how their outcome is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model.algebra import Truth
from model.call import Call, Situation
from model.evaluate import outcome_of
from model.request import Entry
from model.setns import setns_outcome
from model.unshare import unshare_outcome
from model.vhost import VhostOutcome, vhost_requests
from model.wellformed import creates
from properties.claim import Subject


@dataclass(frozen=True, slots=True)
class Range:
    """The calls of a subject: which requests belong to it, and their outcome."""

    holds_for: Callable[[Situation], Truth]
    outcome: Callable[[Call], Any]


def _enters(entry: Entry) -> Callable[[Situation], Truth]:
    def holds_for(start: Situation) -> Truth:
        return start.request.entry == int(entry)

    return holds_for


RANGES: dict[Subject, Range] = {
    Subject.CREATE: Range(creates, outcome_of),
    Subject.UNSHARE: Range(_enters(Entry.UNSHARE), unshare_outcome),
    Subject.SETNS: Range(_enters(Entry.SETNS), setns_outcome),
    Subject.VHOST: Range(lambda start: vhost_requests(start.request.entry), VhostOutcome),
}
