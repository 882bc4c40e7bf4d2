"""Which calls a property ranges over, and how their outcome is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model.algebra import Truth
from model.call import Call, Situation
from model.entries import Ends, ending_in, from_one_of
from model.tables import tables
from model.total import total
from properties.claim import Subject


@dataclass(frozen=True, slots=True)
class Range:
    """The calls of a subject: which requests belong to it, and their outcome."""

    holds_for: Callable[[Situation], Truth]
    outcome: Callable[[Call], Any]


def _enters(ends: Ends) -> Callable[[Situation], Truth]:
    def holds_for(start: Situation) -> Truth:
        return from_one_of(start.request, ending_in(ends))

    return holds_for


def _range(ends: Ends) -> Range:
    return Range(_enters(ends), tables()[ends].outcome)


RANGES: dict[Subject, Range] = total(
    Subject,
    {
        Subject.CREATE: _range(Ends.COPY_PROCESS),
        Subject.UNSHARE: _range(Ends.UNSHARE),
        Subject.SETNS: _range(Ends.SETNS),
        Subject.VHOST: _range(Ends.VHOST),
    },
)
