"""Patterns held against a kernel: what they accept too much, and what too little.

*Too little*: a call that the kernel can let succeed, and that no pattern accepts.

*Too much*: arguments that a pattern accepts, and with which no call succeeds: whoever calls,
whatever stands in what SCML does not see.  Who could succeed is guessed: a caller that may do
everything first, then, whenever the solver finds another for arguments that were candidates,
that one too.  When it finds none, that is the proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from checker.scml.matching import accepts
from checker.scml.patterns import Rule
from checker.scml.replaced import calls_like, with_arguments_of
from checker.scml.shown import seen_alike
from checker.smallest.cost import Values
from checker.smallest.shrink import found_in
from checker.why.opened import Opened, Undecided
from model.algebra import Truth, both, either, no
from model.call import Situation
from model.due import as_truth
from model.kernel import Kernel
from model.predict import predict
from model.records import build
from model.request import Entry
from model.rows import Rejection
from model.wellformed import well_formed
from model.words import CAP_FULL_SET

SYSTEM_CALLS = (
    Entry.FORK, Entry.VFORK, Entry.CLONE, Entry.CLONE3, Entry.UNSHARE, Entry.SETNS,
)
MOST = 40
"""Findings of one kind that are told of a system call."""

_MAY_DO_ALL: Values = {"current.real_cred.cap_effective": CAP_FULL_SET}


@dataclass(frozen=True, slots=True)
class TooMuch:
    """A call that is accepted and fails whoever makes it; the rule refuses one that may do all."""

    call: Values
    rule: Rejection | None
    errno: int


class Held:
    """The rules for a system call, held against a kernel.

    Raises :class:`~checker.ground.problems.Problem` where the kernel has no such call, and for a
    pattern that cannot be decided.
    """

    def __init__(self, kernel: Kernel, entry: Entry, rules: list[Rule]) -> None:
        self._kernel, self._entry, self._rules = kernel, entry, rules
        self._opened = Opened(kernel, {"request.entry": int(entry)})
        self._accepted = accepts(rules, self._opened.start, entry)
        self._succeeds = as_truth(self._opened.outcome.ok)

    def too_little(self) -> Iterator[Values]:
        """Yield calls that can succeed and are not accepted: the least, and others unlike it.

        Nothing is yielded where there is none, which is proved.  Raises
        :class:`~checker.why.opened.Undecided` where the solver does not know.
        """
        known: list[Values] = []
        while len(known) < MOST:
            found = self._left_out(known)
            if found is None:
                return
            yield found
            known.append(found)

    def _left_out(self, known: list[Values]) -> Values | None:
        def wanted(start: Situation) -> Truth:
            like = (calls_like(one, start.request, self._entry) for one in known)
            return no(either(accepts(self._rules, start, self._entry), *like))

        constraint = self._opened.constraint(both(self._succeeds, wanted(self._opened.start)))
        found = self._opened.least(
            lambda values, outcome: outcome.ok is True and wanted(_start(values)) is True,
            constraint,
        )
        return None if found is None else found.values

    def too_much(self) -> Iterator[TooMuch]:
        """Yield what is accepted and cannot succeed: the least for each rule that refuses it.

        Nothing is yielded where there is none, which is proved.  Raises
        :class:`~checker.why.opened.Undecided` where the solver does not know.
        """
        others = [{"request.entry": int(self._entry), **_MAY_DO_ALL}]
        known: list[TooMuch] = []
        while len(known) < MOST:
            candidate = self._candidate(others, known)
            if candidate is None:
                return
            succeeds = self._who_succeeds(candidate)
            if succeeds is None:
                found = self._told(candidate, others[0])
                yield found
                known.append(found)
            else:
                others.append(succeeds)

    def _candidate(self, others: list[Values], known: list[TooMuch]) -> Values | None:
        """Return the least arguments that are accepted and with which none of some succeeds."""
        rules = [one.rule.name for one in known if one.rule is not None]

        def wanted(start: Situation) -> Truth:
            outcomes = [self._as_another(start, one) for one in others]
            plain = [both(able, made.ok) for able, made in outcomes]
            able, made = outcomes[0]
            told = both(able, either(*(first for row, first in made.hits if row.name in rules)))
            like = (calls_like(one.call, start.request, self._entry)
                    for one in known if one.rule is None)
            return no(either(*plain, told, *like))

        constraint = self._opened.constraint(
            both(self._accepted, as_truth(wanted(self._opened.start)))
        )

        def still(values: Values, _outcome: object) -> bool:
            start = _start(values)
            taken = accepts(self._rules, start, self._entry) is True
            return taken and wanted(start) is True

        found = self._opened.least(still, constraint)
        return None if found is None else found.values

    def _as_another(self, start: Situation, other: Values) -> tuple[Truth, Any]:
        """Return whether another can make a call with such arguments, and what it comes to."""
        replaced = with_arguments_of(start, other, self._entry)
        return as_truth(well_formed(self._kernel, replaced)), predict(self._kernel, replaced)

    def _who_succeeds(self, candidate: Values) -> Values | None:
        """Return a call with the same arguments, as far as SCML sees them, that succeeds."""
        wanted = _start(candidate).request
        alike = seen_alike(self._opened.start.request, wanted)
        answer = self._opened.asked(self._opened.constraint(both(self._succeeds, alike)))
        if answer.values is None:
            return None

        def still(values: Values) -> bool:
            start = _start(values)
            kept = self._opened.keeps(values) and seen_alike(start.request, wanted)
            return bool(kept and predict(self._kernel, start).ok)

        found = found_in(answer, still)
        if found is None:
            raise Undecided("the two readings disagree")
        return found

    def _told(self, candidate: Values, privileged: Values) -> TooMuch:
        """Return the candidate as made by a caller that may do all, if it can make it."""
        able, made = self._as_another(_start(candidate), privileged)
        rule = made.rejected_by if able is True else None
        made = made if able is True else predict(self._kernel, _start(candidate))
        return TooMuch(candidate, rule, int(made.errno))


@lru_cache(maxsize=1024)
def _built(facts: frozenset[tuple[str, object]]) -> Situation:
    return build(Situation, dict(facts))


def _start(values: Values) -> Situation:
    return _built(frozenset(values.items()))
