"""Which statements of the catalogue a patch breaks, and which begin to hold with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from checker.readings.space import space
from checker.smallest.first_guess import kept_calls
from model.algebra import Truth, both, no
from model.call import Call, Situation
from model.due import as_truth
from model.predict import call_of
from model.records import build
from model.wellformed import well_formed
from properties.claim import Claim, Property, Subject, Verdict
from source.semantics import SUBJECTS, NotFollowed, Semantics, in_range
from source.verdict.pair import Pair

UNITS = 5_000_000
"""Propagations that one statement may take."""

BREAKS, HOLDS = "breaks", "begins to hold"


@dataclass(frozen=True, slots=True)
class Turned:
    """A statement that one tree keeps and the other does not, and a call that shows it."""

    id: str
    sentence: str
    how: str
    values: dict[str, Any]


@dataclass
class Promises:
    """What holding the catalogue against both trees came to."""

    turned: list[Turned] = field(default_factory=list)
    held: int = 0
    """How many statements were held against the calls that differ."""
    undecided: list[str] = field(default_factory=list)
    """Statements that may begin to hold: the solver gave up."""


class Judge:
    """Holds the statements about one subject against both trees, call by call.

    A statement that the kernel promises breaks where a call breaks it after the patch and not
    before.  One begins to hold that a call broke before, if none does after: the solver says so.
    """

    def __init__(self, pair: Pair, subject: Subject) -> None:
        self.pair, self.subject = pair, subject
        self.sides = [Semantics(program, pair.kernel) for program in pair.programs]
        self._every: Any = None
        self._on: dict[str, tuple[Call, list[Any]] | None] = {}

    def judge(
        self, properties: Iterable[Property], calls: list[dict[str, Any]], found: Promises
    ) -> None:
        """Note what becomes of each statement on the calls that the report shows."""
        ran = [(values, one) for values in calls if (one := self._outcomes(values)) is not None]
        before = len(found.turned)
        speaks: dict[str, int] = {}
        for prop in properties if ran else ():
            try:
                self._one(prop, ran, found)
                if len(found.turned) > before + len(speaks):
                    speaks[prop.id] = self._speaks(prop, found.turned[-1].values)
            except NotFollowed:
                continue
        found.turned[before:] = sorted(found.turned[before:], key=lambda one: speaks[one.id])

    def _speaks(self, prop: Property, values: dict[str, Any]) -> int:
        """Return of how many calls with a flag less a statement speaks, too: the fewer, the more
        it is about what these flags do together, and not about what comes of that."""
        flags = int(values.get("request.flags", 0))
        fewer = (
            {**values, "request.flags": flags & ~(1 << bit)}
            for bit in range(64)
            if flags >> bit & 1
        )
        ran = (self._outcomes(one) for one in fewer)
        claims = (_claim(prop, one[0], one[1][1]) for one in ran if one is not None)
        return sum(bool(claim.premise) for claim in claims)

    def _outcomes(self, values: dict[str, Any]) -> tuple[Call, list[Any]] | None:
        key = repr(sorted(values.items()))
        if key not in self._on:
            self._on[key] = self._made(values)
        return self._on[key]

    def _made(self, values: dict[str, Any]) -> tuple[Call, list[Any]] | None:
        start = build(Situation, values)
        if not (in_range(self.subject, start) and well_formed(self.pair.kernel, start)):
            return None
        call = call_of(self.pair.kernel, start)
        return call, [self._outcome(side, call) for side in (0, 1)]

    def _outcome(self, side: int, call: Call) -> Any:
        semantics = self.sides[side]
        create = self.subject is Subject.CREATE
        return (semantics.create if create else semantics.unshare)(call)[0]

    def _one(self, prop: Property, ran: list[Any], found: Promises) -> None:
        found.held += 1
        promised = prop.expect.on(self.pair.kernel) is Verdict.PROVED
        for values, (call, outcomes) in ran:
            before, after = (_broken(_claim(prop, call, one)) for one in outcomes)
            if promised and after and not before:
                found.turned.append(Turned(prop.id, prop.sentence, BREAKS, values))
                return
            if before and not after:
                self._may_hold(prop, values, found)
                return

    def _may_hold(self, prop: Property, values: dict[str, Any], found: Promises) -> None:
        """Note a statement that no call breaks any more, or that this is not known.

        A call that is kept of an earlier run as one that breaks it is tried first.
        """
        if any(self._breaks(prop, kept) for kept in kept_calls(prop.id)):
            return
        if self._every is None:
            self._every = self._outcome(1, self.pair.questions.call)
        claim = _claim(prop, self.pair.questions.call, self._every)
        broken, possible = self._ask(_broken(claim)), self._ask(as_truth(claim.premise))
        if (broken, possible) == ("unsat", "sat"):
            found.turned.append(Turned(prop.id, prop.sentence, HOLDS, values))
        elif "unknown" in (broken, possible):
            found.undecided.append(prop.id)

    def _breaks(self, prop: Property, values: dict[str, Any]) -> bool:
        """Return whether a call breaks a statement after the patch."""
        ran = self._outcomes(values)
        return ran is not None and _broken(_claim(prop, ran[0], ran[1][1])) is True

    def _ask(self, truth: Truth) -> str:
        if truth is False:
            return "unsat"
        ranged = as_truth(in_range(self.subject, space().start))
        engine = self.pair.questions.engine
        asked = engine.sat.constraint(both(ranged, truth))
        return next(engine.answers(asked, UNITS)).status


def _claim(prop: Property, call: Call, outcome: Any) -> Claim:
    claim: Claim = prop.statement(call, outcome)
    return claim


def _broken(claim: Claim) -> Truth:
    return both(as_truth(claim.premise), no(as_truth(claim.conclusion)))


def judged(pair: Pair, properties: Iterable[Property], calls: list[dict[str, Any]]) -> Promises:
    """Return what a patch does to statements about calls that create and about unshare()."""
    found = Promises()
    every = [one for one in properties if one.of_patch is None]
    for subject in SUBJECTS:
        of_subject = [one for one in every if one.subject is subject]
        Judge(pair, subject).judge(of_subject, calls, found)
    return found
