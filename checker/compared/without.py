"""A kernel that lacks one rule: which calls end otherwise, and which verdicts turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from checker.compared.comparer import Comparer
from checker.compared.promises import Turned, of_calls
from checker.compared.verdicts import Verdicts
from checker.compared.view import View
from checker.questions.blame import carries_over, kept_cores
from checker.questions.decide import Decider, Decision, breaks
from checker.questions.settled import Settled, settled
from checker.readings.concrete import Evaluation, claimed, evaluate, made_on
from checker.readings.space import space
from checker.readings.subjects import RANGES
from checker.smallest.cost import Values
from checker.smallest.first_guess import kept_calls, kept_witness
from checker.smallest.least import Contradiction, Least, least_of
from checker.smallest.shrink import found_in, small
from model.algebra import Truth, both, never, no
from model.kernel import Kernel
from model.patches import PATCHES
from model.revisions import Revision
from model.rows import Rejection
from properties.claim import ANSWERS, Claim, Property, Subject, Verdict


class WithoutRule(Kernel):
    """A kernel that reads every table without one rule."""

    __slots__ = ("_cut", "_rule")

    def __init__(self, kernel: Kernel, rule: str) -> None:
        super().__init__(kernel.name, {patch: kernel[patch] for patch in PATCHES})
        self._rule = rule
        self._cut: dict[int, tuple[Any, Any]] = {}

    def read(self, declared: Any) -> Any:
        """Return a table without the rule, the same list each time; all else as it is."""
        if not isinstance(declared, list):
            return declared
        known = self._cut.get(id(declared))
        if known is None or known[0] is not declared:
            left = [row for row in declared if not self._is_cut(row)]
            cut = declared if len(left) == len(declared) else left
            known = self._cut[id(declared)] = (declared, cut)
        return known[1]

    def _is_cut(self, row: Any) -> bool:
        return isinstance(row, Rejection) and row.name == self._rule


@dataclass(frozen=True)
class Instead:
    """The smallest call that a rule refuses, of those that come to one end without it.

    ``succeeds`` without the rule, or another rule refuses it: ``view`` is that outcome.
    """

    subject: Subject
    values: Values
    least: bool
    succeeds: bool
    view: View


class RuleImpact:
    """What a rule of a kernel is there for."""

    def __init__(self, revision: Revision, rule: str, tool: Comparer) -> None:
        self._revision, self._rule, self._tool = revision, rule, tool
        self._without = WithoutRule(revision.kernel, rule)
        self._made: dict[Any, Any] = {}
        self._refused: dict[Subject, list[Values]] = {subject: [] for subject in Subject}

    @cached_property
    def _views(self) -> dict[Subject, View]:
        return {subject: View(self._without, subject, space().start) for subject in Subject}

    def instead(self, unknown: list[str]) -> Iterator[Instead]:
        """Yield, of each subject, a call that would succeed and one that others refuse."""
        for subject in Subject:
            decides = self._tool.view(self._revision.kernel, subject).decides.get(self._rule, False)
            for succeeds in (True, False):
                if never(decides):
                    continue
                ok: Truth = self._views[subject].outcome.ok
                found = self._least(subject, decides, ok if succeeds else no(ok), succeeds, unknown)
                if found is not None:
                    self._refused[subject].append(found.values)
                    view = self._one(found.values, subject)
                    yield Instead(subject, found.values, found.proved, succeeds, view)

    def _one(self, values: Values, subject: Subject) -> View:
        return self._tool.calls.call(self._without, subject, values)

    def _least(
        self, subject: Subject, decides: Truth, ends: Truth, succeeds: bool, unknown: list[str]
    ) -> Least | None:
        view = self._tool.view(self._revision.kernel, subject)
        engine, order = self._tool.engine(subject)
        wanted = engine.constraint(
            both(RANGES[subject].holds_for(space().start), view.possible, decides, ends)
        )

        def still(values: Values) -> bool:
            whole = self._tool.calls.call(self._revision.kernel, subject, values)
            return (
                RANGES[subject].holds_for(whole.start) is True
                and whole.possible is True
                and whole.decides.get(self._rule) is True
                and (self._one(values, subject).outcome.ok is True) is succeeds
            )

        answer = engine.ask(wanted)
        if answer.values is None:
            if answer.status != "unsat":
                unknown.append(f"{subject.value}: {answer.reason}")
            return None
        first = found_in(answer, still)
        if first is None:
            raise Contradiction("the two readings disagree on a call that the rule refuses")
        return least_of(
            first, order,
            lambda bound: engine.ask(wanted, bound),
            lambda answer: found_in(answer, still),
        )

    def turned(
        self, decider: Decider, unknown: list[str], progress: Callable[[int], None]
    ) -> Iterator[Turned]:
        """Yield the properties of calls that come to another verdict without the rule."""
        for prop in of_calls():
            progress(1)
            known = settled(prop.id, self._revision)
            if known is not None and self._is_settled(prop, known):
                continue
            claim = self._claim(prop, self._views[prop.subject])
            whole = self._claim(prop, self._tool.view(self._revision.kernel, prop.subject))
            if claim.premise is whole.premise and claim.conclusion is whole.conclusion:
                continue
            if known is None and self._stays(prop, decider):
                continue
            after, call = self._verdict(prop, claim)
            before = known.verdict if known else self._before(prop, decider)
            if not {before, after} <= set(ANSWERS):
                unknown.append(f"{prop.id}: {before.name}, {after.name}")
            elif before is not after:
                yield Turned(prop.id, prop.sentence, before, after, call)

    def _before(self, prop: Property, decider: Decider) -> Verdict:
        return Verdicts(prop, decider).verdicts([self._revision])[self._revision.name]

    def _is_settled(self, prop: Property, known: Settled) -> bool:
        """Return whether the verdict that is known of the kernel is plainly that without the rule.

        A proof that does not name it is one, where the premise still occurs; a call that breaks
        the property there too refutes it.
        """
        if known.verdict is Verdict.VACUOUS or known.rests_on_row(self._rule):
            return False
        if known.verdict is Verdict.REFUTED:
            return self._evaluate(prop, known.call).violation
        return self._evaluate(prop, known.call).witness

    def _evaluate(self, prop: Property, values: Values) -> Evaluation:
        """Return what a property comes to on a call without the rule; a call is made once."""
        key = frozenset(values.items()), prop.subject
        if key not in self._made:
            self._made[key] = made_on(self._without, *key)
        return claimed(prop, self._made[key])

    def _stays(self, prop: Property, decider: Decider) -> bool:
        """Return whether what is kept shows that the verdict stays: a call, or a core and a call.

        A proof goes through whichever rules stand that its core does not name; the solver says so
        of a kept core, and calls are read on plain values.
        """
        both_ways = self._revision.kernel, self._without
        if any(all(breaks(prop, kernel, call) for kernel in both_ways)
               for call in kept_calls(prop.id)):
            return True
        witness = kept_witness(prop.id, self._revision.name)
        if not any(all(evaluate(prop, kernel, call).witness for kernel in both_ways)
                   for call in witness):
            return False
        decision = Decision(prop, decider)
        return any(
            f"row:{self._rule}" not in core and decision.is_proof(core)
            for core in kept_cores(decision.model, prop.id)
            if carries_over(core, self._revision.kernel)
        )

    def _claim(self, prop: Property, view: View) -> Claim:
        return prop.statement(view.call, view.outcome)

    def _verdict(self, prop: Property, claim: Claim) -> tuple[Verdict, Values]:
        """Return the verdict without the rule, and a small call where it is refuted.

        What breaks a promise of the whole kernel is a call that the rule refuses: those that are
        known are tried before one is sought.
        """
        view = self._views[prop.subject]
        met = both(RANGES[prop.subject].holds_for(space().start), view.possible, claim.premise)

        def breaks(values: Values) -> bool:
            return self._evaluate(prop, values).violation

        known = next(filter(breaks, self._refused[prop.subject]), None)
        if known is not None:
            return Verdict.REFUTED, small(known, breaks)
        engine, _order = self._tool.engine(prop.subject)
        answer = engine.ask(engine.constraint(both(met, no(claim.conclusion))))
        if answer.values is not None:
            call = found_in(answer, breaks)
            if call is None:
                return Verdict.ERROR, {}
            self._refused[prop.subject].append(call)
            return Verdict.REFUTED, call
        if answer.status != "unsat":
            return Verdict.UNKNOWN, {}
        can = engine.ask(engine.constraint(met)).status
        return {"sat": Verdict.PROVED, "unsat": Verdict.VACUOUS}.get(can, Verdict.UNKNOWN), {}
