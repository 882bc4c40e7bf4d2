"""Cases for rows: a call that a row alone rejects, and one that each pair of rows rejects."""

from __future__ import annotations

from collections.abc import Iterator

from kernels.cases.case import Case
from kernels.cases.outcomes import rejecting
from kernels.cases.searcher import Searcher


def single_rows(search: Searcher) -> Iterator[tuple[str, Case | None]]:
    """Yield, for each row, a case that it alone (else: first) rejects; None if it never does."""
    for row in search.rows:
        yield row, search.alone(row) or search.first(row)


def pairs_of_rows(search: Searcher, reachable: list[str]) -> Iterator[Case]:
    """Yield cases until each pair of rows that can both reject does so on one of them.

    The first of the two is the first of all: a third row that rejects comes later.
    """
    shown: set[tuple[str, str]] = set()
    for place, row in enumerate(reachable):
        for other in reachable[place + 1 :]:
            case = None if (row, other) in shown else search.first(row, other)
            if case is not None:
                first, *more = rejecting(search.kernel, case, search.machine)
                shown |= {(first, one) for one in more}
                yield case
