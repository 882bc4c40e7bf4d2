"""Which calls a property ranges over, and how their outcome is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model.algebra import Truth
from model.call import Call, Situation
from model.evaluate import outcome_of
from model.vhost import VhostOutcome, vhost_requests
from model.wellformed import creates
from properties.claim import Subject


@dataclass(frozen=True, slots=True)
class Range:
    """The calls of a subject: which requests belong to it, and their outcome."""

    holds_for: Callable[[Situation], Truth]
    outcome: Callable[[Call], Any]


RANGES: dict[Subject, Range] = {
    Subject.CREATE: Range(creates, outcome_of),
    Subject.VHOST: Range(lambda start: vhost_requests(start.request.entry), VhostOutcome),
}
