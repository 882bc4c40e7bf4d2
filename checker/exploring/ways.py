"""The distinct ways to break a statement on a kernel: found one after the other, and all of them.

A way is the rule that decides the call, or success, the promises of the conclusion that it breaks,
and the facts in which its least call differs from an ordinary process's.  Whatever is decided
alike, breaks one of these promises and differs in all of these facts is no other way; that there
are no others is what the solver says of all calls that are not like one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.exploring.assumed import Assumed
from checker.exploring.terms import Promises, Terms, terms_of
from checker.questions.blame import Core
from checker.questions.decide import Decider, Decision, Finding
from checker.questions.deciding import SUCCESS
from checker.readings.concrete import outcome_on
from checker.smallest.cost import Values
from model.algebra import Truth, both, either, has, never, no
from model.call import Call
from model.records import BOOL, Leaf
from model.revisions import Revision
from properties.claim import Claim, Property, Verdict, fails

MOST = 200
"""Ways after which nobody looks for more."""
_SETS = ("flags", "pf", "caps", "signals")


@dataclass(frozen=True)
class Way:
    """A call that breaks a statement, and how: what decides it, and which promises it breaks."""

    values: Values
    least: bool
    decided_by: str
    broken: tuple[int, ...]
    terms: Terms


@dataclass
class Explored:
    """What there is on one kernel, under what was assumed.

    ``verdict`` is REFUTED where a way was found, else PROVED, VACUOUS, or why nothing is known.
    """

    kernel: Revision
    assumed: Assumed
    ways: list[Way]
    verdict: Verdict
    reason: str = ""
    complete: bool = False
    """Every counterexample is like one of the ways."""
    core: Core = ()


def explored(
    prop: Property,
    kernel: Revision,
    given: Assumed,
    tool: Decider,
    *,
    most: int = MOST,
    seen: Callable[[int], None] = lambda _count: None,
) -> Explored:
    """Return the ways to break a statement on a kernel, the least call first, up to ``most``.

    ``seen`` is told of each.
    """
    found = Explored(kernel, given, [], Verdict.PROVED)
    search = _Search(prop, given, Promises(prop.statement))
    while len(found.ways) < most:
        decision = Decision(search.other_than(tuple(found.ways)), tool)
        finding = decision.on([kernel])[kernel.name]
        if finding.verdict is not Verdict.REFUTED:
            return _ended(found, prop, decision, finding, tool)
        found.ways.append(search.way(kernel, finding))
        seen(1)
    found.verdict = Verdict.REFUTED
    return found


@dataclass(frozen=True)
class _Search:
    """A statement whose ways are looked for, and what it promises."""

    prop: Property
    given: Assumed
    promises: Promises

    def way(self, kernel: Revision, finding: Finding) -> Way:
        """Return how the call of a finding breaks the statement."""
        outcome = outcome_on(kernel.kernel, finding.values, self.prop.subject)
        kept = self.promises.values(outcome.call, outcome)
        broken = tuple(n for n, one in enumerate(kept) if one is False)
        by = next((row.name for row, first in outcome.hits if first is True), SUCCESS)
        terms = terms_of(self.prop.statement, outcome.call, outcome)
        return Way(finding.values, finding.minimal, by, broken, terms)

    def other_than(self, ways: tuple[Way, ...]) -> Property:
        """Return that only what is like a known way breaks the statement where it is assumed."""

        def statement(call: Call, outcome: Any) -> Claim:
            claim = self.prop.statement(call, outcome)
            asked = both(claim.premise, self.given.truth(call, outcome))
            if never(asked) or claim.conclusion is True or not ways:
                return Claim(asked, claim.conclusion)
            several = self.promises.several
            kept = self.promises.values(call, outcome) if several else [claim.conclusion]
            known = either(*(_is_like(one, call, outcome, kept) for one in ways))
            return Claim(both(asked, no(known)), claim.conclusion)

        return saying(self.prop, f"another way to break {self.prop.id}", statement)


def _is_like(way: Way, call: Call, outcome: Any, kept: list[Any]) -> Truth:
    """Return whether a call is decided as a way is, breaks what that breaks, and has its facts."""
    facts = both(*(differs(call, path, value) for path, value in way.values.items()))
    if never(facts):
        return False
    if way.decided_by == SUCCESS:
        decided: Truth = outcome.ok
    else:
        decided = either(*(first for row, first in outcome.hits if row.name == way.decided_by))
    broken = either(*(no(kept[n]) for n in way.broken if n < len(kept)))
    return both(decided, facts, broken)


def differs(call: Call, path: str, value: int) -> Truth:
    """Return whether a fact of a call differs from the ordinary, as a known one does.

    Of a set of flags these have to be in it; an entry point has to be the same.
    """
    leaf: Leaf = leaves_by_path()[path]
    found: Any = attrgetter(path)(call.start)
    if leaf.width == BOOL:
        return found if value else no(found)
    if leaf.names in _SETS and not leaf.default:
        return has(found, value)
    same: Truth = found == (value if leaf.names == "entry" else leaf.default)
    return same if leaf.names == "entry" else no(same)


def saying(prop: Property, identity: str, statement: Any) -> Property:
    """Return a statement of the same calls that says something else, of which nothing is kept."""
    return replace(prop, id=identity, statement=statement, expect=fails(), of_patch=None)


def _ended(
    found: Explored, prop: Property, decision: Decision, finding: Finding, tool: Decider
) -> Explored:
    """Return what was explored when the solver finds no other way, or gives up."""
    closed = finding.verdict in (Verdict.PROVED, Verdict.VACUOUS)
    if not closed:
        found.verdict = Verdict.REFUTED if found.ways else finding.verdict
        found.reason = finding.reason
        return found
    found.complete = True
    found.core = decision.core(found.kernel.kernel) or ()
    if found.ways:
        found.verdict = Verdict.REFUTED
        return found
    found.verdict = finding.verdict
    if finding.verdict is Verdict.VACUOUS:
        found.reason = _why_vacuous(found, prop, tool)
    return found


def _why_vacuous(found: Explored, prop: Property, tool: Decider) -> str:
    """Return whether it is the assumption that no call meets, or the premise with it."""
    if not found.assumed:
        return "the premise cannot occur"

    def meets(call: Call, outcome: Any) -> Claim:
        return Claim(found.assumed.truth(call, outcome), False)

    asked = saying(prop, f"what is assumed of {prop.id}", meets)
    verdict = Decision(asked, tool).on([found.kernel])[found.kernel.name].verdict
    if verdict is Verdict.VACUOUS:
        return "no call meets the assumption"
    if verdict is Verdict.REFUTED:
        return "calls meet the assumption, but none of them the premise"
    return "the premise cannot occur under the assumption"

