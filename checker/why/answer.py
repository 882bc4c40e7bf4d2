"""The whole answer to a question: causes, what is ruled out, who else, and what would work."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from checker.calls.remarks import of_facts
from checker.seccomp.before import Filter, Filtered, filtered
from checker.smallest.cost import Values
from checker.why.addresses import plain
from checker.why.asked import Asked, name_of
from checker.why.cases import decided_by
from checker.why.causes import (
    Cause,
    Causes,
    causes,
    errors_that_can_be,
    facts_in,
    outcome_of_values,
)
from checker.why.fallback import as_taken
from checker.why.kvm import with_maker
from checker.why.opened import Opened
from checker.why.outside import FILTERS, LIBRARY, Outside, who_else
from checker.why.working import Around, Nearest, refuses_whoever_calls, refusing, state_of
from model.entries import unknown_call
from model.kernel import Kernel
from model.rows import Rejection
from model.words import Errno


@dataclass(frozen=True)
class RuledOut:
    """A rule that can give the errno, but not with the facts that were looked up."""

    rule: Rejection
    facts: Values


@dataclass(frozen=True)
class Working:
    """What would work: calls near one that is refused, which stands in ``state``."""

    state: Values
    of: Cause | None
    """The cause in whose state it is looked for; ``None`` for an ordinary caller."""
    refusing: list[Rejection]
    whoever: list[Rejection]
    flags: list[Nearest]
    facts: list[Nearest]
    mixed: list[Nearest]


@dataclass(frozen=True)
class Answer:
    """What is answered; ``errno`` is what came back, or what an ordinary caller would get."""

    asked: Asked
    kernel: Kernel
    errno: int
    predicted: bool
    """Nothing came back: the errno is that of an ordinary caller."""
    causes: Causes
    others: list[Outside]
    """Who else can have said it; where a rule refuses it whoever calls, what libraries do then."""
    instead: list[int] = field(default_factory=list)
    """Where no rule gives the errno: those that the call can come to."""
    ruled_out: list[RuledOut] = field(default_factory=list)
    working: Working | None = None
    left: Any = None
    """What a successful call leaves."""
    needs: Values = field(default_factory=dict)
    """What the plainest caller that can make it has, beside what is given."""
    filtered: Filtered | None = None
    """What the filter that was given makes of it."""

    @property
    def by_filter(self) -> bool:
        """Return whether what came back is the filter's: the kernel never saw the call."""
        one = self.filtered
        return one is not None and one.answers and (self.predicted or self._said in one.says)

    @property
    def _said(self) -> str:
        """Return what came back, as a filter's answer is written."""
        return "0" if self.asked.errno == 0 else self.asked.error

    @property
    def not_this_filter(self) -> bool:
        """Return whether the filter surely says something else than what came back."""
        one = self.filtered
        return one is not None and one.answers and not self.by_filter

    @property
    def notes(self) -> list[str]:
        """Return what is to be said of the facts that were given: that one means nothing there."""
        given = self.asked.given
        facts = {path: one for path, one in given.items() if not path.startswith("request.")}
        return [*self.asked.notes, *of_facts(self.kernel, facts)]

    @property
    def error(self) -> str:
        """Return the name of the errno, or of a filter's signal; ``0`` for success."""
        if self.by_filter and self.predicted and self.filtered is not None:
            return " or ".join(self.filtered.says)
        return self.asked.error or (name_of(self.errno) if self.errno else "0")


def answer(asked: Asked, kernel: Kernel, before: Filter | None = None) -> Answer:
    """Return the answer to a question on a kernel, with a filter ``before`` it if there is one.

    Raises :class:`~checker.ground.problems.Problem` for a call that cannot be made there, and
    :class:`~checker.why.opened.Undecided` where the solver does not know.
    """
    asked = as_taken(with_maker(asked, kernel), kernel, before)
    if before is not None:
        return _behind(asked, kernel, filtered(asked.entry, asked.given, kernel, before))
    opened = Opened(kernel, plain(asked.facts()), asked.tls)
    state = state_of(opened)
    predicted = asked.errno is None
    outcome = outcome_of_values(opened, state)
    errno = int(outcome.errno) if asked.errno is None else asked.errno
    if errno == 0:  # what is left has the very addresses
        opened = Opened(kernel, asked.facts(), asked.tls)
        return _of_success(asked, opened, predicted=predicted)
    found = causes(opened, errno)
    error = asked.error or name_of(errno)
    working = _working(opened, state, errno, found)
    others = who_else(asked, kernel, errno, error, alone=not found.own)
    if working is not None and any(one.case.row in working.whoever for one in found.own):
        others = [one for one in others if one.kind == LIBRARY]
    return Answer(
        asked, kernel, errno, predicted, found, others,
        instead=[] if found.own else errors_that_can_be(opened),
        ruled_out=_ruled_out(asked, kernel, errno, found),
        working=working,
    )


def _ordinary(asked: Asked, kernel: Kernel) -> int:
    """Return the errno that an ordinary caller gets of the kernel; ENOSYS where there is no call.
    """
    if unknown_call(kernel, asked.entry):
        return int(Errno.ENOSYS)
    opened = Opened(kernel, plain(asked.facts()), asked.tls)
    return int(outcome_of_values(opened, state_of(opened)).errno)


def _behind(asked: Asked, kernel: Kernel, seen: Filtered) -> Answer:
    """Return the answer where a filter stands before the kernel.

    Where that answers, ``errno`` is what the kernel would have said to an ordinary caller.
    """
    nothing = Causes([], [], complete=True)
    here = Answer(asked, kernel, 0, asked.errno is None, nothing, [], filtered=seen)
    if here.by_filter:
        here = replace(here, errno=_ordinary(asked, kernel))
        said = [here.error] if asked.error else seen.says
        others = [one for error in said for one in who_else(asked, kernel, -1, error, alone=True)]
        return replace(here, others=[one for one in others if one.kind == LIBRARY])
    plain_one = answer(asked, kernel)
    others = plain_one.others
    if seen.sure is not None:
        others = [one for one in others if one.who not in FILTERS]
    return replace(plain_one, others=others, filtered=seen)


def _of_success(asked: Asked, opened: Opened, *, predicted: bool) -> Answer:
    """Return what a successful call leaves, of the plainest caller that can make it."""
    least = opened.least(
        lambda _values, outcome: decided_by(outcome) is None,
        opened.constraint(opened.outcome.ok),
    )
    others = who_else(asked, opened.kernel, 0, "0", alone=False)
    nothing = Causes([], [], complete=True)
    if least is None:
        return Answer(asked, opened.kernel, 0, predicted, nothing, others,
                      instead=errors_that_can_be(opened),
                      working=_working(opened, state_of(opened), 0, nothing))
    left = outcome_of_values(opened, least.values)
    return Answer(asked, opened.kernel, 0, predicted, nothing, others, left=left,
                  needs=facts_in(opened, least.values))


def _ruled_out(asked: Asked, kernel: Kernel, errno: int, found: Causes) -> list[RuledOut]:
    """Return the rules that the facts which were looked up rule out, each with those facts."""
    if not asked.sources:
        return []
    known = plain(asked.facts())
    unread = {path: value for path, value in known.items() if path not in asked.sources}
    opened = Opened(kernel, unread, asked.tls)
    facts = {path: opened.constraint(opened.open[path] == value)
             for path, value in known.items() if path in opened.open}
    paths = {one.literal: path for path, one in facts.items()}
    left = {id(cause.case.row) for cause in found.every}
    ruled = []
    for case in opened.cases(errno):
        first = opened.constraint(case.first)
        if id(case.row) in left or opened.asked(first).values is None:
            continue
        core = opened.engine.core([opened.possible, first], list(facts.values()))
        which = [paths[one.literal] for one in core or []]
        ruled.append(RuledOut(case.row, {path: known[path] for path in which}))
    return ruled


def _working(opened: Opened, state: Values, errno: int, found: Causes) -> Working | None:
    """Return what would work where an ordinary caller is refused so, else in a cause's state.

    ``None`` where an ordinary caller is accepted, and no cause is more than chance.
    """
    cause = None
    ordinary = int(outcome_of_values(opened, state).errno)
    if ordinary != errno:
        cause = next((one for one in found.own if not one.is_chance), None)
    if cause is not None:
        state = cause.calls[0]
    elif ordinary == 0:
        return None
    around = Around(opened.kernel, state)
    flags, facts = around.only_flags(), around.only_facts()
    mixed = [] if flags or facts else around.any_way()
    return Working(state, cause, refusing(opened.kernel, state), refuses_whoever_calls(opened),
                   flags, facts, mixed)
