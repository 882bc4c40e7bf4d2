"""Every distinct answer: a least call for each rule that can decide one, and one that succeeds.

Calls that rules were seen to decide are tried first.  Each that is as the question says is read
on plain values; that none before it is, decided as it is, is what the solver says of many at
once.  What is left is sought one by one, until the solver knows of no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from checker.asked.answer import Found, Reply, as_property, is_decided, note
from checker.asked.meaning import Question, question
from checker.questions.decide import Decider, Decision
from checker.questions.deciding import Decided, decided_by, kept_decided
from checker.readings.concrete import evaluate, outcome_on
from checker.smallest.cost import Values, place_of
from checker.smallest.shrink import shrink
from checker.smallest.sure import nothing_within
from model.kernel import Kernel
from model.revisions import Revision
from properties.claim import Property, Subject, Verdict


def every_answer(question: Question, kernel: Revision, tool: Decider) -> Reply:
    """Return a least call for each rule that can decide one, and one that succeeds, per subject."""
    reply = Reply(kernel, tuple(question.subjects()))
    for subject in reply.asked:
        reply.found += _sure(question, kernel, subject, tool)
        _others(reply, question, subject, tool)
    reply.found.sort(key=lambda one: place_of(one.values))
    return reply


def decided_on(kernel: Revision) -> tuple[list[Decided], str]:
    """Return the least call that each rule decides on a kernel; and why these may not be all."""
    reply = every_answer(question("true"), kernel, Decider())
    proved = all(one.least for one in reply.found)
    found = [
        Decided(one.subject, one.decided_by, one.values, kernel.kernel) for one in reply.found
    ]
    return found, reply.unknown or ("" if proved else "not each is proved to be the least")


def _sure(
    question: Question, kernel: Revision, subject: Subject, tool: Decider
) -> Iterator[Found]:
    """Yield calls that are surely answers, each the least that is decided as it is."""
    whole = Decision(as_property(question, subject, ()), tool)
    first = whole.on([kernel])[kernel.name]
    if first.verdict is not Verdict.REFUTED:
        return
    guesses = _Guesses(whole.prop, kernel.kernel, first.values).every()
    asked = whole.shared_broken(), tool.model.whole, tool.any_of([kernel])
    outcome = tool.model.outcome(subject)
    bounds = []
    for by, values in guesses.items():
        decided = tool.model.constraint(is_decided(outcome, (by,)))
        bounds.append(tool.order.both(decided, *tool.order.before(values)[-1:]))
    sure = nothing_within(tool.engine, tool.order, asked, bounds)
    for (by, values), holds in zip(guesses.items(), sure, strict=True):
        tool.remember(subject, values)
        if holds:
            yield Found(subject, values, True, by)


@dataclass(frozen=True)
class _Guesses:
    """Calls that are likely answers: kept ones, and what they have joined with the ``first``."""

    asked: Property
    kernel: Kernel
    first: Values

    def every(self) -> dict[str, Values]:
        """Return a call for each rule that decides one of which the question holds."""
        found = {}
        for rule, kept in kept_decided(self.asked.subject).items():
            calls = [one.values for one in kept]
            joined = (more for call in calls for more in _joined(call, self.first))
            does = partial(self._does, rule)
            if (call := next(filter(does, calls), None)) is not None:
                found[rule] = call
            elif (call := next(filter(does, joined), None)) is not None:
                found[rule] = shrink(call, does)
        return found

    def _does(self, rule: str, call: Values) -> bool:
        """Return whether a call is as the question says, and the rule decides it."""
        return evaluate(self.asked, self.kernel, call).violation and rule == decided_by(
            outcome_on(self.kernel, call, self.asked.subject)
        )


def _joined(call: Values, other: Values) -> Iterator[Values]:
    """Yield what two calls come to together: either's facts first, with the flags of both."""
    flags = call.get("request.flags", 0) | other.get("request.flags", 0)
    for both in ({**other, **call}, {**call, **other}):
        yield {**both, "request.flags": flags} if flags else both


def _others(reply: Reply, question: Question, subject: Subject, tool: Decider) -> None:
    """Seek answers that are decided as none before, until the solver knows of no other."""
    seen = tuple(one.decided_by for one in reply.found if one.subject is subject)
    while True:
        decision = Decision(as_property(question, subject, seen), tool)
        before = len(reply.found)
        finding = decision.on([reply.kernel])[reply.kernel.name]
        note(reply, subject, finding, decision)
        if len(reply.found) == before:
            return
        seen = (*seen, reply.found[-1].decided_by)
