"""Answers a question on some kernels: the least call that it holds of, or a proof that none is.

A question is decided as a property is: that no call is as it says.  What breaks that is the
answer; its call is the least, and was evaluated again on plain values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from checker.asked.meaning import Question
from checker.questions.blame import Core
from checker.questions.decide import Decider, Decision, Finding
from checker.questions.deciding import SUCCESS, decided_by
from checker.readings.concrete import outcome_on
from checker.smallest.cost import Values, place_of
from model.algebra import Truth, both, either, no
from model.call import Call
from model.revisions import Revision
from properties.claim import Claim, Kind, Property, Subject, Verdict, fails


@dataclass(frozen=True)
class Found:
    """A call that a question holds of, and what decides it: a rule, or :data:`SUCCESS`."""

    subject: Subject
    values: Values
    least: bool
    decided_by: str


@dataclass
class Reply:
    """What a question comes to on a kernel.

    ``found`` are calls, the least first; ``asked`` what they range over.  If the solver knows of
    no others, ``core`` is what the proof of that rests on; else ``unknown`` says why it does not.
    """

    kernel: Revision
    asked: tuple[Subject, ...]
    found: list[Found] = field(default_factory=list)
    core: Core = ()
    unknown: str = ""
    contradiction: bool = False
    """The engine contradicts itself: nothing that it said counts."""


def replies(question: Question, kernels: list[Revision], tool: Decider) -> list[Reply]:
    """Return the least call on each kernel, or that there is none."""
    asked = tuple(question.subjects())
    made = [Reply(kernel, asked) for kernel in kernels]
    for subject in asked:
        decision = Decision(as_property(question, subject, ()), tool)
        findings = decision.on(kernels)
        for reply in made:
            note(reply, subject, findings[reply.kernel.name], decision)
    for reply in made:
        if reply.found:
            known = not reply.unknown
            first = min(reply.found, key=lambda one: place_of(one.values))
            least = first.least and known
            reply.found = [Found(first.subject, first.values, least, first.decided_by)]
            reply.unknown = ""
    return made


def note(reply: Reply, subject: Subject, finding: Finding, decision: Decision) -> None:
    """Take what was found of the calls of a subject into a reply."""
    if finding.verdict is Verdict.REFUTED:
        outcome = outcome_on(reply.kernel.kernel, finding.values, subject)
        reply.found.append(Found(subject, finding.values, finding.minimal, decided_by(outcome)))
    elif finding.verdict is Verdict.VACUOUS:
        core = decision.core(reply.kernel.kernel) or ()
        reply.core = tuple(sorted({*reply.core, *core}))
    else:
        reply.unknown = finding.reason
        reply.contradiction |= finding.verdict is Verdict.ERROR


def as_property(question: Question, subject: Subject, seen: tuple[str, ...]) -> Property:
    """Return that a question holds of no call but those that are decided as some before."""

    def statement(call: Call, outcome: object) -> Claim:
        truth = both(question.holds(call, outcome), no(is_decided(outcome, seen)))
        return Claim(truth, False)

    return Property(
        id="a question", name="a_question", sentence=question.text, doc="", source="",
        expect=fails(), statement=statement, kind=Kind.CATALOGUE, subject=subject, of_patch=None,
    )


def is_decided(outcome: object, seen: tuple[str, ...]) -> Truth:
    """Return whether a call is decided by one of the rules, or succeeds where that was seen."""
    made: Truth = outcome.ok if SUCCESS in seen else False  # type: ignore[attr-defined]
    hits = outcome.hits  # type: ignore[attr-defined]
    return either(made, *(first for row, first in hits if row.name in seen))
