"""Which calls a property ranges over, and how their outcome is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from model.algebra import Truth
from model.call import Call, Situation
from model.entries import ENTRIES, Ends, ending_in, from_one_of
from model.request import Entry
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


ENDS: dict[Subject, Ends] = total(
    Subject,
    {
        Subject.CREATE: Ends.COPY_PROCESS,
        Subject.UNSHARE: Ends.UNSHARE,
        Subject.SETNS: Ends.SETNS,
        Subject.VHOST: Ends.VHOST,
    },
)

RANGES: dict[Subject, Range] = {subject: _range(ends) for subject, ends in ENDS.items()}


def subject_of(entry: Entry) -> Subject:
    """Return the subject that an entry point belongs to."""
    return next(subject for subject, ends in ENDS.items() if ends is ENTRIES[entry].ends)
