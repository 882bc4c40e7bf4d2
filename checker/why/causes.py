"""Every rule that can give an errno to a call, each with the smallest set of facts it takes.

Rules are asked one by one over open facts; that there is no other is one question more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.engines.sat import Constraint
from checker.smallest.cost import FREE, Values
from checker.why.cases import Case, cases, decided_by
from checker.why.handed import Handed, who_hands
from checker.why.likely import likely
from checker.why.opened import Opened
from model.algebra import Truth, both, either, no
from model.call import Situation
from model.due import as_truth
from model.predict import predict
from model.records import build
from model.words import Errno

WAYS = 3
"""How many smallest sets of facts are told of a rule."""


@dataclass(frozen=True)
class Cause:
    """A rule that can have refused the call.

    ``ways`` are smallest sets of facts under which it does, the least first, none within another;
    ``calls`` are the least calls of those.  ``handed`` says who gives an error that the rule only
    hands through.
    """

    case: Case
    ways: list[Values]
    calls: list[Values]
    proved: bool
    handed: Handed | None = None

    @property
    def is_chance(self) -> bool:
        """Return whether something has to fail by chance in each way."""
        return all(int(way.get("chance.fails", 0)) != 0 for way in self.ways)

    @property
    def _errno(self) -> int | None:
        return self.case.errno if isinstance(self.case.errno, int) else None

    @property
    def is_memory(self) -> bool:
        """Return whether it only says that there was no memory."""
        return self.is_chance and self.handed is None and self._errno == int(Errno.ENOMEM)


@dataclass(frozen=True)
class Causes:
    """What can have given an errno: rules of the call, and steps that hand errors through.

    ``complete`` is whether it is proved that there is no other.
    """

    own: list[Cause]
    handed: list[Cause]
    complete: bool

    @property
    def every(self) -> list[Cause]:
        """Return all; of each list first what takes nothing more, else in the kernel's order."""
        return [*self.own, *self.handed]


def causes(opened: Opened, errno: int) -> Causes:
    """Return every rule that can give an errno; raise ``Undecided`` where that is not known."""
    found = [cause for case in opened.cases(errno) if (cause := _cause(opened, case, errno))]
    listed = either(*(cause.case.first for cause in found))
    seen = as_truth(opened.outcome.errno == errno)
    other = opened.asked(opened.constraint(both(seen, no(as_truth(listed)))))
    own = sorted((cause for cause in found if cause.handed is None), key=_nearness)
    handed = [cause for cause in found if cause.handed is not None]
    return Causes(own, handed, other.values is None)


def _nearness(cause: Cause) -> int:
    """Return the place of a cause: first what takes nothing more, last what takes chance."""
    return 2 if cause.is_chance else int(bool(cause.ways[0]))


def outcome_of_values(opened: Opened, values: Values) -> Any:
    """Return what a call of which every fact is known comes to on the same kernel."""
    return predict(opened.kernel, build(Situation, values))


def _cause(opened: Opened, case: Case, errno: int) -> Cause | None:
    """Return a rule with its ways; ``None`` if it cannot give the errno to this call."""
    ways: list[Values] = []
    calls: list[Values] = []

    def still(values: Values) -> bool:
        found = decided_by(outcome_of_values(opened, values))
        if found is None or (found.row, found.seen) != (case.row, errno):
            return False
        return not any(set(way) <= set(facts_in(opened, values)) for way in ways)

    asked = [opened.constraint(case.first)]
    proved = True
    while len(ways) < WAYS:
        least = opened.least(still, *asked)
        if least is None:
            break
        way = facts_in(opened, least.values)
        proved = proved and least.proved
        ways.append(way)
        calls.append(least.values)
        if not way or case.is_handed:
            break
        asked += _others(opened, way, first=len(ways) == 1)
    if not ways:
        return None
    handed = who_hands(int(ways[0].get("chance.fails", 0)), errno) if case.is_handed else None
    return Cause(case, ways, calls, proved, handed)


def _others(opened: Opened, way: Values, *, first: bool) -> list[Constraint]:
    """Return that not all facts of a way are there; after the first, nothing out of the way.

    Further ways are those of a plain caller: nothing fails by chance, no credentials are
    overridden.
    """
    kept: Truth = either(*(_ordinary(opened, path) for path in way))
    asked = [opened.constraint(kept)]
    if first:
        plain = [path for path in opened.open
                 if (path.startswith("chance.") or path == "current.overridden")
                 and path not in way]
        plainly = both(*(_ordinary(opened, path) for path in plain), likely(opened.open))
        asked.append(opened.constraint(plainly))
    return asked


def _ordinary(opened: Opened, path: str) -> Truth:
    truth: Truth = opened.open[path] == leaves_by_path()[path].default
    return truth


def facts_in(opened: Opened, values: Values) -> Values:
    """Return the facts of a call that were open, flags too, and are not an ordinary caller's."""
    return {path: value for path, value in values.items()
            if path in opened.open or (path in FREE and path not in opened.known)}


def errors_that_can_be(opened: Opened) -> list[int]:
    """Return the errors that rules of the call can give at all, 0 if it can succeed.

    What steps hand through from elsewhere is not among them.
    """
    can = [0] if opened.asked(opened.constraint(opened.outcome.ok)).values is not None else []
    by_errno: dict[int, list[Truth]] = {}
    for case in cases(opened.outcome):
        if not case.is_handed and isinstance(case.seen, int):
            by_errno.setdefault(int(case.seen), []).append(case.first)
    for errno, firsts in sorted(by_errno.items()):
        if opened.asked(opened.constraint(as_truth(either(*firsts)))).values is not None:
            can.append(errno)
    return can
