"""The cases of an outcome: each rule, where it is the first to refuse, with the errno it gives.

Where a vhost device asks for its worker three tables follow each other, and what copy_process()
says comes back as something else; everywhere else it is one table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model.algebra import Truth, Word, both, either, when_word
from model.call import Call
from model.patches import VHOST_USES_TASK
from model.rows import Rejection
from model.vhost import (
    AFTER,
    BEFORE,
    OPENING,
    VhostOutcome,
    asks_kthreadd,
    is_vhost,
)
from model.words import Errno


@dataclass(frozen=True, slots=True)
class Case:
    """A rule, when it is the first that refuses, the errno that it gives and what is seen of it.

    ``refuses`` is its own condition, whatever stands before it.  ``by`` is who runs into it where
    that is not the caller itself.
    """

    row: Rejection
    first: Truth
    refuses: Truth
    errno: Word
    seen: Word
    by: str = ""

    @property
    def is_handed(self) -> bool:
        """Return whether the rule hands an error of something else through."""
        return not isinstance(self.row.errno, int)


def cases(outcome: Any) -> Iterator[Case]:
    """Yield every case of an outcome, in the kernel's order."""
    if isinstance(outcome, VhostOutcome):
        yield from _of_vhost(outcome)
        return
    call = outcome.call
    for row, first in outcome.hits:
        errno = _error(row, call)
        refuses = both(call.kernel.stands(row.where), row.condition(call))
        yield Case(row, first, refuses, errno, errno)


def _error(row: Rejection, call: Call) -> Word:
    return int(row.errno) if isinstance(row.errno, int) else row.errno(call)


def _of_vhost(outcome: VhostOutcome) -> Iterator[Case]:
    """Yield what refuses VHOST_SET_OWNER: since vhost_tasks every failure of theirs is ENOMEM.

    A row that both ways to a worker have is one case.
    """
    call = outcome.call
    turned = both(is_vhost(call), call.kernel[VHOST_USES_TASK])
    firsts: dict[int, tuple[Rejection, Truth]] = {}
    for row, first in outcome.hits:
        firsts[id(row)] = row, either(firsts.get(id(row), (row, False))[1], first)
    for row, first in firsts.values():
        errno = _error(row, call)
        seen = errno if row in OPENING else when_word(16, turned, int(Errno.ENOMEM), errno)
        yield Case(row, first, first, errno, seen, _maker(row, call))


def _maker(row: Rejection, call: Call) -> str:
    """Return in whom copy_process() ran, for a row that is none of vhost's own."""
    if row in OPENING or row in BEFORE or row in AFTER:
        return ""
    by_kthreadd = asks_kthreadd(call)
    if by_kthreadd is True:
        return "kthreadd"
    owner = "the owner, in vhost_task_create()"
    return owner if by_kthreadd is False else f"kthreadd, or {owner}"


def cases_of(outcome: Any, errno: int) -> list[Case]:
    """Return the cases in which an errno is seen; ``first`` is then that it is."""
    found = []
    for case in cases(outcome):
        here = both(case.first, case.seen == errno)
        if here is not False:
            found.append(Case(case.row, here, case.refuses, case.errno, case.seen, case.by))
    return found


def refusals(outcome: Any) -> Iterator[tuple[Rejection, Truth]]:
    """Yield every rule with whether it refuses the call, whatever stands before it."""
    if isinstance(outcome, VhostOutcome):
        yield from ((case.row, case.refuses) for case in _of_vhost(outcome))
        return
    call = outcome.call
    for row, there in call.kernel.rows(outcome.table):
        if isinstance(row, Rejection):
            yield row, both(there, row.condition(call))


def decided_by(outcome: Any) -> Case | None:
    """Return the case that decides a call of which every fact is known; ``None`` for success."""
    return next((case for case in cases(outcome) if case.first is True), None)
