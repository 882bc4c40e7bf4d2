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
from checker.why.handed import Handed, no_foreign, who_hands
from checker.why.likely import likely
from checker.why.opened import Opened, any_could
from model.algebra import Truth, both, either, no
from model.call import Call, Situation
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
        """Return whether something has to happen by chance in each way."""
        return all(any(path.startswith("chance.") for path in way) for way in self.ways)

    @property
    def is_foreign(self) -> bool:
        """Return whether somebody else than task creation decides."""
        return self.handed is not None and self.handed.foreign

    @property
    def is_memory(self) -> bool:
        """Return whether it only says that there was no memory."""
        plainly = isinstance(self.case.errno, int) and self.case.errno == int(Errno.ENOMEM)
        given = {int(way.get("chance.errno", Errno.ENOMEM)) for way in self.ways}
        handed = self.handed is not None and given == {int(Errno.ENOMEM)}
        fails = all(int(way.get("chance.fails", 0)) != 0 for way in self.ways)
        return fails and not self.is_foreign and (plainly or handed)


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
    own = sorted((cause for cause in found if not cause.is_foreign), key=_nearness)
    handed = [cause for cause in found if cause.is_foreign]
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

    def still(values: Values, outcome: Any) -> bool:
        found = decided_by(outcome)
        if found is None or (found.row, found.seen) != (case.row, errno):
            return False
        return not any(set(way) <= set(facts_in(opened, values)) for way in ways)

    def could(call: Call) -> bool:
        return call.kernel.stands(row.where) is not False and row.condition(call) is not False

    row = case.row
    likely_to = could if opened.as_it_is else any_could
    asked = [opened.constraint(case.first)]
    plainly = _plainly(opened)
    proved = True
    while len(ways) < WAYS:
        least = opened.least(still, *asked, plainly, could=likely_to)
        if least is None and not ways:
            least = opened.least(still, *asked, could=likely_to)
        if least is None:
            break
        way = facts_in(opened, least.values)
        proved = proved and least.proved
        ways.append(way)
        calls.append(least.values)
        if not way or case.is_handed:
            break
        asked.append(opened.constraint(either(*(_ordinary(opened, path) for path in way))))
    if not ways:
        return None
    handed = who_hands(int(ways[0].get("chance.fails", 0)), errno) if case.is_handed else None
    return Cause(case, ways, calls, proved, handed)


def _plainly(opened: Opened) -> Constraint:
    """Return that nothing fails by chance, and that numbers are met: what is told where it can be.

    Where a rule needs more, it is told how it can be all the same.
    """
    plain = [path for path in opened.open
             if path.startswith("chance.") or path == "current.overridden"]
    ordinary = both(*(_ordinary(opened, path) for path in plain))
    return opened.constraint(both(ordinary, as_truth(likely(opened.open))))


def _ordinary(opened: Opened, path: str) -> Truth:
    truth: Truth = opened.open[path] == leaves_by_path()[path].default
    return truth


def facts_in(opened: Opened, values: Values) -> Values:
    """Return the facts of a call that were open, flags too, and are not an ordinary caller's."""
    return {path: value for path, value in values.items()
            if path in opened.open or (path in FREE and path not in opened.known)}


def errors_that_can_be(opened: Opened) -> list[int]:
    """Return the errors that rules of the call can give at all, 0 if it can succeed.

    What somebody else decides is not among them.
    """
    own = no_foreign(opened.call)
    can = [0] if opened.asked(opened.constraint(opened.outcome.ok)).values is not None else []
    known = list(cases(opened.outcome))
    for errno in sorted(int(one) for one in Errno if one):
        gives_it = either(*(both(case.first, case.seen == errno) for case in known))
        truth = both(own, as_truth(gives_it))
        if truth is not False and opened.asked(opened.constraint(truth)).values is not None:
            can.append(errno)
    return can
